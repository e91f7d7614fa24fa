"""The audit trail proves where it begins and ends: each manipulation in Redis is found, cuts are
said, several programs write one chain, and each entry is a line of a journal as well."""

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.admin import Admin
from harness.cli import findings, refused
from harness.clock import Clock
from harness.daemon import Daemon
from harness.paths import ADMIND
from harness.people import entries, logged_in
from harness.process import wait_until
from harness.redis import RedisServer
from harness.trail import (
    AUDIT, HEAD, SETTINGS, as_of_release_before, head, lengthen, put_stream, set_head, stream)

DAY = 86400
DAYS_MAX, LENGTH_MAX, CUT_MAX = 400, 100_000, 1000  # as trail/audit.hpp has them


def change(admin: Admin, count: int = 1) -> None:
    for number in range(count):
        admin.run("settings", "set", "--default-day", number + 1)


def verified(admin: Admin, *words: object) -> dict:
    return admin.json("audit", "--verify", *words)


def fault(admin: Admin) -> str:
    """What both commands say."""
    code, message = refused(admin, "audit", "--verify")
    assert code == "audit_broken"
    told = findings(admin, "fail")["audit trail"]
    assert told.rsplit("; ", 1)[0] in message, "and what to do"
    return message


def drop(redis: RedisServer, part: slice) -> None:
    for stream_id, _ in stream(redis)[part]:
        redis.command("XDEL", AUDIT, stream_id)


def swap(redis: RedisServer) -> None:
    made = stream(redis)
    fields = [fields for _, fields in made]
    fields[2], fields[3] = fields[3], fields[2]
    put_stream(redis, [(stream_id, new) for (stream_id, _), new in zip(made, fields)])


def altered(text: str) -> str:
    return text[:20] + ("A" if text[20] != "A" else "B") + text[21:]


MANIPULATIONS: dict[str, tuple[Callable[[RedisServer], object], str]] = {
    "newest": (lambda redis: drop(redis, slice(-1, None)), "newest entries"),
    "newest three": (lambda redis: drop(redis, slice(-3, None)), "newest entries"),
    "oldest": (lambda redis: drop(redis, slice(0, 1)), "oldest entries"),
    "oldest three": (lambda redis: drop(redis, slice(0, 3)), "oldest entries"),
    "middle": (lambda redis: drop(redis, slice(2, 4)), "entries are missing before"),
    "all": (lambda redis: redis.command("DEL", AUDIT), "newest entries"),
    "order": (swap, "entries are missing before"),
    "head": (lambda redis: redis.command("DEL", HEAD), "head is missing"),
    "empty head": (lambda redis: redis.command("SET", HEAD, ""), "head is missing"),
    "altered head": (lambda redis: redis.command("SET", HEAD, altered(
        redis.command("GET", HEAD))), "head does not open"),
    "all and head": (lambda redis: redis.command("DEL", AUDIT, HEAD), "head is missing"),
    "head of before": (lambda redis: (
        redis.command("DEL", HEAD), redis.command("HSET", SETTINGS, "audit_head",
                                                  stream(redis)[-1][1]["hash"])),
        "head is missing"),
}


@pytest.mark.parametrize("name", MANIPULATIONS)
def test_each_manipulation_is_found_and_stays_found(
        admin: Admin, redis: RedisServer, name: str) -> None:
    """Also after the next change, which goes on with what it finds."""
    change(admin, 4)
    assert verified(admin)["entries"] == 6
    manipulate, expected = MANIPULATIONS[name]
    manipulate(redis)
    assert expected in fault(admin)
    change(admin)
    fault(admin)


def test_a_head_put_back_is_found(admin: Admin, redis: RedisServer) -> None:
    change(admin)
    old = redis.command("GET", HEAD)
    change(admin, 2)
    redis.command("SET", HEAD, old)
    assert "head is older" in fault(admin)


def test_a_trail_put_back_without_its_head_is_found(admin: Admin, redis: RedisServer) -> None:
    change(admin)
    old = stream(redis)
    change(admin, 2)
    put_stream(redis, old)
    assert "newest entries" in fault(admin)


def test_all_put_back_is_found_by_the_hash_that_was_noted(
        admin: Admin, redis: RedisServer) -> None:
    """Nothing in Redis tells of that, so the operator has to have noted something elsewhere."""
    change(admin)
    old, old_head = stream(redis), redis.command("GET", HEAD)
    first = verified(admin)["last_hash"]
    change(admin, 2)
    noted = verified(admin)["last_hash"]
    assert noted in admin.run("audit", "--verify").stdout
    change(admin)
    assert verified(admin, "--since", noted)["verified"]
    put_stream(redis, old)
    redis.command("SET", HEAD, old_head)
    assert verified(admin)["verified"]
    assert verified(admin, "--since", first)["verified"]
    admin.run("settings", "set", "--default-day", 99)
    code, message = refused(admin, "audit", "--verify", "--since", noted)
    assert code == "audit_broken" and noted in message
    for words in (("--verify", "--since", "x"), ("--verify", "--since", ""),
                  ("--since", noted)):
        assert refused(admin, "audit", *words, status=2)[0] == "invalid_argument"


