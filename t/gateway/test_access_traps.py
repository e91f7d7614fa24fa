"""What makes nginx run a request's access phase again, or hand it to another location: the request
is counted once whatever happens to it, and what nginx refuses by itself is not counted at all.
"""

from collections.abc import Iterator

import pytest
from harness.client import Response
from harness.gateway import Gateway
from harness.process import free_port, wait_until
from harness.stand import Stand, running_stand

HEADERS = ("set $mmx_upstream api.minimax.test; include @ROOT@/conf/mmx_proxy.conf;"
           " proxy_set_header X-Stub $http_x_stub;")
OWN_PAGE = "the operator's own page"


def location(name: str, lines: str, target: str = "http://minimax", headers: str = HEADERS) -> str:
    """/t/<name>/v1/… goes to the upstream as /v1/…"""
    return f"""
        location /t/{name}/ {{
            mmx on; {headers} {lines}
            rewrite ^/t/[a-z0-9-]+(/.*)$ $1 break;
            proxy_pass {target};
        }}"""


# The four kinds of page that may stand for a refusal, by the name of their location.
PAGES = {
    "static": "/pages/own.html",
    "below-mmx": "/t/own-page/own.html",
    "named": "@named",
    "proxied": "@proxied",
}

HTTP = """
    limit_req_zone $arg_slow zone=traps:1m rate=1r/m;
    proxy_cache_path @DIR@/cache keys_zone=cache:1m;
    upstream second_try { server 127.0.0.1:1 max_fails=0; server @UPSTREAM@ max_fails=0; }
    upstream twice { server @UPSTREAM@ max_fails=0; server @UPSTREAM@ max_fails=0; }
    server {  # the operator's own service
        listen 127.0.0.1:@OWN@;
        location / { return 200 "the operator's own page"; }
        location /allow { return 204; }
        location /forbid { return 403; }
    }
"""

SERVER = """
        location /pages/ { root @DIR@; }
        location /t/own-page/ { mmx on; alias @DIR@/pages/; }
        location @named { return 200 "the operator's own page"; }
        location @proxied { proxy_pass http://127.0.0.1:@OWN@; }
        location @again {
            mmx on; %(headers)s rewrite ^.*(/v1/.*)$ $1 break; proxy_pass http://minimax;
        }
        location = /allow {
            internal; proxy_pass http://127.0.0.1:@OWN@;
            proxy_pass_request_body off; proxy_set_header Content-Length "";
        }
        location = /forbid {
            internal; proxy_pass http://127.0.0.1:@OWN@;
            proxy_pass_request_body off; proxy_set_header Content-Length "";
        }
        location /t/tries/ { mmx on; try_files /nothing/here @again; }
        location /t/tries-on/ { mmx on; root @DIR@; try_files /nothing/here /mini/v1/models?tried; }
        location /t/index/ { mmx on; alias @DIR@/pages/; index none.html own.html; }
        location /t/index-on/ { mmx on; alias @DIR@/none/; index /mini/v1/models; }
        location /t/rewritten/ { mmx on; rewrite ^ /mini/v1/models last; }
        location /t/returned/ { mmx on; return 200 "not metered"; }
        location /t/static/ { mmx on; alias @DIR@/pages/; }
        location = /after { mmx on; %(headers)s proxy_pass http://minimax/v1/models?after; }
""" % {"headers": HEADERS}

LOCATIONS = [
    *(location(f"page-{name}", f"error_page 401 403 429 503 {page};")
      for name, page in PAGES.items()),
    *(location(f"down-{name}", f"error_page 502 {page};", "http://127.0.0.1:1")
      for name, page in PAGES.items()),
    location("down-again", "error_page 502 = @again;", "http://127.0.0.1:1"),
    location("loop", "error_page 429 /t/loop/v1/models; recursive_error_pages on;"),
    location("second-try", "", "http://second_try"),
    location("twice", "proxy_next_upstream http_500 non_idempotent;", "http://twice"),
    location("denied", "deny all;"),
    location("basic", 'auth_basic "own"; auth_basic_user_file @DIR@/pages/users;'),
    location("asked", "auth_request /allow;"),
    location("forbidden", "auth_request /forbid;"),
    location("limited", "limit_req zone=traps; limit_req_status 429;"),
    location("cached", "proxy_cache cache; proxy_cache_valid 1m; proxy_cache_key $args;"
             " proxy_set_header Authorization $mmx_authorization;", headers=""),
    location("after", "post_action /after;"),
    location("steered", "", headers="proxy_set_header Authorization $mmx_authorization;"),
    location("steered-not", ""),
]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("traps")) as running:
        yield running


