"""Guessing is held off, and what fails says nothing that helps it."""

import threading
from collections.abc import Callable

import pytest
from harness.admin import Admin
from harness.daemon import Browser, Daemon
from harness.people import (
    PASSWORD, WRONG, entries, logged_in, outlast_throttle, refusals, status)
from harness.process import wait_until
from harness.redis import RedisServer
from harness.sealed import password_hash


def test_an_unknown_account_answers_as_a_wrong_password_does(
        people: Admin, daemon: Daemon) -> None:
    answers = []
    for name in ("alice", "nobody", "no account's name!", "x" * 64):
        answer = daemon.browser(f"198.51.100.{len(answers)}").ask(
            "POST", "/session", {"name": name, "password": WRONG})
        answers.append((answer.status, answer.body, {name: value for name, value
                                                     in answer.headers.items() if name != "date"}))
    assert answers[0][0] == 401 and answers[1:] == answers[:1] * 3


def test_guessing_is_held_off_for_account_and_address(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    """Five failures are free; then each attempt has to wait, and one that comes early is not even
    looked at: the right password is refused as well."""
    guesser = daemon.browser()
    answers = [guesser.log_in("alice", WRONG) for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) == 1
    assert guesser.log_in("alice", PASSWORD).status == 429
    elsewhere = daemon.browser("198.51.100.7")
    assert elsewhere.log_in("alice", PASSWORD).status == 429, "the account is held off as well"
    assert elsewhere.log_in("bob", PASSWORD).status == 200
    delays = []
    for _ in range(9):
        outlast_throttle(redis)
        assert guesser.log_in("alice", WRONG).status == 401
        delays.append(int(guesser.log_in("alice", WRONG).headers["retry-after"]))
    assert delays == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    outlast_throttle(redis)
    assert guesser.log_in("alice", PASSWORD).status == 200, "nobody is locked out for good"


def test_an_owner_is_not_kept_out_by_others_failures(
        people: Admin, daemon: Daemon) -> None:
    home = logged_in(daemon, "alice", address="203.0.113.5")
    guesser = daemon.browser("198.51.100.7")
    while guesser.log_in("alice", WRONG).status != 429:
        pass
    assert home.log_in("alice", PASSWORD).status == 200
    assert daemon.browser("203.0.113.6").log_in("alice", PASSWORD).status == 200, (
        "and a login of the owner's lifts what others brought on")


def test_a_network_of_addresses_counts_as_one(people: Admin, daemon: Daemon) -> None:
    answers = [daemon.browser(f"2001:db8::{number:x}").log_in("nobody", WRONG).status
               for number in range(1, 7)]
    assert answers == [401] * 5 + [429]
    assert daemon.browser("2001:db8:0:1::1").log_in("bob", PASSWORD).status == 200


def test_a_flood_of_guesses_is_refused_quickly_and_hashed_seldom(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    answers: list[int] = []

    def guess(number: int) -> None:
        browser = daemon.browser(f"198.51.{number // 250}.{number % 250 + 1}")
        answers.append(browser.log_in("alice", WRONG).status)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 60 and set(answers) <= {401, 429}
    assert 5 <= answers.count(401) <= 8, "a hash for the free attempts, and few more for the wait"
    assert int(redis.hash("mmx:login:user:alice")["failures"]) == answers.count(401)


def test_failures_are_told_among_the_refusals_with_the_address(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    guesser = daemon.browser("198.51.100.7")
    for _ in range(4):
        guesser.log_in("alice", WRONG)
    guesser.log_in("my password", WRONG)
    entry, = refusals(people)
    assert (entry["actor"], entry["address"], entry["object"]) == (
        "anonymous", "198.51.100.7", "alice")
    assert entry["detail"] == {"failures": 1}
    redis.command("HINCRBY", "mmx:login:198.51.100.7", "told_at", -60)
    outlast_throttle(redis)
    guesser.log_in("my password", WRONG)
    entry = refusals(people)[0]
    assert entry["object"] == "unknown account" and entry["detail"] == {"failures": 5}
    assert "my password" not in str(refusals(people))
    assert entries(people, "session.refuse") == []


def test_asking_again_for_the_password_is_throttled_too(alice: Browser) -> None:
    body = {"name": "x", "role": "viewer"}
    answers = [alice.ask("POST", "/tokens", body | {"password": WRONG}) for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert status(alice) == 200
    answer = alice.ask("POST", "/tokens", body)
    assert answer.status == 400 and answer.json()["error"]["field"] == "password"


def test_a_password_is_hashed_anew_when_the_cost_has_risen(
        people: Admin, daemon_with: Callable[..., Daemon], redis: RedisServer) -> None:
    browser = logged_in(daemon_with(MMX_PASSWORD_COST="15"), "alice")
    assert password_hash(people, redis, "alice").startswith("$scrypt$ln=15,")
    assert status(browser) == 200 and logged_in(browser.daemon, "alice")
    assert password_hash(people, redis, "bob").startswith("$scrypt$ln=14,")


def test_there_is_no_token_where_there_is_an_account(people: Admin, daemon: Daemon) -> None:
    assert daemon.ask("GET", "/setup").json() == {"needed": False}
    assert logged_in(daemon, "alice") and not daemon.setup_token_file.exists()


@pytest.mark.parametrize("fault", ["stop", "kill9"])
def test_without_redis_everything_answers_soon(
        alice: Browser, daemon: Daemon, redis: RedisServer, fault: str) -> None:
    getattr(redis, fault)()
    try:
        for method, path, body in (
                ("GET", "/session", None), ("GET", "/users", None), ("DELETE", "/session", {}),
                ("POST", "/session", {"name": "alice", "password": PASSWORD}),
                ("GET", "/setup", None)):
            answer = alice.ask(method, path, body, timeout=20)
            assert (answer.status, answer.code) == (503, "redis_unavailable"), path
    finally:
        redis.cont() if fault == "stop" else redis.start()
    wait_until(lambda: status(alice) == 200, 20, "all is well again")
