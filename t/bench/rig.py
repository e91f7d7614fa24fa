"""What a mode runs against: an upstream, a bare proxy and the gateway, all private.

Each proxy has one worker, so that a worker's CPU time is the proxy's, and one worker's limit is the
one compared. Both reach the upstream in the same way: plain, or through TLS as what we ship does.
"""

import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import confs
from children import Children
from harness.client import Request, exchange
from harness.dns import Dns
from harness.paths import BUILD, MODULE, NGINX, ROOT, environment
from harness.process import Process, free_port, wait_until
from harness.shipped import MINIMAX, put
from harness.tls_front import make_authority, trusting
from store import Ledger, Store

ANSWER_BYTES = 400
CHAT = "/v1/chat/completions"
PATHS = {"plain": CHAT, "tls": f"/mini{CHAT}"}  # of each way to the upstream
PROXIES = ("bare", "gateway")


def answer() -> str:
    """A chat answer, filled up to ANSWER_BYTES."""
    text = ('{"id":"06a1b2c3d4e5f60718293a4b5c6d7e8f","choices":[{"finish_reason":"stop",'
            '"index":0,"message":{"content":"@","role":"assistant"}}],"created":1790000000,'
            '"model":"MiniMax-M2.7","object":"chat.completion","usage":{"total_tokens":150,'
            '"prompt_tokens":120,"completion_tokens":30},'
            '"base_resp":{"status_code":0,"status_msg":""}}')
    return text.replace("@", "x" * (ANSWER_BYTES - len(text) + 1))