@pytest.fixture(scope="module")
def shared(stand: Stand) -> Gateway:
    own = str(free_port())
    gateway = stand.gateway(offer="all", http=HTTP.replace("@OWN@", own),
                            server=(SERVER + "".join(LOCATIONS)).replace("@OWN@", own))
    pages = gateway.folder / "pages"
    pages.mkdir()
    (pages / "own.html").write_text(OWN_PAGE)
    (pages / "users").write_text("someone:{PLAIN}else\n")
    return gateway


@pytest.fixture
def gateway(shared: Gateway, stand: Stand) -> Gateway:
    stand.mark()
    return shared


def get(gateway: Gateway, key: str | None, name: str, **options: object) -> Response:
    return gateway.request(key, path=f"/t/{name}/v1/models", method="GET", **options)


def assert_own_refusal_page(response: Response, status: int) -> None:
    """The operator's page with our status and headers."""
    assert (response.status, response.text) == (status, OWN_PAGE)
    assert response.headers["x-should-retry"] == "false"
    assert len(response.headers["x-request-id"]) == 32


@pytest.mark.parametrize("page", PAGES)
def test_error_page_stands_for_a_refusal_that_is_counted_nowhere(
        gateway: Gateway, stand: Stand, page: str) -> None:
    key = stand.key(day=1)
    assert get(gateway, key.key, f"page-{page}").status == 200
    for _ in range(2):
        refused = get(gateway, key.key, f"page-{page}")
        assert_own_refusal_page(refused, 429)
        assert refused.headers["x-should-retry"] == "false"
    unknown = get(gateway, "mmx-" + "0" * 32, f"page-{page}")
    assert_own_refusal_page(unknown, 401)
    assert unknown.headers["www-authenticate"]
    stand.await_counted(key, 1, denied=2)
    assert len(stand.arrivals()) == 1


def test_error_page_that_leads_back_to_its_own_location_ends(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=1)
    assert [get(gateway, key.key, "loop").status for _ in range(3)] == [200, 429, 429]
    stand.await_counted(key, 1)
    # The page is a proxied one: without an admission it leaves without the master key.
    assert len(stand.with_master(stand.arrivals())) == 1


@pytest.mark.parametrize("page", PAGES)
def test_error_page_for_a_failed_upstream_is_refunded_once(
        gateway: Gateway, stand: Stand, page: str) -> None:
    key = stand.key(day=5)
    for _ in range(2):
        answer = get(gateway, key.key, f"down-{page}")
        assert (answer.status, answer.text) == (502, OWN_PAGE)
    stand.await_counted(key, 0, refunds=2, failed=2)


def test_fallback_location_that_answers_after_a_502_is_counted_once(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=5)
    assert get(gateway, key.key, "down-again").status == 200
    assert len(stand.with_master(stand.arrivals())) == 1
    stand.await_counted(key, 1, refunds=0, failed=0)


@pytest.mark.parametrize("name, arrivals", [
    ("tries", 1), ("tries-on", 1), ("index-on", 1), ("rewritten", 1), ("static", 0)])
