"""mmx-admind compiles with the HTTP library of this Debian and of its neighbours.

Debian 12's TaskQueue::enqueue() answers nothing, Debian 13's whether there was room.
"""

import re
from pathlib import Path

import pytest
from harness.compiling import Unit, units

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
