"""What was begun under a session that ends meanwhile is not done: a hash takes long, and a request
waits for it after the session was looked at."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.admin import Admin
from harness.daemon import Answer, Browser, Daemon
from harness.people import OTHER_PASSWORD, PASSWORD, add_account, entries, logged_in
from harness.process import wait_until
from harness.redis import RedisServer

KEPT = "mallory keeps this one"
PASSWORD_CHANGE = ("POST", "/session/password", {"password": PASSWORD, "new_password": KEPT})
NEW_ACCOUNT = ("POST", "/users", {"name": "mallory", "role": "admin", "password": PASSWORD,
                                  "new_password": KEPT})
OTHERS_PASSWORD = ("PATCH", "/users/bob", {"password": PASSWORD, "new_password": KEPT})
ENDED_BY = {
    "the account goes": ("user", "delete", "carol", "--yes"),
    "its role goes": ("user", "role", "carol", "--role", "viewer"),
    "its password goes": ("user", "password", "carol"),
}


@pytest.fixture(name="slow")
def daemon_that_hashes_long(daemon_with: Callable[..., Daemon], people: Admin) -> Daemon:
    """It hashes new passwords at a cost that takes about a second; carol's own becomes so, too."""
    add_account(people, "carol", "admin")
    return daemon_with(MMX_PASSWORD_COST="18")


def answer_when_ended(slow: Daemon, people: Admin, redis: RedisServer, carol: Browser,
                      request: tuple, command: tuple) -> Answer:
    """Carol's request, whose password was looked at when her session ends."""
    redis.command("DEL", "mmx:login:homes:carol")  # is there again when her password was right
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(carol.ask, *request)
        wait_until(lambda: redis.command("EXISTS", "mmx:login:homes:carol"), 20, "it was right")
        slow.process.signal(signal.SIGSTOP)
        try:
            people.run(*command, stdin=OTHER_PASSWORD if "password" in command else "",
                       env={"MMX_PASSWORD_COST": "14"})
        finally:
            slow.process.signal(signal.SIGCONT)
        return answer.result()


@pytest.mark.parametrize("how", ENDED_BY)
@pytest.mark.parametrize("request_, action", [
    (PASSWORD_CHANGE, "user.set"), (NEW_ACCOUNT, "user.create"), (OTHERS_PASSWORD, "user.set")])
def test_what_waits_for_a_hash_is_not_done(
        slow: Daemon, people: Admin, redis: RedisServer, request_: tuple, action: str,
        how: str) -> None:
    carol = logged_in(slow, "carol")
    answer = answer_when_ended(slow, people, redis, carol, request_, ENDED_BY[how])
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert "user:carol" not in [entry["actor"] for entry in entries(people, action)]
    for name in ("carol", "bob", "mallory"):
        assert slow.browser().log_in(name, KEPT).status == 401
