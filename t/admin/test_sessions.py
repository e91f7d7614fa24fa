"""Sessions of the console: how they begin, how long they last, and who may write with one."""

from collections.abc import Callable

import pytest
from harness.admin import Admin
from harness.daemon import Answer, Browser, Daemon
from harness.people import OTHER_PASSWORD, PASSWORD, WRONG, logged_in, records, status
from harness.redis import RedisServer
from harness.sealed import rights, set_rights


def test_logging_in_tells_who_one_is(people: Admin, daemon: Daemon) -> None:
    browser = daemon.browser()
    answer = browser.log_in("alice", PASSWORD)
    session = answer.json()["session"]
    assert set(session) == {"name", "role", "scopes", "csrf_token", "expires_at", "expires_at_unix",
                            "idle_seconds"}
    assert (session["name"], session["role"], session["idle_seconds"]) == ("alice", "admin", 900)
    cookie, = answer.cookies
    assert cookie.startswith("mmx_session=") and "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie and "Path=/" in cookie and "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    again = browser.ask("GET", "/session")
    assert again.json() == answer.json() and again.cookies == []


def test_behind_tls_the_cookie_is_bound_to_it(people: Admin, daemon: Daemon) -> None:
    answer = daemon.ask("POST", "/session", {"name": "alice", "password": PASSWORD},
                        headers={"X-Forwarded-Proto": "https"})
    cookie, = answer.cookies
    assert cookie.startswith("__Host-mmx_session=") and "Secure" in cookie
    daemon.watch.add("session", cookie.split("=")[1].split(";")[0])


def test_a_session_in_redis_opens_nothing(alice: Browser, redis: RedisServer) -> None:
    name, = redis.command("KEYS", "mmx:session:*")
    stored = redis.hash(name)
    assert set(stored) == {"sealed", "address", "user_agent"}
    for key in redis.command("KEYS", "*"):
        dump = str(redis.command("DUMP", key)) if redis.command("TYPE", key) != "hash" else str(
            redis.hash(key))
        assert alice.cookie not in key + dump and alice.csrf_token not in key + dump
    alice.cookie = name.removeprefix("mmx:session:")
    assert status(alice) == 401


@pytest.mark.parametrize("cookie", ["", "0" * 64, "x", "a" * 63, "A" * 64, "%00" * 64, "'--"])
def test_what_is_no_session_is_nobody(people: Admin, daemon: Daemon, cookie: str) -> None:
    browser = daemon.browser()
    browser.cookie = cookie
    answer = browser.ask("GET", "/session")
    assert (answer.status, answer.code) == (401, "unauthenticated")


def test_a_session_somebody_planted_is_not_taken_over(people: Admin, daemon: Daemon) -> None:
    """Fixation: the id is new at every login, and the one that was there ends."""
    browser = daemon.browser()
    browser.cookie = planted = "ab" * 32
    assert browser.log_in("bob", PASSWORD).status == 200
    assert browser.cookie != planted
    former, former_token = browser.cookie, browser.csrf_token
    assert browser.log_in("bob", PASSWORD).status == 200
    assert browser.cookie not in (planted, former) and browser.csrf_token != former_token
    for stale in (planted, former):
        thief = daemon.browser()
        thief.cookie = stale
        assert status(thief) == 401


def test_after_logging_out_the_session_is_over(
        alice: Browser, daemon: Daemon, redis: RedisServer) -> None:
    replay = daemon.browser()
    replay.cookie, replay.csrf_token = alice.cookie, alice.csrf_token
    answer = alice.ask("DELETE", "/session")
    assert answer.status == 204 and "Max-Age=0" in answer.cookies[0] and alice.cookie == ""
    assert redis.command("KEYS", "mmx:session*") == []
    for method, path in (("GET", "/session"), ("GET", "/users"), ("DELETE", "/session")):
        assert status(replay, method, path) == 401


@pytest.fixture
def age(people: Admin, redis: RedisServer) -> Callable[[str, int], None]:
    """As if the only session had been opened or used so much earlier."""
    def earlier(field: str, seconds: int) -> None:
        name, = redis.command("KEYS", "mmx:session:*")
        time = int(str(rights(people, redis, name)[field]))
        set_rights(people, redis, name, **{field: time - seconds})
    return earlier


