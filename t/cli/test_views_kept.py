"""The views of the keys under crashes, at first sight of an older Redis, and with 100,000 keys."""

import re
import resource
import subprocess
import threading
from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from harness.admin import Admin
from harness.fault import EVER, Fault, How
from harness.fault_proxy import FaultProxy
from harness.paths import ADMIND, SANITIZED
from harness.process import wait_until
from harness.redis import RedisServer
from harness.views import SHANGHAI, assert_views_hold

COMMANDS = frozenset({
    b"HMGET", b"HSET", b"TIME", b"SRANDMEMBER", b"ZRANGEBYSCORE", b"WATCH", b"ZRANK", b"ZRANGE",
    b"MULTI", b"EVAL", b"SREM", b"HDEL", b"EXEC", b"UNLINK", b"ZADD", b"XADD", b"HGET", b"EXISTS"})

# As a build without views left them: (first, last, today).
OLDER_KEYS = """
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
    local id = string.sub(redis.sha1hex('key ' .. i), 1, 32)
    local name = 'mmx:{' .. id .. '}'
    redis.call('HSET', name, 'state', i % 10 == 0 and 'disabled' or 'active', 'day', '40',
        'month', '0', 'd', ARGV[3], 'd.requests', i % 50, 'm.requests', i % 90,
        'm', string.sub(ARGV[3], 1, 7))
    redis.call('HSET', name .. ':about', 'user', string.format('user-%05d', i % 20000),
        'hint', 'mmx-' .. string.sub(id, 1, 4) .. '\\226\\128\\166' .. string.sub(id, 5, 8),
        'sealed', 'v1.' .. string.rep('x', 90), 'created_at', 1700000000 + i)
    if i % 20 == 0 then
        redis.call('HSET', name .. ':about', 'note', 'team ' .. (i % 300) .. ' lab')
    end
    redis.call('ZADD', 'mmx:index', 1700000000 + i, id)
end
"""


def make_older_keys(redis: RedisServer, first: int, end: int, zone: tzinfo = SHANGHAI) -> None:
    today = datetime.now(zone).strftime("%Y-%m-%d")
    for begin in range(first, end, 5000):
        redis.command("EVAL", OLDER_KEYS, 0, begin, min(begin + 5000, end) - 1, today)


def test_views_are_built_for_keys_that_are_older_than_they(
        admin: Admin, redis: RedisServer) -> None:
    make_older_keys(redis, 0, 320)
    page = admin.json("key", "list", "--search", "user-00319")
    assert page["total"] == 1
    assert_views_hold(redis)
    redis.command("HSET", "mmx:views", "version", "0")  # and anew when they hold something else
    redis.command("ZADD", "mmx:view:all:user", 0, "what an old version kept")
    admin.run("key", "disable", page["keys"][0]["id"][:12])
    assert_views_hold(redis)


def test_what_an_older_program_did_beside_us_is_mended_the_next_day(
        admin: Admin, redis: RedisServer) -> None:
    make_older_keys(redis, 0, 100)
    admin.run("key", "list")
    make_older_keys(redis, 100, 103)
    for key_id in redis.command("ZRANGE", "mmx:index", 0, 1):
        redis.command("ZREM", "mmx:index", key_id)
        redis.command("DEL", f"mmx:{{{key_id}}}", f"mmx:{{{key_id}}}:about")
    redis.command("HSET", "mmx:views", "date", "2020-01-01")
    assert admin.json("key", "list")["total"] == 101
    assert_views_hold(redis)


def pending(redis: RedisServer) -> None:
    """Everything that catching up has to do: a new date, expiries, notes of use."""
    ids = redis.command("ZRANGE", "mmx:index", 0, -1)
    redis.command("HSET", "mmx:views", "date", "2020-01-01")
    for key_id in ids[:120]:
        redis.command("HSET", f"mmx:{{{key_id}}}", "d.requests", 45)
    redis.command("SADD", "mmx:touched", *ids[:120])
    redis.command("HSET", f"mmx:{{{ids[-1]}}}", "expires_at", 1_700_000_000)
    redis.command("ZADD", "mmx:expiry", 1_700_000_000, ids[-1])


@pytest.mark.parametrize("how", [How.UNSENT, How.CUT])
@pytest.mark.parametrize("words", [
    ("key", "list"), ("key", "create", "--user", "Ann B", "--count", "3"), ("rotate",),
    ("delete",)])
def test_the_views_mend_wherever_a_command_broke_off(
        admin: Admin, redis: RedisServer, fault_proxy: FaultProxy, how: How,
        words: tuple[str, ...]) -> None:
    """The connection ends at one command after another, before or after Redis has run it."""
    make_older_keys(redis, 0, 160)
    admin.run("key", "list")
    whole = 0
    for number in range(1, 400, 5 if words == ("key", "list") else 2):
        if words == ("key", "list"):
            redis.command("DEL", "mmx:views") if number % 3 else pending(redis)
            command = words
        elif len(words) == 1:
            key_id = admin.create_key("Zoë").id
            command = ("key", words[0], key_id, *(["--yes"] if words == ("delete",) else []))
        else:
            command = words
        fault_proxy.inject(Fault(how, first=number, times=EVER, kinds=COMMANDS))
        done = admin.run(*command, check=False, env={"MMX_REDIS": fault_proxy.url})
        whole += done.returncode == 0
        if words != ("key", "list"):
            assert_views_hold(redis)
        elif number % 25 == 1:
            admin.run("key", "list")
            assert_views_hold(redis)
        if whole == 2:
            break
    assert whole == 2
    admin.run("key", "list")
    assert_views_hold(redis)


