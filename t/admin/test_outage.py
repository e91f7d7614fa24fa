"""The daemon while Redis is stopped, hung or restarted: every answer comes, and says so."""

import pytest
from harness.admin import Admin, Key
from harness.contract import Operation
from harness.daemon import Browser, Daemon
from harness.paths import SLACK_S
from harness.people import logged_in
from harness.process import wait_until
from harness.redis import RedisServer
from harness.requests import Known, all_operations, bodies, path_of

# A lease waits 2 s, a connection 1 s, a reply 3 s; what is known to be down answers at once.
ANSWER_S = 6 + SLACK_S


@pytest.fixture
def alice(people: Admin, daemon: Daemon) -> Browser:
    return logged_in(daemon, "alice")


def assert_unavailable(browser: Browser, operation: Operation, known: Known) -> None:
    answer = browser.ask(operation.method, path_of(operation, known),
                         bodies(known).get(operation.id), headers={"X-Api-Key": known.key},
                         timeout=ANSWER_S)
    if operation.id == "setUp":  # there is an account, which the daemon need not ask for
        assert answer.status == 401
        return
    assert answer.status == 503, (operation.id, answer.body)
    if operation.id == "getHealth":
        assert answer.json()["redis"] == "unavailable"
    else:
        assert answer.code == "redis_unavailable", operation.id
        assert int(answer.headers["retry-after"]) >= 1
        assert "mmx-" not in answer.json()["error"]["message"]


@pytest.mark.parametrize("outage", ["killed", "hung"])
def test_every_operation_answers_without_redis(
        outage: str, alice: Browser, key: Key, redis: RedisServer) -> None:
    known = Known(key.id, key.key)
    if outage == "killed":
        redis.kill9()
    else:
        redis.stop()
    try:
        for operation in all_operations():
            assert_unavailable(alice, operation, known)
    finally:
        redis.start() if outage == "killed" else redis.cont()
    def listed() -> list[str]:
        answer = alice.ask("GET", "/keys")
        return [item["id"] for item in answer.json()["keys"]] if answer.status == 200 else []

    wait_until(lambda: listed() == [key.id], 20, "the daemon has recovered")


def test_a_restart_of_redis_between_two_requests_costs_no_failure(
        alice: Browser, redis: RedisServer) -> None:
    assert alice.ask("GET", "/keys").status == 200
    redis.restart()
    wait_until(lambda: alice.ask("GET", "/session").status == 200, 20, "the daemon has recovered")
    redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert alice.ask("GET", "/keys").status == 200


def test_the_page_needs_no_redis(daemon: Daemon, redis: RedisServer) -> None:
    redis.kill9()
    assert daemon.page("/console/").status == 200


def test_a_redis_of_nobodys_and_anothers(daemon: Daemon, redis: RedisServer) -> None:
    redis.command("HSET", "mmx:settings", "check", "sealed by somebody else")
    for name in redis.hash("mmx:settings"):
        if "check" in name:
            redis.command("HSET", "mmx:settings", name, "AAAA")
    assert daemon.ask("GET", "/health").json()["redis"] == "wrong_secret"
    redis.command("DEL", "mmx:settings")
    assert daemon.ask("GET", "/health").json()["redis"] == "not_initialized"


def test_the_end_is_orderly(daemon: Daemon) -> None:
    assert daemon.ask("GET", "/health").status == 200
    daemon.process.signal(15)
    assert daemon.process.wait(20) == 0
    assert "stopped" in daemon.log.read_text()
