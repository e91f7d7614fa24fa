"""What an nginx and a Redis can do: those under test need not be Debian's."""

import re
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest

from .paths import NGINX, REDIS_SERVER

ANSWER_SECONDS_MAX = 20


@lru_cache
def said(program: str | Path, *options: str) -> str:
    done = subprocess.run([program, *options], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=ANSWER_SECONDS_MAX, check=False)
    return done.stdout


def is_debug_build(nginx: str | Path) -> bool:
    return "--with-debug" in said(nginx, "-V")


@lru_cache
def knows(nginx: str | Path, line: str) -> bool:
    """Whether that line may stand in http { }."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(f"events {{}} http {{ access_log off; {line} }}\n")
        text = said(nginx, "-t", "-p", folder, "-e", f"{folder}/error.log", "-c", str(config))
    return "unknown directive" not in text


def has_http2_directive(nginx: str | Path) -> bool:
    """nginx has it from 1.25.1 on; those made of it count their versions in another way."""
    return knows(nginx, "http2 on;")


@lru_cache
def keeps_in_any_order(nginx: str | Path) -> bool:
    """Whether `keepalive` wraps the balancing that stands behind it in its block, too: nginx keeps
    connections without being told since then, 1.29.7, and looks when all is read."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text("events {} http { access_log off; upstream x { keepalive 4; least_conn; "
                          "server 127.0.0.1:1; } }\n")
        text = said(nginx, "-t", "-p", folder, "-e", f"{folder}/error.log", "-c", str(config))
    return "load balancing method redefined" not in text


def http2(nginx: str | Path) -> str:
    """What makes a server speak it, at the end of one of its `listen`: that warns where newer."""
    return "; http2 on" if has_http2_directive(nginx) else " http2"


def redis_version() -> tuple[int, ...]:
    """Valkey's own number, which is above that of the Redis it was made of."""
    return tuple(map(int, re.search(r" v=(\d+)\.(\d+)\.(\d+)", said(REDIS_SERVER, "--version"))
                     .groups()))


# From Redis 7 on scripts may say what they are: `#!lua flags=allow-oom`. The same release tells
# reading a name from writing it in the rights of a user.
REDIS_KNOWS_FLAGS = REDIS_TELLS_READS = redis_version() >= (7,)

needs_script_flags = pytest.mark.skipif(
    not REDIS_KNOWS_FLAGS, reason="before Redis 7 no script may write when memory is short")
needs_read_patterns = pytest.mark.skipif(
    not REDIS_TELLS_READS, reason="before Redis 7 a name that is read may be written, too")
needs_debug_build = pytest.mark.skipif(
    not is_debug_build(NGINX), reason="this nginx is no debug build")


def needs_directive(line: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not knows(NGINX, line), reason=f"this nginx has no {line}")
