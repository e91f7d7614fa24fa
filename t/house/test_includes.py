"""Who may include whom: include_rules.py holds, and would notice if it did not."""

import subprocess
from pathlib import Path

import pytest
from harness.paths import ROOT
from house.include_rules import (
    PROGRAMS,
    UNITS_OF_A_FOLDER_MAX,
    ours,
    violations,
)


def tracked() -> list[str]:
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split("\n")
    return [name for name in names if name and (ROOT / name).is_file()]


# A small house in which all is well: each file and what it includes.
HOUSE = {
    "lib/text.hpp": "",
    "lib/text.cpp": '"lib/text.hpp" <string>',
    "lib/scripts/scripts.hpp": "",
    "host/random.hpp": '"lib/text.hpp"',
    "host/random.cpp": '"host/random.hpp" <unistd.h>',
    "module/base/ngx.hpp": "<ngx_core.h>",
    "module/base/timer.hpp": '"base/ngx.hpp"',
    "module/base/timer.cpp": '"base/timer.hpp"',
    "module/redis/connection.hpp": '"base/timer.hpp" "lib/text.hpp"',
    "module/redis/handshake.hpp": '"redis/connection.hpp"',
    "module/config/config.hpp": '"redis/connection.hpp" "host/random.hpp"',
    "module/commits/admission.hpp": '"config/config.hpp" "base/timer.hpp"',
    "module/worker.hpp": '"commits/admission.hpp"',
    "module/worker.cpp": '"worker.hpp"',
    "module/phases/access.hpp": '"worker.hpp"',
    "module/directives.hpp": '"phases/access.hpp"',
    "module/ngx_http_mmx_module.cpp": '"directives.hpp" "worker.hpp"',
    "module/modules.c": "<ngx_config.h>",
    "admind/base/json.hpp": "<nlohmann/json.hpp>",
    "admind/redis/client.hpp": '"base/json.hpp"',
    "admind/store/store.hpp": '"redis/client.hpp" "lib/scripts/scripts.hpp"',
    "admind/store/keys.hpp": '"store/store.hpp"',
    "admind/store/keys.cpp": '"store/keys.hpp" "base/json.hpp"',
    "admind/auth/session.hpp": '"store/store.hpp"',
    "admind/check/checks.hpp": '"store/keys.hpp"',
    "admind/format/json.hpp": '"auth/session.hpp" "check/checks.hpp"',
    "admind/http/server.hpp": '"base/json.hpp"',
    "admind/daemon/daemon.hpp": '"http/server.hpp" "format/json.hpp"',
    "admind/api/routes.hpp": '"daemon/daemon.hpp"',
    "admind/api/dispatch.hpp": '"api/routes.hpp"',
    "admind/cli/command_line.hpp": '"store/keys.hpp"',
    "admind/cli/serve.hpp": '"cli/command_line.hpp"',
    "admind/cli/serve.cpp": '"cli/serve.hpp" "http/server.hpp"',
    "admind/main.cpp": '"cli/command_line.hpp" "api/routes.hpp"',
}

