"""The key list: its orders, filters and search, and the views it is read from."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.cli import refused
from harness.clock import Clock
from harness.redis import RedisServer
from harness.views import SHANGHAI, assert_views_hold, kept_views


def listed(admin: Admin, *words: object) -> list[str]:
    return [item["id"] for item in admin.json("key", "list", *words)["keys"]]


def use(redis: RedisServer, key_id: str, today: int, month: int, now: float | None = None) -> None:
    """What a commit and the worker's next note leave."""
    moment = datetime.now(SHANGHAI) if now is None else datetime.fromtimestamp(now, SHANGHAI)
    date = moment.strftime("%Y-%m-%d")
    redis.command("HSET", f"mmx:{{{key_id}}}", "d", date, "d.requests", today, "m", date[:7],
                  "m.requests", month)
    redis.command("SADD", "mmx:touched", key_id)


def age(redis: RedisServer, keys: list[Key]) -> None:
    """The keys were made a minute after one another, before there were views."""
    for number, key in enumerate(keys):
        created = 1_700_000_000 + 60 * number
        redis.command("ZADD", "mmx:index", created, key.id)
        redis.command("HSET", f"mmx:{{{key.id}}}:about", "created_at", created)
    redis.command("DEL", "mmx:views")


def test_orders(admin: Admin, redis: RedisServer) -> None:
    users = ("bob", "Alice", "alice", "王小明", "Bob2", "alice")
    keys = [admin.create_key(user) for user in users]
    age(redis, keys)
    counts = ((5, 50), (0, 90), (7, 7), (0, 0), (30, 30), (1, 1000))
    for key, (today, month) in zip(keys, counts):
        use(redis, key.id, today, month)

    def numbers(*words: object) -> list[int]:
        return [[key.id for key in keys].index(key_id) for key_id in listed(admin, *words)]

    assert numbers() == numbers("--sort", "created", "--order", "desc") == [5, 4, 3, 2, 1, 0]
    assert numbers("--order", "asc") == [0, 1, 2, 3, 4, 5]
    assert numbers("--sort", "user") == [2, 5, 1, 0, 4, 3]
    assert numbers("--sort", "user", "--order", "desc") == [3, 4, 0, 1, 5, 2]
    by_id = sorted((1, 3), key=lambda number: keys[number].id)
    assert numbers("--sort", "today") == [4, 2, 0, 5, *reversed(by_id)]
    assert numbers("--sort", "today", "--order", "asc") == [*by_id, 5, 0, 2, 4]
    assert numbers("--sort", "month") == [5, 1, 0, 4, 2, 3]
    for sort in ("created", "user", "today", "month"):
        whole = numbers("--sort", sort)
        assert [numbers("--sort", sort, "--limit", 1, "--offset", at) for at in range(7)] == [
            *([number] for number in whole), []]
    assert_views_hold(redis)
    for words, expected in ((("--sort", "note"), "expected created, user, today or month"),
                            (("--order", "up"), "expected asc or desc")):
        assert expected in refused(admin, "key", "list", *words, status=2)[1]


@pytest.mark.parametrize("status", [(), ("--status", "active")])
def test_one_users_keys(admin: Admin, redis: RedisServer, status: tuple[str, ...]) -> None:
    keys = {user: admin.create_keys(5, user) for user in ("alice", "Alice", "alice2", "alic")}
    age(redis, [key for made in keys.values() for key in made])
    ids = [key.id for key in keys["Alice"]]
    for number, key_id in enumerate(ids):
        use(redis, key_id, (number * 2) % 5, 9 - number)
    words = ("--user", "Alice", *status)
    for sort, expected in (("created", ids[::-1]), ("user", ids),
                           ("today", [ids[n] for n in (2, 4, 1, 3, 0)]), ("month", ids)):
        assert listed(admin, *words, "--sort", sort) == expected
        assert listed(admin, *words, "--sort", sort, "--limit", 2, "--offset", 2) == expected[2:4]
    page = admin.json("key", "list", *words, "--offset", 4)
    assert (page["total"], page["truncated"], len(page["keys"])) == (5, False, 1)
    assert listed(admin, "--user", "ALICE") == listed(admin, "--user", "") == []


# Of what is sought below, what a hint may begin with.
SOUGHT = ("ann", "2nd", "b12", "dr", "rie", "zzz")


def id_of_a_key_without(admin: Admin, user: str, note: str, beginnings: tuple[str, ...]) -> str:
    """A key is found by its hint as well, and that is made of random letters."""
    while True:
        key = admin.create_key(user, note=note)
        shown = (key.key[4:8].lower(), key.key[-4:].lower())
        if not any(part.startswith(beginnings) for part in shown):
            return key.id
        admin.run("key", "delete", key.id, "--yes")


