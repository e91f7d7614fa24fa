"""A nameserver that knows one name: its addresses and their TTL may change, and it may fail."""

import ipaddress
import socket
import struct
import threading
from collections.abc import Sequence

A, AAAA = 1, 28
NO_ERROR, SERVFAIL, NXDOMAIN = 0, 2, 3


class Dns:
    """Answers on 127.0.0.1:port from the constructor on. rcode None: it is silent."""

    def __init__(self, name: str, addresses: Sequence[str], ttl: int = 1,
                 rcode: int | None = NO_ERROR):
        self.name = name
        self.addresses = list(addresses)
        self.ttl = ttl
        self.rcode = rcode
        self.questions: list[int] = []  # the types asked for
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._closing = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def resolver(self) -> str:
        """What stands behind nginx's directive `resolver`."""
        return f"127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while not self._closing:
            question, client = self._socket.recvfrom(512)
            if self._closing:
                return
            if answer := self._answer(question):
                self._socket.sendto(answer, client)

    def _answer(self, question: bytes) -> bytes | None:
        labels, at = [], 12
        while length := question[at]:
            labels.append(question[at + 1:at + 1 + length].decode())
            at += 1 + length
        kind = struct.unpack("!H", question[at + 1:at + 3])[0]
        self.questions.append(kind)
        rcode = self.rcode
        if rcode is None:
            return None
        if ".".join(labels).lower() != self.name:
            rcode = NXDOMAIN
        records = [self._record(address) for address in self.addresses
                   if rcode == NO_ERROR and kind == self._kind(address)]
        header = struct.pack("!2sHHHHH", question[:2], 0x8580 | rcode, 1, len(records), 0, 0)
        return header + question[12:at + 5] + b"".join(records)

    @staticmethod
    def _kind(address: str) -> int:
        return AAAA if ":" in address else A

    def _record(self, address: str) -> bytes:
        data = ipaddress.ip_address(address).packed
        return struct.pack("!HHHIH", 0xc00c, self._kind(address), 1, self.ttl, len(data)) + data

    def close(self) -> None:
        self._closing = True
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()
