"""What becomes of a charge: taken back when MiniMax failed, kept when the client did or got its
answer, whatever Redis was doing meanwhile.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.client import Load, Request, run
from harness.gateway import Gateway
from harness.process import wait_until
from harness.stand import Stand, running_stand
from harness.upstream import Upstream

BOUND = 20  # refunds that a key is given for a day at least
HEADERS = ("set $mmx_upstream api.minimax.test; include @ROOT@/conf/mmx_proxy.conf;"
           " proxy_set_header X-Stub $http_x_stub;")
TO_UPSTREAM = "rewrite ^/[a-z]+(/.*)$ $1 break; proxy_pass"

SERVER = f"""
        location /hasty/ {{
            mmx on; proxy_read_timeout 500ms; proxy_http_version 1.1;
            proxy_set_header Authorization $mmx_authorization;
            proxy_buffering off; {TO_UPSTREAM} http://minimax;
        }}
        location /refused/ {{ mmx on; {HEADERS} {TO_UPSTREAM} http://127.0.0.1:1; }}
        location /unknown/ {{
            mmx on; {HEADERS} resolver 127.0.0.1:1; resolver_timeout 200ms;
            set $where no-such-host.test; {TO_UPSTREAM} http://$where;
        }}
        location /covered/ {{
            mmx on; {HEADERS} proxy_intercept_errors on; error_page 500 503 =200 /own;
            {TO_UPSTREAM} http://minimax;
        }}
        location /small/ {{
            mmx on; client_max_body_size 1k; {HEADERS} {TO_UPSTREAM} http://minimax;
        }}
        location = /own {{ return 200 "own"; }}
"""

# location, switches of the stand-in, status the client sees (0: the connection breaks)
REFUNDED = {
    "500": ("mini", "status=500", 500),
    "502": ("mini", "html502", 502),
    "503": ("mini", "status=503", 503),
    "504": ("mini", "status=504", 504),
    "529": ("mini", "status=529", 529),
    "429": ("mini", "status=429", 429),
    "connection refused": ("refused", "", 502),
    "host not found": ("unknown", "", 502),
    "timeout before the first byte": ("hasty", "stall_before_header=1500", 504),
    "reset before the header": ("mini", "reset_before_header", 502),
    "reset within the header": ("mini", "reset_mid_header", 502),
    "closed before the header": ("mini", "close_before_header", 502),
    "garbage for a header": ("mini", "close_at=5", 502),
    "500 behind a page of the operator's": ("covered", "status=500", 200),
}

KEPT = {
    "200": ("mini", "", 200),
    "400": ("mini", "status=400", 400),
    "404 of a model": ("mini", "error=2013, status=404", 404),
    "500 of the client's": ("mini", "error=1026, status=500", 500),
    "422": ("mini", "status=422", 422),
    "client's error within 200": ("mini", "error=2013, status=200", 200),
    "reset in the body": ("mini", "stream, reset_mid_body", 0),
    "closed in the body": ("mini", "stream, cut_chunked", 0),
    "timeout in the body": ("hasty", "stream, stall_mid=1500", 0),
}


@pytest.fixture(scope="module", params=["on", "off"])
def stand(request: pytest.FixtureRequest,
          tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("settlement")) as running:
        running.http = f"mmx_credit {request.param};"
        yield running


@pytest.fixture(scope="module")
def gateway(stand: Stand) -> Gateway:
    return stand.gateway(server=SERVER)


STREAM_BODY = b'{"model":"MiniMax-M3","stream":true,"messages":[{"role":"user","content":"hi"}]}'


def requests(gateway: Gateway, key: str, case: tuple[str, str, int], count: int) -> list[Request]:
    location, switches, _ = case
    body = STREAM_BODY if switches.startswith("stream") else b'{"model":"MiniMax-M3"}'
    switches = switches.removeprefix("stream, ")
    return [Request.chat(gateway.address, key, path=f"/{location}/v1/chat/completions", body=body,
                         headers={"x-stub": switches} if switches else None)] * count


@pytest.mark.parametrize("case", REFUNDED)
def test_failure_of_minimax_is_refunded(gateway: Gateway, stand: Stand, case: str) -> None:
    key = stand.key(day=3)
    answers = run(requests(gateway, key.key, REFUNDED[case], 3), 3)
    assert [answer.status for answer in answers] == [REFUNDED[case][2]] * 3
    stand.await_counted(key, 0, refunds=3, failed=3, denied=0)
    assert gateway.request(key.key).status == 200  # the limit has room again


@pytest.mark.parametrize("case", KEPT)
def test_what_was_answered_or_the_clients_fault_stays_charged(
        gateway: Gateway, stand: Stand, case: str) -> None:
    key = stand.key(day=3)
    answers = run(requests(gateway, key.key, KEPT[case], 3), 3)
    assert [answer.status for answer in answers] == [KEPT[case][2]] * 3
    assert gateway.request(key.key).status == 429
    stand.await_counted(key, 3, refunds=0, failed=0)


def test_address_that_minimax_does_not_have_is_refunded_and_no_failure(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=3)
    answers = run(requests(gateway, key.key, ("mini", "plain404", 404), 3), 3)
    assert [(answer.status, answer.body) for answer in answers] == [
        (404, b"404 page not found")] * 3
    stand.await_counted(key, 0, refunds=3, failed=0)


def test_body_that_nginx_refuses_costs_nothing_whether_or_not_it_hid_its_length(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    stand.mark()
    path = "/small/v1/chat/completions"
    assert gateway.request(key.key, path=path, body=b"x" * 2000).status == 413
    stand.await_counted(key, 0)
    # A chunked body is read after admission, and nothing of it left.
    chunked = (f"POST {path} HTTP/1.1\r\nHost: gate\r\nX-Api-Key: {key.key}\r\n"
               "Transfer-Encoding: chunked\r\n\r\n7d0\r\n" + "x" * 2000 + "\r\n0\r\n\r\n")
    answer, = run([Request(gateway.address, chunked.encode())], 1)
    assert answer.status == 413
    broken = chunked.replace("7d0\r\n", "nonsense\r\n")
    answer, = run([Request(gateway.address, broken.encode())], 1)
    assert answer.status == 400
    stand.await_counted(key, 0, refunds=2, failed=0)
    assert stand.arrivals() == []


@pytest.mark.parametrize("switches, failed", [
    ("status=429", 1), ("error=1013, status=500", 1), ("plain404", 0), ("reset_before_header", 1)])
def test_what_minimax_refuses_is_free_so_many_times_a_day(
        gateway: Gateway, stand: Stand, switches: str, failed: int) -> None:
    """Once a key of limit 1 had MiniMax refuse five hundred of its requests, free of charge."""
    key = stand.key(day=1)
    stand.mark()
    for number in range(1, BOUND + 2):
        assert gateway.request(key.key, headers={"x-stub": switches}).status in (404, 429, 500, 502)
        stand.await_counted(key, number // (BOUND + 1), refunds=min(number, BOUND),
                            failed=failed * number)
    assert "insufficient_quota" in gateway.request(key.key, headers={"x-stub": switches}).text
    assert len(stand.arrivals()) == BOUND + 1
    assert re.search(r"^mmx_refunds_withheld_total [1-9]", gateway.status_page(), re.M)


def test_our_own_account_s_faults_and_what_was_not_sent_have_no_bound(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=1)
    for _ in range(2 * BOUND):
        assert gateway.request(key.key, headers={"x-stub": "error=1008, status=402"}).status == 503
    stand.await_counted(key, 0, refunds=2 * BOUND, failed=2 * BOUND)
    for _ in range(BOUND):
        assert gateway.request(key.key, headers={"x-stub": "status=500"}).status == 500
    stand.await_counted(key, 0, refunds=3 * BOUND, failed=3 * BOUND)
    assert gateway.request(key.key, headers={"x-stub": "status=500"}).status == 500
    stand.await_counted(key, 1, refunds=3 * BOUND, failed=3 * BOUND + 1)


def test_the_bound_is_a_setting_and_exact_over_workers(stand: Stand) -> None:
    stand.redis.command("HSET", "mmx:settings", "refund_bound", 33)
    try:
        gateways = [stand.gateway(workers=2), stand.gateway(workers=2)]
        key = stand.key(day=300)
        source = [Request.chat(server.address, key.key, headers={"x-stub": "status=500"})
                  for server in gateways] * 100
        assert {answer.status for answer in run(source, 16)} == {500}
        stand.await_counted(key, 167, refunds=33, failed=200)
    finally:
        stand.redis.command("HDEL", "mmx:settings", "refund_bound")


def test_refund_flows_though_redis_was_killed_meanwhile(gateway: Gateway, stand: Stand) -> None:
    keys = [stand.key() for _ in range(4)]
    slow = {"x-stub": "stall_before_header=800, status=500"}
    source = [Request.chat(gateway.address, key.key, headers=slow) for key in keys * 5]
    with Load(source, 20) as load:
        wait_until(lambda: sum(stand.redis.counted(key.id) for key in keys) == 20, 5, "charges")
        stand.redis.restart()
        wait_until(lambda: len(load.responses) == 20, 10, "answers")
    for key in keys:
        stand.await_counted(key, 0, refunds=5, failed=5)


def test_refund_waits_for_a_redis_that_is_away_when_it_falls_due(
        gateway: Gateway, stand: Stand) -> None:
    stand.redis.keep_all()
    key = stand.key()
    slow = {"x-stub": "stall_before_header=500, status=500"}
    with Load([Request.chat(gateway.address, key.key, headers=slow)] * 10, 10) as load:
        wait_until(lambda: stand.redis.counted(key.id) == 10, 5, "charges")
        stand.redis.kill9()
        wait_until(lambda: len(load.responses) == 10, 10, "answers")
    stand.redis.start()
    stand.await_counted(key, 0, refunds=10, failed=10)


@pytest.fixture
def tls_upstream(stand: Stand, tmp_path: Path) -> Iterator[Upstream]:
    """Speaks TLS under a certificate that nobody has signed."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=api.minimax.test",
                    "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
                   check=True, capture_output=True, timeout=60)
    server = Upstream(tmp_path / "tls", "--tls-cert", str(tmp_path / "cert.pem"),
                      "--tls-key", str(tmp_path / "key.pem"))
    yield server
    server.kill()


@pytest.mark.parametrize("trusted, status", [(False, 502), (True, 200)])
def test_upstream_that_cannot_prove_its_name_gets_no_key_and_costs_nothing(
        stand: Stand, tls_upstream: Upstream, trusted: bool, status: int) -> None:
    certificate = tls_upstream.folder.parent / "cert.pem"
    headers = HEADERS
    if trusted:  # the control: the same upstream is let in when its certificate is trusted
        headers = (f"proxy_ssl_verify on; proxy_ssl_trusted_certificate {certificate};"
                   " proxy_ssl_name api.minimax.test; proxy_ssl_server_name on;"
                   " proxy_set_header Authorization $mmx_authorization;")
    gateway = stand.gateway(
        server=f"location /tls/ {{ mmx on; {headers} {TO_UPSTREAM}"
               f" https://{tls_upstream.address}; }}")
    key = stand.key()
    answer = gateway.request(key.key, path="/tls/v1/models", method="GET")
    assert answer.status == status
    assert len(tls_upstream.received()) == (1 if trusted else 0)
    if trusted:
        stand.await_counted(key, 1)
    else:
        stand.await_counted(key, 0, refunds=1, failed=1)
