"""Servers that withhold a command or know less than Redis 7: managed ones and other makes."""

import hashlib
from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.fault import COMMITS, EVER, Fault, How
from harness.fault_proxy import FaultProxy
from harness.gateway import Gateway
from harness.ledger import await_counted_is_admitted
from harness.lua import FLAGS, lua
from harness.process import wait_until
from harness.redis import RedisServer
from harness.servers import REDIS_KNOWS_FLAGS
from harness.traffic import flood, statuses
from harness.upstream import Upstream

PASSWORD = "of-the-restricted-user-17"
WITH_FLAGS = lua("commit")
WITHOUT_FLAGS = WITH_FLAGS.removeprefix(FLAGS)
COMPILE_ERROR = b"-ERR Error compiling script (new function): unexpected symbol near '#'\r\n"
KNOWS_NO_FLAGS = Fault(How.INSTEAD, data=COMPILE_ERROR, times=EVER, containing=b"#!lua",
                       kinds=COMMITS | {b"SCRIPT"})


def without(name: str, answer: bytes = b"-ERR unknown command\r\n") -> Fault:
    return Fault(How.INSTEAD, data=answer, times=EVER, kinds=frozenset({name.encode()}))


def knows(redis: RedisServer, script: str) -> bool:
    sha = hashlib.sha1(script.encode()).hexdigest()
    return redis.command("SCRIPT", "EXISTS", sha) == [1]


def serves_exactly(server: Gateway, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    key = admin.create_key(day=20)
    assert statuses(flood([server], [key], 50)) == {200: 20, 429: 30}
    await_counted_is_admitted(redis, upstream, [key])


def restricted_url(redis: RedisServer, *taken: str) -> str:
    redis.command("ACL", "SETUSER", "restricted", "on", f">{PASSWORD}", "~*", "+@all",
                  *(f"-{name}" for name in taken))
    return f"redis://restricted:{PASSWORD}@127.0.0.1:{redis.port}/0"


@pytest.mark.parametrize("taken", [("script",), ("info",), ("script", "info", "client")])
def test_a_user_who_may_not_is_served(
        taken: tuple[str, ...], gateway, admin: Admin, redis: RedisServer,
        upstream: Upstream) -> None:
    server = gateway(redis=restricted_url(redis, *taken))
    serves_exactly(server, admin, redis, upstream)
    assert knows(redis, WITH_FLAGS) == REDIS_KNOWS_FLAGS != knows(redis, WITHOUT_FLAGS)
    warned = [line for line in server.log().splitlines()
              if "[warn]" in line and "mmx: redis" in line]
    assert len(warned) == ("info" in taken)
    assert all("does not answer INFO (NOPERM" in line for line in warned)


def test_a_server_without_the_commands_serves(
        redis_server: Callable[..., RedisServer], gateway_with, admin_for,
        upstream: Upstream) -> None:
    redis = redis_server(config=('rename-command SCRIPT ""', 'rename-command INFO ""'))
    admin = admin_for(redis.url)
    server = gateway_with(redis=redis.gateway_url, secret=admin.secret, upstream=upstream.address)
    assert server.request(admin.create_key().key).status == 200
    serves_exactly(server, admin, redis, upstream)
    assert "does not answer INFO (ERR unknown command" in server.log()


@pytest.mark.parametrize("loads", [True, False], ids=["SCRIPT LOAD", "EVAL only"])
def test_a_server_that_knows_no_flags_serves(
        loads: bool, gateway, admin: Admin, redis: RedisServer, fault_proxy: FaultProxy,
        upstream: Upstream) -> None:
    faults = [KNOWS_NO_FLAGS] if loads else [KNOWS_NO_FLAGS, without("SCRIPT")]
    fault_proxy.inject(*faults)
    server = gateway(redis=fault_proxy.url)
    serves_exactly(server, admin, redis, upstream)
    assert knows(redis, WITHOUT_FLAGS) and not knows(redis, WITH_FLAGS)
    assert "refuses the scripts" not in server.log()


def test_a_script_that_a_server_forgot_is_sent_again(
        gateway, admin: Admin, redis: RedisServer, fault_proxy: FaultProxy,
        upstream: Upstream) -> None:
    fault_proxy.inject(KNOWS_NO_FLAGS, without("SCRIPT"))
    server = gateway(redis=fault_proxy.url)
    redis.command("SCRIPT", "FLUSH")
    serves_exactly(server, admin, redis, upstream)


def test_what_is_not_said_is_not_warned_of(
        gateway, admin: Admin, redis: RedisServer, fault_proxy: FaultProxy,
        upstream: Upstream) -> None:
    """As Dragonfly, which has no line on an append-only file."""
    said = b"# Server\r\nredis_version:7.4.0\r\nrole:master\r\n"
    fault_proxy.inject(without("INFO", b"$%d\r\n%s\r\n" % (len(said), said)))
    server = gateway(redis=fault_proxy.url)
    serves_exactly(server, admin, redis, upstream)
    assert "[warn]" not in server.log()


def test_a_server_that_refuses_every_form_is_told_of(
        gateway, key: Key, fault_proxy: FaultProxy) -> None:
    faults = [without(name) for name in ("SCRIPT", "EVAL")]
    fault_proxy.inject(*faults)
    server = gateway(redis=fault_proxy.url, redis_timeout="1s", ready=False)
    assert server.request(key.key).status == 503
    wait_until(lambda: "refuses the scripts: ERR unknown command" in server.log(), 10, "a line")
