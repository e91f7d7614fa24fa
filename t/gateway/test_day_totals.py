"""The totals of the day are the sum over all keys, whatever fails between gateway and Redis, and
the keys that changed are named; an idle gateway sends nothing.
"""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from harness.admin import Admin, Key
from harness.client import Load, Request, run
from harness.clock import Clock
from harness.fault import EVER, FLUSH, Fault, How
from harness.fault_proxy import FaultProxy
from harness.gateway import Gateway
from harness.process import wait_until
from harness.redis import RedisServer
from harness.servers import needs_script_flags
from harness.totals import await_totals, of_today, sum_over_keys, tallies, totals
from harness.traffic import answers, await_answers, flood, requests, statuses
from harness.upstream import Upstream

FLUSH_KEYS = 1024  # so many ids are sent before the second is over
REFUSED = b"-ERR something is wrong\r\n"
NOSCRIPT = b"-NOSCRIPT No matching script. Please use EVAL.\r\n"


def failing(server: Gateway, key: Key, count: int, stall_ms: int = 0) -> list[Request]:
    """Requests that MiniMax fails, and that are refunded."""
    switches = f"stall_before_header={stall_ms}, status=500" if stall_ms else "status=500"
    return [Request.chat(server.address, key.key, headers={"x-stub": switches})] * count


def test_totals_of_two_gateways_are_the_sum_over_all_keys(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer) -> None:
    gateways = [gateway(workers=2), gateway(workers=2)]
    await_totals(redis)
    limited, free, disabled = admin.create_key(day=30), *admin.create_keys(2)
    broken = admin.create_key()
    admin.run("key", "disable", disabled.id)
    judged = answers(flood(gateways, [limited, free, disabled], 300))
    assert judged == {(0, 200): 30, (0, 429): 70, (1, 200): 100, (2, 403): 100}
    assert statuses(run([request for server in gateways for request in failing(server, broken, 20)],
                        8)) == {500: 40}
    admin.json("key", "rotate", free.id, "--grace", "1h")
    assert statuses(flood(gateways, [free], 40)) == {200: 40}
    for server in gateways:
        server.quit()
    assert totals(redis) == sum_over_keys(redis)
    figures = of_today(redis)
    assert figures.pop("refunds") >= 40  # the harness' own probes ask for nothing that there is
    assert figures == {"requests": 30 + 100 + 40, "denied": 170, "failed": 40}
    beside, = (tallies(redis, name[-10:]) for name in redis.command("KEYS", "mmx:total:*"))
    assert beside == {"denied:day_exhausted": 70, "denied:key_disabled": 100}
    name, = redis.command("KEYS", "mmx:total:*")
    assert 399 * 86400 < redis.command("TTL", name) <= 400 * 86400
    assert all(0 < redis.command("TTL", memory) <= 86400
               for memory in redis.command("KEYS", "mmx:worker:*"))


