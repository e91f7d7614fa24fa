"""A quick HTTP/1.1 client: many connections in one thread, every answer kept and timed."""

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

CHAT_BODY = b'{"model":"MiniMax-M3","messages":[{"role":"user","content":"hi"}]}'
CONNECTIONS = 64  # of run() and Load unless the test says otherwise
TIMEOUT_S = 20.0  # of one request; far beyond what a test expects, so that a hang is seen as one
HEADER_BYTES_MAX = 65536

Address = tuple[str, int]


@dataclass(slots=True)
class Request:
    """A request as bytes. tag comes back with the response."""

    address: Address
    data: bytes
    tag: object = None

    @classmethod
    def chat(cls, address: Address, key: str | None, *, tag: object = None,
             path: str = "/mini/v1/chat/completions", query: str = "", method: str = "POST",
             body: bytes = CHAT_BODY, headers: dict[str, str] | None = None) -> "Request":
        """A chat completion under that gateway key; query names it in the upstream's ledger."""
        lines = {"Host": "gateway.test"}
        if key is not None:
            lines["Authorization"] = f"Bearer {key}"
        if method != "GET":
            lines |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        target = f"{path}?{query}" if query else path
        head = f"{method} {target} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in (lines | (headers or {})).items())
        return cls(address, head.encode() + b"\r\n" + (body if method != "GET" else b""), tag)


@dataclass(slots=True)
class Response:
    """status 0: there was none, error says why."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    seconds: float = 0.0
    tag: object = None
    error: str = ""
    ended_at: float = 0.0  # time.monotonic()

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class _Connection:
    """One client connection, which is renewed when the server closed it between requests."""

    def __init__(self) -> None:
        self._streams: dict[Address, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}

    async def send(self, request: Request) -> Response:
        reused = request.address in self._streams
        try:
            return await self._exchange(request)
        except (asyncio.IncompleteReadError, ConnectionError) as fault:
            self.drop(request.address)
            # A server may close an idle connection just when the next request leaves (RFC 9112,
            # 9.3.1): nothing came back, so it was not answered, and a client sends it again.
            if not reused or getattr(fault, "partial", b""):
                raise
            return await self._exchange(request)

    async def _exchange(self, request: Request) -> Response:
        if request.address not in self._streams:
            self._streams[request.address] = await asyncio.open_connection(
                *request.address, limit=HEADER_BYTES_MAX)
        reader, writer = self._streams[request.address]
        writer.write(request.data)
        head = await reader.readuntil(b"\r\n\r\n")
        response = parse_head(head)
        response.body = await _read_body(reader, response)
        if response.headers.get("connection") == "close":
            self.drop(request.address)
        return response

    def drop(self, address: Address) -> None:
        streams = self._streams.pop(address, None)
        if streams:
            streams[1].transport.abort()

    def close(self) -> None:
        for address in list(self._streams):
            self.drop(address)


def parse_head(head: bytes) -> Response:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return Response(status=int(first.split(" ", 2)[1]),
                    headers={name.lower(): value.strip() for name, _, value in pairs})


async def _read_body(reader: asyncio.StreamReader, response: Response) -> bytes:
    headers = response.headers
    if headers.get("transfer-encoding") == "chunked":
        chunks = []
        while size := int(await reader.readuntil(b"\r\n"), 16):
            chunks.append((await reader.readexactly(size + 2))[:-2])
        await reader.readuntil(b"\r\n")
        return b"".join(chunks)
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    return b"" if response.status in (204, 304) else await reader.read()


class Load:
    """Sends what source yields over so many connections, in a thread, until it ends or stop().

    As a context manager it stops at the end of the block.
    """

    def __init__(self, source: Iterable[Request], connections: int = CONNECTIONS,
                 timeout: float = TIMEOUT_S):
        self._source: Iterator[Request] = iter(source)
        self._connections = connections
        self._timeout = timeout
        self._stopping = False
        self.responses: list[Response] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    def start(self) -> "Load":
        self._thread.start()
        return self

    def join(self, timeout: float = 120.0) -> list[Response]:
        """Waits until source is exhausted."""
        self._thread.join(timeout)
        assert not self._thread.is_alive(), f"the load did not end within {timeout} s"
        return self.responses

    def stop(self) -> list[Response]:
        """No new requests; waits for those under way."""
        self._stopping = True
        return self.join(self._timeout + 10)

    def __enter__(self) -> "Load":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _main(self) -> None:
        await asyncio.gather(*(self._client() for _ in range(self._connections)))

    async def _client(self) -> None:
        connection = _Connection()
        try:
            while not self._stopping:
                request = next(self._source, None)
                if request is None:
                    return
                self.responses.append(await self._one(connection, request))
        finally:
            connection.close()

    async def _one(self, connection: _Connection, request: Request) -> Response:
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                response = await connection.send(request)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as fault:
            connection.drop(request.address)
            response = Response(error=f"{type(fault).__name__}: {fault}")
        response.tag = request.tag
        response.ended_at = time.monotonic()
        response.seconds = response.ended_at - started
        return response


def run(source: Iterable[Request], connections: int = CONNECTIONS,
        timeout: float = TIMEOUT_S) -> list[Response]:
    """All of source, in parallel; the responses in order of arrival."""
    return Load(source, connections, timeout).start().join()


def exchange(request: Request, timeout: float = TIMEOUT_S) -> Response:
    """One request on a connection of its own; a failure to answer fails the test."""
    response = run([request], 1, timeout)[0]
    assert response.status, f"no answer: {response.error}"
    return response
