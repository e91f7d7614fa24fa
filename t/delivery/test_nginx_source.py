"""An nginx that is not Debian's: the module is built from its source, and works in it.

It is as nginx.org packages it, and no debug build; Debian's is one. Each kind of module, by the
headers it was built with, has to work in each kind of nginx.
"""

import subprocess
from pathlib import Path

import pytest
from harness.admin import Admin
from harness.gateway import TEMPLATE
from harness.paths import MODULE, NGINX, ROOT
from harness.plain_nginx import PlainNginx
from harness.redis import RedisServer
from harness.servers import is_debug_build
from harness.traffic import flood, statuses
from harness.upstream import Upstream

pytestmark = pytest.mark.full


@pytest.fixture(scope="session")
def plain() -> PlainNginx:
    return PlainNginx()


@pytest.fixture(scope="session")
def built(plain: PlainNginx) -> str:
    """What build_module.sh said when it built the module for that nginx."""
    return plain.make_module(plain.binary.parent)


@pytest.fixture(scope="session")
def packaged(plain: PlainNginx) -> Path:
    return plain.add_dynamic_module()


@pytest.fixture(params=["installed", "plain"])
def nginx(request: pytest.FixtureRequest, plain: PlainNginx) -> str | Path:
    return NGINX if request.param == "installed" else plain.binary


@pytest.fixture(params=["installed", "plain", "packaged"])
def module(request: pytest.FixtureRequest, plain: PlainNginx) -> Path:
    """By the headers it was built with, and by who built it."""
    if request.param == "plain":
        request.getfixturevalue("built")
        return plain.module
    return MODULE if request.param == "installed" else request.getfixturevalue("packaged")


def test_headers_are_of_the_kind_of_the_nginx_that_is_there(plain: PlainNginx, built: str) -> None:
    assert not is_debug_build(plain.binary)
    assert f"{plain.module} loads into nginx/{plain.version}\n" in built
    headers = (plain.build / "nginx" / "objs" / "ngx_auto_config.h").read_text()
    assert "NGX_HTTP_SSL" in headers and "NGX_DEBUG" not in headers


def test_nginx_is_made_of_the_source_where_there_is_none_of_that_version(
        plain: PlainNginx, built: str, tmp_path: Path) -> None:
    other = tmp_path / "nginx"
    other.write_text("#!/bin/sh\necho 'nginx version: nginx/0.8.54' >&2\n")
    other.chmod(0o755)
    assert f"loads into nginx/{plain.version}\n" in plain.make_module(tmp_path)
    assert not is_debug_build(plain.build / "nginx" / "objs" / "nginx")


def test_module_is_not_to_be_linked_into_nginx_itself() -> None:
    """`--add-module`, as nginx' configure reads our file for it."""
    done = subprocess.run(["sh", "-c", "ngx_module_link=ADDON; . ./config"], cwd=ROOT, text=True,
                          capture_output=True, timeout=20, check=False)
    assert done.returncode == 1 and "needs --add-dynamic-module" in done.stdout


def test_requests_are_counted_exactly(gateway, nginx: str | Path, module: Path, admin: Admin,
                                      upstream: Upstream, redis: RedisServer) -> None:
    key = admin.create_key(day=7)
    server = gateway(nginx=nginx, module=module, workers=2)
    before = len(upstream.received())
    assert statuses(flood([server], [key], 200)) == {200: 7, 429: 193}
    assert len(upstream.received()) - before == 7 == redis.counted(key.id)


def test_debug_connection_is_refused_where_it_would_write_keys(
        gateway, nginx: str | Path, module: Path) -> None:
    """Elsewhere nginx itself warns that it ignores it."""
    text = TEMPLATE.replace("events {", "events { debug_connection 127.0.0.1;")
    server = gateway(start=False, nginx=nginx, module=module, template=text,
                     allow=('"debug_connection" would write',))
    outcome = server.check()
    assert (outcome.returncode != 0) == is_debug_build(nginx), outcome.stderr
    said = "would write API keys" if is_debug_build(nginx) else "is ignored"
    assert f'"debug_connection" {said}' in outcome.stderr
