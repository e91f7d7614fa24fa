"""Headers and arguments towards MiniMax are allow lists: nothing tells of our clients, of the
account, or of a gateway key, wherever it was put."""

from collections.abc import Iterator

import pytest
from harness.client import CHAT_BODY, Request, exchange
from harness.gateway import Gateway
from harness.stand import Stand, running_stand

PASSED = {"content-type", "content-length", "content-encoding", "accept", "user-agent",
          "anthropic-version", "anthropic-beta"}
OURS = {"host", "authorization", "accept-encoding"}
OF_CLIENTS = [
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded",
    "True-Client-IP", "CF-Connecting-IP", "CF-IPCountry", "X-Client-IP", "X-Cluster-Client-IP",
    "Fastly-Client-IP", "X-Original-Forwarded-For", "Via", "X-Envoy-External-Address", "Client-IP",
    "Cookie", "Referer", "Origin", "Accept-Language", "X-Api-Key-Id", "Api-Key", "X-CSRF-Token",
    "Proxy-Authorization", "GroupId", "Group-Id", "X-Group-Id", "X-Stainless-OS", "DNT", "TE",
    "Sec-Fetch-Site", "If-None-Match", "Range", "Priority", "Traceparent", "X-Request-Id"]
GROUP_IDS = ["GroupId=17", "groupid=17", "group_id=17", "%47roupId=17", "GroupI%64=17",
             "GroupId[]=17", "GroupId%5B%5D=17", "+GroupId=17", "%20GroupId=17", "Group-Id=17",
             "GroupId", "x=1;GroupId=17", "task_id=5;GroupId=17", "%26GroupId=17"]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("sent")) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(stand: Stand) -> Gateway:
    """With the location's lines as they are shipped."""
    return stand.gateway(proxy="""set $mmx_upstream api.minimax.test;
        include @ROOT@/conf/mmx_proxy.conf; rewrite ^/mini(/.*)$ $1 break;""")


def arrived(gateway: Gateway, stand: Stand, key: str, lines: str = "", query: str = "") -> dict:
    stand.mark()
    body = CHAT_BODY.decode()
    raw = (f"POST /mini/v1/chat/completions{query} HTTP/1.1\r\nHost: gate\r\n"
           f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n{lines}\r\n{body}")
    assert exchange(Request(gateway.address, raw.encode("latin-1"))).status == 200
    [event] = stand.arrivals()
    return event


def test_what_is_named_passes_and_nothing_else(gateway: Gateway, stand: Stand) -> None:
    lines = "".join(f"{name}: of-the-client\r\n" for name in OF_CLIENTS)
    lines += ("Content-Type: application/json\r\nContent-Encoding: identity\r\nAccept: */*\r\n"
              "User-Agent: sdk/1\r\nAnthropic-Version: 2023-06-01\r\nAnthropic-Beta: a,b\r\n")
    event = arrived(gateway, stand, stand.key().key, lines)
    assert {name.lower() for name in event["header_names"]} == PASSED | OURS
    assert event["authorization_count"] == 1


@pytest.mark.parametrize("sent", GROUP_IDS)
def test_no_spelling_of_group_id_passes(gateway: Gateway, stand: Stand, sent: str) -> None:
    key = stand.key().key
    for query, left in ((sent, ""), (f"task_id=5&{sent}", "task_id=5"),
                        (f"{sent}&limit=2", "limit=2"), (f"limit=2&{sent}&beta=true",
                                                         "limit=2&beta=true")):
        assert arrived(gateway, stand, key, query=f"?{query}")["query"] == left


@pytest.mark.parametrize("name", ["User-Agent", "Accept", "Anthropic-Beta", "X-Other"])
def test_a_second_key_goes_nowhere(gateway: Gateway, stand: Stand, name: str) -> None:
    key, other = stand.key(), stand.key()
    for spelled in (other.key, other.key.replace("mmx-", "%6dmx%2D"), f"a {other.key} b"):
        event = arrived(gateway, stand, key.key, f"{name}: {spelled}\r\n",
                        f"?after={spelled.replace(' ', '+')}&limit=1")
        assert name.lower() not in {sent.lower() for sent in event["header_names"]}
        assert event["query"] == "limit=1"


def test_the_operator_lets_one_more_argument_through(stand: Stand) -> None:
    server = stand.gateway(location="mmx_argument cursor;")
    assert arrived(server, stand, stand.key().key, query="?cursor=7&GroupId=1&limit=2&x=3"
                   )["query"] == "cursor=7&limit=2"