def test_search_finds_what_begins_so(admin: Admin, redis: RedisServer) -> None:
    texts = {"lab": ("Dr. Ann-Marie O'Neil", "2nd floor, room B12; 值班电话"),
             "wang": ("王小明", "负责 MiniMax 接入"), "büro": ("büro-27", ""),
             "mail": ("ops@example.com", "a" * 40 + " tail"), "many": ("x", "很长" * 40)}
    ids = {name: id_of_a_key_without(admin, user, note, SOUGHT)
           for name, (user, note) in texts.items()}

    def found(text: str) -> set[str]:
        page = admin.json("key", "list", "--search", text)
        assert page["total"] == len(page["keys"]) and not page["truncated"]
        return {name for name, key_id in ids.items()
                if key_id in {item["id"] for item in page["keys"]}}

    for text in ("ann", "ANN-MARIE", "marie o'n", "neil", "b12", "2ND", "room b12; 值", "值班",
                 "班电", "dr", "(dr. ann"[1:], ", room"):
        assert found(text) == {"lab"}, text
    assert found("小明") == found("明") == found("minimax 接") == {"wang"}
    assert found("BüRO") == found("üro") == found("ro-27") == {"büro"}
    assert found("example.com") == found("a" * 40) == found("a" * 30) == {"mail"}
    assert found("a" * 41) == found("rie") == found("xample") == set()
    assert found("!") == found(", ") == found("\x01") == found("zzz") == set()
    assert found("很长很长很长很长很长很长") == {"many"}
    assert found("很" * 2) == set()
    assert_views_hold(redis)


def test_search_finds_a_key_by_its_id_hint_or_itself(admin: Admin) -> None:
    keys = admin.create_keys(5)
    key = keys[2]
    hint = admin.json("key", "show", key.id)["key"]["hint"]
    for text in (key.id, key.id[:9], key.id[:9].upper(), hint, hint.upper(), key.key, key.key[:8],
                 key.key[-4:], "…" + key.key[-4:]):
        assert key.id in listed(admin, "--search", text), text
    assert listed(admin, "--search", key.key) == [key.id]
    assert listed(admin, "--search", key.key, "--status", "disabled") == []
    assert listed(admin, "--search", "mmx-" + "0" * 32) == []
    made = admin.json("key", "rotate", key.id)
    admin.known(made["id"], made["key"])
    assert listed(admin, "--search", key.key) == [made["id"]] == listed(
        admin, "--search", made["key"])
    assert listed(admin, "--search", key.id) == []


def test_a_search_that_finds_too_many_says_so(admin: Admin) -> None:
    # A sign that no id and no visible part of a key has: 1,001 random ones hold most short words.
    admin.run("key", "create", "--user", "crowd", "--count", 1001, "--note", "_cro_")
    alone = admin.create_key("crowd-control", note="alone")
    page = admin.json("key", "list", "--search", "_cro", "--limit", 10)
    assert (page["total"], page["truncated"], len(page["keys"])) == (1000, True, 10)
    assert "10 of more than 1000 keys" in admin.run(
        "key", "list", "--search", "_cro", "--limit", 10).stdout
    assert listed(admin, "--search", "crowd-c") == [alone.id]
    page = admin.json("key", "list", "--user", "crowd")
    assert (page["total"], page["truncated"]) == (1001, False)
    page = admin.json("key", "list", "--user", "crowd", "--sort", "today")
    assert (page["total"], page["truncated"]) == (1000, True)


@pytest.fixture
def timed(redis_server: Callable[..., RedisServer], clock: Callable[[], Clock],
          admin_for: Callable[[str], Admin]) -> tuple[RedisServer, Clock, Admin]:
    """A Redis that lives by a clock of the test's, and its command line."""
    own = clock()
    server = redis_server(clock=own)
    return server, own, admin_for(server.url)


def test_a_key_expires_by_itself(timed: tuple[RedisServer, Clock, Admin]) -> None:
    redis, clock, admin = timed
    key, disabled = (admin.create_key(expires="1h") for _ in range(2))
    admin.create_key()
    admin.run("key", "disable", disabled.id)
    assert listed(admin, "--status", "expired") == []
    clock.step(3601)
    assert listed(admin, "--status", "expired") == [key.id]
    assert_views_hold(redis, clock.now())
    admin.run("key", "set", key.id, "--expires", "1h")
    admin.run("key", "enable", disabled.id)
    assert listed(admin, "--status", "expired") == [disabled.id]
    assert_views_hold(redis, clock.now())


def test_use_exhausts_and_a_new_limit_frees(admin: Admin, redis: RedisServer) -> None:
    key = admin.create_key(day=3, month=100)
    use(redis, key.id, 2, 2)
    assert listed(admin, "--status", "exhausted") == []
    use(redis, key.id, 3, 3)
    assert listed(admin, "--status", "exhausted") == [key.id]
    admin.run("key", "set", key.id, "--day", 4)
    assert listed(admin, "--status", "exhausted") == []
    admin.run("key", "set", key.id, "--month", 3)
    assert listed(admin, "--status", "exhausted") == [key.id]
    assert_views_hold(redis)


def test_a_key_is_shown_with_its_true_status_wherever_it_still_stands(
        admin: Admin, redis: RedisServer) -> None:
    """The view is behind until the worker's note of the use arrives; what is shown is not."""
    key = admin.create_key(day=3)
    assert listed(admin, "--status", "active") == [key.id]
    use(redis, key.id, 3, 3)
    redis.command("DEL", "mmx:touched")
    page = admin.json("key", "list", "--status", "active")
    assert [item["status"] for item in page["keys"]] == ["exhausted"]


