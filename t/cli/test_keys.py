"""The key commands: what they write, show and refuse."""

import json
import re
import subprocess
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from harness.admin import Admin, Key
from harness.cli import refused
from harness.paths import ADMIND
from harness.process import wait_until
from harness.redis import RedisServer

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHAPE = {"id", "hint", "user", "note", "status", "enabled", "day", "month", "expires_at",
         "expires_at_unix", "networks", "created_at", "created_at_unix", "last_used_at",
         "last_used_at_unix", "rotated_from", "rotated_until", "rotated_until_unix"}


def show(admin: Admin, key_id: str) -> dict:
    return admin.json("key", "show", key_id)["key"]


def today(days: int = 0) -> str:
    return (datetime.now(SHANGHAI) + timedelta(days=days)).strftime("%Y-%m-%d")


def use(redis: RedisServer, key_id: str, count: int, month_count: int | None = None,
        date: str = "") -> None:
    """Live counters as the commit script leaves them, and the note of it that a worker makes."""
    date = date or today()
    redis.command("HSET", f"mmx:{{{key_id}}}", "d", date, "d.requests", count, "m", date[:7],
                  "m.requests", count if month_count is None else month_count)
    redis.command("SADD", "mmx:touched", key_id)


def test_a_new_key_is_printed_once_and_stored_sealed(admin: Admin, redis: RedisServer) -> None:
    made = admin.run("key", "create", "--user", "王小明", "--day", 5, "--note", "Büro").stdout
    key_id, key = re.fullmatch(r"([0-9a-f]{32})  (mmx-[A-Za-z0-9]{32})\n", made).groups()
    admin.known(key_id, key)
    assert list(redis.record(key_id).items()) == [
        ("state", "active"), ("day", "5"), ("month", "0")]
    about = redis.hash(f"mmx:{{{key_id}}}:about")
    assert (about["user"], about["note"]) == ("王小明", "Büro")
    assert about["hint"] == f"{key[:8]}…{key[-4:]}" and about["sealed"].startswith("v1.")
    assert redis.command("ZSCORE", "mmx:index", key_id) == about["created_at"]
    redis.close()
    for words in (("key", "show", key_id), ("key", "list"), ("audit",), ("check",)):
        assert key not in admin.run(*words).stdout + admin.run("--json", *words).stdout
    assert admin.run("key", "reveal", key_id).stdout == key + "\n"


def test_the_shape_of_a_key_in_json(admin: Admin) -> None:
    made = admin.json("key", "create", "--user", "u", "--day", 5, "--expires", "2099-12-31",
                      "--networks", "10.0.0.0/8,2001:db8::/32")
    assert set(made) == {"keys"} and set(made["keys"][0]) == {"id", "key", "hint", "user"}
    key = admin.known(made["keys"][0]["id"], made["keys"][0]["key"])
    shown = show(admin, key.id)
    assert set(shown) == SHAPE
    day, month = list(shown["day"].values()), list(shown["month"].values())
    assert (day[:3], month[:3], len(day)) == ([5, 0, 5], [0, 0, None], 5)
    assert day[3].endswith("T00:00:00+08:00") and day[4] <= month[4]
    assert shown["expires_at"] == "2100-01-01T00:00:00+08:00"
    assert shown["networks"] == ["10.0.0.0/8", "2001:db8::/32"]
    assert (shown["status"], shown["enabled"], shown["rotated_from"]) == ("active", True, [])
    assert shown["last_used_at"] is None and shown["rotated_until_unix"] is None
    assert abs(shown["created_at_unix"] - time.time()) < 60


@pytest.mark.parametrize("text, expected", [
    ("2099-06-01", "2099-06-02T00:00:00+08:00"),
    ("2099-06-01T18:30", "2099-06-01T18:30:00+08:00"),
    ("2099-06-01T18:30:15", "2099-06-01T18:30:15+08:00"),
    ("2099-06-01 18:30", "2099-06-01T18:30:00+08:00"),
    ("2099-06-01T18:30Z", "2099-06-02T02:30:00+08:00"),
    ("2099-06-01T18:30-05:00", "2099-06-02T07:30:00+08:00")])
