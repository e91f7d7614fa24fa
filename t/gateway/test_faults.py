"""Counted once: whatever happens between gateway and Redis, no limit is exceeded, what was counted
is what was admitted once Redis is back, nobody waits past the bound, nobody gets another's verdict.
"""

import os
import time
from collections import Counter

import pytest
from harness.admin import Admin, Key
from harness.client import Load, Response
from harness.fault import EVER, Fault, How
from harness.fault_proxy import FaultProxy
from harness.gateway import Gateway
from harness.ledger import admitted, await_counted_is_admitted
from harness.paths import SLACK_S
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import await_answers, flood, requests, statuses
from harness.upstream import Upstream

TIMEOUT_S = 2  # mmx_redis_timeout of these tests
LIMIT = 200
# What each of the four keys may be answered: limited, free, disabled, deleted.
ALLOWED = ({200, 429, 503}, {200, 503}, {403, 503}, {401, 503})

ERRORS = {
    "LOADING": b"-LOADING Redis is loading the dataset in memory\r\n",
    "BUSY": b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL.\r\n",
    "OOM": b"-OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user_script"
           b":1.\r\n",
    "READONLY": b"-READONLY You can't write against a read only replica.\r\n",
    "NOAUTH": b"-NOAUTH Authentication required.\r\n",
    "NOPERM": b"-NOPERM this user has no permissions to run the 'evalsha' command\r\n",
    "WRONGTYPE": b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
    "MISCONF": b"-MISCONF Redis is configured to save RDB snapshots, but it's unable to\r\n",
    "MASTERDOWN": b"-MASTERDOWN Link with MASTER is down\r\n",
    "NOREPLICAS": b"-NOREPLICAS Not enough good replicas to write.\r\n",
    "CLUSTERDOWN": b"-CLUSTERDOWN Hash slot not served\r\n",
    "MOVED": b"-MOVED 3999 127.0.0.1:6381\r\n",
    "ERR": b"-ERR unknown command\r\n",
}

GARBAGE = {
    "binary": bytes(range(256)),
    "status": b"+OK\r\n",
    "integer": b":1\r\n",
    "nil": b"$-1\r\n",
    "empty array": b"*0\r\n",
    "huge array": b"*100000000\r\n",
    "huge string": b"$536870912\r\nx",
    "negative length": b"$-7\r\n",
    "wrong trailer": b"$2\r\nabXX",
    "endless line": b"+" + b"x" * 300_000,
    "another's grant": b"$30\r\n0000000000000001 0 1 1 1 0 0 0\r\n",
    "grant without end": b"$17\r\n9999999999999999 \r\n",
    "nested": b"*1\r\n" * 64,
}

# Every 7th commit goes wrong, forty times: some while many wait, some at the edge of the limit.
FAULTS = {
    "reply lost": Fault(How.CUT, first=3, every=7, times=40),
    "reply cut": Fault(How.CUT, first=3, every=7, times=40, bytes=9),
    "never sent": Fault(How.UNSENT, first=3, every=7, times=40),
    "duplicated": Fault(How.DUPLICATE, first=3, every=7, times=40),
    "swapped": Fault(How.SWAP, first=3, every=7, times=40),
    "late": Fault(How.LATE, first=9, every=40, times=3, seconds=TIMEOUT_S + 0.5),
    "dribbled": Fault(How.DRIBBLE, first=3, every=7, times=40),
    "stalled": Fault(How.STALL, first=9, every=40, times=3, seconds=30),
    "NOSCRIPT": Fault(How.INSTEAD, first=3, every=7, times=40, kinds=frozenset({b"EVALSHA"}),
                      data=b"-NOSCRIPT No matching script. Please use EVAL.\r\n"),
    "error and end": Fault(How.INSTEAD, first=3, every=7, times=40, close=True,
                           data=b"-ERR max number of clients reached\r\n"),
}
FAULTS |= {name: Fault(How.INSTEAD, first=3, every=7, times=40, data=data)
           for name, data in ERRORS.items()}
for refused in ("NOAUTH", "NOPERM"):  # each costs a pause of a second
    FAULTS[refused].times = 5
