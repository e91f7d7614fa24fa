"""Quota days and months turn over by Redis' clock in the deployment's zone, and in no other way."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from harness.admin import Admin, Key
from harness.client import Load, Request
from harness.clock import Clock
from harness.gateway import Gateway
from harness.ledger import admitted
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import await_answers, flood, requests, statuses
from harness.upstream import Upstream

SHANGHAI = "Asia/Shanghai"
NEW_YORK = "America/New_York"

# The day that ends, and its zone.
TURNS = [
    (SHANGHAI, "2026-11-22"),
    (SHANGHAI, "2026-11-30"),
    (SHANGHAI, "2026-12-31"),
    (SHANGHAI, "2028-02-28"),
    (SHANGHAI, "2028-02-29"),
    (SHANGHAI, "2027-02-28"),
    (NEW_YORK, "2027-03-13"),  # the next day has 23 hours
    (NEW_YORK, "2027-03-14"),
    (NEW_YORK, "2026-10-31"),  # the next day has 25 hours
    (NEW_YORK, "2026-11-01"),
    ("America/Santiago", "2027-09-04"),  # the next day has no midnight: it begins at one
    ("Asia/Kathmandu", "2026-11-30"),    # UTC+5:45
    ("Pacific/Kiritimati", "2026-12-31"),  # UTC+14
    ("UTC", "2026-12-31"),
]


@dataclass
class World:
    """Redis and nginx on clocks of their own, one upstream."""

    redis: RedisServer
    redis_clock: Clock
    nginx_clock: Clock
    admin: Admin
    upstream: Upstream
    gateway_with: Callable[..., Gateway]

    def set(self, when: datetime) -> None:
        self.redis_clock.set(when)
        self.nginx_clock.set(when)

    def step(self, seconds: float) -> None:
        self.redis_clock.step(seconds)
        self.nginx_clock.step(seconds)

    def gateway(self, **options: object) -> Gateway:
        defaults = {"redis": self.redis.gateway_url, "secret": self.admin.secret,
                    "upstream": self.upstream.address, "clock": self.nginx_clock}
        return self.gateway_with(**(defaults | options))

    def ready(self, servers: list[Gateway], key: Key) -> None:
        """Until every worker forwards; counts nothing that a test looks at."""
        def forwards() -> bool:
            return all(server.request(key.key, path="/mini/__probe").status == 404
                       for server in servers for _ in range(16))
        wait_until(forwards, 10, "the gateways forward")

    def flood_until_looked(self, servers: list[Gateway], key: Key, requests: int) -> int:
        """Asks, so many at a time, until every worker has looked at Redis' clock at least once,
        which each does every second, and once more; how many were admitted."""
        workers = sum(server.options.workers for server in servers)
        before, judged = self.redis.calls("time"), Counter()

        def looked() -> bool:
            seen = self.redis.calls("time") - before >= 2 * workers
            judged.update(statuses(flood(servers, [key], requests)))
            return seen
        wait_until(looked, 20, "every worker looks at Redis' clock")
        assert set(judged) <= {200, 429}
        return judged[200]


@pytest.fixture
def world(redis_server, clock, admin_for, upstream, gateway_with) -> Callable[..., World]:
    """Makes the world at a moment of a zone's wall clock."""
    def make(zone: str, moment: str) -> World:
        redis_clock, nginx_clock = clock(), clock()
        when = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
        redis_clock.set(when)
        nginx_clock.set(when)
        redis = redis_server(clock=redis_clock)
        admin = admin_for(redis.url)
        admin.run("settings", "set", "--timezone", zone)
        return World(redis, redis_clock, nginx_clock, admin, upstream, gateway_with)
    return make


def await_new_window(server: Gateway, key: Key) -> int:
    """Asks until one request is admitted, which a new day must do; how many were: one."""
    wait_until(lambda: server.request(key.key, query="k=0").status == 200, 5, "a new window")
    return 1


