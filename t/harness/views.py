"""What the ordered views of the keys must hold, worked out from the records by other means."""

import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from .redis import RedisServer

SHANGHAI = ZoneInfo("Asia/Shanghai")
STATUSES = ("active", "disabled", "expired", "exhausted")
ENTRY_BYTES_MAX = 24
ENTRIES_MAX = 32  # of a key's user and note

INDEX = ("all", "created")  # which mmx:index is
Views = dict[str, dict[str, float]]


def folded(text: str) -> str:
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


def cut(text: str) -> str:
    """As many whole characters as fit into an entry."""
    return text.encode()[:ENTRY_BYTES_MAX].decode(errors="ignore")


def beginnings(text: str) -> Iterator[str]:
    for at, char in enumerate(text):
        if not char.isascii() or (is_word(char) and (at == 0 or not is_word(text[at - 1]))):
            yield cut(text[at:])


def entries(key_id: str, about: dict[str, str]) -> set[str]:
    texts = [text for name in ("user", "note") for text in beginnings(folded(about.get(name, "")))]
    hint = folded(about["hint"])
    texts = texts[:ENTRIES_MAX] + [cut(hint[4:]), cut(hint[hint.index("…") + 1:])]
    return {f"{text}\0{key_id}" for text in texts} | {f"\1{key_id}"}


class Keys:
    """Every key of a Redis as its records stand."""

    def __init__(self, redis: RedisServer, now: float | None = None):
        self.redis = redis
        self.now = time.time() if now is None else now
        self.date = datetime.fromtimestamp(self.now, SHANGHAI).strftime("%Y-%m-%d")

    def _used(self, key_id: str, record: dict[str, str]) -> tuple[int, int]:
        """Requests of this day and month: live where the dates are, else from the archive."""
        month = self.date[:7]
        archive = self.redis.archive(key_id, month)
        today = (record.get("d.requests") if record.get("d") == self.date
                 else archive.get(f"{self.date[8:]}.requests"))
        this_month = (record.get("m.requests") if record.get("d", "").startswith(month)
                      else archive.get("m.requests"))
        return int(today or 0), int(this_month or 0)

    def _status(self, record: dict[str, str], today: int, month: int) -> str:
        expires, day_limit, month_limit = (
            int(record.get(name, 0)) for name in ("expires_at", "day", "month"))
        if record["state"] != "active":
            return "disabled"
        if expires and expires <= self.now:
            return "expired"
        return "exhausted" if 0 < day_limit <= today or 0 < month_limit <= month else "active"

    def views(self) -> Views:
        """By name, what each view must hold; the empty ones are left out."""
        views: Views = {}
        index = self.redis.command("ZRANGE", "mmx:index", 0, -1, "WITHSCORES")
        for key_id, created in zip(index[::2], index[1::2]):
            record, about = self.redis.record(key_id), self.redis.hash(f"mmx:{{{key_id}}}:about")
            today, month = self._used(key_id, record)
            status = self._status(record, today, month)
            user = about.get("user", "")
            member = "\0".join((folded(user), "" if folded(user) == user else user,
                                f"{int(created):010d}", key_id))
            for group in ("all", status):
                for order, name, score in (
                        ("created", key_id, int(created)), ("user", member, 0),
                        ("today", key_id, today), ("month", key_id, month)):
                    views.setdefault(f"mmx:view:{group}:{order}", {})[name] = score
            for entry in entries(key_id, about):
                views.setdefault("mmx:search", {})[entry] = 0
            if status != "disabled" and int(record.get("expires_at", 0)) > self.now:
                views.setdefault("mmx:expiry", {})[key_id] = int(record["expires_at"])
        views.pop("mmx:view:" + ":".join(INDEX), None)
        return views


def kept_views(redis: RedisServer) -> Views:
    """What Redis holds."""
    views: Views = {}
    names = [f"mmx:view:{group}:{order}" for group in ("all", *STATUSES)
             for order in ("created", "user", "today", "month") if (group, order) != INDEX]
    for name in [*names, "mmx:search", "mmx:expiry"]:
        flat = redis.command("ZRANGE", name, 0, -1, "WITHSCORES")
        if flat:
            views[name] = {member: float(score) for member, score in zip(flat[::2], flat[1::2])}
    placed = redis.command("HKEYS", "mmx:placed")
    index = redis.command("ZRANGE", "mmx:index", 0, -1)
    assert sorted(placed) == sorted(index)
    return views


def assert_views_hold(redis: RedisServer, now: float | None = None) -> None:
    """The views are what the records say, exactly."""
    kept, wanted = kept_views(redis), Keys(redis, now).views()
    assert set(kept) == set(wanted)
    for name, members in wanted.items():
        assert kept[name] == members, name