def test_the_api_verifies_since_a_hash(people: Admin, daemon: Daemon) -> None:
    alice = logged_in(daemon, "alice")
    report = alice.ask("POST", "/audit/verify", {}).json()
    assert report["verified"] and report["first_number"] == 1
    again = alice.ask("POST", "/audit/verify", {"since": report["last_hash"]}).json()
    assert again["verified"]
    other = alice.ask("POST", "/audit/verify", {"since": "0" * 64}).json()
    assert not other["verified"] and "0" * 64 in other["fault"]
    assert alice.ask("POST", "/audit/verify", {"since": "0" * 63}).status == 400


def test_what_is_too_old_is_cut_and_the_cut_is_told(
        admin_for: Callable[[str], Admin], redis_server: Callable[..., RedisServer],
        clock: Callable[[], Clock]) -> None:
    redis_clock = clock()
    redis = redis_server(clock=redis_clock)
    admin = admin_for(redis.url)
    change(admin, 3)
    last = verified(admin)["last_hash"]
    redis_clock.step(5 * DAY)
    change(admin)
    redis_clock.step((DAYS_MAX - 3) * DAY)
    change(admin)
    report = verified(admin)
    assert (report["first_number"], report["entries"]) == (6, 3)
    cut, = entries(admin, "audit.cut")
    assert cut["actor"] == "mmx-admind" and cut["address"] == ""
    assert cut["detail"] == {"entries": 5, "why": "age", "first_number": 6,
                             "first_kept": stream(redis)[0][1]["hash"]}
    assert verified(admin, "--since", last)["verified"], "it was the last of what was cut"
    change(admin)
    assert len(entries(admin, "audit.cut")) == 1
    drop(redis, slice(0, 1))
    assert "oldest entries" in fault(admin)


def test_the_daemon_cuts_without_being_asked(
        admin: Admin, redis: RedisServer, daemon_with: Callable[..., Daemon]) -> None:
    redis.command("DEL", AUDIT)
    set_head(admin, redis, {"count": 0, "hash": "", "first": 1, "before": "", "first_time": 1,
                            "doubtful": 0})
    lengthen(admin, redis, 10, time=1)
    lengthen(admin, redis, 5, time=int(time.time()))
    assert verified(admin)["entries"] == 15
    daemon_with()
    wait_until(lambda: redis.command("XLEN", AUDIT) == 6, what="the oldest are cut")
    assert verified(admin)["first_number"] == 11
    assert [entry["action"] for entry in entries(admin)] == ["audit.cut", *["a"] * 5]


def test_beyond_its_length_the_oldest_are_cut(admin: Admin, redis: RedisServer) -> None:
    lengthen(admin, redis, LENGTH_MAX - 2, time=int(time.time()))
    change(admin)
    report = verified(admin)
    assert report["first_number"] == CUT_MAX + 1
    assert report["entries"] == LENGTH_MAX - CUT_MAX + 2
    cut, = entries(admin, "audit.cut")
    assert cut["detail"]["why"] == "length" and cut["detail"]["entries"] == CUT_MAX


def test_a_cut_hides_no_manipulation(admin: Admin, redis: RedisServer) -> None:
    lengthen(admin, redis, 20, time=1)
    drop(redis, slice(4, 6))
    state = head(admin, redis)
    assert state["first"] == 1
    lengthen(admin, redis, LENGTH_MAX, time=int(time.time()))
    change(admin)
    assert entries(admin, "audit.cut") and entries(admin, "audit.fault")
    fault(admin)


def test_a_trail_of_the_release_before_is_adopted_once(
        people: Admin, daemon_with: Callable[..., Daemon], redis: RedisServer) -> None:
    as_of_release_before(people, redis)
    before = stream(redis)
    assert verified(people)["entries"] == len(before), "it holds by what was kept of it then"
    daemon = daemon_with()
    wait_until(lambda: redis.command("EXISTS", HEAD) == 1, what="the trail has a head")
    assert logged_in(daemon, "alice").ask("GET", "/session").status == 200
    assert stream(redis)[:len(before)] == before
    adopted, = entries(people, "audit.adopt")
    assert adopted["detail"] == {"entries": len(before)} and adopted["actor"] == "mmx-admind"
    wait_until(lambda: entries(people, "keys.seal"), what="the keys are sealed, too")
    assert verified(people)["entries"] == len(before) + 3
    assert "audit_head" not in redis.hash(SETTINGS)

    daemon.kill()
    made = stream(redis)
    put_stream(redis, made[:3])
    redis.command("DEL", HEAD)
    redis.command("HSET", SETTINGS, "audit_head", made[2][1]["hash"])
    assert "head is missing" in fault(people)
    daemon_with()
    wait_until(lambda: redis.command("EXISTS", HEAD) == 1, what="the trail has a head again")
    assert "not vouched for" in fault(people)
    assert len(entries(people, "audit.fault")) == 1


