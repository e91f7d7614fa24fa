"""An answer that shows the master key, as a front that echoes requests makes one, never shows it to
the client nor to a log."""

import json
import re
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.gateway import Gateway
from harness.process import wait_until
from harness.servers import needs_directive
from harness.upstream import PROBE_PATH
from harness.wire import Wire

PAUSE_S = 0.02  # between two pieces, so that nginx reads each by itself
PART = 12  # so many characters of the key in a row would tell of it
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

# An operator's own location, whose answers nginx keeps.
KEEPING = """
        location /kept/ {
            mmx on;
            proxy_set_header Authorization $mmx_authorization;
            proxy_cache kept;
            proxy_cache_valid any 1m;
            proxy_cache_key $uri;
            rewrite ^/kept(/.*)$ $1 break;
            proxy_pass http://minimax;
        }
"""
KEPT = "proxy_cache_path @DIR@/kept keys_zone=kept:1m;"


class EchoingFront:
    """Answers with the pieces that answer() makes of the key it was sent."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.answer: Callable[[bytes], list[bytes]] = lambda key: []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                self._answer(client)

    def _answer(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        while b"\r\n\r\n" not in data:
            data += client.recv(65536)
        if PROBE_PATH.encode() in data.splitlines()[0]:
            client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        key = re.search(rb"\r\nAuthorization: Bearer ([^\r]+)\r\n", data).group(1)
        for piece in self.answer(key):
            try:
                client.sendall(piece)
            except OSError:
                return
            time.sleep(PAUSE_S)

    def close(self) -> None:
        self._listener.close()


def get(server: Gateway, key: Key, path: str = "/mini/v1/models", method: str = "GET",
        headers: str = "") -> bytes:
    """Everything that the client gets."""
    with Wire(server.address) as wire:
        wire.send(f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}"
                  f"X-Api-Key: {key.key}\r\n\r\n")
        return wire.rest()


@contextmanager
def front_of(gateway: Callable[..., Gateway], **options: str) -> Iterator[
        tuple[EchoingFront, Gateway]]:
    front = EchoingFront()
    try:
        yield front, gateway(workers=1, upstream=front.address,
                             allow=(r"upstream prematurely closed",), **options)
    finally:
        front.close()


@pytest.fixture
def ask(gateway: Callable[..., Gateway], key: Key) -> Iterator[Callable[..., bytes]]:
    """Everything that the client gets of such an answer."""
    with front_of(gateway) as (front, server):
        def got(answer: Callable[[bytes], list[bytes]], method: str = "GET") -> bytes:
            front.answer = answer
            return get(server, key, method=method)
        got.server = server
        yield got


def whole(body: bytes, *headers: bytes) -> list[bytes]:
    lines = b"".join(header + b"\r\n" for header in headers)
    return [HEAD + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body]


def chunks(*pieces: bytes) -> list[bytes]:
    """Each in a packet of its own."""
    return [HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
            *(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces), b"0\r\n\r\n"]


def parts_of(key: str) -> list[bytes]:
    return [key[at:at + PART].encode() for at in range(len(key) - PART + 1)]


@pytest.mark.parametrize("headers", [
    b"trace-id: %b", b"X-Echo: Authorization: Bearer %b", b"Set-Cookie: a=%b",
    b"X-%b: 1", b"Content-Language: %b"])
def test_no_header_shows_it(ask, admin: Admin, headers: bytes) -> None:
    got = ask(lambda key: whole(b"{}", headers % key))
    assert not [part for part in parts_of(admin.master) if part in got]
    if b"Set-Cookie" not in headers:  # which is not passed on at all
        head, _, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 502 ")
        assert json.loads(body)["error"]["code"] == "answer_withheld"
        assert "shows the master key in its headers" in ask.server.log()


def test_no_reason_and_no_type_shows_it(ask, admin: Admin) -> None:
    for head in (b"HTTP/1.1 200 %b\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: a/%b\r\n"):
        got = ask(lambda key, head=head: [head % key + b"Content-Length: 2\r\n\r\n{}"])
        assert got.startswith(b"HTTP/1.1 502 ")
        assert not [part for part in parts_of(admin.master) if part in got]


@pytest.mark.parametrize("line", [b"X-Echo: %b\0", b"X-Echo: %b\ra", b"%b : a",
                                  b"X-Echo: " + b"a" * 1900 + b"%b\0"])
def test_no_line_of_the_log_quotes_it(ask, admin: Admin, line: bytes) -> None:
    """nginx quotes the header line that it cannot read, and cuts a long one."""
    got = ask(lambda key: [HEAD + line % key + b"\r\nContent-Length: 2\r\n\r\n{}"])
    assert got.startswith(b"HTTP/1.1 502 ")
    wait_until(lambda: "invalid header" in ask.server.log(), 5, "the line")
    assert not [part for part in parts_of(admin.master) if part in got]
    assert not [part for part in parts_of(admin.master) if part.decode() in ask.server.log()]


def test_the_log_says_where_it_stood(ask, admin: Admin) -> None:
    got = ask(lambda key: whole(b"{}", b"X-Echo: %b\0" % key))
    assert got.startswith(b"HTTP/1.1 502 ")
    assert f'sent invalid header: "X-Echo: {"*" * len(admin.master)}' in ask.server.log()


@pytest.mark.parametrize("status", [b"200 OK", b"400 Bad Request", b"500 No"])
def test_a_body_that_shows_it_is_cut(ask, admin: Admin, status: bytes) -> None:
    def answer(key: bytes) -> list[bytes]:
        body = b'{"request":{"authorization":"Bearer %b"}}' % key + b" " * 5000
        return [b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body]
    got = ask(answer)
    assert not [part for part in parts_of(admin.master) if part in got]
    wait_until(lambda: "shows the master key in its body" in ask.server.log(), 5, "the line")


def test_not_at_any_border_of_its_pieces(ask, admin: Admin) -> None:
    length = len(admin.master)
    for at in {1, 2, 3, length // 2, length - 2, length - 1}:
        got = ask(lambda key, at=at: chunks(b"data: a\n\n", b"data: " + key[:at],
                                            key[at:] + b"\n\n", b"data: b\n\n"))
        assert b"data: a\n\n" in got, "what came before it passed"
        assert admin.master[:at].encode() not in got.partition(b"data: a\n\n")[2] or at < 4
        assert not got.endswith(b"0\r\n\r\n"), "the client sees that it was cut"
    bytewise = ask(lambda key: chunks(*(bytes([byte]) for byte in key)))
    assert not [part for part in parts_of(admin.master) if part in bytewise]


def test_what_only_begins_like_it_passes_unchanged(ask) -> None:
    def texts(key: bytes) -> list[bytes]:
        # `.` stands in no key, and the key's last character may be like its first.
        return [b"." + key[:5], key[:3], key[:-1], b".", key[:-2], key[:1], b"", key[1:-1]]
    sent: list[bytes] = []

    def answer(key: bytes) -> list[bytes]:
        sent[:] = [b"".join(texts(key))]
        return chunks(*(piece for piece in texts(key) if piece))
    with_key = ask(answer)
    body = with_key.partition(b"\r\n\r\n")[2]
    read = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        read, body = read + body[:int(size, 16)], body[int(size, 16) + 2:]
    assert read in sent


def test_a_long_stream_with_many_beginnings_takes_constant_memory(
        gateway: Callable[..., Gateway], key: Key) -> None:
    with front_of(gateway) as (front, server):
        worker = Path(f"/proc/{server.workers()[0]}/statm")
        def memory() -> int:
            return int(worker.read_text().split()[1]) * 4096
        def answer(master: bytes) -> list[bytes]:
            piece = master[:3] + b"." * 4090 + master[:2]
            return [HEAD + b"Content-Length: %d\r\n\r\n" % (len(piece) * 5000)] + [
                piece * 1000] * 5
        front.answer = answer
        before = memory()
        got = server.request(key.key, path="/mini/v1/models", method="GET")
        assert got.status == 200 and len(got.body) == 4095 * 5000
        assert memory() - before < 2 << 20


@pytest.mark.parametrize("answer", [
    lambda master: whole(b"Authorization: Bearer " + master + b" " * 9000),
    lambda master: whole(b"{}", b"X-Echo: " + master)], ids=["body", "header"])
def test_no_cache_keeps_it(gateway: Callable[..., Gateway], key: Key, admin: Admin,
                           answer: Callable[[bytes], list[bytes]]) -> None:
    with front_of(gateway, http=KEPT, server=KEEPING) as (front, server):
        front.answer = answer
        for _ in range(2):
            got = get(server, key, "/kept/v1/models")
            assert not [part for part in parts_of(admin.master) if part in got]
        assert not [path for path in (server.folder / "kept").rglob("*") if path.is_file()]


def test_what_a_cache_has_is_guarded(gateway: Callable[..., Gateway], key: Key,
                                     admin: Admin) -> None:
    """As from before there was a guard: here a text that becomes the master key later."""
    later = "sk-api-" + secrets.token_urlsafe(24)
    seen: set[bytes] = set()

    def answer(master: bytes) -> list[bytes]:
        seen.add(master)
        return {"body": whole(b"01234567" + later.encode()),
                "head": whole(b"{}", b"X-Echo: " + later.encode())}[kind]
    with front_of(gateway, http=KEPT, server=KEEPING) as (front, server):
        front.answer = answer
        for kind in ("body", "head"):
            assert later.encode() in get(server, key, f"/kept/v1/models/{kind}")
        admin.set_master(later)
        wait_until(lambda: get(server, key) and later.encode() in seen, 10, "the new master key")
        for path in ("body", "head"):
            for headers in ("", "Range: bytes=8-20\r\n", "Range: bytes=0-9,12-30\r\n"):
                got = get(server, key, f"/kept/v1/models/{path}", headers=headers)
                assert not [part for part in parts_of(later) if part in got]
        shutil.rmtree(server.folder / "kept")  # which nobody would search for secrets by then


def test_no_log_shows_it_of_an_answer_whose_client_went(gateway: Callable[..., Gateway], key: Key,
                                                        admin: Admin) -> None:
    """An error is held until its body has come, and its client does not wait for that."""
    heads = threading.Event()
    gone = threading.Event()

    def answer(master: bytes) -> list[bytes]:
        def pieces() -> Iterator[bytes]:
            yield b"HTTP/1.1 500 No\r\ntrace-id: %b\r\nContent-Length: 2\r\n\r\n" % master
            heads.set()
            gone.wait(10)
        return pieces()
    with front_of(gateway) as (front, server):
        front.answer = answer
        log = server.folder / "access.log"
        with Wire(server.address) as wire:
            wire.send("GET /mini/v1/models HTTP/1.1\r\nHost: a\r\n"
                      f"X-Api-Key: {key.key}\r\n\r\n")
            assert heads.wait(10)
            # What the worker was sent before this, it has read when it answers.
            assert server.status_page()
        wait_until(lambda: '"status":499' in log.read_text(), 10, "the line of the log")
        gone.set()
        assert '"trace_id":"****' in log.read_text()


PASS_TRAILERS = "proxy_pass_trailers on;"
EARLY_HINTS = "early_hints 1;"


@needs_directive(PASS_TRAILERS)
def test_no_trailer_shows_it(gateway: Callable[..., Gateway], key: Key, admin: Admin) -> None:
    def answer(trailer: bytes) -> list[bytes]:
        *pieces, _ = chunks(b"{}")
        return [*pieces, b"0\r\nX-Echo: %b\r\n\r\n" % trailer]
    with front_of(gateway, location=PASS_TRAILERS) as (front, server):
        front.answer = lambda _: answer(b"harmless")
        assert get(server, key).endswith(b"0\r\nX-Echo: harmless\r\n\r\n")
        front.answer = answer
        got = get(server, key)
        assert not [part for part in parts_of(admin.master) if part in got]
        assert "shows the master key in its trailers" in server.log()


@needs_directive(EARLY_HINTS)
def test_no_early_hint_shows_it(gateway: Callable[..., Gateway], key: Key, admin: Admin) -> None:
    def answer(hint: bytes) -> list[bytes]:
        return [b"HTTP/1.1 103 Early Hints\r\nLink: </%b>\r\n\r\n" % hint, *whole(b"{}")]
    with front_of(gateway, location=EARLY_HINTS) as (front, server):
        front.answer = lambda _: answer(b"harmless")
        assert b"Link: </harmless>" in get(server, key)
        front.answer = answer
        got = get(server, key)
        assert got.startswith(b"HTTP/1.1 200 ") and got.endswith(b"{}")
        assert not [part for part in parts_of(admin.master) if part in got]
        assert "shows the master key in its early hints" in server.log()
