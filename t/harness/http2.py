"""A client of HTTP/2 that a test steps through: streams open at once, resets at any moment."""

import contextlib
import socket
from collections.abc import Callable

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from .client import CHAT_BODY, Address, Response

TIMEOUT_S = 15.0  # of one read


class Http2:
    """One connection with prior knowledge. Responses are known by their stream's number."""

    def __init__(self, address: Address):
        self._socket = socket.create_connection(address, TIMEOUT_S)
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(2**30)
        self.responses: dict[int, Response] = {}
        self.ended: set[int] = set()  # whole, or reset by the server
        self.closed = False
        self._flush()

    def __enter__(self) -> "Http2":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _flush(self) -> None:
        self._socket.sendall(self._h2.data_to_send())

    def open(self, key: str | None, *, path: str = "/mini/v1/chat/completions", query: str = "",
             body: bytes = CHAT_BODY, end: bool = True,
             headers: dict[str, str] | None = None) -> int:
        """Starts a request; end=False leaves its body open."""
        stream = self._h2.get_next_available_stream_id()
        fields = {":method": "POST", ":scheme": "http", ":authority": "gateway.test",
                  ":path": f"{path}?{query}" if query else path,
                  "content-type": "application/json"}
        if key is not None:
            fields["authorization"] = f"Bearer {key}"
        self._h2.send_headers(stream, [*fields.items(), *(headers or {}).items()])
        self._h2.send_data(stream, body, end_stream=end)
        self._flush()
        return stream

    def send_unchecked(self, headers: dict[str, str]) -> int:
        """A request with headers that no client of good will sends."""
        config = self._h2.config
        config.validate_outbound_headers = config.normalize_outbound_headers = False
        return self.open(None, headers=headers)

    def send(self, stream: int, data: bytes, end: bool = False) -> None:
        self._h2.send_data(stream, data, end_stream=end)
        self._flush()

    def reset(self, stream: int) -> None:
        with contextlib.suppress(h2.exceptions.StreamClosedError):
            self._h2.reset_stream(stream, error_code=8)  # CANCEL
        self._flush()

    def wait(self, condition: Callable[[], bool]) -> None:
        """Reads until condition() or the end of the connection."""
        while not condition() and not self.closed:
            data = self._socket.recv(65536)
            self.closed = not data
            for event in self._h2.receive_data(data):
                self._note(event)
            self._flush()

    def _note(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ResponseReceived):
            fields = {name.decode(): value.decode() for name, value in event.headers}
            status = int(fields.pop(":status"))
            self.responses[event.stream_id] = Response(status=status, headers=fields)
        elif isinstance(event, h2.events.DataReceived):
            self.responses[event.stream_id].body += event.data
            if event.flow_controlled_length:
                with contextlib.suppress(h2.exceptions.StreamClosedError):
                    self._h2.acknowledge_received_data(
                        event.flow_controlled_length, event.stream_id)
        elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
            self.ended.add(event.stream_id)
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.closed = True

    def response(self, stream: int) -> Response:
        """The whole response to a request."""
        self.wait(lambda: stream in self.ended)
        return self.responses[stream]
