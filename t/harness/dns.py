"""A nameserver in a thread of the test: names, addresses and TTL may change, and it may fail."""

import contextlib
import ipaddress
import socket
import struct
import threading
from collections.abc import Sequence

from .process import free_port

A, AAAA = 1, 28
NO_ERROR, SERVFAIL, NXDOMAIN = 0, 2, 3
ANSWER, AUTHORITY, RECURSION = 0x8000, 0x0400, 0x0080  # flags of a header


def _name_at(question: bytes, at: int) -> tuple[str, int]:
    """The name of a question and where it ends."""
    labels = []
    while size := question[at]:
        labels.append(question[at + 1:at + 1 + size].decode())
        at += 1 + size
    return ".".join(labels).lower(), at + 1


def _kind(address: str) -> int:
    return AAAA if ":" in address else A


class Dns:
    """Answers on address:port from the constructor on, of whatever stands in `names`; the name and
    addresses of the constructor are the first of them. rcode None: it hears and says nothing.
    """

    def __init__(self, name: str = "", addresses: Sequence[str] = (), ttl: int = 1, *,
                 port: int = 0, address: str = "127.0.0.1"):
        self.name = name
        self.names: dict[str, list[str]] = {name: list(addresses)} if name else {}
        self.ttl = ttl  # seconds
        self.rcode: int | None = NO_ERROR
        self.asked: list[str] = []  # the names of all questions
        self.address, self.port = address, port or free_port()
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.start()

    @property
    def resolver(self) -> str:
        """What stands behind nginx's directive `resolver`."""
        return f"{self.address}:{self.port}"

    @property
    def addresses(self) -> list[str]:
        """Of the name that it was made for."""
        return self.names[self.name]

    @addresses.setter
    def addresses(self, addresses: Sequence[str]) -> None:
        self.names[self.name] = list(addresses)

    def start(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.address, self.port))
        self._thread = threading.Thread(target=self._serve, args=(self._socket,), daemon=True)
        self._thread.start()

    def close(self) -> None:
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
                question, client = listener.recvfrom(4096)
                if not question:
                    return
                if answer := self._answer(question):
                    listener.sendto(answer, client)

    def _answer(self, question: bytes) -> bytes:
        name, end = _name_at(question, 12)
        (kind,) = struct.unpack_from("!H", question, end)
        self.asked.append(name)
        if self.rcode is None:
            return b""
        code = self.rcode if self.rcode != NO_ERROR or name in self.names else NXDOMAIN
        records = [self._record(address) for address in self.names.get(name, [])
                   if code == NO_ERROR and kind == _kind(address)]
        head = question[:2] + struct.pack("!5H", ANSWER | AUTHORITY | RECURSION | code, 1,
                                          len(records), 0, 0)
        return head + question[12:end + 4] + b"".join(records)

    def _record(self, address: str) -> bytes:
        data = ipaddress.ip_address(address).packed
        return struct.pack("!HHHIH", 0xC00C, _kind(address), 1, self.ttl, len(data)) + data
