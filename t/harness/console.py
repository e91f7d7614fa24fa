"""The console as it is shipped: the real daemon behind the real nginx, with a gateway beside it."""

import json
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import pytest

from .admin import Key
from .browser import Browser
from .client import Request, Response, exchange
from .daemon import Daemon
from .gateway import Gateway
from .paths import FULL, ROOT, SANITIZED, environment
from .process import wait_until
from .stand import Stand, running_stand

# Language and width: each of either once. The full run has every pair.
WAYS = [("zh", 1440), ("en", 390), *([("zh", 390), ("en", 1440)] if FULL else [])]
in_every_way = pytest.mark.parametrize("lang, width", WAYS)
names = count(1)  # each is given once, so that no two tests of a file name the same
READY_S = 60.0 if SANITIZED else 20.0


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    password: str


class Console:
    """Made by running_console(). The account `admin` is there. path: what a front has before all,
    and takes away again; here nginx does that itself."""

    def __init__(self, stand: Stand, path: str = ""):
        self.stand = stand
        socket = stand.sockets / "admind.sock"
        front = f"location {path}/ {{ rewrite ^{path}(/.*)$ $1 last; }}" if path else ""
        self.gateway: Gateway = stand.gateway(
            http=f"upstream mmx_console {{ server unix:{socket}; }}",
            server=f"include @ROOT@/conf/mmx_console.conf; {front}",
            allow=(r"\[crit\].*connect\(\) to unix:",))
        url = self.gateway.url + path
        known = {"MMX_PUBLIC_URL": url} if path else {}
        self.daemon = Daemon(stand.folder / "admind", socket, stand.admin, stand.watch,
                             {"MMX_UPSTREAM": f"http://{stand.upstream.address}"} | known)
        self.start()
        self.admin = self.account("admin", "admin")
        self.browser = Browser(stand.folder, url)

    def account(self, name: str, role: str) -> Account:
        """Makes an account by the command line."""
        password = self.stand.watch.add(f"password of {name}", secrets.token_urlsafe(18))
        self.stand.admin.run("user", "add", name, "--role", role, stdin=password,
                             env={"MMX_PASSWORD_COST": "14"})
        return Account(name, password)

    def start(self) -> None:
        """Starts the daemon and waits until it answers through nginx."""
        self.daemon.start()
        wait_until(lambda: self.get("/api/v1/health").status == 200, READY_S, "the daemon answers")

    def stop(self) -> None:
        self.daemon.kill()

    def get(self, path: str, **headers: str) -> Response:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n"
                        for name, value in headers.items())
        head = f"GET {path} HTTP/1.1\r\nHost: console.test\r\n{lines}\r\n"
        return exchange(Request(self.gateway.address, head.encode()), 15)

    def play(self, flow: str, **options: object) -> object:
        """As Browser.play; accounts are handed on as they are. What failed in flows before does
        not hold this one up."""
        attempts = self.stand.redis.command("KEYS", "mmx:login:*")
        if attempts:
            self.stand.redis.command("DEL", *attempts)
        return self.browser.play(flow, **plain(options))

    def shown_key(self, text: str, key_id: str) -> Key:
        """Puts a key that a page showed under watch."""
        return self.stand.admin.known(key_id, text)

    def close(self) -> None:
        self.browser.close()
        self.daemon.kill()


def plain(options: dict[str, object]) -> dict[str, object]:
    return {name: asdict(value) if isinstance(value, Account) else value
            for name, value in options.items()}


@contextmanager
def running_console(folder: Path, path: str = "") -> Iterator[Console]:
    """For a fixture of module scope."""
    with running_stand(folder) as stand:
        console = Console(stand, path)
        try:
            yield console
        finally:
            console.close()


def run_node(folder: Path, script: str, env: dict[str, str]) -> str:
    """What a script, found beside the packages of t/sdk, printed."""
    done = subprocess.run(["node", "--input-type=module", "-"], input=script, cwd=folder, env=env,
                          text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_openai(console: Console, key: Key) -> dict:
    """A call of the openai package, unchanged but for base URL and key: t/sdk/call.mjs."""
    env = environment(console.stand.folder) | {
        "MMX_BASE_URL": f"{console.gateway.url}/mini/v1", "MMX_KEY": key.key}
    done = subprocess.run(["node", ROOT / "t" / "sdk" / "call.mjs", "openai", "chat"], env=env,
                          text=True, capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)
