"""t/README.md names every file of tests, and each of those is there."""

import re

from harness.paths import ROOT

TESTS = ROOT / "t"


def named() -> list[str]:
    return re.findall(r"^\| [^|]+ \| `(\w+/test_\w+\.py)` \|$", (TESTS / "README.md").read_text(),
                      re.M)


def test_each_file_of_tests_is_named_once() -> None:
    there = {str(path.relative_to(TESTS)) for path in TESTS.glob("*/test_*.py")}
    assert len(there) > 50
    assert sorted(named()) == sorted(there)


def test_tests_lie_in_folders_and_their_folders_in_the_guide() -> None:
    lost = [path for path in TESTS.rglob("test_*.py")
            if len(path.relative_to(TESTS).parts) != 2 and "node_modules" not in path.parts]
    assert not lost
    text = (TESTS / "README.md").read_text()
    folders = {path.name for path in TESTS.iterdir()
               if path.is_dir() and not path.name.startswith(("_", "."))}
    assert not {name for name in folders if f"`{name}/`" not in text}


def test_every_marker_is_explained() -> None:
    registered = re.findall(r"^    (\w+):", (TESTS / "pytest.ini").read_text(), re.M)
    table = (TESTS / "README.md").read_text().split("| marker | means |")[1].split("\n\n")[0]
    assert registered and registered == re.findall(r"^\| `(\w+)` \|", table, re.M)
