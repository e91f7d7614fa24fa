"""Guessing is held off, and what fails says nothing that helps it."""

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.admin import Admin
from harness.daemon import Answer, Browser, Daemon
from harness.people import (
    PASSWORD, WRONG, entries, logged_in, outlast_throttle, refusals, status)
from harness.process import wait_until
from harness.redis import RedisServer
from harness.sealed import password_hash

ADDRESSES_COUNTED_MAX, HOMES_PER_ACCOUNT_MAX = 16384, 64


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
    assert 2 <= answers.count(401) <= 8, (
        "a hash for the free attempts that found a place, and few more for the wait")
    assert int(redis.hash("mmx:login:user:alice")["failures"]) == answers.count(401)


def asked_at_once(daemon: Daemon, guesses: list[tuple[str, str, str]]) -> list[Answer]:
    """guesses: address, name and password of each."""
    with ThreadPoolExecutor(len(guesses)) as pool:
        return list(pool.map(lambda guess: daemon.browser(guess[0]).log_in(*guess[1:]), guesses))


def test_a_flood_does_not_close_the_log_in(
        people: Admin, daemon_with: Callable[..., Daemon]) -> None:
    """Many addresses try names that are nobody's, and alice's, all the while: at home she gets in,
    and so does bob, whose account is known from another network."""
    daemon = daemon_with(MMX_PASSWORD_COST="17")
    home = logged_in(daemon, "alice", address="203.0.113.5")
    logged_in(daemon, "bob", address="203.0.113.9")
    over = threading.Event()
    answers: list[int] = []

    def flood(number: int) -> None:
        for attempt in range(10_000):
            if over.is_set():
                break
            name = "alice" if number % 4 == 0 else f"nobody-{number}-{attempt}"
            address = f"2001:db8:{number:x}:{attempt:x}::1"
            answers.append(daemon.browser(address).log_in(name, WRONG).status)

    with ThreadPoolExecutor(40) as pool:
        for number in range(40):
            pool.submit(flood, number)
        wait_until(lambda: len(answers) > 100, 20, "the flood is there")
        try:
            for number in range(3):
                assert home.log_in("alice", PASSWORD).status == 200
                assert daemon.browser(f"198.51.100.{number}").log_in("bob", PASSWORD).status == 200
        finally:
            over.set()
    assert set(answers) == {401, 429}


def test_an_attempt_that_was_not_hashed_counts_against_nobody(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    """More attempts at once than there are places, none of them too many for its own account."""
    names = ["carol", "dave", "erin", "frank"]
    for name in names:
        people.run("user", "add", name, "--role", "viewer", stdin=PASSWORD,
                   env={"MMX_PASSWORD_COST": "17"})
    guesses = [(f"198.51.100.{10 * at + number}", name, WRONG)
               for number in range(5) for at, name in enumerate(names)]
    answers = asked_at_once(daemon, guesses)
    refused = [answer for answer in answers if answer.status == 429]
    assert refused and all("too many people" in answer.json()["error"]["message"]
                           for answer in refused)
    for (address, name, _), answer in zip(guesses, answers, strict=True):
        counted = redis.hash(f"mmx:login:{address}").get("failures", "0")
        assert int(counted) == (1 if answer.status == 401 else 0)
    for name in names:
        looked_at = sum(answer.status == 401 for (_, of, _), answer
                        in zip(guesses, answers, strict=True) if of == name)
        assert int(redis.hash(f"mmx:login:user:{name}").get("failures", "0")) == looked_at


def test_neighbours_at_home_do_not_hold_each_other_up(people: Admin, daemon: Daemon) -> None:
    alice = logged_in(daemon, "alice")
    neighbour = daemon.browser(alice.address)
    while neighbour.log_in("bob", WRONG).status != 429:
        pass
    assert alice.log_in("alice", PASSWORD).status == 200


def test_an_account_refused_for_others_failures_counts_against_no_address(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    guesser = daemon.browser("198.51.100.7")
    while guesser.log_in("alice", WRONG).status != 429:
        pass
    elsewhere = daemon.browser("198.51.100.8")
    while elsewhere.log_in("alice", PASSWORD).status == 429:
        assert "failures" not in redis.hash("mmx:login:198.51.100.8")


def test_unknown_names_are_held_off_as_accounts_are_and_stand_nowhere(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    for name in ("nobody", "alice"):
        answers = [daemon.browser(f"198.51.{len(name)}.{number}").log_in(name, WRONG)
                   for number in range(6)]
        assert [answer.status for answer in answers] == [401] * 5 + [429]
    shares = [name for name in redis.command("KEYS", "mmx:login:*") if "unknown" in name]
    assert len(shares) == 1 and re.fullmatch("mmx:login:unknown:[0-9a-f]{3}", shares[0])
    assert not redis.command("KEYS", "*nobody*")


def test_so_many_addresses_are_counted_and_no_more(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    counted = redis.command("ZCARD", "mmx:login:addresses")
    full = [word for number in range(ADDRESSES_COUNTED_MAX - counted)
            for word in (str(2 ** 40), f"mmx:login:{number}")]
    redis.command("ZADD", "mmx:login:addresses", *full)
    guesser = daemon.browser("198.51.100.7")
    assert [guesser.log_in("alice", WRONG).status for _ in range(6)] == [401] * 5 + [429], (
        "the account's own counter holds")
    assert guesser.log_in("bob", PASSWORD).status == 200
    assert not redis.command("EXISTS", "mmx:login:198.51.100.7")
    assert redis.command("ZCARD", "mmx:login:addresses") == ADDRESSES_COUNTED_MAX
    redis.command("ZADD", "mmx:login:addresses", "1", "mmx:login:0")  # one of them has ended
    guesser.log_in("nobody", WRONG)
    assert redis.hash("mmx:login:198.51.100.7")["failures"] == "1"


def test_an_account_is_at_home_on_its_latest_networks(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    homes = "mmx:login:homes:alice"
    now = int(time.time())
    older = [word for number in range(HOMES_PER_ACCOUNT_MAX)
             for word in (str(now - HOMES_PER_ACCOUNT_MAX + number), f"192.0.2.{number}")]
    redis.command("ZADD", homes, str(now - 31 * 86400), "203.0.113.7", *older)
    logged_in(daemon, "alice", address="2001:db8:1:2::5")
    networks = redis.command("ZRANGE", homes, "0", "-1")
    assert len(networks) == HOMES_PER_ACCOUNT_MAX and networks[-1] == "2001:db8:1:2::/64"
    assert "192.0.2.0" not in networks and "203.0.113.7" not in networks
    assert 0 < redis.command("TTL", homes) <= 30 * 86400
    people.run("user", "add", "zoe", "--role", "admin", stdin=PASSWORD,
               env={"MMX_PASSWORD_COST": "14"})
    people.run("user", "delete", "alice", "--yes")
    assert not redis.command("EXISTS", homes)


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
