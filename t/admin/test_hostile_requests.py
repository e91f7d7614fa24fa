"""What no client should send: a 4xx that says what is wrong, never a 5xx, nothing changed, and the
daemon answers the next request as before."""

import json
import random
import socket
from contextlib import closing

import pytest
from harness.admin import Admin, Key
from harness.contract import operations
from harness.daemon import API, Browser, Daemon
from harness.people import PASSWORD, bearer, logged_in
from harness.redis import RedisServer
from harness.requests import Known, bodies, path_of
from harness.secret_watch import SecretWatch

BODY_MAX = 256 * 1024
SECURITY_HEADERS = {
    "content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy",
    "cross-origin-opener-policy", "permissions-policy", "cache-control"}


@pytest.fixture
def alice(people: Admin, daemon: Daemon) -> Browser:
    return logged_in(daemon, "alice")


def records(redis: RedisServer) -> dict[str, object]:
    passing = ("mmx:session", "mmx:login", "mmx:view", "mmx:lookup")
    names = [name for name in redis.command("KEYS", "mmx:*") if not name.startswith(passing)]
    return {name: redis.command("DUMP", name) for name in sorted(names)}


def raw(daemon: Daemon, data: bytes, ended: bool = False) -> tuple[int, dict[str, str], bytes]:
    """What the daemon answers to these bytes: status, headers, body. Status 0: nothing. ended:
    nothing follows, which the daemon takes for a client that has gone."""
    with closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(60)
        client.connect(daemon.socket)
        answer = b""
        try:
            client.sendall(data)
            if ended:
                client.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has answered before it read all
        try:
            while piece := client.recv(65536):
                answer += piece
        except OSError:
            pass
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0]:
        return 0, {}, b""
    headers = {name.lower(): value for name, _, value in (
        line.partition(": ") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def request_head(alice: Browser, method: str, path: str, **headers: str) -> bytes:
    lines = {"Host": "console.test", "Cookie": f"mmx_session={alice.cookie}",
             "X-CSRF-Token": alice.csrf_token, "Sec-Fetch-Site": "same-origin",
             "Content-Type": "application/json"} | {
                 name.replace("_", "-"): value for name, value in headers.items()}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode()


BODIES = [
    b"", b" ", b"null", b"1", b'"text"', b"[]", b"[1,2]", b"{", b"}", b"{}{}", b"{} trailing",
    b'{"day":1,}', b"{'day':1}", b'{"day":NaN}', b'{"day":1e309}', b'{"day":01}',
    b'{"day":9007199254740992}', b'{"day":18446744073709551615}', b'{"day":1.0}', b'{"day":"1"}',
    b'{"day":null}', b'{"day":true}', b'{"day":1,"day":2}', b'{"day":1,"d\\u0061y":2}',
    b'{"note":"\xff"}', b'{"note":"\xc3"}', b'{"note":"\xed\xa0\x80"}', b'{"note":"\\ud800"}',
    b'{"note":"a\\u0000b"}', b'{"note":"\x01"}', b'{"user":"line\\nbreak"}', b'{"user":""}',
    b'{"enabled":"yes"}', b'{"enabled":1}', b'{"networks":"10.0.0.0/8"}',
    b'{"networks":["10.0.0.0/33"]}', b'{"networks":["10.0.0.0/8,::/0"]}', b'{"networks":[[]]}',
    b'{"expires_at":"2030-01-01"}', b'{"__proto__":{"enabled":false}}', b'\xef\xbb\xbf{"day":1}x',
    b'{"a":' * 9 + b"1" + b"}" * 9, b"[" * 100000, b'{"a":' * 50000, b'{"note":[' + b"[" * 8,
    b'{"note":"' + b"x" * 1025 + b'"}', b'{"user":"' + "王".encode() * 43 + b'"}',
    b'{"day":' + b"9" * 10000 + b"}", b"\x00" * 100, b"day=1&month=2",
    b"{" + b",".join(b'"m%d":1' % number for number in range(5000)) + b"}"]


def test_bodies(alice: Browser, key: Key, redis: RedisServer) -> None:
    before = records(redis)
    for body in BODIES:
        answer = alice.ask("PATCH", f"/keys/{key.id}", body)
        assert 400 <= answer.status < 500, (body[:80], answer.body)
        assert answer.json()["error"]["message"], body[:80]
    for body in (b"[]", b"1", b"{", b'{"a":1,"a":2}', b"\xff", b'{"a":' * 9):
        answer = alice.ask("PATCH", f"/keys/{key.id}", body)
        assert answer.code == "invalid_json", body
    assert records(redis) == before


def test_random_changes_of_good_bodies(
        alice: Browser, daemon: Daemon, key: Key, redis: RedisServer,
        secrets: SecretWatch) -> None:
    """Cut, doubled and swapped bytes. What is still good JSON may pass, so there is a member in it
    that no operation knows; as a script, which no wrong password is noted of."""
    made = alice.ask("POST", "/tokens", {"name": "t", "role": "admin", "password": PASSWORD})
    script = bearer(secrets.add("API token", made.json()["secret"]))
    assert daemon.ask("GET", "/session", headers=script).status == 200
    dice = random.Random(20261123)
    before = records(redis)
    known = Known(key.id, key.key)
    for name, body in bodies(known).items():
        if name in ("logIn", "setUp"):
            continue
        text = bytearray(json.dumps({"surplus": "x"} | body).encode())
        for _ in range(20):
            mangled = bytearray(text)
            for _ in range(dice.randrange(1, 4)):
                at = dice.randrange(len(mangled))
                mangled[at:at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
            if b'"surplus"' not in mangled:
                continue
            answer = daemon.ask(operations()[name].method, path_of(operations()[name], known),
                                bytes(mangled), headers=script)
            assert 400 <= answer.status < 500, (name, bytes(mangled), answer.body)
    assert records(redis) == before


def test_framing(alice: Browser, daemon: Daemon, key: Key, redis: RedisServer) -> None:
    before = records(redis)
    path = f"{API}/keys/{key.id}"
    body = b'{"enabled":false}'

    def refused(data: bytes, *statuses: int) -> None:
        status, headers, text = raw(daemon, data, ended=0 in statuses)
        assert status in statuses, (data[:300], status, text)
        if status:
            assert headers.keys() >= SECURITY_HEADERS, data[:200]
            assert json.loads(text)["error"]["message"], data[:200]

    def head(**headers: str) -> bytes:
        return request_head(alice, "PATCH", path, **headers)

    refused(head(Transfer_Encoding="chunked") + b"11\r\n" + body + b"\r\n0\r\n\r\n", 400)
    refused(head(Transfer_Encoding="chunked", Content_Length="17") + body, 400)
    refused(head(Transfer_Encoding="gzip, chunked") + body, 400)
    refused(head(Content_Encoding="gzip", Content_Length="17") + body, 400)
    refused(head(Content_Length="-1") + body, 400)
    refused(head(Content_Length="17, 17") + body, 400)
    refused(head(Content_Length="1e1") + body, 400)
    refused(head(Content_Length=str(BODY_MAX + 1)) + body, 413)
    refused(head(Content_Length="99999999999999999999") + body, 413)
    refused(head(Content_Length="17").replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n")
            + body, 400)
    refused(head(Content_Length="100") + body, 400, 0)  # ends before its length
    refused(head(Content_Length="17", Range="bytes=0-1") + body, 400)
    refused(head(Content_Length="17", Range="bytes=junk") + body, 400)
    refused(head(Content_Type="multipart/form-data; boundary=x", Content_Length="17") + body, 415)
    refused(head(Content_Type="application/x-www-form-urlencoded", Content_Length="17") + body,
            415)
    assert records(redis) == before


@pytest.mark.parametrize("target", [
    "/api/v1/keys/" + "a" * 600, "/api/v1/keys?search=" + "a" * 5000, "/api/v1/keys?%zz=1",
    "/api/v1/keys?search=%ff", "/api/v1/keys?search=%00", "/api/v1/keys/%0d%0aX-Injected:1",
    "/api/v1/keys?" + "&".join(f"p{number}=1" for number in range(40)), "/api/v1/%",
    "/api/v1/keys?search=%e7%8e", "api/v1/keys", "*", "http://elsewhere.test/api/v1/keys",
    "/api/v1/../../etc/passwd", "/api/v1/keys/..%2f..%2fmaster",
    "/" + "%61" * 200], ids=lambda text: text[:40])
def test_targets(target: str, alice: Browser, daemon: Daemon) -> None:
    status, headers, body = raw(daemon, request_head(alice, "GET", target))
    assert 400 <= status < 500, (status, body)
    assert json.loads(body)["error"]["message"] and "x-injected" not in headers
    assert headers.keys() >= SECURITY_HEADERS


@pytest.mark.parametrize("data", [
    b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"BREW / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nbroken\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\x00" * 1000,
    b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"CONNECT elsewhere:443 HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n"], ids=repr)
def test_bytes_that_are_no_request(data: bytes, daemon: Daemon) -> None:
    status, headers, body = raw(daemon, data, ended=True)
    assert status == 0 or 300 <= status < 500, (status, body)
    if status >= 400:
        assert headers.keys() >= SECURITY_HEADERS
        assert json.loads(body)["error"]["message"]
    assert daemon.ask("GET", "/health").status == 200


def test_headers_that_are_doubled_or_hostile(alice: Browser, daemon: Daemon) -> None:
    good = request_head(alice, "GET", f"{API}/session")
    assert raw(daemon, good)[0] == 200
    for more in (b"Authorization: Bearer x", b"Authorization: Basic YTpi",
                 b"Cookie: mmx_session=" + b"0" * 64):
        status, _, _ = raw(daemon, good.replace(b"\r\n\r\n", b"\r\n" + more + b"\r\n\r\n"))
        assert status == 401, more
    spoofed = good.replace(b"\r\n\r\n", b"\r\nREMOTE_ADDR: 6.6.6.6\r\nX-Real-IP: a%0d%0ab\r\n\r\n")
    assert raw(daemon, spoofed)[0] == 200
    assert "6.6.6.6" not in daemon.log.read_text()
