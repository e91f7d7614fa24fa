"""lib/scripts/commit.lua against a model in Python: random commits on random days, some repeated,
some late, some whose archives are not named. Every figure of every day and month must agree.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from harness.lua import loaded
from harness.redis import RedisServer

RECORD = "mmx:{0123456789abcdef0123456789abcdef}"
FIGURES = ("requests", "refunds", "denied", "failed", "prompt_tokens", "completion_tokens",
           "cached_tokens", "unmetered")
DATES = ("2026-10-31", "2026-11-01", "2026-11-22", "2026-11-30", "2026-12-01", "2026-12-31",
         "2027-01-01", "2028-02-29", "2028-03-01")
NOW = 1_790_000_000
RETENTION = 400 * 86400
GRANTED, DAY_USED_UP, MONTH_USED_UP, DISABLED, EXPIRED = range(5)
UNKNOWN, NETWORKS, ARCHIVE, ROTATED, LATE, SPOILED, HOLD = range(5, 12)


@dataclass
class Commit:
    worker: str
    sequence: int
    date: str
    asked: int
    settlements: list[tuple[str, list[int]]] = field(default_factory=list)
    networks: str = ""
    bounded: list[int] = field(default_factory=list)  # of each settlement; else none
    ask: int = 0
    back: int = 0
    closes: int = 0
    loan: int = 0
    since: int = 0  # the commit by which what is given back was charged; 0: not told
    now: int = NOW


BOUND = 20  # bounded refunds of a key and day at least


class Script:
    """Sends commits as a worker does."""

    def __init__(self, redis: RedisServer):
        self._redis = redis
        self._sha = loaded(redis, "commit")

    def send(self, commit: Commit, again: bool = False, months: tuple[str, ...] = ()) -> list:
        """The reply's words, numbers as such."""
        keys = [RECORD, *(f"{RECORD}:{month}" for month in months)]
        args = [f"seq.{commit.worker}", commit.sequence, commit.date, commit.now, commit.asked,
                commit.networks, commit.ask, commit.back, commit.closes,
                f"{commit.loan}:{commit.since}" if commit.since else commit.loan]
        if again or months or commit.settlements:
            args += [int(again), 0, RETENTION, BOUND]
        for number, (date, deltas) in enumerate(commit.settlements):
            args += [date, *deltas, commit.bounded[number] if commit.bounded else 0]
        reply = self._redis.command("EVALSHA", self._sha, len(keys), *keys, *args)
        return [int(word) if word.isdigit() else word for word in reply.split(" ")]

    def settle(self, commit: Commit, again: bool = False) -> list:
        """Names archives as they are asked for, as a worker does."""
        months: tuple[str, ...] = ()
        for _ in range(6):
            reply = self.send(commit, again, months)
            if reply[1] != ARCHIVE:
                return reply
            months = tuple({*months, reply[3], commit.date[:7]})
        raise AssertionError(f"never satisfied: {months}")


class Model:
    """What must come of it."""

    def __init__(self, day_limit: int, month_limit: int):
        self.limits = day_limit, month_limit
        self.days = defaultdict(lambda: [0] * len(FIGURES))
        self.months = defaultdict(lambda: [0] * len(FIGURES))
        self.out = self.loan = self.floor = 0

    def apply(self, commit: Commit) -> tuple[int, int, int]:
        """(status, granted, lent)."""
        for date, deltas in commit.settlements:
            for counts in (self.days[date], self.months[date[:7]]):
                counts[:] = [max(0, count + delta) for count, delta in zip(counts, deltas)]
        for counts in (self.days[commit.date], self.months[commit.date[:7]]):
            counts[0] = max(0, counts[0] - commit.back)
        if commit.loan > self.floor:
            self.out = max(0, self.out - commit.closes)
        rooms = [max(0, limit - counts[0]) if limit else commit.asked for limit, counts in
                 zip(self.limits, (self.days[commit.date], self.months[commit.date[:7]]))]
        granted, lent = max(0, min(commit.asked, *rooms)), 0
        if granted == commit.asked:
            shares = [(room - granted) // 4 - self.out
                      for room, limit in zip(rooms, self.limits) if limit]
            lent = max(0, min(commit.ask, *shares))  # of less than nothing: nothing
            self.out, self.loan = self.out + lent, self.loan + (lent > 0)
        for counts in (self.days[commit.date], self.months[commit.date[:7]]):
            counts[0] += granted + lent
        if granted == commit.asked:
            return GRANTED, granted, lent
        assert commit.asked > granted
        if self.out > 0 and (commit.ask >= 0 or -commit.ask != self.loan):
            return HOLD, granted, 0
        if self.out > 0:
            self.out, self.floor = 0, self.loan
        return (MONTH_USED_UP if rooms[1] <= rooms[0] else DAY_USED_UP), granted, 0


