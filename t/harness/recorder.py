"""A stand-in for the daemon behind nginx: notes what reached it, byte for byte, and answers."""

import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path

RECEIVE_TIMEOUT_S = 20.0


@dataclass(slots=True)
class Arrival:
    """One request as it came: its first line, its headers by lower-case name, its body."""

    line: str
    headers: dict[str, str]
    body: bytes
    answered: threading.Event = field(default_factory=threading.Event)


class Recorder:
    """Listens on a unix socket from the constructor to close(). Takes one request at a time, as a
    server with a single thread would, so that whatever holds it up holds up everybody."""

    def __init__(self, path: Path):
        self.path = path
        self.arrivals: list[Arrival] = []
        self.status = b"200 OK"
        self.answer = b'{"ok":true}'
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(RECEIVE_TIMEOUT_S)
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(RECEIVE_TIMEOUT_S)
                self._serve_one(connection)

    def _serve_one(self, connection: socket.socket) -> None:
        head, body = b"", b""
        try:
            while b"\r\n\r\n" not in head:
                head += connection.recv(65536) or b"\r\n\r\n"
            head, body = head.split(b"\r\n\r\n", 1)
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip()
                       for name, _, value in (line.partition(":") for line in lines)}
            while len(body) < int(headers.get("content-length", 0)):
                body += connection.recv(65536) or b"\0" * 2 ** 20  # an end too early shows
            arrival = Arrival(first, headers, body)
            self.arrivals.append(arrival)
            connection.sendall(
                b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (self.status, len(self.answer), self.answer))
            arrival.answered.set()
        except OSError:
            return
