"""mmx_count: what is below the location and is no call is checked and costs nothing."""

import re
from collections.abc import Iterator

import pytest
from harness.admin import Key
from harness.client import Request, run
from harness.gateway import Gateway
from harness.stand import Stand, running_stand

UNKNOWN = "mmx-" + "0" * 32
SERVER = """
        location /free/ {
            mmx on; mmx_count off; @PROXY@ rewrite ^/free(/.*)$ $1 break; proxy_pass http://minimax;
        }
"""
# What clients ask for beside their questions, in the shipped configuration.
NO_CALLS = [
    ("GET", "/mini/v1/models", 200),
    ("GET", "/mini/anthropic/v1/models", 404), ("OPTIONS", "/mini/v1/chat/completions", 404),
    ("POST", "/mini/anthropic/v1/messages/count_tokens", 200),
    ("GET", "/mini/v1/no/such/path", 404),
]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("uncounted")) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(stand: Stand) -> Gateway:
    return stand.gateway(location="mmx_count $mmx_counted;", server=SERVER)


def ask(gateway: Gateway, key: str, method: str, path: str):
    return gateway.request(key, method=method, path=path,
                           body=b'{"model":"MiniMax-M2"}' if method == "POST" else b"")


@pytest.mark.parametrize("method, path, status", NO_CALLS)
def test_what_is_no_call_costs_nothing_even_when_nothing_is_left(
        gateway: Gateway, stand: Stand, method: str, path: str, status: int) -> None:
    key = stand.key(day=1)
    assert [ask(gateway, key.key, method, path).status for _ in range(3)] == [status] * 3
    answer = gateway.request(key.key)
    assert answer.status == 200 and answer.headers["x-ratelimit-remaining-requests"] == "0"
    assert gateway.request(key.key).status == 429
    assert ask(gateway, key.key, method, path).status == status
    stand.await_counted(key, 1, refunds=0, failed=0, denied=1)


@pytest.mark.parametrize("path", ["/mini/v1/models", "/free/v1/chat/completions"])
def test_the_key_is_checked_all_the_same(gateway: Gateway, stand: Stand, path: str) -> None:
    disabled, elsewhere = stand.key(), stand.key(networks="10.0.0.0/8")
    stand.admin.run("key", "disable", disabled.id)
    stand.mark()
    method = "GET" if path.endswith("models") else "POST"
    statuses = [ask(gateway, key, method, path).status
                for key in (UNKNOWN, disabled.key, elsewhere.key)]
    assert statuses == [401, 403, 403]
    assert stand.arrivals() == []


def test_both_kinds_in_one_commit_are_told_apart(gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=10)
    calls = [Request.chat(gateway.address, key.key, path=f"/{kind}/v1/chat/completions", tag=kind)
             for kind in ("mini", "free")] * 40
    answers = run(calls, 80)
    by_kind = {kind: sorted(answer.status for answer in answers if answer.tag == kind)
               for kind in ("mini", "free")}
    assert by_kind == {"mini": [200] * 10 + [429] * 30, "free": [200] * 40}
    stand.await_counted(key, 10, denied=30, refunds=0)


def test_verdict_says_so(gateway: Gateway, stand: Stand) -> None:
    key: Key = stand.key()
    def counted() -> int:
        line = re.search(r'^mmx_requests_total\{verdict="admitted_uncounted"\} (\d+)$',
                         gateway.status_page(), re.MULTILINE)
        return int(line.group(1))
    before = counted()
    assert ask(gateway, key.key, "POST", "/free/v1/chat/completions").status == 200
    assert counted() == before + 1