FAULTS |= {f"{name} though it ran": Fault(How.REPLACE, first=3, every=9, times=30,
                                          data=ERRORS[name])
           for name in ("LOADING", "OOM", "ERR", "WRONGTYPE")}
FAULTS |= {f"garbage: {name}": Fault(How.REPLACE, first=3, every=40, times=5, data=data)
           for name, data in GARBAGE.items()}

# Where waiting would not help, or takes too long, some are refused; all else is made good in time.
MAY_REFUSE = {"NOAUTH", "NOPERM", "stalled", "late", "error and end"}
# A commit whose answer cannot be read is tried twice.
MAY_REFUSE |= {f"garbage: {name}" for name in GARBAGE}
MAY_REFUSE |= {f"{name}{ran}" for name in ("ERR", "WRONGTYPE", "MOVED")
               for ran in ("", " though it ran")}


@pytest.fixture
def gateways(gateway, fault_proxy: FaultProxy) -> list[Gateway]:
    """One behind the proxy, one that Redis serves well: they share the limits."""
    faulty = gateway(workers=2, redis=fault_proxy.url, redis_timeout=f"{TIMEOUT_S}s")
    return [faulty, faulty, gateway(workers=1)]


@pytest.fixture
def keys(admin: Admin) -> list[Key]:
    made = [admin.create_key(day=LIMIT), *admin.create_keys(3)]
    admin.run("key", "disable", made[2].id)
    admin.run("key", "delete", made[3].id, "--yes")
    return made


def check_answers(responses: list[Response]) -> None:
    """Everybody got an answer of their own, in time."""
    assert [response.error for response in responses if not response.status] == []
    strangers = Counter((response.tag, response.status) for response in responses
                        if response.status not in ALLOWED[response.tag])
    assert not strangers
    assert max(response.seconds for response in responses) <= TIMEOUT_S + SLACK_S
    for response in responses:
        if response.status == 503:
            assert response.headers["retry-after"] == "1"


def check_counts(gateways: list[Gateway], keys: list[Key], redis: RedisServer,
                 upstream: Upstream) -> None:
    """Redis is back: both counts meet, and what is left of the limit can be had, no more."""
    assert admitted(upstream, keys)[0] <= LIMIT
    if any("its answer cannot be read" in server.log() for server in gateways):
        return  # one commit was hit twice: nobody knows whether it ran, and its charge stands
    await_counted_is_admitted(redis, upstream, keys[:2])
    wait_until(lambda: flood(gateways, keys[:1], 9)[-1].status != 503, 5, "recovery")
    check_answers(flood(gateways, keys[:1], LIMIT + 60))
    assert await_counted_is_admitted(redis, upstream, keys[:2])[0] == LIMIT


@pytest.mark.parametrize("name", FAULTS)
def test_faulty_commit_neither_admits_nor_counts_twice(
        name: str, gateways: list[Gateway], keys: list[Key], fault_proxy: FaultProxy,
        redis: RedisServer, upstream: Upstream) -> None:
    fault = FAULTS[name]
    fault_proxy.inject(fault)
    responses = flood(gateways, keys, 1200)
    fired = fault_proxy.fired
    fault_proxy.heal()
    assert fired > 0
    if fault.how is How.LATE:
        wait_until(lambda: fault_proxy.late == fired, 10, "the late commits ran")
    check_answers(responses)
    assert statuses(responses)[200] > 0
    assert name in MAY_REFUSE or statuses(responses)[503] == 0
    check_counts(gateways, keys, redis, upstream)


