"""Redis behind a name that moves, demoted, loading, or with a new password: the daemon follows."""

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.daemon import Browser, Daemon
from harness.fault_proxy import Fault, FaultProxy, How
from harness.names import MOVING_NAME, MovingName, build_shim
from harness.people import logged_in
from harness.process import wait_until
from harness.redis import RedisServer

FOLLOWS_S = 8  # a second until it is asked again, one of pause, and what a busy machine adds


def health(daemon: Daemon) -> int:
    return daemon.ask("GET", "/health").status


def demote(redis: RedisServer, primary_port: int = 1) -> None:
    """A replica that goes on answering what reads."""
    redis.command("REPLICAOF", "127.0.0.1", primary_port)


def test_a_demoted_redis_is_not_called_healthy(daemon: Daemon, redis: RedisServer) -> None:
    assert health(daemon) == 200
    demote(redis)
    wait_until(lambda: health(daemon) == 503, FOLLOWS_S, "the demotion is noticed")
    redis.command("REPLICAOF", "NO", "ONE")
    wait_until(lambda: health(daemon) == 200, FOLLOWS_S, "the promotion is noticed")


@pytest.fixture
def second(redis_server: Callable[..., RedisServer], redis: RedisServer) -> RedisServer:
    """A replica of the test's Redis, on the same port of another address."""
    server = redis_server(start=False, config=(f"port {redis.port}", "bind 127.0.0.2",
                                               f"replicaof 127.0.0.1 {redis.port}"))
    server.start()
    wait_until(lambda: "master_link_status:up" in server.command("INFO", "replication"), 20,
               "the replica follows")
    return server


@pytest.fixture
def moving(tmp_path: Path) -> MovingName:
    return MovingName(tmp_path / "address", build_shim(tmp_path), "127.0.0.1")


def fail_over(redis: RedisServer, second: RedisServer, moving: MovingName) -> None:
    """As a managed service does: another server, the same name, and the old one lives on."""
    wait_until(lambda: second.command("DBSIZE") == redis.command("DBSIZE"), 10, "the same data")
    second.command("REPLICAOF", "NO", "ONE")
    redis.command("REPLICAOF", "127.0.0.2", redis.port)
    moving.move("127.0.0.2")


def change_key(browser: Browser, key: Key, day: int) -> int:
    return browser.ask("PATCH", f"/keys/{key.id}", {"day": day}).status


@pytest.mark.parametrize("rights", [(), ("-info",)], ids=["with INFO", "without INFO"])
def test_a_name_that_moves_is_followed(
        rights: tuple[str, ...], people: Admin, key: Key, redis: RedisServer, second: RedisServer,
        moving: MovingName, daemon_with: Callable[..., Daemon]) -> None:
    for server in (redis, second):
        server.command("ACL", "SETUSER", "ops", "on", "nopass", "~mmx:*", "+@all", *rights)
    url = f"redis://ops:any@{MOVING_NAME}:{redis.port}/0"
    daemon = daemon_with(MMX_REDIS=url, **moving.variables)
    alice = logged_in(daemon, "alice")
    assert change_key(alice, key, 5) == 200
    fail_over(redis, second, moving)
    wait_until(lambda: change_key(alice, key, 6) == 200, FOLLOWS_S, "the daemon has followed")
    assert second.record(key.id)["day"] == "6"


def greetings(redis: RedisServer) -> int:
    """Each new connection's; Redis 6 does not count the subcommand apart."""
    return redis.calls("client|setname") + redis.calls("client")


def test_a_redis_that_loads_is_looked_up_again(
        people: Admin, redis: RedisServer, fault_proxy: FaultProxy,
        daemon_with: Callable[..., Daemon]) -> None:
    daemon = daemon_with(MMX_REDIS=fault_proxy.url)
    assert health(daemon) == 200
    before = greetings(redis)
    fault_proxy.inject(Fault(How.INSTEAD, times=3, kinds=frozenset({b"HMGET"}),
                             containing=b"mmx:settings\r\n$12\r\nsecret_check\r\n",
                             data=b"-LOADING Redis is loading the dataset in memory\r\n"))
    wait_until(lambda: health(daemon) == 503, FOLLOWS_S, "the loading is noticed")
    wait_until(lambda: health(daemon) == 200, FOLLOWS_S + 5, "the daemon has recovered")
    assert greetings(redis) > before


OLD, NEW = "the-password-of-spring", "the-password-of-autumn"


@pytest.mark.parametrize("first", ["file", "redis"])
def test_a_rotated_password_file_is_read_again(
        first: str, private: Path, admin: Admin, daemon_with: Callable[..., Daemon],
        redis: RedisServer) -> None:
    password_file = private / "redis-password"
    password_file.write_text(OLD)
    password_file.chmod(0o600)
    redis.command("ACL", "SETUSER", "ops", "on", f">{OLD}", "~mmx:*", "+@all")
    daemon = daemon_with(MMX_REDIS=f"redis://ops@127.0.0.1:{redis.port}/0",
                         MMX_REDIS_PASSWORD_FILE=str(password_file))
    assert health(daemon) == 200

    def rotate_redis() -> None:
        redis.command("ACL", "SETUSER", "ops", "resetpass", f">{NEW}")
        redis.command("CLIENT", "KILL", "USER", "ops")

    if first == "redis":
        rotate_redis()
        wait_until(lambda: health(daemon) == 503, FOLLOWS_S, "the old password is refused")
        password_file.write_text(NEW)
    else:
        password_file.write_text(NEW)
        rotate_redis()
    wait_until(lambda: health(daemon) == 200, FOLLOWS_S, "the new password is read")