class Nginx:
    """One nginx with one worker. Ready when the constructor returns."""

    def __init__(self, folder: Path, children: Children, values: dict[str, object],
                 module: bool = False):
        folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.log = folder / "access.log"
        values |= {"LOAD": f"load_module {MODULE};" if module else "", "DIR": folder,
                   "PORT": self.port, "USER": "user root;" if os.geteuid() == 0 else ""}
        (folder / "nginx.conf").write_text(confs.filled(confs.NGINX, values))
        self._process = Process(
            [NGINX, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
            folder / "stderr.log", environment(folder, foreign=True))
        children.know(self._process.pid)
        self.worker = int(wait_until(self._worker, 20, f"{folder.name} starts"))

    def _worker(self) -> str:
        assert self._process.alive(), f"nginx ended:\n{self._process.text()}"
        pid = self._process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().strip()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def quit(self) -> None:
        """As an operator ends it, so that a worker gives back what it holds; else by force."""
        try:
            self._process.signal(signal.SIGQUIT)
            self._process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            self._process.kill()


@dataclass(frozen=True, slots=True)
class Cpu:
    """Nanoseconds that each has used so far."""

    nginx: int  # of the proxy asked about
    redis: int
    upstream: int

    def __sub__(self, before: "Cpu") -> "Cpu":
        return Cpu(self.nginx - before.nginx, self.redis - before.redis,
                   self.upstream - before.upstream)


class Rig:
    """Everything but the store, started; close() ends it.

    streams: the upstream is mmx-pace in place of an answer at once.
    credit: what mmx_credit is set to; empty: nothing is.
    """

    def __init__(self, folder: Path, children: Children, store: Store, way: str, *,
                 streams: bool = False, credit: str = ""):
        folder.mkdir()
        self.path = PATHS[way]
        self.store = store
        self.ledger = Ledger(store)
        self._folder, self._children = folder, children
        self._shipped, self._streams, self._credit = way == "tls", streams, credit
        self._pace: Process | None = None
        self._upstream: Nginx | None = None
        self._proxies: dict[str, Nginx] = {}
        self._dns = Dns(MINIMAX, ["127.0.0.1"], ttl=60)
        try:
            self._start_upstream()
            self.renew()
        except BaseException:
            self.close()
            raise

    def proxy(self, name: str) -> Nginx:
        return self._proxies[name]

    def _start_upstream(self) -> None:
        make_authority(self._folder, MINIMAX)
        trusting(self._folder / "ca.pem")
        pace_port, tls_port = free_port(), free_port()
        if self._streams:
            self._pace = Process([BUILD / "mmx-pace", "--port", pace_port],
                                 self._folder / "pace.log", environment(self._folder))
            self._children.know(self._pace.pid)
        at_once = confs.ANSWER_AT_ONCE.replace("@TEXT@", answer())
        self._upstream = Nginx(self._folder / "upstream", self._children, {
            "HTTP": confs.UPSTREAM_HTTP, "SERVER": confs.UPSTREAM_SERVER,
            "ANSWER": confs.ANSWER_AT_PACE if self._streams else at_once,
            "TLS_PORT": tls_port, "CERTIFICATES": self._folder, "PACE": pace_port})
        self._upstream_port = pace_port if self._streams else self._upstream.port
        (self._folder / "mmx_upstream.conf").write_text(put(
            (BUILD / "mmx_upstream.conf").read_text(),
            (f"{MINIMAX}:443", f"{MINIMAX}:{tls_port}")))

    def renew(self) -> None:
        """Ends both proxies, if there are any, and starts them."""
        self._end_proxies()
        for name in PROXIES:
            module = self._shipped or name == "gateway"
            self._proxies[name] = Nginx(self._folder / name, self._children, self._values(name),
                                        module)
            try:
                wait_until(lambda proxy=name: self._forwards(proxy), 20, "an answer comes through")
            except AssertionError:
                log = (self._folder / name / "error.log").read_text()[-2000:]
                raise SystemExit(f"{name} does not forward; its error log:\n{log}") from None

    def _values(self, proxy: str) -> dict[str, object]:
        """What is filled into its nginx.conf, outer texts before those that stand in them."""
        gateway = proxy == "gateway"
        http = confs.SHIPPED_HTTP if self._shipped else confs.PLAIN_HTTP
        in_http = confs.GATEWAY_HTTP if gateway else ""
        if gateway and not self._shipped:
            in_http += f"\n    include {ROOT}/conf/mmx_http.conf;"
        on = confs.SHIPPED_ON if self._shipped else confs.PLAIN_ON
        return {"HTTP": http.replace("@MMX@", in_http),
                "SERVER": confs.SHIPPED_SERVER if self._shipped else confs.PLAIN_SERVER,
                "LOG": confs.GATEWAY_LOG if gateway else confs.bare_log(),
                "STATUS": confs.STATUS if gateway else "", "MMX": on if gateway else "",
                "CREDIT": f"mmx_credit {self._credit};" if self._credit else "",
                "REDIS": self.store.redis.gateway_url, "SECRET": self.store.secret, "ROOT": ROOT,
                "CERTIFICATES": self._folder, "RESOLVER": self._dns.resolver,
                "UPSTREAM": self._upstream_port}

    def _forwards(self, name: str) -> bool:
        request = Request.chat(self._proxies[name].address, self.store.keys[0], path=self.path)
        response = exchange(request, 5)
        good = response.status == 200 and (self._streams or len(response.body) == ANSWER_BYTES)
        if good and name == "gateway":
            self.ledger.sent(1, 1)
        return good

    def cut_logs(self) -> None:
        """The access logs have been written; hours of them would fill a disk."""
        for proxy in self._proxies.values():
            os.truncate(proxy.log, 0)

    def cpu(self, proxy: str) -> Cpu:
        assert self._upstream is not None
        pace_ns = cpu_ns(self._pace.pid) if self._pace else 0
        return Cpu(cpu_ns(self._proxies[proxy].worker), cpu_ns(self.store.redis.pid),
                   cpu_ns(self._upstream.worker) + pace_ns)

    def connections(self) -> int:
        """How many the upstream has taken in all; each question here is one."""
        page = self._page(self._upstream, "/stub_status")
        return int(page.split("\n")[2].split()[0])

    def commits(self) -> int:
        """That the gateway has made."""
        page = self._page(self._proxies["gateway"], "/mmx_status")
        found = re.search(r"^mmx_commit_admissions_count (\d+)", page, re.M)
        return int(found.group(1)) if found else 0

    def _page(self, nginx: Nginx, path: str) -> str:
        return exchange(Request.chat(nginx.address, None, path=path, method="GET"), 5).text

    def _end_proxies(self) -> None:
        for proxy in self._proxies.values():
            proxy.quit()
        self._proxies.clear()

    def close(self) -> None:
        self._end_proxies()
        if self._upstream is not None:
            self._upstream.quit()
        if self._pace is not None:
            self._pace.kill()
        self._dns.close()


def cpu_ns(pid: int) -> int:
    """CPU time of a process, all its threads, as the scheduler counts it."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
