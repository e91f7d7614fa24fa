"""Reload, binary upgrade, quitting, killing: no request fails that need not, no count is lost, and
a crash leaves the charge standing.
"""

import os
import signal
import time
from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.client import Load, Request, run
from harness.gateway import TEMPLATE, Gateway
from harness.ledger import admitted, await_counted_is_admitted
from harness.paths import SANITIZED, SLACK_S
from harness.process import wait_until
from harness.redis import RedisServer
from harness.totals import await_totals
from harness.traffic import BOTH_WAYS, await_answers, flood, requests, statuses
from harness.upstream import Upstream
from harness.wire import Wire, chat_bytes

pytestmark = BOTH_WAYS

Make = Callable[..., Gateway]
STREAM_BODY = b'{"model":"MiniMax-M3","stream":true,"messages":[{"role":"user","content":"hi"}]}'
RELOADS = 20


def assert_all_answered(load: Load) -> None:
    assert {(response.status, response.error) for response in load.responses} == {(200, "")}


def test_twenty_reloads_under_load_fail_no_request_and_lose_no_count(
        gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=2)
    keys = admin.create_keys(4)
    with Load(requests([server], keys), 32) as load:
        for _ in range(RELOADS):
            await_answers(load, 50)
            server.reload()
        await_answers(load, 200)
    assert_all_answered(load)
    assert sum(await_counted_is_admitted(redis, upstream, keys)) == len(load.responses)
    wait_until(lambda: len(server.workers()) == 2, 10, "the old workers have gone")


def test_reload_under_load_admits_exactly_the_limit(
        gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=2)
    key = admin.create_key(day=1500)
    with Load(requests([server], [key]), 32) as load:
        for _ in range(4):
            await_answers(load, 300)
            server.reload()
        wait_until(lambda: 429 in statuses(load.responses), 30, "the limit")
        await_answers(load, 200)
    assert set(statuses(load.responses)) == {200, 429}
    assert statuses(load.responses)[200] == 1500
    assert await_counted_is_admitted(redis, upstream, [key]) == [1500]


def test_binary_upgrade_under_load_fails_no_request_and_loses_no_count(
        gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=2)
    keys = admin.create_keys(4)
    with Load(requests([server], keys), 32) as load:
        await_answers(load, 300)
        old = server.pid
        os.kill(old, signal.SIGUSR2)
        wait_until(lambda: server.has_new_master(old), 20, "a new master")
        await_answers(load, 300)
        os.kill(old, signal.SIGWINCH)
        await_answers(load, 300)
        os.kill(old, signal.SIGQUIT)
        wait_until(lambda: not os.path.exists(f"/proc/{old}"), 20, "the old master has gone")
        await_answers(load, 300)
    assert_all_answered(load)
    assert sum(await_counted_is_admitted(redis, upstream, keys)) == len(load.responses)


def start_refunds(server: Gateway, key: Key, redis: RedisServer, count: int) -> Load:
    """Requests whose failure, and so their refund, comes in a while."""
    redis.keep_all()
    slow = {"x-stub": "stall_before_header=1000, status=500"}
    load = Load([Request.chat(server.address, key.key, headers=slow)] * count, count).start()
    wait_until(lambda: redis.counted(key.id) == count, 5, "the charges")
    return load


def test_quit_lets_a_stream_end_and_refunds_arrive(
        gateway: Make, admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1)
    streaming, failing = admin.create_keys(2)
    load = start_refunds(server, failing, redis, 8)
    with Wire(server.address) as wire:
        wire.send(chat_bytes(streaming.key, body=STREAM_BODY,
                             headers={"x-stub": "frames=60, chunk_delay=25"}))
        assert wire.head().status == 200
        os.kill(server.pid, signal.SIGQUIT)
        assert wire.rest().endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
    wait_until(lambda: not server.running(), 5, "nginx has gone")
    assert statuses(load.join()) == {500: 8}
    assert redis.counted(failing.id) == 0 and redis.record(failing.id)["d.refunds"] == "8"
    assert redis.counted(streaming.id) == 1


