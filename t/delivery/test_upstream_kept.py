"""Every configuration that is shipped keeps its connections to MiniMax, as it is written."""

import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.admin import Key
from harness.client import CHAT_BODY
from harness.dns import Dns
from harness.gateway import Gateway
from harness.process import free_port, wait_until
from harness.shipped import MINIMAX, installed, least_conf, nginx_conf
from harness.tls_front import TlsFront
from harness.upstream import Upstream

CALLS = 100
UNVERIFIED = ssl._create_unverified_context()


@dataclass(frozen=True, slots=True)
class Minimax:
    """MiniMax's stand-in behind its true name, and /etc/nginx/mmx as the README has it filled."""

    front: TlsFront
    dns: Dns
    mmx: Path


@pytest.fixture
def minimax(tmp_path: Path, upstream: Upstream) -> Iterator[Minimax]:
    front = TlsFront(tmp_path / "front", MINIMAX, upstream.address, free_port())
    dns = Dns(MINIMAX, ["127.0.0.1"], ttl=60)
    yield Minimax(front, dns, installed(tmp_path / "mmx", front))
    dns.close()
    front.kill()


def call(url: str, key: Key, number: object) -> int:
    """One call on a connection of its own, which any worker may take."""
    request = urllib.request.Request(
        f"{url}/mini/v1/chat/completions", CHAT_BODY, {
            "Authorization": f"Bearer {key.key}", "X-Call": str(number),
            "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=15, context=UNVERIFIED) as answer:
            return answer.status if b'"choices"' in answer.read() else 0
    except urllib.error.HTTPError as refused:
        return refused.code


def handshakes(page: str) -> int:
    with urllib.request.urlopen(page, timeout=15) as answer:
        lines = answer.read().decode().splitlines()
    return next(int(line.split(" ")[1]) for line in lines
                if line.startswith("mmx_upstream_handshakes_total "))


def assert_kept(front: TlsFront, url: str, key: Key, page: str) -> None:
    wait_until(lambda: call(url, key, "-") == 200, 20, "the gateway forwards")
    assert [call(url, key, number) for number in range(CALLS)] == [200] * CALLS
    wait_until(lambda: len(front.calls()) == CALLS, 5, "each has its line")
    workers = os.cpu_count() or 1  # each has connections of its own
    assert len(front.connections()) <= workers
    assert handshakes(page) <= workers


def test_the_shipped_nginx_conf(minimax: Minimax, gateway: Callable[..., Gateway],
                                key: Key) -> None:
    status_port = free_port()
    template = nginx_conf(minimax.dns.resolver, minimax.mmx, minimax.front.folder / "cert.pem",
                          minimax.front.folder / "key.pem", status_port)
    server = gateway(template=template, ready=False, workers=1,
                     allow=("setrlimit",))  # where the tests may not raise it
    assert_kept(minimax.front, f"https://127.0.0.1:{server.port}", key,
                f"http://127.0.0.1:{status_port}/metrics")


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_least_of_a_readme(minimax: Minimax, gateway: Callable[..., Gateway], key: Key,
                               readme: str) -> None:
    server = gateway(template=least_conf(readme, minimax.dns.resolver, minimax.mmx), ready=False,
                     workers=1)
    assert_kept(minimax.front, server.url, key, f"{server.url}/mmx_status")
