"""What conf/ ships works as it stands: an operator may copy it unread."""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.client import Request, exchange
from harness.gateway import Gateway
from harness.paths import MODULE, NGINX, ROOT, environment
from harness.redis import RedisServer
from harness.resp import RedisError
from harness.secret_watch import SecretWatch
from harness.servers import has_http2_directive
from harness.upstream import Upstream, fingerprint

CONF = ROOT / "conf"


def shipped_nginx_conf(folder: Path, admin: Admin) -> Path:
    """conf/nginx.conf with this machine's paths in place of the operator's."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=gate.example.com",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True, timeout=60)
    (folder / "mime.types").write_text("types {}\n")
    text = (CONF / "nginx.conf").read_text()
    for shipped, here in (
            ("modules/ngx_http_mmx_module.so", str(MODULE)),
            ("/run/nginx.pid", f"{folder}/nginx.pid"), ("/var/log/nginx", str(folder)),
            ("/etc/nginx/mime.types", f"{folder}/mime.types"), ("/etc/nginx/mmx", str(CONF)),
            ("/etc/ssl/gate.example.com.pem", f"{folder}/cert.pem"),
            ("/etc/ssl/private/gate.example.com.key", f"{folder}/key.pem"),
            ("unix:/run/mmx/admind.sock", f"unix:{folder}/admind.sock"),
            ("/etc/mmx/secret", str(admin.secret)), ("user www-data;", ""),
            ("unix:/run/redis/redis-server.sock", admin.env["MMX_REDIS"]),
            ("listen 80;", "listen 127.0.0.1:21080;"),
            ("listen [::]:80;", ""), ("listen [::]:443 ssl;", ""),
            ("listen 443 ssl", "listen 127.0.0.1:21443 ssl")):
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    text = text.replace("http {", "http {\n" + "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")), 1)
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


def judged(config: Path) -> subprocess.CompletedProcess:
    """What nginx -t says of it. Logs that nobody names lie where nginx was built for."""
    folder = config.parent
    (folder / "logs").mkdir(exist_ok=True)
    return subprocess.run([NGINX, "-t", "-p", folder, "-c", config, "-e", folder / "error.log"],
                          text=True, env=environment(folder, foreign=True), capture_output=True,
                          timeout=60, check=False)


@pytest.mark.parametrize("protocol", ["HTTP/1", "HTTP/2"])
def test_the_shipped_nginx_conf_passes_nginx_t(tmp_path: Path, admin: Admin,
                                               protocol: str) -> None:
    """As it stands in any nginx; and with HTTP/2 as its comment says it for this version."""
    path = shipped_nginx_conf(tmp_path, admin)
    if protocol == "HTTP/2":
        old, new = (("#http2 on;", "http2 on;") if has_http2_directive(NGINX)
                    else (":21443 ssl;", ":21443 ssl http2;"))
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    result = judged(path)
    assert result.returncode == 0, result.stderr
    assert "[warn]" not in result.stderr


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_pages_of_other_origins_are_let_in_as_the_readme_says(
        tmp_path: Path, admin: Admin, readme: str) -> None:
    origins = re.search(r"```nginx\n(map \$http_origin .*?)```", (ROOT / readme).read_text(), re.S)
    path = shipped_nginx_conf(tmp_path, admin)
    include = f"include {CONF}/mmx_cors.conf;"
    text = path.read_text()
    assert text.count(f"#{include}") == 1
    path.write_text(text.replace(f"#{include}", include)
                    .replace("http {", "http {\n" + origins.group(1), 1))
    result = judged(path)
    assert result.returncode == 0 and "[warn]" not in result.stderr, result.stderr


def test_nginx_may_take_longer_to_stop_than_its_workers() -> None:
    workers = int(re.search(r"worker_shutdown_timeout (\d+)s;",
                            (CONF / "nginx.conf").read_text()).group(1))
    unit = (CONF / "nginx-mmx.conf").read_text()
    quit_s = int(re.search(r"QUIT/(\d+)/", unit).group(1))
    stop_s = int(re.search(r"TimeoutStopSec=(\d+)", unit).group(1))
    assert workers < quit_s < stop_s


@pytest.mark.parametrize("sent, arrives", [
    ("GroupId=17", ""),
    ("GroupId=17&task_id=5", "task_id=5"),
    ("task_id=5&GroupId=17", "task_id=5&"),
    ("task_id=5&groupid=17&page=2", "task_id=5&page=2"),
    ("GroupId=17&GroupId=18&task_id=5", ""),
    ("task_id=5&MyGroupId=17", "task_id=5&MyGroupId=17"),
])
def test_group_id_never_reaches_minimax(gateway: Callable[..., Gateway], key: Key,
                                        upstream: Upstream, sent: str, arrives: str) -> None:
    answer = gateway(workers=1).request(key.key, path=f"/mini/v1/models?{sent}", method="GET")
    assert answer.status == 200
    assert upstream.received()[-1]["query"] == arrives


def test_only_what_minimax_needs_of_the_headers_arrives(gateway: Callable[..., Gateway], key: Key,
                                                        admin: Admin, upstream: Upstream) -> None:
    server = gateway(workers=1)
    private = ["Cookie", "X-Forwarded-For", "Forwarded", "X-Real-IP", "Referer", "Api-Key",
               "Proxy-Authorization"]
    raw = (f"GET /mini/v1/models HTTP/1.1\r\nHost: gate\r\nX-Api-Key: {key.key}\r\n"
           + "".join(f"{name}: of-the-client\r\n" for name in private)
           + "Accept-Encoding: gzip\r\nAnthropic-Version: 2023-06-01\r\n\r\n")
    assert exchange(Request(server.address, raw.encode())).status == 200
    event = upstream.received()[-1]
    names = {name.lower() for name in event["header_names"]}
    assert not names & {name.lower() for name in private}
    assert "anthropic-version" in names
    assert event["key_sha256"] == fingerprint(admin.master)
    assert event["authorization_count"] == 1 and event["x_api_key"] is None


def shipped_redis(make: Callable[..., RedisServer], *config: str) -> RedisServer:
    """A Redis that runs on conf/redis.conf; its place and its port alone are the test's."""
    server = make(start=False)
    own = (server.folder / "redis.conf").read_text().splitlines()
    place = [line for line in own if line.split()[0] in ("port", "unixsocket", "dir", "daemonize")]
    (server.folder / "redis.conf").write_text(
        "\n".join([f"include {CONF}/redis.conf", *place, *config]) + "\n")
    return server.start()


