"""A record that somebody else writes to Redis gives nobody more than people set: the daemon sees
it, sets it back, and says so. Redis' own commands are the attacker here."""

from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.daemon import Daemon
from harness.gateway import Gateway
from harness.process import wait_until
from harness.redis import RedisServer
from harness.sealed import seal

RULE = {"day": 2, "networks": "127.0.0.0/8"}


@pytest.fixture(name="limited")
def key_with_limits(admin: Admin) -> Key:
    return admin.create_key(**RULE)


@pytest.fixture(name="guarded")
def daemon_that_guards(daemon: Daemon) -> Daemon:
    return daemon


def record_of(key: Key) -> str:
    return f"mmx:{{{key.id}}}"


def repairs(admin: Admin) -> list[dict]:
    return [entry for entry in admin.json("audit", "--limit", 100)["entries"]
            if entry["action"] == "key.repair"]


def await_repair(admin: Admin, key: Key, count: int = 1) -> dict:
    def seen() -> bool:
        return len([one for one in repairs(admin) if one["object"] == key.id]) >= count
    wait_until(seen, 20, "the repair is told")
    return next(one for one in repairs(admin) if one["object"] == key.id)


@pytest.mark.parametrize("field, value, back", [
    ("day", "1000000", "2"), ("day", "0", "2"), ("day", "nan", "2"), ("month", "7", "0"),
    ("state", "disabled", "active"), ("state", "rotated", "active"), ("state", "", "active"),
    ("networks", "10.0.0.0/8", "127.0.0.0/8"), ("networks", "nonsense", "127.0.0.0/8"),
    ("expires_at", "9999999999", None)])
def test_what_somebody_else_wrote_is_set_back(
        guarded: Daemon, admin: Admin, limited: Key, redis: RedisServer, field: str, value: str,
        back: str | None) -> None:
    redis.command("HSET", record_of(limited), field, value)
    told = await_repair(admin, limited)
    assert redis.record(limited.id).get(field) == back
    assert told["actor"] == "mmx-admind" and told["detail"]["sealed"] is True
    assert told["detail"]["set"]["day"] == 2
    assert limited.id in guarded.log.read_text() and "somebody else" in guarded.log.read_text()
    assert admin.json("audit", "--verify")["verified"]


@pytest.mark.parametrize("fields", [["day"], ["networks"], ["state"], ["state", "day", "month"]])
def test_what_somebody_else_took_out_is_put_back(
        guarded: Daemon, admin: Admin, limited: Key, redis: RedisServer,
        fields: list[str]) -> None:
    before = redis.record(limited.id)
    redis.command("HDEL", record_of(limited), *fields)
    await_repair(admin, limited)
    assert redis.record(limited.id) == before


def test_a_key_that_was_switched_off_stays_off(
        guarded: Daemon, admin: Admin, limited: Key, redis: RedisServer,
        gateway: Callable[..., Gateway]) -> None:
    server = gateway(workers=1)
    admin.run("key", "disable", limited.id)
    redis.command("HSET", record_of(limited), "state", "active")
    await_repair(admin, limited)
    assert server.request(limited.key).status == 403
    assert redis.record(limited.id)["state"] == "disabled"


def test_a_raised_limit_lasts_a_moment(
        guarded: Daemon, admin: Admin, limited: Key, redis: RedisServer,
        gateway: Callable[..., Gateway]) -> None:
    server = gateway(workers=1)
    redis.command("HSET", record_of(limited), "day", "1000000")
    wait_until(lambda: server.request(limited.key).status == 429, 20, "the limit is back")
    assert redis.record(limited.id)["day"] == "2" and repairs(admin)


def test_an_alias_into_anothers_key_is_set_back(
        guarded: Daemon, admin: Admin, limited: Key, key: Key, redis: RedisServer,
        gateway: Callable[..., Gateway]) -> None:
    """A switched off key made to spend another's limit."""
    server = gateway(workers=1)
    admin.run("key", "disable", limited.id)
    redis.command("HSET", record_of(limited), "state", "rotated", "alias", key.id,
                  "expires_at", "9999999999")
    await_repair(admin, limited)
    wait_until(lambda: server.request(limited.key).status == 403, 10, "the key is refused")
    assert "alias" not in redis.record(limited.id)


@pytest.mark.parametrize("how", ["record", "alias"])
def test_a_deleted_key_that_comes_back_is_taken_away_when_it_is_used(
        guarded: Daemon, admin: Admin, limited: Key, key: Key, redis: RedisServer,
        gateway: Callable[..., Gateway], how: str) -> None:
    server = gateway(workers=1)
    admin.run("key", "delete", limited.id, "--yes")
    if how == "record":
        redis.command("HSET", record_of(limited), "state", "active", "day", "0", "month", "0")
    else:
        redis.command("HSET", record_of(limited), "state", "rotated", "alias", key.id,
                      "expires_at", "9999999999")
    wait_until(lambda: server.request(limited.key).status == 401, 20, "the key is gone")
    assert redis.record(limited.id) == {}
    assert await_repair(admin, limited)["detail"] == {"unlisted": True}


