"""Redis with the append-only file on, the secret, the master key, and keys in any number.

What Redis charged the keys, less what it has only lent to a worker, is what was admitted.
"""

import secrets
import string
import time
from dataclasses import dataclass
from pathlib import Path

from children import Children
from harness.admin import Admin, private_folder
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch

LIMIT = 1_000_000_000  # of each key: never reached, but checked and counted in both windows
ZIPF = 1.1
FILE_KEYS_MAX = 10_000  # of one `key import`
QUESTION_KEYS = 5_000  # of one question for what is charged

# Of the month: a day may end while the benchmark runs. The first word of `credit` is what is out.
ADMITTED = """
local sum = 0
for _, id in ipairs(ARGV) do
    local got = redis.call('HMGET', 'mmx:{' .. id .. '}', 'm.requests', 'credit')
    sum = sum + (tonumber(got[1]) or 0) - (tonumber(string.match(got[2] or '', '^%d+')) or 0)
end
return sum
"""


@dataclass(frozen=True, slots=True)
class KeySet:
    """So many keys, and how they are drawn: `64`, or `1000z` by Zipf's law."""

    name: str

    @property
    def count(self) -> int:
        return int(self.name.rstrip("z"))

    @property
    def exponent(self) -> float:
        return ZIPF if self.name.endswith("z") else 0.0

    def __str__(self) -> str:
        keys = "1 key" if self.count == 1 else f"{self.count:,} keys"
        return f"{keys}, Zipf {ZIPF}" if self.exponent else keys


class Store:
    """Started by the constructor; close() ends it."""

    def __init__(self, folder: Path, children: Children, counts: set[int]):
        self._private = private_folder(folder)
        self.redis = RedisServer(folder / "redis", folder / "redis.sock").start()
        children.know(self.redis.pid)
        try:
            admin = Admin(self.redis.url, self._private, SecretWatch(self._private))
            admin.init()
            admin.set_master()
            self.secret = admin.secret
            self._ids: list[str] = []
            self.keys: list[str] = []
            self._import(admin, max(counts))
            for count in counts:
                self.file(count).write_text("".join(f"{key}\n" for key in self.keys[:count]))
        except BaseException:
            self.close()
            raise

    def _import(self, admin: Admin, count: int) -> None:
        letters = string.ascii_letters + string.digits
        self.keys = ["mmx-" + "".join(secrets.choice(letters) for _ in range(32))
                     for _ in range(count)]
        file = self._private / "import.csv"
        for start in range(0, count, FILE_KEYS_MAX):
            file.write_text("".join(f"{key},bench,{LIMIT},{LIMIT}\n"
                                    for key in self.keys[start:start + FILE_KEYS_MAX]))
            self._ids += [key["id"] for key in admin.json("key", "import", file)["keys"]]

    def file(self, count: int) -> Path:
        """The first so many keys, one a line."""
        return self._private / f"keys-{count}"

    def admitted(self) -> int:
        """By all keys together, as far as Redis knows: what a worker holds lent, it tells late."""
        return sum(self.redis.command("EVAL", ADMITTED, 0, *self._ids[at:at + QUESTION_KEYS])
                   for at in range(0, len(self._ids), QUESTION_KEYS))

    def memory(self) -> int:
        """Bytes that Redis holds."""
        text = self.redis.command("INFO", "memory")
        return int(text.split("used_memory:")[1].split("\r\n")[0])

    def close(self) -> None:
        self.redis.kill9()


class Ledger:
    """What was sent to a gateway since it was made, and whether Redis has counted just that.

    wrk ends with a request under way on each connection, which it does not report: hence bounds.
    """

    WAIT_S = 5.0  # in which a worker has settled, and told what it spent
    QUIET_S = 2.0

    def __init__(self, store: Store):
        self._store = store
        self._before = store.admitted()
        self._low = self._high = 0

    def sent(self, low: int, high: int) -> None:
        self._low += low
        self._high += high

    def check(self) -> None:
        """Waits until they agree; the benchmark ends where they do not."""
        deadline = time.monotonic() + self.WAIT_S
        while not self._low <= (counted := self._store.admitted() - self._before) <= self._high:
            if time.monotonic() > deadline:
                bounds = f"{self._low} to {self._high}"
                raise SystemExit(f"{bounds} answers, but Redis counted {counted}")
            time.sleep(0.05)

    def close(self) -> None:
        """They agree, and go on agreeing."""
        deadline = time.monotonic() + self.QUIET_S
        while time.monotonic() < deadline:
            self.check()
            time.sleep(0.1)
