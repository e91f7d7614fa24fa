"""Child processes, free ports and waiting: nothing here outlives the test or waits without end."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PORT_FIRST, PORT_LAST = 20000, 32000  # below Linux' ephemeral range, so no client takes one
_reservations: dict[int, socket.socket] = {}


def wait_until(condition: Callable[[], object], timeout: float = 10.0, what: str = "") -> object:
    """Polls until condition() is true and returns its value; fails the test after timeout."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what or condition}")
        time.sleep(0.01)


def free_port() -> int:
    """A port of 127.0.0.1 that no other run of the tests on this machine takes meanwhile.

    The reservation is an abstract unix socket named for the port: it dies with this process.
    """
    start = PORT_FIRST + os.getpid() * 97 % (PORT_LAST - PORT_FIRST)
    for step in range(PORT_LAST - PORT_FIRST):
        port = PORT_FIRST + (start - PORT_FIRST + step) % (PORT_LAST - PORT_FIRST)
        if port in _reservations:
            continue
        guard = socket.socket(socket.AF_UNIX)
        with contextlib.closing(socket.socket()) as probe:
            try:
                guard.bind(f"\0mmx-test-port-{port}")
                probe.bind(("127.0.0.1", port))
            except OSError:
                guard.close()
                continue
        _reservations[port] = guard
        return port
    raise RuntimeError("no free port")


def release_ports() -> None:
    """Gives back what free_port() reserved; the servers are gone by then."""
    for guard in _reservations.values():
        guard.close()
    _reservations.clear()


class Process:
    """A child in its own process group, its output in a file."""

    def __init__(self, argv: Sequence[object], output: Path, env: Mapping[str, str],
                 cwd: Path | None = None):
        self.output = output
        with output.open("ab") as sink:
            self.popen = subprocess.Popen(
                [str(part) for part in argv], stdin=subprocess.DEVNULL, stdout=sink,
                stderr=subprocess.STDOUT, start_new_session=True, env=dict(env), cwd=cwd)

    @property
    def pid(self) -> int:
        return self.popen.pid

    def alive(self) -> bool:
        return self.popen.poll() is None

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout: float = 10.0) -> int:
        return self.popen.wait(timeout)

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def kill(self) -> None:
        """The whole group, so that workers go with their master. Safe to repeat."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait(10)


def group_members(group: int) -> list[int]:
    """The living processes of a process group."""
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(after_name[2]) == group and after_name[0] != "Z":
                    members.append(int(entry.name))
    return members
