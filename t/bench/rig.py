"""What the benchmark runs against: a Redis, an upstream, a bare proxy and the gateway, all private.

Bare proxy and gateway are the same nginx.conf but for the lines the gateway needs. Each has one
worker, so that a worker's CPU time is the gateway's, and one worker's limit is the one compared.
Both reach the upstream in the same way: plain, or shipped, as what we ship reaches MiniMax.
"""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from harness.admin import Admin, Key, private_folder
from harness.client import Request, exchange
from harness.dns import Dns
from harness.paths import BUILD, MODULE, NGINX, ROOT, environment
from harness.process import Process, free_port, wait_until
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch
from harness.shipped import MINIMAX, put
from harness.tls_front import make_authority, trusting

ANSWER_BYTES = 400
LIMIT = 1_000_000_000  # of each key: never reached, but checked and counted in both windows
PATH = "/v1/chat/completions"

NGINX_CONF = """\
@LOAD@
pid @DIR@/nginx.pid;
error_log @DIR@/error.log warn;
worker_processes 1;
daemon off;
@USER@
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path @DIR@/body; proxy_temp_path @DIR@/proxy;
    fastcgi_temp_path @DIR@/fastcgi; uwsgi_temp_path @DIR@/uwsgi; scgi_temp_path @DIR@/scgi;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
@HTTP@
    server {
        listen 127.0.0.1:@PORT@ backlog=1024;
@SERVER@
    }
}
"""

# Not mmx-upstream: it computes digests and writes a ledger for each request, so it, and not the
# proxy in front, would be what a saturated run measures.
UPSTREAM_SERVER = """\
        default_type application/json;
        location / { return 200 '@ANSWER@'; }
        location = /stub_status { stub_status; }
        listen 127.0.0.1:@TLS_PORT@ ssl backlog=1024;
        ssl_certificate @CERTIFICATES@/cert.pem;
        ssl_certificate_key @CERTIFICATES@/key.pem;
        ssl_session_cache shared:upstream:1m;
"""

PROXY_HTTP = """\
@MMX@
    upstream stand_in {
        server 127.0.0.1:@UPSTREAM@;
        keepalive 64;
        keepalive_requests 1000000000;
        keepalive_timeout 600s;
    }
"""

PROXY_SERVER = """\
        location / {
            proxy_pass http://stand_in;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            @MMX@
        }
"""


# The files of conf/ and what build_module.sh puts beside the module, with the upstream's place in
# that of MiniMax. The bare proxy has the module loaded, which looks the name up, and `mmx off`.
SHIPPED_HTTP = """\
@MMX@
    include @ROOT@/conf/mmx_http.conf;
    resolver @RESOLVER@ ipv6=off;
    include @DIR@/mmx_upstream.conf;
"""

SHIPPED_SERVER = """\
        location / {
            @MMX@
            include @CERTIFICATES@/mmx_proxy.conf;
            proxy_pass https://minimax;
        }
"""


def answer() -> str:
    """A chat answer, filled up to ANSWER_BYTES."""
    text = ('{"id":"06a1b2c3d4e5f60718293a4b5c6d7e8f","choices":[{"finish_reason":"stop",'
            '"index":0,"message":{"content":"@","role":"assistant"}}],"created":1790000000,'
            '"model":"MiniMax-M2.7","object":"chat.completion","usage":{"total_tokens":150,'
            '"prompt_tokens":120,"completion_tokens":30},'
            '"base_resp":{"status_code":0,"status_msg":""}}')
    return text.replace("@", "x" * (ANSWER_BYTES - len(text) + 1))


