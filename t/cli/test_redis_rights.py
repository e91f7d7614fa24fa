"""`check` finds whoever may do more in Redis than the programs need, and what they lack."""

from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.cli import findings
from harness.redis import RedisServer
from harness.servers import needs_read_patterns


@pytest.fixture(name="rights")
def rights_found(admin: Admin, redis: RedisServer) -> Callable[[str], str]:
    """What check says of the rights in a Redis that is closed, at a level."""
    redis.close()

    def found(level: str) -> str:
        return findings(admin, level).get("Redis rights", "")

    return found


def test_the_shipped_users_are_good(rights: Callable[[str], str], key: Key) -> None:
    assert rights("fail") == rights("warn") == ""
    assert "no more" in rights("ok")


@pytest.mark.parametrize("user, words, named", [
    ("mmx-gateway", ["+@all"], "+@all"), ("mmx-gateway", ["~*"], "~*"),
    ("mmx-gateway", ["~mmx:*"], "~mmx:*"), ("mmx-gateway", ["+config|get"], "+config|get"),
    ("mmx-gateway", ["+del"], "+del"), ("mmx-gateway", ["nopass"], "nopass"),
    ("mmx-gateway", ["&*"], "&*"), ("mmx-gateway", ["allkeys", "+@all", "-flushall"], "+@all ~*"),
    pytest.param("mmx-gateway", ["~mmx:settings"], "~mmx:settings", marks=needs_read_patterns),
    pytest.param("mmx-gateway", ["(+@all ~*)"], "(selectors)", marks=needs_read_patterns),
    ("mmx-admind", ["+@read"], "+bitcount"), ("mmx-admind", ["+scan"], "+scan"),
    ("mmx-admind", ["+config"], "+config"), ("mmx-admind", ["~others:*"], "~others:*")])
def test_who_may_more_is_a_fault(rights: Callable[[str], str], redis: RedisServer, user: str,
                                 words: list[str], named: str) -> None:
    redis.command("ACL", "SETUSER", user, *words)
    told = rights("fail")
    assert f"user {user} may do more than it needs: " in told, told
    assert named in told.split(";")[0].split(": ", 1)[1] and "conf/users.acl" in told


@pytest.mark.parametrize("user, word", [
    ("mmx-gateway", "-hset"), ("mmx-gateway", "-evalsha"), ("mmx-admind", "-zadd"),
    ("mmx-admind", "-watch")])
def test_who_may_less_is_a_fault(rights: Callable[[str], str], redis: RedisServer, user: str,
                                 word: str) -> None:
    redis.command("ACL", "SETUSER", user, word)
    told = rights("fail")
    assert f"user {user} may not do what it needs: +{word[1:]}" in told, told


def test_a_gateway_of_another_name_is_told(rights: Callable[[str], str],
                                           redis: RedisServer) -> None:
    redis.command("ACL", "DELUSER", "mmx-gateway")
    assert rights("fail") == "" and "no user mmx-gateway" in rights("warn")


@pytest.mark.parametrize("words", [["reset"], ["-@all"], ["resetkeys"], ["-exec", "~mmx:*"]])
def test_a_redis_that_would_drop_changes_when_it_starts_is_a_fault(
        rights: Callable[[str], str], redis: RedisServer, words: list[str]) -> None:
    redis.command("ACL", "SETUSER", "default", "off", "resetkeys", *words)
    assert "starts anew" in rights("fail")


@pytest.mark.parametrize("password", ["", "of-everybody"])
def test_an_open_redis_is_a_fault(admin: Admin, key: Key, redis: RedisServer,
                                  password: str) -> None:
    if password:
        redis.command("CONFIG", "SET", "requirepass", password)
    told = findings(admin, "fail")["Redis rights"]
    assert ("needs no name" if password else "without a name") in told, told
    told = findings(admin, "fail", env={
        "MMX_REDIS": f"redis://{f':{password}@' if password else ''}127.0.0.1:{redis.port}/0"})
    assert "`default`" in told["Redis rights"] and set(told) == {"Redis rights"}
