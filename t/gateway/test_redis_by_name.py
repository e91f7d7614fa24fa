"""Redis under a name that moves, is not known yet, or is not known any more."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.client import Load
from harness.dns import Dns
from harness.gateway import Gateway
from harness.ledger import admitted, await_counted_is_admitted
from harness.paths import NGINX
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import await_answers, flood, requests, statuses
from harness.upstream import Upstream

NAME = "redis.mmx.test"
MOVED_SECONDS_MAX = 10  # what a name's second to live and a busy machine take together


@pytest.fixture
def dns() -> Iterator[Dns]:
    server = Dns()
    yield server
    server.close()


@pytest.fixture
def twin(redis: RedisServer, redis_server: Callable[..., RedisServer]) -> RedisServer:
    """A replica of the test's Redis, on the same port of another address."""
    made = redis_server(config=(f"port {redis.port}", "bind 127.0.0.2",
                                f"replicaof 127.0.0.1 {redis.port}", "repl-diskless-sync-delay 0"))
    wait_until(lambda: "master_link_status:up" in made.command("INFO", "replication"), 20, "a twin")
    return made


def by_name(redis: RedisServer, dns: Dns, **options: object) -> dict[str, object]:
    return {"redis": f"redis://{NAME}:{redis.port}/0",
            "http": f"resolver {dns.resolver};"} | options


def fail_over(old: RedisServer, new: RedisServer) -> None:
    """What the old one was still told is with the new one when that takes over."""
    old.command("CLIENT", "PAUSE", 2000, "WRITE")
    wait_until(lambda: offset(old, "master_repl_offset") <= offset(new, "slave_repl_offset"), 5)
    new.command("REPLICAOF", "NO", "ONE")
    old.command("REPLICAOF", "127.0.0.2", old.port)
    old.command("CLIENT", "UNPAUSE")


def offset(server: RedisServer, which: str) -> int:
    for line in server.command("INFO", "replication").splitlines():
        if line.startswith(f"{which}:"):
            return int(line.partition(":")[2])
    raise AssertionError(f"no {which}")


def forwards(server: Gateway, key: Key) -> Callable[[], bool]:
    return lambda: server.request(key.key, query="k=0").status == 200


def test_redis_that_moves_is_found_where_it_went_and_counts_go_on(
        gateway, admin: Admin, redis: RedisServer, twin: RedisServer, dns: Dns,
        upstream: Upstream) -> None:
    dns.names[NAME] = ["127.0.0.1"]
    server = gateway(**by_name(redis, dns, workers=2, redis_timeout="1s"))
    keys = [admin.create_key(day=400), *admin.create_keys(7)]
    with Load(requests([server], keys)) as load:
        await_answers(load, 400)
        fail_over(redis, twin)
        wait_until(lambda: load.responses[-1].status == 503, 10, "refusals")
        dns.names[NAME] = ["127.0.0.2"]
        wait_until(lambda: load.responses[-1].status == 200, MOVED_SECONDS_MAX, "it answers again")
        await_answers(load, 400)
    flood([server], keys[:1], 500)
    assert set(statuses(load.responses)) <= {200, 429, 503}
    assert admitted(upstream, keys)[0] == 400
    await_counted_is_admitted(twin, upstream, keys)
    assert f"redis redis://{NAME}:{redis.port}/0: found at 127.0.0.2:{redis.port}" in server.log()


def test_redis_that_is_killed_is_found_where_it_went(
        gateway, admin: Admin, key: Key, redis: RedisServer, twin: RedisServer,
        dns: Dns) -> None:
    dns.names[NAME] = ["127.0.0.1"]
    server = gateway(**by_name(redis, dns, workers=1))
    assert server.request(key.key).status == 200
    wait_until(lambda: twin.counted(key.id) == 1, 10, "the replica has it")
    redis.kill9()
    twin.command("REPLICAOF", "NO", "ONE")
    dns.names[NAME] = ["127.0.0.2"]
    wait_until(forwards(server, key), MOVED_SECONDS_MAX, "it answers again")
    assert twin.counted(key.id) >= 2


