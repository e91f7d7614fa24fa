"""What a fault proxy may be told to do to a command."""

from dataclasses import dataclass
from enum import Enum, auto

COMMITS = frozenset({b"EVALSHA", b"EVAL"})
FLUSH = b"a flush of totals"  # not a commit, though a script as well
EVER = 10**9


def kind_of(command: list[bytes]) -> bytes:
    """What faults are tied to: the command's name."""
    name = bytes(command[0]).upper()
    is_flush = name in COMMITS and len(command) > 3 and bytes(command[3]) == b"mmx:touched"
    return FLUSH if is_flush else name


class How(Enum):
    """What happens to a command, or to its reply after the command ran."""

    CUT = auto()        # after bytes of the reply, the connection ends; 0: the reply is lost whole
    STALL = auto()      # the reply, and all behind it, waits for seconds
    DRIBBLE = auto()    # the reply comes byte by byte
    REPLACE = auto()    # data comes instead of the reply
    DUPLICATE = auto()  # the reply comes twice
    SWAP = auto()       # the reply changes places with the next one
    UNSENT = auto()     # the connection ends before Redis sees the command
    INSTEAD = auto()    # data comes, and Redis never sees the command
    LATE = auto()       # the connection falls silent; the command runs after seconds all the same


@dataclass(slots=True)
class Fault:
    """how, for `times` commands from the first-th of these kinds on, each every-th of them.

    containing: only commands with these bytes in them are of that kind.
    """

    how: How
    first: int = 1
    times: int = 1
    every: int = 1
    bytes: int = 0
    seconds: float = 0.0
    data: bytes = b""
    close: bool = False  # end the connection after REPLACE or INSTEAD
    kinds: frozenset[bytes] = COMMITS
    containing: bytes = b""
    seen: int = 0

    def strikes(self, command: bytes, raw: bytes) -> bool:
        if command not in self.kinds or self.containing not in raw:
            return False
        self.seen += 1
        turn, rest = divmod(self.seen - self.first, self.every)
        return rest == 0 and 0 <= turn < self.times
