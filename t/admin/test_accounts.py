"""What accounts and API tokens may do, and that it ends with them."""

import time

import pytest
from harness.admin import Admin, Key
from harness.daemon import Browser, Daemon
from harness.people import (
    OTHER_PASSWORD, PASSWORD, WRONG, add_account, bearer, entries, logged_in,
    outlast_throttle, records, status)
from harness.redis import RedisServer
from harness.sealed import set_rights
from harness.secret_watch import SecretWatch

AGAIN = {"password": PASSWORD}


def test_what_accounts_do_is_told_with_their_name_and_address(
        alice: Browser, people: Admin) -> None:
    alice.ask("POST", "/users", {"name": "carol", "role": "viewer",
                                 "new_password": OTHER_PASSWORD, "password": PASSWORD})
    alice.ask("DELETE", "/session")
    found = [(entry["action"], entry["actor"], entry["address"], entry["object"])
             for entry in entries(people)[:3]]
    assert found == [("session.log_out", "user:alice", "192.0.2.1", "alice"),
                     ("user.create", "user:alice", "192.0.2.1", "carol"),
                     ("session.start", "user:alice", "192.0.2.1", "alice")]
    assert people.json("audit", "--verify")["verified"]


@pytest.mark.parametrize("method, path, body", [
    ("GET", "/users", None), ("GET", "/tokens", None),
    ("POST", "/users", {"name": "x", "role": "admin", "new_password": OTHER_PASSWORD,
                        "password": PASSWORD}),
    ("PATCH", "/users/bob", {"role": "admin", "password": PASSWORD}),
    ("DELETE", "/users/alice", {"password": PASSWORD}),
    ("POST", "/tokens", {"name": "x", "role": "admin", "password": PASSWORD}),
    ("DELETE", "/tokens/0123456789abcdef", None)])
def test_a_viewer_may_not(people: Admin, daemon: Daemon, redis: RedisServer, method: str,
                          path: str, body: object) -> None:
    bob = logged_in(daemon, "bob")
    before = records(redis)
    answer = bob.ask(method, path, body)
    assert (answer.status, answer.code) == (403, "forbidden")
    nobody = daemon.browser()
    assert nobody.ask(method, path, body).status == 401
    assert records(redis) == before


def test_a_change_of_role_holds_at_the_next_request(people: Admin, daemon: Daemon) -> None:
    alice, bob = logged_in(daemon, "alice"), logged_in(daemon, "bob")
    answer = alice.ask("PATCH", "/users/bob", {"role": "admin", "password": PASSWORD})
    assert answer.status == 200 and answer.json()["user"]["role"] == "admin"
    assert status(bob) == 401, "a session opened as a viewer does not become an admin's"
    assert status(logged_in(daemon, "bob"), path="/users") == 200
    assert alice.ask("DELETE", "/users/bob", AGAIN).status == 204
    assert alice.ask("DELETE", "/users/bob", AGAIN).status == 404
    answer = alice.ask("DELETE", "/users/alice", AGAIN)
    assert (answer.status, answer.code) == (409, "last_admin")


def test_ones_own_new_password_ends_the_other_sessions(people: Admin, daemon: Daemon) -> None:
    bob, elsewhere, alice = (logged_in(daemon, name) for name in ("bob", "bob", "alice"))
    change = {"password": PASSWORD, "new_password": OTHER_PASSWORD}
    answer = bob.ask("POST", "/session/password", change | {"password": WRONG})
    assert (answer.status, answer.code) == (401, "invalid_credentials")
    assert answer.json()["error"]["field"] == "password" and status(elsewhere) == 200
    answer = bob.ask("POST", "/session/password", change | {"new_password": "bob-2026-bob"})
    assert answer.status == 400 and answer.json()["error"]["field"] == "new_password"
    assert bob.ask("POST", "/session/password", change).status == 204
    assert [status(browser) for browser in (bob, elsewhere, alice)] == [200, 401, 200]
    assert daemon.browser().log_in("bob", PASSWORD).status == 401
    assert daemon.browser().log_in("bob", OTHER_PASSWORD).status == 200