def test_expiry_as_a_date_or_a_time(admin: Admin, key: Key, text: str, expected: str) -> None:
    admin.run("key", "set", key.id, "--expires", text)
    assert show(admin, key.id)["expires_at"] == expected


@pytest.mark.parametrize("text, seconds", [
    ("90s", 90), ("15m", 900), ("24h", 86400), ("30d", 30 * 86400), ("3660d", 3660 * 86400)])
def test_expiry_as_a_span(admin: Admin, key: Key, text: str, seconds: int) -> None:
    admin.run("key", "set", key.id, "--expires", text)
    assert abs(show(admin, key.id)["expires_at_unix"] - time.time() - seconds) < 60


@pytest.mark.parametrize("text, expected", [  # New York springs forward and falls back
    ("2027-03-14", "2027-03-15T00:00:00-04:00"), ("2027-03-13", "2027-03-14T00:00:00-05:00"),
    ("2027-11-07", "2027-11-08T00:00:00-05:00"), ("2027-03-14T12:00", "2027-03-14T12:00:00-04:00"),
    ("2027-03-14T01:00", "2027-03-14T01:00:00-05:00")])
def test_expiry_follows_the_zones_clock_changes(
        admin: Admin, key: Key, text: str, expected: str) -> None:
    admin.run("settings", "set", "--timezone", "America/New_York")
    admin.run("key", "set", key.id, "--expires", text)
    assert show(admin, key.id)["expires_at"] == expected


def test_a_batch_is_made_whole(admin: Admin, redis: RedisServer) -> None:
    made = admin.json("key", "create", "--user", "many", "--day", 3, "--count", 10000)["keys"]
    assert len({item["id"] for item in made}) == len({item["key"] for item in made}) == 10000
    assert redis.command("ZCARD", "mmx:index") == 10000
    listed = admin.json("key", "list", "--limit", 100000)
    assert {item["id"] for item in listed["keys"]} == {item["id"] for item in made}
    last = admin.known(made[-1]["id"], made[-1]["key"])
    assert admin.json("key", "reveal", last.id)["key"] == last.key
    entries = admin.json("audit", "--limit", 1000)["entries"]
    assert sum(len(entry["detail"].get("ids", ())) for entry in entries) == 10000


def test_a_batch_that_fails_leaves_nothing(admin: Admin, redis: RedisServer) -> None:
    before = sorted(redis.command("KEYS", "*"))
    redis.command("CONFIG", "SET", "maxmemory", 1)
    code, message = refused(admin, "key", "create", "--user", "u", "--count", 100)
    assert code == "redis_refused" and "OOM" in message
    redis.command("CONFIG", "SET", "maxmemory", 0)
    assert sorted(redis.command("KEYS", "*")) == before
    assert admin.json("audit", "--verify")["verified"]


def test_set_changes_what_is_named_and_clears_what_is_empty(
        admin: Admin, key: Key, redis: RedisServer) -> None:
    admin.run("key", "set", key.id, "--day", 7, "--month", 70, "--expires", "2099-01-01",
              "--networks", "10.0.0.0/8, 192.168.1.1", "--user", "new", "--note", "line\nline")
    assert redis.record(key.id)["networks"] == "10.0.0.0/8,192.168.1.1"
    shown = show(admin, key.id)
    assert (shown["user"], shown["note"]) == ("new", "line\nline")
    assert (shown["day"]["limit"], shown["month"]["limit"]) == (7, 70)
    admin.run("key", "set", key.id, "--day", 0, "--month", 0, "--expires", "", "--networks", "",
              "--note", "")
    assert redis.record(key.id) == {"state": "active", "day": "0", "month": "0"}
    shown = show(admin, key.id)
    assert (shown["user"], shown["note"], shown["expires_at"]) == ("new", "", None)


def test_set_leaves_the_counters_alone(admin: Admin, key: Key, redis: RedisServer) -> None:
    use(redis, key.id, 3)
    admin.run("key", "set", key.id, "--day", 10)
    assert redis.record(key.id)["d.requests"] == "3"


