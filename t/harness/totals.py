"""The other invariant: the totals of each day are the sum over all keys."""

import re
from collections import defaultdict

from .process import wait_until
from .redis import RedisServer

FIGURES = ("requests", "refunds", "denied", "failed", "prompt_tokens", "completion_tokens",
           "cached_tokens", "unmetered")
ByDate = dict[str, dict[str, int]]


def _without_zeros(days: ByDate) -> ByDate:
    return {date: left for date, figures in sorted(days.items())
            if (left := {name: count for name, count in figures.items() if count})}


def tallies(redis: RedisServer, date: str) -> dict[str, int]:
    """What stands beside the figures of that date."""
    total = redis.hash(f"mmx:total:{date}")
    return {name: int(count) for name, count in total.items() if name not in FIGURES}


def totals(redis: RedisServer) -> ByDate:
    """What stands in mmx:total:<date>: figures, and tallies, of which the denied are no others."""
    names = redis.command("KEYS", "mmx:total:*")
    days = {name.removeprefix("mmx:total:"): redis.hash(name) for name in names}
    for figures in days.values():
        beside = [name for name in figures if name not in FIGURES]
        assert all(re.fullmatch(r"denied:\w+|account:\d+:\d+(:first|:last)?", name)
                   for name in beside), figures
        for name in beside:
            del figures[name]
    return _without_zeros({date: {name: int(count) for name, count in figures.items()}
                           for date, figures in days.items()})


def sum_over_keys(redis: RedisServer) -> ByDate:
    """What stands in the records and archives of all keys."""
    days: ByDate = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    for key_id in redis.command("ZRANGE", "mmx:index", 0, -1):
        record = redis.record(key_id)
        live = record.get("d", "")
        for figure in FIGURES:
            days[live][figure] += int(record.get(f"d.{figure}", 0))
        days[live]["requests"] -= redis.credit_out(key_id)
        for name in redis.command("KEYS", f"mmx:{{{key_id}}}:20*"):
            for field, count in redis.hash(name).items():
                date = f"{name[-7:]}-{field[:2]}"
                if field[:2].isdigit() and date != live and field[3:] in FIGURES:
                    days[date][field[3:]] += int(count)
    return _without_zeros(days)


def await_totals(redis: RedisServer, timeout: float = 10.0) -> ByDate:
    """Waits until both agree, and returns them."""
    try:
        wait_until(lambda: totals(redis) == sum_over_keys(redis), timeout)
    except AssertionError:
        raise AssertionError(f"{totals(redis)} are the totals, {sum_over_keys(redis)} the sums"
                             ) from None
    return totals(redis)


def of_today(redis: RedisServer) -> dict[str, int]:
    """The totals of the only day there is."""
    days = totals(redis)
    assert len(days) == 1, days
    return next(iter(days.values()))
