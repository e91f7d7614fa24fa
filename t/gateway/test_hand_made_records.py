"""Records that nobody of ours wrote let nobody in, hold up no others and do not go round."""

import re
from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.client import Load, Request
from harness.gateway import Gateway
from harness.ledger import await_counted_is_admitted
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import flood, statuses
from harness.upstream import Upstream

NO_NUMBERS = ("nan", "-nan", "inf", "-inf", "1e400", "1e3", "-1", "+1", "0x10", "", " ", " 5", "5 ",
              "1.5", "five", "9007199254740992", "9" * 400, "5\n", "٣", "5" + "\0")
FIELDS = ("day", "month", "expires_at", "d.requests", "m.requests")
MOVES_MAX = 3  # of a request or a refund, by aliases
HUGE = "x" * 300_000  # more than the gateway reads of one answer


@pytest.fixture
def server(gateway: Callable[..., Gateway]) -> Gateway:
    return gateway(workers=1)


def spoil(redis: RedisServer, key: Key, **fields: str) -> None:
    redis.command("HSET", f"mmx:{{{key.id}}}", *(part for pair in fields.items() for part in pair))


def commits(server: Gateway) -> int:
    page = server.status_page()
    return int(re.search(r"^mmx_commit_admissions_count (\d+)", page, re.M).group(1))


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_no_number_lets_nobody_in(
        server: Gateway, admin: Admin, redis: RedisServer, upstream: Upstream,
        field: str) -> None:
    good = admin.create_key(day=30)
    spoiled = admin.create_keys(len(NO_NUMBERS))
    for key, value in zip(spoiled, NO_NUMBERS):
        server.request(key.key)  # it has counts, and the worker knows it
        spoil(redis, key, **{field: value})
    for key in spoiled:
        answers = flood([server], [key], 3)
        assert {(answer.status, "gateway_unavailable" in answer.text) for answer in answers} == {
            (503, True)}, NO_NUMBERS[spoiled.index(key)]
    for key in spoiled:
        assert f"key {key.id}: commit given up: its record's {field} is none" in server.log()
    assert statuses(flood([server], [good], 50)) == {200: 30, 429: 20}
    await_counted_is_admitted(redis, upstream, [good])
    for key in spoiled:  # and once somebody has seen to it
        spoil(redis, key, **{field: "1" if field.startswith(("d.", "m.")) else "0"})
    assert {server.request(key.key).status for key in spoiled} == {200}


@pytest.mark.parametrize("field", ["networks", "alias"])
def test_a_field_without_end_stops_only_its_own_key(
        server: Gateway, admin: Admin, redis: RedisServer, upstream: Upstream, field: str) -> None:
    good, bad = admin.create_keys(2)
    spoil(redis, bad, **{field: HUGE} | ({"state": "rotated"} if field == "alias" else {}))
    answers = flood([server], [good, bad], 200)
    assert statuses([answer for answer in answers if answer.tag == 0]) == {200: 100}
    assert statuses([answer for answer in answers if answer.tag == 1]) == {503: 100}
    assert re.search(r"^mmx_redis_losses_total 0$", server.status_page(), re.M)
    await_counted_is_admitted(redis, upstream, [good])


def test_a_user_without_end_is_nobody(
        server: Gateway, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    good, bad = admin.create_keys(2)
    redis.command("HSET", f"mmx:{{{bad.id}}}:about", "user", HUGE)
    assert statuses(flood([server], [good, bad], 100)) == {200: 100}
    assert re.search(r"^mmx_redis_losses_total 0$", server.status_page(), re.M)
    await_counted_is_admitted(redis, upstream, [good, bad])


@pytest.mark.parametrize("length", [1, 2, 3])
def test_what_goes_round_by_aliases_ends(
        server: Gateway, admin: Admin, redis: RedisServer, length: int) -> None:
    ring, good = admin.create_keys(length), admin.create_key()
    slow = {"x-stub": "stall_before_header=800, status=500"}
    source = [Request.chat(server.address, key.key, headers=slow) for key in ring]
    with Load(source, length) as load:  # a refund will be due to each
        wait_until(lambda: all(redis.counted(key.id) == 1 for key in ring), 5, "the charges")
        for key, following in zip(ring, ring[1:] + ring[:1]):
            spoil(redis, key, state="rotated", alias=following.id, expires_at="9007199254740991")
        before = commits(server)
        wait_until(lambda: len(load.responses) == length, 10, "the answers")
    wait_until(lambda: server.log().count("mmx: unsettled: key") == length, 5, "refunds given up")
    answers = flood([server], ring, 30)
    assert statuses(answers) == {503: 30}
    assert commits(server) - before <= (1 + MOVES_MAX) * (length + 30)
    assert server.request(good.key).status == 200
