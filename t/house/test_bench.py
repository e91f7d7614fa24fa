"""The benchmark runs, checks its own counts, and says what it says it says."""

import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.paths import ROOT
from harness.process import group_members, wait_until

RUN = ROOT / "t/bench/run.sh"
sys.path.append(str(ROOT / "t/bench"))

import budgets  # noqa: E402
import confs  # noqa: E402
import modes  # noqa: E402
import report  # noqa: E402
import store  # noqa: E402

SHORT = ["--rounds", "1", "--seconds", "1", "--body-seconds", "1", "--streams-max", "16"]


def measured(mode: str, *options: str) -> dict:
    ended = subprocess.run([RUN, *SHORT, "--json", "--mode", mode, *options], timeout=240,
                           capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def runs_of(found: dict, mode: str, way: str, keys: str) -> dict:
    """The one round; every figure of its median is there."""
    medians = found["medians"][mode][way][keys]
    assert set(medians) == set(report.FIGURES[mode])
    assert all(value["low"] == value["median"] == value["high"] for value in medians.values())
    (runs,) = found["rounds"][mode][way][keys]
    return runs


@pytest.mark.parametrize("mode, ways, sets", [
    ("saturation", ("plain", "tls"), ("64", "1000z")), ("cpu", ("plain",), ("64",))])
def test_load_is_measured_by_way_and_key_set(mode: str, ways: tuple[str, ...],
                                             sets: tuple[str, ...]) -> None:
    found = measured(mode, "--keys", ",".join(sets),
                     "--upstream", "both" if len(ways) > 1 else ways[0])
    for way, keys in itertools.product(ways, sets):
        runs = runs_of(found, mode, way, keys)
        for run in runs.values():
            assert run["requests"] > 0 and run["wrong"] == 0
            assert min(run["nginx_us"], run["upstream_us"], run["client_us"]) > 0
            assert run["connections"] < run["requests"] / 10, "connections are kept"
        assert runs["bare"]["commits"] == 0 < runs["gateway"]["commits"]
        assert runs["gateway"]["redis_us"] > 0


def test_requests_arrive_at_their_rate_and_are_timed() -> None:
    runs = runs_of(measured("rate", "--keys", "64", "--upstream", "plain"), "rate", "plain", "64")
    for run in runs.values():
        assert run["requests"] == 2000 and run["wrong"] == 0
        assert 0 < run["all_p50_us"] <= run["all_p99_us"] <= run["all_max_us"]


def test_the_ladder_has_the_best_rate_under_each_bound() -> None:
    found = measured("ladder", "--upstream", "plain")
    for run in runs_of(found, "ladder", "plain", "64").values():
        assert run["under_1_ms"] <= run["under_5_ms"] <= run["under_10_ms"]


@pytest.mark.parametrize("way", ["plain", "tls"])
def test_streams_come_whole_and_at_their_pace(way: str) -> None:
    for run in runs_of(measured("streams", "--upstream", way), "streams", way, "64").values():
        assert run["requests"] == run["begun"] >= 16 and run["wrong"] == 0
        assert run["first_p50_us"] > 0 and run["way_p50_us"] > 0
        assert run["gap_max_us"] > 15_000, "deltas are sent one after the other"
        assert 0 <= run["most"] <= 16


def test_memory_is_read_idle_loaded_and_after_large_bodies() -> None:
    found = measured("memory", "--keys", "64", "--upstream", "plain")
    for run in runs_of(found, "memory", "plain", "64").values():
        assert 1 << 20 < run["idle"] <= run["loaded"] <= run["peak"]
        assert 0 < run["after"] <= run["peak"] and 0 < run["redis_idle"]


@pytest.mark.parametrize("mode", report.FIGURES)
def test_a_table_has_a_row_for_each_way_and_key_set(mode: str) -> None:
    class Anything(dict):
        def __missing__(self, name: str) -> float:
            return 2.0

    runs = {"bare": Anything(), "gateway": Anything()}
    row = report.medians(mode, [runs, runs, runs])
    table = report.table(mode, {"plain": {"1 key": row, "64 keys": row}, "tls": {"1 key": row}})
    assert [cells[0] for cells in table[1:]] == ["plain, 1 key", "plain, 64 keys", "TLS, 1 key"]
    assert report.markdown(table).count("\n") == 4 and report.plain(table).count("\n") == 3


@pytest.mark.parametrize("budget", budgets.WITH_CREDIT + budgets.WITHOUT_CREDIT)
def test_every_budget_is_of_a_figure_and_is_missed_beyond_it(budget: budgets.Budget) -> None:
    mode, keys, name, bound, side = budget
    assert name in report.FIGURES[mode] and keys in modes.MODES[mode].keys
    beyond = bound + 1 if side == "at most" else bound - 1
    for value, missed in ((bound, 0), (beyond, 1)):
        results = {mode: {"tls": {keys: {name: {"median": value}}}}}
        assert len(budgets.misses(results, [budget])) == missed


@pytest.mark.parametrize("held", [0, 1, 31, 32, 100, 256, 300, 1000, 4096, 9000])
def test_the_search_for_most_ends_within_an_eighth(held: int) -> None:
    found = modes.most(lambda count: count <= held, 256, 8192)
    assert found <= held and min(held, 8192) - found <= max(found // 8, 32)


class Counting:
    """In place of a store: what Redis would say, one answer after the other, the last for good."""

    def __init__(self, *answers: int):
        self._answers = list(answers)

    def admitted(self) -> int:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def test_a_count_that_is_not_what_was_answered_ends_the_benchmark(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.Ledger, "WAIT_S", 0.2)
    monkeypatch.setattr(store.Ledger, "QUIET_S", 0.3)
    late = store.Ledger(Counting(100, 101, 103, 110))  # what a worker was lent, it tells late
    late.sent(10, 12)
    late.close()
    for wrong in (109, 113):
        ledger = store.Ledger(Counting(100, wrong))
        ledger.sent(10, 12)
        with pytest.raises(SystemExit, match=f"Redis counted {wrong - 100}"):
            ledger.check()
    rising = store.Ledger(Counting(100, 110, 113))
    rising.sent(10, 12)
    with pytest.raises(SystemExit):
        rising.close()


def test_both_proxies_log_the_same_words() -> None:
    shipped = (ROOT / "conf/mmx_http.conf").read_text()
    bare = confs.bare_log()
    assert "$mmx_" not in bare
    for word in ("time", "uri", "status", "verdict", "key_id", "trace_id"):
        assert f'"{word}":' in shipped and f'"{word}":' in bare


def groups_in(folder: Path) -> list[int]:
    """The processes that a run below it has started, each of which leads a group."""
    return [int(line.split()[0]) for listed in folder.glob("*-mmx-bench/groups")
            for line in listed.read_text().splitlines()]


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Redis' socket has its path in it, and 107 bytes for that."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("who", ["run.sh", "bench.py"])
def test_nothing_is_left_behind_by_a_run_that_is_killed(short_folder: Path, who: str) -> None:
    """run.sh is told to end; bench.py has no chance to end anything."""
    run = subprocess.Popen(
        [RUN, "--mode", "saturation", "--keys", "1"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env=os.environ | {"TMPDIR": str(short_folder)})
    wait_until(lambda: len(groups_in(short_folder)) >= 5, 60,
               "Redis, three nginx and a client run")
    groups = groups_in(short_folder)
    (bench,) = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    if who == "run.sh":
        run.terminate()
    else:
        os.kill(int(bench), signal.SIGKILL)
    assert run.wait(30) != 0
    assert not list(short_folder.iterdir())
    wait_until(lambda: not any(group_members(group) for group in groups), 10, "all have ended")


def test_instructions_are_counted() -> None:
    ended = subprocess.run(["/usr/bin/python3", ROOT / "t/bench/instructions.py", "--rounds", "4",
                            "bare", "gateway"],
                           timeout=240, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    counted = {name: int(number.replace(",", ""))
               for name, number in (line.split() for line in ended.stdout.splitlines())}
    assert 0 < counted["bare"] < counted["gateway"]


def test_a_missing_build_is_explained(tmp_path: Path) -> None:
    ended = subprocess.run([RUN], capture_output=True, text=True, timeout=30, check=False,
                           env={"PATH": "/usr/bin:/bin", "MMX_BUILD": str(tmp_path)})
    assert ended.returncode == 1
    assert "build_module.sh" in ended.stderr
