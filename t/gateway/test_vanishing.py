"""Clients, workers and whole gateways that vanish while a commit is under way."""

import os
import signal

from harness.admin import Admin, Key
from harness.client import CONNECTIONS, Load, Request, run
from harness.fault import EVER, Fault, How
from harness.fault_proxy import FaultProxy
from harness.ledger import admitted, await_counted_is_admitted
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import BOTH_WAYS, await_answers, flood, requests, statuses
from harness.upstream import Upstream

pytestmark = BOTH_WAYS


def abandon(server, key: Key, count: int) -> None:
    """So many clients that hang up before they are answered."""
    responses = run(
        (Request.chat(server.address, key.key, query="k=0") for _ in range(count)), count,
        timeout=0.3)
    assert {response.error for response in responses} == {"TimeoutError: "}


def test_admissions_of_clients_that_hung_up_are_given_back(
        gateway, admin: Admin, fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    key = admin.create_key(day=20)
    server = gateway(workers=1, redis=fault_proxy.url)
    fault_proxy.inject(Fault(How.STALL, times=2, seconds=0.8))
    abandon(server, key, 20)
    await_counted_is_admitted(redis, upstream, [key])
    assert statuses(flood([server], [key], 40)) == {200: 20, 429: 20}
    assert admitted(upstream, [key]) == [20]


def test_admissions_of_clients_that_hung_up_are_given_back_after_a_lost_reply(
        gateway, admin: Admin, fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    key = admin.create_key(day=20)
    server = gateway(workers=1, redis=fault_proxy.url)
    fault_proxy.inject(Fault(How.STALL, seconds=30, times=EVER))
    abandon(server, key, 20)
    assert redis.counted(key.id) > 0  # it ran, and nobody has heard of it
    fault_proxy.inject()
    fault_proxy.cut()
    await_counted_is_admitted(redis, upstream, [key])
    assert statuses(flood([server], [key], 40)) == {200: 20, 429: 20}


def test_killed_workers_leave_charges_standing_and_give_no_free_ride(
        gateway, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=2, allow=(r"exited on signal 9$",))
    keys = [admin.create_key(day=600), admin.create_key()]
    with Load(requests([server], keys)) as load:
        for _ in range(4):
            await_answers(load, 200)
            victims = server.workers()
            os.kill(victims[0], signal.SIGKILL)
            wait_until(lambda: len(set(server.workers()) - set(victims)) > 0, 10)  # noqa: B023
        await_answers(load, 200)
    flood([server], keys, 1300)
    arrived = admitted(upstream, keys)
    counted = [redis.counted(key.id) for key in keys]
    assert arrived[0] <= 600 and counted[0] == 600
    for number in (0, 1):  # what was under way in a killed worker may have been charged for nothing
        assert arrived[number] <= counted[number] <= arrived[number] + 4 * CONNECTIONS


def test_reload_under_lost_replies_loses_no_count(
        gateway, admin: Admin, fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    server = gateway(workers=2, redis=fault_proxy.url)
    keys = [admin.create_key(day=500), *admin.create_keys(3)]
    fault_proxy.inject(Fault(How.CUT, first=5, every=11, times=EVER))
    with Load(requests([server], keys)) as load:
        for _ in range(3):
            await_answers(load, 300)
            server.reload()
        await_answers(load, 300)
    fault_proxy.heal()
    assert {(response.status, response.error) for response in load.responses} <= {
        (200, ""), (429, ""), (503, "")}
    wait_until(lambda: len(server.workers()) == 2, 30, "the old workers have gone")
    assert admitted(upstream, keys)[0] <= 500
    await_counted_is_admitted(redis, upstream, keys)


def test_quitting_gateway_settles_before_it_goes(
        gateway, admin: Admin, fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    key = admin.create_key()
    server = gateway(workers=1, redis=fault_proxy.url)
    failing = Request.chat(server.address, key.key, query="k=0",
                           headers={"x-stub": "stall_before_header=700, status=500"})
    with Load([failing] * 30, 30) as load:
        wait_until(lambda: redis.counted(key.id) == 30, 5, "admissions")
        fault_proxy.inject(Fault(How.CUT, first=1, times=2))  # the refunds' first reply is lost
        server.quit()
    assert statuses(load.responses) == {500: 30}
    record = redis.record(key.id)
    assert (record["d.requests"], record["d.refunds"]) == ("0", "30")
    assert fault_proxy.fired > 0


def test_rotation_under_lost_replies_counts_each_request_once(
        gateway, admin: Admin, fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    server = gateway(workers=2, redis=fault_proxy.url)
    key = admin.create_key(day=100_000)
    newest = key
    fault_proxy.inject(Fault(How.CUT, first=2, every=3, times=EVER))
    with Load(requests([server], [key])) as load:
        for _ in range(3):
            await_answers(load, 150)
            made = admin.json("key", "rotate", newest.id, "--grace", "1h")
            newest = admin.known(made["id"], made["key"])
        await_answers(load, 150)
    fault_proxy.heal()
    assert set(statuses(load.responses)) <= {200, 503}
    assert server.request(newest.key, query="k=0").status == 200
    await_counted_is_admitted(redis, upstream, [newest])
