"""clang-tidy over the sources of a build; a unit that passed as it is does not run again.

    clang_tidy.py BUILD

As it is: the bytes of all files that it includes, its flags, the configuration and the version of
clang-tidy. Where these passed is remembered outside the build folder, by names below the
source and the build folder, so that another clone on this machine has it at hand, too.
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile
from pathlib import Path

REMEMBERED_MAX = 20_000  # units that passed; an empty file each
SOURCES = re.compile(r"(lib|host|module|admind)/.*\.cpp")
# What is g++'s alone, and what names a header that was compiled beforehand.
NOT_CLANGS = {"-fno-gnu-unique", "-Winvalid-pch", "-fpch-preprocess"}
CLANG = os.environ.get("MMX_CLANG", "clang++")
CLANG_TIDY = os.environ.get("MMX_CLANG_TIDY", "clang-tidy")


def memory() -> Path:
    """The folder of what passed."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "mmx-gate" / "clang-tidy"


@dataclass(frozen=True, slots=True)
class Unit:
    source: Path
    folder: Path  # that its command runs in
    flags: tuple[str, ...]


def clangs_flags(command: str) -> tuple[str, ...]:
    """A compiler's flags without the compiler, what launches it, the output and the source."""
    kept: list[str] = []
    words = dropwhile(lambda word: not word.startswith("-"), shlex.split(command))
    for word in words:
        if word in ("-o", "-c", "-MF", "-MT", "-MQ"):
            next(words)
        elif word == "-include":
            header = next(words)
            kept += [] if Path(header).name.startswith("cmake_pch.") else [word, header]
        elif word not in NOT_CLANGS and not word.startswith("-MD"):
            kept.append(word)
    return (*kept, "-Wno-unknown-warning-option")  # g++ has warnings that clang does not know


def units(build: Path, root: Path) -> list[Unit]:
    """Those of the programs; no test, and nothing that a build generates."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = Path(entry["directory"], entry["file"])
        if source.is_relative_to(root) and SOURCES.fullmatch(str(source.relative_to(root))):
            found.setdefault(source, Unit(source, Path(entry["directory"]),
                                          clangs_flags(entry["command"])))
    return list(found.values())


@lru_cache(maxsize=None)
def digest_at(path: str, _changed: int, _size: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def digest(path: str) -> str:
    """Of a file's bytes, read again only when it changed."""
    status = os.stat(path)
    return digest_at(path, status.st_mtime_ns, status.st_size)


class Tidy:
    def __init__(self, build: Path, root: Path):
        self.build, self.root = build, root
        self.memory = memory()
        self.memory.mkdir(parents=True, exist_ok=True)
        self.looked_at = 0
        self._version = subprocess.run([CLANG_TIDY, "--version"], check=True, text=True,
                                       capture_output=True).stdout

    def anywhere(self, text: str) -> str:
        """The same text in every clone."""
        return text.replace(str(self.build), "<build>").replace(str(self.root), "<root>")

    def configuration(self, source: Path) -> list[str]:
        files = [folder / ".clang-tidy" for folder in source.parents
                 if folder.is_relative_to(self.root)]
        return [file.read_text() for file in files if file.is_file()]

    def included(self, unit: Unit) -> list[str] | None:
        """Every file that the preprocessor reads; None when it cannot."""
        done = subprocess.run([CLANG, *unit.flags, "-M", str(unit.source)], cwd=unit.folder,
                              text=True, capture_output=True, check=False)
        if done.returncode != 0:
            return None
        rule = done.stdout.replace("\\\n", " ").partition(": ")[2]
        return [os.path.normpath(unit.folder / name.replace("\\ ", " "))
                for name in re.split(r"(?<!\\)\s+", rule.strip())]

    def key(self, unit: Unit) -> str | None:
        """Names the unit as it is. None: clang-tidy shall say what is wrong."""
        included = self.included(unit)
        if included is None:
            return None
        parts = [self._version, *self.configuration(unit.source),
                 self.anywhere(" ".join((*unit.flags, str(unit.source)))),
                 *(f"{self.anywhere(path)} {digest(path)}" for path in included)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def passes(self, unit: Unit) -> bool:
        key = self.key(unit)
        if key and (self.memory / key).exists():
            (self.memory / key).touch()
            return True
        self.looked_at += 1
        done = subprocess.run(
            [CLANG_TIDY, "--quiet", str(unit.source), "--", *unit.flags], cwd=unit.folder,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0 or done.stdout.strip():
            print(done.stdout, done.stderr, sep="", flush=True)
            return False
        if key and self.key(unit) == key:  # else somebody wrote meanwhile
            (self.memory / key).touch()
        return True

    def forget(self) -> None:
        """What was not met for longest, beyond the bound."""
        known = sorted(self.memory.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in known[:max(0, len(known) - REMEMBERED_MAX)]:
            path.unlink(missing_ok=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    options = parser.parse_args()
    root = options.root.resolve()
    tidy = Tidy(options.build.resolve(), root)
    work = units(tidy.build, root)
    with ThreadPoolExecutor(int(os.environ.get("MMX_JOBS") or os.cpu_count() or 1)) as pool:
        passed = list(pool.map(tidy.passes, work))
    tidy.forget()
    if not work or not all(passed):
        print(f"clang-tidy: something is wrong with {passed.count(False)} of {len(work)} units")
        return 1
    print(f"clang-tidy found nothing in {len(work)} units, {tidy.looked_at} of them looked at anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
