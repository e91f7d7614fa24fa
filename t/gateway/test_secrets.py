"""No secret in the clear: not in a log at any level, an error page, a dump of Redis, what nginx and
the command line print, or the process list; and what was sealed opens only as it was sealed.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.gateway import TEMPLATE, Gateway
from harness.http2 import Http2
from harness.paths import NGINX
from harness.process import group_members, wait_until
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch
from harness.servers import needs_debug_build
from harness.upstream import Upstream
from harness.wire import Wire, chat_bytes

Make = Callable[..., Gateway]
UNKNOWN = "mmx-" + "0" * 32
HEADERS = ("set $mmx_upstream api.minimax.test; include @ROOT@/conf/mmx_proxy.conf;"
           " proxy_set_header X-Stub $http_x_stub;")

# Whatever an operator may log or show of a request.
SHOWN = " ".join(f'"${name}"' for name in (
    "mmx_authorization", "http_authorization", "http_x_api_key", "mmx_key_id", "mmx_user",
    "mmx_verdict", "mmx_wait", "remote_user", "sent_http_www_authenticate", "upstream_addr",
    "upstream_http_authorization", "proxy_host", "http_cookie", "request_body"))
HTTP = f"""
    log_format all '{SHOWN}';
    access_log @DIR@/all.log all;
