"""A clock that a test sets, for processes started with the shim beside it."""

import mmap
import struct
import subprocess
import time
from datetime import datetime
from pathlib import Path

SOURCE = Path(__file__).with_name("clock_shim.c")


def build_shim(folder: Path) -> str:
    """Compiles the shim; its path, for LD_PRELOAD."""
    shim = folder / "clock_shim.so"
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o",
                    str(shim), str(SOURCE)], check=True, timeout=60)
    return str(shim)


class Clock:
    """Real time plus an offset. Every process that shares it sees a change at its next look."""

    def __init__(self, path: Path, shim: str):
        path.write_bytes(bytes(8))
        self.shim = shim
        self.variables = {"MMX_CLOCK_FILE": str(path)}
        with path.open("r+b") as file:
            self._offset = mmap.mmap(file.fileno(), 8)

    @property
    def offset(self) -> float:
        """Seconds that this clock is ahead of the machine's."""
        return struct.unpack("<q", self._offset[:])[0] / 1e6

    @offset.setter
    def offset(self, seconds: float) -> None:
        self._offset[:] = struct.pack("<q", round(seconds * 1e6))

    def set(self, when: datetime) -> None:
        """when must carry its zone."""
        assert when.tzinfo is not None
        self.offset = when.timestamp() - time.time()

    def step(self, seconds: float) -> None:
        self.offset += seconds

    def now(self) -> float:
        return time.time() + self.offset
