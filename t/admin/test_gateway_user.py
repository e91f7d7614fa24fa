"""Redis' user of the gateway, taken over, makes no key stronger for good."""

from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.daemon import Daemon
from harness.gateway import Gateway
from harness.process import wait_until
from harness.redis import RedisServer
from harness.resp import Connection

FAR = "9999999999"


@pytest.fixture(name="taken")
def connection_of_the_gateways_user(redis: RedisServer) -> Connection:
    return redis.connection(user="mmx-gateway")


def record_of(key_id: str) -> str:
    return f"mmx:{{{key_id}}}"


def raise_limit(taken: Connection, key: Key) -> None:
    taken.command("HSET", record_of(key.id), "day", "1000000")


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
