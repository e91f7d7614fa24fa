"""Secrets wipe themselves: nobody does it by hand, where a throw in between would skip it."""

import re

import pytest
from harness.paths import ROOT

# What overwrites memory. lib has buffers of its own, and host the types that all others use.
BY_HAND = re.compile(r"(?<![\w~])(?:wipe|OPENSSL_cleanse|explicit_bzero|memset_s)\s*\(")
PROGRAMS = ("module", "admind")


def wiped_by_hand(text: str) -> list[int]:
    return [number for number, line in enumerate(text.split("\n"), 1) if BY_HAND.search(line)]


@pytest.mark.parametrize("line, found", [
    ("    wipe(password);", True), ("    mmx::wipe(password);", True),
    ("    OPENSSL_cleanse(p.data(), p.size());", True), ("    explicit_bzero(p, n);", True),
    ("    const WipedAtEnd wiped(text);", False), ("    swipe(text);", False)])
def test_it_is_noticed(line: str, found: bool) -> None:
    assert wiped_by_hand("\n" + line) == ([2] if found else [])


def test_no_program_wipes_by_hand() -> None:
    sources = [path for program in PROGRAMS for suffix in ("cpp", "hpp")
               for path in (ROOT / program).rglob(f"*.{suffix}")
               if "console" not in path.relative_to(ROOT).parts]
    assert len(sources) > 100
    assert not [f"{path.relative_to(ROOT)}:{number}" for path in sources
                for number in wiped_by_hand(path.read_text())]


def test_the_types_that_wipe_do() -> None:
    assert wiped_by_hand((ROOT / "host" / "secret_text.cpp").read_text())
