"""RESP2 as the tests need it: commands out, replies in, both also as raw bytes."""

import contextlib
import socket
from collections.abc import Iterator


class RedisError(Exception):
    """An error reply."""


def encode(*parts: object) -> bytes:
    """A command as an array of bulk strings."""
    out = [b"*%d\r\n" % len(parts)]
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        out.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(out)


def _parse(data: bytes | bytearray, at: int) -> tuple[object, int] | None:
    """One value from data[at:] and where it ends; None while it is not whole."""
    end = data.find(b"\r\n", at)
    if end < 0:
        return None
    kind, line, at = data[at:at + 1], bytes(data[at + 1:end]), end + 2
    if kind == b"+":
        return line.decode(), at
    if kind == b"-":
        return RedisError(line.decode()), at
    if kind == b":":
        return int(line), at
    if kind == b"$":
        size = int(line)
        if size < 0:
            return None, at
        if len(data) < at + size + 2:
            return None
        return bytes(data[at:at + size]), at + size + 2
    if kind == b"*":
        items: list[object] = []
        for _ in range(int(line)):
            parsed = _parse(data, at)
            if parsed is None:
                return None
            item, at = parsed
            items.append(item)
        return items, at
    raise ValueError(f"not RESP: {kind!r}")


class Splitter:
    """Cuts a byte stream into values, each with its raw bytes."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[object, bytes]]:
        self._data += data
        while self._data:
            parsed = _parse(self._data, 0)
            if parsed is None:
                return
            value, end = parsed
            raw = bytes(self._data[:end])
            del self._data[:end]
            yield value, raw


class Connection:
    """A blocking connection to a Redis server."""

    def __init__(self, address: str | tuple[str, int], user: str = "", password: str = "",
                 database: int = 0, timeout: float = 5.0):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self._socket = socket.socket(family)
        self._socket.settimeout(timeout)
        self._splitter = Splitter()
        try:
            self._socket.connect(address)
            if password:
                self.command("AUTH", *([user] if user else []), password)
            if database:
                self.command("SELECT", database)
        except BaseException:
            self.close()
            raise

    def command(self, *parts: object) -> object:
        """The reply, text decoded; an error reply raises RedisError."""
        return self.pipeline([parts])[0]

    def pipeline(self, commands: list[tuple]) -> list[object]:
        with contextlib.suppress(BrokenPipeError):  # it may have said why before it closed
            self._socket.sendall(b"".join(encode(*parts) for parts in commands))
        replies: list[object] = []
        while len(replies) < len(commands):
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("Redis closed the connection")
            replies += [_decoded(value) for value, _ in self._splitter.feed(data)]
        return replies

    def close(self) -> None:
        self._socket.close()


def _decoded(value: object) -> object:
    if isinstance(value, RedisError):
        raise value
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
