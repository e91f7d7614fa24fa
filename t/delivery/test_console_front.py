"""conf/mmx_console.conf: what of a client's request reaches the daemon, and what client and gateway
see when the daemon is slow, hung or gone."""

import gzip
import ipaddress
import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.client import Load, Request, Response, exchange, run
from harness.daemon import Daemon
from harness.gateway import Gateway
from harness.paths import ROOT
from harness.process import wait_until
from harness.recorder import Arrival, Recorder
from harness.secret_watch import SecretWatch
from harness.upstream import Upstream

API, PAGE = "/api/v1/keys", "/console/keys"
BODY_MAX = 256 * 1024
POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def request(server: Gateway, path: str, method: str = "GET", body: bytes = b"",
            **headers: str) -> Request:
    """headers: `X_Real_IP="…"` for X-Real-IP."""
    lines = {"Host": f"gate.test:{server.port}"} | {
        name.replace("_", "-"): value for name, value in headers.items()}
    if body:
        lines.setdefault("Content-Length", str(len(body)))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return Request(server.address, f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)


@pytest.fixture
def socket_path(sockets: Path) -> Path:
    return sockets / "admind.sock"


@pytest.fixture
def recorder(socket_path: Path) -> Iterator[Recorder]:
    stand_in = Recorder(socket_path)
    yield stand_in
    stand_in.close()


@pytest.fixture
def front(gateway: Callable[..., Gateway], socket_path: Path) -> Gateway:
    """A gateway with the console's locations beside it, as an operator includes them."""
    return gateway(
        http=f"upstream mmx_console {{ server unix:{socket_path}; }}\n"
             "add_header Strict-Transport-Security max-age=1 always;",
        server="include @ROOT@/conf/mmx_console.conf;", allow=(r"\[crit\].*connect\(\) to unix:",))


def the_only(recorder: Recorder) -> Arrival:
    assert len(recorder.arrivals) == 1
    return recorder.arrivals[0]


@pytest.mark.parametrize("path", [API, PAGE])
def test_a_client_cannot_say_who_it_is(front: Gateway, recorder: Recorder, path: str) -> None:
    forged = {"X_Real_IP": "10.9.8.7", "X_Forwarded_For": "10.9.8.7", "Forwarded": "for=10.9.8.7",
              "X_Forwarded_Proto": "https", "X_Forwarded_Host": "evil.test"}
    assert exchange(request(front, path, **forged)).status == 200
    headers = the_only(recorder).headers
    assert headers["x-real-ip"] == "127.0.0.1" and headers["x-forwarded-proto"] == "http"
    assert headers["host"] == f"gate.test:{front.port}"
    assert not {"x-forwarded-for", "x-forwarded-host", "forwarded"} & headers.keys()


@pytest.mark.parametrize("path", [API, PAGE])
def test_one_request_a_connection_in_the_plainest_form(front: Gateway, recorder: Recorder,
                                                       path: str) -> None:
    costly = {"Range": "bytes=" + "0-1," * 500 + "0-1", "If_Range": '"x"', "Upgrade": "h2c",
              "TE": "trailers", "Connection": "Upgrade, keep-alive"}
    assert exchange(request(front, path, **costly)).status == 200
    arrival = the_only(recorder)
    assert arrival.line == f"GET {path} HTTP/1.0" and arrival.headers["connection"] == "close"
    assert not {"range", "if-range", "upgrade", "te"} & arrival.headers.keys()


def test_who_asks_reaches_the_api_and_not_the_files(front: Gateway, recorder: Recorder) -> None:
    who = {"Cookie": "__Host-mmx_session=0123", "Authorization": "Bearer mmxadm-0123",
           "X_Csrf_Token": "t"}
    for path in (API, PAGE):
        assert exchange(request(front, path, Accept_Encoding="br", **who)).status == 200
    api, page = (arrival.headers for arrival in recorder.arrivals)
    assert api["cookie"] == who["Cookie"] and api["authorization"] == who["Authorization"]
    assert api["x-csrf-token"] == "t"
    assert not {"cookie", "authorization"} & page.keys() and page["accept-encoding"] == "br"


