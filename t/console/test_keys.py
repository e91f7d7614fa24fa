"""Logging in and the keys, in a browser: a key made on the page works at once, and what is done to
it there holds at the gateway from its next request on."""

import json
import re
import secrets
import shlex
import subprocess
from collections.abc import Iterator

import pytest
from harness.admin import Key
from harness.console import (
    Account,
    Console,
    in_every_way,
    names,
    run_openai,
    running_console,
)
from harness.paths import environment
from harness.process import wait_until


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Without any key, but for the harness' own probe."""
    with running_console(tmp_path_factory.mktemp("fresh")) as running:
        for key in running.stand.admin.json("key", "list")["keys"]:
            running.stand.admin.run("key", "delete", key["id"], "--yes")
        yield running


def refusal(console: Console, key: Key) -> str:
    """What the openai package is told; nothing when it gets its answer."""
    answer = run_openai(console, key)
    return answer["error"]["code"] if "error" in answer else ""


@in_every_way
def test_login_leads_to_the_page_asked_for_and_logout_ends_the_session(
        console: Console, lang: str, width: int) -> None:
    console.play("login", lang=lang, width=width, admin=console.admin)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_language_is_switched_and_stays(console: Console, lang: str) -> None:
    console.play("language", lang=lang, admin=console.admin)


@pytest.mark.parametrize("lang, width", [("zh", 1440), ("en", 390)])
def test_the_list_without_keys_says_what_to_do(fresh: Console, lang: str, width: int) -> None:
    fresh.play("no_keys", lang=lang, width=width, admin=fresh.admin)


@pytest.mark.parametrize("lang, width", [("zh", 390), ("en", 1440)])
def test_first_start_makes_an_admin_by_its_token(fresh: Console, lang: str, width: int) -> None:
    def token() -> str:
        path = fresh.daemon.setup_token_file
        return path.read_text().strip() if path.exists() else ""
    for account in fresh.stand.redis.command("SMEMBERS", "mmx:users"):
        fresh.stand.redis.command("DEL", f"mmx:user:{account}")
    fresh.stand.redis.command("DEL", "mmx:users")
    fresh.stop()
    fresh.start()
    wait_until(token, 10, "the daemon leaves a token")
    secret = fresh.stand.watch.add("set-up token", token())
    password = fresh.stand.watch.add("password of the first", secrets.token_urlsafe(18))
    fresh.play("setup", lang=lang, width=width, token=secret, admin=Account("first", password))
    fresh.admin = Account("first", password)


@in_every_way
def test_key_made_on_the_page_works_at_once_until_it_is_disabled(
        console: Console, lang: str, width: int) -> None:
    number = next(names)
    user, note = f"研发 {number} team", f"项目 {secrets.token_hex(4)}"
    made = console.play("create", lang=lang, width=width, admin=console.admin, user=user,
                        note=note, day="1000")
    key = console.shown_key(made["key"], made["id"])
    assert refusal(console, key) == ""
    done = subprocess.run(shlex.split(made["curl"]), env=environment(console.stand.folder),
                          text=True, capture_output=True, timeout=30, check=True)
    assert json.loads(done.stdout)["choices"]
    console.stand.await_counted(key, 2)
    console.play("detail", lang=lang, width=width, admin=console.admin, id=key.id, used=2,
                 limit=1000)
    console.play("toggle", lang=lang, width=width, admin=console.admin, user=note, enable=False)
    assert refusal(console, key) == "key_disabled"
    console.play("toggle", lang=lang, width=width, admin=console.admin, user=note, enable=True)
    assert refusal(console, key) == ""


@in_every_way
def test_changed_limit_holds_at_the_next_request(console: Console, lang: str, width: int) -> None:
    user = f"editor {secrets.token_hex(4)}"
    key = console.stand.key(user=user, day=5000)
    assert console.gateway.request(key.key).status == 200
    console.stand.await_counted(key, 1)
    console.play("edit", lang=lang, width=width, admin=console.admin, user=user,
                 next=f"edited {secrets.token_hex(4)}", day="1")
    assert refusal(console, key) == "insufficient_quota"


@in_every_way
def test_what_another_admin_changed_meanwhile_is_not_lost(
        console: Console, lang: str, width: int) -> None:
    number, user = next(names), f"contested {secrets.token_hex(4)}"
    key = console.stand.key(user=user, day=5000)
    bystander = console.account(f"bystander-{number}", "viewer")
    console.play("meanwhile", lang=lang, width=width, admin=console.admin,
                 other=console.account(f"other-{number}", "admin"),
                 key={"id": key.id, "user": user}, note="typed meanwhile", day="4000", next="3000",
                 account=bystander.name)
    shown = console.stand.admin.json("key", "show", key.id)["key"]
    assert (shown["note"], shown["day"]["limit"]) == ("typed meanwhile", 3000)
    assert (shown["status"], shown["networks"]) == ("disabled", [])


@in_every_way
def test_many_keys_are_made_disabled_and_deleted_at_once(
        console: Console, lang: str, width: int) -> None:
    user = f"batch {secrets.token_hex(4)}"
    keys = console.play("many", lang=lang, width=width, admin=console.admin, user=user, count=5)
    for text in keys:
        console.stand.watch.add("a key of many", text)
        assert console.gateway.request(text).status == 401
    assert user not in json.dumps(console.stand.admin.json("key", "list", "--limit", 1000))


@in_every_way
def test_key_is_revealed_rotated_and_deleted(console: Console, lang: str, width: int) -> None:
    user = f"holder {secrets.token_hex(4)}"
    old = console.stand.key(user=user)
    text = console.play("secrets", lang=lang, width=width, admin=console.admin, user=user,
                        key=old.key)
    found = [key for key in console.stand.admin.json("key", "list", "--user", user)["keys"]
             if old.id in key["rotated_from"]]
    assert len(found) == 1 and re.fullmatch(r"mmx-[A-Za-z0-9]{32}", text)
    new = console.shown_key(text, found[0]["id"])
    assert refusal(console, old) == refusal(console, new) == ""
    console.play("remove", lang=lang, width=width, admin=console.admin, user=user, id=new.id,
                 hint=found[0]["hint"])
    assert refusal(console, new) == refusal(console, old) == "invalid_api_key"