@pytest.mark.parametrize("month_turns", [False, True])
def test_midnight_sets_all_back(
        timed: tuple[RedisServer, Clock, Admin], month_turns: bool) -> None:
    redis, clock, admin = timed
    day = datetime(2027, 1, 31 if month_turns else 30, 12, tzinfo=SHANGHAI)
    clock.set(day)
    keys = admin.create_keys(130, day=5, month=50)
    for number, key in enumerate(keys):
        use(redis, key.id, number % 7, number % 60, clock.now())
    assert_views_hold_after_list(admin, redis, clock)
    exhausted = set(listed(admin, "--status", "exhausted", "--limit", 1000))
    clock.step(timedelta(hours=13).total_seconds())
    use(redis, keys[0].id, 5, 5, clock.now())
    assert_views_hold_after_list(admin, redis, clock)
    left = set(listed(admin, "--status", "exhausted", "--limit", 1000))
    assert left < exhausted | {keys[0].id} and keys[0].id in left
    assert (len(left) == 1) == month_turns
    assert listed(admin, "--sort", "today", "--limit", 1) == [keys[0].id]
    clock.step(-timedelta(hours=13).total_seconds())  # and a clock that is set back
    assert_views_hold_after_list(admin, redis, clock)


def assert_views_hold_after_list(admin: Admin, redis: RedisServer, clock: Clock) -> None:
    admin.run("key", "list")
    assert_views_hold(redis, clock.now())


def test_a_change_of_the_zone_may_be_another_day(timed: tuple[RedisServer, Clock, Admin]) -> None:
    redis, clock, admin = timed
    clock.set(datetime(2027, 1, 30, 12, tzinfo=SHANGHAI))
    key = admin.create_key(day=2)
    use(redis, key.id, 2, 2, clock.now())
    assert listed(admin, "--status", "exhausted") == [key.id]
    admin.run("settings", "set", "--timezone", "America/Los_Angeles")
    assert listed(admin, "--status", "exhausted") == []
    admin.run("settings", "set", "--timezone", "Asia/Shanghai")
    assert listed(admin, "--status", "exhausted") == [key.id]


def test_deletion_and_rotation_leave_nothing_behind(admin: Admin, redis: RedisServer) -> None:
    keys = admin.create_keys(3, "Zoë Ün", note="a b 中文", expires="30d")
    admin.run("key", "list")
    made = admin.json("key", "rotate", keys[0].id)
    new = admin.known(made["id"], made["key"])
    assert_views_hold(redis)
    for key in (new, *keys[1:]):
        admin.run("key", "delete", key.id, "--yes")
    assert kept_views(redis) == {}
    assert redis.command("EXISTS", "mmx:placed", "mmx:search", "mmx:expiry") == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_views_follow_whatever_happens(
        timed: tuple[RedisServer, Clock, Admin], tmp_path: Path, seed: int) -> None:
    redis, clock, admin = timed
    dice = random.Random(seed)
    for number in range(50):
        ids = redis.command("ZRANGE", "mmx:index", 0, -1)
        happen(dice, admin, redis, clock, ids, tmp_path)
        if number % 10 == 9:
            assert_views_hold_after_list(admin, redis, clock)
    statuses = {name.split(":")[2] for name in kept_views(redis) if ":view:" in name}
    assert len(statuses) >= 3


def happen(dice: random.Random, admin: Admin, redis: RedisServer, clock: Clock, ids: list[str],
           folder: Path) -> None:
    """One thing that happens to some key, or a new one."""
    user = dice.choice(("Ann", "ann", "王小明", "o'Neil-x", "ops@example.com"))
    note = dice.choice(("", "Lab 7", "第一 floor", "word " * 50, "长" * 60))
    key = dice.choice(ids) if ids else ""
    action = dice.choice(("create", "create", "import", "set", "set", "limits", "expire", "use",
                          "use", "disable", "enable", "delete", "rotate", "later"))
    if action == "create" or not ids:
        admin.run("key", "create", "--user", user, "--note", note, "--count", dice.randint(1, 3))
    elif action == "import":
        file = folder / "private" / "keys.csv"
        file.write_text(f"mmx-{dice.randbytes(16).hex()},{user},5,,{note}\n")
        admin.run("key", "import", file)
    elif action == "set":
        admin.run("key", "set", key, "--user", user, "--note", note)
    elif action == "limits":
        admin.run("key", "set", key, "--day", dice.randint(0, 5), "--month", dice.randint(0, 9))
    elif action == "expire":
        admin.run("key", "set", key, "--expires", dice.choice(("", "1h", "30d", "2020-01-01")))
    elif action == "use":
        use(redis, key, dice.randint(0, 6), dice.randint(0, 12), clock.now())
    elif action == "later":
        clock.step(dice.choice((600, 4000, 90000, 40 * 86400)))
    elif action == "rotate":
        admin.run("key", "rotate", key, "--grace", dice.choice(("0", "1h")))
    else:
        admin.run("key", action, key, *(["--yes"] if action == "delete" else []))
