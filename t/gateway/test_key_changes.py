"""A change of a key holds at the next request, on every gateway and worker."""

from collections import Counter
from itertools import cycle, repeat

import pytest
from harness.admin import Admin, Key
from harness.client import Load, Request, run
from harness.fault_proxy import FaultProxy
from harness.gateway import Gateway
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import BOTH_WAYS, answers, await_answers, statuses
from harness.upstream import Upstream, fingerprint

pytestmark = BOTH_WAYS


@pytest.fixture
def gateways(gateway) -> list[Gateway]:
    return [gateway(workers=2), gateway(workers=2)]


def everywhere(gateways: list[Gateway], key: str, **options: object) -> Counter:
    """Enough requests, each on a new connection, that every worker gets some."""
    addresses = cycle([server.address for server in gateways])
    close = {"Connection": "close"}
    return Counter(response.status for response in run(
        (Request.chat(next(addresses), key, headers=close, **options) for _ in range(40)), 8))


def only(status: int, count: int = 40) -> dict[int, int]:
    return {status: count}


def test_disabling_and_enabling_hold_at_the_next_request(
        gateways: list[Gateway], admin: Admin, key: Key) -> None:
    for _ in range(2):
        assert everywhere(gateways, key.key) == only(200)
        admin.run("key", "disable", key.id)
        assert everywhere(gateways, key.key) == only(403)
        admin.run("key", "enable", key.id)
    assert everywhere(gateways, key.key) == only(200)


def test_deletion_holds_at_the_next_request(
        gateways: list[Gateway], admin: Admin, key: Key, redis: RedisServer) -> None:
    assert everywhere(gateways, key.key) == only(200)
    admin.run("key", "delete", key.id, "--yes")
    assert everywhere(gateways, key.key) == only(401)
    assert redis.command("KEYS", f"*{key.id}*") == []


def test_limits_hold_at_the_next_request(
        gateways: list[Gateway], admin: Admin, key: Key) -> None:
    assert everywhere(gateways, key.key) == only(200)
    admin.run("key", "set", key.id, "--day", 50)
    assert everywhere(gateways, key.key) == {200: 10, 429: 30}
    admin.run("key", "set", key.id, "--day", 20)
    assert everywhere(gateways, key.key) == only(429)
    admin.run("key", "set", key.id, "--day", 0, "--month", 60)
    assert everywhere(gateways, key.key) == {200: 10, 429: 30}
    admin.run("key", "set", key.id, "--month", 0)
    assert everywhere(gateways, key.key) == only(200)


def test_expiry_holds_at_the_next_request(
        gateways: list[Gateway], admin: Admin, key: Key) -> None:
    assert everywhere(gateways, key.key) == only(200)
    admin.run("key", "set", key.id, "--expires", "2020-01-01")
    assert everywhere(gateways, key.key) == only(403)
    admin.run("key", "set", key.id, "--expires", "2099-01-01")
    assert everywhere(gateways, key.key) == only(200)
    admin.run("key", "set", key.id, "--expires", "")
    assert everywhere(gateways, key.key) == only(200)


@pytest.mark.parametrize("networks, allowed", [
    ("127.0.0.0/8", True), ("127.0.0.1", True), ("10.0.0.0/8,127.0.0.1/32", True),
    ("10.0.0.0/8", False), ("::1", False), ("2001:db8::/32,192.168.0.0/16", False)])
def test_networks_hold_at_the_next_request(
        networks: str, allowed: bool, gateways: list[Gateway], admin: Admin, key: Key,
        redis: RedisServer) -> None:
    assert everywhere(gateways, key.key) == only(200)
    admin.run("key", "set", key.id, "--networks", networks)
    assert everywhere(gateways, key.key) == only(200 if allowed else 403)
    assert redis.counted(key.id) == (80 if allowed else 40)
    admin.run("key", "set", key.id, "--networks", "")
    assert everywhere(gateways, key.key) == only(200)


@pytest.mark.parametrize("address, status", [
    ("2001:db8::7", 200), ("2001:db9::7", 403), ("::ffff:10.1.2.3", 200), ("10.1.2.3", 200),
    ("::ffff:11.1.2.3", 403), ("unix:", 403)])
def test_networks_are_those_of_the_client_as_nginx_knows_it(
        address: str, status: int, gateway, admin: Admin) -> None:
    key = admin.create_key(networks="2001:db8::/32,10.0.0.0/8")
    server = gateway(
        workers=1, server="set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;")
    response = server.request(key.key, headers={"X-Test-Address": address})
    assert response.status == status
    if status == 403:
        assert '"address_not_allowed"' in response.text


