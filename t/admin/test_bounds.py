"""The admin API at its borders: what is just too much, and an outage that ends half-way."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.admin import Admin
from harness.daemon import Browser, Daemon
from harness.people import logged_in
from harness.process import wait_until
from harness.redis import RedisServer

SEARCH_MATCHES_MAX = 1000


@pytest.fixture
def alice(people: Admin, daemon: Daemon) -> Browser:
    return logged_in(daemon, "alice")


@pytest.mark.parametrize("path", ["/usage.csv", "/usage", "/public/usage"])
@pytest.mark.parametrize("date", ["0000-01-05", "1969-12-31", "9999-12-31"])
def test_a_day_that_no_calendar_has(path: str, date: str, alice: Browser) -> None:
    answer = alice.ask("GET", f"{path}?to={date}", headers={"X-Api-Key": "mmx-" + "a" * 32})
    assert answer.status in (400, 401)
    assert alice.ask("GET", "/session").status == 200  # the daemon is still there


@pytest.mark.parametrize("before", ["99999999999999999999-0", "1-18446744073709551616", "1-"])
def test_a_place_in_the_trail_that_cannot_be(before: str, alice: Browser) -> None:
    answer = alice.ask("GET", f"/audit?before={before}")
    assert answer.status == 400 and answer.json()["error"]["field"] == "before"


def test_an_export_is_whole_or_refused(alice: Browser, admin: Admin) -> None:
    count = SEARCH_MATCHES_MAX + 5
    admin.create_keys(count, "acme")
    admin.create_keys(2, "other")
    whole = alice.ask("GET", "/keys.csv?user=acme&sort=today")
    assert whole.status == 200 and whole.body.count(b"acme") == count
    refused = alice.ask("GET", "/keys.csv?search=acme")
    assert refused.status == 400 and refused.json()["error"]["field"] == "search"
    assert alice.ask("GET", "/keys.csv?search=other").body.count(b"other") == 2


def test_an_ipv4_client_of_a_socket_for_both_families_is_itself(
        people: Admin, daemon: Daemon) -> None:
    browser = logged_in(daemon, "alice", address="::ffff:198.51.100.7")
    sessions = browser.ask("GET", "/sessions").json()["sessions"]
    assert [session["address"] for session in sessions] == ["198.51.100.7"]


def test_one_failure_among_answers_is_forgotten(
        alice: Browser, daemon: Daemon, redis: RedisServer) -> None:
    """A connection that outlives the failure of another must not keep the daemon in doubt."""
    def all_answer() -> bool:
        return all(alice.ask("GET", "/keys").status == 200 for _ in range(5))

    assert all_answer()
    redis.stop()
    try:
        with ThreadPoolExecutor(2) as pool:
            early = pool.submit(alice.ask, "GET", "/keys")
            wait_until(lambda: daemon.ask("GET", "/health").status == 503 or early.done(), 20,
                       "a request waits")
            late = pool.submit(alice.ask, "GET", "/keys")
            assert early.result().status == 503
            redis.cont()
            assert late.result().status in (200, 503)
    finally:
        redis.cont()
    wait_until(all_answer, 20, "the daemon trusts Redis again")
