"""The house rules, as tests: a rule that nothing checks is a wish."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from harness.paths import ADMIND, ROOT

LINE_LENGTH_MAX = 100
FUNCTION_LINES_MAX = 60
READMES = ["README.md", "README.zh-CN.md"]
# Put together here, so that this page does not name what it forbids.
DEBT = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")))
FOREIGN = re.compile("|".join(("/work" + "/", "sha" + "red/", r"\.libr" + "ary")))
PAGE_CODE = (".ts", ".vue", ".mjs", ".css")
CODE = (".cpp", ".hpp", ".c", ".py", ".sh", ".lua", *PAGE_CODE)
# What would let a name become markup, or need more than the page's security policy grants.
RAW_MARKUP = re.compile(r"v-html|\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|"
                        r"\beval\(|new Function\(|\bsrcdoc\b|[^:\w]style=\"")
API = ROOT / "admind" / "openapi.yaml"


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def is_script(path: Path) -> bool:
    return path.suffix == ".sh" or path.read_bytes().startswith(b"#!/bin/bash")


def text_of(path: Path) -> str | None:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return None


def code_files(*suffixes: str) -> list[Path]:
    return [path for path in tracked() if path.suffix in (suffixes or CODE)]


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_code_to_check() -> None:
    assert len(code_files(".cpp")) > 20 and len(code_files(".py")) > 5


def test_no_line_is_longer_than_a_screen_is_wide() -> None:
    """But for the page's texts, of which each is one string."""
    long = [f"{shown(path)}:{number}" for path in code_files()
            if path.suffix != ".lua" and "locales" not in path.parts
            for number, line in enumerate(path.read_text().split("\n"), 1)
            if len(line) > LINE_LENGTH_MAX]
    assert not long


def cpp_functions(text: str) -> Iterator[tuple[int, int]]:
    """First and last line of each function: clang-format puts a function's braces on lines of
    their own, the closing one under the opening one."""
    lines = text.split("\n")
    for first, line in enumerate(lines):
        if re.fullmatch(r" *\{", line):
            end = line.replace("{", "}")
            last = next(n for n in range(first + 1, len(lines)) if lines[n].rstrip(";") == end)
            yield first + 1, last + 1


def indented_functions(text: str, start: str) -> Iterator[tuple[int, int]]:
    """The same for Python, where a body is what is indented, and for shell scripts."""
    lines = text.split("\n")
    for first, line in enumerate(lines):
        if match := re.match(start, line):
            deeper = len(match.group(1))
            last = first
            for number in range(first + 1, len(lines)):
                stripped = lines[number].lstrip()
                indent = len(lines[number]) - len(stripped)
                if stripped and indent <= deeper and stripped[0] not in ")}":
                    break
                last = number if stripped else last
            yield first + 1, last + 1


def functions(path: Path) -> Iterator[tuple[int, int]]:
    text = path.read_text()
    if path.suffix in (".cpp", ".hpp"):
        return cpp_functions(text)
    if path.suffix == ".py":
        return indented_functions(text, r"( *)(?:async )?def ")
    return indented_functions(text, r"()\w+\(\) [{(]$")


def test_no_function_is_longer_than_a_screen() -> None:
    long = [f"{shown(path)}:{first}" for path in tracked()
            if path.suffix in (".cpp", ".hpp", ".py") or (path.suffix != ".lua" and is_script(path))
            for first, last in functions(path) if last - first + 1 > FUNCTION_LINES_MAX]
    assert not long


def test_the_function_finder_finds_long_functions() -> None:
    body = "    x();\n" * (FUNCTION_LINES_MAX + 5)
    assert list(cpp_functions("void f()\n{\n" + body + "}\n")) == [(2, FUNCTION_LINES_MAX + 8)]
    python = "def f():\n" + body + "\n\ny = 1\n"
    assert list(indented_functions(python, r"( *)def ")) == [(1, FUNCTION_LINES_MAX + 6)]


# Comments, strings and characters: what is none of the names of a source.
NO_NAME = re.compile(r"""//[^\n]* | /\*.*?\*/ | R"(\w*)\(.*?\)\1" | "(?:\\.|[^"\\\n])*"
                     | '(?:\\[^\n]{1,9}?|[^'\\\n])'""", re.S | re.X)
