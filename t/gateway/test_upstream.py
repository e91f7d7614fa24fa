"""Connections to MiniMax: kept, and its addresses looked up again while they are (mmx_server)."""

import asyncio
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.client import Load, Request, Response, run
from harness.dns import NXDOMAIN, SERVFAIL, Dns
from harness.gateway import PROXY, TEMPLATE, Gateway
from harness.paths import NGINX, SANITIZED
from harness.process import wait_until
from harness.redis import RedisServer
from harness.servers import keeps_in_any_order
from harness.tls_front import TlsFront, trusting
from harness.traffic import await_answers, statuses
from harness.upstream import Upstream
from harness.wire import Wire

NAME = "api.minimax.test"  # as harness.gateway.PROXY has it
CALLS = 300 if SANITIZED else 1000
TTL_SECONDS = 1
# After the TTL nginx' resolver asks; a second more for its clock, which has whole ones.
TTL_SLACK_S = 2.0
KEEP = "keepalive 64; keepalive_requests 10000;"
SERVER_LINE = "upstream minimax { server @UPSTREAM@; keepalive 64; }"


def template(block: str, scheme: str = "https") -> str:
    assert SERVER_LINE in TEMPLATE
    return (TEMPLATE.replace(SERVER_LINE, f"upstream minimax {{ {block} }}")
            .replace("http://minimax", f"{scheme}://minimax"))


class Minimax:
    """A TLS front on addresses, a nameserver that knows some of them, and gateways to both."""

    def __init__(self, folder: Path, gateway: Callable[..., Gateway], upstream: Upstream,
                 port: int, **front: object):
        self.front = TlsFront(folder / "front", NAME, upstream.address, port, **front)
        self.dns = Dns(NAME, ["127.0.0.1"], ttl=TTL_SECONDS)
        self._gateway = gateway

    def gateway(self, keep: str = KEEP, **options: object) -> Gateway:
        proxy = PROXY.replace("@ROOT@/conf/mmx_proxy.conf", str(trusting(self.front.authority)))
        return self._gateway(**({
            "template": template(f"mmx_server {NAME}:{self.front.port}; {keep}"),
            "http": f"resolver {self.dns.resolver} ipv6=off; resolver_timeout 2s;",
            "proxy": proxy} | options))

    def addresses(self, since: int = 0) -> Counter[str]:
        """How many calls came to each, but for the first so many."""
        return Counter(call.address for call in self.front.calls()[since:])

    def close(self) -> None:
        self.front.kill()
        self.dns.close()


@pytest.fixture
def minimax_with(tmp_path: Path, gateway: Callable[..., Gateway], upstream: Upstream,
                 port: int) -> Iterator[Callable[..., Minimax]]:
    made: list[Minimax] = []

    def make(**front: object) -> Minimax:
        made.append(Minimax(tmp_path, gateway, upstream, port, **front))
        return made[-1]
    yield make
    for one in made:
        one.close()


@pytest.fixture
def minimax(minimax_with: Callable[..., Minimax]) -> Minimax:
    return minimax_with(addresses=("127.0.0.1", "127.0.0.2", "127.0.0.3"))


def calls(server: Gateway, key: Key, total: int | None = None) -> Iterator[Request]:
    for number in count() if total is None else range(total):
        yield Request.chat(server.address, key.key, headers={"X-Call": str(number)})


def figures(server: Gateway) -> dict[str, int]:
    lines = (line.split(" ") for line in server.status_page().splitlines() if "_upstream_" in line)
    return {name.removeprefix("mmx_upstream_").removesuffix("_total"): int(value)
            for name, value in (line for line in lines if line[0].startswith("mmx_upstream_"))}


def assert_all_answered(responses: list[Response]) -> None:
    failed = [(response.status, response.error, response.text[:200])
              for response in responses if response.status != 200]
    assert responses and not failed, failed[:3]


@pytest.mark.parametrize("at_once", [1, 32])
def test_no_more_connections_than_requests_at_once(minimax: Minimax, key: Key,
                                                   at_once: int) -> None:
    server = minimax.gateway(workers=1 if at_once == 1 else 2)
    before = figures(server)
    assert_all_answered(run(calls(server, key, CALLS), at_once))
    wait_until(lambda: len(minimax.front.calls()) == CALLS, 5, "each has its line")
    assert len(minimax.front.connections()) <= at_once
    moved = {name: figure - before[name] for name, figure in figures(server).items()}
    assert moved["requests"] == CALLS
    assert moved["connections"] == moved["handshakes"] <= at_once


def test_a_new_connection_takes_up_an_earlier_tls_session(minimax: Minimax, key: Key) -> None:
    server = minimax.gateway(keep="keepalive 64; keepalive_requests 1;", workers=1)
    assert_all_answered(run(calls(server, key, 30), 1))
    wait_until(lambda: len(minimax.front.connections()) == 30, 5, "each has its line")
    # The first whole handshake was a probe's.
    assert all(call.resumed for call in minimax.front.calls())


