"""Every test runs in the short run, and in the full one in each build that it tells of."""

import re

import pytest
from harness.builds import BOTH, ONLY_PLAIN, PLAIN, belongs
from harness.paths import ROOT

TESTS = ROOT / "t"


def builds(test: str, short: bool) -> list[str]:
    return [name for name, sanitized in (("plain", False), ("sanitized", True))
            if belongs(test, sanitized, short)]


@pytest.mark.parametrize("test, in_short, in_full", [
    ("house/test_tidy.py::test_a", ["plain"], ["plain"]),
    ("console/test_look.py::test_a[zh-1440]", ["plain"], ["plain"]),
    ("console/test_keys.py::test_a[zh-1440]", ["plain"], ["plain", "sanitized"]),
    ("gateway/test_exact.py::test_a", ["plain", "sanitized"], ["plain", "sanitized"]),
    ("gateway/test_exact_too.py::test_a", ["sanitized"], ["plain", "sanitized"]),
    ("gateway/test_faults.py::test_a[late]", ["sanitized"], ["plain", "sanitized"]),
    ("delivery/test_conf.py::test_a", ["plain", "sanitized"], ["plain", "sanitized"]),
    ("delivery/test_quickstart.py::test_a", ["plain"], ["plain"]),
    ("new/test_new.py::test_a", ["sanitized"], ["plain", "sanitized"]),
])
def test_a_test_runs_where_it_says_something(
        test: str, in_short: list[str], in_full: list[str]) -> None:
    assert (builds(test, short=True), builds(test, short=False)) == (in_short, in_full)


def test_a_single_test_can_be_named() -> None:
    name = next(name for name in PLAIN if "::" in name)
    for test in (name, f"{name}[1]"):
        assert builds(test, short=True) == ["plain"]
    assert builds(f"{name}_or_more", short=True) == ["sanitized"]


def test_every_name_is_there_and_says_something() -> None:
    names = ONLY_PLAIN + PLAIN + BOTH
    for name in names:
        file, _, test = name.partition("::")
        path = TESTS / file
        assert path.exists(), name
        assert path.is_dir() == name.endswith("/"), name
        if test:
            assert re.search(rf"^def {test}\(", path.read_text(), re.M), name
    assert len(set(names)) == len(names)
