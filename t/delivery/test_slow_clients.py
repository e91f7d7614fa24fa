"""Clients that dribble a head, a body or an answer (slowhttptest), hundreds at once, at the gateway
and at the console behind it: others are answered as before, nobody restarts, nothing grows."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness.client import Request, exchange
from harness.daemon import Daemon
from harness.gateway import Gateway
from harness.process import Process, wait_until

CONNECTIONS, SECONDS = 600, 25
PROMPT_S = 2.0  # an answer to somebody else
GROWTH_KIB = 32 * 1024  # of all of them together: nginx' buffers of as many connections
HOW = {
    "heads": ["-H", "-i", "5", "-x", "24"],
    "bodies": ["-B", "-i", "5", "-s", "4000", "-x", "10"],
    "ranges": ["-R", "-a", "10", "-b", "3000"],
    "answers": ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "8", "-k", "3"],
}


@pytest.fixture
def front(gateway: Callable[..., Gateway], daemon: Daemon) -> Gateway:
    """A gateway with the console beside it, as an operator includes it."""
    return gateway(http=f"upstream mmx_console {{ server unix:{daemon.socket}; }}",
                   server="include @ROOT@/conf/mmx_console.conf;")


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


def processes(daemon: Daemon, front: Gateway) -> dict[int, int]:
    """Resident KiB of the daemon and of each worker, by process."""
    pids = [daemon.process.pid, *front.workers()]
    return {pid: resident_kib(pid) for pid in pids}


@contextmanager
def slow_clients(how: str, url: str, folder: Path) -> Iterator[Process]:
    argv = ["slowhttptest", *HOW[how], "-c", CONNECTIONS, "-r", "200", "-l", SECONDS, "-p", "5",
            "-u", url]
    attack = Process(argv, folder / "slowhttptest.log", {"PATH": "/usr/bin:/bin", "TERM": "dumb"})
    try:
        yield attack
    finally:
        attack.kill()


def seconds_of(front: Gateway, path: str) -> float:
    begun = time.monotonic()
    head = f"GET {path} HTTP/1.1\r\nHost: console.test\r\n\r\n"
    answer = exchange(Request(front.address, head.encode()), 15)
    assert answer.status in (200, 401), answer.status
    return time.monotonic() - begun


@pytest.mark.full
@pytest.mark.parametrize("path", ["/mini/v1/models", "/console/", "/api/v1/session"])
@pytest.mark.parametrize("how", HOW)
def test_slow_clients_slow_nobody_else(
        how: str, path: str, daemon: Daemon, front: Gateway, tmp_path: Path) -> None:
    seconds_of(front, "/console/")
    before = processes(daemon, front)
    slowest = 0.0
    with slow_clients(how, front.url + path, tmp_path) as attack:
        while attack.alive():
            for other in ("/mini/v1/models", "/console/", "/api/v1/health"):
                slowest = max(slowest, seconds_of(front, other))
            time.sleep(0.2)
        assert "slow HTTP test status" in attack.text()
    assert slowest < PROMPT_S
    wait_until(lambda: seconds_of(front, "/api/v1/health") < PROMPT_S, 20, "all is as before")
    after = processes(daemon, front)
    assert after.keys() == before.keys(), "somebody restarted"
    assert sum(after.values()) - sum(before.values()) < GROWTH_KIB, (before, after)
