"""Credit: admissions that a worker was lent, and hands out without asking Redis again. None too
many, whoever dies or is cut off, and none refused while somebody holds one.
"""

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

import pytest
from harness.admin import Admin, Key
from harness.daemon import Browser
from harness.client import CONNECTIONS, Load
from harness.fault import EVER, Fault, How
from harness.fault_proxy import FaultProxy
from harness.gateway import Gateway
from harness.ledger import admitted, await_counted_is_admitted
from harness.paths import SANITIZED
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import await_answers, flood, lent, requests, statuses
from harness.upstream import Upstream

Make = Callable[..., Gateway]


def test_a_key_in_steady_use_needs_few_commits(
        gateway: Make, key: Key, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=1)
    flood([server], [key], 200)
    before, arrived = server.figure("mmx_commit_admissions_count"), len(upstream.received())
    assert statuses(flood([server], [key], 4000)) == {200: 4000}
    assert server.figure("mmx_commit_admissions_count") - before <= 200
    assert len(upstream.received()) - arrived == 4000
    assert redis.counted(key.id) == 4200


def test_without_credit_every_request_is_committed(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, http="mmx_credit off;")
    before = server.figure("mmx_commit_admissions_sum")
    assert statuses(flood([server], [key], 300)) == {200: 300}
    assert server.figure("mmx_commit_admissions_sum") - before == 300
    assert server.figure("mmx_credit_lent_total") == 0
    assert "credit" not in redis.record(key.id)
    assert redis.command("EXISTS", "mmx:leases", "mmx:recalls") == 0


def test_what_is_seen_as_used_is_what_was_admitted(
        gateway: Make, admin: Admin, redis: RedisServer) -> None:
    key = admin.create_key(day=100_000)
    server = gateway(workers=1)
    flood([server], [key], 300)
    out = wait_until(lambda: redis.credit_out(key.id), 5, "credit is lent")

    def used() -> int:
        return int(redis.record(key.id)["d.requests"]) - redis.credit_out(key.id)
    wait_until(lambda: used() == 300, 5, "the totals tell what was spent")
    assert redis.credit_out(key.id) <= out
    remaining = int(server.request(key.key).headers["x-ratelimit-remaining-requests"])
    assert remaining == 100_000 - 301


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 8, 13, 20])
def test_small_limits_over_eight_workers(
        limit: int, gateway: Make, admin: Admin, upstream: Upstream, redis: RedisServer) -> None:
    key = admin.create_key(day=limit)
    gateways = [gateway(workers=4), gateway(workers=4)]
    assert statuses(flood(gateways, [key], 400)) == {200: limit, 429: 400 - limit}
    assert len(upstream.received_by("k")) == 1 and redis.counted(key.id) == limit


@contextmanager
def cutting(proxy: FaultProxy, every_s: float) -> Iterator[None]:
    """All connections to Redis end so often."""
    over = threading.Event()

    def cut() -> None:
        while not over.wait(every_s):
            proxy.cut()
    thread = threading.Thread(target=cut, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)