def test_all_addresses_have_their_share(minimax: Minimax, key: Key) -> None:
    minimax.dns.addresses = ["127.0.0.3", "127.0.0.1", "127.0.0.2"]
    server = minimax.gateway(workers=1)
    assert_all_answered(run(calls(server, key, 90), 4))
    wait_until(lambda: minimax.addresses().total() == 90, 5, "each has its line")
    assert set(minimax.addresses().values()) == {30}


def test_an_address_of_version_6_is_used(minimax_with: Callable[..., Minimax], key: Key) -> None:
    minimax = minimax_with(addresses=("[::1]",))
    minimax.dns.addresses = ["::1"]
    server = minimax.gateway(
        workers=1, http=f"resolver {minimax.dns.resolver}; resolver_timeout 2s;",
        server="add_header X-Address $upstream_addr;")
    (answer,) = run(calls(server, key, 1), 1)
    assert answer.headers["x-address"] == f"[::1]:{minimax.front.port}"


def test_traffic_moves_when_the_addresses_change(minimax: Minimax, key: Key) -> None:
    server = minimax.gateway()
    with Load(calls(server, key), 8) as load:
        await_answers(load, 50)
        minimax.dns.addresses = ["127.0.0.2"]
        time.sleep(TTL_SECONDS + TTL_SLACK_S)
        moved = len(minimax.front.calls()) + 8  # those under way
        await_answers(load, 100)
    assert_all_answered(load.responses)
    assert set(minimax.addresses(moved)) == {"127.0.0.2"}


def test_without_dns_it_starts_charges_nothing_and_recovers(
        minimax: Minimax, key: Key, redis: RedisServer, upstream: Upstream) -> None:
    minimax.dns.rcode = None
    server = minimax.gateway(ready=False, redis_timeout="1s")
    answer = server.request(key.key)
    assert answer.status == 503 and answer.headers["retry-after"] == "1"
    assert '"code":"upstream_unresolved"' in answer.text
    assert server.request("mmx-short").status == 401
    minimax.dns.rcode = SERVFAIL
    wait_until(lambda: figures(server)["look_up_failures"] > 1, 10, "look-ups fail")
    started = time.monotonic()
    anthropic = server.request(key.key, path="/mini/anthropic/v1/messages")
    assert anthropic.status == 503 and '"type":"overloaded_error"' in anthropic.text
    assert time.monotonic() - started < 0.9, "nobody waits once it is known"
    assert redis.counted(key.id) == 0 and not upstream.received()

    minimax.dns.rcode = 0
    wait_until(lambda: server.request(key.key).status == 200, 15, "it recovers by itself")


@pytest.mark.parametrize("rcode", [None, SERVFAIL, NXDOMAIN])
def test_while_dns_fails_the_last_addresses_stay(minimax: Minimax, key: Key,
                                                 rcode: int | None) -> None:
    server = minimax.gateway()
    with Load(calls(server, key), 4) as load:
        await_answers(load, 20)
        minimax.dns.rcode = rcode
        wait_until(lambda: figures(server)["look_up_failures"] > 1, 20, "look-ups fail")
        await_answers(load, 50)
        server.reload()
        await_answers(load, 100)
    assert_all_answered(load.responses)


def test_a_dead_address_is_passed_over(minimax: Minimax, key: Key) -> None:
    minimax.dns.addresses = ["127.0.0.1", "127.0.0.9"]  # nobody listens on the second
    server = minimax.gateway(workers=1)
    assert_all_answered(run(calls(server, key, 200), 4))
    refused = server.log().count("Connection refused")
    assert 1 <= refused <= 6, "one of those at once each, and again after ten seconds"


def test_all_addresses_that_failed_are_tried_again(minimax_with: Callable[..., Minimax],
                                                   key: Key) -> None:
    """nginx's round robin alone would know no live server for ten seconds."""
    minimax = minimax_with(addresses=("127.0.0.1", "127.0.0.2"),
                           location="if ($http_x_call = break) { return 444; }")
    minimax.dns.addresses = ["127.0.0.1", "127.0.0.2"]
    server = minimax.gateway(workers=1, keep="")
    broken = Request.chat(server.address, key.key, headers={"X-Call": "break"})
    assert set(statuses(run([broken] * 6, 2))) == {502}
    assert_all_answered(run(calls(server, key, 20), 1))


@pytest.mark.parametrize("change", ["reload", "upgrade"])
def test_workers_change_under_load(minimax: Minimax, key: Key, change: str) -> None:
    server = minimax.gateway()
    with Load(calls(server, key), 8) as load:
        for _ in range(3 if change == "reload" else 1):
            await_answers(load, 50)
            getattr(server, change)()
        await_answers(load, 50)
    assert_all_answered(load.responses)
    server.quit()


