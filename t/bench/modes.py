"""What is measured: for each mode what one round of it does, by key set, bare and gateway.

Each round begins with another key set and with the other proxy, and a gateway is only ever compared
with the bare proxy of its own round and keys: a machine that is slower this minute is slower for
both, and a client that chooses among more keys has more to do before either.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from clients import Client
from rig import PROXIES, Rig
from store import KeySet

CONNECTIONS = 64
CALM_CONNECTIONS = 8  # where CPU time is compared: nobody waits in a long queue
LADDER = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)  # connections
BOUNDS_MS = (1, 5, 10)  # of p99 on the ladder
CALM_STREAMS = 100  # where times are compared
FIRST_STREAMS = 256  # of the search for most
BODY_BYTES = 120 << 10
BODY_KEYS = 64  # at most: wrk keeps a question for each key
Result = dict[str, float]


@dataclass(frozen=True, slots=True)
class Length:
    """Of the parts of a round."""

    seconds: int  # a run
    body_seconds: int
    streams_max: int

    @property
    def step(self) -> int:
        """Of a ladder, in seconds."""
        return max(1, self.seconds // 4)


def run(rig: Rig, proxy: str, load: Callable[[], dict], slack: int = 0,
        may_fail: bool = False) -> Result:
    """One load on one proxy, with its answers and what Redis counted checked.

    slack: so many requests may have been answered beyond those reported.
    """
    rig.cut_logs()
    connections, commits = rig.connections(), rig.commits()
    before = rig.cpu(proxy)
    result = load()
    cpu = rig.cpu(proxy) - before
    connections, commits = rig.connections() - connections - 1, rig.commits() - commits
    requests = result["requests"]
    if not may_fail and (result["wrong"] or not requests):
        raise SystemExit(f"{proxy}: {result['wrong']} of {requests} answers were not right")
    if proxy == "gateway":
        rig.ledger.sent(requests - result["wrong"], max(requests, result.get("begun", 0)) + slack)
        rig.ledger.check()
    asked = max(requests, 1)
    return result | {
        "nginx_us": cpu.nginx / asked / 1000, "redis_us": cpu.redis / asked / 1000,
        "upstream_us": cpu.upstream / asked / 1000,
        "client_us": result.get("client_ns", 0) / asked / 1000,
        "connections": connections, "commits": commits if proxy == "gateway" else 0,
        "per_second": asked / result["microseconds"] * 1e6 if "microseconds" in result else 0.0}


def saturated(client: Client, proxy: str, keys: KeySet, connections: int, seconds: int,
              may_fail: bool = False) -> Result:
    return run(client.rig, proxy,
               lambda: client.saturate(proxy, keys, connections, seconds), connections, may_fail)


def saturation(client: Client, proxy: str, keys: KeySet, length: Length) -> Result:
    return saturated(client, proxy, keys, CONNECTIONS, length.seconds)


def cpu(client: Client, proxy: str, keys: KeySet, length: Length) -> Result:
    return saturated(client, proxy, keys, CALM_CONNECTIONS, length.seconds)


def rate(client: Client, proxy: str, keys: KeySet, length: Length) -> Result:
    return run(client.rig, proxy,
               lambda: client.arrive(proxy, keys, CONNECTIONS, length.seconds))


def ladder(client: Client, proxy: str, keys: KeySet, length: Length) -> Result:
    """For each bound the best rate of a step that keeps it and fails nobody. The ladder ends where
    two steps one after the other have kept none."""
    best = {f"under_{bound}_ms": 0.0 for bound in BOUNDS_MS}
    beyond = 0
    for connections in LADDER:
        step = saturated(client, proxy, keys, connections, length.step, may_fail=True)
        for bound in BOUNDS_MS:
            if not step["wrong"] and step["p99_us"] < bound * 1000:
                name = f"under_{bound}_ms"
                best[name] = max(best[name], step["per_second"])
        beyond = beyond + 1 if step["wrong"] or step["p99_us"] >= BOUNDS_MS[-1] * 1000 else 0
        if beyond == 2:
            break
    return best


def streamed(client: Client, proxy: str, keys: KeySet, count: int, seconds: int,
             may_fail: bool = False) -> Result:
    return run(client.rig, proxy, lambda: client.stream(proxy, keys, count, seconds),
               may_fail=may_fail)


def streams(client: Client, proxy: str, keys: KeySet, length: Length) -> Result:
    calm = streamed(client, proxy, keys, min(CALM_STREAMS, length.streams_max), length.seconds)

    def holds(count: int) -> bool:
        """One stall may be the machine's; who stalls again does not hold."""
        tries = (streamed(client, proxy, keys, count, max(2, length.seconds // 2), may_fail=True)
                 for _ in range(2))
        return any(not result["stalls"] and not result["wrong"] for result in tries)

    return calm | {"most": most(holds, min(FIRST_STREAMS, length.streams_max),
                                length.streams_max)}


def most(holds: Callable[[int], bool], first: int, limit: int) -> int:
    """The most that hold, within an eighth: doubled until they do not, then halved in between."""
    good, bad = 0, first
    while holds(bad):
        good, bad = bad, min(2 * bad, limit)
        if good == limit:
            return limit
    while bad - good > max(1, good // 8, first // 8):
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good


def resident(pid: int, field: str) -> int:
    """Bytes of a process' memory: `VmRSS`, or `VmHWM`, the most so far."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split(f"{field}:")[1].split()[0]) * 1024


def memory(client: Client, keys: KeySet, length: Length) -> dict[str, Result]:
    """Of both proxies at once, just started: what they hold is no matter of who is faster."""
    rig = client.rig
    rig.renew()
    workers = {name: rig.proxy(name).worker for name in PROXIES}
    figures = {name: {"idle": resident(pid, "VmRSS")} for name, pid in workers.items()}
    redis = {"redis_idle": rig.store.memory()}
    _both(client, keys, length.seconds, 0)
    redis["redis_loaded"] = rig.store.memory()
    for name, pid in workers.items():
        figures[name]["loaded"] = resident(pid, "VmHWM")
    _both(client, KeySet(str(min(keys.count, BODY_KEYS))), length.body_seconds, BODY_BYTES)
    for name, pid in workers.items():
        figures[name] |= {"peak": resident(pid, "VmHWM"), "after": resident(pid, "VmRSS")}
    return {name: result | redis for name, result in figures.items()}


def _both(client: Client, keys: KeySet, seconds: int, fill: int) -> None:
    client.rig.cut_logs()
    with ThreadPoolExecutor() as pool:
        loads = {name: pool.submit(client.saturate, name, keys, CONNECTIONS, seconds, fill)
                 for name in PROXIES}
    for name, load in loads.items():
        result = load.result()
        if result["wrong"] or not result["requests"]:
            raise SystemExit(f"{name}: {result['wrong']} of {result['requests']} were not right")
        if name == "gateway":
            client.rig.ledger.sent(result["requests"], result["requests"] + CONNECTIONS)
    client.rig.ledger.check()


Alone = Callable[[Client, str, KeySet, Length], Result]


def one_after_another(mode: Alone) -> Callable[[Client, KeySet, Length], dict[str, Result]]:
    def both(client: Client, keys: KeySet, length: Length) -> dict[str, Result]:
        order = PROXIES if client.seed % 2 else PROXIES[::-1]
        return {proxy: mode(client, proxy, keys, length) for proxy in order}

    return both


@dataclass(frozen=True, slots=True)
class Mode:
    """both: one measurement of both proxies. keys: the sets unless others are asked for."""

    what: str
    both: Callable[[Client, KeySet, Length], dict[str, Result]]
    keys: tuple[str, ...]


ALL_KEYS = ("1", "64", "1000", "100000", "100000z")
MODES = {
    "saturation": Mode("as many requests as are answered, 64 connections",
                       one_after_another(saturation), ALL_KEYS),
    "rate": Mode("2,000 requests a second that arrive at random", one_after_another(rate),
                 ALL_KEYS),
    "ladder": Mode("the best rate with p99 under 1, 5 and 10 ms", one_after_another(ladder),
                   ("64",)),
    "cpu": Mode("CPU time a request of all processes, 8 connections", one_after_another(cpu),
                ("1", "64", "1000", "100000z")),
    "streams": Mode("64 deltas at 20 ms: times, and the most at once", one_after_another(streams),
                    ("64",)),
    "memory": Mode("what the processes hold: idle, loaded, after large bodies", memory,
                   ("64", "100000z")),
}
