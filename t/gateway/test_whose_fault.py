"""Our own account's faults are never the key holder's: refunded, told in the gateway's words,
counted for the operator. And everything else of MiniMax's errors reaches the client as it came.
"""

import fcntl
import json
import re
import socket
import sys
import termios
import time
from collections.abc import Iterator

import pytest
from harness.client import Request, Response, exchange, run
from harness.gateway import Gateway
from harness.http2 import Http2
from harness.process import wait_until
from harness.stand import Stand, running_stand
from harness.totals import tallies
from harness.wire import Wire, chat_bytes

PATHS = {"openai": "/mini/v1/chat/completions", "anthropic": "/mini/anthropic/v1/messages",
         "native": "/mini/v1/text/chatcompletion_v2"}
# What MiniMax says of our account, whatever the status it comes with: switches, status, code.
ACCOUNT = {
    "401": ("status=401", 401, None), "402": ("status=402", 402, None),
    "403": ("status=403", 403, None),
    "no balance": ("error=1008, status=402", 402, 1008),
    "no balance as 429": ("error=1008, status=429", 429, 1008),
    "no balance as 500": ("error=1008, status=500", 500, 1008),
    "a dead key": ("error=2049, status=401", 401, 2049),
    "not authorized": ("error=1004, status=401", 401, 1004),
    "not in the plan": ("error=2061, status=400", 400, 2061),
    "the plan used up": ("error=2056, status=429", 429, 2056),
}
SERVER = """
        location /buffered/ {
            mmx on; proxy_set_header Authorization $mmx_authorization; proxy_buffering on;
            rewrite ^/buffered(/.*)$ $1 break;
            proxy_pass http://minimax;
        }
        location /caught/ {
            mmx on; @PROXY@ proxy_intercept_errors on; error_page 401 402 403 = /own;
            rewrite ^/caught(/.*)$ $1 break; proxy_pass http://minimax;
        }
        location = /own { return 503 "own"; }
        location = /half/ { mmx on; @PROXY@ proxy_pass http://127.0.0.1:@HALF@; }
"""


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("fault")) as running:
        yield running


