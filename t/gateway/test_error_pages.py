"""What nginx itself answers below the API's address, as shipped (conf/mmx_server.conf): JSON of the
dialect with a request id and a sentence that helps. And what is answered before a key is asked for.
"""

import json
import re
from collections.abc import Iterator

import pytest
from harness.client import Response
from harness.gateway import Gateway
from harness.process import wait_until
from harness.stand import Stand, running_stand
from harness.wire import Wire

SERVER = """
        include @ROOT@/conf/mmx_server.conf;
        client_header_buffer_size 1k; large_client_header_buffers 2 2k;
        location /mini/small/ {
            mmx on; client_max_body_size 1k; @PROXY@ proxy_pass http://minimax;
        }
        location /mini/dead/ { mmx on; mmx_offer all; @PROXY@ proxy_pass http://127.0.0.1:1; }
        location /mini/slow/ {
            mmx on; proxy_set_header Authorization $mmx_authorization; proxy_read_timeout 300ms;
            proxy_pass http://minimax;
        }
        location /mini/limited/ { mmx on; limit_req zone=few; proxy_pass http://minimax; }
        location /mini/denied/ { mmx on; deny all; proxy_pass http://minimax; }
        location /other/ { mmx on; @PROXY@ rewrite ^/other(/.*)$ $1 break;
                           proxy_pass http://minimax; }
        location = /page { return 200 page; }
        location / { return 404; }
"""
HTTP = "limit_req_zone $uri zone=few:1m rate=1r/m; limit_req_status 429;"
CODES = {400: "bad_request", 403: "forbidden", 404: "not_found", 413: "body_too_large",
         429: "rate_limit_exceeded", 431: "headers_too_large", 414: "uri_too_long",
         502: "upstream_unreachable", 504: "upstream_timeout", 426: "upgrade_not_supported",
         405: "method_not_allowed"}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("pages")) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(stand: Stand) -> Gateway:
    return stand.gateway(server=SERVER, http=HTTP, allow=(r"no live upstreams",))


GUARDS = {"x-content-type-options": "nosniff", "cache-control": "no-store",
          "content-security-policy":
              "default-src 'none'; sandbox; base-uri 'none'; frame-ancestors 'none'"}


def guards(answer: Response) -> dict[str, str]:
    return {name: answer.headers[name] for name in GUARDS if name in answer.headers}


@pytest.mark.parametrize("path, switches, status", [
    ("/mini/v1/chat/completions", "", 200), ("/mini/v1/chat/completions", "html502", 502),
    ("/mini/v1/chat/completions", "error=2013", 400), ("/mini/dead/", "", 502),
    ("/mini/denied/", "", 403), ("/mini/v1/chat/completions?x=1", "plain404", 404)])
def test_no_browser_runs_or_keeps_an_answer(
        gateway: Gateway, stand: Stand, path: str, switches: str, status: int) -> None:
    answer = gateway.request(stand.key().key, path=path, headers={"x-stub": switches})
    assert (answer.status, guards(answer)) == (status, GUARDS)
    refused = gateway.request("mmx-" + "0" * 32, path=path)
    assert (refused.status in (401, 403), guards(refused)) == (True, GUARDS)


def test_what_minimax_says_to_browsers_itself_stays(gateway: Gateway, stand: Stand) -> None:
    told = {"cache-control": "private", "content-security-policy": "default-src 'self'"}
    switches = ", ".join(f"header={name}:{value}" for name, value in told.items())
    answer = gateway.request(stand.key().key, headers={"x-stub": switches})
    assert guards(answer) == told | {"x-content-type-options": "nosniff"}
    other = gateway.request(stand.key().key, headers={"x-stub": "header=x-content-type-options:x"})
    assert other.headers["x-content-type-options"] == "nosniff"
    assert guards(gateway.request(None, path="/page")) == {"x-content-type-options": "nosniff"}


@pytest.mark.parametrize("path", ["/%6dini/v1/chat/completions", "//mini/v1/chat/completions",
                                  "/./mini/v1/chat/completions", "/a/../mini/v1/chat/completions",
                                  "/other/v1/chat/completions"])
