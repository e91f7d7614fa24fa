"""Where the client's key may stand, and that it never leaves for the upstream, whatever the
client sends and whatever the operator left out.
"""

from collections.abc import Iterator

import pytest
from harness.admin import Key
from harness.client import Request, Response, exchange
from harness.gateway import Gateway
from harness.process import wait_until
from harness.stand import Stand, running_stand

OTHER = "mmx-" + "Z" * 32
HEADERS = ("set $mmx_upstream api.minimax.test; include @ROOT@/conf/mmx_proxy.conf;"
           " proxy_set_header X-Stub $http_x_stub;")
TO_UPSTREAM = "rewrite ^/[a-z]+(/.*)$ $1 break; proxy_pass http://minimax;"

# Locations by what their operator wrote; the module alone must keep the key in.
OPERATORS = {
    "mini": "",  # the harness' own, as conf/ ships it
    "bare": "",
    "one": "proxy_set_header Authorization $mmx_authorization;",
    "other": "proxy_set_header X-Own 1;",
    "passed": "proxy_set_header Authorization $http_authorization;"
              " proxy_set_header X-Api-Key $http_x_api_key;",
    "hidden": "proxy_pass_request_headers off;"
              " proxy_set_header Authorization $mmx_authorization;",
}

# limit_req looks at the key before the module does.
HTTP = """
    limit_req_zone $http_authorization$http_x_api_key zone=by_key:1m rate=10000r/s;
    limit_req zone=by_key burst=1000 nodelay;
    log_format credentials '"$http_authorization" "$http_x_api_key" "$mmx_authorization" '
                           '"$http_x_custom" "$sent_http_authorization" "$remote_user"';
    access_log @DIR@/credentials.log credentials;
"""
EMPTY = '"-" "-" "" "-" "-" "-"'
SERVER = f"""
        access_log @DIR@/credentials.log credentials;
        add_header X-Leak "$mmx_authorization$http_authorization$http_x_api_key" always;
        location /denied/ {{ mmx on; deny all; {HEADERS} {TO_UPSTREAM} }}
        location /custom/ {{ mmx on; mmx_key $http_x_custom; {HEADERS} {TO_UPSTREAM} }}
        location /argument/ {{
            mmx on; mmx_key $key_of_client; set $key_of_client $arg_key; set $args "";
            {HEADERS} {TO_UPSTREAM}
        }}
        location /cookie/ {{ mmx on; mmx_key $cookie_key; {HEADERS} {TO_UPSTREAM} }}
        location /joined/ {{ mmx on; mmx_key "mmx-$http_x_custom"; {HEADERS} {TO_UPSTREAM} }}
        location /both/ {{
            mmx on; {HEADERS} rewrite ^/both(/.*)$ $1 break; proxy_pass http://minimax;
            location /both/nested/ {{
                proxy_set_header X-Own 1;
                rewrite ^/both/nested(/.*)$ $1 break; proxy_pass http://minimax;
            }}
        }}
""" + "".join(f"        location /{name}/ {{ mmx on; {lines} {TO_UPSTREAM} }}\n"
              for name, lines in OPERATORS.items() if name != "mini")

ACCEPTED = {
    "X-Api-Key": ["X-Api-Key: {key}"],
    "Authorization": ["Authorization: Bearer {key}"],
    "both": ["X-Api-Key: {key}", "Authorization: Bearer {key}"],
    "both, the other order": ["Authorization: Bearer {key}", "x-api-key: {key}"],
    "lower case": ["authorization: bearer {key}"],
    "upper case": ["AUTHORIZATION: BEARER {key}"],
    "mixed case": ["aUtHoRiZaTiOn: BeArEr {key}"],
    "blanks around": ["X-Api-Key:   {key}  "],
    "blanks after the scheme": ["Authorization: Bearer   {key}"],
    "a stranger's Bearer beside X-Api-Key": [
        "Authorization: Bearer sk-of-another-vendor", "X-Api-Key: {key}"],
    "a stranger's X-Api-Key beside Bearer": [
        "X-Api-Key: sk-ant-api03-of-another", "Authorization: Bearer {key}"],
    "a cut key beside a whole one": ["X-Api-Key: mmx-cut", "Authorization: Bearer {key}"],
    "empty X-Api-Key": ["X-Api-Key:", "Authorization: Bearer {key}"],
    "empty Authorization": ["Authorization:", "X-Api-Key: {key}"],
    "the key in a third header": ["X-Api-Key: {key}", "X-Mine: {key}", "Api-Key: {key}"],
    "the key in a cookie": ["X-Api-Key: {key}", "Cookie: a=b; key={key}"],
}