@pytest.mark.parametrize("zone, day", TURNS)
def test_day_and_month_turn_over_where_the_zone_says(
        zone: str, day: str, world: Callable[..., World]) -> None:
    here = world(zone, f"{day}T23:59:20")
    key, probe = here.admin.create_key(day=5, month=8), here.admin.create_key()
    server = here.gateway(workers=1)
    here.ready([server], probe)
    responses = flood([server], [key], 12)
    assert statuses(responses) == {200: 5, 429: 7}
    refused = next(response for response in responses if response.status == 429)
    assert 0 < int(refused.headers["retry-after"]) <= 45

    here.step(60)
    new_month = not day.startswith((date.fromisoformat(day) + timedelta(1)).strftime("%Y-%m"))
    more = 5 if new_month else 3
    assert await_new_window(server, key) + statuses(flood([server], [key], 20))[200] == more

    following = (date.fromisoformat(day) + timedelta(1)).isoformat()
    record = here.redis.record(key.id)
    assert (record["d"], record["d.requests"]) == (following, str(more))
    assert (record["m"], record["m.requests"]) == (following[:7], str(5 if new_month else 8))
    archive = here.redis.archive(key.id, day[:7])
    assert archive[f"{day[8:]}.requests"] == "5"
    assert archive.get("m.requests") == ("5" if new_month else None)
    assert int(here.redis.command("TTL", f"mmx:{{{key.id}}}:{day[:7]}")) > 300 * 86400


def test_midnight_under_load_admits_each_days_limit_and_no_more(
        world: Callable[..., World]) -> None:
    here = world(SHANGHAI, "2026-11-30T23:59:00")
    key, probe = here.admin.create_key(day=300), here.admin.create_key()
    gateways = [here.gateway(workers=2), here.gateway(workers=2)]
    here.ready(gateways, probe)
    here.set(datetime(2026, 11, 30, 23, 59, 58, 500_000, tzinfo=ZoneInfo(SHANGHAI)))
    with Load(requests(gateways, [key]), 32) as load:
        wait_until(lambda: here.redis.record(key.id).get("d") == "2026-12-01", 10, "midnight")
        wait_until(lambda: here.redis.counted(key.id) == 300, 10, "the second day's limit")
        await_answers(load, 400)
    assert statuses(load.responses)[200] == admitted(here.upstream, [key])[0] == 600
    assert here.redis.archive(key.id, "2026-11")["30.requests"] == "300"


@pytest.mark.parametrize("offset_days", [1, -1, 31])
def test_nginx_clock_alone_opens_no_window(
        offset_days: int, world: Callable[..., World]) -> None:
    here = world(SHANGHAI, "2026-11-22T12:00:00")
    key, probe = here.admin.create_key(day=5), here.admin.create_key()
    server = here.gateway(workers=2)
    here.ready([server], probe)
    assert statuses(flood([server], [key], 20))[200] == 5
    here.nginx_clock.step(offset_days * 86400)
    assert here.flood_until_looked([server], key, 20) == 0
    record = here.redis.record(key.id)
    assert (record["d"], record["d.requests"]) == ("2026-11-22", "5")


def test_redis_clock_alone_turns_the_day_and_its_way_back_opens_no_second_window(
        world: Callable[..., World]) -> None:
    here = world(SHANGHAI, "2026-11-22T12:00:00")
    key, probe = here.admin.create_key(day=5), here.admin.create_key()
    gateways = [here.gateway(workers=2), here.gateway(workers=1)]
    here.ready(gateways, probe)
    total = statuses(flood(gateways, [key], 40))[200]
    for days in (1, -1, 1, -2, 2):
        here.redis_clock.step(days * 86400)
        today = datetime.fromtimestamp(here.redis_clock.now(), ZoneInfo(SHANGHAI)).date()
        total += here.flood_until_looked(gateways, key, 40)
        assert here.redis.record(key.id)["d"] == today.isoformat()
        assert here.redis.counted(key.id) == 5
    assert total == 3 * 5  # the 21st, the 22nd and the 23rd, each once
    archive = here.redis.archive(key.id, "2026-11")
    assert archive["21.requests"] == archive["22.requests"] == "5"


@pytest.mark.parametrize("step_s, fresh", [
    (3600, False), (86400, False), (90000, True), (-3600, True), (-86400, True)])
def test_both_clocks_stepped_keep_each_days_count(
        step_s: int, fresh: bool, world: Callable[..., World]) -> None:
    here = world(NEW_YORK, "2026-11-01T00:30:00")  # a day of 25 hours
    key, probe = here.admin.create_key(day=5), here.admin.create_key()
    server = here.gateway(workers=2)
    here.ready([server], probe)
    assert statuses(flood([server], [key], 20))[200] == 5
    here.step(step_s)
    if fresh:
        await_new_window(server, key)
    here.flood_until_looked([server], key, 20)
    assert admitted(here.upstream, [key])[0] == (10 if fresh else 5)
    here.step(-step_s)
    here.flood_until_looked([server], key, 20)
    assert admitted(here.upstream, [key])[0] == (10 if fresh else 5)
    assert here.redis.counted(key.id) == 5