def test_a_session_ends_when_it_is_not_used(alice: Browser, redis: RedisServer,
        age: Callable[[str, int], None]) -> None:
    age("seen_at", 14 * 60)
    assert status(alice) == 200
    age("seen_at", 14 * 60)
    assert status(alice) == 200, "it was used meanwhile"
    age("seen_at", 15 * 60 + 1)
    assert status(alice) == 401


def test_redis_drops_what_nobody_uses(alice: Browser, redis: RedisServer) -> None:
    name, = redis.command("KEYS", "mmx:session:*")
    assert 0 < redis.command("TTL", name) <= 15 * 60
    assert 0 < redis.command("TTL", "mmx:sessions:alice") <= 8 * 3600


def test_a_page_that_refreshes_by_itself_does_not_keep_the_session(
        alice: Browser, redis: RedisServer,
        age: Callable[[str, int], None]) -> None:
    age("seen_at", 14 * 60)
    background = {"X-Mmx-Background": "1"}
    for _ in range(3):
        assert alice.ask("GET", "/session", headers=background).status == 200
    age("seen_at", 61)
    assert alice.ask("GET", "/session", headers=background).status == 401


def test_a_session_ends_at_its_age_however_busy(alice: Browser, redis: RedisServer,
        age: Callable[[str, int], None]) -> None:
    age("created_at", 8 * 3600 - 60)
    assert status(alice) == 200
    name, = redis.command("KEYS", "mmx:session:*")
    age("seen_at", 60)
    assert status(alice) == 200 and redis.command("TTL", name) <= 60
    age("created_at", 61)
    assert status(alice) == 401


def test_shorter_limits_hold_for_sessions_that_are_open(
        people: Admin, daemon_with: Callable[..., Daemon], redis: RedisServer,
        age: Callable[[str, int], None]) -> None:
    browser = logged_in(daemon_with(), "alice")
    short = daemon_with(MMX_SESSION_IDLE_MINUTES="1", MMX_SESSION_HOURS="1")
    browser.daemon = short
    assert browser.ask("GET", "/session").json()["session"]["idle_seconds"] == 60
    age("seen_at", 61)
    assert status(browser) == 401


def test_the_oldest_of_too_many_sessions_goes(people: Admin, daemon: Daemon,
                                              redis: RedisServer) -> None:
    first = logged_in(daemon, "alice")
    name, = redis.command("KEYS", "mmx:session:*")
    redis.command("ZADD", "mmx:sessions:alice", 1, name.removeprefix("mmx:session:"))
    browsers = [logged_in(daemon, "alice") for _ in range(20)]
    assert status(first) == 401 and {status(browser) for browser in browsers} == {200}
    assert redis.command("ZCARD", "mmx:sessions:alice") == 20


def writes(browser: Browser, headers: dict[str, str], body: object = None) -> Answer:
    return browser.ask("POST", "/users", body or {
        "name": "mallory", "role": "admin", "new_password": OTHER_PASSWORD, "password": PASSWORD},
        headers=headers)


@pytest.mark.parametrize("headers, expected", [
    ({"X-CSRF-Token": ""}, (403, "csrf")),
    ({"X-CSRF-Token": "0" * 64}, (403, "csrf")),
    ({"X-CSRF-Token": "foreign"}, (403, "csrf")),
    ({"X-CSRF-Token": "old"}, (403, "csrf")),
    ({"Sec-Fetch-Site": "cross-site"}, (403, "csrf")),
    ({"Sec-Fetch-Site": "same-site"}, (403, "csrf")),
    ({"Sec-Fetch-Site": "", "Origin": "https://evil.test"}, (403, "csrf")),
    ({"Sec-Fetch-Site": "", "Origin": "null"}, (403, "csrf")),
    ({"Sec-Fetch-Site": "", "Origin": "http://console.test.evil.test"}, (403, "csrf")),
    ({"Content-Type": "application/x-www-form-urlencoded"}, (415, "unsupported_media_type")),
    ({"Content-Type": "text/plain"}, (415, "unsupported_media_type")),
    ({"Content-Type": "multipart/form-data; boundary=x"}, (415, "unsupported_media_type")),
    ({"Content-Type": ""}, (415, "unsupported_media_type")),
])
def test_a_write_from_elsewhere_changes_nothing(
        people: Admin, daemon: Daemon, redis: RedisServer, headers: dict[str, str],
        expected: tuple[int, str]) -> None:
    old = logged_in(daemon, "alice")
    browser = logged_in(daemon, "alice")
    tokens = {"foreign": logged_in(daemon, "bob").csrf_token, "old": old.csrf_token}
    sent = {name: tokens.get(value, value) for name, value in headers.items()}
    before = records(redis)
    answer = writes(browser, sent)
    assert (answer.status, answer.code) == expected
    assert records(redis) == before
    assert writes(browser, {}).status == 201, "the same as the page itself sends it"