def test_a_session_cookie_never_reaches_minimax(front: Gateway, recorder: Recorder, key: Key,
                                                upstream: Upstream) -> None:
    answer = front.request(key.key, headers={"Cookie": "__Host-mmx_session=0123",
                                             "X-Csrf-Token": "t"})
    assert answer.status == 200 and not recorder.arrivals
    names = {name.lower() for name in upstream.received()[-1]["header_names"]}
    assert "cookie" not in names and "x-csrf-token" not in names


def chunked(body: bytes, size: int = 8192) -> bytes:
    parts = (body[at:at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("size, status", [(BODY_MAX, 200), (BODY_MAX + 1, 413)])
@pytest.mark.parametrize("form", ["length", "chunked"])
def test_a_body_is_whole_and_bounded_when_it_arrives(front: Gateway, recorder: Recorder, form: str,
                                                     size: int, status: int) -> None:
    body = b"x" * size
    sent = request(front, API, "POST", body) if form == "length" else request(
        front, API, "POST", chunked(body), Transfer_Encoding="chunked", Content_Length="")
    if form == "chunked":
        sent.data = sent.data.replace(b"Content-Length: \r\n", b"")
    answer = exchange(sent)
    assert answer.status == status
    if status == 200:
        arrival = the_only(recorder)
        assert arrival.body == body and "transfer-encoding" not in arrival.headers
    else:
        assert not recorder.arrivals
        assert json.loads(answer.text)["error"]["code"] == "payload_too_large"
        assert answer.headers["content-security-policy"] == POLICY


def test_a_body_that_says_it_is_compressed_arrives_as_plain_bytes(front: Gateway,
                                                                  recorder: Recorder) -> None:
    bomb = gzip.compress(b"\0" * 2 ** 24)
    assert exchange(request(front, API, "POST", bomb, Content_Encoding="gzip")).status == 200
    arrival = the_only(recorder)
    assert "content-encoding" not in arrival.headers and arrival.body == bomb


def test_no_body_reaches_the_files(front: Gateway, recorder: Recorder) -> None:
    assert exchange(request(front, PAGE, "POST", b"body")).status == 200
    arrival = the_only(recorder)
    assert arrival.body == b"" and "content-length" not in arrival.headers


def test_bodies_and_answers_are_never_written_to_disk(front: Gateway, recorder: Recorder) -> None:
    """Where nginx has no folder for temporary files, what needs one fails."""
    for name in ("body", "proxy"):
        folder = front.folder / "tmp" / name
        folder.rmdir()
        folder.write_text("no folder")
    recorder.answer = b"k" * 900_000
    sent = request(front, API, "POST", b"p" * BODY_MAX)
    with slow_reader(sent) as reader:
        assert wait_until(lambda: recorder.arrivals and recorder.arrivals[0].answered.is_set())
        assert len(read_all(reader)) > 900_000
    assert the_only(recorder).body == b"p" * BODY_MAX


def slow_reader(sent: Request) -> socket.socket:
    """A client that has sent its request and takes nothing yet of the answer."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(20)
    client.connect(sent.address)
    client.sendall(sent.data.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
    return client


def read_all(client: socket.socket) -> bytes:
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_slow_clients_do_not_hold_up_a_daemon_of_one_thread(front: Gateway,
                                                            recorder: Recorder) -> None:
    whole = request(front, API, "POST", b"p" * 1000)
    recorder.answer = b"k" * 900_000
    slow = [slow_reader(whole) for _ in range(20)]
    half = [socket.create_connection(front.address, 20) for _ in range(20)]
    for client in half:
        client.sendall(whole.data[:-500])
    # Each of these would wait for one of those above, were they not kept off.
    assert [answer.status for answer in run([request(front, PAGE)] * 20, 1)] == [200] * 20
    assert len(recorder.arrivals) == 40
    for client in half:
        client.sendall(whole.data[-500:])
    wait_until(lambda: len(recorder.arrivals) == 60, 20, "the half requests arrive whole")
    for client in [*slow, *half]:
        client.close()


def mini_works(server: Gateway, key: Key) -> bool:
    return server.request(key.key).status == 200


def check_down(server: Gateway) -> None:
    api, page = exchange(request(server, API)), exchange(request(server, PAGE))
    assert api.status == 503 and page.status == 503
    check_api_message(api, "daemon_unavailable")
    check_page(page)


def check_api_message(answer: Response, code: str) -> None:
    error = json.loads(answer.text)["error"]
    assert error["code"] == code and error["message"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store" and "retry-after" in answer.headers
    assert answer.headers["content-security-policy"] == POLICY


def check_page(answer: Response) -> None:
    assert "控制台暂不可用" in answer.text and "does not answer" in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["retry-after"]


def test_without_a_daemon_there_is_a_message_and_the_gateway_works(front: Gateway,
                                                                   key: Key) -> None:
    check_down(front)
    assert mini_works(front, key)


def test_a_daemon_that_takes_no_more_connections_counts_as_down(front: Gateway, key: Key,
                                                                socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as queued:
        listener.bind(str(socket_path))
        listener.listen(0)
        queued.connect(str(socket_path))  # the queue is full now
        check_down(front)
        assert mini_works(front, key)


def test_a_hung_daemon_is_given_up_and_the_gateway_does_not_notice(front: Gateway, key: Key,
                                                                   socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_path))
        listener.listen(64)  # the kernel takes the connections, and nobody answers them
        hanging = Load([request(front, PAGE)] * 20, 20).start()
        assert all(mini_works(front, key) for _ in range(10))
        answers = hanging.join()
    assert [answer.status for answer in answers] == [503] * 20
    check_page(answers[0])


def test_the_daemon_is_back_at_once(front: Gateway, socket_path: Path) -> None:
    check_down(front)
    stand_in = Recorder(socket_path)
    assert exchange(request(front, API)).status == 200
    stand_in.close()


def test_the_daemons_own_errors_and_headers_pass(front: Gateway, recorder: Recorder) -> None:
    recorder.status = b"503 Service Unavailable"
    recorder.answer = b'{"error":{"code":"redis_unavailable","message":"m"}}'
    answer = exchange(request(front, API))
    assert answer.status == 503 and "redis_unavailable" in answer.text
    # Headers of the daemon's answers are the daemon's own, and stand there once.
    assert "strict-transport-security" not in answer.headers
    recorder.status = b"413 Payload Too Large"
    assert "redis_unavailable" in exchange(request(front, API)).text


def test_the_console_without_its_slash(front: Gateway, recorder: Recorder) -> None:
    answer = exchange(request(front, "/console"))
    assert answer.status == 301 and answer.headers["location"] == "/console/"
    assert not recorder.arrivals


def test_floods_are_refused_in_the_apis_own_form(gateway: Callable[..., Gateway],
                                                 socket_path: Path, recorder: Recorder) -> None:
    server = gateway(http=f"upstream mmx_console {{ server unix:{socket_path}; }}\n"
                          "limit_req_zone $mmx_counted_network zone=flood:1m rate=1r/m;\n"
                          "limit_req_status 429;",
                     server="limit_req zone=flood;\ninclude @ROOT@/conf/mmx_console.conf;",
                     location="limit_req zone=flood burst=10000 nodelay;")
    answers = [exchange(request(server, API)) for _ in range(2)]
    assert answers[-1].status == 429
    check_api_message(answers[-1], "too_many_requests")
    assert len(recorder.arrivals) <= 1


def counted_network(address: str) -> str:
    """What conf/mmx_http.conf should make of an address."""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return ":".join(f"{int(group, 16):x}" for group in parsed.exploded.split(":")[:4])


def addresses() -> Iterator[str]:
    """Each row of zeros that an IPv6 address may hold, so each place of a `::`, and some more."""
    for zeros in range(256):
        yield ":".join("0" if zeros >> place & 1 else f"{place + 0xa1:x}" for place in range(8))
    yield from ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201", "::192.0.2.1", "::1", "::",
                "2001:db8::1", "2001:db8:1:2::5", "2001:DB8:0:1:2:3:4:5", "2001:db8:0:0:1:0:0:1",
                "2001:db8:0:0:1::", "1:2:3:4:5:6:192.0.2.1", "64:ff9b::192.0.2.1")


BEHIND_A_PROXY = "set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;"


def test_nginx_counts_an_ipv6_address_as_its_network(gateway: Callable[..., Gateway]) -> None:
    server = gateway(server=f"{BEHIND_A_PROXY}\nlocation = /network {{ mmx off; "
                            "return 200 $mmx_counted_network; }")
    seen = {address: exchange(request(server, "/network", X_Forwarded_For=address)).text
            for address in addresses()}
    assert seen == {address: counted_network(address) for address in addresses()}


def test_a_flood_of_one_ipv6_network_is_refused_and_its_neighbour_is_not(
        gateway: Callable[..., Gateway]) -> None:
    server = gateway(http="limit_req_zone $mmx_counted_network zone=flood:1m rate=1r/m;\n"
                          "limit_req_status 429;",
                     server=f"{BEHIND_A_PROXY}\nlocation = /page {{ mmx off; "
                            "limit_req zone=flood; try_files /none =204; }")
    answers = [exchange(request(server, "/page", X_Forwarded_For=address)).status for address in (
        "2001:db8:1:2::5", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::6", "2001:db8:1:3::5",
        "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2")]
    assert answers == [204, 429, 429, 204, 204, 429, 204]


def test_every_shipped_zone_counts_networks() -> None:
    zones = [line.split() for path in (ROOT / "conf").iterdir() if path.suffix in (".conf", ".sh")
             for line in path.read_text().splitlines()
             if re.match(r"\s*#?limit_(req|conn)_zone ", line)]
    assert zones and {words[1] for words in zones} == {"$mmx_counted_network"}


def test_the_console_can_be_closed_to_others_while_the_gateway_stays_open(
        gateway: Callable[..., Gateway], socket_path: Path, recorder: Recorder, key: Key) -> None:
    """As conf/nginx.conf advises: `allow` and `deny` of the server, and `allow all` in /mini/."""
    server = gateway(http=f"upstream mmx_console {{ server unix:{socket_path}; }}",
                     server="allow 192.0.2.0/24;\ndeny all;\ninclude @ROOT@/conf/mmx_console.conf;",
                     location="allow all;")
    assert [exchange(request(server, path)).status for path in (API, PAGE)] == [403, 403]
    assert mini_works(server, key) and not recorder.arrivals
    shipped = (ROOT / "conf" / "nginx.conf").read_text()
    assert re.search(r"location /mini/ {[^}]*\n +mmx on;[^}]*\n +allow all;", shipped)


def test_if_match_is_the_daemons_business(
        gateway: Callable[..., Gateway], daemon: Daemon, admin: Admin, key: Key,
        secrets: SecretWatch) -> None:
    """nginx knows the header as well, and must not hold it against the new ETag of the answer."""
    server = gateway(http=f"upstream mmx_console {{ server unix:{daemon.socket}; }}",
                     server="include @ROOT@/conf/mmx_console.conf;")
    made = admin.run("token", "create", "ops", "--role", "admin").stdout.strip()
    token = secrets.add("token", made)
    path, who = f"{API}/{key.id}", {"Authorization": f"Bearer {token}"}

    def patch(tag: str, day: int) -> Response:
        return exchange(request(server, path, "PATCH", json.dumps({"day": day}).encode(),
                                Content_Type="application/json", If_Match=tag, **who))

    seen = exchange(request(server, path, **who)).headers["etag"]
    assert patch(seen, 7).status == 200
    refused = patch(seen, 8)
    assert refused.status == 412 and "changed_meanwhile" in refused.text
