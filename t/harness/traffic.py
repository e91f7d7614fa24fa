"""Requests of many keys over many gateways, and what became of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count, islice

import pytest

from .admin import Key
from .client import CONNECTIONS, Load, Request, Response, run
from .gateway import Gateway
from .process import wait_until
from .redis import RedisServer

# Of a module whose tests hold with credit and without: `pytestmark = BOTH_WAYS`.
BOTH_WAYS = pytest.mark.parametrize("credit", ["on", "off"], indirect=True)


def requests(gateways: Sequence[Gateway], keys: Sequence[Key]) -> Iterator[Request]:
    """Without end, every key at every gateway in turn. Tag and query `k` number the key."""
    for turn in count():
        number = turn % len(keys)
        server = gateways[(turn // len(keys) + turn) % len(gateways)]
        yield Request.chat(server.address, keys[number].key, tag=number, query=f"k={number}")


def flood(gateways: Sequence[Gateway], keys: Sequence[Key], total: int,
          connections: int = CONNECTIONS) -> list[Response]:
    return run(islice(requests(gateways, keys), total), connections)


def statuses(responses: Sequence[Response]) -> Counter:
    return Counter(response.status for response in responses)


def answers(responses: Sequence[Response]) -> Counter:
    """By (tag, status)."""
    return Counter((response.tag, response.status) for response in responses)


def lent(server: Gateway, key: Key, redis: RedisServer, count: int = 200) -> int:
    """Has credit of that key lent, with nobody asking any more; returns how much is out."""
    flood([server], [key], count)
    return wait_until(lambda: redis.credit_out(key.id), 5, "credit is lent")


def await_answers(load: Load, more: int) -> None:
    """Until the load got so many more answers."""
    seen = len(load.responses)
    wait_until(lambda: len(load.responses) >= seen + more, 30, "answers")