def test_the_shipped_redis_conf_is_what_check_asks_for(
        redis_server: Callable[..., RedisServer], admin_for: Callable[[str], Admin]) -> None:
    server = shipped_redis(redis_server)
    assert server.command("CONFIG", "GET", "appendonly") == ["appendonly", "yes"]
    result = admin_for(server.url).run("check", check=False)
    assert "FAIL" not in result.stdout, result.stdout


def acl_file(folder: Path, password: str) -> Path:
    """conf/users.acl with a password, and the default user left to the test itself."""
    text = (CONF / "users.acl").read_text()
    digest = hashlib.sha256(password.encode()).hexdigest()
    path = folder / "users.acl"
    path.write_text(text.replace("REPLACE-WITH-SHA256-OF-ITS-PASSWORD", digest)
                    .replace("user default off", "user default on nopass ~* &* +@all"))
    return path


def test_the_shipped_acl_is_enough_for_both_and_no_more(
        tmp_path: Path, private: Path, secrets: SecretWatch, gateway_with: Callable[..., Gateway],
        redis_server: Callable[..., RedisServer], upstream: Upstream) -> None:
    password = secrets.add("redis password", "of-both-users-17")
    password_file = private / "redis-password"
    password_file.write_text(password)
    password_file.chmod(0o600)
    server = redis_server(start=False)
    conf = server.folder / "redis.conf"
    conf.write_text(conf.read_text() + f"aclfile {acl_file(tmp_path, password)}\n")
    server.start()

    admin = Admin(f"unix://mmx-admind@{server.socket}", private, secrets)
    admin.env["MMX_REDIS_PASSWORD_FILE"] = str(password_file)
    admin.init()
    admin.set_master()
    key = admin.create_key(day=2)
    gateway = gateway_with(
        redis=f"unix://mmx-gateway@{server.socket}", secret=admin.secret, workers=1,
        upstream=upstream.address, http=f"mmx_redis_password_file {password_file};")
    statuses = [gateway.request(key.key).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    for command in (["key", "list"], ["key", "show", key.id], ["usage"], ["audit", "--verify"],
                    ["key", "rotate", key.id], ["settings", "show"], ["check"]):
        admin.run(*command)

    for user, forbidden in (("mmx-gateway", ["FLUSHALL", "KEYS *", "GET mmx:settings",
                                             "DEL mmx:settings", "HGET other f", "CONFIG GET *"]),
                            ("mmx-admind", ["FLUSHALL", "KEYS *", "HGET other f", "SHUTDOWN",
                                            "CONFIG SET maxmemory 1", "CLIENT KILL TYPE normal"])):
        connection = server.connection(user=user, password=password)
        for command in forbidden:
            with pytest.raises(RedisError, match="NOPERM"):
                connection.command(*command.split())
        connection.close()


@pytest.mark.parametrize("command", [
    "HSET mmx:session:x sealed v", "HSET mmx:token:x sealed v", "HSET mmx:user:alice sealed v",
    "SADD mmx:users mallory", "HSET mmx:settings master v", "HINCRBY mmx:settings version 1",
    "HGETALL mmx:user:alice", "XADD mmx:audit * action x", "EXPIRE mmx:audit 0",
    "EVAL return(redis.call('HSET',KEYS[1],'f','v')) 1 mmx:session:x",
    "EVAL return(redis.call('HSET','mmx:session:x','f','v')) 0"])
def test_the_gateways_redis_user_writes_nothing_that_gives_rights(
        tmp_path: Path, secrets: SecretWatch, redis_server: Callable[..., RedisServer],
        command: str) -> None:
    password = secrets.add("redis password", "of-both-users-17")
    server = redis_server(start=False)
    conf = server.folder / "redis.conf"
    conf.write_text(conf.read_text() + f"aclfile {acl_file(tmp_path, password)}\n")
    server.start()
    connection = server.connection(user="mmx-gateway", password=password)
    assert connection.command("HSET", "mmx:{0}", "f", "v") == 1
    assert connection.command("HGET", "mmx:settings", "version") is None
    with pytest.raises(RedisError, match="(?i)NOPERM|access one of the keys|can't access"):
        connection.command(*command.split())
    connection.close()


def test_the_log_format_is_json_and_names_the_key_by_its_id(gateway: Callable[..., Gateway],
                                                            key: Key) -> None:
    server = gateway(workers=1)
    server.request(key.key, path="/mini/v1/models?token=in-the-query", method="GET")
    server.request("mmx-" + "0" * 32, path="/mini/v1/models", method="GET")
    server.quit()
    text = (server.folder / "access.log").read_text()
    assert "in-the-query" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[-2]["key_id"] == key.id and lines[-2]["verdict"] == "admitted"
    assert lines[-2]["uri"] == "/mini/v1/models" and lines[-2]["upstream_status"] == "200"
    assert lines[-1]["verdict"] == "unknown_key" and lines[-1]["status"] == 401
