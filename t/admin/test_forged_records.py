"""Whoever writes to Redis, without the secret file, becomes nobody and raises nobody."""

import hashlib
import time
from collections.abc import Callable

import pytest
from harness.admin import Admin
from harness.daemon import Browser, Daemon
from harness.people import PASSWORD, bearer, logged_in, status
from harness.process import wait_until
from harness.redis import RedisServer
from harness.sealed import password_hash, record_name, seal

TOKEN = "mmxadm-" + "A" * 40
COOKIE = "ab" * 32


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def put(redis: RedisServer, record: str, **fields: object) -> None:
    redis.command("HSET", record, *(part for pair in fields.items() for part in pair))


def put_token(redis: RedisServer, name: str) -> None:
    put(redis, f"mmx:token:{name}", name="x", role="admin", hint="mmxadm-…AAAA",
        created_by="cli:root", created_at=1, expires_at=0)
    redis.command("ZADD", "mmx:tokens", 1, name)


def put_session(redis: RedisServer, name: str, user: str) -> None:
    now = int(time.time())
    put(redis, f"mmx:session:{name}", user=user, created_at=now, seen_at=now, address="",
        user_agent="")
    redis.command("ZADD", f"mmx:sessions:{user}", now, name)


def put_account(redis: RedisServer, name: str, password: str) -> None:
    put(redis, f"mmx:user:{name}", role="admin", password=password, created_at=1,
        password_changed_at=1)
    redis.command("SADD", "mmx:users", name)


def opened_by(daemon: Daemon, token: str) -> int:
    return daemon.ask("GET", "/session", headers=bearer(token)).status


def token_of(admin: Admin, *words: str) -> str:
    return admin.json("token", "create", *words)["secret"]


@pytest.mark.parametrize("named", [sha256, lambda text: text])
def test_a_token_made_by_hand_is_nobody(people: Admin, daemon: Daemon, redis: RedisServer,
                                        named: Callable[[str], str]) -> None:
    put_token(redis, named(TOKEN))
    assert opened_by(daemon, TOKEN) == 401
    assert people.json("token", "list") == {"tokens": []}


