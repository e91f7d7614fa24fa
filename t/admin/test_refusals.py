"""What strangers are refused: counted and told apart from the audit trail, and in nobody's way."""

import threading
from collections.abc import Callable
from functools import partial

from harness.admin import Admin
from harness.daemon import Browser, Daemon
from harness.people import PASSWORD, WRONG, add_account, logged_in
from harness.process import wait_until
from harness.redis import RedisServer

REFUSALS_KEPT_MAX = 10_000


def address_of(number: int) -> str:
    return f"198.{18 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


def set_up(daemon: Daemon, number: int) -> int:
    return daemon.browser(address_of(number)).set_up("x" * 48, "mallory", PASSWORD).status


def test_a_set_up_after_the_first_account_is_refused_at_once_and_counted_nowhere(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    wait_until(lambda: daemon.ask("GET", "/setup").status == 200, what="the daemon works")
    trail, names = people.json("audit"), redis.command("DBSIZE")
    assert {set_up(daemon, number) for number in range(500)} == {401}
    assert people.json("audit") == trail and redis.command("DBSIZE") == names
    verified = people.json("audit", "--verify")
    assert verified["verified"] and verified["entries"] == len(trail["entries"])
    redis.stop()
    try:
        assert set_up(daemon, 1) == 401, "without any word of Redis"
    finally:
        redis.cont()


def test_refusals_before_the_first_account_leave_the_trail_alone(
        admin: Admin, daemon: Daemon, redis: RedisServer) -> None:
    wait_until(daemon.setup_token_file.exists, 20, "the daemon writes a set-up token")
    trail = admin.json("audit")
    writer = redis.connection()
    writer.pipeline([("XADD", "mmx:refusals", f"1-{number + 1}", "action", "setup.refuse")
                     for number in range(REFUSALS_KEPT_MAX + 500)])
    writer.close()
    assert {set_up(daemon, number) for number in range(300)} == {401}
    assert admin.json("audit") == trail
    assert admin.json("audit", "--verify")["entries"] == len(trail["entries"])
    assert redis.command("XLEN", "mmx:refusals") <= REFUSALS_KEPT_MAX + 100
    newest, = admin.json("audit", "--refusals", "--limit", 1)["entries"]
    assert (newest["actor"], newest["action"], newest["address"], newest["hash"]) == (
        "anonymous", "setup.refuse", address_of(299), "")
    add_account(admin, "alice", "admin")
    page = logged_in(daemon, "alice").ask("GET", "/audit?kind=refusals&limit=2").json()
    assert page["refused"] == {"session.refuse": 0, "setup.refuse": 300}
    assert len(page["entries"]) == 2 and page["next"] is not None


def test_an_admin_changes_all_while_strangers_are_refused(
        people: Admin, daemon: Daemon, alice: Browser) -> None:
    """Six of eight changes failed when refusals were written to what a change watches."""
    ended = threading.Event()
    numbers = iter(range(1_000_000))
    refused: list[int] = []

    def flood(attempt: Callable[[int], int]) -> None:
        while not ended.is_set():
            refused.append(attempt(next(numbers)))

    def log_in(number: int) -> int:
        return daemon.browser(address_of(number)).log_in(f"nobody{number}", WRONG).status

    threads = [threading.Thread(target=flood, args=(attempt,))
               for attempt in (partial(set_up, daemon), log_in) * 2]
    before = people.json("audit", "--verify")
    for thread in threads:
        thread.start()
    try:
        answers = [alice.ask("PATCH", "/settings", {"default_day": number + 1,
                                                   "password": PASSWORD}).status
                   for number in range(30)]
    finally:
        ended.set()
        for thread in threads:
            thread.join(60)
    assert answers == [200] * 30
    assert len(refused) >= 30 and set(refused) <= {401, 429}
    after = people.json("audit", "--verify")
    assert after["verified"] and after["entries"] == before["entries"] + 30
