"""`check` does what a gateway does: it commits with the gateway's script, as the same user, and
asks a running gateway whether it is ready.
"""

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest
from harness.admin import Admin, Key
from harness.cli import findings, refused
from harness.fault_proxy import Fault, FaultProxy, How
from harness.gateway import Gateway
from harness.people import logged_in
from harness.process import wait_until
from harness.redis import RedisServer


def as_user(redis: RedisServer, *rights: str) -> dict[str, str]:
    """The environment of a command line whose user may do all but what rights take away."""
    redis.command("ACL", "SETUSER", "ops", "on", ">ops-password-1", "~mmx:*", "+@all", *rights)
    return {"MMX_REDIS": f"redis://ops:ops-password-1@127.0.0.1:{redis.port}/0"}


def scratch(redis: RedisServer) -> list[str]:
    return redis.command("KEYS", "mmx:{check-*")


def test_a_commit_is_tried_and_leaves_nothing(admin: Admin, key: Key, redis: RedisServer) -> None:
    before = redis.command("DBSIZE")
    assert "scratch key" in findings(admin, "ok")["commits"]
    assert redis.command("DBSIZE") == before and not scratch(redis)


@pytest.mark.parametrize("rights", [("-info", "-script"), ("-info",), ("-evalsha",), ("-eval",)])
def test_a_redis_without_what_managed_services_forbid_is_good(
        rights: tuple[str, ...], admin: Admin, key: Key, redis: RedisServer) -> None:
    if rights == ("-eval",):  # a gateway has loaded it
        findings(admin, "fail")
    env = as_user(redis, *rights)
    failed = findings(admin, "fail", env=env)
    assert set(failed) <= {"Redis rights"}, failed
    assert "scratch key" in findings(admin, "ok", env=env)["commits"]
    if "-info" in rights:
        assert "INFO" in findings(admin, "warn", env=env)["Redis"]


def test_a_redis_that_knows_no_such_command_is_good(
        admin_for: Callable[[str], Admin], redis_server: Callable[..., RedisServer]) -> None:
    server = redis_server(config=('rename-command SCRIPT ""', 'rename-command INFO ""'))
    admin = admin_for(server.url)
    admin.create_key()
    server.close()
    assert findings(admin, "fail") == {}
    assert "INFO" in findings(admin, "warn")["Redis"]


@pytest.mark.parametrize("rights, named", [
    (("-eval", "-evalsha"), "eval"), (("-hset",), "HSET"), (("-hmget",), "HMGET"),
    (("-hdel",), "HDEL"), (("-expire",), "EXPIRE"), (("-unlink",), "UNLINK"),
    (("resetkeys", "~mmx:settings"), "HSET")])
def test_what_a_commit_is_refused_is_told(
        rights: tuple[str, ...], named: str, admin: Admin, redis: RedisServer) -> None:
    told = findings(admin, "fail", env=as_user(redis, *rights))["commits"]
    assert "refused" in told and named in told, told


def test_a_server_that_cannot_read_flags_is_asked_without(
        admin: Admin, key: Key, redis: RedisServer, fault_proxy: FaultProxy) -> None:
    """Whatever version it says it is: Redis 6's own words to the first attempt."""
    env = {"MMX_REDIS": fault_proxy.url.replace("unix:", "unix://mmx-admind:any@")}
    redis.close()
    fault_proxy.inject(Fault(How.INSTEAD, kinds=frozenset({b"EVAL"}), data=(
        b"-ERR Error compiling script (new function): user_script:1: "
        b"unexpected symbol near '#'\r\n")))
    done = admin.run("check", check=False, env=env)
    assert done.returncode == 0 and "scratch key" in done.stdout


@pytest.mark.parametrize("host, is_near", [
    ("127.0.0.1", True), ("localhost", True), ("10.255.255.1", False), ("redis.invalid", False)])
def test_a_redis_over_the_network_is_warned_of(
        admin: Admin, redis: RedisServer, host: str, is_near: bool) -> None:
    env = {"MMX_REDIS": f"redis://mmx-admind:any@{host}:{redis.port}/0"}
    told = findings(admin, "warn", env=env) if is_near else {}
    assert "Redis connection" not in told
    if not is_near:
        assert "Redis" in findings(admin, "fail", env=env)  # nobody there
        assert "unencrypted" in findings(admin, "warn", env=env)["Redis connection"]