def test_storm_over_two_gateways_that_are_cut_off_every_50_ms(
        gateway: Make, admin: Admin, fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    limit = 2_000 if SANITIZED else 20_000
    key = admin.create_key(day=limit)
    gateways = [gateway(workers=2, redis=fault_proxy.url) for _ in range(2)]
    with cutting(fault_proxy, 0.05), Load(requests(gateways, [key])) as load:
        wait_until(lambda: any(response.status == 429 for response in load.responses), 90,
                   "the limit is reached")
        await_answers(load, 300)
    assert sum(server.figure("mmx_credit_spent_total") for server in gateways) > 0
    assert {(response.status, response.error) for response in load.responses} <= {
        (200, ""), (429, ""), (503, "")}
    await_counted_is_admitted(redis, upstream, [key])
    flood(gateways, [key], limit - admitted(upstream, [key])[0] + 400)
    assert admitted(upstream, [key]) == [limit]
    assert redis.counted(key.id) == limit


def test_a_disabled_key_lets_nobody_in_after_the_confirmation(
        gateway: Make, admin: Admin, alice: Browser) -> None:
    """A thousand times: 25 keys in turns, all under load and with credit out."""
    keys = admin.create_keys(25)
    gateways = [gateway(workers=2), gateway(workers=2)]

    def all_of_them(action: str) -> None:
        answer = alice.ask("POST", "/keys/batch",
                           {"action": action, "ids": [key.id for key in keys]})
        assert answer.status == 200, answer
    late = []
    with Load(requests(gateways, keys)) as load:
        for _ in range(4 if SANITIZED else 40):
            await_answers(load, 400)
            all_of_them("disable")
            confirmed, seen = time.monotonic(), len(load.responses)
            await_answers(load, 200)
            late += [response for response in load.responses[seen:]
                     if response.status != 403
                     and response.ended_at - response.seconds > confirmed]
            all_of_them("enable")
    assert not late
    spent = sum(server.figure("mmx_credit_spent_total") for server in gateways)
    assert spent > sum(response.status == 200 for response in load.responses) / 10


def test_storm_to_the_limit_while_the_connection_is_cut(
        gateway: Make, admin: Admin, fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    """Nobody is refused by the limit before all of it was sent on, and none is sent on beyond."""
    key = admin.create_key(day=4000)
    gateways = [gateway(workers=2, redis=fault_proxy.url), gateway(workers=2)]
    fault_proxy.inject(Fault(How.CUT, first=3, every=7, times=EVER))
    with Load(requests(gateways, [key])) as load:
        wait_until(lambda: any(response.status == 429 for response in load.responses), 60,
                   "the limit is reached")
        await_answers(load, 300)
    fault_proxy.heal()
    flood(gateways, [key], 400)
    assert {(response.status, response.error) for response in load.responses} <= {
        (200, ""), (429, ""), (503, "")}
    assert admitted(upstream, [key]) == [4000]
    assert redis.counted(key.id) == 4000


def test_nobody_is_refused_while_another_worker_holds_credit(
        gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    """A gateway that nobody asks any more holds what the last requests need."""
    key = admin.create_key(day=1000)
    holder, asker = gateway(workers=1), gateway(workers=1)
    assert lent(holder, key, redis) > 0
    assert statuses(flood([asker], [key], 900)) == {200: 800, 429: 100}
    assert admitted(upstream, [key]) == [1000] and redis.counted(key.id) == 1000


def test_who_holds_credit_and_is_gone_is_not_waited_for_twice(
        gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    key = admin.create_key(day=1000)
    holder, asker = gateway(workers=1), gateway(workers=1)
    assert lent(holder, key, redis) > 0
    holder.kill()  # its host died: what it held stays charged
    out = redis.credit_out(key.id)
    answers = statuses(flood([asker], [key], 900))
    assert answers[200] >= 800 - out and answers[200] + answers[429] == 900
    assert int(redis.record(key.id)["d.requests"]) == 1000
    assert redis.credit_out(key.id) == 0
    held = asker.figure("mmx_commits_repeated_total")
    assert statuses(flood([asker], [key], 20)) == {429: 20}
    assert asker.figure("mmx_commits_repeated_total") == held


def test_a_stalled_redis_costs_nobody_anything_for_a_lease(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, http="mmx_credit_lease 1s;")
    assert lent(server, key, redis) > 100
    redis.stop()
    try:
        served = flood([server], [key], 10, connections=2)
    finally:
        redis.cont()
    assert statuses(served) == {200: 10}
    assert redis.counted(key.id) == 210


@pytest.mark.parametrize("how", ["reload", "upgrade"])
def test_workers_that_go_give_back_what_they_hold(
        how: str, gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    keys = admin.create_keys(3)
    server = gateway(workers=2)
    with Load(requests([server], keys)) as load:
        await_answers(load, 300)
        getattr(server, how)()
        await_answers(load, 600)
    assert statuses(load.responses) == {200: len(load.responses)}
    server.quit()
    assert all(redis.credit_out(key.id) == 0 for key in keys)
    assert await_counted_is_admitted(redis, upstream, keys)


def test_a_worker_that_is_killed_costs_nothing(
        gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    """Its successor finds what it held, and gives it back; what was under way is repeated."""
    key = admin.create_key(day=3000)
    server = gateway(workers=2, allow=(r"exited on signal 9$",))
    with Load(requests([server], [key])) as load:
        for _ in range(5):
            await_answers(load, 200)
            before = server.workers()
            os.kill(before[0], signal.SIGKILL)
            wait_until(lambda: len(set(server.workers()) - set(before)) > 0, 10)  # noqa: B023
    wait_until(lambda: "what it held of" in server.log(), 10, "a bequest is seen to")
    flood([server], [key], 3400)
    (arrived,) = admitted(upstream, [key])
    # Requests that were let in and not sent on when the worker died.
    assert 3000 - 5 * CONNECTIONS <= arrived <= 3000
    assert redis.counted(key.id) == 3000


def test_a_killed_worker_leaves_idle_credit_to_its_successor(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, allow=(r"exited on signal 9$",))
    assert lent(server, key, redis) > 0
    os.kill(server.workers()[0], signal.SIGKILL)
    wait_until(lambda: redis.credit_out(key.id) == 0, 10, "all is given back")
    assert int(redis.record(key.id)["d.requests"]) == 200


def test_a_worker_that_was_stopped_lets_nobody_in_on_old_credit(
        gateway: Make, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    key = admin.create_key()
    server = gateway(workers=1)
    assert lent(server, key, redis) > 0
    (worker,) = server.workers()
    os.kill(worker, signal.SIGSTOP)
    try:
        admin.run("key", "disable", key.id)
        with Load(islice(requests([server], [key]), 50), 50) as load:
            os.kill(worker, signal.SIGCONT)
            wait_until(lambda: len(load.responses) == 50, 20, "answers")
    finally:
        os.kill(worker, signal.SIGCONT)
    assert statuses(load.responses) == {403: 50}
    assert redis.counted(key.id) == 200


@pytest.mark.parametrize("lease", ["9" * 15, "9" * 30, "-1", "a lease"])
def test_a_lease_that_no_gateway_can_have_holds_up_no_change(
        lease: str, gateway: Make, admin: Admin, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1)
    lent(server, key, redis)
    redis.command("ZADD", "mmx:leases", redis.command("TIME")[0], lease)
    (worker,) = server.workers()
    os.kill(worker, signal.SIGSTOP)
    try:
        admin.run("key", "disable", key.id)  # it waits no longer than a lease can be
    finally:
        os.kill(worker, signal.SIGCONT)
    assert statuses(flood([server], [key], 20)) == {403: 20}


def test_credit_of_other_keys_is_not_disturbed_by_a_change(
        gateway: Make, admin: Admin, redis: RedisServer) -> None:
    changed, other = admin.create_keys(2)
    server = gateway(workers=1)
    assert lent(server, other, redis) > 0 and lent(server, changed, redis) > 0
    out = redis.credit_out(other.id)
    redis.recall(changed.id)
    wait_until(lambda: redis.credit_out(changed.id) == 0, 5, "the changed key's comes back")
    assert redis.credit_out(other.id) == out


def test_without_the_right_to_hear_recalls_there_is_no_credit(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    """As with the users.acl of a release before."""
    redis.command("ACL", "SETUSER", "mmx-gateway", "-zrevrangebyscore", "-zadd")
    server = gateway(workers=1)
    assert statuses(flood([server], [key], 300)) == {200: 300}
    assert redis.credit_out(key.id) == 0 and redis.counted(key.id) == 300
    assert "no credit: redis refuses" in server.log()


def test_more_recalls_than_are_read_at_once_call_all_back(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1)
    assert lent(server, key, redis) > 0
    for first in (0, 750):  # a script takes at most a thousand
        redis.recall(*(f"{first + number:032x}" for number in range(750)))
    wait_until(lambda: redis.credit_out(key.id) == 0, 5, "all comes back")
    assert server.figure("mmx_redis_losses_total") == 0


@pytest.mark.parametrize("line, said", [
    ("mmx_credit_horizon 99ms;", "mmx_credit_horizon must be 100 to 600000 milliseconds"),
    ("mmx_credit_lease 10ms;", "mmx_credit_lease must be 50 to 1000 milliseconds"),
    ("mmx_ledger 1k;", 'mmx_ledger takes "off" or a size of 1m or more, not "1k"'),
    ("mmx_ledger 8m; mmx_ledger 8m;", '"mmx_ledger" directive is duplicate'),
    ("mmx_keys 10;", "mmx_keys must be 1024 or more"),
])
def test_wrong_parameters_are_refused(gateway: Make, line: str, said: str) -> None:
    server = gateway(start=False, http=line, allow=(re.escape(said),))
    checked = server.check()
    assert checked.returncode != 0 and said in checked.stderr + server.log()


def test_no_ledger_no_loss_but_of_what_was_held(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, http="mmx_ledger off;", allow=(r"exited on signal 9$",))
    out = lent(server, key, redis)
    before = server.workers()
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: set(server.workers()) - set(before), 10, "a new worker")
    assert statuses(flood([server], [key], 100)) == {200: 100}
    charged = int(redis.record(key.id)["d.requests"]) - 300
    assert 0 <= charged <= out + redis.credit_out(key.id)