@pytest.mark.parametrize("name", ["reply lost", "reply cut", "never sent", "stalled", "late"])
def test_the_same_over_tcp(
        name: str, gateway, keys: list[Key], tcp_fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    gateways = [gateway(workers=2, redis=tcp_fault_proxy.url, redis_timeout=f"{TIMEOUT_S}s")]
    test_faulty_commit_neither_admits_nor_counts_twice(
        name, gateways, keys, tcp_fault_proxy, redis, upstream)


def test_reply_cut_at_every_byte_costs_nobody_anything(
        gateway, fault_proxy: FaultProxy, admin: Admin, redis: RedisServer,
        upstream: Upstream) -> None:
    keys = admin.create_keys(2, day=1000)
    server = gateway(workers=1, redis=fault_proxy.url, http="mmx_credit off;")
    for size in range(64):  # longer than any reply of these counts
        fault_proxy.inject(Fault(How.CUT, bytes=size))
        responses = flood([server], keys, 4)
        assert [response.status for response in responses] == [200] * 4, size
    assert fault_proxy.fired == 64
    assert await_counted_is_admitted(redis, upstream, keys) == [128, 128]


def test_lost_connections_leave_no_descriptor_behind(
        gateway, fault_proxy: FaultProxy, key: Key) -> None:
    server = gateway(workers=1, redis=fault_proxy.url, http="mmx_credit off;")

    def descriptors() -> int:
        return len(os.listdir(f"/proc/{server.workers()[0]}/fd"))

    flood([server], [key], 200)
    before = descriptors()
    fault_proxy.inject(Fault(How.CUT, first=1, every=2, times=150))
    assert statuses(flood([server], [key], 300, connections=1)) == {200: 300}
    assert fault_proxy.fired >= 100
    wait_until(lambda: descriptors() <= before + 3, 10, "closed descriptors")


@pytest.mark.parametrize("how", ["refuse", "max_clients", "cut", "blackhole"])
def test_broken_connection_under_load_is_made_good(
        how: str, gateways: list[Gateway], keys: list[Key], fault_proxy: FaultProxy,
        redis: RedisServer, upstream: Upstream) -> None:
    with Load(requests(gateways, keys)) as load:
        for seconds in (0.1, 0.5, TIMEOUT_S + 0.3):
            await_answers(load, 200)
            getattr(fault_proxy, how)()
            time.sleep(seconds)  # how long the fault lasts
            fault_proxy.heal()
        await_answers(load, 200)
    check_answers(load.responses)
    check_counts(gateways, keys, redis, upstream)


def test_redis_that_never_answers_is_given_up_at_the_bound(
        gateway, fault_proxy: FaultProxy, key: Key, redis: RedisServer,
        upstream: Upstream) -> None:
    server = gateway(workers=1, redis=fault_proxy.url, redis_timeout=f"{TIMEOUT_S}s")
    fault_proxy.inject(Fault(How.STALL, times=EVER, seconds=60))
    responses = flood([server], [key], 130)
    assert statuses(responses) == {503: 130}
    assert max(response.seconds for response in responses) <= TIMEOUT_S + SLACK_S
    fault_proxy.heal()
    wait_until(lambda: server.request(key.key, query="k=0").status == 200, 10, "recovery")
    await_counted_is_admitted(redis, upstream, [key])


@pytest.mark.parametrize("delay_s, expected", [(0.05, 200), (0.4, 200), (2.5, 503)])
def test_slow_redis_delays_up_to_the_bound_and_refuses_beyond(
        delay_s: float, expected: int, gateway, fault_proxy: FaultProxy, key: Key,
        redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=1, redis=fault_proxy.url, redis_timeout=f"{TIMEOUT_S}s")
    fault_proxy.delay(delay_s, jitter=delay_s / 10)
    responses = flood([server], [key], 64)
    assert {response.status for response in responses} == {expected}
    fault_proxy.heal()
    wait_until(lambda: server.request(key.key, query="k=0").status == 200, 10, "recovery")
    await_counted_is_admitted(redis, upstream, [key])


def test_scripts_flushed_all_the_time_cost_nobody_anything(
        gateways: list[Gateway], keys: list[Key], redis: RedisServer,
        upstream: Upstream) -> None:
    flusher = redis.connection()
    with Load(requests(gateways, keys[:2])) as load:
        wait_until(lambda: flusher.command("SCRIPT", "FLUSH") and len(load.responses) > 1500, 60)
    statuses = Counter((response.tag, response.status) for response in load.responses)
    assert set(statuses) == {(0, 200), (0, 429), (1, 200)}
    assert await_counted_is_admitted(redis, upstream, keys[:2])[0] == LIMIT
