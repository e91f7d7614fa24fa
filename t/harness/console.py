"""The console as it is shipped: the real daemon behind the real nginx, with a gateway beside it."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from .admin import Key
from .browser import Browser
from .client import Request, Response, exchange
from .gateway import Gateway
from .paths import ADMIND, SANITIZED
from .process import Process, wait_until
from .stand import Stand, running_stand

PASSWORD_COST = 14  # of scrypt; the least that the daemon takes, so that logins are quick
READY_S = 60.0 if SANITIZED else 20.0


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    password: str


class Console:
    """Made by running_console(). The account `admin` is there."""

    def __init__(self, stand: Stand):
        self.stand = stand
        self.socket = stand.sockets / "admind.sock"
        self.env = stand.admin.env | {
            "MMX_LISTEN": f"unix:{self.socket}", "MMX_PASSWORD_COST": str(PASSWORD_COST),
            "MMX_UPSTREAM": f"http://{stand.upstream.address}",
            "MMX_SETUP_TOKEN_FILE": str(stand.watch.private / "setup-token")}
        self.gateway: Gateway = stand.gateway(
            http=f"upstream mmx_console {{ server unix:{self.socket}; }}",
            server="include @ROOT@/conf/mmx_console.conf;",
            allow=(r"\[crit\].*connect\(\) to unix:",))
        self.start()
        self.admin = self.account("admin", "admin")
        self.browser = Browser(stand.folder, self.gateway.url)

    def account(self, name: str, role: str) -> Account:
        """Makes an account by the command line."""
        password = self.stand.watch.add(f"password of {name}", secrets.token_urlsafe(18))
        self.stand.admin.run("user", "add", name, "--role", role, stdin=password,
                             env={"MMX_PASSWORD_COST": str(PASSWORD_COST)})
        return Account(name, password)

    def start(self) -> None:
        """Starts the daemon and waits until it answers through nginx."""
        self.daemon = Process([ADMIND, "serve"], self.stand.folder / "admind.log", self.env)
        wait_until(lambda: self.get("/api/v1/health").status == 200, READY_S, "the daemon answers")

    def stop(self) -> None:
        self.daemon.kill()

    def get(self, path: str, **headers: str) -> Response:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n"
                        for name, value in headers.items())
        head = f"GET {path} HTTP/1.1\r\nHost: console.test\r\n{lines}\r\n"
        return exchange(Request(self.gateway.address, head.encode()), 15)

    def play(self, flow: str, **options: object) -> object:
        """As Browser.play; accounts are handed on as they are."""
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
def running_console(folder: Path) -> Iterator[Console]:
    """For a fixture of module scope."""
    with running_stand(folder) as stand:
        console = Console(stand)
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
