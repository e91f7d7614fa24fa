"""The stand-in for MiniMax (t/upstream) and its ledger, which is the ground truth of the tests."""

import hashlib
import http.client
import json
import re
from pathlib import Path
from urllib.parse import parse_qs

from .paths import UPSTREAM, environment
from .process import Process, wait_until

PROBE_PATH = "/__probe"  # what the harness itself asks for; not part of any count


class Upstream:
    """Started by the constructor. options: further options of mmx-upstream."""

    def __init__(self, folder: Path, *options: str):
        folder.mkdir(parents=True)
        assert UPSTREAM.exists(), f"{UPSTREAM} is not built"
        self.folder = folder
        self.ledger_path = folder / "ledger.jsonl"
        self._process = Process(
            [UPSTREAM, "--listen", "127.0.0.1:0", "--ledger", self.ledger_path, *options],
            folder / "upstream.log", environment(folder))
        self.port = int(wait_until(self._announced_port, 10, "the upstream listens"))

    def _announced_port(self) -> str:
        text = self._process.text()
        assert self._process.alive(), f"mmx-upstream ended:\n{text}"
        found = re.search(r"^listening on \S+:(\d+)$", text, re.MULTILINE)
        return found.group(1) if found else ""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def control(self, method: str, path: str, body: str = "") -> object:
        """A call of the control paths, `/__stub/…`; the answer, parsed where it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body=body.encode())
            response = connection.getresponse()
            text = response.read().decode()
            assert response.status < 300, f"{path}: {response.status} {text}"
        finally:
            connection.close()
        return json.loads(text) if text.startswith(("{", "[")) else text

    def default(self, switches: str) -> None:
        """What requests without an x-stub header get from now on; empty: plain answers."""
        self.control("POST", "/__stub/default", switches)

    def events(self) -> list[dict]:
        """All lines of the ledger but the harness' own probes."""
        if not self.ledger_path.exists():
            return []
        whole_lines = self.ledger_path.read_text().rpartition("\n")[0].splitlines()
        return [event for event in map(json.loads, whole_lines)
                if not event.get("path", "").startswith((PROBE_PATH, "/__stub"))]

    def received(self, **query: object) -> list[dict]:
        """The requests that arrived; query: only those with these query arguments."""
        wanted = {name: [str(value)] for name, value in query.items()}
        return [event for event in self.events() if event["event"] == "received"
                and wanted.items() <= parse_qs(event.get("query", "")).items()]

    def received_by(self, name: str) -> dict[str, int]:
        """How many requests arrived for each value of a query argument."""
        counts: dict[str, int] = {}
        for event in self.received():
            for value in parse_qs(event.get("query", "")).get(name, []):
                counts[value] = counts.get(value, 0) + 1
        return counts

    def kill(self) -> None:
        self._process.kill()


def fingerprint(secret: str) -> str:
    """How the ledger names a key."""
    return hashlib.sha256(secret.encode()).hexdigest()
