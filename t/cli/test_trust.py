"""What the command line notices: altered audit trails, sealed values and settings; and what
`check` says of each."""

import base64
import json
import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.cli import findings, refused
from harness.clock import Clock
from harness.fault_proxy import Fault, FaultProxy, How
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch
from harness.trail import AUDIT, lengthen, rewrite


def test_every_change_leaves_an_entry(admin: Admin) -> None:
    key = admin.create_key(day=5)
    admin.run("key", "set", key.id, "--day", 9, "--note", "x")
    admin.run("key", "disable", key.id)
    admin.run("key", "enable", key.id)
    admin.run("key", "reveal", key.id)
    rotated = admin.json("key", "rotate", key.id)
    admin.known(rotated["id"], rotated["key"])
    admin.run("key", "delete", rotated["id"], "--yes")
    admin.run("settings", "set", "--default-day", 3)
    entries = admin.json("audit")["entries"]
    assert [entry["action"] for entry in reversed(entries)] == [
        "init", "master.set", "key.create", "key.set", "key.disable", "key.enable", "key.reveal",
        "key.rotate", "key.delete", "settings.set"]
    assert {entry["actor"] for entry in entries} == {f"cli:{pwd.getpwuid(os.getuid()).pw_name}"}
    assert all(set(entry) == {"id", "time", "time_unix", "actor", "address", "action", "object",
                              "detail", "hash"} for entry in entries)
    assert {entry["address"] for entry in entries} == {""}
    details = {entry["action"]: entry["detail"] for entry in entries}
    assert details["key.create"] == {"user": "tester", "day": 5, "month": 0}
    assert details["key.set"] == {"day": {"from": 5, "to": 9}, "note": {"from": "", "to": "x"}}
    assert details["key.rotate"]["new_id"] == rotated["id"]
    assert details["settings.set"] == {"default_day": {"from": 0, "to": 3}}
    assert len(admin.json("audit", "--limit", 2)["entries"]) == 2
    assert admin.json("audit", "--verify") == {
        "verified": True, "entries": 10, "first_number": 1, "last_hash": entries[0]["hash"],
        "fault": None}


def test_what_fails_leaves_no_entry(admin: Admin) -> None:
    before = admin.json("audit")
    for words in (("key", "create", "--user", "u", "--day", "x"), ("key", "set", "abcdef"),
                  ("key", "disable", "0" * 32), ("settings", "set", "--timezone", "X/Y")):
        admin.run(*words, check=False)
    assert admin.json("audit") == before


@pytest.mark.parametrize("field, value", [
    ("time", "1"), ("actor", "cli:nobody"), ("address", "192.0.2.1"), ("action", "key.show"),
    ("object", "x"), ("detail", '{"day":1}'), ("prev", "0" * 64), ("hash", "0" * 64)])
@pytest.mark.parametrize("place", [0, 1, -1])
def test_an_edited_entry_is_noticed(
        admin: Admin, redis: RedisServer, field: str, value: str, place: int) -> None:
    admin.create_keys(2)
    admin.run("settings", "set", "--default-day", 3)
    entry = redis.command("XRANGE", AUDIT, "-", "+")[place]
    rewrite(redis, entry, lambda fields: fields.update({field: value}))
    code, message = refused(admin, "audit", "--verify")
    assert code == "audit_broken" and entry[0] in message


@pytest.mark.parametrize("place, expected", [
    (0, "oldest entries"), (1, "entries are missing before"), (-1, "newest entries")])
def test_a_removed_entry_is_noticed(
        admin: Admin, redis: RedisServer, place: int, expected: str) -> None:
    admin.create_keys(2)
    redis.command("XDEL", AUDIT, redis.command("XRANGE", AUDIT, "-", "+")[place][0])
    assert expected in refused(admin, "audit", "--verify")[1]
    assert expected in findings(admin, "fail")["audit trail"]


def test_a_removed_trail_is_noticed(admin: Admin, redis: RedisServer) -> None:
    redis.command("DEL", AUDIT)
    assert "newest entries" in refused(admin, "audit", "--verify")[1]


def test_a_trail_of_many_batches_is_read_whole(admin: Admin, redis: RedisServer) -> None:
    lengthen(admin, redis, 1200, time=1)
    report = admin.json("audit", "--verify")
    assert (report["verified"], report["entries"], report["fault"]) == (True, 1202, None)
    entry = redis.command("XRANGE", AUDIT, "-", "+")[1100]
    rewrite(redis, entry, lambda fields: fields.update(actor="cli:nobody"))
    assert entry[0] in refused(admin, "audit", "--verify")[1]


def flipped(sealed: str, at: int) -> str:
    """sealed with one bit of its at-th byte the other way."""
    raw = bytearray(base64.urlsafe_b64decode(sealed[3:] + "=" * (-len(sealed[3:]) % 4)))
    raw[at] ^= 1 << at % 8
    return "v1." + base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")


@pytest.mark.parametrize("at", [0, 11, 12, 30, -16, -1])
def test_a_flipped_bit_in_a_sealed_key_is_refused(
        admin: Admin, key: Key, redis: RedisServer, at: int) -> None:
    about = f"mmx:{{{key.id}}}:about"
    sealed = redis.hash(about)["sealed"]
    redis.command("HSET", about, "sealed", flipped(sealed, at))
    assert refused(admin, "key", "reveal", key.id)[0] == "sealed_value"
    assert "does not open" in findings(admin, "fail")["sealed keys"]
    redis.command("HSET", about, "sealed", sealed)
    assert admin.json("key", "reveal", key.id)["key"] == key.key


