"""HTTP as clients speak it: bodies of every size and framing, answers in order, what a refusal
leaves of the connection, HTTP/1.0 and HTTP/2.
"""

import hashlib
import json
from collections.abc import Iterator

import pytest
from harness.admin import Key
from harness.client import CHAT_BODY, Request, run
from harness.gateway import Gateway
from harness.http2 import Http2
from harness.stand import Stand, running_stand
from harness.wire import Wire, chat_bytes

UNKNOWN = "mmx-" + "0" * 32
MB = 1024 * 1024
STREAM_BODY = b'{"model":"MiniMax-M3","stream":true,"messages":[{"role":"user","content":"hi"}]}'


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("protocols")) as running:
        yield running


@pytest.fixture(scope="module")
def shared(stand: Stand) -> Gateway:
    return stand.gateway(location="client_max_body_size 64m;")


@pytest.fixture
def gateway(shared: Gateway, stand: Stand) -> Gateway:
    stand.mark()
    return shared


@pytest.fixture
def key(stand: Stand) -> Key:
    return stand.key()


def big_body(size: int) -> bytes:
    body = json.dumps({"model": "MiniMax-M3", "messages": [], "padding": ""}).encode()
    return body[:-2] + b"x" * (size - len(body)) + body[-2:]


@pytest.mark.parametrize("size", [2, 1000, 64 * 1024, MB, 20 * MB])
@pytest.mark.parametrize("chunked", [False, True])
def test_body_of_any_size_arrives_whole(
        gateway: Gateway, stand: Stand, key: Key, size: int, chunked: bool) -> None:
    body = big_body(size) if size > 100 else b"{}"
    data = chat_bytes(key.key, body=body)
    if chunked:
        head = (f"POST /mini/v1/chat/completions HTTP/1.1\r\nHost: gate\r\n"
                f"X-Api-Key: {key.key}\r\nTransfer-Encoding: chunked\r\n\r\n").encode()
        pieces = [body[at:at + 100_003] for at in range(0, len(body), 100_003)]
        data = head + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
    answer, = run([Request(gateway.address, data)])
    assert answer.status == (400 if size == 2 else 200)
    event, = stand.arrivals()
    assert event["body_sha256"] == hashlib.sha256(body).hexdigest()
    assert event["body_bytes"] == len(body)
    stand.await_counted(key, 1)


