"""The load: wrk, which asks as fast as it is answered, mmx-rate at a rate, and mmx-streams.

Each returns what its program printed, a dictionary that has `requests` and `wrong` at least.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from children import Children
from harness.paths import BUILD
from rig import Rig
from store import KeySet

HERE = Path(__file__).resolve().parent
RATE = 2000  # requests a second, of the runs that measure latency
TIMEOUT_S = 300  # beyond what a run is to last


@dataclass(frozen=True, slots=True)
class Client:
    """Asks the proxies of a rig. seed: which keys are drawn, and when requests arrive."""

    children: Children
    rig: Rig
    seed: int

    def saturate(self, proxy: str, keys: KeySet, connections: int, seconds: int,
                 fill: int = 0) -> dict:
        """fill: so many bytes more in each question."""
        url = f"http://127.0.0.1:{self.rig.proxy(proxy).port}{self.rig.path}"
        return self._run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s",
                          HERE / "keys.lua", url, "--", self.rig.store.file(keys.count),
                          keys.exponent, self.seed, fill], seconds)

    def arrive(self, proxy: str, keys: KeySet, connections: int, seconds: int) -> dict:
        result = self._ours("mmx-rate", proxy, keys, seconds,
                            ["--rate", RATE, "--connections", connections])
        return result | {"wrong": result["wrong"] + result["missing"],
                         "microseconds": seconds * 1_000_000}

    def stream(self, proxy: str, keys: KeySet, streams: int, seconds: int) -> dict:
        result = self._ours("mmx-streams", proxy, keys, seconds, ["--streams", streams])
        return result | {"wrong": result["wrong"] + result["missing"]}

    def _ours(self, program: str, proxy: str, keys: KeySet, seconds: int,
              options: list[object]) -> dict:
        return self._run([BUILD / program, "--port", self.rig.proxy(proxy).port,
                          "--path", self.rig.path, "--keys", self.rig.store.file(keys.count),
                          "--exponent", keys.exponent, "--seed", self.seed,
                          "--seconds", seconds, *options], seconds)

    def _run(self, command: list[object], seconds: int) -> dict:
        """The last line that it prints is its result."""
        return json.loads(self.children.run(command, seconds + TIMEOUT_S).strip().split("\n")[-1])
