"""One client connection, byte by byte: for what a well-behaved client does not do."""

import contextlib
import socket
import struct

from .client import CHAT_BODY, Address, Response, parse_head

TIMEOUT_S = 15.0  # of one read or write


def chat_bytes(key: str, *, query: str = "", body: bytes = CHAT_BODY, length: int | None = None,
               headers: dict[str, str] | None = None, path: str = "/mini/v1/chat/completions",
               version: str = "1.1") -> bytes:
    """A chat completion; length: what Content-Length claims, when it is not the body's."""
    lines = {"Host": "gateway.test", "X-Api-Key": key, "Content-Type": "application/json",
             "Content-Length": str(len(body) if length is None else length)} | (headers or {})
    target = f"{path}?{query}" if query else path
    head = f"POST {target} HTTP/{version}\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in lines.items())
    return head.encode() + b"\r\n" + body


class Wire:
    """A context manager; at its end the connection is closed, if it was not before."""

    def __init__(self, address: Address, receive_buffer: int = 0):
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(TIMEOUT_S)
        self._socket.connect(address)
        self._data = bytearray()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes | str) -> None:
        self._socket.sendall(data.encode() if isinstance(data, str) else data)

    def _receive(self, most: int = 65536) -> bytes:
        """What has come, at least a byte; empty at the end of the connection."""
        data = self._socket.recv(most)
        self._data += data
        return data

    def _take(self, size: int) -> bytes:
        while len(self._data) < size:
            if not self._receive():
                raise ConnectionError(f"closed after {len(self._data)} of {size} bytes")
        taken = bytes(self._data[:size])
        del self._data[:size]
        return taken

    def _take_through(self, mark: bytes) -> bytes:
        while mark not in self._data:
            if not self._receive():
                raise ConnectionError(f"closed before {mark!r}, after {bytes(self._data)!r}")
        return self._take(self._data.index(mark) + len(mark))

    def head(self) -> Response:
        """The next status line and headers."""
        return parse_head(self._take_through(b"\r\n\r\n"))

    def response(self) -> Response:
        """The next response with its body, which must say where it ends."""
        response = self.head()
        if response.headers.get("transfer-encoding") == "chunked":
            while size := int(self._take_through(b"\r\n"), 16):
                response.body += self._take(size)
                self._take(2)
            self._take(2)
        elif "content-length" in response.headers:
            response.body = self._take(int(response.headers["content-length"]))
        return response

    def some(self, size: int) -> bytes:
        """So many bytes of whatever comes."""
        return self._take(size)

    def rest(self) -> bytes:
        """All until the server closes."""
        while self._receive():
            pass
        return self._take(len(self._data))

    def silent(self, seconds: float) -> bool:
        """Whether nothing comes, not even the end, for so long."""
        self._socket.settimeout(seconds)
        try:
            self._receive()
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(TIMEOUT_S)
        return False

    def half_close(self) -> None:
        """No more requests; answers are still read."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._socket.close()

    def reset(self) -> None:
        """Closes with RST instead of FIN."""
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                    struct.pack("ii", 1, 0))
        self._socket.close()
