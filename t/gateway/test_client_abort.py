"""Clients that go at every moment: no alert, nothing left behind, what was granted to one who
waited comes back, and what was sent on stays charged.
"""

import os
import random
from collections.abc import Callable, Iterator

import pytest
from harness.admin import Key
from harness.client import CHAT_BODY, Load, Request
from harness.gateway import Gateway
from harness.http2 import Http2
from harness.process import wait_until
from harness.stand import Stand, running_stand
from harness.wire import Wire, chat_bytes

MB = 1024 * 1024
STREAM_BODY = b'{"model":"MiniMax-M3","stream":true,"messages":[{"role":"user","content":"hi"}]}'
SLOW_STREAM = {"x-stub": "frames=400, chunk_delay=20"}
GOING = {"close": Wire.close, "reset": Wire.reset, "half-close": Wire.half_close}


@pytest.fixture(scope="module", params=["on", "off"])
def stand(request: pytest.FixtureRequest,
          tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("abort")) as running:
        running.http = f"mmx_credit {request.param};"
        yield running


@pytest.fixture(scope="module")
def shared(stand: Stand) -> Gateway:
    return stand.gateway(location="client_max_body_size 64m;", redis_timeout="2s")


@pytest.fixture
def gateway(shared: Gateway, stand: Stand) -> Iterator[Gateway]:
    """Afterwards nothing of the test is left in the worker."""
    stand.mark()
    yield shared
    wait_until(lambda: "mmx_waiting_requests 0\n" in shared.status_page(), 5, "nobody waits")
    assert shared.wrong_lines() == []


@pytest.fixture
def key(stand: Stand) -> Key:
    return stand.key()


def await_logged(gateway: Gateway, key: Key, count: int = 1) -> None:
    """Until the requests of the key have ended, whatever their clients saw."""
    wait_until(lambda: (gateway.folder / "access.log").read_text().count(key.id) >= count, 10,
               "the log lines")


@pytest.mark.parametrize("going", GOING)
def test_client_that_goes_before_its_body_is_whole_gets_its_charge_back(
        gateway: Gateway, stand: Stand, key: Key, going: str) -> None:
    with Wire(gateway.address) as wire:
        wire.send(chat_bytes(key.key, body=b"x" * 5000, length=50_000))
        stand.await_counted(key, 1)
        GOING[going](wire)
        await_logged(gateway, key)
    assert stand.arrivals() == []
    stand.await_counted(key, 0, refunds=1, failed=0)


@pytest.mark.parametrize("going", GOING)
@pytest.mark.parametrize("redis_is_away_for_long", [False, True])
def test_client_that_goes_while_redis_is_asked_gets_its_charge_back(
        gateway: Gateway, stand: Stand, key: Key, going: str,
        redis_is_away_for_long: bool) -> None:
    stand.redis.stop()
    with Wire(gateway.address) as wire, Wire(gateway.address) as staying:
        wire.send(chat_bytes(key.key))
        staying.send(chat_bytes(key.key))
        wait_until(lambda: "mmx_waiting_requests 2\n" in gateway.status_page(), 5, "two wait")
        GOING[going](wire)
        wait_until(lambda: "mmx_waiting_requests 1\n" in gateway.status_page(), 5, "one has gone")
        if redis_is_away_for_long:  # the connection is given up, and the commit sent again
            losses = gateway.figure("mmx_redis_losses_total")
            wait_until(lambda: gateway.figure("mmx_redis_losses_total") > losses, 5, "a timeout")
        stand.redis.cont()
        assert staying.response().status == 200
    stand.await_counted(key, 1, refunds=0)
    assert len(stand.arrivals()) == 1


@pytest.mark.parametrize("going", GOING)
def test_client_that_goes_before_the_first_byte_stays_charged(
        gateway: Gateway, stand: Stand, key: Key, going: str) -> None:
    with Wire(gateway.address) as wire:
        wire.send(chat_bytes(key.key, headers={"x-stub": "stall_before_header=20000"}))
        wait_until(stand.arrivals, 5, "the request at the upstream")
        GOING[going](wire)
        await_logged(gateway, key)
    stand.await_counted(key, 1, refunds=0)


@pytest.mark.parametrize("going", GOING)
def test_client_that_goes_within_the_answer_stays_charged(
        gateway: Gateway, stand: Stand, key: Key, going: str) -> None:
    with Wire(gateway.address) as wire:
        wire.send(chat_bytes(key.key, body=STREAM_BODY, headers=SLOW_STREAM))
        assert wire.head().status == 200
        wire.some(300)
        GOING[going](wire)
        await_logged(gateway, key)
    stand.await_counted(key, 1, refunds=0)


