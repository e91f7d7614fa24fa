"""nginx' own modules with `mmx on` everywhere: they see the client's credentials for them again
after every internal redirect, log their subrequests, and refuse what they would without us.
"""

import base64
from collections.abc import Iterator

import pytest
from harness.client import Request, Response, run
from harness.gateway import Gateway
from harness.stand import Stand, running_stand

BASIC = "Basic " + base64.b64encode(b"ann:secret").decode()
AUTH = 'auth_basic "own"; auth_basic_user_file @DIR@/users;'
SERVER = f"""
        root @DIR@/www;
        location /b/ {{ mmx on; {AUTH} root @DIR@/www; index page.html; }}
        location /b/tries/ {{ mmx on; {AUTH} try_files /none /b/page.html; }}
        location /b/error/ {{
            mmx on; {AUTH} error_page 404 =200 /b/page.html; root @DIR@/none;
        }}
        location /b/failed/ {{
            mmx on; {AUTH} proxy_set_header Authorization $mmx_authorization;
            error_page 502 =200 /b/page.html; proxy_pass http://127.0.0.1:1;
        }}
        location /b/all/ {{ mmx on; satisfy all; allow 127.0.0.1; deny all; {AUTH} @PROXY@
            rewrite ^/b/all(/.*)$ $1 break; proxy_pass http://minimax; }}
        location /asked/ {{
            mmx on; auth_request /allow; log_subrequest on; @PROXY@
            rewrite ^/asked(/.*)$ $1 break; proxy_pass http://minimax;
        }}
        location = /allow {{ internal; log_subrequest on; return 204; }}
        location /mirrored/ {{
            mmx on; mirror /nowhere; @PROXY@ rewrite ^/mirrored(/.*)$ $1 break;
            proxy_pass http://minimax;
        }}
        location = /nowhere {{ internal; log_subrequest on; proxy_pass http://127.0.0.1:1; }}
        location /denied/ {{ mmx on; deny all; error_page 403 /pages/page.html; }}
        location /pages/ {{ mmx on; root @DIR@/www; }}
"""


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("modules")) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(stand: Stand) -> Gateway:
    made = stand.gateway(server=SERVER, offer="all")
    for folder in ("b", "pages"):
        (made.folder / "www" / folder).mkdir(parents=True)
        (made.folder / "www" / folder / "page.html").write_text("page")
    (made.folder / "users").write_text("ann:{PLAIN}secret\n")
    return made


def get(gateway: Gateway, key: str, path: str, basic: str = BASIC) -> Response:
    headers = {"X-Api-Key": key} | ({"Authorization": basic} if basic else {})
    return gateway.request(None, path=path, method="GET", headers=headers)


@pytest.mark.parametrize("path", ["/b/", "/b/page.html", "/b/tries/", "/b/error/x", "/b/failed/x"])
def test_auth_basic_sees_its_credentials_again_after_an_internal_redirect(
        gateway: Gateway, stand: Stand, path: str) -> None:
    key = stand.key()
    answer = get(gateway, key.key, path)
    assert (answer.status, answer.text) == (200, "page")
    for wrong in ("", "Basic " + base64.b64encode(b"ann:wrong").decode()):
        assert get(gateway, key.key, path, wrong).status == 401
    sent = 0 if "failed" in path else 1  # a call that reached nobody is refunded
    stand.await_counted(key, sent, refunds=1 - sent)


def test_satisfy_all_asks_everybody_and_the_credentials_stay_here(
        gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    stand.mark()
    assert get(gateway, key.key, "/b/all/v1/models").status == 200
    assert get(gateway, key.key, "/b/all/v1/models", "").status == 401
    assert get(gateway, "mmx-" + "0" * 32, "/b/all/v1/models").status == 401
    event, = stand.arrivals()
    assert event["authorization_count"] == 1 and stand.with_master([event]) == [event]
    stand.await_counted(key, 1)


def test_a_subrequest_that_is_logged_takes_no_key_away(gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    path = "/asked/v1/chat/completions"
    answers = run([Request.chat(gateway.address, key.key, path=path)] * 5, 2)
    assert [answer.status for answer in answers] == [200] * 5
    stand.await_counted(key, 5, refunds=0)


def test_a_subrequest_that_is_logged_settles_nothing(gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    path = "/mirrored/v1/chat/completions"
    answers = run([Request.chat(gateway.address, key.key, path=path)] * 5, 2)
    assert [answer.status for answer in answers] == [200] * 5
    failed = run([Request.chat(gateway.address, key.key, path=path,
                               headers={"x-stub": "status=500"})] * 3, 1)
    assert [answer.status for answer in failed] == [500] * 3
    stand.await_counted(key, 5, refunds=3, failed=3)


def test_the_page_of_what_nginx_refused_costs_nothing(gateway: Gateway, stand: Stand) -> None:
    key = stand.key()
    answer = get(gateway, key.key, "/denied/x", "")
    assert (answer.status, answer.text) == (403, "page")
    assert get(gateway, key.key, "/pages/page.html", "").status == 200
    stand.await_counted(key, 1)
