"""Bare proxy_pass and the gateway, side by side: README.md beside this file says how and why."""

import argparse
import json
import platform
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.paths import BUILD  # noqa: E402
from report import budget_misses, markdown, medians, print_medians, print_round  # noqa: E402
from rig import PATH, Nginx, Rig, cpu_ns  # noqa: E402

CONNECTIONS = 64
KEYS = 64
RATE = 2000  # requests a second, of the runs that measure latency
HERE = Path(__file__).resolve().parent
VARIANTS = {"bare": KEYS, "64 keys": KEYS, "one key": 1}  # the keys each is asked with


@dataclass(frozen=True, slots=True)
class Run:
    """One load on one proxy."""

    requests: int
    per_second: float
    nginx_us: float  # CPU time of the proxy's worker per request
    redis_us: float
    connections: int  # that the proxy made to the upstream
    p50_us: float = 0.0
    p99_us: float = 0.0


def load(command: list[object]) -> dict:
    """Runs a load generator; the last line it prints is its result."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=600, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def saturate(proxy: Nginx, keys: Path, seconds: int) -> dict:
    return load(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", HERE / "keys.lua",
                 f"http://127.0.0.1:{proxy.port}{PATH}", "--", keys])


def fixed_rate(proxy: Nginx, keys: Path, seconds: int) -> dict:
    result = load([BUILD / "mmx-rate", "--port", proxy.port, "--path", PATH, "--keys", keys,
                   "--rate", RATE, "--seconds", seconds, "--connections", CONNECTIONS])
    return result | {"microseconds": seconds * 1_000_000,
                     "wrong": result["wrong"] + result["missing"]}


def measure(rig: Rig, variant: str, loader: object, seconds: int) -> Run:
    """One run, with its answers and Redis' count checked."""
    proxy = rig.bare if variant == "bare" else rig.gateway
    counted = rig.counts()
    connections = rig.connections()
    nginx_before, redis_before = cpu_ns(proxy.worker), cpu_ns(rig.redis.pid)
    result = loader(proxy, rig.key_files[VARIANTS[variant]], seconds)
    nginx_ns = cpu_ns(proxy.worker) - nginx_before
    redis_ns = cpu_ns(rig.redis.pid) - redis_before
    connections = rig.connections() - connections - 1
    requests = result["requests"]
    if result["wrong"] or not requests:
        raise SystemExit(f"{variant}: {result['wrong']} of {requests} answers were not 200")
    if variant != "bare":
        kept = rig.settled_counts() - counted
        # wrk ends with a request under way on each connection, which it does not report.
        if not requests <= kept <= requests + CONNECTIONS:
            raise SystemExit(f"{variant}: {requests} answers, but Redis counted {kept}")
    return Run(requests, requests / result["microseconds"] * 1e6, nginx_ns / requests / 1000,
               redis_ns / requests / 1000, connections, result.get("p50_us", 0.0),
               result.get("p99_us", 0.0))


def run_round(rig: Rig, number: int, seconds: int) -> dict[str, dict[str, Run]]:
    """All variants under both loads; each round begins with another one."""
    names = list(VARIANTS)
    order = names[number % len(names):] + names[:number % len(names)]
    result: dict[str, dict[str, Run]] = {name: {} for name in names}
    for kind, loader in (("saturated", saturate), ("rate", fixed_rate)):
        for name in order:
            result[name][kind] = measure(rig, name, loader, seconds)
    return result


def machine() -> str:
    cpu = next((line.partition(":")[2].strip() for line in
                Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")),
               platform.machine())
    cores = sum(line.startswith("processor") for line in
                Path("/proc/cpuinfo").read_text().splitlines())
    return f"{cores} cores, {cpu}, Linux {platform.release()}"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="t/bench/run.sh", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how many rounds (default 5)")
    parser.add_argument("--seconds", type=int, default=8,
                        help="length of each of a round's six runs (default 8)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--markdown", action="store_true", help="print the table of the README")
    parser.add_argument("--shipped", action="store_true",
                        help="reach the upstream over TLS, as what we ship reaches MiniMax")
    parser.add_argument("--check", action="store_true",
                        help="exit with 1 when a median misses its budget")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds < 1:
        parser.error("--rounds and --seconds want a number above 0")
    return options


def main() -> int:
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    quiet = options.json or options.markdown
    rounds = []
    with tempfile.TemporaryDirectory(prefix="mmx-bench-") as folder:
        rig = Rig(Path(folder), KEYS, options.shipped)
        try:
            for name in VARIANTS:  # caches, connections and keys are warm before it counts
                measure(rig, name, saturate, 1)
            for number in range(options.rounds):
                rounds.append({name: {kind: asdict(run) for kind, run in kinds.items()}
                               for name, kinds in run_round(rig, number, options.seconds).items()})
                if not quiet:
                    print_round(number + 1, rounds[-1])
        finally:
            rig.close()
    median = medians(rounds)
    if options.json:
        print(json.dumps({"machine": machine(), "rounds": rounds, "median": median}, indent=1))
    elif options.markdown:
        print(markdown(median, machine(), options.rounds, options.seconds))
    else:
        print_medians(median, machine())
    misses = budget_misses(median)
    for miss in misses:
        print(miss, file=sys.stderr)
    return 1 if misses and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