REFUSED = {
    "nothing": [],
    "two that differ": ["X-Api-Key: {key}", "Authorization: Bearer {other}"],
    "X-Api-Key twice": ["X-Api-Key: {key}", "X-Api-Key: {key}"],
    "X-Api-Key twice, one empty": ["X-Api-Key:", "X-Api-Key: {key}"],
    "X-Api-Key twice, one wrong": ["X-Api-Key: {other}", "X-Api-Key: {key}"],
    "X-Api-Key twice and Authorization": ["X-Api-Key: {key}", "X-Api-Key: {key}",
                                          "Authorization: Bearer {key}"],
    "unknown": ["X-Api-Key: {other}"],
    "Basic alone": ["Authorization: Basic {key}"],
    "no scheme": ["Authorization: {key}"],
    "no blank": ["Authorization: Bearer{key}"],
    "a tab for the blank": ["Authorization: Bearer\t{key}"],
    "two tokens": ["Authorization: Bearer {key} {key}"],
    "a list": ["X-Api-Key: {key}, {key}"],
    "a quoted one": ['X-Api-Key: "{key}"'],
    "one character more": ["X-Api-Key: {key}-"],
    "one character less": ["X-Api-Key: {shorter}"],
    "upper case": ["X-Api-Key: {upper}"],
    "another prefix": ["X-Api-Key: sk-{key}"],
    "not ASCII": ["X-Api-Key: mmx-äöüäöüäöüäöüäöü"],
    "very long": ["X-Api-Key: mmx-" + "a" * 4000],
    "an argument": [],
    "an underscore": ["X_Api_Key: mmx-underscores0000000"],  # nginx drops such a header itself
    "another header": ["Api-Key: {key}"],
}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("credentials")) as running:
        yield running


@pytest.fixture(scope="module")
def shared(stand: Stand) -> Gateway:
    # At the level of info nginx itself writes header lines that it refuses.
    return stand.gateway(http=HTTP, server=SERVER, log_level="notice")


@pytest.fixture(scope="module")
def key(stand: Stand) -> Key:
    return stand.key()


@pytest.fixture
def gateway(shared: Gateway, stand: Stand) -> Gateway:
    stand.mark()
    return shared


def send(gateway: Gateway, key: Key, lines: list[str], path: str = "/mini/v1/models") -> Response:
    values = {"key": key.key, "other": OTHER, "shorter": key.key[:-1], "upper": key.key.upper()}
    head = [f"GET {path} HTTP/1.1", "Host: gate",
            *(line.format(**values) for line in lines), "", ""]
    return exchange(Request(gateway.address, "\r\n".join(head).encode()))


def await_logged_empty(gateway: Gateway, count: int) -> None:
    """The last count lines of the log; the very last may be written after its answer came."""
    log = gateway.folder / "credentials.log"
    wait_until(lambda: log.read_text().splitlines()[-count:] == [EMPTY] * count, 5,
               "empty credentials in the log")


def assert_client_sees_no_key(response: Response, stand: Stand) -> None:
    assert "x-leak" not in response.headers
    text = str(response.headers) + response.text
    assert stand.watch.found_in(text.encode()) == []


def assert_only_the_master_left(stand: Stand, operator: str) -> None:
    """The echo was searched for keys; here: no trace of the header that held one, either."""
    event, = stand.arrivals()
    assert "keep-alive" not in [name.lower() for name in event["header_names"]]
    masters = 0 if operator in ("bare", "other", "passed") else 1
    assert event["authorization_count"] == masters and event["x_api_key"] is None
    assert len(stand.with_master([event])) == masters


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("case", ACCEPTED)
def test_key_is_accepted_and_stays_here(
        gateway: Gateway, stand: Stand, key: Key, case: str, operator: str) -> None:
    lines = [*ACCEPTED[case], "x-stub: echo_headers"]
    echo = send(gateway, key, lines, f"/{operator}/v1/models")
    assert echo.status == 200
    assert_client_sees_no_key(echo, stand)
    assert_only_the_master_left(stand, operator)
    if operator != "hidden":
        assert '"headers"' in echo.text


@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_is_refused_and_reaches_nobody(
        gateway: Gateway, stand: Stand, key: Key, case: str) -> None:
    before = stand.redis.counted(key.id)
    path = f"/mini/v1/models?key={OTHER}&api_key={OTHER}" if case == "an argument" \
        else "/mini/v1/models"
    answer = send(gateway, key, REFUSED[case], path)
    assert answer.status == 401 and '"invalid_api_key"' in answer.text
    assert_client_sees_no_key(answer, stand)
    assert stand.arrivals() == [] and stand.redis.counted(key.id) == before