# What breaks one rule: the files that are added or replaced, and what is said of it.
BROKEN = {
    "goes up": (
        {"admind/store/store.hpp": '"auth/session.hpp"'},
        ["admind/store/store.hpp:1 includes auth/session.hpp: that goes up: store stands below "
         "auth", "a circle: admind/auth/session admind/store/store"]),
    "goes up within the module": (
        {"module/base/list.hpp": '"worker.hpp"'},
        ["module/base/list.hpp:1 includes worker.hpp: that goes up: base stands below worker"]),
    "the directives are not for a phase": (
        {"module/phases/log.hpp": '"directives.hpp"'},
        ["module/phases/log.hpp:1 includes directives.hpp: that goes up: phases stands below "
         "directives"]),
    "goes up by its whole name": (
        {"admind/base/error.hpp": '"admind/store/store.hpp"'},
        ["admind/base/error.hpp:1 includes admind/store/store.hpp: that goes up: base stands below "
         "store"]),
    "api and cli meet": (
        {"admind/api/keys.hpp": '"cli/command_line.hpp"'},
        ["admind/api/keys.hpp:1 includes cli/command_line.hpp: api and cli never meet"]),
    "serve meets the api": (
        {"admind/cli/serve.hpp": '"api/routes.hpp"'},
        ["admind/cli/serve.hpp:1 includes api/routes.hpp: cli and api never meet"]),
    "auth and check meet": (
        {"admind/check/examine.hpp": '"auth/session.hpp"'},
        ["admind/check/examine.hpp:1 includes auth/session.hpp: check and auth never meet"]),
    "http knows the store": (
        {"admind/http/body.hpp": '"store/keys.hpp"'},
        ["admind/http/body.hpp:1 includes store/keys.hpp: http and store never meet"]),
    "module meets admind": (
        {"module/phases/log.hpp": '"admind/store/keys.hpp"'},
        ["module/phases/log.hpp:1 includes admind/store/keys.hpp: module may not know admind"]),
    "admind meets module": (
        {"admind/store/usage.hpp": '"module/worker.hpp"'},
        ["admind/store/usage.hpp:1 includes module/worker.hpp: admind may not know module"]),
    "lib knows host": (
        {"lib/seal.hpp": '"host/random.hpp"'},
        ["lib/seal.hpp:1 includes host/random.hpp: lib may not know host"]),
    "lib knows a program, in angle brackets": (
        {"lib/seal.hpp": "<admind/store/keys.hpp>"},
        ["lib/seal.hpp:1 includes admind/store/keys.hpp: lib may not know admind"]),
    "lib asks the system": (
        {"lib/random.hpp": "<unistd.h>", "lib/now.hpp": "<thread>"},
        ["lib/now.hpp:1 includes thread: lib is pure",
         "lib/random.hpp:1 includes unistd.h: lib is pure"]),
    "a circle of two in one room": (
        {"admind/store/a.hpp": '"store/b.hpp"', "admind/store/b.hpp": "",
         "admind/store/b.cpp": '"store/b.hpp" "store/a.hpp"'},
        ["a circle: admind/store/a admind/store/b"]),
    "a circle of three": (
        {"lib/a.hpp": '"lib/b.hpp"', "lib/b.hpp": '"lib/c.hpp"', "lib/c.hpp": "",
         "lib/c.cpp": '"lib/c.hpp" "lib/a.hpp"'},
        ["a circle: lib/a lib/b lib/c"]),
    "two circles": (
        {"lib/a.hpp": '"lib/b.hpp"', "lib/b.hpp": '"lib/a.hpp"',
         "lib/y.hpp": '"lib/z.hpp" "lib/a.hpp"', "lib/z.hpp": '"lib/y.hpp"'},
        ["a circle: lib/a lib/b", "a circle: lib/y lib/z"]),
    "no own header": (
        {"admind/store/key_part.cpp": '"store/keys.hpp"'},
        ["admind/store/key_part.cpp: has no header of its own name"]),
    "own header not included": (
        {"lib/mask.hpp": "", "lib/mask.cpp": ""},
        ["lib/mask.cpp: does not include the header of its own name"]),
    "unknown room": (
        {"admind/misc/things.hpp": ""},
        ["admind/misc/things.hpp: the house has no room misc"]),
    "a second unit beside main": (
        {"admind/helpers.hpp": ""},
        ["admind/helpers.hpp: the house has no room helpers"]),
    "written from beside it": (
        {"admind/store/usage.hpp": '"keys.hpp"', "module/redis/target.hpp": '"../base/ngx.hpp"',
         "lib/seal.hpp": '"text.hpp"'},
        [f"{place}: no such file of ours, written from the root of the program" for place in (
            "admind/store/usage.hpp:1 includes keys.hpp", "lib/seal.hpp:1 includes text.hpp",
            "module/redis/target.hpp:1 includes ../base/ngx.hpp")]),
    "speaks to nginx by itself": (
        {"module/phases/log.hpp": "<ngx_http.h>"},
        ["module/phases/log.hpp:1 includes ngx_http.h: only module/base/ngx.hpp speaks to nginx"]),
    "a crowded room": (
        {f"lib/scripts/n{number}.hpp": "" for number in range(UNITS_OF_A_FOLDER_MAX)},
        [f"lib/scripts/: {UNITS_OF_A_FOLDER_MAX + 1} units are more than {UNITS_OF_A_FOLDER_MAX}"]),
}


def build(folder: Path, house: dict[str, str]) -> list[str]:
    for name, includes in house.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"#include {one}\n" for one in includes.split()))
    return list(house)


def test_a_house_in_order_is_left_alone(tmp_path: Path) -> None:
    names = build(tmp_path, HOUSE)
    assert violations(tmp_path, names) == []


@pytest.mark.parametrize("broken", BROKEN)
def test_each_way_to_break_a_rule_is_found(tmp_path: Path, broken: str) -> None:
    changes, found = BROKEN[broken]
    assert violations(tmp_path, build(tmp_path, HOUSE | changes)) == found


def test_what_is_not_ours_is_not_judged(tmp_path: Path) -> None:
    names = build(tmp_path, HOUSE | {"t/unit/lib/text_test.cpp": '"store/keys.hpp"',
                                     "admind/console/src/main.ts": ""})
    assert violations(tmp_path, names) == []


def test_the_house_is_in_order() -> None:
    names = tracked()
    assert {name.partition("/")[0] for name in ours(names)} == set(PROGRAMS)
    assert not violations(ROOT, names)
