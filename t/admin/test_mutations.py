"""Requests of every operation, cut, doubled, swapped and flipped: none ends the daemon, has it fail
within, or makes it grow."""

import json
import random
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from harness.admin import Admin, Key
from harness.daemon import API, Daemon
from harness.paths import SANITIZED
from harness.people import PASSWORD, logged_in
from harness.requests import Known, all_operations, bodies, path_of
from harness.secret_watch import SecretWatch

SEED = 20261127
THREADS = 8
PARTS = 8  # of a test: its memory is looked at after each
WAIT_S = 2.0
FILLER = b" " * 64 + b"\r\n\r\n"  # for a head that has lost its end, and a length that has grown
GROWTH_KIB = 4 * 1024  # of a long run, in the second half of it: 33 bytes a request
RESIDENT_KIB = 96 * 1024  # of 32 threads, with a password's hash in some of them
# Their bodies and addresses are garbled by who may not do them: the first wait for others or read
# the whole trail, and after the rest there would be less to ask for.
FOR_NOBODY = {"testMaster", "verifyAudit", "getCheck", "deleteKey", "rotateKey", "deleteUser",
              "changeOwnPassword", "logOut", "endSession"}
# What is kept makes the answers longer, so that a long run would see memory grow by right.
MAKING = {"createKeys", "createToken", "addUser"}
PIECES = [
    b"", b"\0", b"\r\n", b"\n", b" ", b"%00", b"%", b"\xff", b"{", b"}", b"[", b'"', b"\\u0000",
    b"-1", b"1e999", b"null", b"true", b"99999999999999999999", b"../", b"mmx-", b"A" * 5000,
    b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
    b"Range: bytes=0-1\r\n", b"HTTP/1.1", b"PATCH", b"?", b"&", b"=", b";", b"\xe2\x80\xae"]


def mutated(dice: random.Random, text: bytes) -> bytes:
    made = bytearray(text)
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        at = dice.randrange(len(made) + 1)
        length = dice.choice((0, 1, 2, 8, 64))
        match dice.randrange(5):
            case 0:
                made[at:at + length] = dice.randbytes(dice.randrange(4))
            case 1:
                made[at:at] = made[at:at + length]
            case 2:
                made[at:at + length] = dice.choice(PIECES)
            case 3:
                other = dice.randrange(len(made) + 1)
                made[at:at] = made[other:other + length]
            case 4 if at < len(made):
                made[at] ^= 1 << dice.randrange(8)
    return bytes(made)


class Maker:
    """Requests, by who asks: nobody, a session, a token. The same seed makes the same ones."""

    def __init__(self, known: Known, asking: list[str], for_nobody: set[str]):
        self.asking = asking
        self.for_nobody = for_nobody
        self.known = known
        self.bodies = bodies(known)

    def requests(self, seed: int, count: int) -> Iterator[bytes]:
        dice = random.Random(seed)
        operations = all_operations()
        while count:
            operation = dice.choice(operations)
            who = dice.randrange(len(self.asking))
            if who and operation.id in self.for_nobody:
                continue
            count -= 1
            body = json.dumps(self.bodies[operation.id]).encode() \
                if operation.id in self.bodies else b""
            if body and dice.random() < 0.6:
                body = mutated(dice, body)
            path = API + path_of(operation, self.known)
            head = (f"{operation.method} {path} HTTP/1.1\r\nHost: console.test\r\n"
                    f"X-Real-IP: 198.51.100.{dice.randrange(250)}\r\n"
                    "Content-Type: application/json\r\nSec-Fetch-Site: same-origin\r\n"
                    f"{self.asking[who]}Content-Length: {len(body)}\r\n\r\n").encode()
            yield (mutated(dice, head) if dice.random() < 0.5 else head) + body


def status_of(daemon: Daemon, request: bytes) -> int:
    """Of the daemon's answer; 0: it hung up."""
    answer = b""
    with closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(WAIT_S)
        client.connect(daemon.socket)
        try:
            client.sendall(request + FILLER)
        except OSError:
            pass  # it has answered before it read all
        try:
            while piece := client.recv(65536):
                answer += piece
        except TimeoutError:
            pass  # it waits for the rest of a body that says to be longer
        except OSError:
            pass
    match = re.match(rb"(?:HTTP/1.1 100 Continue\r\n\r\n)?HTTP/1.1 (\d{3})", answer)
    assert match or not answer, (request[:500], answer[:200])
    return int(match[1]) if match else 0


def resident_kib(daemon: Daemon) -> int:
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


@pytest.mark.parametrize("count, seed", [(4_000, 0), *(
    pytest.param(250_000, part * THREADS, id=f"part {part} of a million", marks=pytest.mark.full)
    for part in range(1, 5))])
def test_mutated_requests(
        count: int, seed: int, people: Admin, key: Key, secrets: SecretWatch, port: int,
        daemon_with: Callable[..., Daemon]) -> None:
    daemon = daemon_with(MMX_UPSTREAM=f"http://127.0.0.1:{port}")
    alice = logged_in(daemon, "alice")
    token = alice.ask("POST", "/tokens", {"name": "t", "role": "admin", "password": PASSWORD})
    secret = secrets.add("API token", token.json()["secret"])
    maker = Maker(Known(key.id, key.key), [
        "", f"Authorization: Bearer {secret}\r\n",
        f"Cookie: mmx_session={alice.cookie}\r\nX-CSRF-Token: {alice.csrf_token}\r\n"],
        FOR_NOBODY | (MAKING if seed else set()))
    pid, seen, resident = daemon.process.pid, Counter(), []

    def run(seed: int, number: int) -> Counter:
        found = Counter()
        for request in maker.requests(seed, number):
            status = status_of(daemon, request)
            assert status < 500, (seed, status, request)
            found[status] += 1
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        for part in range(PARTS):
            seeds = [SEED + seed + part * 1000 + thread for thread in range(THREADS)]
            for found in pool.map(run, seeds, [count // PARTS // THREADS] * THREADS):
                seen += found
            resident.append(resident_kib(daemon))
    assert daemon.process.alive() and daemon.process.pid == pid
    assert daemon.ask("GET", "/health").status == 200
    if not SANITIZED:  # sanitizers keep what was freed
        assert max(resident) < RESIDENT_KIB, (resident, seen)
    if seed and not SANITIZED:  # a long run
        assert resident[-1] - resident[PARTS // 2] < GROWTH_KIB, (resident, seen)
    assert {200, 400, 401, 404} <= seen.keys(), seen  # it reached what lies behind the door
