"""`check` does what a gateway does: it commits with the gateway's script, as the same user."""

from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.cli import findings
from harness.fault_proxy import Fault, FaultProxy, How
from harness.redis import RedisServer


def as_user(redis: RedisServer, *rights: str) -> dict[str, str]:
    """The environment of a command line whose user may do all but what rights take away."""
    redis.command("ACL", "SETUSER", "ops", "on", ">ops-password-1", "~mmx:*", "+@all", *rights)
    return {"MMX_REDIS": f"redis://ops:ops-password-1@127.0.0.1:{redis.port}/0"}


def scratch(redis: RedisServer) -> list[str]:
    return redis.command("KEYS", "mmx:{check-*")


def test_a_commit_is_tried_and_leaves_nothing(admin: Admin, key: Key, redis: RedisServer) -> None:
    before = redis.command("DBSIZE")
    assert "scratch key" in findings(admin, "ok")["commits"]
    assert redis.command("DBSIZE") == before and not scratch(redis)


@pytest.mark.parametrize("rights", [("-info", "-script"), ("-info",), ("-evalsha",), ("-eval",)])
def test_a_redis_without_what_managed_services_forbid_is_good(
        rights: tuple[str, ...], admin: Admin, key: Key, redis: RedisServer) -> None:
    if rights == ("-eval",):  # a gateway has loaded it
        findings(admin, "fail")
    env = as_user(redis, *rights)
    failed = findings(admin, "fail", env=env)
    assert set(failed) <= {"Redis rights"}, failed
    assert "scratch key" in findings(admin, "ok", env=env)["commits"]
    if "-info" in rights:
        assert "INFO" in findings(admin, "warn", env=env)["Redis"]


def test_a_redis_that_knows_no_such_command_is_good(
        admin_for: Callable[[str], Admin], redis_server: Callable[..., RedisServer]) -> None:
    server = redis_server(config=('rename-command SCRIPT ""', 'rename-command INFO ""'))
    admin = admin_for(server.url)
    admin.create_key()
    assert findings(admin, "fail") == {}
    assert "INFO" in findings(admin, "warn")["Redis"]


@pytest.mark.parametrize("rights, named", [
    (("-eval", "-evalsha"), "eval"), (("-hset",), "HSET"), (("-hmget",), "HMGET"),
    (("-hdel",), "HDEL"), (("-expire",), "EXPIRE"), (("-unlink",), "UNLINK"),
    (("resetkeys", "~mmx:settings"), "HSET")])
def test_what_a_commit_is_refused_is_told(
        rights: tuple[str, ...], named: str, admin: Admin, redis: RedisServer) -> None:
    told = findings(admin, "fail", env=as_user(redis, *rights))["commits"]
    assert "refused" in told and named in told, told


def test_a_server_that_cannot_read_flags_is_asked_without(
        admin: Admin, key: Key, fault_proxy: FaultProxy) -> None:
    """Whatever version it says it is: Redis 6's own words to the first attempt."""
    env = {"MMX_REDIS": fault_proxy.url}
    fault_proxy.inject(Fault(How.INSTEAD, kinds=frozenset({b"EVAL"}), data=(
        b"-ERR Error compiling script (new function): user_script:1: "
        b"unexpected symbol near '#'\r\n")))
    done = admin.run("check", check=False, env=env)
    assert done.returncode == 0 and "scratch key" in done.stdout
