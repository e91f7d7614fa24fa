"""A file with Redis' password is read by nginx and by mmx-admind in the same way."""

import grp
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.admin import Admin
from harness.gateway import TEMPLATE, Gateway, Options
from harness.process import wait_until
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch
from harness.upstream import Upstream

PASSWORD = "of-the-first-line-17"
NEW_PASSWORD = "the-one-that-came-after-it-18"

READ = {
    "one line": f"{PASSWORD}\n",
    "no closing newline": PASSWORD,
    "CR LF": f"{PASSWORD}\r\n",
    "a remark below": f"{PASSWORD}\n# of the Redis on db-1, until March\n",
    "a remark below, CR LF": f"{PASSWORD}\r\nof the Redis on db-1\r\n",
}
REFUSED = {
    "empty": ("", "its first line is the password"),
    "an empty first line": (f"\n{PASSWORD}\n", "its first line is the password"),
    "a long first line": (PASSWORD * 30, "longer than 512 bytes"),
    "a long file": (f"{PASSWORD}\n" + "x" * 5000, "longer than 4096 bytes"),
}


@pytest.fixture
def server(redis_server: Callable[..., RedisServer]) -> RedisServer:
    return redis_server(password=PASSWORD)


@pytest.fixture
def password_file(private: Path) -> Callable[[str], Path]:
    def make(content: str) -> Path:
        path = private / "redis-password"
        path.write_text(content, newline="")
        path.chmod(0o600)
        return path
    return make


@pytest.fixture
def admin(server: RedisServer, private: Path, secrets: SecretWatch) -> Admin:
    made = Admin(f"unix:{server.socket}", private, secrets)
    made.env["MMX_REDIS_PASSWORD_FILE"] = str(private / "redis-password")
    return made


@pytest.mark.parametrize("form", READ)
def test_both_read_the_first_line(
        form: str, server: RedisServer, password_file: Callable[[str], Path], admin: Admin,
        gateway_with: Callable[..., Gateway], upstream: Upstream) -> None:
    path = password_file(READ[form])
    admin.init()
    admin.set_master()
    key = admin.create_key()
    gateway = gateway_with(redis=f"unix:{server.socket}", secret=admin.secret, workers=1,
                           upstream=upstream.address, http=f"mmx_redis_password_file {path};")
    assert gateway.request(key.key).status == 200


@pytest.mark.parametrize("form", REFUSED)
def test_both_refuse_with_the_same_words(
        form: str, server: RedisServer, password_file: Callable[[str], Path], admin: Admin,
        tmp_path: Path) -> None:
    password_file(READ["one line"])
    admin.init()
    content, why = REFUSED[form]
    path = password_file(content)
    done = admin.run("key", "list", check=False)
    assert done.returncode == 1 and why in done.stderr and str(path) in done.stderr
    tried = Gateway(tmp_path / "nginx", Options(
        redis=f"unix:{server.socket}", secret=admin.secret, upstream="127.0.0.1:1",
        http=f"mmx_redis_password_file {path};")).check()
    assert tried.returncode != 0 and why in tried.stderr and str(path) in tried.stderr


def change(server: RedisServer, password: str) -> None:
    """On the server, which asks those who are connected for the new one."""
    server.command("CONFIG", "SET", "requirepass", password)
    server.password = password
    server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


@pytest.fixture
def rotated(server: RedisServer, password_file: Callable[[str], Path], admin: Admin,
            sockets: Path, upstream: Upstream, gateway_with: Callable[..., Gateway],
            secrets: SecretWatch) -> Callable[..., tuple[Gateway, str]]:
    """A gateway whose file and Redis have got another password since, and a key it served.

    readable: by the workers, which run as somebody else.
    """
    if os.geteuid() != 0:
        pytest.skip("only root's workers are somebody else")

    def make(readable: bool) -> tuple[Gateway, str]:
        password_file(PASSWORD)  # the command line's own
        admin.init()
        admin.set_master()
        key = admin.create_key().key
        sockets.chmod(0o711)
        path = sockets / "redis-password"  # where others may come
        path.write_text(PASSWORD)
        path.chmod(0o640 if readable else 0o600)
        os.chown(path, 0, grp.getgrnam("nogroup").gr_gid)
        gateway = gateway_with(
            redis=f"redis://127.0.0.1:{server.port}", secret=admin.secret, workers=1,
            template=TEMPLATE.replace("@USER@", "user nobody nogroup;"),
            upstream=upstream.address, http=f"mmx_redis_password_file {path};")
        wait_until(lambda: gateway.request(key).status == 200, 10, "it serves")
        secrets.add("new password", NEW_PASSWORD)
        path.write_text(NEW_PASSWORD)
        change(server, NEW_PASSWORD)
        return gateway, key
    return make


def test_a_worker_that_may_reads_a_rotated_password(rotated) -> None:
    gateway, key = rotated(readable=True)
    wait_until(lambda: gateway.request(key).status == 200, 10, "it serves again")
    assert "Redis' password was read again" in gateway.log()


def test_a_worker_that_may_not_says_what_to_do(rotated) -> None:
    gateway, key = rotated(readable=False)
    wait_until(lambda: "reload nginx, which reads it as root" in gateway.log(), 10, "advice")
    assert gateway.request(key).status == 503
    assert gateway.log().count("a worker cannot read it") == 1
    gateway.reload()
    wait_until(lambda: gateway.request(key).status == 200, 10, "it serves again")
