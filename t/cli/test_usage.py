"""Counts by day, and what a rotation does to them."""

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from harness.admin import Admin, Key
from harness.cli import refused
from harness.redis import RedisServer

FIGURES = ["requests", "refunds", "denied", "failed", "prompt_tokens", "completion_tokens",
           "cached_tokens", "unmetered"]


def today(days: int = 0) -> str:
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    return (now + timedelta(days=days)).strftime("%Y-%m-%d")


def count(redis: RedisServer, key_id: str, date: str, live: bool = False,
          **figures: int) -> None:
    """Counts as the commit script leaves them: live, or in the archive of the month."""
    name = f"mmx:{{{key_id}}}" if live else f"mmx:{{{key_id}}}:{date[:7]}"
    prefix = "d." if live else f"{date[8:]}."
    words = [part for figure, number in figures.items() for part in (prefix + figure, number)]
    redis.command("HSET", name, *words, "m.requests", 12345, *(["d", date] if live else []))


def days(admin: Admin, *words: object) -> dict[str, dict]:
    return {day["date"]: day for day in admin.json("usage", *words)["days"]}


def test_usage_is_live_counts_and_archives_together(
        admin: Admin, key: Key, redis: RedisServer) -> None:
    count(redis, key.id, "2026-02-28", requests=3, refunds=1)
    count(redis, key.id, "2026-03-01", requests=4, prompt_tokens=100, cached_tokens=7)
    count(redis, key.id, "2026-03-02", live=True, requests=5, denied=2, unmetered=1)
    usage = admin.json("usage", key.id, "--from", "2026-02-27", "--to", "2026-03-03")
    assert list(usage) == ["id", "timezone", "from", "to", "days", "total"]
    assert (usage["id"], usage["timezone"]) == (key.id, "Asia/Shanghai")
    assert (usage["from"], usage["to"]) == ("2026-02-27", "2026-03-03")
    assert [list(day) for day in usage["days"]] == [["date", *FIGURES]] * 5
    assert [day["requests"] for day in usage["days"]] == [0, 3, 4, 5, 0]
    assert usage["total"] == dict(zip(FIGURES, [12, 1, 2, 0, 100, 0, 7, 1]))


def test_a_live_day_counts_in_place_of_its_older_archive(
        admin: Admin, key: Key, redis: RedisServer) -> None:
    """A clock that went back and forth: the archive holds what the record has taken up since."""
    count(redis, key.id, "2026-03-02", requests=3, denied=9)
    count(redis, key.id, "2026-03-02", live=True, requests=5)
    day = days(admin, key.id, "--from", "2026-03-02", "--to", "2026-03-02")["2026-03-02"]
    assert (day["requests"], day["denied"]) == (5, 0)


def test_usage_of_all_keys_is_the_totals_of_each_day(
        admin: Admin, key: Key, redis: RedisServer) -> None:
    count(redis, key.id, today(), live=True, requests=1)  # one key's own are not asked for
    redis.command("HSET", f"mmx:total:{today()}", "requests", 435, "refunds", 4, "cached_tokens", 9)
    redis.command("HSET", f"mmx:total:{today(-1)}", "requests", 30, "of another version", 7)
    redis.command("HSET", f"mmx:total:{today(-7)}", "requests", 1000)
    summed = days(admin)
    assert len(summed) == 7 and list(summed)[-1] == today()
    assert summed[today()] == dict(zip(["date", *FIGURES], [today(), 435, 4, 0, 0, 0, 0, 9, 0]))
    assert summed[today(-1)]["requests"] == 30
    usage = admin.json("usage")
    assert usage["id"] is None and usage["total"]["requests"] == 465


def test_usage_as_a_table_and_as_csv(admin: Admin, key: Key, redis: RedisServer) -> None:
    count(redis, key.id, "2026-03-02", live=True, requests=5)
    span = ("--from", "2026-03-01", "--to", "2026-03-02")
    rows = list(csv.reader(io.StringIO(admin.run("usage", key.id, "--csv", *span).stdout)))
    assert rows == [["date", *FIGURES], ["2026-03-01", *"00000000"], ["2026-03-02", *"50000000"]]
    lines = admin.run("usage", key.id, *span).stdout.splitlines()
    assert [line.split() for line in lines] == rows + [["total", *"50000000"]]


def test_usage_follows_the_zone(admin: Admin) -> None:
    admin.run("settings", "set", "--timezone", "Pacific/Kiritimati")
    usage = admin.json("usage")
    expected = datetime.now(ZoneInfo("Pacific/Kiritimati")).strftime("%Y-%m-%d")
    assert (usage["timezone"], usage["to"]) == ("Pacific/Kiritimati", expected)