FAULTS = {
    "reply lost": Fault(How.CUT),
    "reply cut": Fault(How.CUT, bytes=9),
    "never sent": Fault(How.UNSENT),
    "late": Fault(How.LATE, seconds=1.5),
    "duplicated": Fault(How.DUPLICATE),
    "NOSCRIPT": Fault(How.INSTEAD, data=NOSCRIPT),
    "refused": Fault(How.INSTEAD, data=REFUSED),
    "refused though it ran": Fault(How.REPLACE, data=REFUSED),
    "READONLY though it ran": Fault(How.REPLACE, data=b"-READONLY You can't write\r\n"),
    "a commit's answer": Fault(How.REPLACE, data=b"$13\r\n7 0 3 41 5 6 0\r\n"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_totals_are_counted_once_whatever_becomes_of_their_reply(
        name: str, gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer,
        fault_proxy: FaultProxy) -> None:
    server = gateway(workers=1, redis=fault_proxy.url, redis_timeout="2s")
    keys = admin.create_keys(3)
    await_totals(redis)
    fault = FAULTS[name]
    fault.kinds = frozenset({FLUSH})
    for turn in (1, 2):
        fault_proxy.inject(fault)
        assert statuses(flood([server], keys, 30)) == {200: 30}
        wait_until(lambda: fault_proxy.fired == turn, 10, "the fault")
        await_totals(redis)
    # Once more, so that a second copy of what was sent would show.
    assert statuses(flood([server], keys, 30)) == {200: 30}
    wait_until(lambda: fault_proxy.late == (2 if name == "late" else 0), 5, "the late copies")
    server.quit()
    assert totals(redis) == sum_over_keys(redis)


def test_totals_survive_a_redis_that_is_killed_under_load(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer) -> None:
    gateways = [gateway(workers=2), gateway(workers=2)]
    keys = admin.create_keys(8)
    with Load(requests(gateways, keys)) as load:
        for _ in range(3):
            await_answers(load, 400)
            redis.restart()
        await_answers(load, 400)
    for server in gateways:
        server.quit()
    assert totals(redis) == sum_over_keys(redis)


def test_reload_and_quit_under_load_lose_no_totals(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=2)
    keys = admin.create_keys(4)
    with Load(requests([server], keys), 16) as load:
        for _ in range(6):
            await_answers(load, 50)
            server.reload()
        await_answers(load, 50)
    assert set(statuses(load.responses)) == {200}
    charged = redis.counted(keys[0].id)
    with Load(failing(server, keys[0], 8, stall_ms=1200), 8) as refunded:
        wait_until(lambda: redis.counted(keys[0].id) == charged + 8, 5, "the charges")
        server.quit()
    assert statuses(refunded.responses) == {500: 8}
    assert totals(redis) == sum_over_keys(redis)
    figures = of_today(redis)
    assert figures.pop("refunds") >= 8
    assert figures == {"requests": len(load.responses), "failed": 8}


def test_quit_does_not_wait_for_ever_for_a_redis_that_stays_away(
        gateway: Callable[..., Gateway], key: Key, redis: RedisServer,
        fault_proxy: FaultProxy) -> None:
    server = gateway(workers=1, redis=fault_proxy.url, redis_timeout="2s")
    await_totals(redis)
    fault_proxy.inject(Fault(How.INSTEAD, times=EVER, data=REFUSED, kinds=frozenset({FLUSH})))
    assert server.request(key.key).status == 200
    redis.kill9()
    server.quit()
    lost = [line for line in server.log().splitlines() if "totals not written" in line]
    assert len(lost) == 1 and "requests 1, refunds 0, denied 0, failed 0" in lost[0]
    redis.start()
    assert redis.counted(key.id) == 1  # the key's own


def test_worker_that_quits_repeats_what_was_refused(
        gateway: Callable[..., Gateway], key: Key, redis: RedisServer,
        fault_proxy: FaultProxy) -> None:
    server = gateway(workers=1, redis=fault_proxy.url)
    await_totals(redis)
    fault_proxy.inject(Fault(How.INSTEAD, data=REFUSED, kinds=frozenset({FLUSH})))
    assert server.request(key.key).status == 200
    wait_until(lambda: fault_proxy.fired, 5, "a refusal")
    server.quit()
    assert totals(redis) == sum_over_keys(redis)


@pytest.mark.parametrize("day, following", [("2026-11-22", "2026-11-23"),
                                            ("2026-11-30", "2026-12-01")])
def test_figures_go_to_the_day_of_their_admission(
        day: str, following: str, clock: Callable[[], Clock], admin_for: Callable[[str], Admin],
        redis_server: Callable[..., RedisServer], upstream: Upstream,
        gateway_with: Callable[..., Gateway]) -> None:
    redis_clock, nginx_clock = clocks = clock(), clock()
    evening = datetime.fromisoformat(f"{day}T23:59:20").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    for each in clocks:
        each.set(evening)
    redis = redis_server(clock=redis_clock)
    admin = admin_for(redis.url)
    server = gateway_with(workers=1, redis=redis.gateway_url, secret=admin.secret,
                          clock=nginx_clock, upstream=upstream.address)
    key = admin.create_key(day=10)
    wait_until(lambda: server.request(key.key).status == 429, 10, "the day's limit")
    broken = admin.create_key()
    with Load(failing(server, broken, 5, stall_ms=3000), 5) as load:
        wait_until(lambda: redis.counted(broken.id) == 5, 5, "admissions")
        for each in clocks:
            each.step(60)
        wait_until(lambda: server.request(key.key).status == 200, 5, "the new day")
        load.join()
    server.quit()
    days = totals(redis)
    assert days == sum_over_keys(redis)
    for figures in days.values():
        figures.pop("denied", None)  # of the day on which they were noted, a second later
    assert days[day] == {"requests": 10, "refunds": 5, "failed": 5}
    assert days[following]["requests"] == 1 and "refunds" not in days[following]


def test_changed_keys_are_named_and_no_others(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=2)
    await_totals(redis)
    used, refused, unused = admin.create_keys(3)
    admin.run("key", "disable", refused.id)
    for _ in range(2):  # the second time after the daemon has looked
        redis.command("DEL", "mmx:touched")
        flood([server], [used, refused], 20)
        flood([server], [Key("", "mmx-" + "0" * 32)], 5)
        wait_until(lambda: set(redis.command("SMEMBERS", "mmx:touched")) == {used.id, refused.id},
                   5, "both ids")
    assert redis.counted(unused.id) == 0


def test_many_keys_in_one_second_are_all_named(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1)
    keys = admin.create_keys(2 * FLUSH_KEYS + 100)
    redis.command("CONFIG", "RESETSTAT")
    assert statuses(flood([server], keys, len(keys), 64)) == {200: len(keys)}
    server.quit()
    assert totals(redis) == sum_over_keys(redis)
    assert set(redis.command("SMEMBERS", "mmx:touched")) >= {key.id for key in keys}


def test_a_busy_worker_sends_totals_once_a_second_and_an_idle_one_nothing(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1)
    keys = admin.create_keys(4)
    redis.command("CONFIG", "RESETSTAT")
    with Load(requests([server], keys)) as load:
        wait_until(lambda: redis.calls("time") >= 4, 10, "four of the worker's polls")
    assert 1 <= redis.calls("sadd") <= redis.calls("time") + 1
    assert len(load.responses) > 10 * redis.calls("sadd")
    await_totals(redis)
    redis.call_all_back()

    def sends_nothing() -> bool:
        redis.command("CONFIG", "RESETSTAT")
        wait_until(lambda: redis.calls("time") >= 3, 10, "three of the worker's polls")
        return redis.calls("evalsha") == redis.calls("eval") == 0
    wait_until(sends_nothing, 15, "an idle worker")  # the last totals may be under way at first


def test_totals_wait_for_a_right_that_an_older_list_lacks(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1)
    keys = admin.create_keys(2)
    redis.command("ACL", "SETUSER", "mmx-gateway", "-sadd")
    assert statuses(flood([server], keys, 20)) == {200: 20}
    wait_until(lambda: "mmx: totals: redis answers: " in server.log(), 5, "a line in the log")
    assert statuses(flood([server], keys, 20)) == {200: 20}
    assert totals(redis) != sum_over_keys(redis)
    redis.command("ACL", "SETUSER", "mmx-gateway", "+sadd")
    await_totals(redis)
    assert set(redis.command("SMEMBERS", "mmx:touched")) >= {key.id for key in keys}
    assert server.log().count("mmx: totals: redis answers: ") == 1


@needs_script_flags
def test_totals_get_through_when_redis_is_out_of_memory(
        gateway: Callable[..., Gateway], key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1)
    await_totals(redis)
    redis.command("CONFIG", "SET", "maxmemory", "1")
    assert statuses(flood([server], [key], 10)) == {200: 10}
    await_totals(redis)


def test_worker_that_is_killed_takes_only_what_it_had_not_sent(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer,
        fault_proxy: FaultProxy) -> None:
    server = gateway(workers=1, redis=fault_proxy.url)
    keys = admin.create_keys(2)
    flood([server], keys, 20)
    sent = await_totals(redis)
    fault_proxy.inject(Fault(How.UNSENT, times=EVER, kinds=frozenset({FLUSH})))
    assert statuses(flood([server], keys, 20)) == {200: 20}
    wait_until(lambda: fault_proxy.fired, 5, "a flush")
    server.kill()  # nginx itself and with it the ledger: what was held stays charged
    assert totals(redis) == sent
    charged = sum(int(redis.record(key.id)["d.requests"]) for key in keys)
    assert charged - sum(redis.credit_out(key.id) for key in keys) <= 40 <= charged