class Nginx:
    """One nginx with one worker, its process group in nginx.pid. Ready after wait()."""

    def __init__(self, folder: Path, http: str, server: str, module: bool = False):
        folder.mkdir()
        self.port = free_port()
        values = {"LOAD": f"load_module {MODULE};" if module else "", "HTTP": http,
                  "SERVER": server, "DIR": folder, "PORT": self.port,
                  "USER": "user root;" if os.geteuid() == 0 else ""}
        text = NGINX_CONF
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        (folder / "nginx.conf").write_text(text)
        self._process = Process(
            [NGINX, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
            folder / "stderr.log", environment(folder, foreign=True))
        self.folder = folder
        self.worker = 0

    def wait(self) -> "Nginx":
        self.worker = int(wait_until(self._worker, 20, f"{self.folder.name} starts"))
        return self

    def _worker(self) -> str:
        assert self._process.alive(), f"nginx ended:\n{self._process.text()}"
        pid = self._process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().strip()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def kill(self) -> None:
        self._process.kill()


class Rig:
    """Everything, started; close() ends it."""

    def __init__(self, folder: Path, key_count: int, shipped: bool):
        self._started: list[Nginx | RedisServer] = []
        self._dns = Dns(MINIMAX, ["127.0.0.1"], ttl=60)
        self.folder = folder
        try:
            self._start(key_count, shipped)
        except BaseException:
            self.close()
            raise

    def _start(self, key_count: int, shipped: bool) -> None:
        private = private_folder(self.folder)
        self.redis = RedisServer(self.folder / "redis", self.folder / "redis.sock",
                                 config=(f"pidfile {self.folder}/redis/redis.pid",))
        self._started.append(self.redis)
        self.redis.start()
        admin = Admin(self.redis.url, private, SecretWatch(private))
        admin.init()
        admin.set_master()
        self.keys = admin.create_keys(key_count, user="bench", day=LIMIT, month=LIMIT)
        self.key_files = {count: self._write_keys(private, count) for count in (1, key_count)}

        tls_port = free_port()
        make_authority(self.folder, MINIMAX)
        self.upstream = self._nginx("upstream", "", self._filled(
            UPSTREAM_SERVER, ANSWER=answer(), TLS_PORT=tls_port))
        in_http = f"mmx_redis {self.redis.gateway_url}; mmx_secret {admin.secret};"
        if shipped:
            self._write_upstream_conf(tls_port)
            http, server, on = SHIPPED_HTTP, SHIPPED_SERVER, "mmx on;"
        else:
            http, server = PROXY_HTTP.replace("@UPSTREAM@", str(self.upstream.port)), PROXY_SERVER
            on = ("mmx on; proxy_set_header Authorization $mmx_authorization;\n"
                  '            proxy_set_header X-Api-Key "";')
        self.bare = self._nginx("bare", self._filled(http, MMX=""), self._filled(server, MMX=""),
                                module=shipped)
        self.gateway = self._nginx("gateway", self._filled(http, MMX=in_http),
                                   self._filled(server, MMX=on), module=True)
        for proxy in (self.bare, self.gateway):
            wait_until(lambda proxy=proxy: self._forwards(proxy), 20, "an answer comes through")

    def _filled(self, text: str, **values: object) -> str:
        values |= {"ROOT": ROOT, "DIR": self.folder, "CERTIFICATES": self.folder,
                   "RESOLVER": self._dns.resolver}
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        return text

    def _write_upstream_conf(self, tls_port: int) -> None:
        trusting(self.folder / "ca.pem")
        (self.folder / "mmx_upstream.conf").write_text(put(
            (BUILD / "mmx_upstream.conf").read_text(),
            (f"{MINIMAX}:443", f"{MINIMAX}:{tls_port}")))

    def connections(self) -> int:
        """How many the upstream has taken in all; each question here is one."""
        asked = Request.chat(self.upstream.address, None, path="/stub_status", method="GET")
        page = exchange(asked, 5)
        return int(page.text.split("\n")[2].split()[0])

    def _nginx(self, name: str, http: str, server: str, module: bool = False) -> Nginx:
        nginx = Nginx(self.folder / name, http, server, module)
        self._started.append(nginx)  # before it is waited for: it may never be ready
        return nginx.wait()

    def _write_keys(self, private: Path, count: int) -> Path:
        path = private / f"keys-{count}"
        path.write_text("".join(f"{key.key}\n" for key in self.keys[:count]))
        return path

    def _forwards(self, proxy: Nginx) -> bool:
        key: Key = self.keys[0]
        response = exchange(Request.chat(proxy.address, key.key, path=PATH), 5)
        return response.status == 200 and len(response.body) == ANSWER_BYTES

    def counts(self) -> int:
        """What is charged to all keys, of the month: a day may end while the benchmark runs."""
        connection = self.redis.connection()
        charged = connection.pipeline(
            [("HGET", f"mmx:{{{key.id}}}", "m.requests") for key in self.keys])
        connection.close()
        return sum(int(count or 0) for count in charged)

    def settled_counts(self) -> int:
        """The same, once it has stopped changing: the last settlements are on their way."""
        before, deadline = self.counts(), time.monotonic() + 5
        while time.monotonic() < deadline:
            time.sleep(0.05)
            now = self.counts()
            if now == before:
                return now
            before = now
        raise RuntimeError("Redis' counts go on changing without load")

    def close(self) -> None:
        with contextlib.ExitStack() as ends:
            ends.callback(self._dns.close)
            for server in self._started:
                ends.callback(server.kill9 if isinstance(server, RedisServer) else server.kill)


def cpu_ns(pid: int) -> int:
    """CPU time of a process, all its threads, as the scheduler counts it."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