def test_of_several_addresses_the_one_that_takes_writes_is_found(
        gateway, admin: Admin, key: Key, redis: RedisServer, twin: RedisServer,
        dns: Dns) -> None:
    dns.names[NAME] = ["127.0.0.2", "127.0.0.1"]
    server = gateway(**by_name(redis, dns, workers=2))
    fail_over(redis, twin)
    wait_until(forwards(server, key), MOVED_SECONDS_MAX, "it answers again")
    assert statuses(flood([server], [key], 50)) == {200: 50}


def test_nginx_starts_while_the_name_is_unknown_and_serves_once_it_is_known(
        gateway, admin: Admin, key: Key, redis: RedisServer, dns: Dns) -> None:
    server = gateway(ready=False, **by_name(redis, dns, workers=2, redis_timeout="300ms"))
    response = server.request(key.key)
    assert response.status == 503 and '"gateway_unavailable"' in response.text
    wait_until(lambda: "nobody knows its name" in server.log(), 5, "a line")
    assert f"mmx_redis: {NAME}: host not found" in (server.folder / "stderr.log").read_text()
    dns.names[NAME] = ["127.0.0.1"]
    wait_until(forwards(server, key), MOVED_SECONDS_MAX, "it serves")
    assert statuses(flood([server], [key], 50)) == {200: 50}


@pytest.mark.parametrize("how", ["gone", "silent", "knows nothing"])
def test_dns_that_dies_later_changes_nothing(
        how: str, gateway, admin: Admin, key: Key, redis: RedisServer, dns: Dns,
        upstream: Upstream) -> None:
    dns.names[NAME] = ["127.0.0.1"]
    server = gateway(**by_name(redis, dns, workers=2))
    if how == "gone":
        dns.close()
    elif how == "silent":
        dns.rcode = None
    else:
        dns.names.clear()
    time.sleep(dns.ttl + 1.1)  # so that nobody remembers its last answer
    with Load(requests([server], [key])) as load:
        for _ in range(2):
            await_answers(load, 100)
            redis.restart()
        await_answers(load, 300)
    assert set(statuses(load.responses)) == {200}
    await_counted_is_admitted(redis, upstream, [key])
    # Once in each worker, for all that fail in a row.
    wait_until(lambda: server.log().count("its name could not be looked up") == 2, 10, "two lines")
    time.sleep(1.5)
    assert server.log().count("its name could not be looked up") == 2


def test_a_name_is_asked_for_no_oftener_than_its_answer_allows(
        gateway, key: Key, redis: RedisServer, dns: Dns) -> None:
    dns.names[NAME] = ["127.0.0.1"]
    dns.ttl = 60
    server = gateway(**by_name(redis, dns, workers=1, redis_timeout="300ms"))
    redis.kill9()
    for _ in range(10):
        assert server.request(key.key).status == 503
    assert len(dns.asked) == 2  # A and AAAA
    redis.start()
    wait_until(forwards(server, key), 5, "recovery")


def test_a_name_that_nobody_knows_is_asked_for_once_a_second(
        gateway, key: Key, redis: RedisServer, dns: Dns) -> None:
    server = gateway(ready=False, **by_name(redis, dns, workers=1, redis_timeout="300ms"))
    started = time.monotonic()
    while time.monotonic() - started < 3:
        assert server.request(key.key).status == 503
    assert 4 <= len(dns.asked) <= 2 * (time.monotonic() - started + 2)