def test_what_is_not_counted_is_use_as_well(
        guarded: Daemon, admin: Admin, limited: Key, redis: RedisServer,
        gateway: Callable[..., Gateway]) -> None:
    server = gateway(workers=1, location="mmx_count $mmx_counted;")
    admin.run("key", "delete", limited.id, "--yes")
    redis.command("HSET", record_of(limited), "state", "active")

    def asked() -> int:
        return server.request(limited.key, path="/mini/v1/models", method="GET").status
    assert asked() == 200
    wait_until(lambda: asked() == 401, 20, "the key is gone")


def test_the_grace_of_a_rotated_key_is_not_prolonged(
        guarded: Daemon, admin: Admin, key: Key, redis: RedisServer,
        gateway: Callable[..., Gateway]) -> None:
    server = gateway(workers=1)
    admin.run("key", "rotate", key.id)
    assert server.request(key.key).status == 200
    redis.command("HSET", record_of(key), "expires_at", "9999999999")
    wait_until(lambda: server.request(key.key).status == 401, 20, "the old id is gone")


def test_an_old_id_in_its_grace_is_left_alone(
        guarded: Daemon, admin: Admin, key: Key, redis: RedisServer,
        gateway: Callable[..., Gateway]) -> None:
    server = gateway(workers=1)
    once = admin.json("key", "rotate", key.id)
    twice = admin.json("key", "rotate", once["id"])
    assert [server.request(one).status for one in (key.key, once["key"], twice["key"])] == [200] * 3
    wait_until(lambda: redis.command("SCARD", "mmx:touched") == 0, 10, "use was looked at")
    assert redis.record(key.id)["alias"] == redis.record(once["id"])["alias"] == twice["id"]
    assert repairs(admin) == []


@pytest.mark.parametrize("sealed", ["", "v1.AAAA", "of another key"])
def test_without_its_seal_a_key_is_off_until_people_look(
        guarded: Daemon, admin: Admin, limited: Key, key: Key, redis: RedisServer,
        sealed: str) -> None:
    name = f"{record_of(limited)}:rights"
    redis.command("HSET", record_of(limited), "day", "1000000")
    if sealed:
        redis.command("SET", name, sealed if sealed.startswith("v1") else redis.command(
            "GET", f"{record_of(key)}:rights"))
    else:
        redis.command("DEL", name)
    told = await_repair(admin, limited)
    assert told["detail"]["sealed"] is False and told["detail"]["set"]["enabled"] is False
    assert redis.record(limited.id)["state"] == "disabled"
    admin.run("key", "set", limited.id, "--day", 2)
    admin.run("key", "enable", limited.id)
    wait_until(lambda: redis.command("SCARD", "mmx:touched") == 0, 10, "all was looked at")
    assert redis.record(limited.id)["state"] == "active"
    assert len(repairs(admin)) == 1


def test_a_change_by_people_does_not_seal_what_somebody_else_wrote(
        admin: Admin, limited: Key, redis: RedisServer) -> None:
    """Without a daemon: the command line finds the record altered."""
    redis.command("HSET", record_of(limited), "day", "1000000", "state", "disabled")
    assert "day is not what was set" in admin.run("check", check=False).stdout
    admin.run("key", "set", limited.id, "--note", "seen")
    assert (redis.record(limited.id)["day"], redis.record(limited.id)["state"]) == ("2", "active")
    assert "is not what was set" not in admin.run("check", check=False).stdout


def test_people_who_change_keys_meet_no_repair(
        guarded: Daemon, admin: Admin, redis: RedisServer) -> None:
    keys = admin.create_keys(20, day=5)
    for at, key in enumerate(keys):
        admin.run("key", "set", key.id, "--day", at + 1, "--networks", "127.0.0.1")
        redis.command("SADD", "mmx:touched", key.id)
    wait_until(lambda: redis.command("SCARD", "mmx:touched") == 0, 10, "all was looked at")
    assert [redis.record(key.id)["day"] for key in keys] == [str(at + 1) for at in range(20)]
    assert repairs(admin) == []


def test_keys_of_the_release_before_are_sealed_once(
        admin: Admin, limited: Key, key: Key, redis: RedisServer,
        daemon_with: Callable[..., Daemon]) -> None:
    old = admin.json("key", "rotate", key.id)
    for one in (limited.id, old["id"]):
        redis.command("DEL", f"mmx:{{{one}}}:rights")
    redis.command("HSET", "mmx:settings", "secret_check",
                  seal(admin, "check", "mmx:settings/secret_check",
                       "mmx: records are sealed, the audit trail has a head"))
    before = {one: redis.record(one) for one in (limited.id, old["id"], key.id)}
    server = daemon_with()
    wait_until(lambda: "of 2 keys" in server.log.read_text(), 10, "the keys are sealed")
    assert {one: redis.record(one) for one in before} == before
    redis.command("HSET", record_of(limited), "day", "9")
    await_repair(admin, limited)
    redis.command("HSET", record_of(key), "expires_at", "9999999999")
    redis.command("SADD", "mmx:touched", key.id)
    await_repair(admin, key)
    sealed = [entry for entry in admin.json("audit", "--limit", 100)["entries"]
              if entry["action"] == "keys.seal"]
    assert [entry["detail"] for entry in sealed] == [{"keys": 2}]
