"""What the overview says of refusals: ours by verdict, and MiniMax's of our own account."""

import datetime
import json
import time

import pytest
from harness.admin import Admin
from harness.daemon import Browser, Daemon
from harness.people import logged_in
from harness.redis import RedisServer

DAY_S = 86400


@pytest.fixture
def daemon(daemon_with) -> Daemon:
    return daemon_with()


@pytest.fixture
def alice(people: Admin, daemon: Daemon) -> Browser:
    return logged_in(daemon, "alice")


def overview(browser: Browser) -> dict:
    answer = browser.ask("GET", "/overview")
    assert answer.status == 200, answer.body
    return answer.json()


def tally(redis: RedisServer, date: str, kind: str, count: int, first: int, last: int) -> None:
    """As a gateway writes it."""
    redis.command("HSET", f"mmx:total:{date}", f"account:{kind}", count,
                  f"account:{kind}:first", first, f"account:{kind}:last", last)


def dates(browser: Browser) -> tuple[str, str, int]:
    """Today, yesterday, and now by Redis' clock."""
    seen = overview(browser)
    return seen["days"][-1]["date"], seen["days"][-2]["date"], seen["now_unix"]


def forget_master(redis: RedisServer) -> None:
    redis.command("HSET", "mmx:settings", "master_updated_at", 1)


def findings(admin: Admin) -> tuple[int, dict]:
    done = admin.run("--json", "check", check=False)
    return done.returncode, next(one for one in json.loads(done.stdout)["findings"]
                                 if one["subject"] == "MiniMax account")


def test_what_was_denied_is_told_by_verdict(alice: Browser, redis: RedisServer,
                                            people: Admin) -> None:
    today, yesterday, _ = dates(alice)
    assert overview(alice)["today"]["denied_by"] == {}
    redis.command("HSET", f"mmx:total:{today}", "denied", 9, "denied:day_exhausted", 5,
                  "denied:key_disabled", 3, "denied:address_not_allowed", 1)
    redis.command("HSET", f"mmx:total:{yesterday}", "denied", 2, "denied:month_exhausted", 2)
    seen = overview(alice)
    assert seen["today"]["denied"] == 9
    assert seen["today"]["denied_by"] == seen["days"][-1]["denied_by"] == {
        "day_exhausted": 5, "key_disabled": 3, "address_not_allowed": 1}
    assert seen["days"][-2]["denied_by"] == {"month_exhausted": 2}
    assert seen["days"][0]["denied_by"] == {} and "denied_by" not in seen["month"]
    for text in (json.dumps(alice.ask("GET", "/usage").json()), people.run("usage").stdout,
                 people.run("usage", "--csv").stdout, people.run("usage", "--json").stdout):
        assert "exhausted" not in text and "denied_by" not in text


def test_an_account_that_is_well_shows_nothing(alice: Browser, people: Admin) -> None:
    assert overview(alice)["upstream_account"] is None
    assert findings(people)[1]["level"] == "ok"


def test_the_kind_seen_last_is_shown_with_the_count_of_all(alice: Browser,
                                                           redis: RedisServer) -> None:
    today, yesterday, now = dates(alice)
    forget_master(redis)
    tally(redis, yesterday, "401:0", 100, now - DAY_S, now - 70)
    tally(redis, today, "429:2056", 4, now - 60, now - 50)
    tally(redis, today, "402:1008", 3, now - 90, now - 40)
    seen = overview(alice)["upstream_account"]
    assert {name: seen[name] for name in ("count", "code", "status", "first_at_unix",
                                          "last_at_unix")} == {
        "count": 7, "code": 1008, "status": 402, "first_at_unix": now - 90,
        "last_at_unix": now - 40}
    last = datetime.datetime.fromisoformat(seen["last_at"])
    assert last.timestamp() == now - 40 and seen["last_at"].endswith("+08:00")


def test_yesterday_is_shown_where_today_has_none(alice: Browser, redis: RedisServer) -> None:
    _, yesterday, now = dates(alice)
    forget_master(redis)
    tally(redis, yesterday, "401:0", 5, now - 100, now - 90)
    seen = overview(alice)["upstream_account"]
    assert (seen["count"], seen["code"], seen["status"]) == (0, None, 401)
    before = (datetime.date.fromisoformat(yesterday) - datetime.timedelta(days=1)).isoformat()
    redis.command("RENAME", f"mmx:total:{yesterday}", f"mmx:total:{before}")
    assert overview(alice)["upstream_account"] is None


@pytest.mark.parametrize("kind, gone", [("401:1004", True), ("403:0", True), ("402:1008", False),
                                        ("429:2056", False)])
def test_a_new_master_key_ends_what_was_said_of_the_old(
        alice: Browser, redis: RedisServer, people: Admin, kind: str, gone: bool) -> None:
    today, _, now = dates(alice)
    tally(redis, today, kind, 2, now - 90, now - 60)
    forget_master(redis)
    assert overview(alice)["upstream_account"]["count"] == 2
    people.set_master()
    assert (overview(alice)["upstream_account"] is None) == gone
    assert (findings(people)[1]["level"] == "ok") == gone
    tally(redis, today, kind, 3, now - 90, int(time.time()) + 60)
    assert overview(alice)["upstream_account"]["count"] == 3


@pytest.mark.parametrize("kind, advice", [
    ("401:1004", "master key"), ("401:0", "master key"), ("400:2049", "master key"),
    ("402:0", "top up"), ("429:1008", "top up"), ("429:2056", "used up"), ("429:1028", "used up"),
    ("429:1030", "used up"), ("400:2061", "plan"), ("400:2062", "no plan"), ("403:0", "rights")])
def test_check_says_what_minimax_refuses(alice: Browser, redis: RedisServer, people: Admin,
                                         kind: str, advice: str) -> None:
    today, _, now = dates(alice)
    forget_master(redis)
    tally(redis, today, kind, 20, now - 300, now - 200)
    status, found = findings(people)
    http_status, code = kind.split(":")
    assert (status, found["level"]) == (1, "fail") and advice in found["advice"]
    assert f"HTTP {http_status}" in found["message"] and "20 requests" in found["message"]
    assert (f"code {code}" in found["message"]) == (code != "0")
    assert found["message"].count("+08:00") == 2


def test_check_warns_of_what_was_earlier_today(alice: Browser, redis: RedisServer,
                                               people: Admin) -> None:
    today, yesterday, now = dates(alice)
    forget_master(redis)
    tally(redis, today, "402:1008", 1, now - 1000, now - 950)
    midnight = datetime.datetime.fromisoformat(f"{today}T00:00:00+08:00").timestamp()
    level = "warn" if now - 950 >= midnight else "ok"
    assert findings(people)[1]["level"] == level
    redis.command("RENAME", f"mmx:total:{today}", f"mmx:total:{yesterday}")
    redis.command("HSET", f"mmx:total:{yesterday}", "account:402:1008:last", int(midnight) - 1000)
    assert findings(people)[1]["level"] == "ok"


def test_what_is_no_tally_is_passed_over(alice: Browser, redis: RedisServer) -> None:
    today, _, _ = dates(alice)
    for name in ("account:", "account:402", "account:x:1", "account:402:y:last", "account:1:2:3",
                 "account:402:1008:last", "denied:", "denied:day_exhausted"):
        redis.command("HSET", f"mmx:total:{today}", name, "junk")
    seen = overview(alice)
    assert seen["upstream_account"] is None and seen["today"]["denied_by"] == {}
