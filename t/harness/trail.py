"""The audit trail as Redis holds it: read, altered and lengthened without our code."""

import hmac
import json
from collections.abc import Callable

from .admin import Admin
from .redis import RedisServer
from .sealed import derived, opened, seal

AUDIT, HEAD, SETTINGS = "mmx:audit", "mmx:audit:head", "mmx:settings"


def stream(redis: RedisServer) -> list[tuple[str, dict[str, str]]]:
    return [(stream_id, dict(zip(flat[::2], flat[1::2])))
            for stream_id, flat in redis.command("XRANGE", AUDIT, "-", "+")]


def xadd(stream_id: str, fields: dict[str, str]) -> tuple[str, ...]:
    return ("XADD", AUDIT, stream_id, *[part for item in fields.items() for part in item])


def put_stream(redis: RedisServer, entries: list[tuple[str, dict[str, str]]]) -> None:
    redis.command("DEL", AUDIT)
    for stream_id, fields in entries:
        redis.command(*xadd(stream_id, fields))


def rewrite(redis: RedisServer, entry: list, change: Callable[[dict], None]) -> None:
    """Puts a changed entry in an entry's place, as somebody with Redis' password could."""
    entries = stream(redis)
    for stream_id, fields in entries:
        if stream_id == entry[0]:
            change(fields)
    put_stream(redis, entries)


def chain_hash(key: bytes, fields: dict[str, str]) -> str:
    """An entry's hash. key: derived for `audit`."""
    members = [fields["prev"], int(fields["time"]),
               *(fields[name] for name in ("actor", "action", "object", "detail"))]
    members += [fields["address"]] if fields.get("address") else []
    text = json.dumps(members, separators=(",", ":"), ensure_ascii=False)
    return hmac.digest(key, text.encode(), "sha256").hex()


def head(admin: Admin, redis: RedisServer) -> dict[str, object]:
    return opened(admin, HEAD, redis.command("GET", HEAD))


def set_head(admin: Admin, redis: RedisServer, state: dict[str, object]) -> None:
    redis.command("SET", HEAD, seal(admin, "record", f"{HEAD}/sealed", json.dumps(state)))


def lengthen(admin: Admin, redis: RedisServer, count: int, time: int) -> None:
    """So many entries more, as if they had been written at that time."""
    key, now = derived(admin, "audit"), head(admin, redis)
    commands = []
    for number in range(count):
        fields = {"time": str(time), "actor": "user:x", "action": "a", "object": "张三",
                  "detail": "{}", "prev": now["hash"]}
        fields |= {"address": "2001:db8::1"} if number % 2 else {}
        fields["hash"] = now["hash"] = chain_hash(key, fields)
        commands.append(xadd("*", fields))
    now["count"] += count
    writer = redis.connection()
    writer.pipeline(commands)
    writer.close()
    set_head(admin, redis, now)


def as_of_release_before(admin: Admin, redis: RedisServer) -> None:
    """Redis as the release leaves it that sealed records and kept no head."""
    check = seal(admin, "check", f"{SETTINGS}/secret_check", "mmx: records are sealed")
    redis.command("HSET", SETTINGS, "audit_head", stream(redis)[-1][1]["hash"],
                  "secret_check", check)
    redis.command("DEL", HEAD)
