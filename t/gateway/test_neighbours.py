"""What another process of the workers' own user can read of them: nothing."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness.admin import Key
from harness.gateway import TEMPLATE, Gateway
from harness.process import wait_until
from harness.redis import RedisServer

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has workers of another user")

# Opening each of them is allowed to whoever may trace the process.
PRIVATE = ("mem", "environ", "maps", "auxv", "exe", "fd")
READ = """
import os, sys
for name in sys.argv[2:]:
    path = f"/proc/{sys.argv[1]}/{name}"
    look = {"fd": os.listdir, "exe": os.readlink}.get(name, lambda path: open(path, "rb").read(1))
    try:
        if not look(path):
            continue  # whoever is about to end has no memory left that could be refused
    except (PermissionError, FileNotFoundError, ProcessLookupError):
        continue
    except OSError:
        pass  # it may, and there is nothing at that place of its memory
    print(name)
"""


def user_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Uid:")).split()[1])


def of_user(server: Gateway, user: int) -> list[int]:
    return [pid for pid in server.workers() if user_of(pid) == user]


def readable(pid: int, user: int) -> set[str]:
    done = subprocess.run([sys.executable, "-c", READ, str(pid), *PRIVATE], user=user, group=user,
                          extra_groups=[], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


@contextmanager
def neighbour(user: int) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(["sleep", "600"], user=user, group=user, extra_groups=[])
    try:
        wait_until(lambda: b"sleep" in Path(f"/proc/{process.pid}/cmdline").read_bytes())
        yield process
    finally:
        process.kill()
        process.wait(10)


@pytest.fixture
def cache() -> Iterator[Path]:
    """Where the workers' user may look, unlike in a folder of the test's."""
    with tempfile.TemporaryDirectory(prefix="mmx-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "cache"


def test_a_neighbour_cannot_read_a_worker(
        gateway: Callable[..., Gateway], key: Key, cache: Path, redis: RedisServer) -> None:
    server = gateway(workers=2, redis=redis.tcp_url,
                     template=TEMPLATE.replace("@USER@", "user nobody nogroup;"),
                     http=f"proxy_cache_path {cache} keys_zone=c:1m;")
    assert server.request(key.key).status == 200
    user = user_of(server.workers()[0])
    assert user != 0
    with neighbour(user) as other:
        assert "environ" in readable(other.pid, user)  # so that a refusal says something
    for change in (lambda: None, server.reload, server.upgrade):
        change()
        assert server.request(key.key).status == 200
        # Two workers and the cache manager, which has the same keys.
        wait_until(lambda: len(of_user(server, user)) >= 3, 10, "all are there")
        for pid in (*of_user(server, user), server.pid):
            assert readable(pid, user) == set(), Path(f"/proc/{pid}/cmdline").read_bytes()
