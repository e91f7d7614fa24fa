"""The page for Prometheus: it parses, each figure moves when its cause happens, and a reload
forgets none.
"""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from harness.admin import Admin, Key
from harness.client import Load, Request, run
from harness.fault_proxy import Fault, FaultProxy, How
from harness.gateway import Gateway
from harness.process import wait_until
from harness.redis import RedisServer
from harness.stand import Stand, running_stand
from harness.wire import Wire

LINE = re.compile(r'(?P<name>[a-z_]+)(?:\{(?P<label>[a-z]+)="(?P<value>[^"]*)"\})? (?P<figure>\S+)')
HISTOGRAMS = ("mmx_commit_admissions", "mmx_redis_round_trip_seconds")
UNKNOWN = "mmx-" + "0" * 32


def parse(text: str) -> dict[str, float]:
    """Checks the format and returns `name` or `name{label="value"}` with its figure."""
    figures: dict[str, float] = {}
    types: dict[str, str] = {}
    explained: set[str] = set()
    assert text.endswith("\n") and "\n\n" not in text
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, _, words = line[len("# HELP "):].partition(" ")
            assert words.endswith(".") and name not in explained
            explained.add(name)
        elif line.startswith("# TYPE "):
            name, kind = line[len("# TYPE "):].split()
            assert kind in ("counter", "gauge", "histogram") and name not in types
            types[name] = kind
        else:
            match = LINE.fullmatch(line)
            assert match, line
            family = re.sub(r"_(bucket|sum|count)$", "", match["name"])
            assert types[family if family in HISTOGRAMS else match["name"]]
            if types.get(match["name"]) == "counter":
                assert match["name"].endswith("_total")
            figures[line.rpartition(" ")[0]] = float(match["figure"])
            assert float(match["figure"]) >= 0
    assert explained == types.keys()
    return figures


def figures_of(gateway: Gateway) -> dict[str, float]:
    response = gateway.request(path="/mmx_status", method="GET")
    assert response.status == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4"
    return parse(response.text)


def moved(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def verdict(word: str) -> str:
    return f'mmx_requests_total{{verdict="{word}"}}'


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("status")) as running:
        yield running


@pytest.fixture(scope="module")
def shared(stand: Stand) -> Gateway:
    return stand.gateway(workers=2, server="location /other/ { mmx_status; }")


def test_page_parses_and_answers_only_reading(shared: Gateway) -> None:
    assert figures_of(shared)["mmx_redis_ready_workers"] == 2
    assert shared.request(path="/other/", method="GET").status == 200
    assert shared.request(path="/mmx_status", method="POST", body=b"x").status == 405
    with Wire(shared.address) as wire:
        wire.send("HEAD /mmx_status HTTP/1.0\r\n\r\n")
        assert wire.head().status == 200 and wire.rest() == b""


def of_key(stand: Stand, change: Callable[[Key], object], **options: object) -> str:
    key = stand.key(**options)
    change(key)
    return key.key


def nothing(_: Key) -> None:
    pass


CAUSES: dict[str, Callable[[Stand], str | None]] = {
    "missing_key": lambda stand: None,
    "malformed_key": lambda stand: "mmx-short",
    "unknown_key": lambda stand: UNKNOWN,
    "key_disabled": lambda stand: of_key(stand, lambda key: stand.admin.run(
        "key", "disable", key.id)),
    "key_expired": lambda stand: of_key(stand, lambda key: stand.redis.command(
        "HSET", f"mmx:{{{key.id}}}", "expires_at", int(time.time()) - 10)),
    "address_not_allowed": lambda stand: of_key(stand, nothing, networks="10.0.0.0/8"),
    "admitted": lambda stand: of_key(stand, nothing),
}


@pytest.mark.parametrize("word", CAUSES)
def test_each_verdict_has_its_counter(shared: Gateway, stand: Stand, word: str) -> None:
    key = CAUSES[word](stand)
    before = figures_of(shared)
    for _ in range(3):
        shared.request(key)
    change = moved(before, figures_of(shared))
    assert {name: figure for name, figure in change.items() if "verdict" in name} == {
        verdict(word): 3}
    without_redis = word in ("missing_key", "malformed_key")
    assert ("mmx_commit_admissions_count" in change) == (not without_redis)


@pytest.mark.parametrize("window", ["day", "month"])
def test_exhaustion_has_its_counter(shared: Gateway, stand: Stand, window: str) -> None:
    key = stand.key(**{window: 2})
    before = figures_of(shared)
    for _ in range(5):
        shared.request(key.key)
    change = moved(before, figures_of(shared))
    assert change[verdict("admitted")] == 2 and change[verdict(f"{window}_exhausted")] == 3


def test_commits_and_round_trips_are_histograms_that_add_up(
        shared: Gateway, stand: Stand) -> None:
    key = stand.key()
    before = figures_of(shared)
    run((Request.chat(shared.address, key.key) for _ in range(500)), 64)
    after = figures_of(shared)
    assert after[verdict("admitted")] - before[verdict("admitted")] == 500
    waited = after["mmx_commit_admissions_sum"] - before["mmx_commit_admissions_sum"]
    spent = after["mmx_credit_spent_total"] - before["mmx_credit_spent_total"]
    assert waited + spent == 500
    commits = after["mmx_commit_admissions_count"] - before["mmx_commit_admissions_count"]
    assert 0 < commits <= 500
    for name in HISTOGRAMS:
        buckets = [figure for key, figure in after.items() if key.startswith(f"{name}_bucket")]
        assert buckets == sorted(buckets) and buckets[-1] == after[f"{name}_count"]
        assert after[f'{name}_bucket{{le="+Inf"}}'] == buckets[-1]
    assert 0 < after["mmx_redis_round_trip_seconds_sum"] < 60


