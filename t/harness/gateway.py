"""nginx with the module: configuration, start, reload, upgrade, and what its logs may hold."""

import contextlib
import os
import re
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .clock import Clock
from .client import Request, Response, exchange
from .paths import MODULE, NGINX, ROOT, environment
from .process import free_port, group_members, wait_until
from .servers import http2

FORBIDDEN = re.compile(r"\[(alert|emerg|crit)\]|exited on signal|AddressSanitizer|runtime error:")

TEMPLATE = """\
load_module @MODULE@;
@ENV@
pid @DIR@/nginx.pid;
error_log @DIR@/error.log @LOG_LEVEL@;
worker_processes @WORKERS@;
@USER@
@MAIN@
events { worker_connections @CONNECTIONS@; }
http {
    include @ROOT@/conf/mmx_http.conf;
    access_log @DIR@/access.log mmx;
    client_body_temp_path @DIR@/tmp/body; proxy_temp_path @DIR@/tmp/proxy;
    fastcgi_temp_path @DIR@/tmp/fastcgi; uwsgi_temp_path @DIR@/tmp/uwsgi;
    scgi_temp_path @DIR@/tmp/scgi;
    keepalive_requests 100000;
    mmx_redis @REDIS@;
    mmx_redis_timeout @REDIS_TIMEOUT@;
    mmx_secret @SECRET@;
    # What the harness sends for itself: its probe, and the marks that the upstream's ledger shows.
    mmx_offer /__probe @OFFER@;
    mmx_argument a k n slow;
    upstream minimax { server @UPSTREAM@; keepalive 64; }
@HTTP@
    server {
        listen 127.0.0.1:@PORT@ backlog=4096;
        listen 127.0.0.1:@H2_PORT@ backlog=4096@HTTP2@;
@SERVER@
        location /mini/ {
            mmx on;
            @PROXY@
@LOCATION@
            proxy_pass http://minimax;
        }
        location = /mmx_status { mmx_status; access_log off; }
    }
}
"""

# The lines of an operator's location; the file is the one we ship.
PROXY = """\
set $mmx_upstream api.minimax.test;
            include @ROOT@/conf/mmx_proxy.conf;
            proxy_set_header X-Stub $http_x_stub;  # the upstream's switches
            rewrite ^/mini(/.*)$ $1 break;"""


@dataclass(slots=True)
class Options:
    """What a test may choose. main, http, server, location: further lines of that block.

    In them @DIR@, @PORT@, @UPSTREAM@, @PROXY@ and @ROOT@ stand for the values of this gateway.
    template replaces the whole configuration. offer: what is offered beyond the usual (mmx_offer).
    allow: patterns of log lines that FORBIDDEN would object to. clock: the one nginx
    lives by. nginx, module: others than the tests' usual ones.
    """

    redis: str
    secret: Path
    upstream: str
    workers: int = 2
    redis_timeout: str = "2s"
    log_level: str = "info"
    connections: int = 2048
    main: str = ""
    http: str = ""
    server: str = ""
    location: str = ""
    offer: str = ""
    proxy: str = PROXY
    template: str = TEMPLATE
    allow: tuple[str, ...] = ()
    clock: Clock | None = None
    nginx: str | Path = NGINX
    module: Path = MODULE


