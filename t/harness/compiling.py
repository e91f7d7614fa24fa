"""How the build compiled each source, to compile it again in another way."""

import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .paths import BUILD, ROOT

JOBS = int(os.environ.get("MMX_JOBS", "0")) or os.cpu_count()  # compilers at once
COMPILE_SECONDS_MAX = 150


@dataclass(frozen=True, slots=True)
class Unit:
    """One source and the compiler's call for it, without what names the source and the result."""

    source: Path
    call: tuple[str, ...]

    def compile(self, *options: str | Path) -> subprocess.CompletedProcess:
        """With these options after the build's own."""
        return compiled([*self.call, *options, "-c", self.source])

    @property
    def text(self) -> str:
        return self.source.read_text()


def units(*folders: str) -> list[Unit]:
    """Those whose path below the project's root begins with one of these folders."""
    entries = json.loads((BUILD / "compile_commands.json").read_text())
    found = [Unit(Path(entry["file"]), bare(shlex.split(entry["command"]))) for entry in entries]
    return [unit for unit in found if unit.source.suffix == ".cpp"
            and unit.source.is_relative_to(ROOT)
            and unit.source.relative_to(ROOT).parts[0] in folders]


def bare(call: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    words = iter(call)
    for word in words:
        if word in ("-o", "-c", "-MT", "-MF", "-include"):  # precompiled headers fit nothing else
            next(words)
        elif word not in ("-MD", "-Winvalid-pch"):
            kept.append(word)
    return tuple(kept)


def compiled(call: list[str | Path]) -> subprocess.CompletedProcess:
    return subprocess.run(call, text=True, capture_output=True, timeout=COMPILE_SECONDS_MAX,
                          check=False)