@pytest.fixture(scope="module")
def half() -> Iterator[socket.socket]:
    """Where an upstream listens that does not finish its answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        yield listener


@pytest.fixture(scope="module")
def gateway(stand: Stand, half: socket.socket) -> Gateway:
    return stand.gateway(server=SERVER.replace("@HALF@", str(half.getsockname()[1])), offer="all")


def unsent(connection: socket.socket) -> int:
    """Bytes that the peer's kernel does not have yet."""
    return int.from_bytes(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def ask(gateway: Gateway, key: str, switches: str, path: str = PATHS["openai"],
        **options) -> Response:
    return gateway.request(key, path=path, headers={"x-stub": switches}, **options)


def of_account(stand: Stand) -> dict[str, int]:
    return {name: count for total in stand.redis.command("KEYS", "mmx:total:*")
            for name, count in tallies(stand.redis, total[-10:]).items()
            if name.startswith("account:")}


def await_tallies(gateway: Gateway, stand: Stand) -> dict[str, int]:
    """Waits until all that the gateway has counted stand in Redis."""
    def counted() -> int:
        found = re.search(r"^mmx_account_rejections_total (\d+)", gateway.status_page(), re.M)
        return int(found.group(1))

    def tallied() -> int:
        return sum(count for name, count in of_account(stand).items() if name.count(":") == 2)
    wait_until(lambda: counted() == tallied(), 10, "the tallies")
    return of_account(stand)


@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize("case", ACCOUNT)
def test_the_account_s_fault_is_refunded_and_told_in_our_words(
        gateway: Gateway, stand: Stand, case: str, dialect: str) -> None:
    switches, _, code = ACCOUNT[case]
    key = stand.key(day=3)
    answer = ask(gateway, key.key, switches, PATHS[dialect])
    assert answer.status == 503 and "retry-after" not in answer.headers
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["request-id"] in answer.text
    assert answer.headers["content-length"] == str(len(answer.body))
    body = json.loads(answer.body)
    said = answer.text.replace(answer.headers["request-id"], "")  # whose digits may be anything
    assert "own account" in said and str(code) not in said
    assert {"openai": lambda: body["error"]["code"] == "upstream_rejected_gateway",
            "anthropic": lambda: body["error"]["type"] == "api_error",
            "native": lambda: body["base_resp"]["status_code"] == 1013}[dialect]()
    # Nothing of MiniMax's answer is left, not even a header.
    assert not [name for name in answer.headers if "trace" in name or name.startswith("alb")]
    stand.await_counted(key, 0, refunds=1, failed=1)
    assert gateway.request(key.key).status == 200


@pytest.mark.parametrize("case", ACCOUNT)
def test_the_operator_is_told_code_number_and_times(
        gateway: Gateway, stand: Stand, case: str) -> None:
    switches, status, code = ACCOUNT[case]
    key, before = stand.key(), int(time.time())
    known = await_tallies(gateway, stand)
    assert {answer.status for answer in run([Request.chat(
        gateway.address, key.key, headers={"x-stub": switches})] * 3, 3)} == {503}
    now = await_tallies(gateway, stand)
    (name, number), = ((name, now[name] - known.get(name, 0)) for name in now
                       if name.count(":") == 2 and now[name] != known.get(name, 0))
    assert number == 3
    assert re.fullmatch(rf"account:{status}:{code or r'[0-9]+'}", name)
    assert now[f"{name}:first"] <= now[f"{name}:last"] <= time.time() + 1
    assert now[f"{name}:last"] >= before - 1
    assert "mmx: MiniMax refuses this gateway's own account" in gateway.error_log.read_text()
    assert re.search(r"^mmx_account_rejections_total [1-9]", gateway.status_page(), re.MULTILINE)


@pytest.mark.parametrize("switches", ["bytes=1", "split=1", "bytes=7, split=3", "close"])
@pytest.mark.parametrize("path", [PATHS["openai"], "/buffered/v1/chat/completions"])
def test_however_the_answer_is_cut(
        gateway: Gateway, stand: Stand, path: str, switches: str) -> None:
    key = stand.key(day=3)
    answer = ask(gateway, key.key, f"error=1008, status=402, {switches}", path)
    assert answer.status == 503 and "own account" in answer.text
    passed = ask(gateway, key.key, f"error=2013, {switches}", path)
    assert passed.status == 400 and "(2013)" in passed.text
    stand.await_counted(key, 1, refunds=1, failed=1)


@pytest.mark.parametrize("switches, status, refunds, failed", [
    ("error=2061, status=400", 503, 1, 1), ("error=1008, status=429", 503, 1, 1),
    ("error=1008, status=500", 503, 1, 1), ("error=1026, status=500", 500, 0, 0),
    ("error=2013, status=404", 404, 0, 0), ("error=2013, status=401", 401, 0, 0)])
@pytest.mark.parametrize("path", [PATHS["openai"], "/buffered/v1/chat/completions"])
def test_a_body_that_comes_behind_its_header_is_waited_for(
        gateway: Gateway, stand: Stand, path: str, switches: str, status: int, refunds: int,
        failed: int) -> None:
    key = stand.key()
    answer = ask(gateway, key.key, f"{switches}, first_byte_delay=100", path)
    assert answer.status == status and ("own account" in answer.text) == (status == 503)
    stand.await_counted(key, 1 - refunds, refunds=refunds, failed=failed)


@pytest.mark.parametrize("switches", [
    "reset_mid_body", "cut_chunked", "gzip=force", "big=100000", "stall_mid=50"])
def test_an_answer_without_a_readable_code_goes_by_its_status(
        gateway: Gateway, stand: Stand, switches: str) -> None:
    key = stand.key(day=3)
    answer = ask(gateway, key.key, f"status=402, {switches}")
    assert answer.status == 503 and "own account" in answer.text
    stand.await_counted(key, 0, refunds=1, failed=1)


@pytest.mark.parametrize("form", ["", "split=4096", "bytes=1000", "split=1000, chunk_delay=1",
                                  "first_byte_delay=50", "stall_mid=50"])
@pytest.mark.parametrize("size", [7900, 8000, 8050, 8192, 8300, 16_000, 60_000])
@pytest.mark.parametrize("path", [PATHS["openai"], "/buffered/v1/chat/completions"])
def test_errors_larger_than_what_is_held_arrive_whole(
        gateway: Gateway, stand: Stand, path: str, size: int, form: str) -> None:
    key, filling = stand.key(), f"big={size}, {form}".rstrip(", ")
    passed = ask(gateway, key.key, f"error=2013, {filling}", path)
    direct = exchange(Request.chat(("127.0.0.1", stand.upstream.port), None,
                                   path="/v1/chat/completions",
                                   headers={"x-stub": f"error=2013, {filling}"}))
    assert (passed.status, len(passed.body)) == (400, len(direct.body))
    assert passed.body.endswith(b'x"}')
    rejected = ask(gateway, key.key, f"error=1008, status=402, {filling}", path)
    assert rejected.status == 503 and "own account" in rejected.text
    stand.await_counted(key, 1, refunds=1, failed=1)


@pytest.mark.parametrize("path", [PATHS["openai"], "/buffered/v1/chat/completions"])
def test_an_error_whose_body_does_not_come_is_not_waited_for_without_end(
        gateway: Gateway, stand: Stand, path: str) -> None:
    late = "first_byte_delay=600000"  # longer than anything here waits
    key = stand.key()
    rejected = ask(gateway, key.key, f"error=1008, status=402, {late}", path)
    assert rejected.status == 503 and "own account" in rejected.text
    with Wire(gateway.address) as wire:
        wire.send(chat_bytes(key.key, path=path, headers={"x-stub": f"status=500, {late}"}))
        assert wire.head().status == 500
    stand.await_counted(key, 0, refunds=2, failed=2)


@pytest.mark.parametrize("beginning, refunds", [
    (b'{"error":{"message":"input new_sensitive (1026)"', 0),
    (b'{"error":{"message":"insufficient balance (1008)"', 1), (b'{"error":{"mess', 1), (b"", 1)])
def test_an_answer_that_its_client_does_not_await_goes_by_what_has_come(
        gateway: Gateway, stand: Stand, half: socket.socket, beginning: bytes,
        refunds: int) -> None:
    key = stand.key()
    with Wire(gateway.address) as wire:
        wire.send(chat_bytes(key.key, path="/half/"))
        connection, _ = half.accept()
        with connection:
            connection.settimeout(10)
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 500 X\r\nContent-Length: 4000\r\n\r\n" + beginning)
            wait_until(lambda: unsent(connection) == 0, 5, "what was sent has arrived")
            wire.reset()
            stand.await_counted(key, 1 - refunds, refunds=refunds, failed=refunds)


@pytest.mark.parametrize("switches, status, words", [
    ("error=2013", 400, "(2013)"), ("error=1026", 422, "(1026)"), ("status=429", 429, "(1002)"),
    ("status=529", 529, "(2064)"), ("html502", 502, "<html>"), ("status=413", 413, "error"),
    ("status=500, big=200000", 500, "error"), ("plain404", 404, "404 page not found"),
    ("status=500, bytes=1", 500, "(1000)"),
])
def test_every_other_error_reaches_the_client_as_it_came(
        gateway: Gateway, stand: Stand, switches: str, status: int, words: str) -> None:
    key = stand.key()
    answer = ask(gateway, key.key, switches)
    direct = exchange(Request.chat(("127.0.0.1", stand.upstream.port), None,
                                   path="/v1/chat/completions", headers={"x-stub": switches}))
    assert answer.status == direct.status == status and words in answer.text
    ids = rb"[0-9a-f]{32}"  # of each answer
    assert re.sub(ids, b"", answer.body) == re.sub(ids, b"", direct.body)
    assert answer.headers["content-type"] == direct.headers["content-type"]


def test_where_the_operator_catches_errors_the_page_is_theirs_and_the_refund_stays(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=3)
    answer = ask(gateway, key.key, "error=1008, status=402", "/caught/v1/chat/completions")
    assert (answer.status, answer.text) == (503, "own")
    stand.await_counted(key, 0, refunds=1, failed=1)


def test_chinese_clients_are_told_in_chinese(gateway: Gateway, stand: Stand) -> None:
    answer = gateway.request(stand.key().key, headers={"x-stub": "status=401",
                                                       "Accept-Language": "zh-CN"})
    assert answer.status == 503 and "网关自身的账号" in answer.text


def test_the_deployment_s_language_and_contact_speak_where_the_client_names_none(
        gateway: Gateway, stand: Stand) -> None:
    stand.redis.command("HSET", "mmx:settings", "language", "zh", "contact", "ops@example.com")
    try:
        unknown = "mmx-" + "0" * 32
        wait_until(lambda: "无效" in gateway.request(unknown).text, 5, "the setting")
        assert "联系方式：ops@example.com" in gateway.request(unknown).text
        for language, word in (("*", "无效"), ("en", "not valid"), ("fr", "无效")):
            assert word in gateway.request(unknown, headers={"Accept-Language": language}).text
    finally:
        stand.redis.command("HDEL", "mmx:settings", "language", "contact")
        wait_until(lambda: "not valid" in gateway.request(unknown).text, 5, "the setting's end")


def test_over_http2_it_is_the_same(gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=3)
    with Http2((gateway.address[0], gateway.h2_port)) as client:
        rejected = client.response(client.open(key.key, headers={"x-stub": "status=402, bytes=5"}))
        passed = client.response(client.open(key.key, headers={"x-stub": "error=2013"}))
        answered = client.response(client.open(key.key))
    assert (rejected.status, passed.status, answered.status) == (503, 400, 200)
    assert b"own account" in rejected.body and b"(2013)" in passed.body
    stand.await_counted(key, 2, refunds=1, failed=1)
