"""The harness itself: a fault proxy that did nothing, or a clock that stood, would prove little."""

import base64
import time
from datetime import datetime, timezone
from itertools import cycle
from pathlib import Path

import pytest
from harness.client import Load, Request, run
from harness.fault import Fault, How
from harness.fault_proxy import FaultProxy
from harness.gateway import Gateway
from harness.process import wait_until
from harness.redis import RedisServer
from harness.resp import Connection, RedisError
from harness.secret_watch import SecretWatch
from harness.traffic import await_answers

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
    assert through.pipeline([("PING",)])[0] == 1  # the late answer comes first
    assert redis.command("GET", "n") == "1"


def test_fault_proxy_runs_a_command_late_whoever_has_gone(
        through: Connection, fault_proxy: FaultProxy, redis: RedisServer) -> None:
    fault_proxy.inject(Fault(How.LATE, seconds=0.6))
    with pytest.raises(TimeoutError):
        evaluate(through)
    through.close()
    assert redis.command("GET", "n") is None
    wait_until(lambda: redis.command("GET", "n") == "1", 5)


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


PLAIN = """
pid @DIR@/nginx.pid; error_log @DIR@/error.log @LOG_LEVEL@;
worker_processes @WORKERS@;
@USER@
events {}
http {
    access_log off;
    client_body_temp_path @DIR@/tmp/body; proxy_temp_path @DIR@/tmp/proxy;
    fastcgi_temp_path @DIR@/tmp/fastcgi; uwsgi_temp_path @DIR@/tmp/uwsgi;
    scgi_temp_path @DIR@/tmp/scgi;
    server {
        listen 127.0.0.1:@PORT@ backlog=1024;
        location / { return 200 "$arg_n"; }
        location /drop { return 444; }
    }
}
"""


@pytest.fixture
def plain(gateway_with, tmp_path):
    """nginx without the module."""
    return gateway_with(redis="", secret=tmp_path, upstream="", template=PLAIN, log_level="info")


def test_client_keeps_every_answer_to_its_request(plain: Gateway) -> None:
    responses = run(Request.chat(plain.address, None, tag=n, query=f"n={n}") for n in range(3000))
    assert sorted(response.tag for response in responses) == list(range(3000))
    assert all(response.text == str(response.tag) for response in responses)
    assert {response.status for response in responses} == {200}
    assert 0 < min(response.seconds for response in responses) < 1


def test_client_reports_a_dropped_connection(plain: Gateway) -> None:
    responses = run([Request.chat(plain.address, None, path="/drop")] * 3)
    assert [response.status for response in responses] == [0, 0, 0]
    assert all("IncompleteRead" in response.error for response in responses)


def test_client_survives_reload_and_upgrade_and_quit(plain: Gateway) -> None:
    source = (Request.chat(plain.address, None) for _ in cycle([0]))
    with Load(source, 16) as load:
        for change in (plain.reload, plain.upgrade, plain.reload):
            await_answers(load, 300)
            change()
        await_answers(load, 300)
    assert {(response.status, response.error) for response in load.responses} == {(200, "")}
    plain.quit()


def test_wrong_lines_of_the_log_are_found(plain: Gateway) -> None:
    plain.error_log.write_text(
        "2026/11/22 00:00:00 [alert] 1#1: worker process 2 exited on signal 11\n"
        "2026/11/22 00:00:00 [crit] 1#1: something\n2026/11/22 00:00:00 [error] 1#1: no harm\n")
    report = plain.folder / "asan.77"
    report.write_text("==77==ERROR: AddressSanitizer: heap-use-after-free\n")
    assert len(plain.wrong_lines()) == 3
    plain.options.allow = (r"\[alert\]", r"\[crit\]", "AddressSanitizer")
    assert plain.wrong_lines() == []
    report.unlink()  # no program of this test has anything to report


def test_secrets_are_found_in_every_form(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir()
    watch = SecretWatch(private)
    secret = watch.add("a key", "mmx-0123456789abcdefghij")
    forms = [secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex()]
    for number, form in enumerate(forms):
        (tmp_path / f"{number}.log").write_text(f"before {form} after")
    (private / "secret").write_text(secret)
    (tmp_path / "clean.log").write_text("mmx-0123…ghij")
    assert watch.search(tmp_path) == [f"{tmp_path}/{number}.log: a key" for number in range(3)]


def test_secrets_with_one_beginning_are_told_apart(tmp_path: Path) -> None:
    watch = SecretWatch(tmp_path)
    for secret in ("mmx-mmx-mmx-", "mmx-mmx-mmx-a", "mmx-mmx-b"):
        watch.add(secret, secret)
    assert watch.found_in(b"..mmx-mmx-mmx-mmx-b..") == ["mmx-mmx-b", "mmx-mmx-mmx-"]
    assert watch.found_in(b"mmx-mmx-mmx-a") == ["mmx-mmx-mmx-", "mmx-mmx-mmx-a"]
    assert watch.found_in(b"mmx-mmx-mmx mmx-mmx-") == watch.found_in(b"") == []
