#!/usr/bin/python3
"""What a request costs the proxy in instructions: bare proxy_pass, the gateway, and what we ship.

Unlike times they are the same on a busy machine, so they tell what a change of a hundred
instructions did. Under callgrind, one process, after a warm-up; README.md has more.
"""

import argparse
import contextlib
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from confs import PLAIN_ON, bare_log  # noqa: E402
from harness.admin import Admin, private_folder  # noqa: E402
from harness.client import Request, parse_head  # noqa: E402
from harness.paths import MODULE, NGINX, ROOT, environment  # noqa: E402
from harness.process import Process, free_port, wait_until  # noqa: E402
from harness.redis import RedisServer  # noqa: E402
from harness.secret_watch import SecretWatch  # noqa: E402
from rig import answer  # noqa: E402
from store import LIMIT  # noqa: E402

KEYS = 8  # one a connection: sent together, they make a turn of the loop with as many commits
WARM_UP = 100  # rounds of one request a connection
PATH = "/mini/v1/chat/completions"
CALLGRIND = ["valgrind", "--tool=callgrind", "--quiet"]

# Such as OpenAI's SDK for Python sends them: the gateway walks over all of them.
HEADERS = {"Accept-Encoding": "gzip, deflate", "Connection": "keep-alive",
           "Accept": "application/json", "User-Agent": "OpenAI/Python 1.99.1",
           "X-Stainless-Lang": "python", "X-Stainless-Package-Version": "1.99.1",
           "X-Stainless-OS": "Linux", "X-Stainless-Arch": "x64",
           "X-Stainless-Runtime": "CPython", "X-Stainless-Runtime-Version": "3.11.2",
           "X-Stainless-Async": "false", "x-stainless-retry-count": "0",
           "x-stainless-read-timeout": "600"}

NGINX_CONF = """\
@LOAD@
pid @DIR@/nginx.pid;
error_log @DIR@/error.log warn;
master_process off;
daemon off;
@USER@
events { worker_connections 256; }
http {
    client_body_temp_path @DIR@/body; proxy_temp_path @DIR@/proxy;
    fastcgi_temp_path @DIR@/fastcgi; uwsgi_temp_path @DIR@/uwsgi; scgi_temp_path @DIR@/scgi;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    upstream stand_in {
        server 127.0.0.1:@UPSTREAM@;
        keepalive 16;
        keepalive_requests 1000000000;
        keepalive_timeout 600s;
    }
@HTTP@
    access_log @LOG@;
    server {
        listen 127.0.0.1:@PORT@;
@SERVER@
    }
}
"""

UPSTREAM = """\
        default_type application/json;
        location / { return 200 '@ANSWER@'; }
"""

PLAIN = """\
        location /mini/ {
            @MMX@
            rewrite ^/mini(/.*)$ $1 break;
            proxy_pass http://stand_in;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
        }
"""

GATEWAY = PLAIN_ON.replace("mmx_count $mmx_counted;", "")