class Gateway:
    """One nginx. start() returns when it takes connections."""

    def __init__(self, folder: Path, options: Options):
        self.folder = folder
        self.options = options
        self.port, self.h2_port = free_port(), free_port()
        self.config = folder / "nginx.conf"
        self.error_log = folder / "error.log"
        (folder / "tmp").mkdir(parents=True)
        self._group = 0  # process group of the first master, of all that follow and of workers
        clock = options.clock
        self.env = environment(folder, clock.shim if clock else "", foreign=True)
        if clock:
            self.env |= clock.variables
        self.write_config()

    def write_config(self, **changes: str) -> None:
        """Renders nginx.conf, for a reload with other options."""
        for name, value in changes.items():
            setattr(self.options, name, value)
        chosen = self.options
        # nginx hands only these on to a new binary, which needs them as much as the first did.
        passed_on = [name for name in self.env if name not in ("PATH", "HOME", "LANG")]
        values = {
            "MODULE": chosen.module, "ENV": " ".join(f"env {name};" for name in passed_on),
            "LOG_LEVEL": chosen.log_level, "WORKERS": chosen.workers,
            "USER": "user root;" if os.geteuid() == 0 else "", "MAIN": chosen.main,
            "CONNECTIONS": chosen.connections, "REDIS": chosen.redis,
            "REDIS_TIMEOUT": chosen.redis_timeout, "SECRET": chosen.secret,
            "HTTP": chosen.http, "OFFER": chosen.offer, "SERVER": chosen.server,
            "LOCATION": chosen.location,
            "H2_PORT": self.h2_port, "HTTP2": http2(chosen.nginx), "PROXY": chosen.proxy,
            "DIR": self.folder, "PORT": self.port, "UPSTREAM": chosen.upstream, "ROOT": ROOT}
        text = chosen.template
        for name, value in values.items():  # snippets come before what they may name
            text = text.replace(f"@{name}@", str(value))
        self.config.write_text(text)

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The master's; after upgrade() that of the new one."""
        return int((self.folder / "nginx.pid").read_text())

    def check(self) -> subprocess.CompletedProcess:
        """`nginx -t`."""
        return subprocess.run(
            [self.options.nginx, "-t", "-c", self.config, "-e", self.error_log], env=self.env,
            text=True, capture_output=True, timeout=60, check=False)

    def start(self) -> "Gateway":
        """As a daemon: nginx takes no SIGUSR2 while whoever started it is its parent."""
        with (self.folder / "stderr.log").open("ab") as sink:
            done = subprocess.run([self.options.nginx, "-c", self.config, "-e", self.error_log],
                                  env=self.env, stdin=subprocess.DEVNULL, stdout=sink,
                                  stderr=sink, timeout=60, check=False)
        if done.returncode != 0:
            raise AssertionError(f"nginx: exit {done.returncode}\n{self._stderr()}")
        self._group = int(wait_until(self._pid_text, 20, "the pid file"))
        wait_until(self._listens, 20, "nginx listens")
        return self

    def _pid_text(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "nginx.pid").read_text().strip()
        return ""

    def _stderr(self) -> str:
        return (self.folder / "stderr.log").read_text(errors="replace")

    def _listens(self) -> bool:
        if not Path(f"/proc/{self._group}").exists():
            raise AssertionError(f"nginx ended:\n{self._stderr()}{self.log()[-4000:]}")
        with contextlib.suppress(OSError), socket.create_connection(self.address, 1):
            return len(self.workers()) >= self.options.workers
        return False

    def workers(self) -> list[int]:
        """Worker processes of the current master, old generations included."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def reload(self) -> None:
        """SIGHUP; returns when the new workers are there. The old ones may still be at work."""
        before = set(self.workers())
        os.kill(self.pid, signal.SIGHUP)
        wait_until(lambda: len(set(self.workers()) - before) >= self.options.workers, 20,
                   "new workers")

    def upgrade(self) -> None:
        """SIGUSR2 to a new binary, SIGQUIT to the old; returns when only the new one is left."""
        old = self.pid
        os.kill(old, signal.SIGUSR2)
        wait_until(lambda: self.has_new_master(old), 20, "a new master")
        os.kill(old, signal.SIGQUIT)

    def has_new_master(self, old: int) -> bool:
        """Whether the upgrade of that master got as far as new workers."""
        with contextlib.suppress(OSError, ValueError):
            return self.pid != old and len(self.workers()) >= self.options.workers
        return False

    def running(self) -> bool:
        """Whether any process of any generation is left."""
        return bool(group_members(self._group))

    def quit(self, timeout: float = 30.0) -> None:
        """SIGQUIT, and waits until all have gone, having let their requests finish."""
        os.kill(self.pid, signal.SIGQUIT)
        wait_until(lambda: not group_members(self._group), timeout, "nginx has gone")
        self._group = 0

    def kill(self) -> None:
        """SIGKILL to master and workers. Safe to repeat."""
        if self._group:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._group, signal.SIGKILL)
            wait_until(lambda: not group_members(self._group), 10, "nginx has gone")
            self._group = 0

    def log(self) -> str:
        return self.error_log.read_text(errors="replace") if self.error_log.exists() else ""

    def wrong_lines(self) -> list[str]:
        """Log lines and sanitizer reports that no test may leave behind unless it says so."""
        files = [self.error_log, self.folder / "stderr.log"]
        files += [*self.folder.glob("asan*"), *self.folder.glob("ubsan*")]
        lines = [line for path in files if path.exists()
                 for line in path.read_text(errors="replace").splitlines()]
        return [line for line in lines if FORBIDDEN.search(line)
                and not any(re.search(pattern, line) for pattern in self.options.allow)]

    def request(self, key: str | None = None, path: str = "/mini/v1/chat/completions",
                timeout: float = 15.0, **options: object) -> Response:
        """One request on a connection of its own."""
        return exchange(Request.chat(self.address, key, path=path, **options), timeout)

    def status_page(self) -> str:
        return self.request(path="/mmx_status", method="GET").text

    def figure(self, name: str) -> int:
        """Of the metrics page."""
        return int(re.search(rf"^{name} (\d+)$", self.status_page(), re.MULTILINE)[1])
