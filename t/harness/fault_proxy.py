"""A proxy between gateway and Redis that fails in chosen ways, one command at a time.

It reads both directions as RESP, so that a fault can be tied to the k-th commit and to a byte of
its reply. It runs in a thread of the test; what it did is counted in `fired`, `commits` and
`late`.
"""

import asyncio
import contextlib
import dataclasses
import os
import random
import socket
import threading
from collections import deque
from collections.abc import Callable, Coroutine

from .fault import COMMITS, Fault, How, kind_of
from .resp import Splitter

READ_BYTES = 65536

MAX_CLIENTS_ERROR = b"-ERR max number of clients reached\r\n"


class _Broken(Exception):
    """The fault ends this connection."""


class _Link:
    """One connection of a gateway and its twin to Redis."""

    def __init__(self, proxy: "FaultProxy", reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter):
        self._proxy = proxy
        self._reader, self._writer = reader, writer
        self._pending: deque[Fault | None] = deque()  # one for each reply owed to the gateway
        self._held = b""  # a reply that waits to be swapped with the next
        self._server: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        server_reader, self._server = await self._proxy.connect()
        tasks = [asyncio.create_task(self._requests()),
                 asyncio.create_task(self._replies(server_reader))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._server.close()

    async def _requests(self) -> None:
        splitter = Splitter()
        while data := await self._reader.read(READ_BYTES):
            await self._proxy.flowing.wait()
            for command, raw in splitter.feed(data):
                await self._request(kind_of(command), raw)
            await self._server.drain()

    async def _request(self, name: bytes, raw: bytes) -> None:
        fault = self._proxy.fault_for(name, raw)
        if fault and fault.how is How.UNSENT:
            raise _Broken
        if fault and fault.how is How.LATE:
            self._proxy.run_late(raw, fault.seconds)
            while await self._reader.read(READ_BYTES):
                pass  # until the gateway gives this connection up
            raise _Broken
        self._pending.append(fault)
        if fault and fault.how is How.INSTEAD:
            if len(self._pending) == 1:
                await self._answer_unasked()
            return
        self._server.write(raw)

    async def _replies(self, server_reader: asyncio.StreamReader) -> None:
        splitter = Splitter()
        while data := await server_reader.read(READ_BYTES):
            await self._proxy.flowing.wait()
            await self._proxy.wait_delay()
            for _, raw in splitter.feed(data):
                fault = self._pending.popleft()
                await self._reply(fault, raw)
                await self._answer_unasked()
            await self._writer.drain()

    async def _answer_unasked(self) -> None:
        """Replies that Redis knows nothing of, in their turn."""
        while self._pending and self._pending[0] and self._pending[0].how is How.INSTEAD:
            fault = self._pending.popleft()
            self._writer.write(fault.data)
            await self._end_if(fault.close)

    async def _reply(self, fault: Fault | None, raw: bytes) -> None:
        how = fault.how if fault else None
        if how is How.CUT:
            self._writer.write(raw[:fault.bytes])
            await self._end_if(True)
        elif how is How.STALL:
            await asyncio.sleep(fault.seconds)
        elif how is How.DRIBBLE:
            for at in range(len(raw) - 1):
                self._writer.write(raw[at:at + 1])
                await asyncio.sleep(0.0005)  # lets the gateway's read see each byte alone
            raw = raw[-1:]
        elif how is How.REPLACE:
            self._writer.write(fault.data)
            await self._end_if(fault.close)
            return
        elif how is How.DUPLICATE:
            raw += raw
        elif how is How.SWAP:
            self._held += raw
            return
        self._writer.write(raw + self._held)
        self._held = b""

    async def _end_if(self, close: bool) -> None:
        if close:
            await self._writer.drain()
            raise _Broken


class FaultProxy:
    """Listens at url and passes everything to target, but for the faults it is told of."""

    def __init__(self, listen: str | int, target: str | tuple[str, int]):
        self._listen, self._target = listen, target
        self._loop = asyncio.new_event_loop()
        self._accepting: asyncio.Task | None = None
        self._links: set[asyncio.Task] = set()
        self._faults: list[Fault] = []
        self._delay: Callable[[], float] = lambda: 0.0
        self._full = False
        self.flowing = asyncio.Event()
        self._late_tasks: set[asyncio.Task] = set()
        self.fired = 0
        self.commits = 0
        self.late = 0  # commands that ran late
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.flowing.set()
        self._call(self._open())

    @property
    def url(self) -> str:
        if isinstance(self._listen, int):
            return f"redis://127.0.0.1:{self._listen}/0"
        return f"unix:{self._listen}"

    # What a test does.

    def inject(self, *faults: Fault) -> None:
        """From the next command on, these and no others."""
        async def change() -> None:
            self._faults = [dataclasses.replace(fault, seen=0) for fault in faults]
        self._call(change())

    def delay(self, seconds: float, jitter: float = 0.0, seed: int = 1) -> None:
        """Every reply comes later by seconds, give or take jitter."""
        dice = random.Random(seed)
        self._delay = lambda: max(0.0, seconds + dice.uniform(-jitter, jitter))

    def blackhole(self) -> None:
        """Connections stay, and new ones are taken, but no byte moves until heal()."""
        async def change() -> None:
            self.flowing.clear()
        self._call(change())

    def refuse(self) -> None:
        """No listener, and every connection ends."""
        async def change() -> None:
            await self._close_listener()
            await self._cut_links()
        self._call(change())

    def max_clients(self) -> None:
        """Every connection ends, and new ones are told that Redis is full."""
        async def change() -> None:
            self._full = True
            await self._cut_links()
        self._call(change())

    def cut(self) -> None:
        """Every connection ends, whatever is under way."""
        self._call(self._cut_links())

    def heal(self) -> None:
        """No more faults. What a blackhole held back moves on now, late."""
        async def change() -> None:
            self._faults = []
            self._delay = lambda: 0.0
            self._full = False
            self.flowing.set()
            if self._accepting is None:
                await self._open()
        self._call(change())

    def close(self) -> None:
        self.refuse()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # What a link asks.

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, str):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(*self._target)

    def fault_for(self, command: bytes, raw: bytes) -> Fault | None:
        self.commits += command in COMMITS
        struck = [fault for fault in self._faults if fault.strikes(command, raw)]
        self.fired += len(struck[:1])
        return struck[0] if struck else None

    def run_late(self, raw: bytes, seconds: float) -> None:
        async def run() -> None:
            await asyncio.sleep(seconds)
            reader, writer = await self.connect()
            with contextlib.closing(writer):
                writer.write(raw)
                await reader.readuntil(b"\r\n")
            self.late += 1
        task = self._loop.create_task(run())
        self._late_tasks.add(task)
        task.add_done_callback(self._late_tasks.discard)

    async def wait_delay(self) -> None:
        if seconds := self._delay():
            await asyncio.sleep(seconds)

    # Inside.

    def _call(self, work: Coroutine) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        """asyncio's own server loses a connection that it is accepting while it is closed."""
        if isinstance(self._listen, int):
            listener = socket.create_server(("127.0.0.1", self._listen), backlog=1024)
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._listen)
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(self._listen)
            listener.listen(1024)
        listener.setblocking(False)
        self._accepting = self._loop.create_task(self._accept(listener))

    async def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                connection, _ = await self._loop.sock_accept(listener)
                task = self._loop.create_task(self._serve(connection))
                self._links.add(task)
                task.add_done_callback(self._links.discard)

    async def _serve(self, connection: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=connection)
        # Either Redis is not there, or the test ends every connection.
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.CancelledError):
            if self._full:
                writer.write(MAX_CLIENTS_ERROR)
            else:
                await _Link(self, reader, writer).run()

    async def _close_listener(self) -> None:
        if self._accepting:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
            self._accepting = None

    async def _cut_links(self) -> None:
        links = list(self._links)
        for task in links:
            task.cancel()
        await asyncio.gather(*links, return_exceptions=True)
