"""Every secret a test makes, and the search for it in everything the test left behind."""

import base64
from pathlib import Path
from urllib.parse import quote

SECRET_LENGTH_MIN = 8  # shorter ones would be found by chance
BEGINNING = 4  # bytes: what all gateway keys begin with


class SecretWatch:
    """private: the folder whose files may hold secrets (the secret file, password files)."""

    def __init__(self, private: Path):
        self.private = private
        self._needles: dict[bytes, str] = {}
        # The lengths of the needles that begin so: thousands of keys have one beginning.
        self._lengths: dict[bytes, set[int]] = {}

    def add(self, name: str, secret: str) -> str:
        """Registers a secret and the forms it could leak in; returns it."""
        assert len(secret) >= SECRET_LENGTH_MIN, "too short to be looked for"
        raw = secret.encode()
        for form in (raw, base64.b64encode(raw), raw.hex().encode(), quote(secret, "").encode()):
            self._needles[form] = name
            self._lengths.setdefault(form[:BEGINNING], set()).add(len(form))
        return secret

    def found_in(self, data: bytes) -> list[str]:
        """The names of the secrets that data holds, in any form."""
        found = set()
        for beginning, lengths in self._lengths.items():
            at = data.find(beginning)
            while at >= 0:
                found |= {self._needles.get(data[at:at + length], "") for length in lengths}
                at = data.find(beginning, at + 1)
        return sorted(found - {""})

    def search(self, folder: Path) -> list[str]:
        """`file: name` for each secret in a file below folder; configuration files are exempt."""
        leaks = []
        for path in sorted(folder.rglob("*")):
            exempt = path.suffix == ".conf" or self.private in path.parents
            if path.is_file() and not path.is_symlink() and not exempt:
                leaks += [f"{path}: {name}" for name in self.found_in(path.read_bytes())]
        return leaks
