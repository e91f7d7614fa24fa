"""The invariant: what Redis counted is what the upstream received."""

from collections.abc import Sequence

from .admin import Key
from .process import wait_until
from .redis import RedisServer
from .upstream import Upstream


def admitted(upstream: Upstream, keys: Sequence[Key]) -> list[int]:
    """Requests that arrived, by key; a test's requests say `k=<number of the key>`."""
    counts = upstream.received_by("k")
    return [counts.get(str(number), 0) for number in range(len(keys))]


def await_counted_is_admitted(redis: RedisServer, upstream: Upstream, keys: Sequence[Key],
                              timeout: float = 10.0) -> list[int]:
    """Calls back what credit is out, and waits until both agree for every key, in day and month;
    returns the counts."""
    def figures() -> tuple[list[int], list[int], list[int]]:
        redis.recall(*(key.id for key in keys if redis.credit_out(key.id)))
        records = [redis.record(key.id) for key in keys]
        return ([int(record.get("d.requests", 0)) for record in records],
                [int(record.get("m.requests", 0)) for record in records],
                admitted(upstream, keys))

    def agree() -> bool:
        day, month, arrived = figures()
        return day == month == arrived

    try:
        wait_until(agree, timeout)
    except AssertionError:
        day, month, arrived = figures()
        raise AssertionError(f"counted {day} and {month}, admitted {arrived}") from None
    return figures()[2]