def test_no_spelling_of_the_address_loses_it(gateway: Gateway, stand: Stand, path: str) -> None:
    for key, status in ((stand.key().key, 200), ("mmx-" + "0" * 32, 401)):
        answer = gateway.request(key, path=path)
        assert (answer.status, guards(answer)) == (status, GUARDS)


@pytest.mark.parametrize("path, status", [
    ("/%6dini/small/v1/chat/completions", 413), ("/%6dini/nothing", 404), ("/elsewhere", 404)])
def test_nginx_own_errors_say_it_everywhere(
        gateway: Gateway, stand: Stand, path: str, status: int) -> None:
    answer = gateway.request(stand.key().key, path=path, body=b"x" * 2000)
    assert (answer.status, guards(answer)) == (status, GUARDS)


def test_what_is_sent_in_place_of_minimaxs_answer_is_guarded_as_our_own(
        gateway: Gateway, stand: Stand) -> None:
    told = "header=cache-control:private, header=x-content-type-options:other"
    for switches in (f"error=1008, status=402, {told}", f"error=2049, status=401, {told}"):
        answer = gateway.request(stand.key().key, headers={"x-stub": switches})
        assert (answer.status, guards(answer)) == (503, GUARDS)


def assert_page(answer: Response, status: int, dialect: str = "openai") -> str:
    """The message."""
    assert answer.status == status, answer.text
    headers = answer.headers
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert re.fullmatch(r"[0-9a-f]{32}", headers["request-id"])
    assert headers["x-request-id"] == headers["request-id"]
    assert headers["x-should-retry"] == ("true" if status >= 500 or status == 429 else "false")
    assert ("retry-after" in headers) == (headers["x-should-retry"] == "true")
    body = json.loads(answer.body)
    if dialect == "anthropic":
        assert body["type"] == "error" and body["request_id"] == headers["request-id"]
        message = body["error"]["message"]
    elif dialect == "native":
        message = body["base_resp"]["status_msg"]
    else:
        assert body["error"]["code"] == CODES[status]
        message = body["error"]["message"]
    assert headers["request-id"] in message
    return message


def raw(gateway: Gateway, text: str) -> Response:
    with Wire(gateway.address) as wire:
        wire.send(text.encode())
        return wire.response()


@pytest.mark.parametrize("path, dialect", [
    ("/v1/chat/completions", "openai"), ("/MINI/v1/chat/completions", "openai"),
    ("/mini", "openai"), ("/anthropic/v1/messages", "anthropic"), ("/", "openai"),
    ("/mini.html", "openai"), ("/v1/text/chatcompletion_v2", "native")])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_beside_the_api_names_the_base_url(
        gateway: Gateway, method: str, path: str, dialect: str) -> None:
    answer = gateway.request(None, path=path, method=method)
    message = assert_page(answer, 404, dialect)
    assert "http://gateway.test/mini/v1 for OpenAI" in message
    assert "http://gateway.test/mini/anthropic for" in message
    assert "location" not in answer.headers


def test_a_doubled_version_is_told_the_base_url_and_costs_nothing(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=1)
    answer = gateway.request(key.key, path="/mini/v1/v1/chat/completions")
    assert answer.status == 404 and "http://gateway.test/mini/v1 for OpenAI" in answer.text
    stand.await_counted(key, 0, refunds=0, failed=0)