def test_even_at_its_right_name_a_token_made_by_hand_is_nobody(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    put_token(redis, record_name(people, TOKEN))
    assert opened_by(daemon, TOKEN) == 401
    assert people.json("token", "list") == {"tokens": []}


@pytest.mark.parametrize("named", [lambda people: sha256(COOKIE),
                                   lambda people: record_name(people, COOKIE)])
def test_a_session_made_by_hand_is_nobody(people: Admin, daemon: Daemon, redis: RedisServer,
                                          alice: Browser, named: Callable[[Admin], str]) -> None:
    put_session(redis, named(people), "alice")
    browser = daemon.browser()
    browser.cookie = COOKIE
    assert status(browser) == 401
    assert len(alice.ask("GET", "/sessions").json()["sessions"]) == 1


def test_an_account_made_by_hand_is_nobody(people: Admin, daemon: Daemon,
                                           redis: RedisServer) -> None:
    put_account(redis, "mallory", password_hash(people, redis, "bob"))
    assert daemon.browser().log_in("mallory", PASSWORD).status == 401
    assert [user["name"] for user in people.json("user", "list")["users"]] == ["alice", "bob"]


def test_a_role_written_by_hand_changes_nothing(people: Admin, daemon: Daemon,
                                                redis: RedisServer) -> None:
    put(redis, "mmx:user:bob", role="admin")
    assert logged_in(daemon, "bob").ask("GET", "/session").json()["session"]["role"] == "viewer"


def test_a_sealed_account_under_another_name_is_nobody(people: Admin, daemon: Daemon,
                                                       redis: RedisServer) -> None:
    """Neither the admin's record for a viewer, nor a viewer's password for the admin."""
    alice, bob = (redis.hash(f"mmx:user:{name}")["sealed"] for name in ("alice", "bob"))
    put(redis, "mmx:user:bob", sealed=alice)
    put(redis, "mmx:user:alice", sealed=bob)
    for name in ("alice", "bob"):
        assert daemon.browser().log_in(name, PASSWORD).status == 401
    assert people.json("user", "list") == {"users": []}


def test_a_sealed_token_under_another_name_is_nobody(people: Admin, daemon: Daemon,
                                                     redis: RedisServer) -> None:
    viewer = token_of(people, "viewer", "--role", "viewer")
    admin = token_of(people, "admin", "--role", "admin")
    put(redis, f"mmx:token:{record_name(people, viewer)}",
        sealed=redis.hash(f"mmx:token:{record_name(people, admin)}")["sealed"])
    assert (opened_by(daemon, viewer), opened_by(daemon, admin)) == (401, 200)


@pytest.mark.parametrize("at", [3, 20, -1])
def test_an_altered_record_is_absent_and_told(people: Admin, daemon: Daemon, redis: RedisServer,
                                              at: int) -> None:
    sealed = list(redis.hash("mmx:user:bob")["sealed"])
    sealed[at] = "A" if sealed[at] != "A" else "Q"
    put(redis, "mmx:user:bob", sealed="".join(sealed))
    assert daemon.browser().log_in("bob", PASSWORD).status == 401
    assert logged_in(daemon, "alice")
    assert "does not open" in people.run("user", "list").stderr


@pytest.mark.parametrize("listed", [("ZREM", "mmx:tokens"), ("ZREM", "mmx:sessions:alice"),
                                    ("SREM", "mmx:users")])
def test_what_is_in_no_list_does_not_authenticate(people: Admin, daemon: Daemon, alice: Browser,
                                                  redis: RedisServer, listed: tuple) -> None:
    token = token_of(people, "ci", "--role", "admin")
    name = {"mmx:tokens": record_name(people, token), "mmx:users": "alice",
            "mmx:sessions:alice": record_name(people, alice.cookie)}[listed[1]]
    assert (opened_by(daemon, token), status(alice)) == (200, 200)
    assert redis.command(*listed, name) == 1
    expected = (401, 200) if listed[1] == "mmx:tokens" else (200, 401)
    assert (opened_by(daemon, token), status(alice)) == expected


def test_a_session_put_back_after_a_new_password_is_nobody(
        people: Admin, daemon: Daemon, redis: RedisServer, alice: Browser) -> None:
    name = record_name(people, alice.cookie)
    kept = redis.hash(f"mmx:session:{name}")
    people.run("user", "password", "alice", stdin="another good long one")
    put(redis, f"mmx:session:{name}", **kept)
    redis.command("ZADD", "mmx:sessions:alice", int(time.time()), name)
    assert status(alice) == 401
    assert logged_in(daemon, "alice", "another good long one").ask(
        "GET", "/sessions").json()["sessions"][0]["address"] == "192.0.2.1"


def as_before(people: Admin, redis: RedisServer) -> str:
    """Redis as a release before leaves it: what it wrote for carol, a session and a token."""
    hashed = password_hash(people, redis, "bob")
    put_account(redis, "carol", hashed)
    put_token(redis, sha256(TOKEN))
    put_session(redis, sha256(COOKIE), "carol")
    put(redis, "mmx:settings", secret_check=seal(people, "check", "mmx:settings/secret_check",
                                                 "mmx"))
    for name in ("alice", "bob"):
        redis.command("DEL", f"mmx:user:{name}")
        redis.command("SREM", "mmx:users", name)
    return hashed


def test_records_of_a_release_before_are_sealed_once(
        people: Admin, daemon_with: Callable[..., Daemon], redis: RedisServer) -> None:
    hashed = as_before(people, redis)
    daemon = daemon_with()
    wait_until(lambda: "sealed 1 accounts and 1 tokens, and ended all sessions"
               in daemon.log.read_text(), what="the records are sealed")
    assert logged_in(daemon, "carol").ask("GET", "/session").json()["session"]["role"] == "admin"
    assert password_hash(people, redis, "carol") == hashed
    assert opened_by(daemon, TOKEN) == 200
    token, = people.json("token", "list")["tokens"]
    assert (token["name"], token["role"], token["hint"]) == ("x", "admin", "mmxadm-…AAAA")
    browser = daemon.browser()
    browser.cookie = COOKIE
    assert status(browser) == 401
    assert "role" not in redis.hash("mmx:user:carol")
    assert people.json("audit", "--verify")["verified"]

    put_account(redis, "mallory", hashed)
    put_token(redis, sha256("mmxadm-" + "B" * 40))
    again = daemon_with()
    assert again.browser().log_in("mallory", PASSWORD).status == 401
    assert opened_by(again, "mmxadm-" + "B" * 40) == 401 and opened_by(again, TOKEN) == 200


def test_without_its_check_a_redis_lets_nobody_in(
        people: Admin, daemon_with: Callable[..., Daemon], redis: RedisServer) -> None:
    """The mark that records are sealed is the check itself: to delete it opens nothing."""
    put_account(redis, "mallory", password_hash(people, redis, "bob"))
    redis.command("HDEL", "mmx:settings", "secret_check")
    daemon = daemon_with()
    assert daemon.browser().log_in("mallory", PASSWORD).status != 200


def test_check_fails_on_records_that_do_not_open(people: Admin, redis: RedisServer) -> None:
    assert "accounts and tokens" in people.run("check", check=False).stdout
    put_token(redis, sha256(TOKEN))
    told = people.run("check", check=False).stdout
    assert "1 of 3 do not open" in told and "conf/users.acl" in told
