"""Credit where somebody means ill, or Redis forgets: nobody is let in beyond a limit or after a
change, and nobody's credit goes because of others.
"""

import os
import shutil
import signal
import threading
from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.client import Request, run
from harness.fault_proxy import FaultProxy
from harness.gateway import Gateway
from harness.ledger import admitted
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import flood, lent, statuses
from harness.upstream import Upstream

Make = Callable[..., Gateway]


def told(server: Gateway) -> int:
    """How much was given back because it was called back, or because it held no more."""
    return server.figure("mmx_credit_recalled_total") + server.figure("mmx_credit_lapsed_total")


def import_again(admin: Admin, key: Key, day: int) -> None:
    admin.run("key", "delete", key.id, "--yes")
    file = admin.folder / "keys.csv"
    file.write_text(f"key,user,day,month\n{key.key},somebody,{day},0\n")
    file.chmod(0o600)
    admin.run("key", "import", str(file))


@pytest.mark.parametrize("how", ["cut off", "stopped"])
def test_a_key_that_was_made_anew_takes_nothing_back_that_it_never_charged(
        how: str, gateway: Make, admin: Admin, fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    key = admin.create_key(day=4000)
    holder, other = gateway(workers=1, redis=fault_proxy.url), gateway(workers=1)
    lent(holder, key, redis)
    before, (worker,) = admitted(upstream, [key])[0], holder.workers()
    if how == "stopped":
        os.kill(worker, signal.SIGSTOP)
    else:
        fault_proxy.refuse()
    import_again(admin, key, 4000)
    flood([other], [key], 2000)
    if how == "stopped":
        os.kill(worker, signal.SIGCONT)
    else:
        fault_proxy.heal()
    wait_until(lambda: told(holder) > 0, 10, "the holder gives back")
    flood([other, holder], [key], 2600)
    assert admitted(upstream, [key])[0] - before == 4000
    assert redis.counted(key.id) == 4000


def test_what_a_crash_of_redis_forgot_is_not_taken_off_what_it_kept(
        gateway: Make, admin: Admin, redis: RedisServer) -> None:
    key = admin.create_key(day=20_000)
    server = gateway(workers=1)
    plain = gateway(workers=1, http="mmx_credit off;")
    redis.keep_all()
    flood([plain], [key], 1000)
    data, kept = redis.folder / "data", redis.folder / "kept"
    wait_until(lambda: int(redis.record(key.id)["d.requests"]) == 1000, 5, "all is written")
    shutil.copytree(data, kept)
    flood([server], [key], 300)
    redis.kill9()
    shutil.rmtree(data)
    shutil.copytree(kept, data)
    redis.start()
    wait_until(lambda: told(server) > 0, 10, "the worker gives back")
    flood([server], [key], 1, connections=1)
    assert redis.counted(key.id) >= 1000


@pytest.mark.parametrize("score", ["inf", "1e18", "9007199254740992", "-5"])
@pytest.mark.parametrize("name", ["0" * 32, "-"])
def test_no_number_that_somebody_wrote_keeps_a_recall_from_being_heard(
        score: str, name: str, gateway: Make, admin: Admin, redis: RedisServer) -> None:
    key, server = admin.create_key(), gateway(workers=1)
    redis.command("ZADD", "mmx:recalls", score, name)
    flood([server], [key], 400)
    admin.run("key", "disable", key.id)
    assert statuses(flood([server], [key], 100, connections=4)) == {403: 100}
    admin.run("key", "enable", key.id)
    lent(server, key, redis, 400)
    admin.run("key", "disable", key.id)
    assert statuses(flood([server], [key], 100, connections=4)) == {403: 100}


def test_names_that_somebody_takes_away_call_all_back(
        gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1)
    redis.recall("1" * 32)
    lent(server, key, redis)
    redis.command("ZREMRANGEBYRANK", "mmx:recalls", 0, -1)
    wait_until(lambda: redis.credit_out(key.id) == 0, 5, "all comes back")


@pytest.mark.parametrize("name", ["mmx:recalls", "mmx:leases"])
def test_names_of_another_kind_make_no_change_fail(
        name: str, gateway: Make, admin: Admin, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1)
    lent(server, key, redis)
    redis.command("DEL", name)
    redis.command("HSET", name, "a", "b")
    admin.run("key", "disable", key.id)
    assert statuses(flood([server], [key], 20)) == {403: 20}


@pytest.mark.parametrize("count", [16, 17, 1000])
def test_many_recalls_at_once_disturb_no_other_key(
        count: int, gateway: Make, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1)
    lent(server, key, redis)
    before = told(server)
    for _ in range(3):
        redis.recall(*(f"{number:032x}" for number in range(count)))
        asked = redis.calls("zrevrangebyscore")
        wait_until(lambda: redis.calls("zrevrangebyscore") >= asked + 2,  # noqa: B023
                   5, "they are heard")
    assert told(server) == before and server.figure("mmx_redis_losses_total") == 0
    assert redis.credit_out(key.id) > 0


def test_few_remembered_keys_are_let_in_as_they_come(gateway: Make, admin: Admin) -> None:
    """Five times as many as are remembered, each used twice."""
    keys = admin.create_keys(5000, day=100)
    server = gateway(workers=1, http="mmx_keys 1024;")
    source = (Request.chat(server.address, key.key, query=f"k={number}")
              for number, key in enumerate(keys) for _ in range(2))
    assert statuses(run(source, 8)) == {200: 10_000}


def test_a_longer_lease_of_another_gateway_is_waited_for(
        gateway: Make, admin: Admin, fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    key = admin.create_key(day=1000)
    patient = gateway(workers=1, redis=fault_proxy.url, http="mmx_credit_lease 1s;")
    hasty = gateway(workers=1, http="mmx_credit_lease 50ms;")
    lent(patient, key, redis)
    fault_proxy.blackhole()
    answers = []
    thread = threading.Thread(target=lambda: answers.extend(flood([hasty], [key], 1000)))
    thread.start()
    flood([patient], [key], 20, connections=1)  # of its credit, while it holds
    fault_proxy.heal()
    thread.join(60)
    flood([hasty], [key], 400)
    assert admitted(upstream, [key]) == [1000] and redis.counted(key.id) == 1000
    refused_at = min(answer.ended_at for answer in answers if answer.status == 429)
    assert {answer.status for answer in answers
            if answer.ended_at - answer.seconds > refused_at} <= {429}


def test_a_shorter_connection_to_redis_costs_those_who_wait_little(
        gateway: Make, admin: Admin, redis: RedisServer) -> None:
    """All keys give back when it is lost, and those who ask meanwhile go first."""
    keys = admin.create_keys(3000)
    server = gateway(workers=1, http="mmx_credit_horizon 10m;")
    source = (Request.chat(server.address, key.key, query=f"k={number}")
              for _ in range(3) for number, key in enumerate(keys))
    assert statuses(run(source)) == {200: 9000}
    wait_until(lambda: server.figure("mmx_credit_keys") > 2500, 5, "credit is out")
    redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert statuses(flood([server], keys[:50], 500)) == {200: 500}
    redis.call_all_back()
    assert sum(int(redis.record(key.id)["d.requests"]) for key in keys) == 9500
