"""A name whose address a test changes, for processes started with the shim beside it."""

import subprocess
from pathlib import Path

from .paths import SANITIZED, sanitizer_libraries

SOURCE = Path(__file__).with_name("names_shim.c")
MOVING_NAME = "redis.test"


def build_shim(folder: Path) -> str:
    """Compiles the shim; its path, for LD_PRELOAD."""
    shim = folder / "names_shim.so"
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o",
                    str(shim), str(SOURCE), "-ldl"], check=True, timeout=60)
    return str(shim)


class MovingName:
    """MOVING_NAME, at first at this address."""

    def __init__(self, path: Path, shim: str, address: str):
        self._path = path
        self.move(address)
        libraries = [sanitizer_libraries()] if SANITIZED else []
        self.variables = {"MMX_NAMES_FILE": str(path), "LD_PRELOAD": " ".join([*libraries, shim])}

    def move(self, address: str) -> None:
        self._path.write_text(address)