def test_logging_out_clears_the_browsers_cache(people: Admin, daemon: Daemon) -> None:
    answer = logged_in(daemon, "alice").ask("DELETE", "/session")
    assert answer.status == 204 and answer.headers["clear-site-data"] == '"cache"'


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nobody_is_logged_in_from_elsewhere(
        people: Admin, daemon: Daemon, redis: RedisServer, site: str) -> None:
    answer = daemon.browser().ask("POST", "/session", {"name": "alice", "password": PASSWORD},
                                  headers={"Sec-Fetch-Site": site})
    assert (answer.status, answer.code) == (403, "csrf")
    assert redis.command("KEYS", "mmx:session*") == []


def end(browser: Browser, session: str, password: str = PASSWORD) -> Answer:
    return browser.ask("DELETE", f"/sessions/{session}", {"password": password})


def test_sessions_are_listed_and_ended(people: Admin, daemon: Daemon) -> None:
    alice, bob = logged_in(daemon, "alice"), logged_in(daemon, "bob", address="203.0.113.5")
    second = daemon.browser()
    second.ask("POST", "/session", {"name": "bob", "password": PASSWORD},
               headers={"User-Agent": "Evil\x1b[2J " + "x" * 300})
    seen = alice.ask("GET", "/sessions").json()["sessions"]
    assert sorted(item["user"] for item in seen) == ["alice", "bob", "bob"]
    assert [item["user"] for item in seen if item["current"]] == ["alice"]
    own = bob.ask("GET", "/sessions").json()["sessions"]
    assert {item["user"] for item in own} == {"bob"} and len(own) == 2
    assert all(len(item["user_agent"]) <= 200 and item["user_agent"].isprintable()
               for item in seen)
    assert all(item["id"] not in (alice.cookie, bob.cookie) for item in seen)
    of_alice = next(item["id"] for item in seen if item["user"] == "alice")
    assert end(bob, of_alice).status == 404
    of_second = next(item["id"] for item in own if not item["current"])
    assert end(bob, of_second).status == 204
    assert (status(second), status(bob)) == (401, 200)
    of_bob = next(item["id"] for item in own if item["current"])
    assert end(alice, of_bob).status == 204
    assert (status(bob), status(alice)) == (401, 200)
    assert end(alice, of_bob).status == 404


def test_ending_a_session_asks_for_the_password_again(people: Admin, daemon: Daemon) -> None:
    """Who sits down at an open session does not shut its owner out elsewhere."""
    bob, other = logged_in(daemon, "bob"), logged_in(daemon, "bob")
    listed = bob.ask("GET", "/sessions").json()["sessions"]
    of_other = next(item["id"] for item in listed if not item["current"])
    for body in (None, {}):
        answer = bob.ask("DELETE", f"/sessions/{of_other}", body)
        assert (answer.status, answer.json()["error"]["field"]) == (400, "password")
    answer = end(bob, of_other, WRONG)
    assert (answer.status, answer.code) == (401, "invalid_credentials")
    assert (status(other), status(bob)) == (200, 200)
    assert end(bob, of_other).status == 204
    assert (status(other), status(bob)) == (401, 200)
    assert status(bob, "DELETE") == 204, "logging out asks for none"