def stored(redis: RedisServer) -> tuple[dict, dict]:
    """All figures that are not zero, of days and months, wherever they stand."""
    record = redis.hash(RECORD)
    days, months = {}, {}
    for prefix, name, figures in (("d.", record.get("d"), days), ("m.", record.get("m"), months)):
        for figure in FIGURES:
            if record.get(prefix + figure, "0") != "0":
                figures[name, figure] = int(record[prefix + figure])
    for month in {date[:7] for date in DATES}:
        for name, value in redis.hash(f"{RECORD}:{month}").items():
            place, figure = name.split(".")
            date = f"{month}-{place}"
            if place == "m" and month != record.get("m"):
                months[month, figure] = int(value)
            elif place != "m" and date != record.get("d"):
                days[date, figure] = int(value)
    return days, months


def modelled(counts: dict) -> dict:
    return {(name, figure): value for name, values in counts.items()
            for figure, value in zip(FIGURES, values) if value}


@pytest.mark.parametrize("seed", range(6))
def test_random_commits_leave_what_the_model_says(seed: int, redis: RedisServer) -> None:
    dice = random.Random(seed)
    day_limit, month_limit = dice.choice([(0, 0), (40, 0), (0, 60), (40, 60), (60, 40), (300, 0),
                                          (200, 900)])
    redis.command("HSET", RECORD, "state", "active", "day", day_limit, "month", month_limit)
    script, model = Script(redis), Model(day_limit, month_limit)
    sequence, latest = 10**15, {}
    date = dice.choice(DATES)
    for _ in range(400):
        sequence += dice.randint(1, 1000)
        if dice.random() < 0.2:
            date = dice.choice(DATES)
        settlements = [(dice.choice([date, dice.choice(DATES)]),
                        [dice.choice([-3, -1, 0, 0, 1, 5]) for _ in FIGURES])
                       for _ in range(dice.choice([0, 0, 0, 1, 3]))]
        commit = Commit(dice.choice("abc"), sequence, date, dice.choice([0, 1, 3, 17]),
                        settlements, ask=dice.choice([0, 0, 1, 5, 100, -1, -model.loan]),
                        back=dice.choice([0, 0, 0, 1, 9]), closes=dice.choice([0, 0, 0, 2, 30]),
                        loan=dice.choice([0, model.floor, model.loan]))
        before = (model.out, model.loan, model.floor)
        status, granted, lent = model.apply(commit)
        reply = script.settle(commit)
        assert (reply[0], reply[2]) == (sequence, granted), commit
        after = (model.out, model.loan, model.floor)
        assert reply[8:12] == [lent, *after], commit
        assert redis.hash(RECORD).get("credit", "0 0 0") == "%d %d %d" % after, commit
        assert reply[1] == status or commit.asked == 0, commit
        written = (granted > 0 or bool(settlements) or commit.back > 0 or before != after)
        if written and dice.random() < 0.5:
            repeated = script.settle(commit, again=True)
            assert repeated[:3] == reply[:3] and repeated[8] == lent
            assert lent == 0 or repeated[10:12] == reply[10:12]
        if commit.worker in latest and written and dice.random() < 0.3:
            assert script.send(latest[commit.worker])[:2] == [latest[commit.worker].sequence, LATE]
        latest[commit.worker] = commit
        assert stored(redis) == (modelled(model.days), modelled(model.months)), commit


