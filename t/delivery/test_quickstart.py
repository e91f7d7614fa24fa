"""conf/quickstart.sh does what the first page of the README says, and cleans up after itself."""

import contextlib
import http.client
import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.dns import Dns
from harness.paths import ADMIND, BUILD, ROOT
from harness.process import free_port, release_ports, wait_until
from harness.shipped import MINIMAX, put
from harness.tls_front import TlsFront, trusting
from harness.upstream import Upstream

QUICKSTART = ROOT / "conf" / "quickstart.sh"
SECONDS_MAX = 170
WORKERS = 2  # worker_processes of conf/quickstart.conf.in
CHAT = {"model": "MiniMax-M2", "messages": [{"role": "user", "content": "hi"}]}
SECRET_FILES = {"secret", "first-key", "demo-master", "setup-token"}
PASSWORD = "correct horse battery staple"


class Quickstart:
    """Runs of the script on one state folder and two ports."""

    def __init__(self, state: Path):
        self.state = state
        self.said = ""
        self.port, self.upstream_port = free_port(), free_port()

    def run(self, *arguments: str, check: bool = True, **variables: str) -> str:
        """What it printed, on either stream."""
        env = {name: value for name, value in os.environ.items() if name != "MINIMAX_API_KEY"}
        done = subprocess.run(
            [QUICKSTART, "--state", self.state, "--build", BUILD, "--port", str(self.port),
             "--upstream-port", str(self.upstream_port), *arguments], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=SECONDS_MAX, env=env | variables, check=False)
        assert (done.returncode == 0) == check, done.stdout
        self.said += done.stdout
        return done.stdout

    def admind(self, *arguments: str) -> str:
        return subprocess.run([ADMIND, "--config", self.state / "admind.json", *arguments],
                              check=True, capture_output=True, text=True, timeout=20).stdout

    def await_counted(self, requests: int) -> None:
        """Until so many stand in the totals, which the gateway writes once a second."""
        wait_until(lambda: json.loads(self.admind("usage", "--json"))["total"]["requests"]
                   == requests, 20, f"{requests} requests are counted")

    def send_to(self, front: TlsFront, dns: Dns) -> None:
        """Changes those addresses in the files that the script wrote, and has nginx read them."""
        proxy = f'"{ROOT}/conf/mmx_proxy.conf"'
        for path, places in (
                (self.state / "mmx_upstream.conf", [(f"{MINIMAX}:443", f"{MINIMAX}:{front.port}")]),
                (self.state / "nginx.conf", [(proxy, f'"{trusting(front.authority)}"')])):
            path.write_text(put(path.read_text(), *places))
        text = self.config()
        (self.state / "nginx.conf").write_text(
            re.sub(r"resolver [^;]* ipv6=off;", f"resolver {dns.resolver} ipv6=off;", text))
        master = re.search(r"nginx \(process (\d+)\)", self.said)[1]
        os.kill(int(master), signal.SIGHUP)

    def listening(self) -> list[bool]:
        return [takes_connections(port) for port in (self.port, self.upstream_port)]

    def processes(self) -> list[str]:
        """Command lines of the living that name this state folder or a folder of its sockets."""
        return [line for _, line in self._own_processes()]

    def environments(self) -> list[str]:
        """The environment each of them was started with."""
        return [Path(f"/proc/{pid}/environ").read_bytes().decode("latin-1")
                for pid, _ in self._own_processes()]

    def _own_processes(self) -> list[tuple[int, str]]:
        runs = [str(self.state), *re.findall(r"/run/mmx-quickstart-\d+", self.config())]
        return [(pid, line) for pid, line in living() if any(run in line for run in runs)]

    def config(self) -> str:
        path = self.state / "nginx.conf"
        return path.read_text() if path.exists() else ""


