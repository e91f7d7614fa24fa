"""What the program prints about itself: its version, its manual page, bash's completion."""

import re
import subprocess
from pathlib import Path

import pytest
from harness.paths import ADMIND, ROOT

# Neither Redis nor a configuration is there to be asked.
NOWHERE = {"MMX_REDIS": "unix:/nonexistent", "MMX_SECRET": "/nonexistent",
           "MMX_CONFIG": "/nonexistent", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


def told(*words: str) -> str:
    done = subprocess.run([ADMIND, *words], env=NOWHERE, capture_output=True, text=True,
                          timeout=30, check=True)
    assert done.stderr == ""
    return done.stdout


def commands() -> list[str]:
    return re.findall(r"^  ([a-z]+(?: [a-z]+)?)\b", told("--help"), re.M)


def options_of(*command: str) -> set[str]:
    return set(re.findall(r"^  (--[a-z-]+)", told(*command, "--help"), re.M))


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "mmx-admind"
    path.write_text(told("completion", "bash"))
    return path


def completed(script: Path, *words: str, folder: Path | None = None) -> list[str]:
    """What bash offers for the last of these words."""
    ask = ('. "$1"; shift; complete -p mmx-admind >/dev/null || exit 3; COMP_WORDS=("$@"); '
           'COMP_CWORD=$(($# - 1)); _mmx_admind; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "--norc", "-uc", ask, "bash", script, "mmx-admind", *words],
                          env=NOWHERE, cwd=folder, capture_output=True, text=True, timeout=30,
                          check=True)
    assert done.stderr == ""
    return [line for line in done.stdout.split("\n") if line]


@pytest.mark.parametrize("words", [
    ("--version",), ("key", "--version"), ("key", "list", "--version")])
def test_the_version_is_printed(words: tuple[str, ...]) -> None:
    assert re.fullmatch(r"mmx-admind \d+\.\d+\.\d+\n", told(*words))


def test_bash_completes_every_command(script: Path) -> None:
    offered = [noun if not (verbs := completed(script, noun, "")) or noun in ("usage", "reseal")
               else [f"{noun} {verb}" for verb in verbs] for noun in completed(script, "")]
    flat = [name for one in offered for name in ([one] if isinstance(one, str) else one)]
    assert flat == commands()


def test_bash_completes_every_option_of_every_command(script: Path) -> None:
    for command in commands():
        words = command.split(" ")
        assert set(completed(script, *words, "--")) == options_of(*words), command


@pytest.mark.parametrize("words, expected", [
    (("k",), ["key"]),
    (("key", "re"), ["reveal"]),
    (("--json", "key", "--limit", "3", "l"), ["list"]),
    (("--config", "key", "master", "s"), ["set", "show"]),
    (("user", "add", "bob", "--ro"), ["--role"]),
    (("user", "add", "--role", ""), ["admin", "viewer"]),
    (("user", "add", "--role", "=", "v"), ["viewer"]),
    (("user", "add", "--role", "="), ["admin", "viewer"]),
    (("user", "--role", "=", "viewer", "a"), ["add"]),
    (("key", "list", "--status", "d"), ["disabled"]),
    (("key", "list", "--order", ""), ["asc", "desc"]),
    (("key", "create", "--user", ""), []),
    (("key", "show", ""), []),
    (("nothing", ""), []),
])
def test_bash_completes_what_may_stand_there(
        script: Path, words: tuple[str, ...], expected: list[str]) -> None:
    assert sorted(completed(script, *words)) == sorted(expected)


@pytest.mark.parametrize("words", [
    ("key", "import"), ("reseal",), ("--config",), ("--redis-password-file",),
    ("key", "list", "--secret"), ("--secret", "=")])
def test_bash_completes_paths(script: Path, words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "new keys.csv").touch()
    (tmp_path / "notes").touch()
    assert completed(script, *words, "new", folder=tmp_path) == ["new keys.csv"]


def test_groff_takes_the_manual_page_without_a_warning(tmp_path: Path) -> None:
    page = tmp_path / "mmx-admind.1"
    page.write_text(told("man"))
    for check in (["groff", "-ww", "-man", "-z", "-Tutf8", page],
                  ["man", "--warnings", "-E", "UTF-8", "-l", page]):
        done = subprocess.run(check, env=NOWHERE | {"MANPAGER": "cat", "MANWIDTH": "100"},
                              capture_output=True, text=True, timeout=60, check=True)
        assert done.stderr == ""


def test_the_manual_page_has_every_command_and_option() -> None:
    page = told("man").replace("\\-", "-")
    sections = dict(re.findall(r"^\.SS ([a-z]+(?: [a-z]+)?)[^\n]*\n(.*?)(?=^\.S)", page,
                               re.M | re.S))
    assert list(sections) == commands()
    common = set(re.findall(r"^\\fB(--[a-z-]+)", page.partition("\n.SH OPTIONS")[2], re.M))
    for command, text in sections.items():
        own = set(re.findall(r"^\\fB(--[a-z-]+)", text, re.M))
        assert own | common == options_of(*command.split(" ")), command


def test_the_readme_names_every_command_and_option() -> None:
    for name, title in (("README.md", "## The command line"), ("README.zh-CN.md", "## 命令行")):
        chapter = (ROOT / name).read_text().partition(title)[2].partition("\n## ")[0]
        for command in commands():
            assert f"`{command}" in chapter, (name, command)
            assert options_of(*command.split(" ")) - {"--help"} <= set(
                re.findall(r"--[a-z-]+", chapter)), (name, command)
