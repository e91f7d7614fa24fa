"""Every process of the benchmark, in a group of its own, so that none is left behind.

Who they are stands in a file: when this process ends without a chance to end them, run.sh does.
"""

import contextlib
import os
import signal
import subprocess
from pathlib import Path


class Children:
    def __init__(self, folder: Path):
        self._list = folder / "groups"
        self._list.touch()

    def know(self, group: int) -> None:
        """Of a process that leads a group and was just started; by its time of start, too, since a
        number is used again."""
        with contextlib.suppress(FileNotFoundError):
            started = Path(f"/proc/{group}/stat").read_text().rpartition(")")[2].split()[19]
            with self._list.open("a") as file:
                file.write(f"{group} {started}\n")

    def run(self, command: list[object], timeout: float) -> str:
        """A program to its end; returns what it printed. Its failure ends the benchmark."""
        program = subprocess.Popen(
            [str(part) for part in command], text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        self.know(program.pid)
        try:
            out, err = program.communicate(timeout=timeout)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.communicate()
            raise
        if program.returncode != 0:
            raise SystemExit(f"{command[0]}: exit {program.returncode}\n{out}{err}")
        return out
