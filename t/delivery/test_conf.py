"""What conf/ ships works as it stands: an operator may copy it unread."""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.gateway import Gateway
from harness.paths import MODULE, NGINX, ROOT, environment
from harness.redis import RedisServer
from harness.resp import Connection, RedisError
from harness.secret_watch import SecretWatch
from harness.servers import REDIS_TELLS_READS, has_http2_directive, needs_read_patterns
from harness.upstream import Upstream

CONF = ROOT / "conf"


def shipped_nginx_conf(folder: Path, admin: Admin) -> Path:
    """conf/nginx.conf with this machine's paths in place of the operator's."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=gate.example.com",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True, timeout=60)
    (folder / "mime.types").write_text("types {}\n")
    (folder / "redis-gateway").touch(mode=0o600)
    (folder / "redis-gateway").write_text("a password")
    text = (CONF / "nginx.conf").read_text()
    for shipped, here in (
            ("modules/ngx_http_mmx_module.so", str(MODULE)),
            ("/run/nginx.pid", f"{folder}/nginx.pid"), ("/var/log/nginx", str(folder)),
            ("/etc/nginx/mime.types", f"{folder}/mime.types"), ("/etc/nginx/mmx", str(CONF)),
            ("/etc/ssl/gate.example.com.pem", f"{folder}/cert.pem"),
            ("/etc/ssl/private/gate.example.com.key", f"{folder}/key.pem"),
            ("unix:/run/mmx/admind.sock", f"unix:{folder}/admind.sock"),
            ("/etc/mmx/secret", str(admin.secret)), ("user www-data;", ""),
            ("/etc/mmx/redis-gateway", f"{folder}/redis-gateway"),
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


class ShippedRedis:
    """A Redis that runs on conf/redis.conf, with the users that conf/redis_users.sh makes; its
    place is the test's, and one more user."""

    def __init__(self, folder: Path, server: RedisServer, secrets: SecretWatch):
        self.folder, self.server = folder, server
        acl = server.folder / "users.acl"
        subprocess.run([CONF / "redis_users.sh", folder, acl], check=True, timeout=20)
        for name in ("gateway", "admind"):
            secrets.add(f"redis password of {name}", self.password(name))
        acl.write_text(acl.read_text() + "user tests on >any ~* &* +@all\n")
        own = (server.folder / "redis.conf").read_text().splitlines()
        place = [line for line in own if line.split()[0] in ("unixsocket", "dir", "daemonize")]
        (server.folder / "redis.conf").write_text(
            "\n".join([f"include {CONF}/redis.conf", *place, f"aclfile {acl}"]) + "\n")
        server.start()

    def password_file(self, name: str) -> Path:
        return self.folder / f"redis-{name}"

    def password(self, name: str) -> str:
        return self.password_file(name).read_text()

    def url(self, name: str) -> str:
        return f"unix://mmx-{name}@{self.server.socket}"

    def connection(self, name: str) -> Connection:
        return self.server.connection(user=f"mmx-{name}", password=self.password(name))


@pytest.fixture(name="shipped")
def start_shipped_redis(private: Path, redis_server: Callable[..., RedisServer],
                        secrets: SecretWatch) -> ShippedRedis:
    return ShippedRedis(private, redis_server(start=False), secrets)


@pytest.fixture(name="owner")
def admin_of_shipped(shipped: ShippedRedis, private: Path, secrets: SecretWatch) -> Admin:
    """The command line as the README sets it up."""
    admin = Admin(shipped.url("admind"), private, secrets)
    admin.env["MMX_REDIS_PASSWORD_FILE"] = str(shipped.password_file("admind"))
    admin.init()
    admin.set_master()
    return admin


def test_the_shipped_redis_is_what_check_asks_for(shipped: ShippedRedis, owner: Admin) -> None:
    owner.create_key()
    assert shipped.server.command("CONFIG", "GET", "appendonly") == ["appendonly", "yes"]
    result = owner.run("check")
    assert "FAIL" not in result.stdout and "warn" not in result.stdout, result.stdout


