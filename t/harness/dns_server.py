"""A DNS server that knows a few names, on a UDP port of 127.0.0.1, in a thread of the test."""

import contextlib
import socket
import struct
import threading

from .process import free_port

A, AAAA = 1, 28
NXDOMAIN = 3
ANSWER, AUTHORITY = 0x8000, 0x0400  # flags of a header


def _name_at(query: bytes, at: int) -> tuple[str, int]:
    """The name of a question and where it ends."""
    labels = []
    while size := query[at]:
        labels.append(query[at + 1:at + 1 + size].decode())
        at += 1 + size
    return ".".join(labels).lower(), at + 1


class DnsServer:
    """names: `server.names["redis.test"] = ["127.0.0.1"]`, of IPv4 only. ttl: seconds.

    asked: the names of all questions. silent: it hears and says nothing.
    """

    def __init__(self, port: int = 0, address: str = "127.0.0.1", ttl: int = 1):
        self.address, self.port = address, port or free_port()
        self.ttl = ttl
        self.names: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.silent = False
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.start()

    @property
    def resolver(self) -> str:
        """For nginx."""
        return f"resolver {self.address}:{self.port};"

    def start(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.address, self.port))
        self._thread = threading.Thread(target=self._serve, args=(self._socket,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Nobody listens any more. Safe to repeat."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread
            self._socket.close()
            self._thread.join(10)
            self._socket = None

    def _serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                query, client = listener.recvfrom(4096)
                if not query:
                    return
                if answer := self._answer(query):
                    listener.sendto(answer, client)

    def _answer(self, query: bytes) -> bytes:
        name, end = _name_at(query, 12)
        (kind,) = struct.unpack_from("!H", query, end)
        self.asked.append(name)
        if self.silent:
            return b""
        addresses = self.names.get(name, []) if kind == A else []
        code = 0 if name in self.names else NXDOMAIN
        head = query[:2] + struct.pack("!5H", ANSWER | AUTHORITY | code, 1, len(addresses), 0, 0)
        records = b"".join(
            struct.pack("!HHHIH", 0xC00C, A, 1, self.ttl, 4) + socket.inet_aton(address)
            for address in addresses)
        return head + query[12:end + 4] + records