def make_token(browser: Browser, secrets: SecretWatch, name: str) -> dict[str, str]:
    """The headers of a new one."""
    answer = browser.ask("POST", "/tokens", AGAIN | {"name": name, "role": "admin"})
    assert answer.status == 201, answer.body
    return bearer(secrets.add(f"token {name}", answer.json()["secret"]))


@pytest.mark.parametrize("keep", [None, False, True])
@pytest.mark.parametrize("whose", ["own", "another's"])
def test_a_new_password_ends_the_tokens_made_under_the_old_one(
        people: Admin, daemon: Daemon, secrets: SecretWatch, keep: bool | None,
        whose: str) -> None:
    """What a thief of the password made for later; unless they are said to stay."""
    add_account(people, "dora", "admin")
    dora, alice = logged_in(daemon, "dora"), logged_in(daemon, "alice")
    hers = make_token(dora, secrets, "hers")
    theirs = make_token(alice, secrets, "theirs")
    answer = daemon.ask("POST", "/tokens", {"name": "child", "role": "viewer"}, headers=hers)
    child = bearer(secrets.add("token child", answer.json()["secret"]))
    change = AGAIN | {"new_password": OTHER_PASSWORD}
    change |= {} if keep is None else {"keep_tokens": keep}
    answer = (dora.ask("POST", "/session/password", change) if whose == "own" else
              alice.ask("PATCH", "/users/dora", change))
    assert answer.status in (200, 204), answer.body
    left = 200 if keep else 401
    assert [daemon.ask("GET", "/session", headers=token).status
            for token in (hers, child, theirs)] == [left, left, 200]
    detail = {"password": "changed"} | ({} if keep else {"tokens_deleted": 2})
    assert entries(people, "user.set")[0]["detail"] == detail
    assert status(dora) == (200 if whose == "own" else 401)
    assert people.json("audit", "--verify")["verified"]


def test_another_role_leaves_the_tokens(
        alice: Browser, people: Admin, daemon: Daemon, secrets: SecretWatch) -> None:
    add_account(people, "dora", "admin")
    hers = make_token(logged_in(daemon, "dora"), secrets, "hers")
    answer = alice.ask("PATCH", "/users/dora", AGAIN | {"role": "viewer", "keep_tokens": False})
    assert (answer.status, answer.json()["error"]["field"]) == (400, "keep_tokens")
    assert alice.ask("PATCH", "/users/dora", AGAIN | {"role": "viewer"}).status == 200
    assert daemon.ask("GET", "/session", headers=hers).status == 200


@pytest.mark.parametrize("method, path, body", [
    ("PATCH", "/users/bob", {"role": "admin"}), ("DELETE", "/users/bob", {}),
    ("PATCH", "/users/bob", {"new_password": OTHER_PASSWORD}),
    ("PATCH", "/settings", {"default_day": 7}), ("POST", "/keys/{key}/rotate", {"grace": 0}),
    ("POST", "/keys/batch", {"action": "delete", "ids": ["{key}"]})])
