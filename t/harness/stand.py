"""Everything at once, for the tests of one module to share: Redis, upstream, command line, nginx.

Tests that break something they share take the fixtures of conftest.py instead, one set each.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .admin import Admin, Key, private_folder
from .gateway import Gateway, Options
from .paths import sanitizer_reports
from .process import wait_until
from .redis import RedisServer
from .secret_watch import SecretWatch
from .upstream import PROBE_PATH, Upstream, fingerprint


class Stand:
    """Made by running_stand(). gateway() makes a gateway, and more than one when asked to."""

    def __init__(self, folder: Path, sockets: Path):
        self.folder = folder
        self.sockets = sockets
        self.watch = SecretWatch(private_folder(folder))
        self.redis = RedisServer(folder / "redis", sockets / "redis.sock")
        self.admin = Admin(self.redis.url, self.watch.private, self.watch)
        self.gateways: list[Gateway] = []
        self.http = ""  # of each gateway, unless it has its own
        self._mark = 0
        self.upstream = Upstream(folder / "upstream")

    def start(self) -> None:
        self.redis.start()
        self.admin.init()
        self.admin.set_master()
        self._probe = self.key(user="probe")

    def key(self, **options: object) -> Key:
        return self.admin.create_key(**options)

    def gateway(self, ready: bool = True, **options: object) -> Gateway:
        """ready: wait until each of its workers most likely has the master key."""
        defaults = {"redis": self.redis.gateway_url, "secret": self.admin.secret,
                    "upstream": self.upstream.address, "workers": 1, "http": self.http}
        made = Gateway(self.folder / f"nginx{len(self.gateways)}", Options(**defaults | options))
        self.gateways.append(made)
        made.start()
        if ready:
            wait_until(lambda: all(self._probed(made) for _ in range(8 * made.options.workers)),
                       20, "the gateway forwards")
        return made

    def _probed(self, made: Gateway) -> bool:
        return made.request(self._probe.key, path=f"/mini{PROBE_PATH}").status == 404

    def mark(self) -> None:
        """arrivals() begins here."""
        self._mark = len(self.upstream.events())

    def arrivals(self) -> list[dict]:
        """What the upstream received since mark()."""
        return [event for event in self.upstream.events()[self._mark:]
                if event["event"] == "received"]

    def with_master(self, events: list[dict]) -> list[dict]:
        return [event for event in events
                if fingerprint(self.admin.master) in (event["key_sha256"], event["x_api_key"])]

    def await_counted(self, key: Key, count: int, **figures: int) -> None:
        """Calls back what credit is out, and waits until the key's record has these figures of the
        day, and no other requests."""
        wanted = {"requests": count, **figures}

        def counted() -> bool:
            if self.redis.credit_out(key.id):
                self.redis.recall(key.id)
            record = self.redis.record(key.id)
            return all(int(record.get(f"{window}.{name}", 0)) == figure
                       for name, figure in wanted.items() for window in ("d", "m"))
        try:
            wait_until(counted, 5)
        except AssertionError:
            raise AssertionError(f"{wanted} was to be counted: {self.redis.record(key.id)}"
                                 ) from None

    def close(self) -> None:
        for gateway in self.gateways:
            gateway.kill()
        self.upstream.kill()
        self.redis.kill9()

    def check(self) -> None:
        """What the fixtures of conftest.py check after each test."""
        wrong = [line for gateway in self.gateways for line in gateway.wrong_lines()]
        assert not wrong, "\n".join(["nginx said:", *wrong[:20]])
        leaks = self.watch.search(self.folder)
        assert not leaks, f"secrets in the clear: {leaks}"
        assert not sanitizer_reports(self.folder)


@contextmanager
def running_stand(folder: Path) -> Iterator[Stand]:
    """For a fixture of module scope."""
    sockets = Path(tempfile.mkdtemp(prefix="mmx-"))
    stand = Stand(folder, sockets)
    try:
        stand.start()
        yield stand
    finally:
        stand.close()
        shutil.rmtree(sockets)
    stand.check()