def test_catching_up_survives_kill_9_on_both_sides(admin: Admin, redis: RedisServer) -> None:
    make_older_keys(redis, 0, 3000)
    for _ in range(5):
        before = redis.command("HGET", "mmx:views", "cursor")
        process = subprocess.Popen([ADMIND, "key", "list"], env=admin.env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: redis.command("HGET", "mmx:views", "cursor") not in (before, ""), 10,
                   "it gets on")
        process.kill()
        process.wait(10)
        redis.restart()
    admin.run("key", "list")
    assert_views_hold(redis)


def test_several_catch_up_at_once(admin: Admin, redis: RedisServer) -> None:
    make_older_keys(redis, 0, 1000)
    for _ in range(2):
        running = [subprocess.Popen([ADMIND, "key", "list", "--limit", "1"], env=admin.env,
                                    stdout=subprocess.DEVNULL) for _ in range(4)]
        assert [process.wait(60) for process in running] == [0, 0, 0, 0]
        assert_views_hold(redis)
        pending(redis)


def test_a_batch_is_seen_whole_or_not_at_all(admin: Admin, redis: RedisServer) -> None:
    admin.run("key", "list")
    names = ["mmx:index", "mmx:placed", "mmx:view:all:user", "mmx:view:active:today"]
    seen: set[tuple[int, ...]] = set()
    ended = threading.Event()

    def watch() -> None:
        connection = redis.connection()
        queue = [("MULTI",), ("HLEN", names[1]),
                 *(("ZCARD", name) for name in names if name != names[1]), ("EXEC",)]
        while not ended.is_set():
            seen.add(tuple(connection.pipeline(queue)[-1]))
        connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    admin.run("key", "create", "--user", "all", "--count", 1000)
    ended.set()
    watcher.join(30)
    assert (0,) * 4 in seen and seen <= {(0,) * 4, (1000,) * 4}


def test_a_redis_that_takes_no_writes_is_listed_all_the_same(
        admin: Admin, redis: RedisServer) -> None:
    key = admin.create_key()
    admin.run("key", "list")
    redis.command("SADD", "mmx:touched", key.id)
    redis.command("CONFIG", "SET", "maxmemory", 1)
    done = admin.run("key", "list")
    assert key.id in done.stdout and "the list may be out of date" in done.stderr
    redis.command("CONFIG", "SET", "maxmemory", 0)
    assert admin.run("key", "list").stderr == ""


LISTS = ((), ("--offset", 700), ("--sort", "user", "--offset", 500), ("--sort", "today"),
         ("--sort", "month", "--order", "asc"), ("--status", "exhausted", "--sort", "user"),
         ("--search", "user-00999"), ("--user", "user-00999", "--sort", "month"))


def cost(admin: Admin, redis: RedisServer, words: tuple[object, ...]) -> tuple[dict, int]:
    """The commands that one list costs Redis, by name, and the bytes that it answers."""
    redis.command("CONFIG", "RESETSTAT")
    admin.run("key", "list", "--limit", 50, *words)
    sent = int(re.search(r"total_net_output_bytes:(\d+)", redis.command("INFO", "stats"))[1])
    calls = dict(re.findall(r"cmdstat_(\S+):calls=(\d+)", redis.command("INFO", "commandstats")))
    return {name: int(count) for name, count in calls.items()}, sent


def resolves(admin: Admin, redis: RedisServer, key_id: str) -> dict:
    redis.command("CONFIG", "RESETSTAT")
    admin.run("key", "show", key_id[:16])
    return dict(re.findall(r"cmdstat_(\S+):calls=(\d+)", redis.command("INFO", "commandstats")))


def list_in_small_memory(admin: Admin, *words: object) -> int:
    """The exit status of a list with a heap that holds some hundreds of keys."""
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (12 << 20, 12 << 20))
    return subprocess.run([ADMIND, "key", "list", *map(str, words)], env=admin.env,
                          preexec_fn=limit, check=False, timeout=60, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode


def zone_at_noon() -> ZoneInfo:
    return ZoneInfo(f"Etc/GMT{datetime.now(timezone.utc).hour - 12:+d}")  # +5 is west of Greenwich


def test_a_list_of_100000_keys_costs_what_one_of_1000_does(
        admin: Admin, redis: RedisServer) -> None:
    noon = zone_at_noon()  # a midnight would cost more
    admin.run("settings", "set", "--timezone", noon.key)
    make_older_keys(redis, 0, 1000, noon)
    admin.run("key", "list")
    few = [cost(admin, redis, words) for words in LISTS]
    key_id = redis.command("ZRANGE", "mmx:index", 0, 0)[0]
    shown = resolves(admin, redis, key_id)

    make_older_keys(redis, 1000, 100_000, noon)
    redis.command("DEL", "mmx:views")
    subprocess.run([ADMIND, "key", "list"], env=admin.env, check=True, timeout=150,
                   stdout=subprocess.DEVNULL)
    many = [cost(admin, redis, words) for words in LISTS]
    for words, (calls, sent), (more_calls, more_sent) in zip(LISTS, few, many):
        keys = 50 if "999" not in str(words) else 5  # of the user that is searched for
        assert sum(more_calls.values()) <= sum(calls.values()) + 3 * keys, words
        assert more_sent < sent + 20_000, words
        assert not {name for name in more_calls if "scan" in name or name == "keys"}
    assert resolves(admin, redis, key_id) == shown
    if not SANITIZED:
        assert [list_in_small_memory(admin, "--limit", 50, *words) for words in LISTS] == [
            0 for _ in LISTS]
        assert list_in_small_memory(admin, "--limit", 100_000) != 0  # the limit is one
    deep = admin.json("key", "list", "--offset", 99_950, "--limit", 100)
    assert (deep["total"], len(deep["keys"]), deep["keys"][-1]["id"]) == (100_000, 50, key_id)