def test_internal_redirect_is_counted_once(
        gateway: Gateway, stand: Stand, name: str, arrivals: int) -> None:
    key = stand.key(day=2)
    path = {"static": "/t/static/own.html", "index-on": "/t/index-on/"}.get(name)
    answers = [gateway.request(key.key, path=path or f"/t/{name}/v1/models", method="GET")
               for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[0].headers["x-ratelimit-remaining-requests"] == "1"
    assert len(stand.arrivals()) == len(stand.with_master(stand.arrivals())) == 2 * arrivals
    stand.await_counted(key, 2)


def test_index_file_is_counted_once(gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=2)
    answers = [gateway.request(key.key, path="/t/index/", method="GET") for _ in range(3)]
    assert [(answer.status, answer.text) for answer in answers[:2]] == [(200, OWN_PAGE)] * 2
    assert answers[2].status == 429
    stand.await_counted(key, 2)


def test_what_nginx_returns_by_itself_is_not_counted(gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=1)
    for _ in range(3):
        answer = get(gateway, key.key, "returned")
        assert (answer.status, answer.text) == (200, "not metered")
    stand.await_counted(key, 0)


@pytest.mark.parametrize("name, status", [
    ("denied", 403), ("basic", 401), ("forbidden", 403), ("limited", 429)])
def test_what_nginx_refuses_by_itself_is_not_counted(
        gateway: Gateway, stand: Stand, name: str, status: int) -> None:
    key = stand.key(day=5)
    passed = 0
    if name == "limited":  # the first of a minute passes
        assert get(gateway, key.key, name, query="slow=1").status == 200
        passed = 1
    for _ in range(3):
        answer = get(gateway, key.key, name, query="slow=1")
        assert answer.status == status and "x-request-id" not in answer.headers
    stand.await_counted(key, passed, denied=0)
    assert len(stand.arrivals()) == passed


def test_request_that_auth_request_let_in_is_counted_once(gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=2)
    assert [get(gateway, key.key, "asked").status for _ in range(3)] == [200, 200, 429]
    stand.await_counted(key, 2)


@pytest.mark.parametrize("name, target, status", [
    ("steered", "/mini/v1/models?steered", 200),  # followed: one admission, two requests upstream
    ("steered", "/pages/own.html", 200),
    ("steered-not", "/pages/own.html", 200),  # as conf/mmx_proxy.conf has it: not followed
])
def test_upstream_that_redirects_internally_is_counted_once(
        gateway: Gateway, stand: Stand, name: str, target: str, status: int) -> None:
    key = stand.key(day=1)
    answer = get(gateway, key.key, name, headers={"x-stub": f"x_accel_redirect={target}"})
    assert answer.status == status
    assert (answer.text == OWN_PAGE) == (name == "steered" and "pages" in target)
    stand.await_counted(key, 1)
    events = stand.arrivals()
    assert len(events) == len(stand.with_master(events)) == (2 if "mini" in target else 1)


def test_next_upstream_is_counted_once(gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=4)
    answers = [get(gateway, key.key, "second-try").status for _ in range(5)]
    assert answers == [200] * 4 + [429]
    stand.await_counted(key, 4, refunds=0)
    assert len(stand.with_master(stand.arrivals())) == 4


def test_request_sent_twice_is_counted_once(gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=4)
    stand.upstream.control("POST", "/__stub/default?times=1", "status=500")
    assert get(gateway, key.key, "twice").status == 200
    assert len(stand.with_master(stand.arrivals())) == 2
    stand.await_counted(key, 1, refunds=0, failed=0)


def test_answer_out_of_the_cache_is_the_same_and_costs_nothing(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=2)
    first, second = (get(gateway, key.key, "cached", query="one") for _ in range(2))
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body and len(stand.arrivals()) == 1
    remaining = [answer.headers["x-ratelimit-remaining-requests"] for answer in (first, second)]
    assert remaining == ["1", "0"]
    stand.await_counted(key, 1, refunds=1, failed=0)


def test_action_after_the_answer_has_neither_the_master_key_nor_a_count(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key(day=5)
    assert get(gateway, key.key, "after").status == 200
    wait_until(lambda: len(stand.arrivals()) == 2, 5, "the action")
    stand.await_counted(key, 1)
    events = stand.arrivals()
    assert [event["query"] for event in events] == ["", "after"]
    assert len(stand.with_master(events)) == 1