def test_refused_body_of_any_size_leaves_the_connection_usable(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    with Wire(gateway.address) as wire:
        for size in (10, 100_000, MB):
            wire.send(chat_bytes(UNKNOWN, body=b"x" * size) + chat_bytes(key.key))
            assert [wire.response().status, wire.response().status] == [401, 200]
    stand.await_counted(key, 3)
    assert [event["body_bytes"] for event in stand.arrivals()] == [len(CHAT_BODY)] * 3


def test_refusal_does_not_wait_for_the_body_and_the_rest_may_follow(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    with Wire(gateway.address) as wire:
        wire.send(chat_bytes(UNKNOWN, body=b"x" * 1000, length=200_000))
        assert wire.response().status == 401
        wire.send(b"x" * 199_000 + chat_bytes(key.key))
        assert wire.response().status == 200
    stand.await_counted(key, 1)


def test_pipelined_requests_are_answered_in_order_each_with_its_own_verdict(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    limited = stand.key(day=2)
    order = [key.key, UNKNOWN, limited.key, limited.key, limited.key, "mmx-short", key.key] * 3
    with Wire(gateway.address) as wire:
        wire.send(b"".join(chat_bytes(each) for each in order))
        statuses = [wire.response().status for _ in order]
    assert statuses == [200, 401, 200, 200, 429, 401, 200] + [200, 401, 429, 429, 429, 401, 200] * 2
    stand.await_counted(key, 6)
    stand.await_counted(limited, 2)


def test_refusal_asks_for_no_body(gateway: Gateway, stand: Stand) -> None:
    used_up = stand.key(day=1)
    gateway.request(used_up.key)
    for key, status in ((UNKNOWN, 401), ("mmx-short", 401), (used_up.key, 429)):
        with Wire(gateway.address) as wire:
            wire.send(chat_bytes(key, body=b"", length=MB, headers={"Expect": "100-continue"}))
            response = wire.response()
            assert response.status == status  # and not 100 before it
            assert response.headers["connection"] == "close"
    assert len(stand.arrivals()) == 1


def test_admitted_request_is_asked_for_its_body(gateway: Gateway, stand: Stand, key: Key) -> None:
    with Wire(gateway.address) as wire:
        wire.send(chat_bytes(key.key, body=b"", length=len(CHAT_BODY),
                             headers={"Expect": "100-continue"}))
        assert wire.head().status == 100
        wire.send(CHAT_BODY)
        assert wire.response().status == 200
        wire.send(chat_bytes(key.key))  # and the connection goes on
        assert wire.response().status == 200
    stand.await_counted(key, 2)


@pytest.mark.parametrize("key_is_good, status", [(True, 200), (False, 401)])
def test_http_1_0_is_answered_and_closed(
        gateway: Gateway, stand: Stand, key: Key, key_is_good: bool, status: int) -> None:
    with Wire(gateway.address) as wire:
        wire.send(chat_bytes(key.key if key_is_good else UNKNOWN, version="1.0"))
        head = wire.head()
        assert head.status == status and "transfer-encoding" not in head.headers
        body = wire.rest()
        assert json.loads(body) and len(body) == int(head.headers.get("content-length", len(body)))


def test_head_is_answered_without_a_body(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    head = "HEAD /mini/v1/models HTTP/1.1\r\nHost: gate\r\nX-Api-Key: {}\r\n\r\n"
    with Wire(gateway.address) as wire:
        wire.send(head.format(UNKNOWN))
        refused = wire.head()
        assert refused.status == 401 and int(refused.headers["content-length"]) > 0
        wire.send(head.format(key.key))
        admitted = wire.head()
        assert admitted.status == 404  # the stand-in knows no HEAD, as MiniMax; refunded
        wire.send(chat_bytes(key.key))
        assert wire.response().status == 200
    assert len(stand.arrivals()) == 2
    stand.await_counted(key, 1, refunds=1, failed=0)


def test_http2_chat_and_stream_and_refusal_share_a_connection(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    with Http2((gateway.address[0], gateway.h2_port)) as client:
        chat = client.response(client.open(key.key))
        assert chat.status == 200 and json.loads(chat.body)["choices"]
        stream = client.response(client.open(key.key, body=STREAM_BODY))
        assert stream.body.endswith(b"data: [DONE]\n\n")
        refused = client.response(client.open(UNKNOWN, body=b"x" * 10_000))
        assert refused.status == 401
        assert json.loads(refused.body)["error"]["code"] == "invalid_api_key"
        half = client.open(UNKNOWN, end=False)  # refused before its body is whole
        assert client.response(half).status == 401
        assert client.response(client.open(key.key)).status == 200
    stand.await_counted(key, 3)


def test_http2_streams_of_one_connection_are_counted_exactly(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=60)
    with Http2((gateway.address[0], gateway.h2_port)) as client:
        streams = [client.open(key.key) for _ in range(100)]
        statuses = [client.response(stream).status for stream in streams]
    assert sorted(statuses) == [200] * 60 + [429] * 40
    assert len(stand.arrivals()) == 60
    stand.await_counted(key, 60)


def test_http2_body_that_comes_late_is_still_one_request(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    with Http2((gateway.address[0], gateway.h2_port)) as client:
        stream = client.open(key.key, body=CHAT_BODY[:20], end=False)
        assert client.response(client.open(key.key)).status == 200
        client.send(stream, CHAT_BODY[20:], end=True)
        assert client.response(stream).status == 200
    assert {event["body_bytes"] for event in stand.arrivals()} == {len(CHAT_BODY)}
    stand.await_counted(key, 2)
