"""Exactness: what the upstream received is the limit, and what Redis counted is what it received.

Two gateways with two workers each, 64 clients at once, more demand than limit.
"""

import pytest
from harness.admin import Admin, Key
from harness.gateway import Gateway
from harness.redis import RedisServer
from harness.traffic import BOTH_WAYS, answers, flood, statuses
from harness.upstream import Upstream

pytestmark = BOTH_WAYS

UNMOVED_BY_REFUSALS = ("d", "m", "d.requests", "m.requests", "day", "month", "state")


@pytest.fixture
def gateways(gateway) -> list[Gateway]:
    return [gateway(workers=2), gateway(workers=2)]


@pytest.mark.parametrize("limit, requests", [(1, 400), (7, 600), (500, 2500)])
@pytest.mark.parametrize("tighter", ["day", "month"])
def test_one_hot_key_is_admitted_exactly_to_its_limit(
        limit: int, requests: int, tighter: str, gateways: list[Gateway], admin: Admin,
        upstream: Upstream, redis: RedisServer) -> None:
    wider = {"day": "month", "month": "day"}[tighter]
    key = admin.create_key(**{tighter: limit, wider: limit + 1})
    responses = flood(gateways, [key], requests)
    assert statuses(responses) == {200: limit, 429: requests - limit}
    assert len(upstream.received()) == limit
    record = redis.record(key.id)
    assert (record["d.requests"], record["m.requests"]) == (str(limit), str(limit))
    assert "d.refunds" not in record


def test_two_hundred_keys_are_each_admitted_exactly_to_their_limit(
        gateways: list[Gateway], admin: Admin, upstream: Upstream, redis: RedisServer) -> None:
    keys = admin.create_keys(200, day=7)
    responses = flood(gateways, keys, 200 * 12)
    assert statuses(responses) == {200: 1400, 429: 1000}
    assert set(upstream.received_by("k").values()) == {7}
    assert len(upstream.received_by("k")) == 200
    assert [redis.counted(key.id) for key in keys] == [7] * 200


def test_a_key_without_limits_is_counted_all_the_same(
        gateways: list[Gateway], key: Key, upstream: Upstream, redis: RedisServer) -> None:
    responses = flood(gateways, [key], 1500)
    assert statuses(responses) == {200: 1500}
    assert len(upstream.received()) == 1500
    assert redis.counted(key.id) == 1500


def test_refused_requests_move_no_counter(
        gateways: list[Gateway], admin: Admin, upstream: Upstream, redis: RedisServer) -> None:
    spent, disabled = admin.create_key(day=2), admin.create_key(day=5)
    flood(gateways, [spent], 2, connections=1)
    flood(gateways, [disabled], 1)  # its day has begun: refusals are noted in one, in a while
    admin.run("key", "disable", disabled.id)
    before = [redis.record(key.id) for key in (spent, disabled)]
    responses = flood(gateways, [spent, disabled], 600)
    assert statuses(responses) == {429: 300, 403: 300}
    after = [redis.record(key.id) for key in (spent, disabled)]
    for name in UNMOVED_BY_REFUSALS:
        assert [one.get(name) for one in before] == [one.get(name) for one in after], name
    assert len(upstream.received()) == 3


def test_clients_of_one_commit_get_no_answer_of_another_key(
        gateways: list[Gateway], admin: Admin, upstream: Upstream) -> None:
    free, spent, gone = (admin.create_key(), admin.create_key(day=1), admin.create_key())
    flood(gateways, [spent], 1)
    admin.run("key", "delete", gone.id, "--yes")
    responses = flood(gateways, [free, spent, gone], 1800)
    assert answers(responses) == {
        (0, 200): 600, (1, 429): 600, (2, 401): 600}
    assert upstream.received_by("k") == {"0": 601}  # with the one that spent the other's quota


@pytest.fixture
def unbounded(admin: Admin) -> None:
    """More refunds a day than a test asks for. Before the gateways start, which read it then."""
    admin.run("settings", "set", "--refund-bound", 1_000_000)


def test_refunds_are_exact_and_can_be_admitted_again(
        unbounded: None, gateways: list[Gateway], admin: Admin, upstream: Upstream,
        redis: RedisServer) -> None:
    key = admin.create_key(day=100)
    upstream.default("status=500")
    failed = flood(gateways, [key], 500)
    assert set(statuses(failed)) <= {500, 429}
    upstream.default("")
    responses = flood(gateways, [key], 300)
    assert statuses(responses) == {200: 100, 429: 200}
    record = redis.record(key.id)
    assert record["d.requests"] == record["m.requests"] == "100"
    assert int(record["d.refunds"]) == statuses(failed)[500]


def test_remaining_counts_down_to_zero_without_a_gap(
        gateway, admin: Admin, redis: RedisServer) -> None:
    key = admin.create_key(day=300, month=1000)
    responses = flood([gateway(workers=1)], [key], 300)
    remaining = sorted(int(response.headers["x-ratelimit-remaining-requests"])
                       for response in responses)
    # Requests of one commit may be told the same figure, the one after that commit.
    assert remaining[0] == 0 and remaining[-1] < 300
    for response in responses:
        headers = response.headers
        assert headers["x-ratelimit-limit-requests"] == "300"
        assert int(headers["x-ratelimit-remaining-requests-month"]) \
            == int(headers["x-ratelimit-remaining-requests"]) + 700