RESERVED = re.compile(r"\b(?:_\w+|\w+__\w*)\b")
OF_THE_SYSTEM = {"_Exit", "_SC_PAGESIZE", "__cplusplus"}


def reserved_names(text: str) -> set[str]:
    """Names that begin with an underscore or have two in a row."""
    return set(RESERVED.findall(NO_NAME.sub(" ", text))) - OF_THE_SYSTEM


def test_no_name_is_the_compilers() -> None:
    found = {shown(path): names for path in code_files(".cpp", ".hpp")
             if (names := reserved_names(path.read_text()))}
    assert not found


def test_the_compilers_names_are_found() -> None:
    for text in ("int __x;", "int x__y;", "int _y;", "struct _Upper {};", "f(_z)",
                 "int c = '\"'; int __x;", 'auto s = R"a(")" )a"; int __x;'):
        assert reserved_names(text), text
    for text in ("// __x", "/* _x\n __y */", '"__Host-"', 'R"(_x)"', "int x_y_;", "_Exit(0);",
                 'auto s = "\\"_x";', "1'000 + x_y + 1'000"):
        assert not reserved_names(text), text


def test_only_one_file_speaks_c_to_nginx() -> None:
    speakers = [shown(path) for path in code_files(".cpp", ".hpp")
                if 'extern "C"' in path.read_text() and "fuzz" not in path.parts]
    assert speakers == ["module/base/ngx.hpp"]


def test_no_debt_and_no_place_of_work_is_named() -> None:
    found = [f"{shown(path)}:{number}: {line.strip()}" for path in tracked()
             if path.name not in ("package-lock.json",) and (text := text_of(path)) is not None
             and "corpus" not in path.parts
             for number, line in enumerate(text.split("\n"), 1)
             if DEBT.search(line) or FOREIGN.search(line)]
    assert not found


def test_every_source_is_built() -> None:
    """Each .cpp and .c is named in the CMakeLists.txt nearest above it, or matched by its glob;
    but a shim that the tests compile for themselves is named in Python."""
    python = "".join(path.read_text() for path in code_files(".py"))
    lost = []
    for path in code_files(".cpp", ".c"):
        lists = next((folder / "CMakeLists.txt" for folder in path.parents
                      if (folder / "CMakeLists.txt").is_file()), None)
        built = lists is not None and lists.parent != ROOT
        build = lists.read_text() if built else python
        name = str(path.relative_to(lists.parent)) if built else path.name
        globs = re.findall(r"/(\*[\w.]*)\b", build)
        if "mmx_sources(" in build:  # every .cpp below it: see the CMakeLists.txt of the root
            globs.append("*.cpp")
        if not (re.search(rf"(?<![\w./]){re.escape(name)}\b", build)
                or any(path.match(pattern) for pattern in globs)):
            lost.append(shown(path))
    assert not lost


def test_the_page_makes_no_markup_of_text() -> None:
    files = [path for path in code_files(*PAGE_CODE, ".html") if "console" in path.parts]
    found = [f"{shown(path)}:{number}: {line.strip()}" for path in files
             for number, line in enumerate(path.read_text().split("\n"), 1)
             if RAW_MARKUP.search(line)]
    assert files and not found


def test_clang_format_has_nothing_to_say() -> None:
    files = [str(path) for path in code_files(".cpp", ".hpp")]
    result = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=ROOT, text=True,
                            capture_output=True, timeout=120)
    misshapen = set(re.findall(r"^(\S+?):\d+:\d+: error", result.stderr, re.M))
    assert not misshapen and result.returncode == 0


def test_shell_scripts_parse() -> None:
    scripts = [path for path in tracked() if is_script(path)]
    assert len(scripts) >= 4
    for path in scripts:
        subprocess.run(["bash", "-n", path], check=True)
        if path.read_bytes().startswith(b"#!"):
            assert path.stat().st_mode & 0o111, f"{shown(path)} is not executable"
            assert "set -euo pipefail" in path.read_text(), shown(path)


