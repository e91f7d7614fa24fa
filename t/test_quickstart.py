"""conf/quickstart.sh does what the first page of the README says, and cleans up after itself."""

import contextlib
import http.client
import os
import re
import shlex
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.paths import ADMIND, BUILD, ROOT
from harness.process import free_port, release_ports

QUICKSTART = ROOT / "conf" / "quickstart.sh"
SECONDS_MAX = 170
SECRET_FILES = {"secret", "first-key", "demo-master"}


class Quickstart:
    """Runs of the script on one state folder and two ports."""

    def __init__(self, state: Path):
        self.state = state
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
        return done.stdout

    def admind(self, *arguments: str) -> str:
        return subprocess.run([ADMIND, "--config", self.state / "admind.json", *arguments],
                              check=True, capture_output=True, text=True, timeout=20).stdout

    def listening(self) -> list[bool]:
        return [takes_connections(port) for port in (self.port, self.upstream_port)]

    def processes(self) -> list[str]:
        """Command lines of the living that name this state folder or a folder of its sockets."""
        runs = [str(self.state), *re.findall(r"/run/mmx-quickstart-\d+", self.config())]
        return [line for line in command_lines() if any(run in line for run in runs)]

    def config(self) -> str:
        path = self.state / "nginx.conf"
        return path.read_text() if path.exists() else ""


def takes_connections(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def command_lines() -> Iterator[str]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                yield (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()


@pytest.fixture
def quickstart() -> Iterator[Quickstart]:
    with tempfile.TemporaryDirectory(prefix="mmx-q-") as folder:
        runs = Quickstart(Path(folder) / "state")
        yield runs
        if runs.state.exists():
            runs.run("--stop")
        assert not runs.processes()
    release_ports()


def printed_call(output: str) -> list[str]:
    line = next(line for line in output.splitlines() if line.startswith("  curl "))
    return shlex.split(line)


def test_demo_ends_with_an_answered_call_that_can_be_repeated(quickstart: Quickstart) -> None:
    output = quickstart.run("--demo")
    assert '"choices"' in output and f"http://127.0.0.1:{quickstart.port}/mini/" in output
    again = subprocess.run(printed_call(output), capture_output=True, text=True, timeout=30,
                           check=True).stdout
    assert '"choices"' in again
    assert re.search(r"\b2\b", quickstart.admind("usage"))
    assert quickstart.listening() == [True, True]

    stopped = quickstart.run("--stop")
    assert all(name in stopped for name in ("nginx", "upstream", "redis"))
    assert quickstart.listening() == [False, False] and not quickstart.processes()
    assert "nothing" in quickstart.run("--stop")


def test_a_second_run_starts_anew_and_keeps_keys_and_counts(quickstart: Quickstart) -> None:
    quickstart.run("--demo")
    key = (quickstart.state / "first-key").read_text()
    before = quickstart.processes()
    output = quickstart.run("--demo")
    assert "running" in output
    assert (quickstart.state / "first-key").read_text() == key
    assert len(quickstart.processes()) == len(before)
    assert re.search(r"\b2\b", quickstart.admind("usage"))


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


def test_the_real_host_needs_a_master_key(quickstart: Quickstart) -> None:
    output = quickstart.run(check=False)
    assert "MINIMAX_API_KEY" in output and not quickstart.processes()


def test_a_master_key_from_the_environment_is_set_and_not_shown(quickstart: Quickstart) -> None:
    master = "sk-api-of-the-operator-0123456789"
    output = quickstart.run("--host", "127.0.0.1", MINIMAX_API_KEY=master)
    assert '"configured":true' in quickstart.admind("master", "show", "--json")
    seen = [output, quickstart.config(), *command_lines()]
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