def test_refusals_of_the_key_write_nothing(redis: RedisServer) -> None:
    script = Script(redis)
    assert script.send(Commit("a", 10**15, "2026-11-22", 1))[1] == UNKNOWN
    assert redis.command("EXISTS", RECORD) == 0
    for fields, status in (
            ({"state": "disabled"}, DISABLED), ({"expires_at": NOW}, EXPIRED),
            ({"networks": "10.0.0.0/8"}, NETWORKS)):
        redis.command("DEL", RECORD)
        redis.command("HSET", RECORD, "state", "active", "day", 5, "month", 0)
        redis.command("HSET", RECORD, *[part for pair in fields.items() for part in pair])
        before = redis.hash(RECORD)
        assert script.send(Commit("a", 10**15, "2026-11-22", 1))[1] == status
        assert redis.hash(RECORD) == before


def test_settlement_gets_through_on_a_disabled_key(redis: RedisServer) -> None:
    script = Script(redis)
    redis.command("HSET", RECORD, "state", "active", "day", 5, "month", 0)
    assert script.send(Commit("a", 10**15, "2026-11-22", 2))[1:3] == [GRANTED, 2]
    redis.command("HSET", RECORD, "state", "disabled")
    refund = [("2026-11-22", [-1, 1, 0, 0, 0, 0, 0, 0])]
    assert script.settle(Commit("a", 10**15 + 1, "2026-11-22", 1, refund))[1:3] == [DISABLED, 0]
    record = redis.hash(RECORD)
    assert (record["d.requests"], record["d.refunds"], record["m.requests"]) == ("1", "1", "1")


def test_memory_of_workers_long_gone_is_dropped(redis: RedisServer) -> None:
    script = Script(redis)
    redis.command("HSET", RECORD, "state", "active", "day", 0, "month", 0)
    begin, hour = 10**9, 3600
    for number in range(70):
        script.send(Commit(f"old{number}", begin * 10**6 + number, "2026-11-22", 1, now=begin))
    script.send(Commit("recent", (begin + hour) * 10**6, "2026-11-22", 1, now=begin + hour))
    # Its clock was ahead once, so its numbers are: that makes nobody gone.
    script.send(Commit("ahead", (begin + 9 * hour) * 10**6, "2026-11-22", 1, now=begin + hour))
    last = begin + 2 * hour - 1
    script.send(Commit("new", last * 10**6 + 999_999, "2026-11-22", 1, now=last))
    workers = {name for name in redis.hash(RECORD) if name.startswith("seq.")}
    assert workers == {"seq.recent", "seq.ahead", "seq.new"}
    assert redis.hash(RECORD)["d.requests"] == "73"


def test_commit_repeated_after_its_memory_was_forgotten_does_not_run_again(
        redis: RedisServer) -> None:
    script, today, hour = Script(redis), "2026-11-22", 3600
    redis.command("HSET", RECORD, "state", "active", "d", today)
    lost = Commit("cutoff", NOW * 1_000_000, today, 5)
    assert script.send(lost)[1:3] == [0, 5]  # it ran; its worker never hears so
    redis.command("HSET", RECORD, *[part for number in range(70) for part in (f"x{number}", 0)])
    later = NOW + hour + 1
    script.send(Commit("other", later * 1_000_000, today, 1, now=later))
    assert "seq.cutoff" not in redis.hash(RECORD)
    assert script.send(lost, again=True)[1] == LATE
    young = Commit("new", later * 1_000_000 - 1, today, 1)  # its first: it may well run late
    assert script.send(young, again=True)[1:3] == [0, 1]
    assert redis.hash(RECORD)["d.requests"] == "7"