def test_packages_run_nothing_on_being_installed() -> None:
    """Neither in the product's build nor in the tests, but for an agent that is fetched so."""
    files = [path for path in tracked() if is_script(path) or path.name == "CMakeLists.txt"]
    calls = [line for path in files for line in path.read_text().splitlines()
             if re.search(r"(npm|\{MMX_NPM\}) ci\b", line)]
    assert len(calls) == 2
    assert all("ci --ignore-scripts" in line or 'ci "$scripts"' in line for line in calls), calls


@pytest.mark.parametrize("readme", READMES)
def test_what_the_readme_points_at_is_there(readme: str) -> None:
    text = (ROOT / readme).read_text()
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if ":" not in target]
    files = set(re.findall(r"`((?:conf|t|admind)/[\w./-]+\.\w+)`", text)) | set(targets)
    assert len(files) > 8
    assert not {name for name in files if not (ROOT / name).exists()}


def sources_of(program: str) -> list[Path]:
    return [path for path in code_files(".cpp") if shown(path).startswith(f"{program}/")]


def module_names() -> set[str]:
    tables = "".join(path.read_text() for path in sources_of("module"))
    return set(re.findall(r'ngx_string\("(mmx\w*)"\)', tables))


@pytest.mark.parametrize("readme", READMES)
def test_every_directive_and_variable_is_in_the_readme(readme: str) -> None:
    names = module_names()
    assert {"mmx", "mmx_redis", "mmx_secret", "mmx_authorization", "mmx_verdict"} <= names
    text = (ROOT / readme).read_text()
    absent = {name for name in names if not re.search(rf"`\$?{name}[`\s]", text)}
    assert not absent


def test_every_metric_is_in_the_readme() -> None:
    (page,) = (text for path in sources_of("module")
               if '"mmx_requests_total"' in (text := path.read_text()))
    metrics = set(re.findall(r'"(mmx_\w+)"', page))
    assert len(metrics) > 8
    for readme in READMES:
        text = (ROOT / readme).read_text()
        assert not {name for name in metrics if f"`{name}" not in text}, readme


def help_of(*command: str) -> str:
    return subprocess.run([ADMIND, *command, "--help"], check=True, capture_output=True, text=True,
                          timeout=10).stdout


def cli_commands() -> list[tuple[str, ...]]:
    """What `--help` lists, indented by two: `  key create --user NAME ...`."""
    return [tuple(match.group(1).split())
            for match in re.finditer(r"^  ([a-z]+(?: [a-z]+)?)(?=\s|$)", help_of(), re.M)]


@pytest.mark.parametrize("readme", READMES)
def test_every_command_and_option_is_in_the_readme(readme: str) -> None:
    commands = cli_commands()
    assert ("init",) in commands and any(command[0] == "key" for command in commands)
    text = (ROOT / readme).read_text()
    words = {" ".join(command) for command in commands}
    for command in commands:
        words |= set(re.findall(r"(?<!\w)--[a-z][a-z-]+", help_of(*command)))
    assert not {word for word in words if word not in text}


def api_operations() -> set[str]:
    """`GET /keys/{id}` for each operation of openapi.yaml."""
    verbs = ("get", "put", "post", "patch", "delete")
    return {f"{verb.upper()} {path}"
            for path, operations in yaml.safe_load(API.read_text())["paths"].items()
            for verb in operations if verb in verbs}


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_lists_the_api_as_it_is(readme: str) -> None:
    listed = set(re.findall(r"`((?:GET|PUT|POST|PATCH|DELETE) /[^` ]*)`",
                            (ROOT / readme).read_text()))
    assert len(listed) > 20 and listed == api_operations()


def config_fields() -> set[str]:
    """Environment variables and fields: `Source listen_source{"listen", "MMX_LISTEN", "listen"`."""
    text = "".join(path.read_text() for path in sources_of("admind") if "config" in path.stem)
    sources = re.findall(r'Source \w+\{\s*"[\w-]*",\s*"(MMX_\w+)",\s*"(\w+)"', text)
    return {name for source in sources for name in source}


@pytest.mark.parametrize("readme", READMES)
def test_every_field_of_the_configuration_is_in_the_readme(readme: str) -> None:
    fields = config_fields()
    assert {"MMX_REDIS", "redis", "MMX_LISTEN", "listen"} <= fields
    text = (ROOT / readme).read_text()
    assert not {name for name in fields if f"`{name}`" not in text}
