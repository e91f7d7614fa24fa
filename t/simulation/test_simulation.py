"""The module's own commits over simulated networks, clocks and crashes: `world/book.hpp` says what
must hold. A run that fails names its seed; `build/mmx_simulation --seed N --verbose` replays it."""

import subprocess
from pathlib import Path

import pytest
from harness.paths import BUILD, SANITIZED

SIMULATION = BUILD / "mmx_simulation"
MUTANTS = BUILD / "mutants"
SEEDS = 4_000 if SANITIZED else 100_000
PARTS = 10  # each well below what a test may take
SEEDS_OF_A_MUTATION = 20_000  # among which one must fail
FIRST_SEEDS = {"word_counts_from_the_answer": 30_001}  # of those that fail rarely; else 1


def run(program: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([program, *options], capture_output=True, text=True, timeout=1200,
                          check=False)


MUTATIONS = run(SIMULATION, "--mutations").stdout.split() if SIMULATION.exists() else []


@pytest.mark.parametrize("part", range(PARTS))
def test_what_must_hold_does_whatever_goes_wrong(part: int) -> None:
    share = SEEDS // PARTS
    done = run(SIMULATION, "--seeds", f"{part * share + 1}..{(part + 1) * share}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{share} seeds: ")


def test_a_seed_replays_its_run() -> None:
    first, second = (run(SIMULATION, "--seed", "7", "--verbose") for _ in range(2))
    assert first.returncode == 0 and first.stdout.count("\n") > 50
    assert first.stdout == second.stdout


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_script_that_breaks_a_rule_is_noticed(name: str) -> None:
    done = run(SIMULATION, "--mutate", name, "--seeds", f"1..{SEEDS_OF_A_MUTATION}")
    assert done.returncode == 1 and done.stdout.startswith("seed "), done


@pytest.mark.parametrize("name", sorted(mutant.name for mutant in MUTANTS.glob("*")))
def test_a_module_that_breaks_a_rule_is_noticed(name: str) -> None:
    first = FIRST_SEEDS.get(name, 1)
    done = run(MUTANTS / name, "--seeds", f"{first}..{first + SEEDS_OF_A_MUTATION - 1}")
    assert done.returncode == 1 and done.stdout.startswith("seed "), done


def test_all_rules_are_tried() -> None:
    assert "no_memory" in MUTATIONS and (MUTANTS / "new_number_on_repeat").exists()


def test_a_mutation_that_alters_nothing_is_refused() -> None:
    assert run(SIMULATION, "--mutate", "nonesuch").returncode == 2
