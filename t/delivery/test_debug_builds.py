"""`debug_connection` is refused where nginx has it, and not looked for where it does not.

nginx made --with-debug has one more member in its event module's structure, and takes modules
whatever their own headers said of that. So the check is compiled with either kind of headers, and
linked with a stand-in for either kind of nginx.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.compiling import Unit, compiled, units
from harness.paths import environment

HOST = Path(__file__).with_name("debug_host.cpp")
KINDS = {"debug": "-DNGX_DEBUG=1", "plain": "-DNGX_DEBUG=0"}
EXPORTED = ("-fvisibility=default", "-rdynamic")  # as nginx hands its symbols to modules
NETWORK = "127.0.0.1"


def checks() -> Unit:
    unit, = (unit for unit in units("module") if unit.source.name == "config_checks.cpp")
    return unit


@pytest.fixture
def nginx(tmp_path: Path) -> Callable[[str, str], Path]:
    """The stand-in for nginx of one kind, with the check compiled for another."""
    def make(headers: str, binary: str) -> Path:
        unit, check, program = checks(), tmp_path / "check.o", tmp_path / "nginx"
        made = unit.compile(KINDS[headers], "-Werror", "-o", check)
        assert made.returncode == 0, made.stderr
        made = compiled([*unit.call, KINDS[binary], *EXPORTED, HOST, check, "-o", program])
        assert made.returncode == 0, made.stderr
        return program
    return make


def verdict(program: Path, *networks: str) -> str:
    done = subprocess.run([program, *networks], env=environment(program.parent), text=True,
                          capture_output=True, timeout=20, check=False)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stderr}"
    assert bool(done.stderr) == (done.stdout == "refused\n"), done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("headers", KINDS)
def test_debug_build_is_refused_what_would_write_keys(nginx, headers: str) -> None:
    program = nginx(headers, "debug")
    assert verdict(program, NETWORK) == "refused"
    assert verdict(program) == "passed"


@pytest.mark.parametrize("headers", KINDS)
def test_other_build_passes_and_nothing_is_read_that_it_does_not_have(nginx, headers: str) -> None:
    """There the directive is ignored, as nginx itself warns."""
    assert verdict(nginx(headers, "plain"), NETWORK) == "passed"
