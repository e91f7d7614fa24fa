"""mmx-admind compiles with the libraries of this Debian and of the next.

Of the HTTP library, Debian 12's TaskQueue::enqueue() answers nothing, Debian 13's whether there was
room.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.compiling import JOBS, Unit, units
from harness.debian import Archive

LIBRARIES = {"libcpp-httplib-dev": "httplib.h", "libhiredis-dev": "hiredis/hiredis.h",
             "nlohmann-json3-dev": "nlohmann/json.hpp", "libhowardhinnant-date-dev": "date/tz.h"}
HEADER = Path("/usr/include/httplib.h")
TASK = r"\(std::function<void\(\)> fn\)"
DECLARATION = re.compile(rf"virtual (?:void|bool) enqueue(?={TASK} = 0;)")
DEFINITION = re.compile(rf"(void|bool) enqueue({TASK}) override")


def users(what: str) -> list[Unit]:
    return [unit for unit in units("admind") if what in unit.text]


def answering(answer: str) -> str:
    """The library's header, its queues made to answer that."""
    text, declared = DECLARATION.subn(f"virtual {answer} enqueue", HEADER.read_text())
    text, defined = DEFINITION.subn(
        rf"{answer} enqueue\2 override {{ return keep(std::move(fn)), {answer}(true); }}\n"
        r"  \1 keep\2", text)
    assert (declared, defined) == (1, 1)
    return text


@pytest.mark.parametrize("answer", ["void", "bool"])
def test_queue_may_answer_or_not(tmp_path: Path, answer: str) -> None:
    (tmp_path / HEADER.name).write_text(answering(answer))
    queues = users("httplib::TaskQueue")
    assert queues
    for unit in queues:
        done = unit.compile("-isystem", tmp_path, "-Werror", "-fsyntax-only")
        assert done.returncode == 0, done.stderr


@pytest.mark.full
def test_every_unit_compiles_with_the_next_debians_libraries(next_debian: Archive) -> None:
    root = next_debian.unpacked(*LIBRARIES)
    include = root / "usr" / "include"
    assert not [name for name in LIBRARIES.values() if not (include / name).is_file()]
    pkg_config, = root.rglob("cpp-httplib.pc")
    flags = re.findall(r" (-D\S+)", re.search(r"^Cflags:.*", pkg_config.read_text(), re.M)[0])
    options = (*flags, "-isystem", include, "-Wall", "-Wextra", "-Werror", "-fsyntax-only")

    every = units("lib", "host", "admind", "module")
    assert len(every) > 80
    with ThreadPoolExecutor(JOBS) as compilers:
        outcomes = list(compilers.map(lambda unit: unit.compile(*options), every))
    wrong = [done.stderr[:4000] for done in outcomes if done.returncode != 0]
    assert not wrong, "\n".join(wrong)