def test_a_record_that_forgot_what_it_charged_takes_nothing_back(redis: RedisServer) -> None:
    script, today, first = Script(redis), "2026-11-22", 10**15
    redis.command("HSET", RECORD, "state", "active", "day", 100)
    assert script.send(Commit("a", first, today, 1, ask=5))[8:] == [5, 5, 1, 0]
    redis.command("DEL", RECORD)
    redis.command("HSET", RECORD, "state", "active", "day", 100)
    assert script.send(Commit("b", first, today, 9, ask=8))[8:] == [8, 8, 1, 0]
    gives = Commit("a", first + 1, today, 0, back=5, closes=5, loan=1, since=first)
    yesterday = [("2026-11-21", [-5, 0, 0, 0, 0, 0, 0, 0])]
    assert script.send(gives)[3:] == [17, 17, 100, 0, 0, 0, 8, 1, 0]
    gives.sequence, gives.settlements = first + 2, yesterday
    assert script.settle(gives)[3:] == [17, 17, 100, 0, 0, 0, 8, 1, 0]
    assert redis.hash(f"{RECORD}:2026-11").get("21.requests", "0") == "0"
    # Whoever was charged by this one gives back, and so does who was forgotten for being long gone.
    own = Commit("b", first + 3, today, 0, back=3, closes=3, loan=1, since=first)
    assert script.send(own)[3:] == [14, 14, 100, 0, 0, 0, 5, 1, 0]
    redis.command("HDEL", RECORD, "seq.b")
    redis.command("HSET", RECORD, "forgotten", first + 4)
    own.sequence = first + 5
    assert script.send(own)[3:] == [11, 11, 100, 0, 0, 0, 2, 1, 0]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_stands_in_a_record_the_answer_is_short_and_nothing_is_given_away(
        redis: RedisServer, seed: int) -> None:
    """Every field of anything: either as if it held a number, or refused with its name."""
    dice, script = random.Random(seed), Script(redis)
    values = ["", " ", "-", "nan", "inf", "1e400", "0x10", "-1", "1.5", "7", "0", "5 5", "\n",
              "9" * 17, "9" * 400, "x" * 5000, "2026-11-22", "2026-13-99", "active", "rotated",
              "0" * 32, "5 1 0", "0 3 3", "9 9 9 9", "1 1 " + "9" * 17]
    names = ["state", "d", "m", "d.requests", "m.requests", "day", "month", "expires_at",
             "networks", "alias", "forgotten", "d.refunds", "m.refunds", "seq.a", "seq.b",
             "credit"]
    for number in range(1500):
        redis.command("DEL", RECORD)
        record = {"state": "active"} | {dice.choice(names): dice.choice(values)
                                        for _ in range(dice.randint(1, 4))}
        redis.command("HSET", RECORD, *[part for pair in record.items() for part in pair])
        refund = [("2026-11-22", [-1, 1, 0, 0, 0, 0, 0, 0])] * dice.randint(0, 1)
        commit = Commit("a", 10**15 + number, "2026-11-22", dice.choice([0, 1, 40]), refund,
                        ask=dice.choice([0, 0, 9, -1]))
        reply = script.send(commit, dice.random() < 0.3, ("2026-11",) * len(refund))
        assert len(str(reply)) < 5000, record
        limits = [record.get(name, "0") for name in ("day", "month", "expires_at", "d.requests",
                                                     "m.requests")]
        limits += record.get("credit", "0 0 0").split(" ", 2)
        if (len(limits) != 8 or not all(limit.isascii() and limit.isdigit() and int(limit) < 2**53
                                        for limit in limits)):
            assert reply[1] == SPOILED and reply[2] == 0, record
            continue
        granted = reply[2] + reply[8] if reply[1] in (0, 1, 2, HOLD) else 0
        for limit, count in (("day", "d.requests"), ("month", "m.requests")):
            room = int(record.get(limit, 0)) - int(record.get(count, 0))
            dated = record.get("d", "2026-11-22") == "2026-11-22"  # else the count is another day's
            assert not dated or not int(record.get(limit, 0)) or granted <= max(room + 1, 0), record