def test_swapped_sealed_keys_are_refused(admin: Admin, redis: RedisServer) -> None:
    keys = admin.create_keys(2)
    abouts = [f"mmx:{{{key.id}}}:about" for key in keys]
    seals = [redis.hash(about)["sealed"] for about in abouts]
    for about, sealed in zip(abouts, reversed(seals)):
        redis.command("HSET", about, "sealed", sealed)
    for key in keys:
        assert refused(admin, "key", "reveal", key.id)[0] == "sealed_value"
    assert [entry["action"] for entry in admin.json("audit", "--limit", 1)["entries"]] == [
        "key.create"]


def test_a_sealed_key_in_the_masters_place_is_refused(
        admin: Admin, key: Key, redis: RedisServer) -> None:
    sealed = redis.hash(f"mmx:{{{key.id}}}:about")["sealed"]
    master = redis.hash("mmx:settings")["master"]
    for value in (sealed, flipped(master, 20), master[:-1], "v2." + master[3:], "rubbish"):
        redis.command("HSET", "mmx:settings", "master", value)
        assert "does not open" in findings(admin, "fail")["master key"]
    redis.command("HSET", "mmx:settings", "master", master)
    redis.close()
    assert findings(admin, "fail") == {}


def test_check_finds_nothing_wrong_where_nothing_is(
        admin: Admin, key: Key, redis: RedisServer) -> None:
    redis.close()
    assert findings(admin, "fail") == findings(admin, "warn") == {}


def test_check_says_what_to_do_before_everything(
        private: Path, secrets: SecretWatch, redis: RedisServer) -> None:
    admin = Admin(redis.url, private, secrets)
    assert "mmx-admind init" in findings(admin, "fail")["secret file"]
    admin.init()
    assert "mmx-admind master set" in findings(admin, "fail")["master key"]
    assert "mmx-admind key create" in findings(admin, "warn")["keys"]
    admin.secret.chmod(0o644)
    assert "0600" in findings(admin, "fail")["secret file"]
    admin.secret.chmod(0o600)
    admin.secret.write_bytes(os.urandom(32))
    assert "put that file back" in findings(admin, "fail")["secret file"]
    redis.kill9()
    assert "--redis" in findings(admin, "fail")["Redis"]


def test_check_judges_redis_itself(admin: Admin, redis_server: Callable[..., RedisServer],
                                   redis: RedisServer) -> None:
    redis.command("CONFIG", "SET", "appendonly", "no")
    redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    warnings = findings(admin, "warn")
    assert "appendonly yes" in warnings["Redis appendonly"]
    assert "noeviction" in warnings["Redis maxmemory-policy"]
    redis.command("REPLICAOF", "127.0.0.1", "1")  # nobody there, who would replace what is here
    assert "primary" in findings(admin, "fail")["Redis role"]
    redis.command("REPLICAOF", "NO", "ONE")
    cluster = redis_server(config=("cluster-enabled yes",))
    assert "standalone" in findings(admin, "fail", env={"MMX_REDIS": cluster.url})["Redis cluster"]


def test_check_notices_a_clock_that_is_off(
        admin_for: Callable[[str], Admin], redis_server: Callable[..., RedisServer],
        clock: Callable[[], Clock]) -> None:
    redis_clock = clock()
    admin = admin_for(redis_server(clock=redis_clock).url)
    assert "clock" not in findings(admin, "warn")
    redis_clock.step(-90)
    warning = findings(admin, "warn")["clock"]
    assert "behind" in warning and "NTP" in warning


@pytest.mark.parametrize("field, value", [
    ("state", "on"), ("day", "many"), ("month", "-1"), ("expires_at", "soon"),
    ("networks", "10.0.0.0/99"), ("d", "today"), ("d.requests", "1.5")])
def test_check_names_a_malformed_record(
        admin: Admin, key: Key, redis: RedisServer, field: str, value: str) -> None:
    redis.command("HSET", f"mmx:{{{key.id}}}", field, value)
    assert f"mmx:{{{key.id}}}/{field} is" in findings(admin, "fail")["records"]


def test_check_notices_a_key_without_a_record(admin: Admin, key: Key, redis: RedisServer) -> None:
    redis.command("DEL", f"mmx:{{{key.id}}}")
    assert "state is missing" in admin.run("check", check=False).stdout


def test_an_unknown_zone_is_told_and_can_be_changed(admin: Admin, redis: RedisServer) -> None:
    redis.command("HSET", "mmx:settings", "timezone", "Mars/Olympus")
    code, message = refused(admin, "key", "list")
    assert code == "not_configured" and "settings set --timezone" in message
    assert "tzdata" in findings(admin, "fail")["time zone"]
    admin.run("settings", "set", "--timezone", "UTC")
    redis.close()
    assert findings(admin, "fail") == {}


def test_a_lost_answer_to_a_change_is_not_called_a_failure(
        admin: Admin, redis: RedisServer, fault_proxy: FaultProxy) -> None:
    """The change may have been made: saying that it failed would be a lie."""
    for how, made in ((How.CUT, 1), (How.UNSENT, 0)):
        before = redis.command("ZCARD", "mmx:index")
        fault_proxy.inject(Fault(how, kinds=frozenset({b"EXEC"})))
        done = admin.run("--json", "key", "create", "--user", "u", check=False,
                         env={"MMX_REDIS": fault_proxy.url})
        assert json.loads(done.stdout)["error"]["code"] == "outcome_unknown"
        assert redis.command("ZCARD", "mmx:index") == before + made
        assert admin.json("audit", "--verify")["verified"]
    fault_proxy.heal()
