"""The access log as it is shipped: a line of JSON for whatever came, and no key in it, wherever it
was put and however it was spelled."""

import json
from collections.abc import Iterator

import pytest
from harness.client import Request, exchange
from harness.gateway import Gateway
from harness.process import wait_until
from harness.stand import Stand, running_stand
from harness.wire import Wire

HTTP = """log_format own escape=json '{"r":"$mmx_masked_request","u":"$mmx_masked_request_uri",'
    '"a":"$mmx_masked_http_user_agent","f":"$mmx_masked_http_referer",'
    '"n":"$mmx_masked_nothing"}';
map $mmx_masked_request_uri $uri_by_expression { default ""; "~^(?<own_path>[^?]*)" $own_path; }
map $mmx_masked_request $method_by_expression {
    default $mmx_masked_request_method;
    "~^(?<own_method>[A-Z]+) " $own_method;
}
log_format twice escape=json '{"method":"$mmx_logged_method","uri":"$mmx_logged_uri",'
    '"by_expression":{"method":"$method_by_expression","uri":"$uri_by_expression"}}';"""
SERVER = """
        include @ROOT@/conf/mmx_server.conf;
        access_log @DIR@/access.log mmx; access_log @DIR@/own.log own;
        access_log @DIR@/twice.log twice;
        location /elsewhere/ { return 404; }
"""


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("log")) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(stand: Stand) -> Gateway:
    return stand.gateway(server=SERVER, http=HTTP, log_level="info")


def lines_of(gateway: Gateway, name: str) -> list[dict]:
    """Each is UTF-8 and JSON."""
    lines = (gateway.folder / name).read_bytes().splitlines()
    return [json.loads(line.decode("utf-8", "strict")) for line in lines]


def logged(gateway: Gateway, raw: bytes) -> tuple[int, dict, dict]:
    """The status that the client gets, and the line of either log."""
    before = len(lines_of(gateway, "access.log"))
    with Wire(gateway.address) as wire:
        wire.send(raw)
        status = wire.response().status
    wait_until(lambda: len(lines_of(gateway, "own.log")) > before, 5, "the lines")
    return status, lines_of(gateway, "access.log")[-1], lines_of(gateway, "own.log")[-1]


def spellings(key: str) -> list[str]:
    escaped = "".join(f"%{byte:02x}" for byte in key.encode())
    return [key, key.replace("-", "%2D"), key.replace("mmx", "%6d%6D%78"), escaped,
            escaped.replace("%", "%25"), escaped.replace("%", "%2525"), key.replace("mmx", "MMX")]


@pytest.mark.parametrize("base", ["/mini/v1/models", "/elsewhere/a", "/mini/v1/files/list"])
def test_no_spelling_of_a_key_is_logged(gateway: Gateway, stand: Stand, base: str) -> None:
    key = stand.key().key
    secret = key.removeprefix("mmx-")
    for spelled in spellings(key):
        hidden = {spelled, secret, spelled.replace("mmx-", "")}
        for target in (f"{base}/{spelled}/x", f"{base}?a={spelled}", f"{base}/x?{spelled}=1#"):
            for holder in ("User-Agent", "Referer", "Cookie", "X-Any"):
                raw = (f"GET {target} HTTP/1.1\r\nHost: a\r\nX-Api-Key: {key}\r\n"
                       f"{holder}: {spelled}\r\n\r\n")
                exchange(Request(gateway.address, raw.encode()))
    for name in ("access.log", "own.log"):
        assert len(lines_of(gateway, name)) > 10
        text = (gateway.folder / name).read_text()
        assert not [one for one in hidden if one in text]
    assert "mmx-****" in (gateway.folder / "access.log").read_text()


def test_the_error_log_masks_escapes_too(gateway: Gateway, stand: Stand) -> None:
    key = stand.key().key
    for spelled in spellings(key):
        with Wire(gateway.address) as wire:
            wire.send(f"GET /mini/v1/{spelled} HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n")
            wire.response()
        assert spelled not in gateway.log()
        assert key.removeprefix("mmx-") not in gateway.log()


@pytest.mark.parametrize("path", [
    b"/mini/v1/\xff\xfe", b"/mini/v1/\xc3", b"/elsewhere/\xed\xa0\x80\xf4\x90\x80\x80",
    b"/mini/\x9b1",
    b"/elsewhere/\xe6\x9d\x8e", b"/elsewhere/%ff%00", b"/elsewhere/\"\\"])
def test_every_line_is_json_in_utf_8(gateway: Gateway, path: bytes) -> None:
    raw = (b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nUser-Agent: \xff\x9b" + path
           + b"\r\nReferer: " + path + b"\r\n\r\n")
    status, line, own = logged(gateway, raw)
    assert line["status"] == status and own.keys() == {"r", "u", "a", "f", "n"}


def test_what_needs_no_change_stays(gateway: Gateway, stand: Stand) -> None:
    raw = (f"GET /mini/v1/models?limit=5 HTTP/1.1\r\nHost: a\r\nX-Api-Key: {stand.key().key}\r\n"
           "User-Agent: sdk/1.0 (李)\r\n\r\n")
    status, line, own = logged(gateway, raw.encode())
    assert (status, line["method"], line["uri"]) == (200, "GET", "/mini/v1/models")
    assert own == {"r": "GET /mini/v1/models?limit=5 HTTP/1.1", "u": "/mini/v1/models?limit=5",
                   "a": "sdk/1.0 (李)", "f": "", "n": ""}


@pytest.mark.parametrize("raw", [
    "GET /mini/v1/models?a=b?c HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /elsewhere/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "GET /elsewhere/mmx-0123456789abcdef?mmx-0123456789abcdef HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /elsewhere/mmx-01234567?89abcdef HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /elsewhere/%20bearer%20abcdefg?hijklmn HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET ? HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a HTTP/9.9\r\nHost: a\r\n\r\n",
    "GET /a\r\n", "GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n",
    "M-SEARCH /a HTTP/1.1\r\nHost: a\r\n\r\n",
    "get /a HTTP/1.1\r\nHost: a\r\n\r\n", "\r\nHEAD /mini/v1/models HTTP/1.1\r\nHost: a\r\n\r\n",
    "BEARER abcdefghijklm HTTP/1.1\r\nHost: a\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\r\n\r\n",
    "GET /mini/v1/models HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    "GET /" + "a" * 9000 + " HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_method_and_path_are_the_line_s_own(gateway: Gateway, raw: str) -> None:
    before = len(lines_of(gateway, "twice.log"))
    with Wire(gateway.address) as wire:
        wire.send(raw.encode("latin-1"))  # what is answered has a head or, to HTTP/0.9, none
        wait_until(lambda: len(lines_of(gateway, "twice.log")) > before, 20, "the line")
    line = lines_of(gateway, "twice.log")[-1]
    assert line.pop("by_expression") == line