@pytest.mark.parametrize("day, month, bound", [
    (0, 0, None), (1, 0, 20), (100, 0, 20), (500, 0, 50), (0, 500, 50), (0, 100, 20), (300, 9, 30)])
def test_refunds_beyond_the_bound_are_charged(
        redis: RedisServer, day: int, month: int, bound: int | None) -> None:
    """In whatever portions they come, repeated or not, beside refunds that have no bound."""
    script, today, other = Script(redis), "2026-11-22", "2026-11-21"
    redis.command("HSET", RECORD, "state", "active", "day", day, "month", month, "d", today,
                  "d.requests", 400, "m.requests", 400)
    redis.command("HSET", f"{RECORD}:2026-11", "21.requests", 400)
    given, sequence = {today: 0, other: 0}, 10**15
    for portion in (7, 8, 9, 30, 1, 40):
        sequence += 1
        days = [today, other]
        commit = Commit("a", sequence, today, 0, [
            (date, [-portion - 1, portion + 1, 0, portion, 0, 0, 0, 0]) for date in days],
            "-", [portion, portion])
        left = {date: portion if bound is None else min(portion, bound - given[date])
                for date in days}
        reply = script.settle(commit)
        withheld = [portion - left[date] for date in days]
        told = [f"w{withheld[0]},{withheld[1]}"] if any(withheld) else []
        assert reply[12:] == told  # the status tells of limits, and nothing was asked
        assert script.settle(commit, again=True)[12:] == told  # and nothing happens twice
        for date in days:
            given[date] += left[date]
    record, archive = redis.hash(RECORD), redis.hash(f"{RECORD}:2026-11")
    for date, counts, prefix in ((today, record, "d."), (other, archive, "21.")):
        assert int(counts[f"{prefix}refunds"]) == given[date] + 6
        assert int(counts[f"{prefix}requests"]) == 400 - given[date] - 6
        assert int(counts[f"{prefix}failed"]) == 95


@pytest.mark.parametrize("why", ["networks", "archive"])
def test_first_copy_of_a_commit_whose_repeat_was_turned_back_does_nothing(
        redis: RedisServer, why: str) -> None:
    script, today = Script(redis), "2026-11-22"
    redis.command("HSET", RECORD, "state", "active", "d", today, "d.requests", 3)
    stuck = Commit("w", NOW * 1_000_000, today, 5)  # on a connection that was given up
    spoil = ("networks", "10.0.0.0/8") if why == "networks" else ("d", "2026-11-21")
    redis.command("HSET", RECORD, *spoil)
    turned_back = script.send(stuck, again=True)
    assert turned_back[1] == (NETWORKS if why == "networks" else ARCHIVE)
    redis.command("HSET", RECORD, "d", today)
    redis.command("HDEL", RECORD, "networks")
    assert script.send(stuck)[1:3] == [turned_back[1], 0]  # now it arrives
    assert redis.hash(RECORD)["d.requests"] == "3"


@pytest.mark.parametrize("state, expires_at, status", [
    ("active", 0, GRANTED), ("disabled", 0, 3), ("active", NOW - 1, 4)])
def test_one_that_is_checked_and_not_counted_changes_nothing(
        redis: RedisServer, state: str, expires_at: int, status: int) -> None:
    redis.command("HSET", RECORD, "state", state, "expires_at", expires_at, "day", 3)
    before = redis.hash(RECORD)
    script = Script(redis)
    assert script.send(Commit("a", 10**15, DATES[0], 0, [], networks=""))[1] == status
    assert redis.hash(RECORD) == before


def test_settlements_alone_ask_for_no_network_list(redis: RedisServer) -> None:
    redis.command("HSET", RECORD, "state", "disabled", "networks", "10.0.0.0/8")
    script = Script(redis)
    commit = Commit("a", 10**15, DATES[0], 0, [(DATES[0], [5, 0, 0, 0, 0, 0, 0, 0])], networks="-")
    assert script.settle(commit)[1] == GRANTED
    assert redis.hash(RECORD)["d.requests"] == "5"