# The files of conf/. The upstream is reached without TLS, whose instructions would hide the rest.
SHIPPED_HTTP = """\
    @REDIS@
    include @ROOT@/conf/mmx_http.conf;
    map "" $mmx_upstream { default api.minimax.io; }
"""
SHIPPED = """\
        include @ROOT@/conf/mmx_server.conf;
        location /mini/ {
            mmx on;
            mmx_count $mmx_counted;
            include @ROOT@/conf/mmx_proxy.conf;
            rewrite ^/mini(/.*)$ $1 break;
            proxy_pass http://stand_in;
        }
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """One proxy: what stands in its http and server blocks, its log, whether it has the module."""

    http: str
    server: str
    log: str = "off"
    module: bool = True


VARIANTS = {
    "bare": Variant("", PLAIN.replace("@MMX@", ""), module=False),
    "bare, log": Variant("", PLAIN.replace("@MMX@", ""), "@DIR@/access.log", module=False),
    "bare, line": Variant(bare_log().partition("    access_log")[0], PLAIN.replace("@MMX@", ""),
                          "@DIR@/access.log bare", module=False),
    "gateway": Variant("@REDIS@", PLAIN.replace("@MMX@", GATEWAY)),
    "gateway, line": Variant("@REDIS@ include @ROOT@/conf/mmx_http.conf;",
                             PLAIN.replace("@MMX@", PLAIN_ON), "@DIR@/access.log mmx"),
    "shipped": Variant(SHIPPED_HTTP, SHIPPED),
    "shipped, log": Variant(SHIPPED_HTTP, SHIPPED, "@DIR@/access.log mmx"),
}


class Bench:
    """Redis, keys and the upstream: what all variants share."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack):
        self._folder = folder
        private = private_folder(folder)
        redis = RedisServer(folder / "redis", folder / "redis.sock").start()
        stack.callback(redis.kill9)
        admin = Admin(redis.url, private, SecretWatch(private))
        admin.init()
        admin.set_master()
        self.keys = [key.key for key in
                     admin.create_keys(KEYS, user="bench", day=LIMIT, month=LIMIT)]
        self._values = {"REDIS": f"mmx_redis {redis.gateway_url}; mmx_secret {admin.secret};",
                        "ROOT": ROOT, "ANSWER": answer(), "UPSTREAM": 1, "USER": ""}
        upstream = self.nginx("upstream", Variant("", UPSTREAM, module=False), [])
        self._values["UPSTREAM"] = upstream.port
        stack.callback(upstream.process.kill)

    def nginx(self, name: str, variant: Variant, under: list[object]) -> "Nginx":
        folder = self._folder / re.sub(r"\W+", "-", name)
        folder.mkdir()
        port = free_port()
        text = NGINX_CONF
        values = {"HTTP": variant.http, "SERVER": variant.server, "LOG": variant.log,
                  "LOAD": f"load_module {MODULE};" if variant.module else ""}
        for place, value in (values | self._values | {"DIR": folder, "PORT": port}).items():
            text = text.replace(f"@{place}@", str(value))
        (folder / "nginx.conf").write_text(text)
        process = Process([*under, NGINX, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
                          folder / "stderr.log", environment(folder, foreign=True))
        return Nginx(process, port)


@dataclass(frozen=True, slots=True)
class Nginx:
    process: Process
    port: int


def connect(nginx: Nginx) -> socket.socket | None:
    assert nginx.process.alive(), f"nginx ended:\n{nginx.process.text()}"
    with contextlib.suppress(ConnectionError):
        return socket.create_connection(("127.0.0.1", nginx.port), 30)
    return None


def read_answer(connection: socket.socket) -> int:
    """Its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or sys.exit("the proxy closed a connection")
    head, _, body = data.partition(b"\r\n\r\n")
    response = parse_head(head)
    while len(body) < int(response.headers["content-length"]):
        body += connection.recv(65536) or sys.exit("the proxy closed a connection")
    return response.status


def ask(connections: list[socket.socket], keys: list[str], rounds: int) -> None:
    """So many times one request on each connection, then all answers."""
    requests = [Request.chat(("", 0), key, path=PATH, headers=HEADERS).data for key in keys]
    for _ in range(rounds):
        for connection, request in zip(connections, requests, strict=True):
            connection.sendall(request)
        for connection in connections:
            if (status := read_answer(connection)) != 200:
                sys.exit(f"an answer was {status}")


def control(nginx: Nginx, order: str) -> None:
    subprocess.run(["callgrind_control", order, str(nginx.process.pid)], check=True, timeout=60,
                   capture_output=True)


@contextlib.contextmanager
def running(bench: Bench, name: str, out: Path) -> Iterator[Nginx]:
    nginx = bench.nginx(name, VARIANTS[name], [*CALLGRIND, f"--callgrind-out-file={out}"])
    try:
        yield nginx
    finally:
        nginx.process.kill()


def measure(bench: Bench, name: str, rounds: int, out: Path) -> float:
    """Instructions a request. The profile is left in out."""
    with running(bench, name, out) as nginx:
        first = wait_until(lambda: connect(nginx), 60, f"{name} listens")
        connections = [first, *(connect(nginx) for _ in range(KEYS - 1))]
        ask(connections, bench.keys, WARM_UP)
        control(nginx, "--zero")
        ask(connections, bench.keys, rounds)
        control(nginx, "--dump")
        for connection in connections:
            connection.close()
    dump = next(out.parent.glob(f"{out.name}.*"))
    dump.replace(out)
    totals = re.search(r"^(?:totals|summary): (\d+)", out.read_text(errors="replace"), re.M)
    return int(totals.group(1)) / (rounds * KEYS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="t/bench/instructions.py", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200,
                        help=f"how often {KEYS} requests are sent together (default 200)")
    parser.add_argument("--profiles", type=Path,
                        help="keep the profiles there, for callgrind_annotate")
    parser.add_argument("variants", nargs="*", default=list(VARIANTS), metavar="VARIANT",
                        help=f"some of: {'; '.join(VARIANTS)}")
    options = parser.parse_args()
    if options.rounds < 1 or not set(options.variants) <= set(VARIANTS):
        parser.error("rounds above 0, and variants that there are")
    with tempfile.TemporaryDirectory(prefix="mmx-bench-") as temporary, \
            contextlib.ExitStack() as stack:
        profiles = options.profiles or Path(temporary) / "profiles"
        profiles.mkdir(exist_ok=True)
        bench = Bench(Path(temporary), stack)
        for name in options.variants:
            out = profiles.resolve() / re.sub(r"\W+", "-", name)
            print(f"{name:14} {measure(bench, name, options.rounds, out):8,.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