def test_status_is_the_first_that_applies(admin: Admin, redis: RedisServer) -> None:
    key = admin.create_key(day=2, month=9)
    assert show(admin, key.id)["status"] == "active"
    use(redis, key.id, 2)
    assert show(admin, key.id)["status"] == "exhausted"
    use(redis, key.id, 1, month_count=9)
    assert show(admin, key.id)["status"] == "exhausted"
    admin.run("key", "set", key.id, "--expires", "2020-01-01")
    assert show(admin, key.id)["status"] == "expired"
    assert admin.json("key", "disable", key.id)["key"]["status"] == "disabled"
    assert redis.record(key.id)["state"] == "disabled"
    assert admin.json("key", "enable", key.id)["key"]["status"] == "expired"


def test_counters_of_another_day_do_not_count_today(admin: Admin, redis: RedisServer) -> None:
    key = admin.create_key(day=2)
    use(redis, key.id, 2, date="2020-02-28")
    shown = show(admin, key.id)
    assert (shown["status"], shown["day"]["used"], shown["month"]["used"]) == ("active", 0, 0)
    redis.command("HSET", f"mmx:{{{key.id}}}:{today()[:7]}", f"{today()[8:]}.requests", 2,
                  "m.requests", 5)
    shown = show(admin, key.id)
    assert (shown["status"], shown["day"]["used"], shown["month"]["used"]) == ("exhausted", 2, 5)


def test_list_filters_and_pages(admin: Admin, redis: RedisServer) -> None:
    alice = admin.create_keys(3, user="Alice", note="first floor")
    bob = admin.create_keys(2, user="bob", day=1)
    admin.run("key", "disable", alice[0].id)
    use(redis, bob[0].id, 1)

    def ids(*words: object) -> set[str]:
        page = admin.json("key", "list", *words)
        assert set(page) == {"keys", "total", "truncated", "offset", "limit"}
        return {item["id"] for item in page["keys"]}

    everyone = {key.id for key in alice + bob}
    assert ids() == everyone
    assert ids("--user", "Alice") == {key.id for key in alice} and ids("--user", "alice") == set()
    assert ids("--status", "disabled") == {alice[0].id}
    assert ids("--status", "exhausted") == {bob[0].id}
    assert ids("--status", "active", "--user", "bob") == {bob[1].id}
    assert ids("--search", "FLOOR") == ids("--search", "ali") == {key.id for key in alice}
    assert ids("--search", bob[0].key[-4:]) == ids("--search", bob[0].id[:20]) == {bob[0].id}
    for filtered in ((), ("--search", "")):
        pages = [ids("--limit", 2, "--offset", offset, *filtered) for offset in (0, 2, 4, 6)]
        assert [len(page) for page in pages] == [2, 2, 1, 0] and set().union(*pages) == everyone
    page = admin.json("key", "list", "--user", "Alice", "--limit", 1, "--offset", 1)
    assert (page["total"], len(page["keys"]), page["offset"], page["limit"]) == (3, 1, 1, 1)
    assert "5 of 5 keys" in admin.run("key", "list").stdout


def test_a_key_is_found_by_the_beginning_of_its_id_or_by_itself(admin: Admin) -> None:
    keys = admin.create_keys(3)
    assert show(admin, keys[1].id[:12])["id"] == keys[1].id
    found = admin.json("key", "show", "-", stdin=keys[2].key + "\n")["key"]
    assert found["id"] == keys[2].id
    assert refused(admin, "key", "show", "0" * 32)[0] == "not_found"
    assert refused(admin, "key", "show", "f" * 31)[0] == "not_found"
    code, message = refused(admin, "key", "show", "-", stdin="mmx-" + "A" * 32)
    assert code == "not_found" and "AAAA" not in message
    code, message = refused(admin, "key", "show", "-", stdin="sk-something-else-altogether")
    assert code == "invalid_input" and "something" not in message


def test_a_beginning_of_several_ids_is_refused(admin: Admin, redis: RedisServer) -> None:
    for last in "01":
        redis.command("ZADD", "mmx:index", 1, "abcdef" + "0" * 25 + last)
    assert refused(admin, "key", "disable", "abcdef")[0] == "ambiguous"