@pytest.mark.parametrize("part", [slice(-1, None), slice(0, 1)])
def test_what_was_missing_at_adoption_is_not_forgotten(
        admin: Admin, redis: RedisServer, part: slice) -> None:
    change(admin, 2)
    as_of_release_before(admin, redis)
    drop(redis, part)
    assert "not vouched for" in fault(admin)
    change(admin)
    assert "not vouched for" in fault(admin)


def test_two_daemons_and_command_lines_write_one_chain(
        people: Admin, daemon_with: Callable[..., Daemon], redis: RedisServer) -> None:
    each = 15
    daemons = [daemon_with(), daemon_with()]
    browsers = [logged_in(daemon, "alice") for daemon in daemons for _ in range(3)]
    before = verified(people)["entries"]
    answers: list[int] = []

    def by_browser(place: int) -> None:
        answers.extend(browsers[place].ask("POST", "/keys", {"user": f"b{place}"}).status
                       for _ in range(each))

    def by_command() -> None:
        answers.extend(people.run("key", "create", "--user", "c", check=False).returncode
                       for _ in range(each))

    threads = [threading.Thread(target=by_browser, args=(place,)) for place in range(6)]
    threads += [threading.Thread(target=by_command) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(answers) == [0] * (2 * each) + [201] * (6 * each)
    report = verified(people)
    assert report["verified"] and report["entries"] == before + 8 * each
    assert len(entries(people, "key.create")) == 8 * each
    told = [daemon.log.read_text().count('"action":"key.create"') for daemon in daemons]
    assert told == [3 * each] * 2


def journal(text: str) -> list[dict]:
    return [json.loads(line.split("audit ", 1)[1]) for line in text.splitlines()
            if "audit {" in line]


def test_each_entry_of_the_daemon_is_a_line_of_its_log(
        people: Admin, daemon: Daemon, redis: RedisServer) -> None:
    alice = logged_in(daemon, "alice")
    note = "one\nmmx-admind: audit {\"number\":1} 张三 " + "x" * 900
    assert alice.ask("POST", "/keys", {"user": "ann", "note": note}).status == 201
    wait_until(lambda: '"key.create"' in daemon.log.read_text(), what="the line")
    line = journal(daemon.log.read_text())[-1]
    entry = entries(people)[0]
    assert (line["hash"], line["actor"], line["object"]) == (
        entry["hash"], "user:alice", entry["object"])
    assert line["number"] == head(people, redis)["count"] and line["address"] == "192.0.2.1"
    assert json.dumps(entry["detail"], ensure_ascii=False, separators=(",", ":")).startswith(
        line["detail"].rstrip("…�"))
    lines = daemon.log.read_text().splitlines()
    assert all(text.startswith("mmx-admind: ") and text.isascii() for text in lines)
    ids = [alice.ask("POST", "/keys", {"user": "u", "count": 500}).status]
    assert ids == [201]
    assert max(map(len, daemon.log.read_text().splitlines())) < 4096


def private_devices(folder: Path) -> list[str]:
    """Words before a command that make folder its /dev, with its system log; or skips the test."""
    words = ["unshare", "--mount", "sh", "-c",
             f"for f in null urandom random; do touch {folder}/$f && "
             f"mount --bind /dev/$f {folder}/$f || exit 1; done; "
             f'mount --rbind {folder} /dev && exec "$@"', "sh"]
    if shutil.which("unshare") is None or subprocess.run(
            [*words, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount")
    return words


def test_each_entry_of_a_command_is_a_line_of_the_systems_log(
        admin: Admin, sockets: Path) -> None:
    devices = sockets / "dev"
    devices.mkdir()
    words = private_devices(devices)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(devices / "log"))
        log.settimeout(20)
        done = subprocess.run([*words, ADMIND, "settings", "set", "--default-day", "7"],
                              env=admin.env, check=False, capture_output=True, text=True)
        assert done.returncode == 0 and "audit" not in done.stderr
        text = log.recv(65536).decode()
    line, = journal(text)
    assert line["hash"] == entries(admin)[0]["hash"] and "mmx-admind" in text