def page_of(gateway: Gateway) -> str:
    return f"http://127.0.0.1:{gateway.port}/mmx_status"


def test_a_gateway_is_asked_whether_it_is_ready(
        gateway: Callable[..., Gateway], admin: Admin, redis: RedisServer, key: Key) -> None:
    server = gateway(workers=2)
    env = {"MMX_GATEWAY": page_of(server)}
    redis.close()
    assert "ready" in findings(admin, "ok", env=env)["gateway"]
    assert "ready" in admin.run("check", "--gateway", page_of(server)).stdout
    assert "gateway" not in findings(admin, "ok")  # nobody said where it is
    redis.kill9()
    wait_until(lambda: "0" in findings(admin, "fail", env=env).get("gateway", ""), 10,
               "the gateway has noticed")
    assert "503" in findings(admin, "fail", env=env)["gateway"]
    redis.start()
    server.kill()
    assert "not reached" in findings(admin, "warn", env=env)["gateway"]


def test_the_console_warns_of_a_gateway_that_is_away(
        people: Admin, key: Key, daemon_with: Callable, port: int) -> None:
    browser = logged_in(daemon_with(MMX_GATEWAY=f"http://127.0.0.1:{port}/metrics"), "alice")
    warnings = browser.ask("GET", "/overview").json()["warnings"]
    assert any(w["subject"] == "gateway" and "not reached" in w["message"] for w in warnings)
    checked = browser.ask("GET", "/check").json()["findings"]
    assert any(finding["subject"] == "gateway" for finding in checked)


@pytest.fixture
def page(port: int) -> Iterator[dict[str, object]]:
    """A page of the test's own; its text and status may change."""
    shown: dict[str, object] = {"status": 200, "text": b""}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(shown["status"])
            self.end_headers()
            try:
                self.wfile.write(shown["text"])
                while shown.get("endless"):
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shown["url"] = f"http://127.0.0.1:{port}/metrics"
    yield shown
    server.shutdown()
    server.server_close()


READY = "mmx_redis_ready_workers"


@pytest.mark.parametrize("text, level, named", [
    (f"{READY} 0\n", "fail", "503"),
    (f"{READY} 1\nmmx_workers 4\n", "fail", "1 of 4"),
    (f"{READY} 1\nmmx_workers 4\n" + "".join(
        f'mmx_redis_unready_workers{{reason="{reason}"}} {count}\n'
        for reason, count in {"lost": 2, "auth": 1, "script": 0, "evil\x1b": 3}.items()),
     "fail", "503 (2 lost, 1 auth)"),
    (f"{READY} 2\nmmx_workers 2\nmmx_master_workers 0\n", "fail", "it answers 503"),
    (f"{READY} 4\nmmx_workers 4\nmmx_master_workers 3\n", "fail", "3 of 4"),
    (f"{READY} 4\nmmx_workers 4\nmmx_master_workers 4\n", "ok", "4 of 4"),
    (f"{READY} 2\nmmx_unsettled_total 7\n", "warn", "7 commits"),
    (f"{READY}_total 4\n", "warn", "mmx_status"), ("", "warn", "mmx_status"),
    (f"{READY} many\n", "warn", "mmx_status")])
def test_what_its_page_says(
        text: str, level: str, named: str, page: dict[str, object], admin: Admin, key: Key) -> None:
    page["text"] = text.encode()
    assert named in findings(admin, level, env={"MMX_GATEWAY": page["url"]})["gateway"]


def test_a_page_that_is_none(page: dict[str, object], admin: Admin, key: Key) -> None:
    env = {"MMX_GATEWAY": page["url"]}
    page["status"] = 404
    assert "status 404" in findings(admin, "warn", env=env)["gateway"]
    page.update(status=200, endless=True)
    assert "gateway" in findings(admin, "warn", env=env)
    page["endless"] = False
    for wrong in ("127.0.0.1:9145", "ftp://127.0.0.1/", "http://", "http://a b/"):
        code, message = refused(admin, "check", "--gateway", wrong, status=2)
        assert code == "invalid_argument" and "9145" in message