def test_refunds_are_counted(shared: Gateway, stand: Stand) -> None:
    key = stand.key()
    before = figures_of(shared)
    for _ in range(4):
        shared.request(key.key, headers={"x-stub": "status=500"})
    stand.await_counted(key, 0, refunds=4)
    change = moved(before, figures_of(shared))
    assert change["mmx_refunds_total"] == 4 and change[verdict("admitted")] == 4


def test_reload_forgets_no_figure(stand: Stand) -> None:
    gateway = stand.gateway(workers=2)
    key = stand.key(day=5)
    for _ in range(8):
        gateway.request(key.key)
    before = figures_of(gateway)
    gateway.reload()
    wait_until(lambda: len(gateway.workers()) == 2, 10, "the old workers have gone")
    after = figures_of(gateway)
    counters = [name for name in before if "_total" in name or "_sum" in name or "_count" in name]
    assert all(after[name] >= before[name] for name in counters)
    assert after[verdict("day_exhausted")] == 3
    wait_until(lambda: figures_of(gateway)["mmx_redis_ready_workers"] == 2, 5, "gauges")
    assert gateway.request(key.key).status == 429
    assert figures_of(gateway)[verdict("day_exhausted")] == 4


def test_lost_replies_and_errors_of_redis_are_counted(
        gateway: Callable[..., Gateway], admin: Admin, fault_proxy: FaultProxy) -> None:
    server = gateway(workers=1, redis=fault_proxy.url)
    key = admin.create_key()
    before = figures_of(server)
    fault_proxy.inject(Fault(How.CUT))
    assert server.request(key.key).status == 200
    change = moved(before, figures_of(server))
    assert change["mmx_redis_losses_total"] == change["mmx_redis_connects_total"] == 1
    assert change["mmx_commits_repeated_total"] == 1
    before = figures_of(server)
    fault_proxy.inject(Fault(How.INSTEAD, data=b"-BUSY Redis is busy\r\n"))
    assert server.request(key.key).status == 200
    change = moved(before, figures_of(server))
    assert change["mmx_commit_errors_total"] == change["mmx_commits_repeated_total"] == 1


def test_those_who_wait_and_those_who_left_are_counted(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="2s")
    key = admin.create_key()
    before = figures_of(server)
    redis.stop()
    with Load([Request.chat(server.address, key.key)] * 5, 5, timeout=0.5):
        wait_until(lambda: figures_of(server)["mmx_waiting_requests"] == 5, 5, "five wait")
    wait_until(lambda: figures_of(server)["mmx_waiting_requests"] == 0, 5, "nobody waits")
    assert moved(before, figures_of(server))[verdict("client_gone")] == 5
    redis.cont()
    wait_until(lambda: figures_of(server)["mmx_redis_ready_workers"] == 1, 5, "Redis is back")
    wait_until(lambda: redis.counted(key.id) == 0, 5, "what nobody used comes back")
    assert moved(before, figures_of(server))["mmx_unused_grants_total"] in range(1, 6)


def test_redis_that_is_away_shows(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=2, redis_timeout="200ms")
    key = admin.create_key()
    assert figures_of(server)["mmx_redis_ready_workers"] == 2
    before = figures_of(server)
    redis.kill9()
    wait_until(lambda: figures_of(server)["mmx_redis_ready_workers"] == 0, 5, "nobody is ready")
    assert server.request(key.key).status == 503
    assert moved(before, figures_of(server))[verdict("gateway_unavailable")] == 1
    redis.start()
    wait_until(lambda: figures_of(server)["mmx_redis_ready_workers"] == 2, 5, "all are ready")


def test_workers_without_the_master_key_show(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=2)
    key = admin.create_key()
    assert figures_of(server)["mmx_master_workers"] == 2
    sealed = redis.command("HGET", "mmx:settings", "master")
    redis.command("HDEL", "mmx:settings", "master")
    wait_until(lambda: figures_of(server)["mmx_master_workers"] == 0, 5, "nobody holds it")
    assert server.request(key.key).status == 503
    assert figures_of(server)["mmx_redis_ready_workers"] == 2
    redis.command("HSET", "mmx:settings", "master", sealed)
    wait_until(lambda: figures_of(server)["mmx_master_workers"] == 2, 5, "all do again")


def test_every_one_of_many_workers_counts(
        gateway: Callable[..., Gateway], admin: Admin) -> None:
    """More than 64: so many there were slots for."""
    server = gateway(workers=70, connections=64, ready=False)
    key = admin.create_key(day=2)
    wait_until(lambda: figures_of(server)["mmx_redis_ready_workers"] == 70, 30, "all are ready")
    assert figures_of(server)["mmx_workers"] == 70
    for _ in range(3):
        server.request(key.key)
    server.write_config(workers=3)
    server.reload()
    wait_until(lambda: len(server.workers()) == 3, 30, "the old workers have gone")
    wait_until(lambda: figures_of(server)["mmx_redis_ready_workers"] == 3, 5, "three are left")
    assert figures_of(server)["mmx_workers"] == 3
    assert figures_of(server)[verdict("day_exhausted")] == 1
    server.write_config(workers=5)
    server.reload()
    wait_until(lambda: figures_of(server)["mmx_redis_ready_workers"] == 5, 10, "five again")
    assert figures_of(server)[verdict("admitted")] == 2
