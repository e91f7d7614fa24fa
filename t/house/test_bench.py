"""The benchmark runs, checks its own counts, and says what it says it says."""

import json
import subprocess
from pathlib import Path

import pytest
from harness.paths import ROOT

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
