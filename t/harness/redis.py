"""A real redis-server: append-only file, no eviction, a unix socket and a TCP port."""

import signal
from pathlib import Path

from .clock import Clock
from .paths import REDIS_SERVER, ROOT, environment
from .process import Process, free_port, wait_until
from .resp import Connection, RedisError
from .servers import REDIS_TELLS_READS


def shipped_users() -> list[str]:
    """The users of conf/users.acl, each with the password `any`."""
    text = (ROOT / "conf" / "users.acl").read_text().replace(
        "#REPLACE-WITH-SHA256-OF-ITS-PASSWORD", ">any")
    text = text if REDIS_TELLS_READS else text.replace("%R~", "~")
    return [line for line in text.splitlines() if not line.startswith("user default ")]


OWN = {"user": "tests", "password": "any"}  # who all commands of a test are from


class RedisServer:
    """Started by start(). The programs have their users in it, as shipped; the user `default`, off
    as shipped, is on until close().

    config: further lines of redis.conf; clock: the one it lives by.
    """

    def __init__(self, folder: Path, socket_path: Path, *, config: tuple[str, ...] = (),
                 password: str = "", clock: Clock | None = None):
        self.folder = folder
        self.socket = str(socket_path)
        self.port = free_port()
        self.password = password
        self._clock = clock
        self._process: Process | None = None
        self._control: Connection | None = None
        (folder / "data").mkdir(parents=True)
        lines = [
            f"port {self.port}", "bind 127.0.0.1", f"unixsocket {self.socket}",
            "unixsocketperm 700", f"dir {folder}/data", "appendonly yes",
            "appendfsync everysec", "maxmemory-policy noeviction", 'save ""', "daemonize no",
            "loglevel notice", "tcp-backlog 511", *shipped_users(),
            "user tests on >any ~* &* +@all", *config]
        if password:
            lines.append(f"requirepass {password}")
        (folder / "redis.conf").write_text("\n".join(lines) + "\n")

    @property
    def url(self) -> str:
        """As mmx-admind's user."""
        return f"unix://mmx-admind:any@{self.socket}"

    @property
    def gateway_url(self) -> str:
        """As the gateway's."""
        return f"unix://mmx-gateway:any@{self.socket}"

    @property
    def tcp_url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> "RedisServer":
        """Starts the server and waits until it answers, so also until it has loaded its file."""
        preload = self._clock.shim if self._clock else ""
        env = environment(self.folder, preload) | (self._clock.variables if self._clock else {})
        self._process = Process(
            [REDIS_SERVER, self.folder / "redis.conf"], self.folder / "redis.log", env)
        wait_until(self._answers, 10, "Redis answers")
        return self

    def _answers(self) -> bool:
        assert self._process is not None
        if not self._process.alive():
            raise AssertionError(f"redis-server ended:\n{self._process.text()[-2000:]}")
        try:
            return self.command("PING") == "PONG"
        except (OSError, RedisError):
            return False

    def command(self, *parts: object) -> object:
        """A command on the harness' own connection, which is renewed when it broke."""
        if self._control is None:
            self._control = Connection(self.socket, **OWN)
        try:
            return self._control.command(*parts)
        except (OSError, ValueError):
            self._control.close()
            self._control = None
            raise

    def close(self) -> None:
        """To all who have no name."""
        self.command("ACL", "SETUSER", "default", "off")

    def hash(self, name: str) -> dict[str, str]:
        """HGETALL as a dictionary; empty when there is no such hash."""
        flat = self.command("HGETALL", name)
        return dict(zip(flat[::2], flat[1::2]))

    def record(self, key_id: str) -> dict[str, str]:
        return self.hash(f"mmx:{{{key_id}}}")

    def archive(self, key_id: str, month: str) -> dict[str, str]:
        return self.hash(f"mmx:{{{key_id}}}:{month}")

    def counted(self, key_id: str) -> int:
        """The live day's requests of a key, once nobody holds credit of it: it is called back."""
        if self.credit_out(key_id):
            self.recall(key_id)
            wait_until(lambda: not self.credit_out(key_id), what="its credit comes back")
        return int(self.record(key_id).get("d.requests", 0))

    def credit_out(self, key_id: str) -> int:
        """Admissions in d.requests that workers may still hold."""
        return int(self.record(key_id).get("credit", "0").split(" ")[0])

    def call_all_back(self) -> None:
        """Until no worker holds credit of any key."""
        held = [key_id for key_id in self.command("ZRANGE", "mmx:index", 0, -1)
                if self.credit_out(key_id)]
        self.recall(*held)
        wait_until(lambda: not any(self.credit_out(key_id) for key_id in held),
                   what="all credit comes back")

    def recall(self, *key_ids: str) -> None:
        """As whoever changes a key does."""
        if not key_ids:
            return
        text = (ROOT / "lib" / "scripts" / "recall.lua").read_text()
        self.command("EVAL", text, 1, "mmx:recalls", *key_ids)

    def calls(self, command: str) -> int:
        """How often a command ran, from within scripts or not; RESETSTAT sets it back."""
        for line in self.command("INFO", "commandstats").splitlines():
            if line.startswith(f"cmdstat_{command}:"):
                return int(line.split("calls=")[1].split(",")[0])
        return 0

    def connection(self, **options: object) -> Connection:
        """A connection of the caller's own."""
        return Connection(self.socket, **(OWN | options))

    def stop(self) -> None:
        """SIGSTOP: the sockets stay open and nothing answers."""
        assert self._process is not None
        self._process.signal(signal.SIGSTOP)

    def cont(self) -> None:
        assert self._process is not None
        self._process.signal(signal.SIGCONT)

    def kill9(self) -> None:
        """SIGKILL; what was written to the append-only file stays. Safe to repeat."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process = None

    def keep_all(self) -> None:
        """From here on a kill costs nothing that was answered: `appendfsync always`, which alone
        promises it. Under `everysec` a Redis whose disk is slow answers before it writes."""
        self.command("CONFIG", "SET", "appendfsync", "always")
        self.command("CONFIG", "REWRITE")  # also of the next ones
        self.command("SET", "written", "1")  # and with it all that has waited
        self.command("DEL", "written")

    def restart(self) -> None:
        """SIGKILL, and up again on the same files, with all that was answered."""
        self.keep_all()
        self.kill9()
        self.start()
