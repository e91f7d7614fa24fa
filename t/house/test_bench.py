"""The benchmark runs, checks its own counts, and says what it says it says."""

import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from harness.paths import ROOT
from harness.process import group_members, wait_until

RUN = ROOT / "t/bench/run.sh"


@pytest.mark.parametrize("way", [[], ["--shipped"]])
def test_a_short_benchmark_reports_every_figure(way: list[str]) -> None:
    ended = subprocess.run([RUN, "--rounds", "1", "--seconds", "1", "--json", *way], timeout=120,
                           capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    report = json.loads(ended.stdout)
    assert len(report["rounds"]) == 1
    for variant in ("bare", "64 keys", "one key"):
        runs = report["rounds"][0][variant]
        assert runs["rate"]["requests"] == 2000
        assert runs["saturated"]["requests"] > 0 and runs["saturated"]["nginx_us"] > 0
        assert 0 < runs["rate"]["p50_us"] <= runs["rate"]["p99_us"]
        assert report["median"][variant]["per_second"] > 0
        saturated = runs["saturated"]
        assert saturated["connections"] < saturated["requests"] / 10, "connections are kept"
    assert report["median"]["64 keys"]["redis_us"] > 0


def test_a_missing_build_is_explained(tmp_path: Path) -> None:
    ended = subprocess.run([RUN], capture_output=True, text=True, timeout=30, check=False,
                           env={"PATH": "/usr/bin:/bin", "MMX_BUILD": str(tmp_path)})
    assert ended.returncode == 1
    assert "build_module.sh" in ended.stderr


def servers_of(folder: str, count: int) -> list[int]:
    """The process groups of the servers that have started, once there are so many."""
    texts = [path.read_text() for path in Path(folder).rglob("*.pid")]
    return [int(text) for text in texts if text.endswith("\n")] if len(texts) >= count else []


@pytest.mark.parametrize("whom, number, servers", [
    ("run.sh", signal.SIGTERM, 1), ("run.sh", signal.SIGTERM, 4), ("bench.py", signal.SIGKILL, 4)])
def test_nothing_is_left_of_one_that_was_ended(whom: str, number: int, servers: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mmx-") as folder, subprocess.Popen(
            [RUN, "--rounds", "1", "--seconds", "1"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=os.environ | {"TMPDIR": folder}) as running:
        groups = wait_until(lambda: servers_of(folder, servers), 60, "its servers start")
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        [bench] = [int(pid) for pid in children
                   if b"bench.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(running.pid if whom == "run.sh" else bench, number)
        assert running.wait(30) != 0
        for group in groups:
            wait_until(lambda group=group: not group_members(group), 10, f"{group} has gone")
        assert list(Path(folder).iterdir()) == []