def test_client_that_reads_all_and_goes_before_the_end_stays_charged(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    with Wire(gateway.address) as wire:
        wire.send(chat_bytes(key.key, body=STREAM_BODY,
                             headers={"x-stub": "stall_mid=20000, no_done"}))
        assert wire.head().status == 200
        while not wire.silent(0.3):
            pass
        wire.reset()
        await_logged(gateway, key)
    stand.await_counted(key, 1, refunds=0)


def test_client_that_goes_as_soon_as_it_is_answered_stays_charged(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    for going in (Wire.close, Wire.reset):
        with Wire(gateway.address) as wire:
            wire.send(chat_bytes(key.key))
            assert wire.response().status == 200
            going(wire)
    await_logged(gateway, key, 2)
    stand.await_counted(key, 2, refunds=0)


def test_failure_of_minimax_is_refunded_though_the_client_has_gone(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    """The client goes when the failure is on its way to it: what it deserves is the refund."""
    with Wire(gateway.address) as wire:
        wire.send(chat_bytes(key.key, headers={"x-stub": "status=500, big=3000000"}))
        assert wire.head().status == 500
        wire.reset()
        await_logged(gateway, key)
    stand.await_counted(key, 0, refunds=1)


def test_slow_reader_holds_nobody_up_and_gets_all(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    with Wire(gateway.address, receive_buffer=4096) as wire:
        wire.send(chat_bytes(key.key, headers={"x-stub": f"big={8 * MB}", "Connection": "close"}))
        head = wire.head()
        seconds = [gateway.request(key.key).seconds for _ in range(20)]
        got = len(wire.rest())
    assert head.status == 200 and got > 8 * MB and max(seconds) < 2
    stand.await_counted(key, 21)


def reset_before_the_body_is_whole(client: Http2, stand: Stand, key: Key) -> None:
    stream = client.open(key.key, body=CHAT_BODY[:9], end=False)
    stand.await_counted(key, 1)
    client.reset(stream)


def reset_before_the_first_byte(client: Http2, stand: Stand, key: Key) -> None:
    stream = client.open(key.key, headers={"x-stub": "stall_before_header=20000"})
    wait_until(stand.arrivals, 5, "the request at the upstream")
    client.reset(stream)


def reset_within_the_answer(client: Http2, stand: Stand, key: Key) -> None:
    stream = client.open(key.key, body=STREAM_BODY, headers=SLOW_STREAM)
    client.wait(lambda: stream in client.responses and len(client.responses[stream].body) > 100)
    client.reset(stream)


RESETS: list[Callable[[Http2, Stand, Key], None]] = [
    reset_before_the_body_is_whole, reset_before_the_first_byte, reset_within_the_answer]


@pytest.mark.parametrize("stage", RESETS)
def test_http2_stream_that_is_reset_is_charged_for_what_left_and_harms_no_other(
        gateway: Gateway, stand: Stand, key: Key, stage: Callable) -> None:
    with Http2((gateway.address[0], gateway.h2_port)) as client:
        stage(client, stand, key)
        await_logged(gateway, key)
        assert client.response(client.open(stand.key().key)).status == 200
    left = stage is not reset_before_the_body_is_whole
    stand.await_counted(key, int(left), refunds=int(not left), failed=0)


def test_http2_streams_that_are_reset_while_redis_is_asked_cost_nothing(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    with Http2((gateway.address[0], gateway.h2_port)) as client:
        stand.redis.stop()
        streams = [client.open(key.key) for _ in range(40)]
        wait_until(lambda: "mmx_waiting_requests 40\n" in gateway.status_page(), 5, "40 wait")
        for stream in streams[1::2]:
            client.reset(stream)
        wait_until(lambda: "mmx_waiting_requests 20\n" in gateway.status_page(), 5, "20 wait")
        stand.redis.cont()
        statuses = [client.response(stream).status for stream in streams[::2]]
    assert statuses == [200] * 20
    stand.await_counted(key, 20)
    assert len(stand.arrivals()) == 20


def test_http2_rapid_resets_leave_nothing(gateway: Gateway, stand: Stand, key: Key) -> None:
    for _ in range(5):
        with Http2((gateway.address[0], gateway.h2_port)) as client:
            for _ in range(100):  # then nginx may have had enough of the connection
                client.reset(client.open(key.key))
    wait_until(lambda: "mmx_waiting_requests 0\n" in gateway.status_page(), 5, "nobody waits")
    arrived = len(stand.arrivals())
    assert arrived <= stand.redis.counted(key.id) <= 500
    assert gateway.request(stand.key().key).status == 200


def descriptors(gateway: Gateway) -> int:
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in gateway.workers())


def go_at_random(gateway: Gateway, key: str, dice: random.Random) -> None:
    with Wire(gateway.address) as wire:
        data = chat_bytes(key, body=STREAM_BODY, headers={"x-stub": "chunk_delay=2"})
        wire.send(data[:dice.choice([10, len(data) - 5, len(data), len(data)])])
        wire.silent(dice.choice([0.001, 0.003, 0.01]))
        dice.choice([Wire.close, Wire.reset, Wire.half_close])(wire)


def test_hundreds_that_go_at_any_moment_leave_nothing_behind(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    gateway.request(key.key)
    wait_until(lambda: stand.redis.counted(key.id) == 1, 5)
    before = descriptors(gateway)
    dice = random.Random(7)
    steady = stand.key()
    with Load((Request.chat(gateway.address, steady.key) for _ in range(400)), 4) as load:
        for _ in range(200):
            go_at_random(gateway, key.key, dice)
        load.join()
    assert {response.status for response in load.responses} == {200}
    stand.await_counted(steady, 400)
    # Connections to the upstream are kept open, so many as the load had at once.
    wait_until(lambda: descriptors(gateway) <= before + 64, 10, "descriptors are closed")
    assert len(stand.arrivals()) - 400 <= stand.redis.counted(key.id) <= 201