def test_delete_leaves_nothing_behind(admin: Admin, redis: RedisServer) -> None:
    key, other = admin.create_keys(2)
    use(redis, key.id, 3)
    redis.command("HSET", f"mmx:{{{key.id}}}:{today()[:7]}", "01.requests", 1)
    redis.command("ZADD", f"mmx:{{{key.id}}}:flight", 1, "slot")
    rotated = admin.json("key", "rotate", key.id, "--grace", "24h")
    admin.known(rotated["id"], rotated["key"])
    assert admin.json("key", "delete", rotated["id"], "--yes") == {"deleted": rotated["id"]}
    left = redis.command("KEYS", "mmx:{*")
    assert sorted(left) == [f"mmx:{{{other.id}}}", f"mmx:{{{other.id}}}:about",
                            f"mmx:{{{other.id}}}:rights"]
    assert redis.command("ZRANGE", "mmx:index", 0, -1) == [other.id]


def test_delete_asks_and_needs_somebody_to_ask(admin: Admin, key: Key) -> None:
    code, message = refused(admin, "key", "delete", key.id)
    assert code == "confirmation" and "--yes" in message
    for answer, gone in (("n", False), ("", False), ("y", True)):
        script = ["script", "-qec", f"{ADMIND} key delete {key.id}", "/dev/null"]
        done = subprocess.run(script, env=admin.env, input=answer + "\n", text=True,
                              capture_output=True, timeout=30, check=False)
        assert "and all its counts? [y/N]" in done.stdout
        assert (admin.run("key", "show", key.id, check=False).returncode != 0) == gone


def test_every_command_on_a_key_that_is_gone_says_so(admin: Admin, key: Key) -> None:
    admin.run("key", "delete", key.id, "--yes")
    for words in (("show",), ("set", "--day", "1"), ("enable",), ("disable",), ("reveal",),
                  ("rotate",), ("delete", "--yes")):
        assert refused(admin, "key", words[0], key.id, *words[1:])[0] == "not_found"


def test_changes_at_once_all_happen(admin: Admin, redis: RedisServer) -> None:
    keys = admin.create_keys(12)
    entries = admin.json("audit", "--verify")["entries"]
    started = [subprocess.Popen([ADMIND, "key", "set", key.id, "--day", str(number)], env=admin.env,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
               for number, key in enumerate(keys, 1)]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert [redis.record(key.id)["day"] for key in keys] == [str(n) for n in range(1, 13)]
    report = admin.json("audit", "--verify")
    assert report["verified"] and report["entries"] == entries + 12


def test_no_secret_is_in_the_process_list(admin: Admin, redis: RedisServer) -> None:
    """A command that Redis keeps waiting is looked at while it holds its secret."""
    redis.stop()
    process = subprocess.Popen([ADMIND, "master", "set"], env=admin.env, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write("sk-api-in-nobodys-process-list")
    process.stdin.flush()

    def arguments() -> str:
        with open(f"/proc/{process.pid}/cmdline", encoding="ascii") as file:
            return file.read()
    wait_until(lambda: arguments().endswith("mmx-admind\0master\0set\0"), 10, "it runs")
    redis.cont()
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "nobodys" not in out + errors


def test_a_running_command_leaves_no_core_and_cannot_be_read(
        admin: Admin, redis: RedisServer) -> None:
    redis.stop()
    process = subprocess.Popen([ADMIND, "key", "list"], env=admin.env, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    def limits() -> str:
        with open(f"/proc/{process.pid}/limits", encoding="ascii") as file:
            return file.read()
    wait_until(lambda: re.search(r"Max core file size +0 +0 ", limits()), 10, "no core")
    redis.cont()
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_text_that_would_drive_a_terminal_is_disarmed(
        admin: Admin, key: Key, redis: RedisServer) -> None:
    redis.command("HSET", f"mmx:{{{key.id}}}:about", "user", "\x1b[2Jevil\u009b\n", "note", b"\xff")
    for words in (("key", "list"), ("key", "show", key.id)):
        out = admin.run(*words).stdout
        assert "?[2Jevil" in out and "\x1b" not in out and "\u009b" not in out
    assert json.loads(admin.run("--json", "key", "show", key.id).stdout)["key"]["note"] == "\ufffd"
