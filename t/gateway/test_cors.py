"""conf/mmx_cors.conf: pages of the origins that are named may call the API from a browser, read its
answers, limits and errors, and ask for leave without a key and for nothing; others may not.
"""

import json
import os
import subprocess
from collections.abc import Iterator

import pytest
from harness.browser import CHROMIUM, FOLDER
from harness.client import Response
from harness.gateway import Gateway
from harness.paths import ROOT
from harness.process import free_port
from harness.stand import Stand, running_stand

SDK = ROOT / "t" / "sdk"
CHAT = "/mini/v1/chat/completions"
UNKNOWN = "mmx-" + "0" * 32
HTTP = """
    map $http_origin $mmx_origin {
        http://127.0.0.1:@ALLOWED@  $http_origin;
        default                     "";
    }
    server {  # the pages
        listen 127.0.0.1:@ALLOWED@;
        listen 127.0.0.1:@OTHER@;
        access_log off;
        root @ROOT@/t/sdk;
        types { text/html html; text/javascript js mjs; }
        location / { try_files $uri $uri.mjs $uri/index.mjs =404; }
        location = /favicon.ico { return 204; }
    }
"""
SERVER = """
        include @ROOT@/conf/mmx_server.conf;
        include @ROOT@/conf/mmx_cors.conf;
        location = /elsewhere { return 200; }
"""


class Pages:
    """A page of an origin that is named, and one of another."""

    def __init__(self, stand: Stand):
        allowed, other = free_port(), free_port()
        self.allowed, self.other = f"http://127.0.0.1:{allowed}", f"http://127.0.0.1:{other}"
        http = HTTP.replace("@ALLOWED@", str(allowed)).replace("@OTHER@", str(other))
        self.stand = stand
        self.gateway: Gateway = stand.gateway(
            location="mmx_count $mmx_counted;", http=http, server=SERVER)

    def call(self, origin: str, *wishes: dict) -> list[dict]:
        """What a page of that origin got, in a browser."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.stand.folder), "LANG": "C.UTF-8",
               "CHROMIUM": CHROMIUM}
        asked = json.dumps([{"base": self.gateway.url, "path": CHAT} | wish for wish in wishes])
        done = subprocess.run(
            ["node", FOLDER / "cross_origin.mjs", f"{origin}/page.html"], input=asked, env=env,
            text=True, capture_output=True, timeout=90, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def preflight(self, origin: str, path: str = CHAT) -> Response:
        return self.gateway.request(None, path=path, method="OPTIONS", body=b"", headers={
            "Origin": origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,x-stainless-of-next-year"})


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    for folder in (SDK, FOLDER):
        assert (folder / "node_modules").is_dir(), f"run: cd {folder} && npm ci"
    with running_stand(tmp_path_factory.mktemp("cors")) as running:
        yield running


@pytest.fixture(scope="module")
def pages(stand: Stand) -> Pages:
    return Pages(stand)


def test_a_preflight_needs_no_key_and_goes_nowhere(pages: Pages, stand: Stand) -> None:
    stand.mark()
    answer = pages.preflight(pages.allowed)
    assert (answer.status, answer.body) == (204, b"")
    headers = answer.headers
    assert headers["access-control-allow-origin"] == pages.allowed
    assert "POST" in headers["access-control-allow-methods"]
    assert headers["access-control-allow-headers"] == "authorization,x-stainless-of-next-year"
    assert headers["vary"] == "Origin" and headers["access-control-max-age"] == "600"
    assert "access-control-allow-credentials" not in headers
    assert stand.arrivals() == []


@pytest.mark.parametrize("path", [CHAT, "/elsewhere"])
def test_nobody_else_and_nothing_else_is_let_in(pages: Pages, path: str) -> None:
    origin = pages.other if path == CHAT else pages.allowed
    for answer in (pages.preflight(origin, path),
                   pages.gateway.request(None, path=path, headers={"Origin": origin})):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.status in ((401, 404) if path == CHAT else (200,))
        assert ("vary" in answer.headers) == (path == CHAT)


def test_minimax_s_own_word_on_origins_stays_behind(pages: Pages, stand: Stand) -> None:
    for origin, wanted in ((pages.allowed, pages.allowed), (pages.other, None)):
        answer = pages.gateway.request(stand.key().key, headers={
            "Origin": origin, "x-stub": "header=Access-Control-Allow-Origin:*, "
            "header=Access-Control-Allow-Credentials:true"})
        assert answer.status == 200
        assert answer.headers.get("access-control-allow-origin") == wanted
        assert "access-control-allow-credentials" not in answer.headers


def test_a_page_calls_by_fetch_and_reads_its_limits(pages: Pages, stand: Stand) -> None:
    key = stand.key(day=5)
    stand.mark()
    [answer, models] = pages.call(
        pages.allowed, {"by": "fetch", "key": key.key},
        {"by": "fetch", "key": key.key, "path": "/mini/v1/models", "method": "GET"})
    assert answer["status"] == models["status"] == 200
    assert json.loads(answer["text"])["choices"]
    assert answer["headers"]["x-ratelimit-limit-requests"] == "5"
    assert answer["headers"]["x-ratelimit-remaining-requests-day"] == "4"
    stand.await_counted(key, 1)
    assert {event["method"] for event in stand.arrivals()} == {"GET", "POST"}  # and no OPTIONS


@pytest.mark.parametrize("sdk", ["openai", "anthropic"])
def test_the_packages_work_in_a_page(pages: Pages, stand: Stand, sdk: str) -> None:
    key = stand.key(day=1)
    [answer, refused] = pages.call(pages.allowed, *[{"by": sdk, "key": key.key}] * 2)
    assert answer.get("text"), answer
    assert refused["status"] == 429 and "requests of today" in refused["error"]
    stand.await_counted(key, 1, denied=1)


def test_a_page_reads_what_went_wrong(pages: Pages, stand: Stand) -> None:
    used_up = stand.key(day=1)
    assert pages.gateway.request(used_up.key).status == 200
    [unknown, none, over, beside, at_minimax] = pages.call(
        pages.allowed, {"by": "fetch", "key": UNKNOWN}, {"by": "fetch"},
        {"by": "fetch", "key": used_up.key}, {"by": "fetch", "key": used_up.key, "path": "/mini"},
        {"by": "fetch", "key": stand.key().key, "path": "/mini/v1/no/such/path"})
    for answer, status in ((unknown, 401), (none, 401), (over, 429), (beside, 404)):
        assert answer.get("status") == status, answer
        assert answer["headers"]["request-id"] in answer["text"]
        assert answer["headers"]["x-should-retry"] == "false"
    assert over["headers"]["x-ratelimit-remaining-requests"] == "0"
    assert at_minimax["status"] == 404


def test_a_page_of_another_origin_gets_nothing(pages: Pages, stand: Stand) -> None:
    key = stand.key(day=5)
    stand.mark()
    answers = pages.call(pages.other, {"by": "fetch", "key": key.key}, {"by": "fetch"},
                         {"by": "openai", "key": key.key})
    assert all("error" in answer and answer["status"] is None for answer in answers), answers
    assert stand.arrivals() == []
    stand.await_counted(key, 0)
