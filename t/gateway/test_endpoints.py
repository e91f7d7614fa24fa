"""mmx_offer: a key reaches what it is for. What a location does not offer is refused in the
client's dialect, costs nothing and never reaches MiniMax, however its address is spelled."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.client import Response
from harness.gateway import Gateway, Options
from harness.stand import Stand, running_stand

POST, GET, DELETE = "POST", "GET", "DELETE"
OFFERED = [
    (POST, "/v1/chat/completions"), (POST, "/v1/text/chatcompletion_v2"),
    (POST, "/anthropic/v1/messages"), (POST, "/anthropic/v1/messages/count_tokens"),
    (POST, "/v1/messages"), (POST, "/v1/messages/count_tokens"),
    (POST, "/v1/responses"), (POST, "/v1/responses/input_tokens"),
    (GET, "/v1/models"), (GET, "/v1/models/MiniMax-M2.7"), (GET, "/anthropic/v1/models"),
    (POST, "/v1/embeddings"), (POST, "/v1/t2a_v2"), (POST, "/v1/t2a_async_v2"),
    (GET, "/v1/query/t2a_async_query_v2"),
]
FAMILIES = {
    "files": [(POST, "/v1/files/upload"), (GET, "/v1/files/list"), (GET, "/v1/files/retrieve"),
              (GET, "/v1/files/retrieve_content"), (POST, "/v1/files/delete")],
    "voices": [(POST, "/v1/voice_clone"), (POST, "/v1/voice_design"), (POST, "/v1/get_voice"),
               (POST, "/v1/delete_voice")],
    "images": [(POST, "/v1/image_generation")],
    "video": [(POST, "/v1/video_generation"), (GET, "/v1/query/video_generation"),
              (POST, "/v2/video_generation"), (GET, "/v2/query/video_generation/4240109"),
              (DELETE, "/v2/video_generation/4240109")],
    "music": [(POST, "/v1/music_generation"), (POST, "/v1/music_cover_preprocess")],
    "transcription": [(POST, "/v1/speech_to_text")],
    "tools": [(POST, "/v1/coding_plan/search"), (POST, "/v1/coding_plan/vlm")],
    "plan": [(GET, "/v1/token_plan/remains"),
             (GET, "/v1/api/openplatform/coding_plan/remains")],
    "balance": [(GET, "/v1/account/balance")],
}
# None of them may arrive as anything else than what is offered.
TRICKS = [
    "/v1//files/list", "//v1/files/list", "/v1/files/list/", "/v1/files/./list", "/V1/files/list",
    "/v1/FILES/list", "/v1/%66iles/list", "/v1/files%2flist", "/v1%2Ffiles%2Flist",
    "/v1/models/../files/list", "/v1/models/..%2ffiles/list", "/v1/models/%2e%2e/files/list",
    "/v1/models/.%2E/files/list", "/v1/models/%252e%252e/files/list", "/v1/files/list;a=b",
    "/v1/files/list%3b", "/v1/files/list%3fa=b", "/v1/files/list%23", "/v1/files/list%0a",
    "/v1/files/list%20", "/v1/models%2f..%2ffiles%2flist", "/v1/models/%2fv1/files/list",
    "/mini/v1/files/list", "/v1/models/a/../../files/list", "/v1/models/a%2f..%2f..%2ffiles/list",
    "/v1/models/\\..\\files/list", "/v1/chat/completions/../../files/list",
    "/anthropic/../v1/files/list",
]
SERVER = """
        include @ROOT@/conf/mmx_server.conf;
        location /whole/ { mmx on; @PROXY@ proxy_pass http://minimax/; }
        location /v1/ { mmx on; set $mmx_upstream api.minimax.test;
                        include @ROOT@/conf/mmx_proxy.conf; proxy_pass http://minimax; }
        location /own/ { mmx on; mmx_offer /v1/new files; @PROXY@
                         rewrite ^/own(/.*)$ $1 break; proxy_pass http://minimax; }
        location /if/ { mmx on; @PROXY@
                        if ($arg_a) { set $seen 1; } if ($arg_n) { set $seen 2; }
                        rewrite ^/if(/.*)$ $1 break; proxy_pass http://minimax; }
        location /except/ { mmx on; limit_except GET { allow all; } @PROXY@
                            proxy_pass http://minimax/; }
        location /within/ { mmx on; @PROXY@ rewrite ^/within(/.*)$ $1;
                            if ($arg_a) { proxy_pass http://minimax; break; } }
        location /all/ { mmx on; mmx_offer all; @PROXY@
                         rewrite ^/all(/.*)$ $1 break; proxy_pass http://minimax; }
"""


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("endpoints")) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(stand: Stand) -> Gateway:
    server = SERVER + "".join(
        f"location /{name}/ {{ mmx on; mmx_offer {name}; @PROXY@"
        f" rewrite ^/{name}(/.*)$ $1 break; proxy_pass http://minimax; }}" for name in FAMILIES)
    return stand.gateway(server=server,
                         proxy="set $mmx_upstream api.minimax.test; include"
                               " @ROOT@/conf/mmx_proxy.conf; rewrite ^/mini(/.*)$ $1 break;")


def ask(gateway: Gateway, key: str | None, method: str, path: str, **options: object) -> Response:
    return gateway.request(key, method=method, path=path,
                           body=b'{"model":"MiniMax-M2"}' if method == POST else b"", **options)


def message_of(answer: Response) -> str:
    body = json.loads(answer.body)
    return body["base_resp"]["status_msg"] if "base_resp" in body else body["error"]["message"]


@pytest.mark.parametrize("method, path", OFFERED)
def test_what_is_offered_everywhere_arrives(gateway: Gateway, stand: Stand, method: str,
                                            path: str) -> None:
    stand.mark()
    assert "endpoint_not_offered" not in ask(gateway, stand.key().key, method, f"/mini{path}").text
    assert [(event["method"], event["path"]) for event in stand.arrivals()] == [(method, path)]


@pytest.mark.parametrize("family, method, path", [
    (family, *endpoint) for family, endpoints in FAMILIES.items() for endpoint in endpoints])
def test_the_rest_is_refused_until_its_line_is_there(
        gateway: Gateway, stand: Stand, family: str, method: str, path: str) -> None:
    key = stand.key(day=1)
    stand.mark()
    for sent in (key.key, "mmx-" + "0" * 32):
        answer = ask(gateway, sent, method, f"/mini{path}")
        assert answer.status == 404
        assert f"mmx_offer {family};" in message_of(answer)
    for sent in (None, "mmx-short"):  # what is offered is no business of a stranger's
        answer = ask(gateway, sent, method, f"/mini{path}")
        assert answer.status == 401 and "mmx_offer" not in answer.text
    assert stand.arrivals() == []
    other = "music" if family != "music" else "files"
    assert ask(gateway, key.key, method, f"/{other}{path}").status == 404
    assert stand.arrivals() == []
    ask(gateway, key.key, method, f"/{family}{path}")
    assert [(event["method"], event["path"]) for event in stand.arrivals()] == [(method, path)]


def test_a_refusal_costs_nothing_and_speaks_the_clients_dialect(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=1)
    native = ask(gateway, key.key, GET, "/mini/v1/files/list")
    assert json.loads(native.body)["base_resp"]["status_code"] == 2013
    anthropic = json.loads(ask(gateway, key.key, GET, "/mini/anthropic/v1/files").body)
    assert anthropic["type"] == "error" and anthropic["error"]["type"] == "not_found_error"
    openai = ask(gateway, key.key, POST, "/mini/v1/v1/chat/completions")
    error = json.loads(openai.body)["error"]
    assert error["code"] == "endpoint_not_offered" and openai.headers["x-should-retry"] == "false"
    assert "http://gateway.test/mini/v1 for OpenAI" in error["message"]
    chinese = ask(gateway, key.key, GET, "/mini/v1/files/list",
                  headers={"Accept-Language": "zh-CN"})
    assert "未开放" in message_of(chinese) and "mmx_offer files;" in message_of(chinese)
    assert ask(gateway, key.key, POST, "/mini/v1/chat/completions").status == 200
    stand.await_counted(key, 1, refunds=0, denied=0)
    assert 'mmx_requests_total{verdict="not_offered"}' in gateway.status_page()


@pytest.mark.parametrize("method", [GET, POST, "OPTIONS", "PUT"])
@pytest.mark.parametrize("prefix", ["/mini", "/whole", ""])
def test_no_spelling_leads_elsewhere(gateway: Gateway, stand: Stand, prefix: str,
                                     method: str) -> None:
    key = stand.key()
    stand.mark()
    for path in TRICKS:
        answer = ask(gateway, key.key, method, prefix + path)
        assert answer.status in (400, 404, 405), (path, answer.status)
    assert stand.arrivals() == []


@pytest.mark.parametrize("prefix", ["/mini", "/whole", ""])
def test_what_arrives_is_what_was_judged(gateway: Gateway, stand: Stand, prefix: str) -> None:
    key = stand.key()
    stand.mark()
    for path in ("/v1/%6dodels", "/v1//models", "/v1/files/../models", "/v1/files/%2e%2e/models",
                 "/v1/./models", "/v1/models?/../files/list", "/v1%2fmodels"):
        ask(gateway, key.key, GET, prefix + path)
    assert {(event["path"], event["query"]) for event in stand.arrivals()} == {("/v1/models", "")}
    assert len(stand.arrivals()) >= 6


@pytest.mark.parametrize("prefix, query", [
    ("/if", ""), ("/if", "?a=1"), ("/if", "?a=1&n=1"), ("/except", ""), ("/within", "?a=1")])
def test_a_block_within_a_location_offers_no_more(gateway: Gateway, stand: Stand, prefix: str,
                                                  query: str) -> None:
    """nginx gives an `if` and limit_except configurations of their own."""
    key = stand.key()
    stand.mark()
    for method, path in FAMILIES["files"]:
        assert ask(gateway, key.key, method, f"{prefix}{path}{query}").status == 404
    for method, path in ((POST, "/v1/chat/completions"), (GET, "/v1/models")):
        assert ask(gateway, key.key, method, f"{prefix}{path}{query}").status == 200
    assert [event["path"] for event in stand.arrivals()] == ["/v1/chat/completions", "/v1/models"]


def test_a_name_in_the_path_is_no_path_and_no_key(gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    stand.mark()
    for name in (key.key, key.key.replace("m", "%6d", 1), "..%2f..", "a%2fb", "%2e%2e", "a b"):
        answer = ask(gateway, key.key, GET, f"/mini/v1/models/{name.replace(' ', '%20')}")
        assert answer.status == 404 and key.key not in answer.text
    assert stand.arrivals() == []


def test_a_method_cannot_be_another_by_a_header(gateway: Gateway, stand: Stand) -> None:
    stand.mark()
    ask(gateway, stand.key().key, POST, "/mini/v1/chat/completions", headers={
        "X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/v1/files/list"})
    [event] = stand.arrivals()
    assert not {"x-http-method-override", "x-original-url"} & {
        name.lower() for name in event["header_names"]}


def test_the_operator_names_paths_or_everything(gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    stand.mark()
    sent = [("/own/v1/new", POST), ("/own/v1/files/list", GET), ("/own/v1/models", GET),
            ("/all/v1/any/thing", GET), ("/own/v1/new/", POST), ("/own/v1/newer", POST)]
    for path, method in sent:
        ask(gateway, key.key, method, path)
    assert [event["path"] for event in stand.arrivals()] == [
        "/v1/new", "/v1/files/list", "/v1/models", "/v1/any/thing"]


@pytest.mark.parametrize("line", ["mmx_offer;", "mmx_offer file;", "mmx_offer All;",
                                  "mmx_offer v1/files;", "mmx_argument;"])
def test_what_is_no_family_fails(stand: Stand, tmp_path: Path, line: str) -> None:
    options = Options(redis=stand.redis.url, secret=stand.admin.secret,
                      upstream=stand.upstream.address, location=line)
    assert Gateway(tmp_path / "nginx", options).check().returncode != 0
