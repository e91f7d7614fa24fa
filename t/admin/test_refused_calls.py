"""What a refused call did is one bounded line of the daemon's, in its own words: no byte of the
client's, and no flood of lines."""

import re
import time

import pytest
from harness.admin import Admin, Key
from harness.daemon import Daemon
from harness.people import logged_in
from harness.process import wait_until

LINE_MAX = 1200  # bytes
LINES_A_SECOND = 10
LINE = re.compile(r"mmx-admind: refused (.+) by (\S+) from (\S+): (\d+) (\w+)(?: \(and \d+ refusals"
                  r" more since the last line\))?")


def refused(daemon: Daemon) -> list[tuple[str, ...]]:
    lines = [line for line in daemon.log.read_text().splitlines() if "refused" in line]
    assert all(LINE.fullmatch(line) and len(line.encode()) < LINE_MAX for line in lines), lines
    return [LINE.fullmatch(line).groups() for line in lines]


def last(daemon: Daemon, count: int) -> tuple[str, ...]:
    wait_until(lambda: len(refused(daemon)) == count, 5, "the line")
    return refused(daemon)[-1]


def test_each_refusal_says_what_was_asked_for_by_whom(people: Admin, daemon: Daemon,
                                                      key: Key) -> None:
    bob = logged_in(daemon, "bob")
    assert bob.ask("POST", "/keys", {"user": "x"}).status == 403
    assert last(daemon, 1) == ("POST /api/v1/keys", "user:bob", "192.0.2.1", "403", "forbidden")
    assert daemon.ask("GET", f"/keys/{key.id}").status == 401
    assert last(daemon, 2) == ("GET /api/v1/keys/{id}", "somebody", "192.0.2.1", "401",
                               "unauthenticated")
    assert bob.ask("GET", "/keys/" + "0" * 32).status == 404
    assert last(daemon, 3)[3:] == ("404", "not_found")
    assert bob.ask("DELETE", "/settings").status == 405
    assert last(daemon, 4)[0] == "a call that there is not"
    assert bob.ask("GET", "/settings").status == 200
    assert len(refused(daemon)) == 4


@pytest.mark.parametrize("path", ["/keys/{key}", "/{key}", "/keys?user={key}", "/keys/%0a%1b%7f",
                                  "/%c2%9b%e2%80%ae", "/keys/refused%20x", "/" + "a" * 400])
def test_no_byte_of_the_clients_is_in_it(people: Admin, daemon: Daemon, key: Key,
                                         path: str) -> None:
    assert daemon.ask("GET", path.format(key=key.key), headers={"X-Real-IP": "x\ty"}
                      ).status in (400, 401, 404)
    text = daemon.log.read_text()
    assert key.key not in text and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert len(refused(daemon)) <= 1  # and each has the form of one


def test_a_flood_of_them_is_counted(people: Admin, daemon: Daemon) -> None:
    calls, began = 300, time.monotonic()
    for _ in range(calls):
        daemon.ask("GET", "/keys")
    seconds = time.monotonic() - began
    assert len(refused(daemon)) <= LINES_A_SECOND * (int(seconds) + 2)
    time.sleep(1.1)
    daemon.ask("GET", "/keys")
    left_out = sum(int(count) for count in re.findall(r"and (\d+) refusals more",
                                                      daemon.log.read_text()))
    assert len(refused(daemon)) + left_out == calls + 1