FAULTS = {
    "two that differ": "two different keys", "X-Api-Key twice": "X-Api-Key was sent more than once",
    "no scheme": "without Bearer", "no blank": "without Bearer", "a list": "in X-Api-Key",
    "a quoted one": "in X-Api-Key stands in quotation marks", "another header": "header Api-Key",
    "one character more": "in X-Api-Key is not whole", "upper case": "begin with mmx-",
    "two tokens": "in Authorization has spaces", "not ASCII": "in X-Api-Key has",
}


@pytest.mark.parametrize("case", FAULTS)
def test_refusal_names_the_header_at_fault(
        gateway: Gateway, stand: Stand, key: Key, case: str) -> None:
    answer = send(gateway, key, REFUSED[case])
    assert answer.status == 401 and FAULTS[case] in answer.text, answer.text


def test_basic_credentials_beside_a_key_are_nginx_own_and_do_not_leave(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    lines = ["Authorization: Basic dXNlcjpwYXNz", "X-Api-Key: {key}", "x-stub: echo_headers"]
    echo = send(gateway, key, lines)
    assert echo.status == 200 and "dXNlcjpwYXNz" not in echo.text
    assert_only_the_master_left(stand, "mini")


def test_two_authorization_headers_are_refused_by_nginx_itself(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    answer = send(gateway, key, ["Authorization: Bearer {key}"] * 2)
    assert answer.status == 400 and stand.arrivals() == []
    await_logged_empty(gateway, 1)


def test_key_of_a_request_that_nginx_refuses_is_not_logged(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    for case in ("both", "Authorization", "X-Api-Key"):
        assert send(gateway, key, ACCEPTED[case], "/denied/v1/models").status == 403
    await_logged_empty(gateway, 3)


@pytest.mark.parametrize("path, lines", [
    ("/custom/v1/models", ["X-Custom: {key}"]),
    ("/custom/v1/models", ["X-Custom: {key}", "X-Api-Key: {other}", "Authorization: Bearer x"]),
    ("/argument/v1/models?key={key}", []),
    ("/cookie/v1/models", ["Cookie: key={key}"]),
    ("/both/v1/models", ["X-Api-Key: {key}", "Authorization: Bearer {key}"]),
])
def test_key_from_a_place_of_the_operators_choice_stays_here(
        gateway: Gateway, stand: Stand, key: Key, path: str, lines: list[str]) -> None:
    echo = send(gateway, key, [*lines, "x-stub: echo_headers"], path.format(key=key.key))
    assert echo.status == 200
    assert_client_sees_no_key(echo, stand)
    assert_only_the_master_left(stand, "mini")


def test_nested_location_that_lost_the_headers_still_keeps_the_key_in(
        gateway: Gateway, stand: Stand, key: Key) -> None:
    lines = ["X-Api-Key: {key}", "Authorization: Bearer {key}", "x-stub: echo_headers"]
    echo = send(gateway, key, lines, "/both/nested/v1/models")
    assert echo.status == 200
    assert_client_sees_no_key(echo, stand)
    assert_only_the_master_left(stand, "other")


@pytest.mark.parametrize("path, lines", [
    ("/custom/v1/models", ["X-Api-Key: {key}"]),  # mmx_key replaces the usual search
    ("/custom/v1/models", ["X-Custom: "]),
    ("/custom/v1/models", ["X-Custom: Bearer {key}"]),
    ("/argument/v1/models", ["Authorization: Bearer {key}"]),
    ("/argument/v1/models?key=" + OTHER, []),
    ("/joined/v1/models", ["X-Custom: short"]),
])
def test_mmx_key_looks_nowhere_else(
        gateway: Gateway, stand: Stand, key: Key, path: str, lines: list[str]) -> None:
    assert send(gateway, key, lines, path).status == 401
    assert stand.arrivals() == []


def test_logged_credentials_are_empty(gateway: Gateway, stand: Stand, key: Key) -> None:
    for case in ("both", "Authorization", "X-Api-Key"):
        send(gateway, key, ACCEPTED[case])
    send(gateway, key, ["X-Api-Key: {key}", "Authorization: Bearer {other}"])
    send(gateway, key, ["X-Custom: {key}"], "/custom/v1/models")
    await_logged_empty(gateway, 5)