class Closing:
    """An upstream that answers and closes without having said that it would: with the answer, or
    after idle_s, or when hang_up() says so."""

    def __init__(self, idle_s: float):
        self._idle_s = idle_s
        self._writers: list[asyncio.StreamWriter] = []
        self.received: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(60):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                names = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                await reader.readexactly(int(names.get("Content-Length", 0)))
            self.received.append(names.get("X-Call", ""))
            self._writers.append(writer)
            connection = writer.get_extra_info("socket")
            if self._idle_s == 0:  # the end leaves in one packet with the answer
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            if self._idle_s == 0:
                connection.shutdown(socket.SHUT_WR)
            await asyncio.sleep(self._idle_s)
        except (OSError, EOFError, TimeoutError):
            pass
        finally:
            writer.close()

    def hang_up(self) -> None:
        for writer in self._writers:
            self._loop.call_soon_threadsafe(writer.close)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


@pytest.mark.parametrize("idle_s, pause_s, total", [(0, 0, 200), (0.05, 0.15, 40)])
def test_a_connection_that_was_closed_costs_nobody_a_failure(
        gateway: Callable[..., Gateway], key: Key, idle_s: float, pause_s: float,
        total: int) -> None:
    closing = Closing(idle_s)
    server = gateway(workers=1, ready=False, template=template(
        f"mmx_server 127.0.0.1:{closing.port}; keepalive 64;", scheme="http"),
        location="proxy_set_header X-Call $http_x_call;")
    wait_until(lambda: server.request(key.key).status == 200, 10, "it forwards")
    time.sleep(pause_s)
    before = len(closing.received)

    def paced() -> Iterator[Request]:
        for request in calls(server, key, total):
            yield request
            time.sleep(pause_s)
    assert_all_answered(run(paced(), 1))
    assert sorted(map(int, closing.received[before:])) == list(range(total)), "each once"
    closing.close()


def test_a_connection_that_ends_before_the_request_goes_out_is_not_used(
        gateway: Callable[..., Gateway], admin: Admin) -> None:
    """The worker learns of the request and of the end of the connection at once, in that order."""
    closing = Closing(60)
    server = gateway(workers=1, template=template(
        f"mmx_server 127.0.0.1:{closing.port}; keepalive 64;", scheme="http"), ready=False,
        server="""location /plain/ { proxy_pass http://minimax; proxy_http_version 1.1;
                                     proxy_set_header Connection ""; }""")
    post = "POST /plain/ HTTP/1.1\r\nHost: x\r\nX-Call: 1\r\nContent-Length: 0\r\n\r\n"
    (worker,) = server.workers()
    with Wire(server.address) as wire:
        wire.send(post)
        assert wire.response().status == 200
        for turn in range(5):
            os.kill(worker, signal.SIGSTOP)
            wire.send(post)
            time.sleep(0.05)
            closing.hang_up()
            time.sleep(0.05)
            os.kill(worker, signal.SIGCONT)
            assert wire.response().status == 200, turn
    assert len(closing.received) == 6
    closing.close()


@pytest.mark.parametrize("block, http, said", [
    (f"mmx_server {NAME};", "", "needs a nameserver"),
    pytest.param(f"keepalive 4; mmx_server {NAME};", "resolver 127.0.0.1;", "before \"keepalive\"",
                 marks=pytest.mark.skipif(keeps_in_any_order(NGINX), reason="any order serves")),
    (f"mmx_server {NAME}; mmx_server {NAME};", "resolver 127.0.0.1;", "duplicate"),
    (f"mmx_server {NAME}; server 127.0.0.1;", "resolver 127.0.0.1;", "the only server"),
    ("mmx_server unix:/tmp/x;", "", "takes HOST"),
    (f"mmx_server {NAME}:http;", "", "takes HOST"),
    (f"mmx_server {NAME}/v1;", "", "takes HOST"),
    ("mmx_server 127.0.0.1; zone minimax 64k;", "", "takes no \"zone\""),
    (f"zone minimax 64k; mmx_server {NAME};", "resolver 127.0.0.1;", "takes no \"zone\""),
])
def test_wrong_blocks_are_refused(gateway: Callable[..., Gateway], block: str, http: str,
                                  said: str) -> None:
    server = gateway(start=False, template=template(block), http=http, allow=(r"\[emerg\]",))
    outcome = server.check()
    assert outcome.returncode != 0 and said in outcome.stderr, outcome.stderr


def test_a_proxy_pass_that_keeps_nothing_is_warned_of(gateway: Callable[..., Gateway],
                                                      admin: Admin) -> None:
    text = TEMPLATE.replace("http://minimax", "https://$mmx_upstream")
    outcome = gateway(start=False, template=text, http="resolver 127.0.0.1;").check()
    assert outcome.returncode == 0 and "TLS connection of its own" in outcome.stderr
