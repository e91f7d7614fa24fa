"""What accounts and API tokens may do, and that it ends with them."""

import time

import pytest
from harness.admin import Admin
from harness.daemon import Browser, Daemon
from harness.people import (
    OTHER_PASSWORD, PASSWORD, WRONG, add_account, bearer, entries, logged_in, records, status)
from harness.redis import RedisServer
from harness.sealed import set_rights
from harness.secret_watch import SecretWatch


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
    ("DELETE", "/users/alice", None),
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
    assert alice.ask("DELETE", "/users/bob").status == 204
    assert alice.ask("DELETE", "/users/bob").status == 404
    answer = alice.ask("DELETE", "/users/alice")
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


def test_a_token_works_until_it_is_revoked(
        alice: Browser, daemon: Daemon, secrets: SecretWatch, people: Admin) -> None:
    answer = alice.ask("POST", "/tokens", {"name": "ci", "role": "admin", "password": PASSWORD})
    assert answer.status == 201
    secret, token = secrets.add("token", answer.json()["secret"]), answer.json()["token"]
    assert token["created_by"] == "alice" and token["hint"].endswith(secret[-4:])
    who = daemon.ask("GET", "/session", headers=bearer(secret)).json()["session"]
    assert (who["name"], who["csrf_token"], who["role"]) == (None, None, "admin")
    answer = daemon.ask("POST", "/users", {"name": "carol", "role": "viewer",
                                           "new_password": OTHER_PASSWORD}, headers=bearer(secret))
    assert answer.status == 201, "a token shows no CSRF token and gives no password"
    assert entries(people, "user.create")[0]["actor"] == "token:ci"
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
    alice.ask("DELETE", "/users/dora")
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
