"""mmx-admind's command line, and the keys it makes."""

import json
import os
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .paths import ADMIND, environment
from .secret_watch import SecretWatch


@dataclass(frozen=True, slots=True)
class Key:
    """A gateway key: what the client sends, and the id that stands for it."""

    id: str
    key: str


class Admin:
    """Runs commands against one Redis with one secret file. init() makes the file."""

    def __init__(self, redis_url: str, private: Path, watch: SecretWatch):
        self.folder = private
        self.secret = private / "secret"
        self.master = ""
        self._watch = watch
        self.env = environment(private.parent) | {
            "MMX_REDIS": redis_url, "MMX_SECRET": str(self.secret)}

    def run(self, *args: object, stdin: str = "", check: bool = True,
            env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
        """One command. check: fail the test unless it exits with 0."""
        assert ADMIND.exists(), f"{ADMIND} is not built"
        done = subprocess.run(
            [str(ADMIND), *map(str, args)], input=stdin, text=True, capture_output=True,
            timeout=60, env=self.env | (env or {}), check=False)
        if check and done.returncode != 0:
            raise AssertionError(
                f"mmx-admind {args}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *args: object, stdin: str = "") -> object:
        return json.loads(self.run("--json", *args, stdin=stdin).stdout)

    def init(self) -> None:
        self.run("init")

    def set_master(self, master: str = "") -> str:
        """Sets the master key (a new one unless given) and returns it."""
        self.master = self._watch.add(
            "master key", master or "sk-api-" + secrets.token_urlsafe(24))
        self.run("master", "set", stdin=self.master)
        return self.master

    def create_key(self, user: str = "tester", **options: object) -> Key:
        return self.create_keys(1, user, **options)[0]

    def create_keys(self, count: int, user: str = "tester", **options: object) -> list[Key]:
        """options: as on the command line, `day=5, month=0, networks="10.0.0.0/8"`."""
        args = [part for name, value in options.items() for part in (f"--{name}", value)]
        made = self.json("key", "create", "--user", user, "--count", count, *args)
        return [self.known(item["id"], item["key"]) for item in made["keys"]]

    def known(self, key_id: str, key: str) -> Key:
        """Puts a gateway key under watch."""
        return Key(key_id, self._watch.add(f"gateway key {key_id[:6]}", key))


def private_folder(parent: Path) -> Path:
    """The only folder of a test whose files may hold secrets."""
    folder = parent / "private"
    folder.mkdir(mode=0o700)
    os.chmod(folder, 0o700)
    return folder
