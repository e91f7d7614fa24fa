"""clang_tidy.py finds what clang-tidy finds, and looks again at all that could have changed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from harness.paths import ROOT

RUNNER = ROOT / "t" / "house" / "clang_tidy.py"
CONFIGURATION = """\
Checks: '-*,bugprone-macro-parentheses,modernize-use-nullptr'
WarningsAsErrors: '*'
HeaderFilterRegex: '/lib/.*\\.hpp$'
"""
FILES = {
    ".clang-tidy": CONFIGURATION,
    "lib/a.hpp": "#pragma once\n#define TWICE(x) (2 * (x))\nint* nothing();\n",
    "lib/a.cpp": '#include "a.hpp"\nint* nothing()\n{\n    return nullptr;\n}\n',
    "lib/deep/b.cpp": "int* other()\n{\n    return nullptr;\n}\n",
    "t/unit/c_test.cpp": "int* third()\n{\n    return 0;\n}\n",  # no unit of a program
}
FLAGS = ("-std=c++20 -Wall -Werror -Wno-stringop-overread -fno-gnu-unique -Winvalid-pch "
         "-include @BUILD@/cmake_pch.hxx")


class Tree:
    """A small source tree and its build folder."""

    def __init__(self, root: Path, cache: Path):
        self.root, self.build, self._cache = root, root / "build", cache
        for name, text in FILES.items():
            self.write(name, text)
        self.build.mkdir()
        self.configure(FLAGS)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def configure(self, flags: str) -> None:
        flags = flags.replace("@BUILD@", str(self.build))
        (self.build / "compile_commands.json").write_text(json.dumps([
            {"directory": str(self.build), "file": str(self.root / name),
             "command": f"ccache /usr/bin/c++ {flags} -I{self.root}/lib -o {name}.o "
                        f"-c {self.root / name}"}
            for name in FILES if name.endswith(".cpp")]))

    def run(self) -> tuple[int, str]:
        """How many units were looked at anew, and what was found; (-1, …) when something was."""
        env = {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(self._cache)}
        done = subprocess.run([sys.executable, RUNNER, self.build, "--root", self.root], env=env,
                              text=True, capture_output=True, timeout=120, check=False)
        summary = re.search(r"found nothing in 2 units, (\d+) of them", done.stdout)
        assert (done.returncode == 0) == bool(summary), done.stdout + done.stderr
        return (int(summary.group(1)) if summary else -1), done.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "tree", tmp_path / "cache")


def test_what_passed_is_not_looked_at_again_in_any_clone(tree: Tree, tmp_path: Path) -> None:
    assert tree.run()[0] == 2
    assert tree.run()[0] == 0
    assert Tree(tmp_path / "another" / "place", tmp_path / "cache").run()[0] == 0
    shutil.rmtree(tmp_path / "cache")
    assert tree.run()[0] == 2


@pytest.mark.parametrize("name, text, looked_at", [
    ("lib/a.cpp", FILES["lib/a.cpp"] + "// more\n", 1),
    ("lib/a.hpp", FILES["lib/a.hpp"] + "#define THRICE(x) (3 * (x))\n", 1),
    ("lib/deep/.clang-tidy", "InheritParentConfig: true\n", 1),
    (".clang-tidy", CONFIGURATION.replace("-*,", "-*,bugprone-assert-side-effect,"), 2),
    ("lib/other.hpp", "int* nobody_includes_this();\n", 0),
])
def test_what_changed_is_looked_at_again(
        tree: Tree, name: str, text: str, looked_at: int) -> None:
    tree.run()
    tree.write(name, text)
    assert tree.run()[0] == looked_at
    assert tree.run()[0] == 0


def test_other_flags_are_looked_at_again(tree: Tree) -> None:
    tree.run()
    tree.configure(FLAGS + " -DMORE")
    assert tree.run()[0] == 2


@pytest.mark.parametrize("name, text, found", [
    ("lib/a.cpp", '#include "a.hpp"\nint* nothing()\n{\n    return 0;\n}\n', "modernize-use-null"),
    ("lib/a.hpp", "#define TWICE(x) 2 * x\nint* nothing();\n", "bugprone-macro-parentheses"),
    ("lib/deep/b.cpp", "int* other()\n{\n    return none;\n}\n", "undeclared identifier"),
    ("lib/deep/b.cpp", '#include "not there.hpp"\n', "file not found"),
])
def test_what_is_wrong_is_found_each_time(tree: Tree, name: str, text: str, found: str) -> None:
    tree.run()
    tree.write(name, text)
    for _ in range(2):
        looked_at, said = tree.run()
        assert looked_at == -1 and found in said
    tree.write(name, FILES[name])
    assert tree.run()[0] == 0


def test_a_silenced_finding_speaks_when_the_comment_goes(tree: Tree) -> None:
    silenced = '#include "a.hpp"\nint* nothing()\n{\n    return 0;  // NOLINT\n}\n'
    tree.write("lib/a.cpp", silenced)
    assert tree.run()[0] == 2
    tree.write("lib/a.cpp", silenced.replace("  // NOLINT", ""))
    assert tree.run()[0] == -1


def test_a_build_without_units_is_no_success(tree: Tree) -> None:
    (tree.build / "compile_commands.json").write_text("[]")
    assert tree.run()[0] == -1
