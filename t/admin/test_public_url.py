"""The console behind a front that ends TLS, rewrites Host or adds a path: `public_url`."""

import re
from collections.abc import Callable

import pytest
from harness.admin import Admin
from harness.daemon import Answer, Daemon
from harness.people import PASSWORD

URL = "https://admin.example.com/gate"


@pytest.fixture
def daemon(people: Admin, daemon_with: Callable[..., Daemon]) -> Daemon:
    return daemon_with(MMX_PUBLIC_URL=URL)


def log_in(daemon: Daemon, **headers: str) -> Answer:
    """As an old browser, which says where its page comes from and nothing more; the daemon sees
    the front's own Host, over plain http."""
    sent = {"Host": "console.test", "X-Forwarded-Proto": "http"} | {
        name.replace("_", "-"): value for name, value in headers.items()}
    return daemon.ask("POST", "/session", {"name": "alice", "password": PASSWORD}, headers=sent)


def cookie_of(answer: Answer, daemon: Daemon) -> tuple[str, list[str]]:
    """Its name and value, and its attributes."""
    pair, *attributes = answer.cookies[0].split("; ")
    daemon.watch.add("session", pair.partition("=")[2])
    daemon.watch.add("csrf token", answer.json()["session"]["csrf_token"])
    return pair, attributes


def addresses(page: bytes) -> list[str]:
    """What stands in the page's attributes and looks like one."""
    return [found.decode() for found in re.findall(rb'="([./][^"]*)"', page)]


def test_the_origin_is_the_one_that_the_browser_knows(daemon: Daemon) -> None:
    answer = log_in(daemon, Origin="https://admin.example.com")
    assert answer.status == 200
    cookie_of(answer, daemon)
    for origin in ("https://console.test", "http://console.test", "http://admin.example.com",
                   "https://admin.example.com.evil.example", "null"):
        answer = log_in(daemon, Origin=origin)
        assert (answer.status, answer.code) == (403, "csrf"), origin


def test_the_cookie_is_for_tls_and_for_the_prefix_alone(daemon: Daemon) -> None:
    pair, attributes = cookie_of(log_in(daemon), daemon)
    assert pair.startswith("__Secure-mmx_session=")  # __Host- may have no path
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/gate/"} <= set(attributes)
    assert daemon.ask("GET", "/session", headers={"Cookie": pair}).status == 200
    plain = pair.replace("__Secure-", "")
    assert daemon.ask("GET", "/session", headers={"Cookie": plain}).status == 401


def test_a_front_without_a_prefix_gets_the_stricter_cookie(
        people: Admin, daemon_with: Callable[..., Daemon]) -> None:
    daemon = daemon_with(MMX_PUBLIC_URL="https://Admin.example.com:443/")
    answer = log_in(daemon, Origin="https://admin.example.com")
    pair, attributes = cookie_of(answer, daemon)
    assert pair.startswith("__Host-mmx_session=") and "Path=/" in attributes
    assert all(address.startswith("/console/")
               for address in addresses(daemon.page("/console/").body))


def test_redirects_and_the_page_know_the_prefix(daemon: Daemon) -> None:
    for path in ("/", "/console"):
        assert daemon.page(path).headers["location"] == "/gate/console/"
    page = daemon.page("/console/keys", Accept_Encoding="br, gzip")
    named = addresses(page.body)
    assert len(named) > 3 and all(address.startswith("/gate/console/") for address in named)
    assert all(daemon.page(address.removeprefix("/gate")).status == 200 for address in named)
    assert "content-encoding" not in page.headers
    assert page.headers["strict-transport-security"]
    assert page.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("wrong", [
    "admin.example.com", "ftp://admin.example.com", "https://", "https:///gate",
    "https://user@admin.example.com", "https://admin.example.com/a//b",
    "https://admin.example.com/../x", "https://admin.example.com/?x=1",
    "https://admin.example.com/\"><script>"])
def test_one_that_is_none_is_refused_at_the_start(wrong: str, admin: Admin) -> None:
    done = admin.run("serve", "--public-url", wrong, "--listen",
                     f"unix:{admin.folder}/admind.sock", check=False)
    assert done.returncode == 2 and "https://admin.example.com/gate" in done.stderr