def test_what_is_dangerous_asks_for_the_password_again(
        people: Admin, daemon: Daemon, redis: RedisServer, key: Key, method: str, path: str,
        body: dict) -> None:
    """An open session that somebody else sits down at; a guess is throttled as a log-in is."""
    alice = logged_in(daemon, "alice")
    path = path.replace("{key}", key.id)
    body = body | ({"ids": [key.id]} if "ids" in body else {})
    before = (records(redis), redis.hash("mmx:settings"), people.json("key", "list"))
    answer = alice.ask(method, path, body)
    assert (answer.status, answer.json()["error"]["field"]) == (400, "password")
    answers = [alice.ask(method, path, body | {"password": WRONG}) for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert (records(redis), redis.hash("mmx:settings"), people.json("key", "list")) == before
    outlast_throttle(redis)
    assert alice.ask(method, path, body | AGAIN).status in (200, 204)


def test_enabling_many_asks_for_no_password(alice: Browser, key: Key) -> None:
    for action in ("disable", "enable"):
        answer = alice.ask("POST", "/keys/batch", {"action": action, "ids": [key.id]})
        assert answer.json() == {"changed": 1, "missing": []}


@pytest.mark.parametrize("method, path, body", [
    ("POST", "/users", {"name": "carol", "role": "viewer"}), ("PATCH", "/users/bob", {}),
    ("POST", "/session/password", {})])
def test_a_common_password_is_refused_wherever_it_is_set(
        alice: Browser, redis: RedisServer, method: str, path: str, body: dict) -> None:
    before = records(redis)
    for common in ("QwertyQwerty", "sonyericsson", "１ｑａｚ２ｗｓｘ３ｅｄｃ"):
        answer = alice.ask(method, path, body | {"new_password": common, "password": PASSWORD})
        assert (answer.status, answer.code) == (400, "common_password")
        error = answer.json()["error"]
        assert error["field"] == "new_password" and common not in error["message"]
        assert "choose another" in error["message"]
    after = records(redis)
    assert after["sessions"] == before["sessions"] and after.keys() == before.keys()
    assert status(alice) == 200


def test_a_token_works_until_it_is_revoked(
        alice: Browser, daemon: Daemon, secrets: SecretWatch, people: Admin) -> None:
    answer = alice.ask("POST", "/tokens", {"name": "ci", "role": "admin", "password": PASSWORD})
    assert answer.status == 201
    secret, token = secrets.add("token", answer.json()["secret"]), answer.json()["token"]
    assert token["created_by"] == "alice" and token["hint"].endswith(secret[-4:])
    who = daemon.ask("GET", "/session", headers=bearer(secret)).json()["session"]
    assert (who["name"], who["csrf_token"], who["role"]) == (None, None, "admin")
    answer = daemon.ask("PATCH", "/settings", {"default_day": 7}, headers=bearer(secret))
    assert answer.status == 200, "a token shows no CSRF token and gives no password"
    assert entries(people, "settings.set")[0]["actor"] == "token:ci"
    assert alice.ask("GET", "/tokens").json()["tokens"][0]["last_used_at"] is not None
    assert alice.ask("DELETE", f"/tokens/{token['id']}").status == 204
    assert daemon.ask("GET", "/session", headers=bearer(secret)).status == 401
    assert alice.ask("DELETE", f"/tokens/{token['id']}").status == 404


def test_a_token_may_no_more_than_who_made_it(
        alice: Browser, people: Admin, daemon: Daemon, secrets: SecretWatch) -> None:
    add_account(people, "dora", "admin")
    dora = logged_in(daemon, "dora")
    answer = dora.ask("POST", "/tokens", {"name": "d", "role": "admin", "password": PASSWORD})
    secret = secrets.add("token", answer.json()["secret"])
    assert daemon.ask("GET", "/users", headers=bearer(secret)).status == 200
    alice.ask("PATCH", "/users/dora", {"role": "viewer", "password": PASSWORD})
    assert daemon.ask("GET", "/users", headers=bearer(secret)).status == 403
    assert daemon.ask("GET", "/session", headers=bearer(secret)).status == 200
    alice.ask("DELETE", "/users/dora", AGAIN)
    assert daemon.ask("GET", "/session", headers=bearer(secret)).status == 401
    assert alice.ask("GET", "/tokens").json()["tokens"] == []


def test_a_token_that_has_expired_is_nobody(
        people: Admin, daemon: Daemon, redis: RedisServer, secrets: SecretWatch) -> None:
    secret = secrets.add("token", people.json(
        "token", "create", "ci", "--role", "viewer", "--expires", "1d")["secret"])
    assert daemon.ask("GET", "/session", headers=bearer(secret)).status == 200
    name, = redis.command("KEYS", "mmx:token:*")
    set_rights(people, redis, name, expires_at=int(time.time()) - 1)
    assert daemon.ask("GET", "/session", headers=bearer(secret)).status == 401
    for wrong in (secret[:-1], secret + "x", secret.lower(), "mmxadm-", "x"):
        assert daemon.ask("GET", "/session", headers=bearer(wrong)).status == 401