@pytest.mark.parametrize("first_of_new_day", ["the refund", "an admission"])
@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-30"])
def test_refund_after_midnight_goes_to_the_day_of_its_admission(
        day: str, first_of_new_day: str, world: Callable[..., World]) -> None:
    here = world(SHANGHAI, f"{day}T23:59:20")
    key, probe = here.admin.create_key(day=5), here.admin.create_key()
    server = here.gateway(workers=1)
    here.ready([server], probe)
    assert server.request(key.key, query="k=0").status == 200
    failing = Request.chat(server.address, key.key, query="k=0",
                           headers={"x-stub": "stall_before_header=3000, status=502"})
    with Load([failing] * 3, 3) as load:
        wait_until(lambda: here.redis.counted(key.id) == 4, 5, "admissions")
        here.step(60)
        if first_of_new_day == "an admission":
            wait_until(lambda: server.request(key.key, query="k=0").status == 200
                       and here.redis.record(key.id)["d"] != day, 3, "the new day")
        load.join()
    assert statuses(load.responses) == {502: 3}
    archive_name = f"{day[8:]}.refunds"
    wait_until(lambda: here.redis.archive(key.id, day[:7]).get(archive_name) == "3"
               or here.redis.record(key.id).get("d.refunds") == "3", 5, "refunds")
    wait_until(lambda: server.request(key.key, query="k=0").status == 200
               and here.redis.record(key.id)["d"] != day, 5, "the new day")
    here.redis.call_all_back()
    archive, record = here.redis.archive(key.id, day[:7]), here.redis.record(key.id)
    assert archive[archive_name] == "3"
    assert "d.refunds" not in record
    kept = int(archive[f"{day[8:]}.requests"])
    assert kept >= 1
    assert kept + int(record["d.requests"]) == admitted(here.upstream, [key])[0] - 3
    month_total = int(record["m.requests"]) + (
        int(archive["m.requests"]) if record["m"] != day[:7] else 0)
    assert month_total == admitted(here.upstream, [key])[0] - 3


def test_gateways_with_wrong_clocks_share_one_day(
        clock, world: Callable[..., World]) -> None:
    here = world(SHANGHAI, "2026-11-22T12:00:00")
    key, probe = here.admin.create_key(day=100), here.admin.create_key()
    gateways = []
    for days in (0, 2, -40):
        wrong = clock()
        wrong.offset = here.redis_clock.offset + days * 86400
        gateways.append(here.gateway(workers=1, clock=wrong))
    here.ready(gateways, probe)
    assert statuses(flood(gateways, [key], 400)) == {200: 100, 429: 300}
    assert here.redis.record(key.id)["d"] == "2026-11-22"


def test_change_of_the_zone_is_followed(world: Callable[..., World]) -> None:
    here = world("UTC", "2026-11-22T20:00:00")  # the 23rd in Shanghai
    key, probe = here.admin.create_key(day=5), here.admin.create_key()
    server = here.gateway(workers=1)
    here.ready([server], probe)
    assert statuses(flood([server], [key], 20))[200] == 5
    here.admin.run("settings", "set", "--timezone", SHANGHAI)
    assert await_new_window(server, key) + statuses(flood([server], [key], 20))[200] == 5
    assert here.redis.record(key.id)["d"] == "2026-11-23"
    assert here.redis.archive(key.id, "2026-11")["22.requests"] == "5"


def test_usage_tells_the_days_apart(world: Callable[..., World]) -> None:
    here = world(SHANGHAI, "2026-11-30T23:59:20")
    key, probe = here.admin.create_key(day=5), here.admin.create_key()
    server = here.gateway(workers=1)
    here.ready([server], probe)
    flood([server], [key], 3)
    here.step(60)
    wait_until(lambda: server.request(key.key, query="k=0").status == 200
               and here.redis.record(key.id)["d"] == "2026-12-01", 5, "the new day")
    text = here.admin.run("usage", key.id, "--from", "2026-11-29", "--to", "2026-12-01",
                          "--csv").stdout
    rows = dict(line.split(",")[:2] for line in text.splitlines()[1:])
    assert rows["2026-11-30"] == str(int(here.redis.archive(key.id, "2026-11")["30.requests"]))
    assert rows["2026-12-01"] == str(here.redis.counted(key.id))
