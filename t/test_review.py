"""Ways to lose a count or a key that reading the module brought to light."""

import os
import signal
from collections.abc import Callable

import pytest
from harness.admin import Admin
from harness.client import Load, Request, run
from harness.gateway import Gateway
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import flood, statuses
from harness.upstream import Upstream
from test_commit_script import ARCHIVE, LATE, NETWORKS, NOW, RECORD, Commit, Script

Make = Callable[..., Gateway]
ACCOUNTS_MAX = 16384  # module/commits/worker_commits.hpp: keys_remembered_max

ALLOWING = """
        location /allow/ {
            mmx on; mmx_on_redis_error allow; proxy_set_header Authorization $mmx_authorization;
            rewrite ^/allow(/.*)$ $1 break; proxy_pass http://minimax;
        }
"""


def test_keys_nobody_has_take_no_place_for_good_while_redis_is_away(
        gateway: Make, admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="200ms", server=ALLOWING)
    redis.kill9()
    wait_until(lambda: server.request("mmx-" + "a" * 32, path="/allow/v1/models").seconds < 0.1,
               10, "the outage is known")
    source = (Request.chat(server.address, f"mmx-{number:032d}", path="/allow/v1/models",
                           method="GET") for number in range(ACCOUNTS_MAX + 100))
    assert set(statuses(run(source, 64))) == {503}
    redis.start()
    keys = admin.create_keys(64)
    wait_until(lambda: server.request(keys[0].key).status == 200, 10, "Redis is back")
    assert statuses(flood([server], keys, 640)) == {200: 640}


def test_quit_settles_in_the_database_that_is_configured(
        gateway_with: Make, admin_for: Callable[[str], Admin], redis: RedisServer,
        upstream: Upstream) -> None:
    url = redis.tcp_url.removesuffix("/0") + "/3"
    admin = admin_for(url)
    key = admin.create_key()
    server = gateway_with(redis=url, secret=admin.secret, upstream=upstream.address, workers=1)
    wait_until(lambda: server.request(key.key).status == 200, 10, "the gateway forwards")
    control = redis.connection()
    control.command("SELECT", 3)

    def figure(name: str) -> str | None:
        return control.command("HGET", f"mmx:{{{key.id}}}", name)
    before = int(figure("d.requests"))
    slow = {"x-stub": "stall_before_header=1500, status=500"}
    with Load([Request.chat(server.address, key.key, headers=slow)] * 8, 8) as load:
        wait_until(lambda: int(figure("d.requests")) == before + 8, 5, "the charges")
        os.kill(server.pid, signal.SIGQUIT)
    assert statuses(load.join()) == {500: 8}
    wait_until(lambda: not server.running(), 5, "nginx has gone")
    assert int(figure("d.requests")) == before and figure("d.refunds") == "8"
    control.close()


def test_network_list_with_spaces_is_understood(
        gateway: Make, admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1)
    key = admin.create_key()
    redis.command("HSET", f"mmx:{{{key.id}}}", "networks", "10.0.0.0/8, 127.0.0.0/8")
    assert server.request(key.key).status == 200


def test_commit_repeated_after_its_memory_was_forgotten_does_not_run_again(
        redis: RedisServer) -> None:
    script, today, hour = Script(redis), "2026-11-22", 3600 * 1_000_000
    redis.command("HSET", RECORD, "state", "active", "d", today)
    lost = Commit("cutoff", NOW * 1_000_000, today, 5)
    assert script.send(lost)[1:3] == [0, 5]  # it ran; its worker never hears so
    script.send(Commit("other", lost.sequence + hour + 1, today, 1))
    assert "seq.cutoff" not in redis.hash(RECORD)
    assert script.send(lost, again=True)[1] == LATE
    young = Commit("new", lost.sequence + hour, today, 1)  # its first: it may well run late
    assert script.send(young, again=True)[1:3] == [0, 1]
    assert redis.hash(RECORD)["d.requests"] == "7"


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
