"""Redis' user of the gateway, taken over, makes no key stronger for good, stops no repair of what
it writes, and pushes nothing out of the audit trail."""

import os
from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.daemon import Browser, Daemon
from harness.gateway import Gateway
from harness.people import entries
from harness.process import wait_until
from harness.redis import RedisServer
from harness.resp import Connection

FAR = "9999999999"
REPAIRS_TOLD_MAX = 100  # entries a day, of however many repairs


@pytest.fixture(name="taken")
def connection_of_the_gateways_user(redis: RedisServer) -> Connection:
    return redis.connection(user="mmx-gateway")


def record_of(key_id: str) -> str:
    return f"mmx:{{{key_id}}}"


def empty(redis: RedisServer, taken: Connection, name: str) -> None:
    if redis.command("TYPE", name) == "hash":
        taken.command("HDEL", name, *redis.hash(name))
    elif redis.command("EXISTS", name):
        taken.command("EXPIRE", name, 0)


def raise_limit(taken: Connection, key: Key) -> None:
    taken.command("HSET", record_of(key.id), "day", "1000000")


def await_set_back(redis: RedisServer, key: Key) -> None:
    wait_until(lambda: redis.record(key.id).get("day") == "2", 20, "the limit is back")


def all_looked_at(redis: RedisServer) -> bool:
    return redis.command("SCARD", "mmx:touched") == 0


def test_an_id_that_is_no_record_stops_no_repair(
        daemon: Daemon, admin: Admin, redis: RedisServer, taken: Connection) -> None:
    key = admin.create_key(day=2)
    strange = os.urandom(16).hex()
    taken.command("SADD", record_of(strange), "x")
    taken.command("SADD", "mmx:touched", strange)
    raise_limit(taken, key)
    await_set_back(redis, key)
    wait_until(lambda: all_looked_at(redis), 20, "what was used is looked at")
    assert redis.command("EXISTS", record_of(strange)) == 0
    assert "are not kept" not in daemon.log.read_text()


@pytest.mark.parametrize("part", ["", ":about", ":rights", ":archive"])
def test_a_key_of_which_a_part_is_of_another_kind_stops_no_other(
        daemon: Daemon, admin: Admin, alice: Browser, redis: RedisServer, taken: Connection,
        part: str) -> None:
    spoiled, key = admin.create_keys(2, day=2)
    month = str(redis.hash("mmx:views")["date"])[:7]
    name = record_of(spoiled.id) + part.replace("archive", month)
    empty(redis, taken, name)
    taken.command("SADD", name, "x")
    raise_limit(taken, key)
    await_set_back(redis, key)
    wait_until(lambda: redis.command("TYPE", name) != "set", 20, "what is no part of it is gone")
    assert {entry["id"] for entry in alice.ask("GET", "/keys").json()["keys"]} == {
        key.id, spoiled.id}
    assert alice.ask("DELETE", f"/keys/{spoiled.id}").status == 200


def test_a_list_of_use_of_another_kind_is_made_anew(
        daemon: Daemon, admin: Admin, redis: RedisServer, taken: Connection) -> None:
    key = admin.create_key(day=2)
    wait_until(lambda: redis.command("EXISTS", "mmx:touched") == 0, 20, "all is looked at")
    taken.command("HSET", "mmx:touched", "a", "b")
    raise_limit(taken, key)
    await_set_back(redis, key)
    wait_until(lambda: redis.command("EXISTS", "mmx:touched") == 0, 20, "the list is gone")


def test_repairs_push_nothing_out_of_the_trail(
        daemon: Daemon, admin: Admin, redis: RedisServer, taken: Connection) -> None:
    before = redis.command("XLEN", "mmx:audit")
    strange = [os.urandom(16).hex() for _ in range(1000)]
    for each in strange:
        taken.command("HSET", record_of(each), "state", "active")
    taken.command("SADD", "mmx:touched", *strange)
    wait_until(lambda: all_looked_at(redis), 60, "all is looked at")
    assert not [each for each in strange if redis.record(each)]
    assert redis.command("XLEN", "mmx:audit") - before <= REPAIRS_TOLD_MAX
    told = entries(admin, "key.repair")
    assert sum(len(entry["detail"].get("ids", [1])) for entry in told) == len(strange)
    assert admin.json("audit", "--verify")["verified"]


def test_of_so_many_repairs_a_day_the_trail_is_told(
        daemon: Daemon, admin: Admin, redis: RedisServer, taken: Connection) -> None:
    keys = admin.create_keys(REPAIRS_TOLD_MAX + 20, day=2)
    for key in keys:
        raise_limit(taken, key)
    taken.command("SADD", "mmx:touched", *(key.id for key in keys))
    wait_until(lambda: {redis.record(key.id)["day"] for key in keys} == {"2"}, 60, "all are back")
    told = entries(admin, "key.repair")
    assert len(told) == REPAIRS_TOLD_MAX and told[0]["detail"] == {"more": True}
    redis.command("EXPIRE", "mmx:repairs", 0)
    raise_limit(taken, keys[0])
    taken.command("SADD", "mmx:touched", keys[0].id)
    await_set_back(redis, keys[0])
    assert len(entries(admin, "key.repair")) == REPAIRS_TOLD_MAX + 1
    assert 0 < redis.command("TTL", "mmx:repairs") <= 86400


def test_a_rotation_seals_no_old_id_that_nobody_gave(
        daemon: Daemon, admin: Admin, redis: RedisServer, taken: Connection,
        gateway: Callable[..., Gateway]) -> None:
    """A deleted key, made to count for another one when that is rotated."""
    server = gateway(workers=1)
    gone, rich = admin.create_key(day=1), admin.create_key(day=1000)
    admin.run("key", "delete", gone.id, "--yes")
    taken.command("HSET", record_of(gone.id), "state", "rotated", "alias", rich.id,
                  "expires_at", FAR)
    taken.command("HSET", f"{record_of(rich.id)}:about", "rotated_from", gone.id)
    admin.run("key", "rotate", rich.id)
    wait_until(lambda: server.request(gone.key).status == 401, 20, "the key is gone")
    assert redis.record(gone.id) == {}


def test_a_deletion_takes_no_other_key_along(
        admin: Admin, redis: RedisServer, taken: Connection) -> None:
    other, key = admin.create_keys(2, day=2)
    taken.command("HSET", f"{record_of(key.id)}:about", "rotated_from", other.id)
    before = redis.record(other.id)
    admin.run("key", "delete", key.id, "--yes")
    assert redis.record(other.id) == before


def test_without_its_seal_a_key_is_switched_off_by_a_change_of_something_else(
        admin: Admin, redis: RedisServer, taken: Connection) -> None:
    """No daemon has seen it yet."""
    key = admin.create_key(day=2)
    taken.command("EXPIRE", f"{record_of(key.id)}:rights", 0)
    raise_limit(taken, key)
    admin.run("key", "set", key.id, "--note", "seen")
    assert redis.record(key.id)["state"] == "disabled"


def test_without_its_seal_a_key_is_not_rotated(
        admin: Admin, redis: RedisServer, taken: Connection) -> None:
    key = admin.create_key(day=2)
    taken.command("EXPIRE", f"{record_of(key.id)}:rights", 0)
    raise_limit(taken, key)
    assert "is gone" in admin.run("key", "rotate", key.id, check=False).stderr
    assert [one["id"] for one in admin.json("key", "list")["keys"]] == [key.id]