def test_usage_of_an_unknown_key_is_an_error(admin: Admin) -> None:
    assert refused(admin, "usage", "0" * 32)[0] == "not_found"


def rotate(admin: Admin, key_id: str, *words: object) -> dict:
    made = admin.json("key", "rotate", key_id, *words)
    assert list(made) == ["id", "key", "hint", "user", "rotated_from", "rotated_until",
                          "rotated_until_unix"]
    admin.known(made["id"], made["key"])
    return made


def test_rotation_moves_limits_counts_and_archives(admin: Admin, redis: RedisServer) -> None:
    old = admin.create_key(user="u", day=9, networks="10.0.0.0/8", note="n", expires="2099-01-01")
    count(redis, old.id, today(), live=True, requests=4)
    count(redis, old.id, today(-1), requests=3)
    redis.command("HSET", f"mmx:{{{old.id}}}", "seq.worker", "memory")
    before = admin.json("key", "show", old.id)["key"]
    new = rotate(admin, old.id)
    assert new["id"] != old.id and new["key"] != old.key and new["rotated_from"] == old.id
    after = admin.json("key", "show", new["id"])["key"]
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"id", "hint", "rotated_from", "rotated_until", "rotated_until_unix"}
    assert after["rotated_from"] == [old.id] and after["day"]["used"] == 4
    counted = days(admin, new["id"])
    assert (counted[today()]["requests"], counted[today(-1)]["requests"]) == (4, 3)
    assert list(redis.record(new["id"]))[:3] == ["state", "day", "month"]
    assert admin.json("key", "reveal", new["id"])["key"] == new["key"]
    assert admin.json("key", "list")["total"] == 1


def test_in_grace_the_old_id_and_the_old_key_mean_the_new_one(
        admin: Admin, redis: RedisServer) -> None:
    old = admin.create_key()
    new = rotate(admin, old.id, "--grace", "2h")
    record = redis.record(old.id)
    assert (record["state"], record["alias"]) == ("rotated", new["id"])
    assert int(record["expires_at"]) == new["rotated_until_unix"]
    now = int(redis.command("TIME")[0])
    assert abs(new["rotated_until_unix"] - now - 7200) < 60
    assert redis.command("TTL", f"mmx:{{{old.id}}}") > 7200
    for words, stdin in ((("key", "show", old.id), ""), (("key", "disable", "-"), old.key)):
        assert admin.json(*words, stdin=stdin)["key"]["id"] == new["id"]
    assert redis.record(new["id"])["state"] == "disabled"


def test_rotating_twice_keeps_all_ids_in_grace_on_the_newest(
        admin: Admin, redis: RedisServer) -> None:
    first = admin.create_key()
    second = rotate(admin, first.id)
    third = rotate(admin, second["id"], "--grace", "0")
    shown = admin.json("key", "show", third["id"])["key"]
    assert shown["rotated_from"] == [first.id, second["id"]]
    for key_id in (first.id, second["id"]):
        assert redis.record(key_id)["alias"] == third["id"]
    assert int(redis.record(second["id"])["expires_at"]) == third["rotated_until_unix"]
    redis.command("DEL", f"mmx:{{{first.id}}}", f"mmx:{{{second['id']}}}")  # as after their time
    fourth = rotate(admin, third["id"])
    assert admin.json("key", "show", fourth["id"])["key"]["rotated_from"] == [third["id"]]


@pytest.mark.parametrize("grace, seconds", [("0", 0), ("90s", 90), ("7d", 7 * 86400)])
def test_grace_is_as_long_as_said(
        admin: Admin, key: Key, redis: RedisServer, grace: str, seconds: int) -> None:
    new = rotate(admin, key.id, "--grace", grace)
    now = int(redis.command("TIME")[0])
    assert abs(new["rotated_until_unix"] - now - seconds) < 60


def test_a_key_that_was_rotated_cannot_be_imported_again(admin: Admin, key: Key) -> None:
    rotate(admin, key.id)
    message = refused(admin, "key", "import", "-", stdin=f"{key.key},u,1,2\n")[1]
    assert "line 1: the key exists already" in message


def test_a_disabled_key_stays_disabled_through_a_rotation(admin: Admin, key: Key) -> None:
    admin.run("key", "disable", key.id)
    new = rotate(admin, key.id)
    assert admin.json("key", "show", new["id"])["key"]["status"] == "disabled"


def test_a_malformed_key_is_not_rotated(admin: Admin, key: Key, redis: RedisServer) -> None:
    redis.command("DEL", f"mmx:{{{key.id}}}:about")
    code, message = refused(admin, "key", "rotate", key.id)
    assert code == "conflict" and "mmx-admind check" in message
    assert redis.record(key.id)["state"] == "active"