def test_reload_while_the_name_moves(
        gateway, admin: Admin, redis: RedisServer, twin: RedisServer, dns: Dns,
        upstream: Upstream) -> None:
    dns.names[NAME] = ["127.0.0.1"]
    server = gateway(**by_name(redis, dns, workers=2, redis_timeout="1s"))
    keys = admin.create_keys(4)
    with Load(requests([server], keys)) as load:
        await_answers(load, 100)
        server.reload()
        fail_over(redis, twin)
        server.reload()
        dns.names[NAME] = ["127.0.0.2"]
        server.reload()
        # It may be so quick that nothing is refused: the twin's own counts tell that it has moved.
        wait_until(lambda: twin.command("INFO", "commandstats").count("evalsha") > 0
                   and load.responses[-1].status == 200, MOVED_SECONDS_MAX, "it answers again")
        await_answers(load, 300)
    await_counted_is_admitted(twin, upstream, keys)
    wait_until(lambda: len(server.workers()) == 2, 20, "the old workers have gone")


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_a_worker_quits_in_time_whatever_dns_does(
        known: bool, gateway, admin: Admin, key: Key, redis: RedisServer, dns: Dns) -> None:
    if known:
        dns.names[NAME] = ["127.0.0.1"]
    server = gateway(ready=known, **by_name(redis, dns, workers=2, redis_timeout="1s"))
    dns.rcode = None
    redis.kill9()
    time.sleep(1.5)  # a look-up is under way
    started = time.monotonic()
    server.quit()
    assert time.monotonic() - started < 8


def test_localhost_needs_no_dns(gateway, key: Key, redis: RedisServer, dns: Dns) -> None:
    server = gateway(workers=1, redis=f"redis://localhost:{redis.port}/0",
                     http=f"resolver {dns.resolver};")
    redis.restart()
    wait_until(forwards(server, key), 5, "recovery")
    assert dns.asked == []  # /etc/hosts has it


def in_a_room_of_its_own(folder: Path, **files: str) -> Path:
    """A program that runs nginx where these files of /etc are other ones."""
    if os.geteuid() != 0 or not shutil.which("unshare") or subprocess.run(
            ["unshare", "--mount", "true"], check=False).returncode != 0:
        pytest.skip("only root may change what is mounted")
    lines = ["#!/bin/sh"]
    for name, text in files.items():
        path = folder / f"etc-{name}"
        path.write_text(text)
        lines.append(f"mount --bind {path} /etc/{name.replace('_', '.')}")
    script = folder / "nginx-in-a-room"
    script.write_text("\n".join([*lines, f'exec {NGINX} "$@"']) + "\n")
    script.chmod(0o755)
    outer = folder / "nginx-outside"
    outer.write_text(f'#!/bin/sh\nexec unshare --mount {script} "$@"\n')
    outer.chmod(0o755)
    return outer


@pytest.fixture
def system_dns() -> Iterator[Dns]:
    """At the port that resolv.conf means."""
    try:
        server = Dns(port=53, address=f"127.77.{os.getpid() % 250}.53")
    except PermissionError:
        pytest.skip("only root may have port 53")
    yield server
    server.close()


def test_without_a_resolver_the_systems_servers_are_asked(
        tmp_path: Path, gateway, admin: Admin, redis: RedisServer, twin: RedisServer,
        system_dns: Dns, key: Key) -> None:
    nginx = in_a_room_of_its_own(
        tmp_path, resolv_conf=f"nameserver {system_dns.address}\nsearch x.test mmx.test\n")
    system_dns.names[NAME] = ["127.0.0.1"]
    server = gateway(nginx=nginx, redis=f"redis://redis:{redis.port}/0", workers=1)
    assert "redis.x.test" in system_dns.asked  # before redis.mmx.test
    fail_over(redis, twin)
    system_dns.names[NAME] = ["127.0.0.2"]
    wait_until(forwards(server, key), MOVED_SECONDS_MAX, "it answers again")


def test_the_hosts_file_goes_before_dns_and_is_read_again(
        tmp_path: Path, gateway, admin: Admin, redis: RedisServer, twin: RedisServer,
        dns: Dns, key: Key) -> None:
    nginx = in_a_room_of_its_own(tmp_path, hosts=f"127.0.0.1 {NAME}\n")
    dns.names[NAME] = ["127.0.0.9"]
    server = gateway(nginx=nginx, **by_name(redis, dns, workers=1))
    fail_over(redis, twin)
    (tmp_path / "etc-hosts").write_text(f"127.0.0.2 {NAME}\n")
    wait_until(forwards(server, key), MOVED_SECONDS_MAX, "it answers again")
    assert dns.asked == []