def takes_connections(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def living() -> Iterator[tuple[int, str]]:
    """Process ids and command lines."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                yield int(entry.name), line.decode()


def command_lines() -> list[str]:
    return [line for _, line in living()]


@pytest.fixture
def quickstart() -> Iterator[Quickstart]:
    with tempfile.TemporaryDirectory(prefix="mmx-q-") as folder:
        runs = Quickstart(Path(folder) / "state")
        yield runs
        if runs.state.exists():
            runs.run("--stop")
        assert not runs.processes()
    release_ports()


class Browser:
    """Talks to the console as its page does: a cookie, and a token on what changes something."""

    def __init__(self, port: int):
        self.port = port
        self.headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin",
                        "Origin": f"http://127.0.0.1:{port}"}

    def call(self, method: str, path: str, body: object = None,
             **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body),
                               self.headers | headers)
            response = connection.getresponse()
            if cookie := response.headers["Set-Cookie"]:
                self.headers["Cookie"] = cookie.split(";")[0]
            return response.status, response.read()

    def set_up(self, token: str) -> int:
        return self._begin("setup", {"token": token, "name": "admin", "password": PASSWORD})

    def log_in(self) -> int:
        return self._begin("session", {"name": "admin", "password": PASSWORD})

    def _begin(self, path: str, body: dict) -> int:
        status, answer = self.call("POST", f"/api/v1/{path}", body)
        if status < 300:
            self.headers["X-CSRF-Token"] = json.loads(answer)["session"]["csrf_token"]
        return status


def printed_tokens(output: str) -> list[str]:
    return re.findall(r"^ +([0-9a-f]{48})$", output, re.M)


def printed_token(output: str) -> str:
    token, = printed_tokens(output)
    return token


def printed_call(output: str) -> list[str]:
    line = next(line for line in output.splitlines() if line.startswith("  curl "))
    return shlex.split(line)


def test_demo_ends_with_an_answered_call_that_can_be_repeated(quickstart: Quickstart) -> None:
    output = quickstart.run("--demo")
    assert '"choices"' in output and f"http://127.0.0.1:{quickstart.port}/mini/" in output
    again = subprocess.run(printed_call(output), capture_output=True, text=True, timeout=30,
                           check=True).stdout
    assert '"choices"' in again
    quickstart.await_counted(2)
    assert quickstart.listening() == [True, True]

    stopped = quickstart.run("--stop")
    assert all(name in stopped for name in ("nginx", "admind", "upstream", "redis"))
    assert quickstart.listening() == [False, False] and not quickstart.processes()
    assert "nothing" in quickstart.run("--stop")


def test_a_process_that_has_died_is_no_news(tmp_path: Path) -> None:
    (tmp_path / "nginx.pid").write_text("4194305\n")  # above any that Linux gives
    done = subprocess.run(
        ["bash", "-c", f". {shlex.quote(str(ROOT))}/conf/processes.sh; stop_one nginx TERM"],
        env=os.environ | {"run": str(tmp_path), "state": str(tmp_path)}, capture_output=True,
        text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_calls_of_the_demo_share_connections(quickstart: Quickstart) -> None:
    output = quickstart.run("--demo")
    command = printed_call(output)
    for _ in range(20):
        subprocess.run(command, capture_output=True, timeout=30, check=True)
    stats = f"http://127.0.0.1:{quickstart.upstream_port}/__stub/stats"
    with urllib.request.urlopen(stats, timeout=10) as answer:
        made = json.load(answer)["connections"]
    assert made <= WORKERS + 2, "those of the gateway's workers, and this one"


def test_what_talks_to_minimax_keeps_its_connections(quickstart: Quickstart,
                                                     tmp_path: Path) -> None:
    """As it is written, but for MiniMax's address and whose certificates are trusted."""
    master = "sk-api-of-the-operator-0123456789"
    quickstart.run(MINIMAX_API_KEY=master)
    upstream = Upstream(tmp_path / "upstream")
    front = TlsFront(tmp_path / "front", MINIMAX, upstream.address, free_port())
    dns = Dns(MINIMAX, ["127.0.0.1"], ttl=60)
    try:
        quickstart.send_to(front, dns)
        made = json.loads(quickstart.admind("key", "create", "--user", "u", "--json"))
        key = made["keys"][0]["key"]
        browser = Browser(quickstart.port)

        def call(number: object) -> int:
            return browser.call("POST", "/mini/v1/chat/completions", CHAT, **{
                "Authorization": f"Bearer {key}", "X-Call": str(number)})[0]
        wait_until(lambda: call("-") == 200, 20, "it forwards")
        assert [call(number) for number in range(100)] == [200] * 100
        wait_until(lambda: len(front.calls()) == 100, 5, "each has its line")
        assert len(front.connections()) <= WORKERS
    finally:
        dns.close()
        front.kill()
        upstream.kill()


def test_a_second_run_starts_anew_and_keeps_keys_and_counts(quickstart: Quickstart) -> None:
    quickstart.run("--demo")
    key = (quickstart.state / "first-key").read_text()
    before = quickstart.processes()
    output = quickstart.run("--demo")
    assert "running" in output
    assert (quickstart.state / "first-key").read_text() == key
    assert len(quickstart.processes()) == len(before)
    quickstart.await_counted(2)


def test_the_printed_token_opens_a_console_that_makes_keys(quickstart: Quickstart) -> None:
    output = quickstart.run("--demo")
    assert f"http://127.0.0.1:{quickstart.port}/console/" in output
    browser = Browser(quickstart.port)
    status, page = browser.call("GET", "/console/")
    assert status == 200 and b"<!doctype html>" in page.lower()
    assert browser.set_up("0" * 48) == 401
    assert browser.set_up(printed_token(output)) == 201
    status, made = browser.call("POST", "/api/v1/keys", {"user": "alice", "day": 1})
    assert status == 201
    key = json.loads(made)["keys"][0]["key"]
    bearer = {"Authorization": f"Bearer {key}"}
    answers = [browser.call("POST", "/mini/v1/chat/completions", CHAT, **bearer) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 429]
    # The console asks the stand-in, not MiniMax, what it thinks of the master key.
    status, body = browser.call("POST", "/api/v1/master/test", {})
    assert status == 200 and json.loads(body)["test"]["ok"]


def holding(quickstart: Quickstart, text: str) -> list[str]:
    """The files of its state and its sockets' folder that hold the text, by their names."""
    folders = {quickstart.state, *map(Path, re.findall(r"/run/mmx-quickstart-\d+",
                                                       quickstart.config()))}
    return [path.name for folder in folders for path in folder.rglob("*")
            if path.is_file() and text.encode() in path.read_bytes()]


def test_the_token_makes_one_account_and_is_kept_nowhere(quickstart: Quickstart) -> None:
    first = printed_token(quickstart.run("--demo"))
    output = quickstart.run("--demo")
    token = printed_token(output)
    assert token != first and output.count(token) == 1
    assert holding(quickstart, token) == ["setup-token"] and not holding(quickstart, first)
    assert not [line for line in command_lines() if token in line]
    assert Browser(quickstart.port).set_up(first) == 401, "that of a start before"
    assert Browser(quickstart.port).set_up(token) == 201
    assert Browser(quickstart.port).set_up(token) == 401 and not holding(quickstart, token)
    assert not printed_tokens(quickstart.run("--demo"))
    assert Browser(quickstart.port).log_in() == 200


def test_a_script_makes_the_account_by_the_printed_line(quickstart: Quickstart) -> None:
    output = quickstart.run("--demo")
    token = printed_token(output)
    line = re.search(r"^  Without a browser: (.+)$", output, re.M)[1]
    subprocess.run(shlex.split(line), input=PASSWORD, text=True, capture_output=True, check=True,
                   timeout=30)
    assert Browser(quickstart.port).log_in() == 200
    wait_until(lambda: Browser(quickstart.port).set_up(token) == 401, 20, "the token is void")


def test_no_secret_is_printed_logged_or_readable_by_others(quickstart: Quickstart) -> None:
    output = quickstart.run("--demo")
    key = (quickstart.state / "first-key").read_text().split()[-1]
    master = (quickstart.state / "demo-master").read_text()
    assert key.startswith("mmx-") and len(master) > 20
    everything = [output, *command_lines()]
    for path in quickstart.state.rglob("*"):
        if path.is_file() and path.name in SECRET_FILES:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        elif path.is_file():
            everything.append(path.read_bytes().decode("latin-1"))
    assert not [text[:200] for text in everything if key in text or master in text]


@pytest.mark.parametrize("option", ["--port", "--upstream-port"])
def test_a_port_in_use_is_named_with_its_option(quickstart: Quickstart, option: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        output = quickstart.run("--demo", option, str(port), check=False)
    assert f"port {port}" in output and f"{option} N" in output
    assert not quickstart.processes()


def test_without_a_master_key_it_starts_and_says_where_to_set_one(quickstart: Quickstart) -> None:
    output = quickstart.run("--host", "127.0.0.1")
    assert "No master key is set" in output and "console" in output
    browser = Browser(quickstart.port)
    assert browser.set_up(printed_token(output)) == 201
    status, body = browser.call("GET", "/api/v1/master")
    assert status == 200 and json.loads(body)["master"]["configured"] is False
    # Once it is set there, the next start asks for none.
    assert quickstart.admind("user", "list", "--json").count('"role":"admin"') == 1
    browser.call("PUT", "/api/v1/master", {"key": "sk-api-of-the-operator-0123456789",
                                           "password": PASSWORD})
    assert "No master key" not in quickstart.run("--host", "127.0.0.1")


def test_a_master_key_from_the_environment_is_set_and_not_shown(quickstart: Quickstart) -> None:
    master = "sk-api-of-the-operator-0123456789"
    output = quickstart.run("--host", "127.0.0.1", MINIMAX_API_KEY=master)
    assert '"configured":true' in quickstart.admind("master", "show", "--json")
    seen = [output, quickstart.config(), *command_lines(), *quickstart.environments()]
    assert not any(master in text for text in seen)
    connection = http.client.HTTPConnection("127.0.0.1", quickstart.port, timeout=10)
    connection.request("GET", "/mini/v1/models")
    assert connection.getresponse().status == 401
    # A real state is not for demonstrations.
    assert "not a demo one" in quickstart.run("--demo", check=False)


@pytest.mark.parametrize("arguments, complaint", [
    (["--port", "eighty"], "--port takes a port"),
    (["--port", "70000"], "--port takes a port"),
    (["--port"], "--port needs a value"),
    (["--host", "a b"], "--host takes a host name"),
    (["--frobnicate"], "unknown option --frobnicate"),
])
def test_wrong_options_are_explained(quickstart: Quickstart, arguments: list[str],
                                     complaint: str) -> None:
    assert complaint in quickstart.run(*arguments, check=False)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_option_is_in_the_readme(quickstart: Quickstart, readme: str) -> None:
    options = set(re.findall(r"^  (--[a-z-]+)", quickstart.run("--help"), re.M)) - {"--help"}
    assert {"--demo", "--stop", "--port", "--state"} <= options
    text = (ROOT / readme).read_text()
    assert not {option for option in options if option not in text}
