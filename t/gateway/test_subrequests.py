"""Subrequests never have an access phase: none may leave with the master key or be counted, nor
may one take the client's key along.
"""

from collections.abc import Iterator

import pytest
from harness.client import Request, Response, exchange
from harness.gateway import Gateway
from harness.process import wait_until
from harness.stand import Stand, running_stand
from harness.upstream import fingerprint

HEADERS = ("set $mmx_upstream api.minimax.test; include @ROOT@/conf/mmx_proxy.conf;"
           " proxy_set_header X-Stub $http_x_stub;")
# What an operator who has not read the manual may write.
BARE = "proxy_set_header Authorization $mmx_authorization;"
NONE = ""


def location(name: str, lines: str, headers: str = HEADERS) -> str:
    """/t/<name>/v1/… goes to the upstream as /v1/…"""
    return f"""
        location /t/{name}/ {{
            mmx on; {headers} {lines}
            rewrite ^/t/[a-z0-9-]+(/.*)$ $1 break;
            proxy_pass http://minimax;
        }}"""


SERVER = "".join(
    f"""
        location = /sub-{kind} {{ mmx on; {headers} proxy_pass http://minimax/v1/models?sub; }}
        {location("mirrored-" + kind, f"mirror /sub-{kind};", headers)}
        {location("asks-" + kind, f"auth_request /sub-{kind};", headers)}
        {location("adds-" + kind, f"add_before_body /sub-{kind}; addition_types *;", headers)}
        location /t/included-{kind}/ {{ ssi on; default_type text/html; alias @DIR@/{kind}/; }}
        location /t/includes-{kind}/ {{
            mmx on; ssi on; default_type text/html; alias @DIR@/{kind}/;
        }}
        location /t/added-{kind}/ {{
            add_after_body /sub-{kind}; addition_types *; alias @DIR@/{kind}/;
        }}"""
    for kind, headers in (("shipped", HEADERS), ("bare", BARE), ("none", NONE)))

KINDS = ["shipped", "bare", "none"]  # headers of the locations
ADMITTED = ["mirrored", "asks", "adds", "includes"]  # the main request is an admitted one
NOT_METERED = ["included", "added"]  # the main request is in a location without mmx


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("sub")) as running:
        yield running


@pytest.fixture(scope="module")
def shared(stand: Stand) -> Gateway:
    gateway = stand.gateway(server=SERVER)
    for kind in KINDS:
        page = gateway.folder / kind / "v1" / "models"
        page.parent.mkdir(parents=True)
        page.write_text(f'<html><!--#include virtual="/sub-{kind}" --></html>')
    return gateway


@pytest.fixture
def gateway(shared: Gateway, stand: Stand) -> Gateway:
    stand.mark()
    return shared


def get(gateway: Gateway, key: str, name: str) -> Response:
    """With the key in both headers, as a client may send it."""
    return exchange(Request.chat(gateway.address, key, path=f"/t/{name}/v1/models", method="GET",
                                 headers={"X-Api-Key": key}))


def assert_no_key_left(stand: Stand, key: str, sub: list[dict]) -> None:
    assert sub and not stand.with_master(sub)
    for event in sub:
        assert fingerprint(key) not in (event["key_sha256"], event["x_api_key"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ADMITTED)
def test_subrequest_of_an_admitted_request_has_no_key_and_no_count(
        gateway: Gateway, stand: Stand, name: str, kind: str) -> None:
    key = stand.key(day=2)
    answers = [get(gateway, key.key, f"{name}-{kind}") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    stand.await_counted(key, 2)
    # auth_request asks before the module does, so also for the third, and sees the client's key.
    wanted = (3 if name == "asks" else 2) + (0 if name == "includes" else 2)
    wait_until(lambda: len(stand.arrivals()) >= wanted, 5, "a mirror is not waited for")
    sub = [event for event in stand.arrivals() if event["query"] == "sub"]
    main = [event for event in stand.arrivals() if event["query"] != "sub"]
    assert len(sub) + len(main) == wanted
    if name != "asks":
        assert_no_key_left(stand, key.key, sub)
    assert not stand.with_master(sub)
    if name != "includes":  # whose main request is a page of ours
        assert len(main) == len(sub) - (1 if name == "asks" else 0) == 2
        assert len(stand.with_master(main)) == (0 if kind == "none" else 2)
        assert all(event["x_api_key"] is None for event in main)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NOT_METERED)
def test_subrequest_of_a_request_that_was_never_admitted_has_no_master_key(
        gateway: Gateway, stand: Stand, name: str, kind: str) -> None:
    key = stand.key(day=5)
    assert get(gateway, key.key, f"{name}-{kind}").status == 200
    sub = stand.arrivals()
    assert [event["query"] for event in sub] == ["sub"]
    assert not stand.with_master(sub)
    if kind == "shipped":
        assert_no_key_left(stand, key.key, sub)
    stand.await_counted(key, 0)


def test_auth_request_asks_under_the_headers_we_ship_without_any_key(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    assert get(gateway, key.key, "asks-shipped").status == 200
    assert_no_key_left(stand, key.key,
                       [event for event in stand.arrivals() if event["query"] == "sub"])


@pytest.mark.parametrize("kind", KINDS)
def test_refused_request_starts_no_mirror_and_no_inclusion(
        gateway: Gateway, stand: Stand, kind: str) -> None:
    for name in ("mirrored", "adds", "includes"):
        assert get(gateway, "mmx-" + "0" * 32, f"{name}-{kind}").status == 401
    assert stand.arrivals() == []
