"""The console in a browser, against the real nginx, daemon, Redis and stand-in upstream: what each
page is for is done on it, in Chinese and in English, on a desk and on a phone."""

import json
import subprocess

from harness.admin import Key
from harness.console import Console, in_every_way, names, run_node
from harness.paths import ROOT, environment
from harness.process import wait_until
from harness.sealed import record_name, set_rights


def use(console: Console, key: Key, times: int) -> None:
    """So many requests, and until they are counted."""
    for _ in range(times):
        assert console.gateway.request(key.key).status == 200
    console.stand.await_counted(key, times)


def key_list(console: Console) -> list[dict]:
    return console.stand.admin.json("key", "list", "--limit", 1000)["keys"]


def audit_length(console: Console) -> int:
    return len(console.stand.admin.json("audit", "--limit", 10000)["entries"])


@in_every_way
def test_overview_shows_what_was_counted(console: Console, lang: str, width: int) -> None:
    user = f"busy {next(names)}"
    key = console.stand.key(user=user, day=1000)
    use(console, key, 7)
    active = sum(each["status"] == "active" for each in key_list(console))
    console.play("overview", lang=lang, width=width, admin=console.admin, user=user, requests=7,
                 keys=active)


@in_every_way
def test_overview_shows_a_bad_day(console: Console, lang: str, width: int) -> None:
    console.play("bad_day", lang=lang, width=width, admin=console.admin)


@in_every_way
def test_overview_shows_what_was_refused(console: Console, lang: str, width: int) -> None:
    """From the gateway to the page: our own refusals by verdict, and MiniMax's of our account."""
    stand = console.stand
    used_up, disabled, broke = stand.key(day=1), stand.key(), stand.key()
    stand.admin.run("key", "disable", disabled.id)
    for key, status in ((used_up, 200), (used_up, 429), (used_up, 429), (disabled, 403)):
        assert console.gateway.request(key.key).status == status
    for _ in range(3):
        answer = console.gateway.request(broke.key, headers={"x-stub": "error=1008, status=402"})
        assert answer.status == 503
    wait_until(lambda: stand.redis.command("KEYS", "mmx:total:*"), 20, "a total")
    total = max(stand.redis.command("KEYS", "mmx:total:*"))
    wanted = {"denied:day_exhausted": "2", "denied:key_disabled": "1", "account:402:1008": "3"}
    wait_until(lambda: stand.redis.hash(total).items() >= wanted.items(), 20, "the tallies")
    try:
        console.play("refusals", lang=lang, width=width, admin=console.admin, count=3)
    finally:
        stand.redis.command("HDEL", total, *wanted, *(f"account:402:1008:{end}"
                                                      for end in ("first", "last")))


@in_every_way
def test_master_key_is_tested_and_set_and_never_shown(console: Console, lang: str,
                                                      width: int) -> None:
    stand = console.stand
    key = stand.watch.add("master key of the page", f"sk-api-Page{next(names):028}")
    refused = stand.watch.add("master key nobody takes", f"sk-api-Wrong{next(names):028}")
    stand.upstream.default("")
    stand.upstream.control("POST", "/__stub/default?times=1", "error=2049")
    console.play("master", lang=lang, width=width, admin=console.admin, key=key, refused=refused)
    stand.admin.master = key
    gateway_key = stand.key()
    stand.mark()

    def leaves_with_the_new_one() -> bool:
        console.gateway.request(gateway_key.key)
        return bool(stand.with_master(stand.arrivals()))
    wait_until(leaves_with_the_new_one, 10, "the gateway uses the new master key")


@in_every_way
def test_documentation_is_open_and_its_examples_work(console: Console, lang: str,
                                                     width: int) -> None:
    key = console.stand.key()
    examples = {name: text.replace("mmx-" + "x" * 32, key.key)
                for name, text in console.play("docs", lang=lang, width=width).items()}
    env = environment(console.stand.folder)
    console.stand.mark()
    done = subprocess.run(["bash", "-c", examples["curl"]], env=env, text=True,
                          capture_output=True, timeout=30, check=True)
    assert json.loads(done.stdout)["choices"][0]["message"]["content"]
    for name in ("JavaScript · fetch", "JavaScript · openai", "JavaScript · anthropic"):
        assert run_node(ROOT / "t" / "sdk", examples[name], env).strip(), name
    for name in ("Python · openai", "Python · requests", "Python · anthropic", "stream"):
        compile(examples[name], name, "exec")
    subprocess.run(["bash", "-n", "-c", examples["Claude Code"]], check=True, timeout=10)
    assert len(console.stand.with_master(console.stand.arrivals())) == 4


