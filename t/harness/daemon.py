"""mmx-admind serve, real, on a unix socket of its own; and what a browser or a script does with
it."""

import http.client
import json
import socket
from http.cookies import SimpleCookie
from pathlib import Path

from . import contract
from .admin import Admin
from .paths import ADMIND, environment
from .process import Process, wait_until
from .secret_watch import SecretWatch

API = "/api/v1"
ANSWER_SECONDS_MAX = 60.0


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float = ANSWER_SECONDS_MAX):
        super().__init__("console.test", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Answer:
    """status, headers (names in lower case, the last of each) and body."""

    def __init__(self, response: http.client.HTTPResponse):
        self.body = response.read()
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.cookies = [value for name, value in response.getheaders()
                        if name.lower() == "set-cookie"]

    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The error's code, or nothing."""
        return self.json()["error"]["code"] if self.status >= 400 else ""


class Daemon:
    """The daemon on admin's Redis and secret. env: further settings, MMX_SESSION_HOURS="1"."""

    def __init__(self, folder: Path, socket_path: Path, admin: Admin, watch: SecretWatch,
                 env: dict[str, str]):
        folder.mkdir()
        self.socket = str(socket_path)
        self.log = folder / "admind.log"
        self.watch = watch
        self.setup_token_file = socket_path.parent / "setup-token"
        self._env = environment(folder) | admin.env | {"MMX_PASSWORD_COST": "14"} | env
        self._process: Process | None = None
        self.answered: set[tuple[str, str, int]] = set()  # method, path, status

    def start(self) -> "Daemon":
        self._process = Process([ADMIND, "serve", "--listen", f"unix:{self.socket}"], self.log,
                                self._env)
        wait_until(self._listens, 20, "the daemon listens")
        return self

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.alive(), self.log.read_text()
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.socket) == 0

    @property
    def process(self) -> Process:
        assert self._process is not None
        return self._process

    def kill(self) -> None:
        """Safe to repeat."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def ask(self, method: str, path: str, body: object = None, *,
            headers: dict[str, str] | None = None, timeout: float = ANSWER_SECONDS_MAX) -> Answer:
        """One request below /api/v1, as nginx would pass it on. body: bytes, or what becomes
        JSON. headers: one that is empty is not sent. The answer must be as described."""
        sent = {"Connection": "close", "X-Real-IP": "192.0.2.1"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = UnixConnection(self.socket, timeout)
        try:
            connection.request(method, API + path, data, {
                name: value for name, value in (sent | (headers or {})).items() if value != ""})
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        wrong = contract.faults(method, path, answer.status, answer.headers, answer.body)
        assert not wrong, wrong
        self.answered.add((method, path, answer.status))
        return answer

    def page(self, path: str, **headers: str) -> Answer:
        """A GET outside the API. headers: `Accept_Encoding="br"`."""
        connection = UnixConnection(self.socket)
        try:
            connection.request("GET", path, headers={
                name.replace("_", "-"): value for name, value in headers.items()})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def browser(self, address: str = "192.0.2.1") -> "Browser":
        return Browser(self, address)


class Browser:
    """A page of the console: keeps the cookie, shows the CSRF token, says where it comes from."""

    def __init__(self, daemon: Daemon, address: str):
        self.daemon = daemon
        self.address = address
        self.cookie = ""  # the session's id
        self.csrf_token = ""

    def ask(self, method: str, path: str, body: object = None, *,
            headers: dict[str, str] | None = None, timeout: float = ANSWER_SECONDS_MAX) -> Answer:
        """headers: replace the browser's own; one that is empty is not sent."""
        sent = {"X-Real-IP": self.address, "Sec-Fetch-Site": "same-origin",
                "Cookie": f"mmx_session={self.cookie}" if self.cookie else "",
                "X-CSRF-Token": self.csrf_token, "Content-Type": "application/json"}
        if body is None and method in ("GET", "HEAD"):
            del sent["Content-Type"]
        sent |= headers or {}
        answer = self.daemon.ask(method, path, body, timeout=timeout, headers=sent)
        for text in answer.cookies:
            for name, morsel in SimpleCookie(text).items():
                assert name == "mmx_session"
                self.cookie = morsel.value
        return answer

    def log_in(self, name: str, password: str) -> Answer:
        answer = self.ask("POST", "/session", {"name": name, "password": password})
        if answer.status == 200:
            self._take(answer)
        return answer

    def set_up(self, token: str, name: str, password: str) -> Answer:
        answer = self.ask("POST", "/setup", {"token": token, "name": name, "password": password})
        if answer.status == 201:
            self._take(answer)
        return answer

    def _take(self, answer: Answer) -> None:
        self.csrf_token = answer.json()["session"]["csrf_token"]
        self.daemon.watch.add("session", self.cookie)
        self.daemon.watch.add("csrf token", self.csrf_token)
