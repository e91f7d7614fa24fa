"""lib/scripts/total.lua alone: counted once, nothing written when anything is wrong."""

import pytest
from harness.lua import loaded
from harness.redis import RedisServer
from harness.resp import RedisError

DATE, OTHER = "mmx:total:2026-11-30", "mmx:total:2026-12-01"
MEMORY, TOUCHED = "mmx:worker:5f", "mmx:touched"
NOW = 1_790_000_000
DAY_S = 86400
RETENTION = 400 * DAY_S
ADD = [3, 2, 1, 0, 0, 0, 0, 9]


class Script:
    """Sends flushes as a worker does."""

    def __init__(self, redis: RedisServer):
        self._redis = redis
        self._sha = loaded(redis, "total")

    def flush(self, number: int, days: dict[str, list[int]], ids: list[str], now: int = NOW,
              memory: str = MEMORY, tallies: tuple[tuple, ...] = ()) -> str:
        """number: of microseconds behind NOW; returns the status."""
        sequence = NOW * 10**6 + number
        keys = [TOUCHED, memory, *days]
        figures = [delta for deltas in days.values() for delta in deltas]
        reply = self._redis.command("EVALSHA", self._sha, len(keys), *keys, sequence, now,
                                    RETENTION, *figures, len(tallies),
                                    *(word for tally in tallies for word in tally), *ids)
        echoed, status = reply.split(" ")
        assert echoed == str(sequence)
        return status


@pytest.fixture
def script(redis: RedisServer) -> Script:
    return Script(redis)


def everything(redis: RedisServer) -> dict[str, object]:
    return {name: redis.command("SMEMBERS", name) if name == TOUCHED else redis.hash(name)
            for name in redis.command("KEYS", "*")}


def test_figures_of_each_date_are_added_and_ids_named(redis: RedisServer, script: Script) -> None:
    assert script.flush(1, {DATE: ADD, OTHER: [1, 0, 0, 0, 0, 0, 0, 0]}, ["a", "b"]) == "0"
    assert script.flush(2, {DATE: [-2, 0, 0, 2**52, 0, 0, 0, 0]}, ["b", "c"]) == "0"
    assert redis.hash(DATE) == {"requests": "1", "refunds": "2", "denied": "1",
                                "failed": str(2**52), "unmetered": "9"}
    assert redis.hash(OTHER) == {"requests": "1"}
    assert set(redis.command("SMEMBERS", TOUCHED)) == {"a", "b", "c"}
    assert redis.command("TTL", TOUCHED) == -1
    for name, seconds in ((DATE, RETENTION), (OTHER, RETENTION), (MEMORY, DAY_S)):
        assert seconds - 5 <= redis.command("TTL", name) <= seconds


def test_repeat_is_answered_and_a_late_copy_refused_and_neither_counts(
        redis: RedisServer, script: Script) -> None:
    script.flush(1, {DATE: ADD}, ["a"])
    script.flush(2, {DATE: ADD}, ["b"])
    before = everything(redis)
    assert script.flush(2, {DATE: ADD}, ["b"], now=NOW + 9 * DAY_S) == "0"
    assert script.flush(1, {DATE: ADD}, ["a"]) == "1"
    assert everything(redis) == before
    assert script.flush(1, {DATE: ADD}, [], memory="mmx:worker:another") == "0"


def test_one_that_comes_after_its_memory_may_have_gone_is_not_counted(
        redis: RedisServer, script: Script) -> None:
    assert script.flush(0, {DATE: ADD}, ["a"], now=NOW + DAY_S + 1) == "1"
    assert everything(redis) == {}
    assert script.flush(0, {DATE: ADD}, ["a"], now=NOW + DAY_S) == "0"


def test_what_a_lost_database_forgot_does_not_become_credit(
        redis: RedisServer, script: Script) -> None:
    script.flush(1, {DATE: [-5, 5, 0, 5, 0, 0, 0, 0]}, ["a"])
    assert redis.hash(DATE) == {"requests": "0", "refunds": "5", "failed": "5"}


@pytest.mark.parametrize("ids", [0, 1, 999, 1000, 1001, 8001, 16384])
def test_any_number_of_ids(redis: RedisServer, script: Script, ids: int) -> None:
    names = [f"{number:032x}" for number in range(ids)]
    assert script.flush(1, {DATE: ADD}, names) == "0"
    assert set(redis.command("SMEMBERS", TOUCHED)) == set(names)
    assert redis.hash(DATE)["unmetered"] == "9"


@pytest.mark.parametrize("spoiled", [
    ("HSET", OTHER, "failed", "many"), ("SET", OTHER, "1"), ("SET", TOUCHED, "1"),
    ("SET", MEMORY, "1")])
def test_nothing_is_written_when_something_was_spoiled_by_hand(
        redis: RedisServer, script: Script, spoiled: tuple[str, ...]) -> None:
    redis.command(*spoiled)
    with pytest.raises(RedisError):
        script.flush(1, {DATE: ADD, OTHER: [0, 0, 0, 1, 0, 0, 0, 0]}, ["a"])
    redis.command("DEL", spoiled[1])
    assert [name for name in everything(redis) if name != TOUCHED] == []


def test_tallies_add_up_and_keep_when_first_and_when_last(
        redis: RedisServer, script: Script) -> None:
    name = "account:402:1008"
    script.flush(1, {DATE: ADD}, [], tallies=((3, name, 2, NOW - 5, NOW - 3),
                                              (3, "denied:day_exhausted", 4, 0, 0)))
    script.flush(2, {DATE: ADD, OTHER: ADD}, ["a"], tallies=((3, name, 1, NOW - 9, NOW - 8),
                                                             (4, name, 1, NOW, NOW)))
    script.flush(2, {DATE: ADD, OTHER: ADD}, ["a"], tallies=((3, name, 1, NOW - 9, NOW - 8),))
    total = redis.hash(DATE)
    assert {key: value for key, value in total.items() if ":" in key} == {
        name: "3", name + ":first": str(NOW - 9), name + ":last": str(NOW - 3),
        "denied:day_exhausted": "4"}
    assert redis.hash(OTHER)[name] == "1"
    assert set(redis.command("SMEMBERS", TOUCHED)) == {"a"}