def test_bodies_and_headers_that_are_too_large(gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    path = "/mini/small/v1/chat/completions"
    assert_page(gateway.request(key.key, path=path, body=b"x" * 2000), 413)
    assert_page(gateway.request(key.key, path="/mini/small/anthropic/v1/messages",
                                body=b"x" * 2000), 413, "anthropic")
    assert_page(gateway.request(key.key, headers={"X-Long": "x" * 3000}), 431)
    assert_page(gateway.request(key.key, path="/mini/" + "x" * 4000), 414)
    stand.await_counted(key, 0)


@pytest.mark.parametrize("head", [
    "POST /mini/v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    "POST /mini/v1/chat/completions HTTP/1.1\r\n\r\n",
    "GARBAGE\r\n\r\n", "GET /mini/%00 HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_requests_that_are_none(gateway: Gateway, head: str) -> None:
    assert_page(raw(gateway, head), 400)


def test_a_broken_chunk(gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    answer = raw(gateway, "POST /mini/v1/chat/completions HTTP/1.1\r\nHost: a\r\n"
                 f"Transfer-Encoding: chunked\r\nX-Api-Key: {key.key}\r\n\r\nnonsense\r\n")
    assert_page(answer, 400)
    stand.await_counted(key, 0, refunds=1, failed=0)


def test_minimax_that_cannot_be_reached_or_does_not_answer(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=5)
    assert_page(gateway.request(key.key, path="/mini/dead/v1/chat/completions"), 502)
    assert_page(gateway.request(key.key, path="/mini/slow/v1/chat/completions",
                                headers={"x-stub": "stall_before_header=2000"}), 504)
    stand.await_counted(key, 0, refunds=2, failed=2)


def test_the_operator_s_limits(gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    answers = [gateway.request(key.key, path="/mini/limited/v1/models") for _ in range(3)]
    assert_page(answers[-1], 429)
    assert_page(gateway.request(key.key, path="/mini/denied/v1/models"), 403)


def test_refusals_are_the_same_with_the_pages_in_force(gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=1)
    assert gateway.request(key.key).status == 200
    refused = gateway.request(key.key)
    body = json.loads(refused.body)["error"]
    assert refused.status == 429 and body["code"] == "insufficient_quota"
    assert body["resets_at"] and refused.headers["x-ratelimit-remaining-requests-day"] == "0"
    assert refused.headers["request-id"] in body["message"]
    unknown = gateway.request("mmx-" + "0" * 32)
    assert unknown.status == 401 and unknown.headers["www-authenticate"]
    stand.await_counted(key, 1, denied=1)


def test_telemetry_goes_nowhere_and_needs_no_key(gateway: Gateway, stand: Stand) -> None:
    stand.mark()
    for path in ("/mini/anthropic/api/event_logging/batch", "/mini/api/event_logging/v2/batch"):
        answer = gateway.request(None, path=path)
        assert (answer.status, answer.body) == (204, b"")
    assert stand.arrivals() == []


@pytest.mark.parametrize("key", [None, "mmx-" + "0" * 32])
def test_a_websocket_is_told_at_once_to_come_back_with_plain_requests(
        gateway: Gateway, stand: Stand, key: str | None) -> None:
    stand.mark()
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    answer = gateway.request(key, path="/mini/v1/responses", method="GET", headers=headers)
    message = assert_page(answer, 426)
    assert "stream" in message and answer.headers["upgrade"] == "HTTP/1.1"
    assert stand.arrivals() == []


def test_an_upgrade_that_is_only_offered_is_passed_over(gateway: Gateway, stand: Stand) -> None:
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMA"}
    assert gateway.request(stand.key().key, headers=headers).status == 200


def test_the_log_has_what_the_client_asked_for(gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=1)
    assert gateway.request(key.key).status == 200
    assert gateway.request(key.key, query="a=b").status == 429
    assert gateway.request(key.key, path=f"/mini/v1/{key.key}/models", method="GET").status == 404
    assert gateway.request(None, path="/nowhere", method="PUT").status == 404
    log = gateway.folder / "access.log"

    def logged() -> list[tuple[str, str, int]]:
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        return [(line["method"], line["uri"], line["status"]) for line in lines][-4:]
    expected = [("POST", "/mini/v1/chat/completions", 200),
                ("POST", "/mini/v1/chat/completions", 429),
                ("GET", f"/mini/v1/mmx-{'*' * len(key.key[4:])}/models", 404),
                ("PUT", "/nowhere", 404)]
    wait_until(lambda: logged() == expected, 5, "the lines")
