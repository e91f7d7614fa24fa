"""The harness itself: a fault proxy that did nothing, or a clock that stood, would prove nothing."""

import time
from datetime import datetime, timezone

import pytest
from fault_proxy import Fault, FaultProxy, How
from harness.redis import RedisServer
from harness.resp import Connection, RedisError

SCRIPT = "return redis.call('INCR', KEYS[1])"


def evaluate(connection: Connection) -> object:
    return connection.command("EVAL", SCRIPT, 1, "n")


@pytest.fixture
def through(fault_proxy: FaultProxy) -> Connection:
    return Connection(fault_proxy.url.removeprefix("unix:"), timeout=0.5)


def test_fault_proxy_passes_everything_when_told_nothing(through: Connection) -> None:
    assert through.pipeline([("SET", "a", "x" * 100_000), ("GET", "a"), ("EVAL", SCRIPT, 1, "n")]) \
        == ["OK", "x" * 100_000, 1]


@pytest.mark.parametrize("size", [0, 1, 3])
def test_fault_proxy_cuts_the_reply_of_a_command_that_ran(
        size: int, through: Connection, fault_proxy: FaultProxy, redis: RedisServer) -> None:
    fault_proxy.inject(Fault(How.CUT, first=2, bytes=size))
    assert evaluate(through) == 1
    with pytest.raises(ConnectionError):
        evaluate(through)
    assert redis.command("GET", "n") == "2"
    assert (fault_proxy.fired, fault_proxy.commits) == (1, 2)


def test_fault_proxy_ends_the_connection_before_the_command_runs(
        through: Connection, fault_proxy: FaultProxy, redis: RedisServer) -> None:
    fault_proxy.inject(Fault(How.UNSENT))
    with pytest.raises(ConnectionError):
        evaluate(through)
    assert redis.command("GET", "n") is None


def test_fault_proxy_answers_in_redis_place_and_in_order(
        through: Connection, fault_proxy: FaultProxy, redis: RedisServer) -> None:
    fault_proxy.inject(Fault(How.INSTEAD, data=b"+fake\r\n"))
    assert through.pipeline([("PING",), ("EVAL", SCRIPT, 1, "n"), ("PING",)]) \
        == ["PONG", "fake", "PONG"]
    assert redis.command("GET", "n") is None


def test_fault_proxy_replaces_the_reply_of_a_command_that_ran(
        through: Connection, fault_proxy: FaultProxy, redis: RedisServer) -> None:
    fault_proxy.inject(Fault(How.REPLACE, data=b"-OOM no\r\n"))
    with pytest.raises(RedisError, match="OOM"):
        evaluate(through)
    assert redis.command("GET", "n") == "1"


def test_fault_proxy_swaps_and_duplicates_replies(
        through: Connection, fault_proxy: FaultProxy) -> None:
    fault_proxy.inject(Fault(How.SWAP))
    assert through.pipeline([("EVAL", SCRIPT, 1, "n"), ("PING",)]) == ["PONG", 1]
    fault_proxy.inject(Fault(How.DUPLICATE))
    assert through.pipeline([("EVAL", SCRIPT, 1, "n"), ("PING",)])[:2] == [2, 2]


def test_fault_proxy_dribbles_and_stalls(through: Connection, fault_proxy: FaultProxy) -> None:
    fault_proxy.inject(Fault(How.DRIBBLE), Fault(How.STALL, first=2, seconds=30))
    assert evaluate(through) == 1
    with pytest.raises(TimeoutError):
        evaluate(through)


def test_fault_proxy_refuses_fills_up_and_heals(
        through: Connection, fault_proxy: FaultProxy) -> None:
    path = fault_proxy.url.removeprefix("unix:")
    fault_proxy.refuse()
    with pytest.raises(ConnectionError):
        through.command("PING")
    with pytest.raises(ConnectionError):
        Connection(path)
    fault_proxy.heal()
    assert Connection(path).command("PING") == "PONG"
    fault_proxy.max_clients()
    with pytest.raises(RedisError, match="max number of clients"):
        Connection(path).command("PING")


def test_fault_proxy_lets_a_blackholed_command_run_late(
        through: Connection, fault_proxy: FaultProxy, redis: RedisServer) -> None:
    fault_proxy.blackhole()
    with pytest.raises(TimeoutError):
        evaluate(through)
    assert redis.command("GET", "n") is None
    fault_proxy.heal()
    fault_proxy.delay(0.01)
    assert through.pipeline([("PING",)]) == [1]  # the late answer comes first
    assert redis.command("GET", "n") == "1"


def test_redis_lives_by_the_clock_it_was_given(redis_server, clock) -> None:
    shifted = clock()
    server = redis_server(clock=shifted)
    shifted.set(datetime(2028, 2, 29, 23, 59, 59, tzinfo=timezone.utc))
    seconds, _ = server.command("TIME")
    assert abs(int(seconds) - shifted.now()) <= 1
    shifted.step(-86400)
    assert abs(int(server.command("TIME")[0]) - (shifted.now())) <= 1
    assert shifted.now() - time.time() > 365 * 86400


def test_killed_redis_keeps_what_it_answered(redis: RedisServer) -> None:
    redis.command("SET", "a", "1")
    redis.restart()
    assert redis.command("GET", "a") == "1"