def test_clients_of_one_key_are_each_judged_by_their_own_address(
        gateway, admin: Admin, redis: RedisServer) -> None:
    key = admin.create_key(networks="10.0.0.0/8")
    server = gateway(
        workers=1, server="set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;")
    responses = run(
        Request.chat(server.address, key.key, tag=number % 2,
                     headers={"X-Test-Address": ("11" if number % 2 else "10") + ".0.0.1"})
        for number in range(1000))
    assert answers(responses) == {
        (0, 200): 500, (1, 403): 500}
    assert redis.counted(key.id) == 500


def test_strangers_that_never_stop_keep_nobody_of_the_networks_waiting(
        gateway, admin: Admin, fault_proxy: FaultProxy) -> None:
    """Each of their refusals asks Redis for the list in force, and there is always one more."""
    key = admin.create_key(networks="10.0.0.0/8")
    server = gateway(workers=1, redis=fault_proxy.url,
                     server="set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;")
    fault_proxy.delay(0.02)
    outside = Request.chat(server.address, key.key, headers={"X-Test-Address": "11.0.0.1"})
    inside = Request.chat(server.address, key.key, headers={"X-Test-Address": "10.0.0.1"})
    with Load(repeat(outside), 48) as load:
        await_answers(load, 200)
        answers_inside = run([inside] * 20, 2)
    assert statuses(answers_inside) == {200: 20}
    assert statuses(load.responses) == {403: len(load.responses)}


def test_master_key_is_followed_within_two_seconds(
        gateways: list[Gateway], admin: Admin, key: Key, upstream: Upstream) -> None:
    assert everywhere(gateways, key.key) == only(200)
    old, new = admin.master, admin.set_master()
    assert old != new
    wait_until(lambda: everywhere(gateways, key.key, query="after=1") == only(200)
               and all(event["key_sha256"] == fingerprint(new)
                       for event in upstream.received(after=1)[-40:]), 2, "the new master key")
    assert {event["key_sha256"] for event in upstream.received()} == {
        fingerprint(old), fingerprint(new)}


def rotate(admin: Admin, key: Key, grace: str) -> Key:
    made = admin.json("key", "rotate", key.id, "--grace", grace)
    return admin.known(made["id"], made["key"])


def test_both_keys_of_a_rotation_count_as_one(
        gateways: list[Gateway], admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    old = admin.create_key(day=600)
    addresses = cycle([server.address for server in gateways])
    assert everywhere(gateways, old.key) == only(200)
    new = rotate(admin, old, "1h")
    responses = run(
        Request.chat(next(addresses), (old, new)[number // 4 % 2].key, tag=number // 4 % 2)
        for number in range(2000))
    judged = answers(responses)
    assert set(judged) == {(0, 200), (0, 429), (1, 200), (1, 429)}
    assert judged[0, 200] + judged[1, 200] == 560
    assert redis.counted(new.id) == len(upstream.received()) == 600


def test_rotation_under_load_fails_no_request_and_loses_no_count(
        gateways: list[Gateway], admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    old = admin.create_key(day=100_000)
    addresses = cycle([server.address for server in gateways])
    source = (Request.chat(next(addresses), old.key) for _ in cycle([0]))
    with Load(source) as load:
        newest = old
        for _ in range(3):
            await_answers(load, 300)
            newest = rotate(admin, newest, "1h")
        await_answers(load, 300)
    assert statuses(load.responses) == {200: len(load.responses)}
    wait_until(lambda: redis.counted(newest.id) == len(upstream.received()), 10, "the counts meet")


def test_old_key_ends_with_its_grace(gateways: list[Gateway], admin: Admin) -> None:
    old = admin.create_key()
    new = rotate(admin, old, "0")
    assert set(everywhere(gateways, old.key)) <= {401, 403}
    assert everywhere(gateways, new.key) == only(200)
    newer = rotate(admin, new, "2s")
    assert everywhere(gateways, new.key) == only(200)
    wait_until(lambda: set(everywhere(gateways, new.key)) <= {401, 403}, 6, "the grace ends")
    assert everywhere(gateways, newer.key) == only(200)


def test_network_list_with_spaces_is_understood(
        gateway, admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1)
    key = admin.create_key()
    redis.command("HSET", f"mmx:{{{key.id}}}", "networks", "10.0.0.0/8, 127.0.0.0/8")
    assert server.request(key.key).status == 200
