"""`mmx_on_redis_error allow`: keys seen valid lately pass while Redis is away, and are counted."""

from harness.admin import Admin, Key
from harness.client import Request, run
from harness.fault import EVER, Fault, How
from harness.fault_proxy import FaultProxy
from harness.ledger import await_counted_is_admitted
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import answers, flood, statuses
from harness.upstream import Upstream

ALLOW = "mmx_on_redis_error allow; mmx_grace 1m;"
ALLOWING = """
        location /allow/ {
            mmx on; mmx_on_redis_error allow; proxy_set_header Authorization $mmx_authorization;
            rewrite ^/allow(/.*)$ $1 break; proxy_pass http://minimax;
        }
"""
ACCOUNTS_MAX = 16384  # keys that a worker remembers at once


def test_counts_made_while_redis_was_away_are_committed_when_it_is_back(
        gateway, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=1, redis_timeout="300ms",
                     location=ALLOW)
    known, unseen = admin.create_key(day=1000), admin.create_key()
    assert server.request(known.key, query="k=0").status == 200
    redis.kill9()
    responses = flood([server], [known, unseen], 100)
    judged = answers(responses)
    assert judged == {(0, 200): 50, (1, 503): 50}
    redis.start()
    await_counted_is_admitted(redis, upstream, [known])
    assert redis.counted(known.id) == 51


def test_grace_ends(gateway, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="200ms",
                     location="mmx_on_redis_error allow; mmx_grace 2s;")
    assert server.request(key.key).status == 200
    redis.kill9()
    assert server.request(key.key).status == 200
    wait_until(lambda: server.request(key.key).status == 503, 6, "the grace ends")
    redis.start()


def test_disabled_key_gets_no_grace(gateway, admin: Admin, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="200ms",
                     location=ALLOW)
    assert server.request(key.key).status == 200
    admin.run("key", "disable", key.id)
    assert server.request(key.key).status == 403
    redis.kill9()
    assert server.request(key.key).status in (403, 503)
    redis.start()


def test_requests_allowed_while_redis_is_frozen_are_counted_once(
        gateway, admin: Admin, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=1, redis_timeout="300ms", location=ALLOW)
    key = admin.create_key(day=1000)
    assert server.request(key.key, query="k=0").status == 200
    redis.stop()
    # Their commit is under way, and runs when Redis wakes: it must not count them again.
    assert statuses(flood([server], [key], 100)) == {200: 100}
    redis.cont()
    assert await_counted_is_admitted(redis, upstream, [key]) == [101]


def test_requests_allowed_behind_lost_replies_are_counted_once(
        gateway, admin: Admin, fault_proxy: FaultProxy, redis: RedisServer,
        upstream: Upstream) -> None:
    server = gateway(workers=2, redis=fault_proxy.url, redis_timeout="300ms", location=ALLOW)
    keys = admin.create_keys(3)
    flood([server], keys, 60)  # both workers see them all
    fault_proxy.inject(Fault(How.CUT, times=EVER))
    assert set(statuses(flood([server], keys, 300))) <= {200, 503}
    fault_proxy.heal()
    await_counted_is_admitted(redis, upstream, keys)


def test_refund_of_a_request_allowed_meanwhile_is_settled_with_it(
        gateway, admin: Admin, key: Key, redis: RedisServer, upstream: Upstream) -> None:
    server = gateway(workers=1, redis_timeout="200ms", location=ALLOW)
    assert server.request(key.key).status == 200
    redis.kill9()
    upstream.default("status=500")
    assert statuses(flood([server], [key], 20)) == {500: 20}
    upstream.default("")
    assert server.request(key.key).status == 200
    redis.start()
    wait_until(lambda: redis.record(key.id).get("d.refunds") == "20", 10, "refunds")
    wait_until(lambda: redis.counted(key.id) == 2, 10, "the count")


def test_spent_key_is_not_let_in_while_redis_is_away(
        gateway, admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="200ms", location=ALLOW)
    key = admin.create_key(day=3)
    assert statuses(flood([server], [key], 6, connections=1)) == {200: 3, 429: 3}
    redis.kill9()
    assert set(statuses(flood([server], [key], 6))) <= {429, 503}
    redis.start()


def test_keys_nobody_has_take_no_place_for_good_while_redis_is_away(
        gateway, admin: Admin, redis: RedisServer) -> None:
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
