"""Bare proxy_pass and the gateway, side by side: README.md beside this file says how and why."""

import argparse
import json
import os
import platform
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from budgets import WITH_CREDIT, WITHOUT_CREDIT, misses  # noqa: E402
from children import Children  # noqa: E402
from clients import Client  # noqa: E402
from harness.paths import NGINX, REDIS_SERVER  # noqa: E402
from modes import BODY_KEYS, CONNECTIONS, MODES, Length  # noqa: E402
from report import figures, markdown, medians, plain, table  # noqa: E402
from rig import PATHS, PROXIES, Rig  # noqa: E402
from store import KeySet, Store  # noqa: E402

KEYS_WARM_IN_A_SECOND = 2500
QUIET_LOAD = 0.5  # processes that want to run; more, and figures are of the others, too


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    info = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.partition(":")[2].strip() for line in info if line.startswith("model name")),
               platform.machine())
    cores = sum(line.startswith("processor") for line in info)

    def version(program: str, pattern: str) -> str:
        said = subprocess.run([program, "-v"], capture_output=True, text=True, timeout=20,
                              check=False)
        found = re.search(pattern, said.stdout + said.stderr)
        return found.group(1) if found else "?"

    return (f"{cores} cores, {cpu}, Linux {platform.release()}, "
            f"nginx {version(NGINX, r'nginx/([0-9.]+)')}, "
            f"Redis {version(REDIS_SERVER, r'v=([0-9.]+)')}")


def measure(rig: Rig, children: Children, mode: str, keys: KeySet,
            options: argparse.Namespace) -> list[dict]:
    """The rounds of one mode and key set."""
    length = Length(options.seconds, options.body_seconds, options.streams_max)
    rounds = []
    for proxy in PROXIES:  # caches, connections and keys are warm before it counts
        warm_up(Client(children, rig, 0), mode, proxy, keys)
    for number in range(options.rounds):
        result = MODES[mode].both(Client(children, rig, number + 1), keys, length)
        rounds.append(result)
        shown = ", ".join(f"{name} {value:,.2f}" for name, value in figures(mode, result).items())
        progress(f"{mode}, round {number + 1}, {keys}: {shown}")
    return rounds


def warm_up(client: Client, mode: str, proxy: str, keys: KeySet) -> None:
    """But for memory, which is of proxies that were just started. Most keys of a large set are
    asked for in it, so that not their first commits are what is measured."""
    if mode == "memory":
        return
    if mode == "streams":
        result = client.stream(proxy, keys, 8, 1)
    else:
        seconds = 1 + (keys.count // KEYS_WARM_IN_A_SECOND if proxy == "gateway" else 0)
        result = client.saturate(proxy, keys, CONNECTIONS, seconds)
    if proxy == "gateway":
        client.rig.ledger.sent(result["requests"], result["requests"] + CONNECTIONS)
        client.rig.ledger.check()


def measure_all(folder: Path, options: argparse.Namespace) -> dict:
    """Modes, ways and key sets, and of each the rounds."""
    sets = {mode: [KeySet(name) for name in options.keys or MODES[mode].keys]
            for mode in options.mode}
    counts = {keys.count for chosen in sets.values() for keys in chosen}
    children = Children(folder)
    store = Store(folder, children, counts | {min(count, BODY_KEYS) for count in counts})
    rounds: dict[str, dict[str, dict]] = {}
    try:
        for mode in options.mode:
            rounds[mode] = {}
            for way in options.upstream:
                rounds[mode][way] = {}
                for keys in sets[mode]:
                    rig = Rig(folder / f"{mode}-{way}-{keys.name}", children, store, way,
                              streams=mode == "streams", credit=options.credit)
                    try:
                        rounds[mode][way][keys.name] = measure(rig, children, mode, keys, options)
                        rig.ledger.close()
                    finally:
                        rig.close()
            show(mode, rounds[mode], options)
    finally:
        store.close()
    return rounds


def of_rounds(mode: str, ways: dict[str, dict]) -> dict[str, dict[str, dict]]:
    return {way: {keys: medians(mode, rounds) for keys, rounds in sets.items()}
            for way, sets in ways.items()}


def show(mode: str, ways: dict[str, dict], options: argparse.Namespace) -> None:
    """Its table, as soon as there is one: what comes later may fail."""
    if options.json:
        return
    rows = {way: {str(KeySet(keys)): row for keys, row in sets.items()}
            for way, sets in of_rounds(mode, ways).items()}
    form = markdown if options.markdown else plain
    heading = f"{mode}: {MODES[mode].what}"
    print(f"\n**{heading}**\n" if options.markdown else f"\n{heading}")
    print(form(table(mode, rows)), flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="t/bench/run.sh", description=__doc__, formatter_class=argparse.RawTextHelpFormatter,
        epilog="modes:\n" + "\n".join(f"  {name:12}{mode.what}" for name, mode in MODES.items()))
    parser.add_argument("--mode", action="append", choices=list(MODES), metavar="MODE",
                        help="one mode, more when given again (default all)")
    parser.add_argument("--upstream", choices=["plain", "tls", "both"], default="both",
                        help="how both proxies reach it; tls: as what we ship reaches MiniMax")
    parser.add_argument("--keys", type=lambda text: text.split(","), metavar="N[z],...",
                        help="how many keys, z: drawn by Zipf's law (default: each mode's own)")
    parser.add_argument("--rounds", type=int, default=7, help="how many (default 7)")
    parser.add_argument("--seconds", type=int, default=8, help="length of a run (default 8)")
    parser.add_argument("--body-seconds", type=int, default=60,
                        help="how long memory sends large bodies (default 60)")
    parser.add_argument("--streams-max", type=int, default=8192,
                        help="where the search for most ends (default 8192)")
    parser.add_argument("--credit", choices=["on", "off"], default="",
                        help="what mmx_credit is set to (default: not at all)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--markdown", action="store_true", help="print the tables of the README")
    parser.add_argument("--check", action="store_true",
                        help="exit with 1 when a median misses its budget")
    # Of run.sh, which takes it away again.
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.mode = options.mode or list(MODES)
    options.upstream = list(PATHS) if options.upstream == "both" else [options.upstream]
    numbers = (options.rounds, options.seconds, options.body_seconds, options.streams_max)
    if min(numbers) < 1:
        parser.error("rounds, seconds and streams want a number above 0")
    if not all(re.fullmatch(r"[1-9][0-9]{0,6}z?", name) for name in options.keys or []):
        parser.error("--keys wants numbers such as 64 or 1000z")
    return options


def main() -> int:
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if os.getloadavg()[0] > QUIET_LOAD:
        progress(f"load average {os.getloadavg()[0]:.2f}: the figures are of this machine's other "
                 "work, too")
    rounds = measure_all(options.folder, options)
    results = {mode: of_rounds(mode, ways) for mode, ways in rounds.items()}
    if options.json:
        print(json.dumps({"machine": machine(), "rounds": rounds, "medians": results}, indent=1))
    else:
        print(f"\nMedians of {options.rounds} interleaved rounds, {options.seconds} s a run; "
              f"{machine()}.")
    found = misses(results, WITHOUT_CREDIT if options.credit == "off" else WITH_CREDIT)
    for miss in found:
        print(miss, file=sys.stderr)
    return 1 if found and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
