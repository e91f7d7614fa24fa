"""What holds on every page of the console: it looks right, bars nobody, runs nothing that strangers
typed, asks no other host, is small, and says so when something is away."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.browser import AXE
from harness.console import Account, Console, in_every_way, plain, running_console
from harness.paths import FULL
from harness.process import wait_until
from harness.sealed import name_user

FIRST_LOAD_MAX = 300 * 1024  # bytes over the wire, headers included

OPEN_PAGES = {"login": "login", "docs": "docs", "lookup": "lookup", "missing": "no/such/page"}
PAGES = {
    "overview": "overview", "keys": "keys", "key": "keys/@ID@", "master": "master",
    "docs": "docs", "lookup": "lookup", "settings": "settings", "users": "accounts?part=users",
    "sessions": "accounts?part=sessions", "tokens": "accounts?part=tokens",
    "password": "accounts?part=password", "audit": "audit"}

HOSTILE = [
    "<script>window.mmxWasHere=1</script>",
    "<img src=x onerror=\"window.mmxWasHere=1\">",
    "\"><svg/onload=window.mmxWasHere=1>",
    "'\"`><iframe srcdoc='<script>parent.mmxWasHere=1</script>'>",
    "</script></title></textarea><script>window.mmxWasHere=1</script>",
    "javascript:window.mmxWasHere=1",
    "{{constructor.constructor('window.mmxWasHere=1')()}} ${window.mmxWasHere=1}",
    "{user} {0} @:common.save | one | two %{name}",
    "__proto__ constructor toString",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.test/x>",
    "<meta http-equiv=refresh content='0;url=//evil.test'><base href=//evil.test>",
    "=HYPERLINK(\"http://evil.test\",\"x\")",
    "Ж" * 60,
]
UNSEEN = "\u202eevil\u202c \u200b\ufeff\u2028 \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("console")) as running:
        furnish(running)
        yield running


def furnish(console: Console) -> None:
    """Something to see on every page."""
    admin, stand = console.stand.admin, console.stand
    admin.run("settings", "set", "--timezone", "Asia/Shanghai")
    console.viewer = console.account("li.na", "viewer")
    shapes = [("研发部 · 张三", 100, 0, 95), ("alice@example.com", 200, 5000, 150),
              ("客服机器人", 0, 0, 40), ("bob", 20, 100, 20), ("数据平台", 1000, 20000, 12)]
    for user, day, month, used in shapes:
        key = stand.key(user=user, day=day, month=month, note=f"{user} 的项目")
        for _ in range(used):
            assert console.gateway.request(key.key).status == 200
        if user == "bob":
            assert console.gateway.request(key.key).status == 429
        stand.await_counted(key, used)
        console.key = key
    admin.run("key", "disable", stand.key(user="离职员工", day=50).id)
    expired = stand.key(user="试用客户", day=10, expires="3s")
    wait_until(lambda: admin.json("key", "show", expired.id)["key"]["status"] == "expired", 10)


def addresses(console: Console) -> dict[str, str]:
    return {name: path.replace("@ID@", console.key.id) for name, path in PAGES.items()}


@in_every_way
def test_pages_look_right_and_bar_nobody(console: Console, lang: str, width: int) -> None:
    look: Callable[..., object] = console.play
    theme = "dark" if width == 390 else "light"
    way = {"lang": lang, "width": width, "theme": theme, "axe": str(AXE)}
    barriers = look("look", **way, pages=OPEN_PAGES)
    barriers += look("look", **way, pages=addresses(console), admin=console.admin)
    assert barriers == [], "\n".join(barriers)


def test_first_load_is_small(console: Console) -> None:
    """The login page and the key list after it: all that most visits need."""
    sizes = console.play("first_load", admin=console.admin)
    total = sum(size for _, size in sizes)
    assert len(sizes) > 5 and total <= FIRST_LOAD_MAX, sorted(sizes, key=lambda each: -each[1])


def test_names_and_notes_are_text(console: Console) -> None:
    keys = [{"id": console.stand.key(user=text, note=text).id, "text": text} for text in HOSTILE]
    # No user is given such a name any more, but an earlier version may have stored it.
    old = console.stand.key(user="of before", note="a note")
    console.stand.admin.run("key", "set", old.id, "--note", UNSEEN)
    name_user(console.stand.admin, console.stand.redis, old.id, UNSEEN)
    keys.append({"id": old.id, "text": UNSEEN})
    console.play("hostile", admin=console.admin, keys=keys)
    for key in keys:
        console.stand.admin.run("key", "delete", key["id"], "--yes")


def test_warnings_say_what_to_do(console: Console) -> None:
    redis = console.stand.redis
    redis.command("CONFIG", "SET", "appendonly", "no")
    redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    redis.command("HDEL", "mmx:settings", "master")
    try:
        seen = console.play("warnings", lang="en", admin=console.admin,
                            warnings=["no_master", "no_append", "evicts"])
        assert seen[0] == "master_key", "a failure comes before warnings"
        console.play("warnings", lang="zh", width=390, admin=console.admin,
                     warnings=["no_master", "no_append", "evicts"])
    finally:
        redis.command("CONFIG", "SET", "appendonly", "yes")
        redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
        console.stand.admin.set_master()


@pytest.mark.parametrize("lang, width, away", [
    ("zh", 1440, "daemon"), ("en", 390, "redis"),
    *([("en", 390, "daemon"), ("zh", 1440, "redis")] if FULL else [])])
def test_pages_say_what_is_away_and_come_back(console: Console, tmp_path: Path, lang: str,
                                              width: int, away: str) -> None:
    waiting, resume = tmp_path / "waiting", tmp_path / "resume"
    pages = {name: path for name, path in addresses(console).items()
             if name in ("overview", "keys", "master", "settings", "audit")}
    options = {"text": "unreachable" if away == "daemon" else "no_redis", "pages": pages,
               "waiting": str(waiting), "resume": str(resume), "admin": console.admin}
    console.browser.begin("outage", lang, width, **plain(options))

    def asked_for(what: str) -> None:
        wait_until(lambda: waiting.exists() and waiting.read_text() == what, 90, what)
    asked_for("down")
    try:
        console.stop() if away == "daemon" else console.stand.redis.kill9()
        (tmp_path / "resume.down").touch()
        asked_for("up")
    finally:
        console.start() if away == "daemon" else console.stand.redis.start()
    (tmp_path / "resume.up").touch()
    console.browser.finish("outage")


def test_a_viewer_gets_the_same_pages(console: Console) -> None:
    viewer: Account = console.viewer
    pages = {name: path for name, path in addresses(console).items()
             if name not in ("users", "tokens")}
    barriers = console.play("look", lang="en", width=390, axe=str(AXE), pages=pages, admin=viewer)
    assert barriers == [], json.dumps(barriers, indent=1)