def test_quit_waits_for_a_redis_that_comes_back(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1)
    load = start_refunds(server, key, redis, 8)
    redis.kill9()
    os.kill(server.pid, signal.SIGQUIT)
    assert statuses(load.join()) == {500: 8}
    redis.start()
    wait_until(lambda: redis.counted(key.id) == 0, 5, "the refunds")
    assert redis.record(key.id)["d.refunds"] == "8"
    wait_until(lambda: not server.running(), 5, "nginx has gone")


def test_quit_does_not_wait_longer_than_a_request_for_a_redis_that_stays_away(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="1s")
    load = start_refunds(server, key, redis, 3)
    redis.kill9()
    load.join()
    started = time.monotonic()
    server.quit()
    assert time.monotonic() - started < 1.0 + 2 * SLACK_S
    unsettled = [line for line in server.log().splitlines() if "unsettled" in line]
    assert len(unsettled) == 1 and key.id in unsettled[0]
    assert "requests -3, refunds 3" in unsettled[0]
    redis.start()
    assert redis.counted(key.id) == 3  # the charge stands


def test_quit_notes_what_was_refused_last(gateway: Make, admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1)
    key = admin.create_key(day=1)
    flood([server], [key], 30, 4)
    server.quit()
    assert redis.record(key.id)["d.denied"] == "29"


@pytest.mark.parametrize("redis_is_there", [True, False])
def test_idle_gateway_quits_at_once(
        gateway: Make, key: Key, redis: RedisServer, redis_is_there: bool) -> None:
    server = gateway(workers=2, redis_timeout="10s")
    server.request(key.key)
    redis.call_all_back()
    await_totals(redis)  # until then it is not idle
    if not redis_is_there:
        redis.kill9()
    started = time.monotonic()
    server.quit()
    assert time.monotonic() - started < SLACK_S


def test_shutdown_timeout_cuts_a_stream_and_its_charge_stands(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, main="worker_shutdown_timeout 1s;")
    with Wire(server.address) as wire:
        wire.send(chat_bytes(key.key, body=STREAM_BODY,
                             headers={"x-stub": "frames=400, chunk_delay=25"}))
        assert wire.head().status == 200
        started = time.monotonic()
        server.quit()
        assert 0.9 < time.monotonic() - started < 1.0 + 2 * SLACK_S
        assert b"[DONE]" not in wire.rest()
    assert redis.counted(key.id) == 1


def test_shutdown_timeout_while_requests_wait_for_redis_refuses_them(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="3s", main="worker_shutdown_timeout 500ms;")
    redis.stop()
    with Load([Request.chat(server.address, key.key)] * 5, 5) as load:
        wait_until(lambda: "mmx_waiting_requests 5\n" in server.status_page(), 5, "five wait")
        server.quit()
        redis.cont()
    assert 200 not in statuses(load.responses)
    # What Redis still found in its socket has nobody to take it back: no more than those five.
    assert redis.counted(key.id) <= 5


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_worker_that_dies_leaves_the_charge_and_is_replaced(
        gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream,
        number: signal.Signals) -> None:
    server = gateway(workers=1, allow=(r"exited on signal 9",))
    key = admin.create_key(day=8)
    slow = {"x-stub": "stall_before_header=20000"}
    with Load([Request.chat(server.address, key.key, headers=slow, query="k=0")] * 5, 5) as load:
        wait_until(lambda: len(upstream.received(k=0)) == 5, 5, "five at the upstream")
        worker, = server.workers()
        os.kill(worker, number)
        wait_until(lambda: len(load.responses) == 5, 10, "five that broke off")
        assert statuses(load.responses) == {0: 5}
    wait_until(lambda: server.workers() not in ([], [worker]), 5, "a new worker")
    answers = flood([server], [key], 10, 5)
    assert statuses(answers) == {200: 3, 429: 7}
    assert admitted(upstream, [key]) == [8] and redis.counted(key.id) == 8


def test_workers_killed_under_load_never_lead_to_more_than_the_limit(
        gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=2, allow=(r"exited on signal 9",))
    key = admin.create_key(day=1200)
    with Load(requests([server], [key]), 32) as load:
        for turn in range(5):
            await_answers(load, 150)
            os.kill(server.workers()[turn % 2], signal.SIGKILL)
            wait_until(lambda: len(server.workers()) == 2, 10, "a new worker")
        wait_until(lambda: 429 in statuses(load.responses), 30, "the limit")
        await_answers(load, 100)
    assert admitted(upstream, [key])[0] <= redis.counted(key.id) <= 1200
    assert statuses(flood([server], [key], 50)) == {429: 50}