@in_every_way
def test_holder_of_a_key_sees_its_usage_and_leaves_no_trace(console: Console, lang: str,
                                                            width: int) -> None:
    key = console.stand.key(day=1500)
    use(console, key, 3)
    hint = console.stand.admin.json("key", "show", key.id)["key"]["hint"]
    console.play("lookup", lang=lang, width=width, key=key.key, hint=hint, used=3, limit=1500,
                 status="active")


@in_every_way
def test_settings_are_changed_and_a_zone_only_after_a_question(console: Console, lang: str,
                                                               width: int) -> None:
    admin = console.stand.admin
    admin.run("settings", "set", "--timezone", "Asia/Shanghai", "--default-day", 0)
    try:
        console.play("settings", lang=lang, width=width, admin=console.admin, day="12,500",
                     zone="Asia/Tokyo", language="zh", contact="王工 <8001>")
        stored = admin.json("settings", "show")["settings"]
        assert (stored["timezone"], stored["default_day"]) == ("Asia/Tokyo", 12500)
        assert (stored["language"], stored["contact"]) == ("zh", "王工 <8001>")
    finally:
        admin.run("settings", "set", "--timezone", "Asia/Shanghai", "--default-day", 0,
                  "--language", "en", "--contact", "")


@in_every_way
def test_settings_another_admin_changed_meanwhile_are_not_lost(console: Console, lang: str,
                                                               width: int) -> None:
    admin = console.stand.admin
    try:
        console.play("settings_meanwhile", lang=lang, width=width, admin=console.admin,
                     other=console.account(f"other-{next(names)}", "admin"), day="700",
                     contact="theirs <1>", zone="Asia/Tokyo", months=["8000", "9000"],
                     next="mine <2>")
        stored = admin.json("settings", "show")["settings"]
        assert (stored["default_day"], stored["default_month"]) == (700, 9000)
        assert (stored["timezone"], stored["contact"]) == ("Asia/Tokyo", "mine <2>")
    finally:
        admin.run("settings", "set", "--timezone", "Asia/Shanghai", "--default-day", 0,
                  "--default-month", 0, "--contact", "")


@in_every_way
def test_accounts_and_tokens_are_made_used_and_taken_back(console: Console, lang: str,
                                                          width: int) -> None:
    name = f"operator-{next(names)}"
    password = console.stand.watch.add(f"password of {name}", f"Long enough, {name}!")
    made = console.play("accounts", lang=lang, width=width, admin=console.admin, name=name,
                        password=password)
    token = console.stand.watch.add(f"token of {name}", made["secret"])

    def status() -> int:
        return console.get("/api/v1/overview", Authorization=f"Bearer {token}").status
    assert status() == 200
    console.play("dismissal", lang=lang, width=width, admin=console.admin, name=name)
    assert status() == 401


@in_every_way
def test_own_password_is_changed(console: Console, lang: str, width: int) -> None:
    who = console.account(f"changer-{next(names)}", "viewer")
    following = console.stand.watch.add(f"next password of {who.name}", "Quite another " + who.name)
    stand, name = console.stand, f"of {who.name}"
    made = stand.admin.json("token", "create", name, "--role", "viewer")
    token = stand.watch.add(f"token {name}", made["secret"])
    set_rights(stand.admin, stand.redis, f"mmx:token:{record_name(stand.admin, token)}",
               created_by=who.name)
    keep = width < 768
    console.play("password", lang=lang, width=width, who=who, next=following, keep=keep)
    status = console.get("/api/v1/session", Authorization=f"Bearer {token}").status
    assert status == (200 if keep else 401)


@in_every_way
def test_own_other_session_is_ended_with_the_password(console: Console, lang: str,
                                                      width: int) -> None:
    who = console.account(f"roamer-{next(names)}", "viewer")
    console.play("sessions", lang=lang, width=width, who=who)
    assert console.stand.redis.command("ZCARD", f"mmx:sessions:{who.name}") == 1


@in_every_way
def test_viewer_is_offered_no_change(console: Console, lang: str, width: int) -> None:
    console.play("viewer", lang=lang, width=width,
                 viewer=console.account(f"viewer-{next(names)}", "viewer"))


@in_every_way
def test_audit_says_who_did_what(console: Console, lang: str, width: int) -> None:
    for number in range(60 - audit_length(console)):
        console.stand.key(user=f"filler {number}")
    user = f"audited {next(names)}"
    key = console.stand.key(user=user)
    console.play("audit", lang=lang, width=width, admin=console.admin, user=user, id=key.id,
                 entries=audit_length(console))


def test_no_key_of_the_gateway_opens_the_api(console: Console) -> None:
    key = console.stand.key()
    for headers in ({"Authorization": f"Bearer {key.key}"}, {"X_Api_Key": key.key}):
        assert console.get("/api/v1/overview", **headers).status == 401