def test_the_shipped_redis_lets_nobody_in_without_a_name(shipped: ShippedRedis) -> None:
    assert shipped.server.command("CONFIG", "GET", "port") == ["port", "0"]
    nobody = Connection(shipped.server.socket)
    with pytest.raises(RedisError, match="NOAUTH"):
        nobody.command("HSET", "mmx:{0}", "state", "active")
    with pytest.raises(RedisError, match="WRONGPASS"):
        nobody.command("AUTH", "any")
    nobody.close()
    assert Path(shipped.server.socket).stat().st_mode & 0o007 == 0


def test_the_shipped_redis_keeps_all_over_a_restart(shipped: ShippedRedis, owner: Admin,
                                                    sockets: Path) -> None:
    """Redis reads its file as the user `default`, and drops the transactions it may not do."""
    key = owner.create_key(day=7)
    shipped.server.restart()
    assert owner.json("key", "show", key.id)["key"]["day"]["limit"] == 7
    assert owner.json("audit", "--verify")["verified"]


def test_the_users_are_made_once(shipped: ShippedRedis) -> None:
    before = {name: shipped.password(name) for name in ("gateway", "admind")}
    assert len(set(before.values())) == 2 and all(len(one) == 64 for one in before.values())
    acl = shipped.folder / "again.acl"
    subprocess.run([CONF / "redis_users.sh", shipped.folder, acl], check=True, timeout=20)
    assert {name: shipped.password(name) for name in before} == before
    for name, password in before.items():
        assert hashlib.sha256(password.encode()).hexdigest() in acl.read_text()
        assert shipped.password_file(name).stat().st_mode & 0o777 == 0o600


def test_the_shipped_users_are_enough_for_both_and_no_more(
        shipped: ShippedRedis, owner: Admin, gateway_with: Callable[..., Gateway],
        upstream: Upstream) -> None:
    key = owner.create_key(day=2)
    gateway = gateway_with(
        redis=shipped.url("gateway"), secret=owner.secret, workers=1, upstream=upstream.address,
        http=f"mmx_redis_password_file {shipped.password_file('gateway')};")
    statuses = [gateway.request(key.key).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    for command in (["key", "list"], ["key", "show", key.id], ["usage"], ["audit", "--verify"],
                    ["key", "rotate", key.id], ["settings", "show"], ["check"]):
        owner.run(*command)


BOTH = ["FLUSHALL", "KEYS *", "SCAN 0", "RANDOMKEY", "DBSIZE", "HGET other f", "CONFIG GET *",
        "CONFIG GET masterauth", "CONFIG SET maxmemory 1", "SHUTDOWN", "ACL LIST", "ACL USERS",
        "CLIENT LIST", "CLIENT KILL TYPE normal", "MONITOR",
        "MODULE LIST", "SCRIPT FLUSH", "SCRIPT KILL", "REPLICAOF NO ONE", "SAVE",
        "SORT mmx:tokens BY other GET other", "PUBLISH c m", "SUBSCRIBE c", "MIGRATE h 1 k 0 1",
        "DUMP mmx:settings", "OBJECT FREQ mmx:settings", "SWAPDB 0 1"]
SINCE_7 = ["FUNCTION LIST", "FUNCTION LOAD x", "FCALL f 0", "CLIENT NO-EVICT on"]


@pytest.mark.parametrize("name", ["gateway", "admind"])
@pytest.mark.parametrize("command", [*BOTH, *(SINCE_7 if REDIS_TELLS_READS else [])])
def test_neither_user_does_what_its_program_never_does(
        shipped: ShippedRedis, name: str, command: str) -> None:
    connection = shipped.connection(name)
    with pytest.raises(RedisError, match="NOPERM"):
        connection.command(*command.split())
    connection.close()


@needs_read_patterns
@pytest.mark.parametrize("command", [
    "HSET mmx:session:x sealed v", "HSET mmx:token:x sealed v", "HSET mmx:user:alice sealed v",
    "SADD mmx:users mallory", "HSET mmx:settings master v", "HINCRBY mmx:settings version 1",
    "HGETALL mmx:user:alice", "XADD mmx:audit * action x", "EXPIRE mmx:audit 0",
    "EVAL return(redis.call('HSET',KEYS[1],'f','v')) 1 mmx:session:x",
    "EVAL return(redis.call('HSET','mmx:session:x','f','v')) 0"])
def test_the_gateways_redis_user_writes_nothing_that_gives_rights(
        shipped: ShippedRedis, command: str) -> None:
    connection = shipped.connection("gateway")
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