def gateways_of(redis: RedisServer) -> list[str]:
    return [line for line in redis.command("CLIENT", "LIST").splitlines()
            if " name=mmx-gate " in line]


def test_only_workers_connect_to_redis(gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=2, http="proxy_cache_path @DIR@/cache keys_zone=cache:1m;")
    assert server.request(key.key).status == 200
    assert "cache manager" in "".join(
        open(f"/proc/{pid}/cmdline").read() for pid in server.workers())
    wait_until(lambda: len(gateways_of(redis)) >= 2, 5, "both")
    assert server.request(key.key).status == 200 and len(gateways_of(redis)) == 2
    server.reload()
    wait_until(lambda: len(gateways_of(redis)) == 2, 5, "only the new ones")
    server.quit()
    assert gateways_of(redis) == []


# UBSan opens a pipe to look at an object's type, and takes it for none where it cannot.
@pytest.mark.parametrize("scarce", [
    pytest.param({"connections": 24}, id="connections"),
    pytest.param({"main": "worker_rlimit_nofile 36;"}, id="descriptors", marks=pytest.mark.skipif(
        SANITIZED, reason="UBSan needs descriptors of its own"))])
def test_more_requests_than_a_worker_can_take_fail_cleanly_and_are_given_back(
        gateway: Make, key: Key, redis: RedisServer, upstream: Upstream,
        scarce: dict[str, object]) -> None:
    server = gateway(workers=1, **scarce, allow=(r"worker_connections are not enough",
                                                 r"24: Too many open files"))
    slow = {"x-stub": "stall_before_header=300"}
    source = [Request.chat(server.address, key.key, headers=slow, query="k=0")] * 120
    answers = run(source, 40)
    assert set(statuses(answers)) <= {200, 500, 0} and statuses(answers)[200] > 0
    assert {0, 500} & set(statuses(answers))  # there were too many indeed
    await_counted_is_admitted(redis, upstream, [key])
    redis.restart()
    wait_until(lambda: server.request(key.key, query="k=0").status == 200, 5, "recovery")
    await_counted_is_admitted(redis, upstream, [key])


SINGLE = TEMPLATE.replace("worker_processes @WORKERS@;", "master_process off;")


def test_single_process_serves_exactly_and_quits(
        gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(template=SINGLE, workers=0)
    key = admin.create_key(day=40)
    assert statuses(flood([server], [key], 60)) == {200: 40, 429: 20}
    redis.restart()
    assert statuses(flood([server], [key], 60)) == {429: 60}
    server.quit()
    assert admitted(upstream, [key]) == [40] and redis.counted(key.id) == 40


def test_quit_settles_in_the_database_that_is_configured(
        gateway_with: Make, admin_for: Callable[[str], Admin], redis: RedisServer,
        upstream: Upstream) -> None:
    url = redis.tcp_url.removesuffix("/0") + "/3"
    admin = admin_for(url)
    key = admin.create_key()
    server = gateway_with(redis=url, secret=admin.secret, upstream=upstream.address, workers=1)
    wait_until(lambda: server.request(key.key).status == 200, 10, "the gateway forwards")
    control = redis.connection()
    control.command("SELECT", 3)

    def figure(name: str) -> str | None:
        return control.command("HGET", f"mmx:{{{key.id}}}", name)
    def charged() -> int:
        return int(figure("d.requests")) - int((figure("credit") or "0").split()[0])
    before = charged()
    slow = {"x-stub": "stall_before_header=1500, status=500"}
    with Load([Request.chat(server.address, key.key, headers=slow)] * 8, 8) as load:
        wait_until(lambda: charged() == before + 8, 5, "the charges")
        os.kill(server.pid, signal.SIGQUIT)
    assert statuses(load.join()) == {500: 8}
    wait_until(lambda: not server.running(), 5, "nginx has gone")
    assert charged() == before and figure("d.refunds") == "8"
    control.close()
