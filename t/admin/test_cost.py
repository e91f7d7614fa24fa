"""What a request costs before anybody has said who they are: little, linear, and counted."""

import json
import os
import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice, product
from pathlib import Path

import pytest
from harness.admin import Admin
from harness.daemon import API, Browser, Daemon
from harness.people import PASSWORD, logged_in, outlast_throttle
from harness.process import wait_until
from harness.redis import RedisServer

HEAD_MAX, HEAD_SECONDS = 64 * 1024, 10
OPEN_BODY_MAX, BODY_MAX = 4 * 1024, 256 * 1024
FLAT_KIB = 8 * 1024  # what the allocator and 32 threads take, whatever is sent
TICKS = os.sysconf("SC_CLK_TCK")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MEMBERS = b"{" + b",".join(
    f'"{a}{b}{c}":0'.encode() for a, b, c in islice(product(DIGITS, repeat=3), 32700)) + b"}"
OPEN = ["/session", "/setup"]


def peak_kib(daemon: Daemon) -> int:
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def cpu_seconds(daemon: Daemon) -> float:
    fields = Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def sent(daemon: Daemon, begin: bytes, piece: bytes, pieces: int) -> bytes:
    """What comes back for begin and then piece over and over; empty: the daemon hung up."""
    answer = b""
    with closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(30)
        client.connect(daemon.socket)
        try:
            client.sendall(begin)
            for _ in range(pieces):
                client.sendall(piece)
        except OSError:
            pass  # it has answered before it read all
        try:
            while more := client.recv(65536):
                answer += more
        except OSError:
            pass
    return answer


@pytest.mark.parametrize("begin, piece", [
    (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: ", b"a" * 65536),
    (b"GET / HTTP/1.1\r\nHost: a\r\n", b"a: b\r\n" * 8192),
    (b"GET /", b"a" * 65536), (b"", b"\n" * 65536)], ids=["one line", "lines", "target", "breaks"])
def test_a_head_of_any_length_is_in_no_memory(begin: bytes, piece: bytes, daemon: Daemon) -> None:
    daemon.ask("GET", "/health")
    before = peak_kib(daemon)
    for _ in range(2):
        answer = sent(daemon, begin, piece, 50 * 1024 * 1024 // len(piece))
        assert not answer or answer.startswith(b"HTTP/1.1 431 "), answer[:200]
    assert peak_kib(daemon) - before < FLAT_KIB
    assert daemon.ask("GET", "/health").status == 200


def test_a_head_at_its_bound(daemon: Daemon) -> None:
    begin, end = b"GET /api/v1/health HTTP/1.1\r\nX-Long: ", b"\r\n\r\n"
    fitting = HEAD_MAX - len(begin) - len(end)
    piece = 8000  # of a line: newer versions of the library take no longer ones
    lines = b"a" * (fitting % piece) + b"\r\nX-Long: ".join(
        [b""] + [b"a" * (piece - len("\r\nX-Long: "))] * (fitting // piece))
    assert sent(daemon, begin + lines + end, b"", 0).startswith(b"HTTP/1.1 200 ")
    answer = sent(daemon, begin + b"a" + lines + end, b"", 0)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ") and b"nosniff" in head
    error = json.loads(body)["error"]
    assert error["code"] == "head_too_large" and str(HEAD_MAX) in error["message"]


def test_a_head_that_dribbles_ends(daemon: Daemon) -> None:
    begun = time.monotonic()
    with closing(socket.socket(socket.AF_UNIX)) as client:
        client.connect(daemon.socket)
        client.settimeout(0.5)
        for byte in b"GET /api/v1/health HTTP/1.1\r\n" + b"a" * 1000:
            try:
                client.sendall(bytes([byte]))
                if client.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    assert HEAD_SECONDS - 1 < time.monotonic() - begun < HEAD_SECONDS + 5


@pytest.mark.parametrize("path", OPEN)
def test_open_routes_take_small_bodies(path: str, daemon: Daemon, redis: RedisServer) -> None:
    def of(size: int) -> bytes:
        return b'{"name":"' + b"x" * (size - 11) + b'"}'

    refused = daemon.ask("POST", path, of(OPEN_BODY_MAX + 1))
    assert refused.status == 413 and refused.code == "payload_too_large"
    assert str(OPEN_BODY_MAX) in refused.json()["error"]["message"]
    assert daemon.ask("POST", path, MEMBERS).status == 413
    # Of /setup nothing is read before there is a token, which the daemon makes after it listens.
    wait_until(lambda: daemon.ask("POST", path, of(OPEN_BODY_MAX)).status == 400, 5,
               "the largest body is read")


def test_33000_members_cost_next_to_nothing(alice: Browser, daemon: Daemon) -> None:
    """Before anybody is known, and after."""
    assert BODY_MAX - 1024 < len(MEMBERS) <= BODY_MAX
    before = cpu_seconds(daemon)
    for _ in range(10):
        assert daemon.ask("POST", "/session", MEMBERS).status == 413
        assert daemon.ask("PATCH", "/settings", MEMBERS).status == 401
    answer = alice.ask("PATCH", "/settings", MEMBERS)
    assert answer.code == "invalid_json" and "64 members" in answer.json()["error"]["message"]
    assert cpu_seconds(daemon) - before < 1.0  # a single one took 1.45 s


def test_who_is_nobody_has_no_body_in_memory(daemon: Daemon) -> None:
    daemon.ask("GET", "/health")
    before = peak_kib(daemon)
    body = b'{"note":"' + b"x" * (BODY_MAX - 11) + b'"}'
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: daemon.ask("POST", "/keys", body), range(200)))
    assert {answer.status for answer in answers} == {401}
    assert peak_kib(daemon) - before < FLAT_KIB


def test_a_long_path_takes_no_stack(daemon: Daemon) -> None:
    daemon.ask("GET", "/health")
    before = peak_kib(daemon)
    head = f"POST /{'a' * 8000} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: sent(daemon, head, b"", 0), range(300)))
    assert all(answer.startswith(b"HTTP/1.1 414 ") for answer in answers)
    assert peak_kib(daemon) - before < FLAT_KIB


def unreadable(path: str) -> list[bytes]:
    return [b"{", b"[]", b"\xff", b'{"name":1}', b"{}", b'{"name":"a","name":"b"}'] * 2


@pytest.mark.parametrize("path", OPEN)
def test_what_cannot_be_read_is_an_attempt(
        path: str, people: Admin, daemon_with: Callable[..., Daemon],
        redis: RedisServer) -> None:
    daemon = daemon_with()
    statuses = [daemon.ask("POST", path, body).status for body in unreadable(path)]
    if path == "/setup":  # where there is an account nothing is read, and nobody can succeed
        assert set(statuses) == {401} and not redis.command("KEYS", "mmx:login:*")
    else:
        assert set(statuses[:4]) <= {400, 401} and statuses[-1] == 429
    outlast_throttle(redis)
    assert logged_in(daemon, "alice", PASSWORD).cookie  # of another browser, when it has waited


def test_a_request_with_a_body_that_nobody_wants_hears_its_answer(daemon: Daemon) -> None:
    head = (f"POST {API}/nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: {BODY_MAX}\r\n\r\n")
    assert sent(daemon, head.encode(), b"x" * 4096, BODY_MAX // 4096).startswith(b"HTTP/1.1 404 ")
