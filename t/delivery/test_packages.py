"""The scripts and the first page name Debian's packages as they are called."""

import re
import subprocess
from pathlib import Path

import pytest
from harness.debian import Archive
from harness.paths import ADMIND, MODULE, ROOT

READMES = ["README.md", "README.zh-CN.md"]
# What nginx, or what the first page names, brings along.
BASE = {"libc6", "libgcc-s1", "libssl3", "libssl3t64", "libstdc++6"}


def named(readme: str) -> list[set[str]]:
    """The libraries to install beside the programs: a set for each release of Debian."""
    lists = re.findall(r"`(?:apt-get install )?(lib[^\s`]+(?:\s+lib[^\s`]+)+)`",
                       (ROOT / readme).read_text())
    return [set(names.split()) for names in lists]


def said(*command: str | Path, check: bool = True) -> str:
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=check,
                          timeout=60).stdout


def packages_of_libraries(program: Path) -> set[str]:
    """What has the shared libraries that the program itself asks for."""
    names = re.findall(r"\(NEEDED\).*\[(lib.+)\]", said("readelf", "-d", program))
    places = dict(re.findall(r"(\S+) => (?:/usr)?(/\S+)", said("ldd", program)))
    # A package calls the place one or the other, and the other is not found.
    owners = said("dpkg-query", "-S", *(root + places[name] for name in names
                                        for root in ("", "/usr")), check=False).splitlines()
    assert names and len(owners) == len(names)
    return {line.split(":")[0] for line in owners}


@pytest.mark.parametrize("readme", READMES)
def test_first_page_names_the_libraries_that_the_programs_need(readme: str) -> None:
    needed = packages_of_libraries(ADMIND) | packages_of_libraries(MODULE)
    assert needed - BASE in named(readme)


def asked_for() -> set[str]:
    """What conf/packages.sh lists, whatever for."""
    script = '. conf/packages.sh; for list in "${!mmx_packages_@}"; do' \
             ' declare -n names=$list; printf "%s\\n" "${names[@]}"; done'
    return set(said("bash", "-euc", script).split())


@pytest.mark.full
def test_next_debian_has_every_package(next_debian: Archive) -> None:
    names = asked_for() | named("README.md")[-1]
    assert {"nginx", "libcpp-httplib-dev", "python3-pytest"} <= names
    assert not names - next_debian.known(*names)
