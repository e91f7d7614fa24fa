"""The status page says what keeps workers from committing."""

import re
from collections.abc import Callable

import pytest
from harness.admin import Admin, Key
from harness.fault import EVER, Fault, How
from harness.fault_proxy import FaultProxy
from harness.gateway import Gateway
from harness.process import wait_until
from harness.redis import RedisServer

ANSWERS = {
    "auth": ("INFO", b"-NOAUTH Authentication required.\r\n"),
    "replica": ("INFO", b"$10\r\nrole:slave\r\n"),
    "cluster": ("INFO", b"$17\r\ncluster_enabled:1\r\n"),
    "loading": ("INFO", b"-LOADING Redis is loading the dataset in memory\r\n"),
    "refused": ("HMGET", b"-ERR no\r\n"),
    "lost": ("INFO", b""),
}


def unready(server: Gateway) -> dict[str, int]:
    """The reasons there are."""
    found = re.findall(r'^mmx_redis_unready_workers\{reason="(\w+)"\} ([1-9]\d*)$',
                       server.status_page(), re.MULTILINE)
    return {reason: int(count) for reason, count in found}


@pytest.mark.parametrize("reason", [*ANSWERS, "script"])
def test_each_reason_shows_and_goes(
        reason: str, gateway: Callable[..., Gateway], fault_proxy: FaultProxy) -> None:
    names, answer = (("SCRIPT", "EVAL"), b"-ERR no\r\n") if reason == "script" else (
        (ANSWERS[reason][0],), ANSWERS[reason][1])
    server = gateway(workers=2, redis=fault_proxy.url)
    assert unready(server) == {}
    fault_proxy.inject(Fault(How.INSTEAD, data=answer, times=EVER, close=reason == "lost",
                             kinds=frozenset(name.encode() for name in names)))
    fault_proxy.cut()
    wait_until(lambda: unready(server) == {reason: 2}, 10, "the reason shows")
    fault_proxy.heal()
    wait_until(lambda: unready(server) == {}, 10, "nothing keeps them")


def test_redis_that_is_away_or_under_no_name_shows(
        gateway: Callable[..., Gateway], admin: Admin, key: Key, redis: RedisServer) -> None:
    redis.kill9()
    away = gateway(ready=False, workers=1)
    wait_until(lambda: unready(away) == {"connecting": 1}, 10, "it cannot be reached")
    nowhere = gateway(ready=False, workers=1, redis="redis://no-such-host.invalid")
    wait_until(lambda: unready(nowhere) == {"resolving": 1}, 10, "nobody knows its name")
    redis.start()
    wait_until(lambda: unready(away) == {}, 10, "it is there")