"""
SERVER = f"""
        access_log @DIR@/all.log all;
        add_header X-Shown '[$mmx_authorization]' always;
        location /down/ {{
            mmx on; {HEADERS} rewrite ^/down(/.*)$ $1 break; proxy_pass http://127.0.0.1:1;
        }}
        location /told/ {{
            mmx on; {HEADERS} error_page 401 403 429 502 = @told;
            rewrite ^/told(/.*)$ $1 break; proxy_pass http://127.0.0.1:1;
        }}
        location @told {{ return 200 '{SHOWN.replace('"', "")}'; }}
"""


def provoke(server: Gateway, key: Key) -> bytes:
    """Requests that succeed and fail in every way; all that came back."""
    good = {"X-Api-Key": key.key}
    seen = b""
    for path in ("/mini/v1/models", "/down/v1/models", "/told/v1/models"):
        for each in (key.key, UNKNOWN, None):
            answer = server.request(each, path=path, method="GET")
            seen += str(answer.headers).encode() + answer.body
    for switches in ("status=500", "html502", "error=2049, status=401", "reset_before_header",
                     "echo_headers", "status=429"):
        answer = server.request(key.key, headers={"x-stub": switches} | good)
        seen += str(answer.headers).encode() + answer.body
    with Wire(server.address) as wire:  # what nginx refuses by itself, with a key in it
        wire.send(chat_bytes(key.key, headers={"Authorization": f"Bearer {key.key}\r\n"
                                               f"Authorization: Bearer {key.key}"}))
        seen += wire.rest()
    for line in (f"X_Api_Key: {key.key}", f"Authorization {key.key}", f"{key.key}: 1",
                 f"Content-Length: {key.key}", f"X-Api-Key: {key.key}\0"):
        with Wire(server.address) as wire:
            wire.send(f"GET /mini/v1/models HTTP/1.0\r\nX-Api-Key: {key.key}\r\n{line}\r\n\r\n")
            seen += wire.rest()
    with Http2((server.address[0], server.h2_port)) as client:
        for each in (key.key, UNKNOWN):
            seen += client.response(client.open(each, headers={"x-api-key": each})).body
    return seen


@pytest.fixture
def key(admin: Admin) -> Key:
    return admin.create_key(user="somebody")


@pytest.mark.parametrize(
    "level", [pytest.param("debug", marks=needs_debug_build), "info", "notice"])
def test_no_secret_is_logged_or_shown_at_any_level(
        gateway: Make, key: Key, secrets: SecretWatch, level: str) -> None:
    server = gateway(workers=1, log_level=level, http=HTTP, server=SERVER)
    assert secrets.found_in(provoke(server, key)) == []
    server.quit()
    assert ("[debug]" in server.log()) == (level == "debug")
    assert ("[info]" in server.log()) == (level in ("debug", "info"))
    log = (server.folder / "all.log").read_text()
    assert "admitted" in log and key.id in log
    assert secrets.search(server.folder) == []


@needs_debug_build
@pytest.mark.parametrize("place", ["main", "server", "location", "after http"])
def test_no_secret_is_logged_wherever_the_debug_log_is_named(
        gateway: Make, key: Key, secrets: SecretWatch, place: str) -> None:
    line = "error_log @DIR@/own.log debug;"
    options = {place: line}
    if place == "after http":
        options = {"template": TEMPLATE.replace("error_log @DIR@/error.log @LOG_LEVEL@;", "")
                   + line + "\n"}
    server = gateway(workers=1, **options)
    assert secrets.found_in(provoke_in_harness_location(server, key)) == []
    server.quit()
    assert "[debug]" in (server.folder / "own.log").read_text()
    assert secrets.search(server.folder) == []


def provoke_in_harness_location(server: Gateway, key: Key) -> bytes:
    seen = b""
    for each in (key.key, UNKNOWN):
        seen += server.request(each, headers={"X-Api-Key": each}).body
    with Wire(server.address) as wire:
        wire.send(f"GET /mini/ HTTP/1.0\r\nX_Api_Key: {key.key}\r\n\r\n")
        seen += wire.rest()
    with Http2((server.address[0], server.h2_port)) as client:
        seen += client.response(client.open(key.key, headers={"x-api-key": key.key})).body
    return seen


def test_nginx_prints_no_secret_of_its_configuration(
        gateway: Make, redis_server: Callable[..., RedisServer], admin_for: Callable[[str], Admin],
        private: Path, secrets: SecretWatch, upstream: Upstream) -> None:
    password = secrets.add("redis password", "password-of-redis-17")
    redis = redis_server(password=password)
    password_file = private / "redis-password"
    password_file.write_text(password)
    password_file.chmod(0o600)
    server = gateway(ready=False, redis=f"unix:{redis.socket}", workers=1, log_level="debug",
                     http=f"mmx_redis_password_file {password_file};")
    wait_until(lambda: "mmx_redis_ready_workers 1\n" in server.status_page(), 5, "Redis")
    for option in ("-t", "-T"):
        done = subprocess.run([NGINX, option, "-c", server.config, "-e", server.error_log],
                              env=server.env, capture_output=True, timeout=60, check=True)
        assert b"is successful" in done.stderr
        assert secrets.found_in(done.stdout + done.stderr) == []
    assert b"mmx_secret" in done.stdout
    assert secrets.found_in(server.config.read_bytes()) == []


def processes(*groups: int) -> Iterator[Path]:
    for group in groups:
        for pid in group_members(group):
            yield Path(f"/proc/{pid}")


def test_process_list_shows_no_secret(
        gateway: Make, key: Key, secrets: SecretWatch, redis: RedisServer) -> None:
    server = gateway(workers=2)
    assert server.request(key.key).status == 200
    seen = [path for path in processes(os.getpgid(server.pid), os.getpgid(redis.pid))]
    assert len(seen) >= 4  # master, two workers, Redis
    for path in seen:
        for name in ("cmdline", "environ"):
            assert secrets.found_in((path / name).read_bytes()) == [], path / name


def test_redis_holds_no_secret_in_the_clear(
        gateway: Make, admin: Admin, key: Key, secrets: SecretWatch, redis: RedisServer) -> None:
    server = gateway(workers=1)
    for each in (key.key, UNKNOWN):
        server.request(each)
    admin.run("key", "rotate", key.id, "--grace", "1h", "--yes", check=False)
    redis.command("SAVE")
    redis.command("BGREWRITEAOF")
    wait_until(lambda: "aof_rewrite_in_progress:0" in redis.command("INFO", "persistence"), 10)
    files = [path for path in (redis.folder / "data").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".rdb", ".aof"}
    assert any(key.id.encode() in path.read_bytes() for path in files)
    assert secrets.search(redis.folder) == []


def test_command_line_shows_no_secret_but_what_was_asked_for(
        gateway: Make, admin: Admin, key: Key, secrets: SecretWatch) -> None:
    gateway(workers=1).request(key.key)
    for command in (["master", "show"], ["key", "list"], ["key", "show", key.id], ["usage"],
                    ["usage", key.id], ["settings", "show"], ["audit", "--verify"], ["check"],
                    ["key", "disable", key.id], ["init"]):
        for form in ([], ["--json"]):
            done = admin.run(*form, *command, check=False)
            assert done.stdout and secrets.found_in((done.stdout + done.stderr).encode()) == []


def flipped(sealed: str, at: int) -> bytes:
    data = bytearray(sealed.encode("utf-8", "surrogateescape"))
    data[at] ^= 1
    return bytes(data)


def test_master_key_opens_only_as_it_was_sealed(
        gateway: Make, admin: Admin, key: Key, redis: RedisServer) -> None:
    server = gateway(workers=1)
    sealed = redis.hash("mmx:settings")["master"]
    of_a_key = redis.hash(f"mmx:{{{key.id}}}:about")["sealed"]
    spoiled = [flipped(sealed, len(sealed) // 2), flipped(sealed, -1), sealed[:-1], of_a_key, "x"]
    for number, value in enumerate(spoiled, 1):
        redis.command("HSET", "mmx:settings", "master", value)
        wait_until(lambda: server.log().count("does not open with this secret file") == number, 5,
                   f"the refusal of {value[:20]!r}")
        refused = server.request(key.key)
        assert refused.status == 503 and '"upstream_not_configured"' in refused.text
    redis.command("HSET", "mmx:settings", "master", sealed)
    wait_until(lambda: server.request(key.key).status == 200, 5, "the true one is taken up")
    assert redis.counted(key.id) == 1


def test_secret_file_of_another_installation_opens_nothing(
        gateway: Make, key: Key, private: Path) -> None:
    other = private / "other-secret"
    other.write_bytes(os.urandom(32))
    other.chmod(0o600)
    server = gateway(ready=False, workers=1, secret=other)
    wait_until(lambda: "does not open with this secret file" in server.log(), 5)
    assert server.request(key.key).status == 503


def dumped(pid: int) -> Iterator[bytes]:
    """The mappings that a core dump would hold: all that can be read, but those that say dd
    (MADV_DONTDUMP) in their flags."""
    regions: list[tuple[int, int]] = []
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if match := re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) ", line):
            region = (int(match[1], 16), int(match[2], 16))
            readable = "r" in match[3] and "[v" not in line
        elif line.startswith("VmFlags:") and readable and " dd" not in line:
            regions.append(region)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end in regions:
            memory.seek(start)
            yield memory.read(end - start)


def test_core_dump_of_a_worker_that_has_the_master_key_does_not_hold_it(
        gateway: Make, admin: Admin, key: Key, redis: RedisServer) -> None:
    """Of a worker without requests: one under way has the key in its own memory, which nginx does
    not wipe afterwards. The same search must find what is there to be found."""
    server = gateway(ready=False, workers=1)
    wait_until(lambda: server.request(UNKNOWN).status == 401, 5, "it has the master key")
    worker, = server.workers()
    try:
        memory = [data for pid in (worker, server.pid) for data in dumped(pid)]
    except PermissionError:
        pytest.skip("this machine lets nobody read another process' memory")
    assert any(str(server.config).encode() in data for data in memory)
    sealed = redis.hash("mmx:settings")["master"].encode("utf-8", "surrogateescape")
    assert any(sealed in data for data in memory)
    assert not any(admin.master.encode() in data for data in memory)
    assert not any(admin.secret.read_bytes() in data for data in memory)
    assert server.request(key.key).status == 200  # it had it indeed
