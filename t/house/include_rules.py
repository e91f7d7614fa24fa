"""Who may include whom, read from the #include lines of lib/, host/, module/ and admind/.

Below, a unit is a header and the source of its name, named by their path without the ending.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".hpp", ".cpp", ".c")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
UNITS_OF_A_FOLDER_MAX = 24

# What each program may include besides itself.
PROGRAMS = {"lib": (), "host": ("lib",), "module": ("lib", "host"), "admind": ("lib", "host")}
FROM_THEIR_OWN_ROOT = ("module", "admind")  # lib and host are named in full: "lib/text.hpp"

# The rooms of a program, each with those that it stands on. What is no folder is a unit.
ROOMS = {
    "module": {
        "base": (), "redis": ("base",), "config": ("redis",), "commits": ("config",),
        "upstream": ("base",), "worker": ("commits", "upstream"),
        "phases": ("worker",), "directives": ("phases",),
        "ngx_http_mmx_module": ("directives",), "modules": ()},
    "admind": {
        "base": (), "redis": ("base",), "trail": ("redis",), "store": ("trail",),
        "auth": ("store",),
        "check": ("store",), "format": ("auth", "check"), "http": ("base",),
        "daemon": ("format", "http"), "api": ("daemon",), "cli": ("daemon",),
        "main": ("api", "cli")},
}

WITHOUT_HEADER = {"admind/main", "module/ngx_http_mmx_module", "module/modules"}
NGINX_HEADER = re.compile(r"ngx_\w+\.h|nginx\.h")
SPEAK_TO_NGINX = {"module/base/ngx.hpp", "module/modules.c"}
# lib does no I/O, and asks neither clock nor threads.
NOT_PURE = {"atomic", "condition_variable", "fcntl.h", "fstream", "future", "iostream", "mutex",
            "netdb.h", "poll.h", "pthread.h", "sys/socket.h", "sys/stat.h", "sys/time.h",
            "thread", "time.h", "unistd.h"}


@dataclass(frozen=True, slots=True)
class Include:
    source: str
    line: int
    name: str
    quoted: bool
    target: str | None  # the source that it names; None: none of ours

    def __str__(self) -> str:
        return f"{self.source}:{self.line} includes {self.name}"


def unit_of(path: str) -> str:
    return path.rpartition(".")[0]


def program_of(path: str) -> str:
    return path.partition("/")[0]


def room_of(path: str) -> str | None:
    """The folder below the program, or the unit that stands there; None where there are none."""
    program, _, rest = path.partition("/")
    if program not in ROOMS:
        return None
    return rest.partition("/")[0] if "/" in rest else unit_of(rest)


def stands_on(rooms: dict[str, tuple[str, ...]], room: str) -> set[str]:
    """All rooms that this one may include, itself among them."""
    return {room}.union(*(stands_on(rooms, below) for below in rooms.get(room, ())))


def ours(sources: Iterable[str]) -> list[str]:
    return sorted(path for path in sources
                  if path.endswith(SUFFIXES) and program_of(path) in PROGRAMS)


def includes_of(root: Path, sources: list[str]) -> Iterator[Include]:
    known = set(sources)
    for source in sources:
        program = program_of(source)
        for number, text in enumerate((root / source).read_text().split("\n"), 1):
            if match := INCLUDE.match(text):
                name = match.group(2)
                roots = ("", f"{program}/") if program in FROM_THEIR_OWN_ROOT else ("",)
                target = next((path for prefix in roots if (path := prefix + name) in known), None)
                yield Include(source, number, name, match.group(1) == '"', target)


def wrong_way(include: Include) -> str | None:
    """What is wrong with the direction of an include of our own."""
    source, target = include.source, include.target
    program, other = program_of(source), program_of(target)
    if other != program:
        return None if other in PROGRAMS[program] else f"{program} may not know {other}"
    rooms = ROOMS.get(program, {})
    room, below = room_of(source), room_of(target)
    if below in stands_on(rooms, room):
        return None
    if room in stands_on(rooms, below):
        return f"that goes up: {room} stands below {below}"
    return f"{room} and {below} never meet"


def wrong_include(include: Include) -> str | None:
    if include.target is not None:
        return wrong_way(include)
    if NGINX_HEADER.fullmatch(Path(include.name).name):
        return (None if include.source in SPEAK_TO_NGINX else
                "only module/base/ngx.hpp speaks to nginx")
    if include.quoted:
        return "no such file of ours, written from the root of the program"
    if include.name in NOT_PURE and program_of(include.source) == "lib":
        return "lib is pure"
    return None


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """The groups of units of which each reaches all others."""
    def reached(start: str) -> set[str]:
        seen, ahead = set(), [start]
        while ahead:
            fresh = edges.get(ahead.pop(), set()) - seen
            seen |= fresh
            ahead += fresh
        return seen

    reach = {unit: reached(unit) for unit in edges}
    found = {tuple(sorted(other for other in reach[unit] if unit in reach.get(other, ())))
             for unit in edges if unit in reach[unit]}
    return [list(group) for group in sorted(found)]


def units_by_themselves(sources: list[str], includes: list[Include]) -> Iterator[str]:
    """What is wrong with a source without looking at others'."""
    known = set(sources)
    for source in sources:
        room, rooms = room_of(source), ROOMS.get(program_of(source), {})
        if rooms and room not in rooms:
            yield f"{source}: the house has no room {room}"
        header = f"{unit_of(source)}.hpp"
        if source == header or unit_of(source) in WITHOUT_HEADER:
            continue
        if header not in known:
            yield f"{source}: has no header of its own name"
        elif not any(one.source == source and one.target == header for one in includes):
            yield f"{source}: does not include the header of its own name"
    crowded = Counter(unit.rpartition("/")[0] for unit in {unit_of(source) for source in sources})
    for folder, units in sorted(crowded.items()):
        if units > UNITS_OF_A_FOLDER_MAX:
            yield f"{folder}/: {units} units are more than {UNITS_OF_A_FOLDER_MAX}"


def violations(root: Path, paths: Iterable[str]) -> list[str]:
    """Everything that breaks a rule among these files, of which paths below root are given."""
    sources = ours(paths)
    includes = list(includes_of(root, sources))
    edges: dict[str, set[str]] = {}
    for include in includes:
        if include.target is not None and unit_of(include.source) != unit_of(include.target):
            edges.setdefault(unit_of(include.source), set()).add(unit_of(include.target))
    return [
        *units_by_themselves(sources, includes),
        *(f"{include}: {wrong}" for include in includes if (wrong := wrong_include(include))),
        *(f"a circle: {' '.join(group)}" for group in circles(edges))]
