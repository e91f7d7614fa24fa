"""A file with Redis' password is read by nginx and by mmx-admind in the same way."""

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.admin import Admin
from harness.gateway import Gateway, Options
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch
from harness.upstream import Upstream

PASSWORD = "of-the-first-line-17"

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
