"""Redis itself fails, fills up, forgets, refuses or changes: real servers, real signals."""

import json
import time
from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.client import Load, Request
from harness.ledger import admitted, await_counted_is_admitted
from harness.paths import ROOT, SLACK_S
from harness.process import wait_until
from harness.redis import RedisServer
from harness.resp import Connection, RedisError
from harness.servers import needs_script_flags
from harness.traffic import answers, await_answers, flood, requests, statuses
from harness.upstream import Upstream

WAITING_WHILE_DOWN_MAX = 1024  # requests of one worker, as the manual says


def test_redis_killed_and_restarted_under_load_fails_no_request_and_loses_none(
        gateway, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    gateways = [gateway(workers=2), gateway(workers=2)]
    keys = [admin.create_key(day=900), *admin.create_keys(15)]
    with Load(requests(gateways, keys)) as load:
        for _ in range(3):
            await_answers(load, 600)
            started = time.monotonic()
            redis.restart()
            assert time.monotonic() - started < 1.0
        await_answers(load, 600)
    kinds = {(response.status, response.error) for response in load.responses}
    assert kinds <= {(200, ""), (429, "")}
    assert {r.tag for r in load.responses if r.status == 429} <= {0}
    assert admitted(upstream, keys)[0] <= 900
    await_counted_is_admitted(redis, upstream, keys)


def test_frozen_redis_refuses_in_time_and_charges_nothing_late(
        gateway, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=2, redis_timeout="1s")
    keys = admin.create_keys(8, day=5000)
    with Load(requests([server], keys)) as load:
        await_answers(load, 300)
        redis.stop()
        frozen_at = time.monotonic()
        time.sleep(5)  # the freeze
        thawed_at = time.monotonic()
        redis.cont()
        await_answers(load, 300)
    assert set(statuses(load.responses)) == {200, 503}
    assert max(response.seconds for response in load.responses) <= 1.0 + SLACK_S
    refused = [response for response in load.responses if response.status == 503]
    assert all(response.headers["retry-after"] == "1" for response in refused)
    assert all(response.headers["x-should-retry"] == "true" for response in refused)
    during = [response for response in load.responses
              if frozen_at + 0.5 < response.ended_at < thawed_at]
    assert statuses(during).keys() == {503}
    await_counted_is_admitted(redis, upstream, keys)


def test_nginx_starts_without_redis_answers_503_and_recovers_by_itself(
        gateway, admin: Admin, key: Key, redis: RedisServer, upstream: Upstream) -> None:
    redis.kill9()
    server = gateway(ready=False, workers=2, redis_timeout="300ms")
    response = server.request(key.key, query="k=0")
    assert response.status == 503 and response.seconds <= 0.3 + SLACK_S
    assert response.headers["retry-after"] == "1"
    assert '"gateway_unavailable"' in response.text
    redis.start()
    wait_until(lambda: server.request(key.key, query="k=0").status == 200, 5, "recovery")
    responses = flood([server], [key], 200)
    assert statuses(responses) == {200: 200}
    await_counted_is_admitted(redis, upstream, [key])


def test_waiting_requests_are_bounded_while_redis_is_down(
        gateway, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="3s", connections=4096)
    redis.kill9()
    responses = flood([server], [key], 1500, connections=1500)
    assert statuses(responses) == {503: 1500}
    assert max(response.seconds for response in responses) <= 3.0 + SLACK_S
    # By the gateway's own clock: who was let wait, waited the whole timeout.
    log = (server.folder / "access.log").read_text().splitlines()
    waits = [float(json.loads(line)["wait"]) for line in log]
    assert len([wait for wait in waits if wait >= 3.0]) == WAITING_WHILE_DOWN_MAX
    assert len(waits) >= 1500  # and what asked whether the gateway is ready
    redis.start()
    assert server.request(key.key).status == 200


@needs_script_flags
def test_refunds_get_through_when_redis_is_out_of_memory(
        gateway, admin: Admin, key: Key, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=1)
    slow = {"x-stub": "stall_before_header=1500, status=500"}
    with Load([Request.chat(server.address, key.key, headers=slow, query="k=0")] * 20, 20):
        wait_until(lambda: redis.counted(key.id) == 20, 5, "admissions")
        redis.command("CONFIG", "SET", "maxmemory", "1")
        # An admission need not get through, but what does is counted.
        admitted_meanwhile = server.request(key.key).status == 200
    wait_until(lambda: redis.record(key.id).get("d.refunds") == "20", 5, "refunds")
    redis.command("CONFIG", "SET", "maxmemory", "0")
    assert redis.counted(key.id) == admitted_meanwhile
    wait_until(lambda: server.request(key.key).status == 200, 5, "recovery")
    assert redis.counted(key.id) == admitted_meanwhile + 1


def test_busy_redis_refuses_and_recovers(
        gateway, key: Key, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=2, redis_timeout="1s")
    redis.command("CONFIG", "SET", "lua-time-limit", "20")
    killer, looper = redis.connection(), redis.connection(timeout=30)
    with Load(requests([server], [key])) as load:
        await_answers(load, 100)
        looper._socket.sendall(b"*3\r\n$4\r\nEVAL\r\n$17\r\nwhile true do end\r\n$1\r\n0\r\n")
        time.sleep(2)  # how long Redis is busy
        killer.command("SCRIPT", "KILL")
        await_answers(load, 100)
    assert set(statuses(load.responses)) == {200, 503}
    assert max(response.seconds for response in load.responses) <= 1.0 + SLACK_S
    await_counted_is_admitted(redis, upstream, [key])


def test_demoted_redis_refuses_and_recovers(
        gateway, key: Key, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=2, redis_timeout="500ms")
    redis.command("CONFIG", "SET", "replica-serve-stale-data", "yes")
    with Load(requests([server], [key])) as load:
        await_answers(load, 100)
        redis.command("REPLICAOF", "127.0.0.1", "1")
        wait_until(lambda: load.responses[-1].status == 503, 10, "refusals")
        redis.command("REPLICAOF", "NO", "ONE")
        wait_until(lambda: load.responses[-1].status == 200, 10, "recovery")
    assert set(statuses(load.responses)) == {200, 503}
    await_counted_is_admitted(redis, upstream, [key])


@pytest.mark.parametrize("closed, opened", [
    ("CONFIG SET maxclients 1", "CONFIG SET maxclients 1000"),
    ("ACL SETUSER mmx-gateway resetpass >other", "ACL SETUSER mmx-gateway >any")])
def test_redis_that_takes_no_new_connection_refuses_and_recovers(
        closed: str, opened: str, gateway, key: Key, redis: RedisServer,
        upstream: Upstream) -> None:
    server = gateway(workers=2, redis_timeout="500ms")
    with Load(requests([server], [key])) as load:
        await_answers(load, 100)
        redis.command(*closed.split())
        redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        wait_until(lambda: load.responses[-1].status == 503, 10, "refusals")
        redis.command(*opened.split())
        wait_until(lambda: load.responses[-1].status == 200, 10, "recovery")
    assert set(statuses(load.responses)) == {200, 503}
    await_counted_is_admitted(redis, upstream, [key])


def test_flushed_redis_knows_no_key(gateway, admin: Admin, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1)
    assert server.request(key.key).status == 200
    redis.command("FLUSHALL")
    wait_until(lambda: server.request(key.key).status == 401, 5, "the key is gone")
    admin.init()
    admin.set_master()
    again = admin.create_key(day=1)
    wait_until(lambda: server.request(again.key).status == 200, 5, "new keys work")
    assert server.request(again.key).status == 429


@pytest.mark.parametrize("value", ["abc", "9223372036854775807", "-5", "1e400", ""])
def test_counter_spoiled_by_hand_harms_no_other_key(
        value: str, gateway, admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="500ms")
    spoiled, sound = admin.create_key(day=10), admin.create_key(day=10)
    redis.command("HSET", f"mmx:{{{spoiled.id}}}", "d.requests", value)
    responses = flood([server], [spoiled, sound], 40)
    judged = answers(responses)
    assert judged[1, 200] == 10 and judged[1, 429] == 10
    assert sum(judged[0, status] for status in (200, 429, 503)) == 20
    assert redis.counted(sound.id) == 10


def test_record_of_another_type_refuses_only_its_key(
        gateway, admin: Admin, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="500ms")
    broken = admin.create_key()
    redis.command("DEL", f"mmx:{{{broken.id}}}")
    redis.command("SET", f"mmx:{{{broken.id}}}", "a string")
    responses = flood([server], [broken, key], 60)
    assert answers(responses) == {
        (0, 503): 30, (1, 200): 30}
    assert broken.id in server.log() and broken.key not in server.log()


def test_acl_user_password_file_and_database_number(
        gateway, admin_for: Callable, redis: RedisServer, upstream: Upstream, secrets,
        private) -> None:
    password = secrets.add("redis password", "s3cret-of-the-gateway/+ %41")
    (private / "redis-password").write_text(password + "\n")
    (private / "redis-password").chmod(0o600)
    redis.command("ACL", "SETUSER", "mmx-gateway", f">{password}")
    admin = admin_for(f"redis://127.0.0.1:{redis.port}/3")
    key = admin.create_key(day=3)
    probe = admin.create_key(day=1000)
    server = gateway(
        ready=False, workers=1, redis=f"redis://mmx-gateway@127.0.0.1:{redis.port}/3",
        http=f"mmx_redis_password_file {private}/redis-password;")
    wait_until(lambda: server.request(probe.key).status == 200, 5, "the gateway forwards")
    assert statuses(flood([server], [key], 10)) == {200: 3, 429: 7}
    database = Connection(redis.socket, database=3)
    assert database.command("HGET", f"mmx:{{{key.id}}}", "d.requests") == "3"
    assert redis.record(key.id) == {}
    names = [line.split("name=")[1].split()[0]
             for line in redis.command("CLIENT", "LIST").splitlines()
             if "user=mmx-gateway" in line]
    assert names and all("mmx" in name for name in names)
    with pytest.raises(RedisError, match="NOPERM"):
        redis.connection(user="mmx-gateway", password=password).command("FLUSHALL")


def test_password_in_the_url_is_percent_decoded(
        redis_server: Callable, gateway_with: Callable, admin_for: Callable, upstream: Upstream,
        secrets) -> None:
    password = "p@ss:w/rd%-0123"
    redis = redis_server(password=password)
    url = f"redis://:p%40ss%3Aw%2Frd%25-0123@127.0.0.1:{redis.port}/0"
    admin = admin_for(url)
    key = admin.create_key()
    server = gateway_with(redis=url, secret=admin.secret, upstream=upstream.address)
    wait_until(lambda: server.request(key.key).status == 200, 5, "the gateway forwards")


def test_wrong_password_refuses_without_flooding_the_log_and_recovers(
        gateway, admin: Admin, key: Key, redis: RedisServer, private, secrets) -> None:
    wrong = secrets.add("wrong password", "not-the-password")
    (private / "redis-password").write_text(wrong)
    (private / "redis-password").chmod(0o600)
    server = gateway(ready=False, workers=1, redis=redis.tcp_url, redis_timeout="300ms",
                     http=f"mmx_redis_password_file {private}/redis-password;")
    redis.command("ACL", "SETUSER", "default", "resetpass", ">the-right-one")
    responses = flood([server], [key], 300)
    assert statuses(responses) == {503: 300}
    lines = [line for line in server.log().splitlines() if "[error]" in line]
    assert 0 < len(lines) <= 20
    redis.command("ACL", "SETUSER", "default", f">{wrong}")
    wait_until(lambda: server.request(key.key).status == 200, 10, "recovery")
