"""nginx quotes the header lines it refuses in its error log: no key stands in them."""

import pytest
from harness.admin import Key
from harness.http2 import Http2
from harness.process import wait_until
from harness.wire import Wire

QUOTED = {  # what nginx refuses: query, header lines, and nginx's words for it at `info`
    "duplicate": ("", "Authorization: Bearer {0}\r\nAuthorization: Bearer {0}\r\n",
                  "duplicate header line"),
    "underscore": ("", "X_Api_Key: {0}\r\nX-Api-Key: {0}\r\n", "invalid header line"),
    "in the request line": ("?k={0}", "Content-Length: x\r\n", "invalid \"Content-Length\""),
}


@pytest.mark.parametrize("level", ["info", "debug"])
@pytest.mark.parametrize("what", QUOTED)
def test_refused_header_line_is_logged_without_its_key(gateway, key: Key, what, level) -> None:
    query, lines, words = QUOTED[what]
    server = gateway(workers=1, log_level=level)
    with Wire(server.address) as wire:
        wire.send(f"GET /mini/v1/models{query} HTTP/1.1\r\nHost: gateway.test\r\n"
                  f"{lines}\r\n".format(key.key))
        wire.response()
    wait_until(lambda: words in server.log(), 5, "the line in the log")
    assert key.key not in server.log()  # and the fixture looks through every file
    assert "mmx-****" in server.log()


def test_a_header_makes_no_line_of_its_own(gateway, key: Key) -> None:
    """HTTP/2 has no line ends in its header, so that one in a value gets as far as the log."""
    server = gateway(workers=1, log_level="info")
    forged = "2026/11/22 00:00:00 [warn] 1#1: all is well"
    with Http2(("127.0.0.1", server.h2_port)) as client:
        client.send_unchecked({"user-agent": f"a\r\n{forged}"})
        wait_until(lambda: "invalid value" in server.log(), 5, "the line in the log")
    assert forged in server.log()
    assert not [line for line in server.log().splitlines() if line.startswith(forged)]
