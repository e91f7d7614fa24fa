"""`reseal` moves a deployment to another secret file: all of it, wherever it breaks off, and keys,
tokens and passwords go on working."""

import contextlib
import json
import os
import subprocess
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from harness.admin import Admin, Key
from harness.cli import findings, refused
from harness.daemon import Daemon
from harness.fault import Fault, How
from harness.fault_proxy import FaultProxy
from harness.gateway import Gateway
from harness.paths import ADMIND
from harness.people import PASSWORD, bearer, entries, logged_in, status
from harness.process import wait_until
from harness.redis import RedisServer
from harness.sealed import derived, derived_of, seal
from harness.trail import SETTINGS, chain_hash, head, put_stream, set_head, stream
from harness.upstream import Upstream, fingerprint

PURPOSES = ("master", "key", "record", "check")
MOVES_MAX = 64
BATCH_OF_KEYS = 125  # half of reseal_batch: a key has two sealed values
NO_MASTER = ("does not open with this secret file",)


def boxes(redis: RedisServer) -> dict[str, str]:
    """Every sealed value in Redis, by what it is bound to."""
    found = {}
    for name in redis.command("KEYS", "mmx:*"):
        kind = redis.command("TYPE", name)
        if kind == "hash":
            values = {f"{name}/{part}": text for part, text in redis.hash(name).items()}
        else:
            values = {f"{name}/sealed": redis.command("GET", name)} if kind == "string" else {}
        found |= {bound: text for bound, text in values.items() if str(text).startswith("v1.")}
    return found


def opens(file: bytes, bound: str, text: str) -> bool:
    text = text.removeprefix("v1.")
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for purpose in PURPOSES:
        with contextlib.suppress(InvalidTag):
            AESGCM(derived_of(file, purpose)).decrypt(data[:12], data[12:], bound.encode())
            return True
    return False


def opened_by(file: bytes, redis: RedisServer) -> set[str]:
    return {bound for bound, text in boxes(redis).items() if opens(file, bound, text)}


@dataclass
class Deployment:
    """One that is in use: keys of every kind, accounts, a token, a session, a past."""

    admin: Admin
    redis: RedisServer
    keys: dict[str, Key] = field(default_factory=dict)
    old: bytes = b""
    token: str = ""

    @property
    def new(self) -> Path:
        return self.admin.secret.parent / "secret.new"

    def reseal(self, *words: object, **options: object) -> subprocess.CompletedProcess:
        return self.admin.run("--json", "reseal", self.new, *words, **options)

    def put_in_place(self) -> None:
        os.replace(self.new, self.admin.secret)


@pytest.fixture(name="full")
def a_deployment_in_use(people: Admin, redis: RedisServer) -> Deployment:
    admin = people
    made = Deployment(admin, redis, old=admin.secret.read_bytes())
    made.keys = {"used": admin.create_key(day=3), "off": admin.create_key("Zoë"),
                 "before": admin.create_key("ann", day=2), "first": admin.create_key()}
    admin.run("key", "disable", made.keys["off"].id)
    rotated = admin.json("key", "rotate", made.keys["before"].id)
    made.keys["after"] = admin.known(rotated["id"], rotated["key"])
    again = admin.json("key", "rotate", made.keys["first"].id)
    last = admin.json("key", "rotate", again["id"])
    made.keys |= {"second": admin.known(again["id"], again["key"]),
                  "third": admin.known(last["id"], last["key"])}
    made.token = admin.json("token", "create", "robot", "--role", "viewer")["secret"]
    return made


def whole(admin: Admin) -> bool:
    """Whether check finds nothing, but that everybody may use a test's Redis."""
    return set(findings(admin, "fail")) == {"Redis rights"}


def statuses(server: Gateway, keys: dict[str, Key]) -> dict[str, int]:
    return {name: server.request(key.key).status for name, key in keys.items()}


def reload_with_it(server: Gateway, key: Key) -> None:
    """Until no worker with the old file is left, and the new one has the master key."""
    server.reload()
    wait_until(lambda: len(server.workers()) == 1, 20, "the old worker has gone")
    wait_until(lambda: server.request(key.key).status == 200, 20, "the new file")


def test_all_of_it_goes_over(
        full: Deployment, daemon: Daemon, gateway: Callable[..., Gateway],
        upstream: Upstream) -> None:
    browser = logged_in(daemon, "alice")
    server = gateway(workers=1, allow=NO_MASTER)
    admin, redis = full.admin, full.redis
    assert set(statuses(server, full.keys).values()) == {200, 403}
    before, report = boxes(redis), json.loads(full.reseal().stdout)
    keys = redis.command("ZCARD", "mmx:index")
    assert report | {"secret_created": True, "resumed": False, "sessions_ended": 1, "keys": keys,
                     "accounts": 2, "tokens": 1, "unopened": 0} == report
    assert report["audit"]["verified"] and report["sealed_anew"] == 2 * keys + 4
    assert full.new.stat().st_mode & 0o777 == 0o600

    # The old file opens nothing, the new one everything, and it is the same that is there.
    assert not opened_by(full.old, redis)
    assert opened_by(full.new.read_bytes(), redis) == set(boxes(redis))
    gone = {bound for bound in before if bound.startswith("mmx:session:")}
    assert len(gone) == 1 and set(before) - gone == set(boxes(redis))
    assert refused(admin, "key", "list")[0] == "wrong_secret"
    assert status(browser) == 401, "of a daemon with the old file"
    wait_until(lambda: "not kept: the secret file is not" in daemon.log.read_text(), 20,
               "what looks altered to that daemon is left alone")

    full.put_in_place()
    reload_with_it(server, full.keys["third"])
    assert statuses(server, full.keys) == {
        "used": 200, "off": 403, "before": 429, "after": 429, "first": 200, "second": 200,
        "third": 200}
    assert server.request(full.keys["used"].key).status == 200
    assert server.request(full.keys["used"].key).status == 429, "the count went on"
    assert upstream.received()[-1]["key_sha256"] == fingerprint(admin.master)
    assert whole(admin) and not entries(admin, "key.repair")


def test_what_came_along_is_used_and_changed(
        full: Deployment, daemon_with: Callable[..., Daemon],
        gateway: Callable[..., Gateway]) -> None:
    admin = full.admin
    full.reseal()
    full.put_in_place()
    daemon, server = daemon_with(), gateway(workers=1)
    alice = logged_in(daemon, "alice")
    assert alice.ask("POST", "/keys", {"user": "new"}).status == 201
    assert daemon.ask("GET", "/keys", headers=bearer(full.token)).status == 200
    assert admin.run("key", "reveal", full.keys["off"].id).stdout.strip().endswith(
        full.keys["off"].key)
    admin.run("key", "enable", full.keys["off"].id)
    rotated = admin.json("key", "rotate", full.keys["off"].id)
    fresh = admin.known(rotated["id"], rotated["key"])
    assert statuses(server, {"fresh": fresh, "grace": full.keys["off"]}) == {
        "fresh": 200, "grace": 200}
    admin.run("user", "password", "bob", stdin=PASSWORD, env={"MMX_PASSWORD_COST": "14"})
    admin.run("init")
    assert not entries(admin, "key.repair")
    assert whole(admin)


def test_the_trail_goes_on_and_keeps_its_hashes(full: Deployment) -> None:
    admin, redis = full.admin, full.redis
    noted = stream(redis)
    full.reseal()
    full.put_in_place()
    assert stream(redis)[:len(noted)] == noted
    for number in range(2):
        hashes = [fields["hash"] for _, fields in stream(redis)]
        assert admin.json("audit", "--verify", "--since", hashes[0])["entries"] == len(hashes)
        assert head(admin, redis)["count"] == len(hashes)
        admin.run("settings", "set", "--default-day", number + 1)
        full.reseal()
        full.put_in_place()
    done = [entry["detail"] for entry in entries(admin, "secret.reseal")]
    assert [one.get("state") for one in done] == [None, "begun"] * 3
    assert done[0]["accounts"] == 2 and done[0]["unopened"] == 0


@pytest.mark.parametrize("number", [0, 3, -1])
def test_who_knows_the_old_secret_alters_nothing_of_the_past(
        full: Deployment, number: int) -> None:
    """The attacker has the old file and Redis, and makes the old part of the chain whole again."""
    admin, redis = full.admin, full.redis
    old_part = len(stream(redis)) + 1  # and that the move had begun
    full.reseal()
    full.put_in_place()
    made = stream(redis)
    assert "state" in made[old_part - 1][1]["detail"]
    made[:old_part][number][1]["actor"] = "cli:somebody"
    key, last = derived_of(full.old, "audit"), ""
    for _, fields in made[:old_part]:
        fields["prev"] = last
        last = fields["hash"] = chain_hash(key, fields)
    put_stream(redis, made)
    assert refused(admin, "audit", "--verify")[0] == "audit_broken"


def test_nothing_new_is_written_with_an_old_key(full: Deployment) -> None:
    admin, redis = full.admin, full.redis
    full.reseal()
    full.put_in_place()
    made = stream(redis)
    made[-1][1]["actor"] = "cli:somebody"
    made[-1][1]["hash"] = chain_hash(derived_of(full.old, "audit"), made[-1][1])
    put_stream(redis, made)
    assert refused(admin, "audit", "--verify")[0] == "audit_broken"


def test_the_old_key_goes_with_the_last_entry_that_needs_it(full: Deployment) -> None:
    admin, redis = full.admin, full.redis
    full.reseal()
    full.put_in_place()
    kept = head(admin, redis)["earlier"]
    assert len(kept) == 1 and kept[0]["until"] == len(stream(redis)) - 1
    # All that the old key made is older than is kept.
    made, key = stream(redis), derived_of(full.old, "audit")
    last = ""
    for _, fields in made[:-1]:
        fields |= {"time": "1000000000", "prev": last}
        last = fields["hash"] = chain_hash(key, fields)
    made[-1][1]["prev"] = last
    made[-1][1]["hash"] = chain_hash(derived(admin, "audit"), made[-1][1])
    put_stream(redis, made)
    state = head(admin, redis) | {"first_time": 1000000000, "hash": made[-1][1]["hash"]}
    set_head(admin, redis, state)
    assert admin.json("audit", "--verify")["verified"]
    admin.run("settings", "set", "--default-day", 1)
    assert "earlier" not in head(admin, redis)
    assert entries(admin, "audit.cut") and not entries(admin, "audit.fault")
    assert admin.json("audit", "--verify")["verified"]


# SIGKILL at one transaction after another, before or after Redis has made it.
@pytest.mark.parametrize("how", [How.STALL, How.INSTEAD])
def test_a_move_that_was_killed_anywhere_is_finished(
        full: Deployment, daemon: Daemon, gateway: Callable[..., Gateway],
        fault_proxy: FaultProxy, how: How) -> None:
    admin, redis = full.admin, full.redis
    more = admin.create_keys(BATCH_OF_KEYS, "many")
    logged_in(daemon, "alice")
    server = gateway(workers=1, allow=NO_MASTER)
    transactions = 0
    while killed_at(full, fault_proxy, how, transactions + 1):
        transactions += 1
        if "reseal" in redis.hash(SETTINGS):
            assert_nobody_changes_anything(full, daemon)
            assert server.request(more[0].key).status == 200
        full.reseal()
        assert not opened_by(full.old, redis)
        full.put_in_place()
        full.old = admin.secret.read_bytes()
        reload_with_it(server, more[0])
    assert transactions > 5
    full.put_in_place()
    assert admin.json("audit", "--verify")["verified"]
    assert not entries(admin, "key.repair", "audit.fault")


def killed_at(full: Deployment, proxy: FaultProxy, how: How, number: int) -> bool:
    """Whether there was such a transaction, and the command was killed at it; else it ended."""
    fired = proxy.fired
    proxy.inject(Fault(how, first=number, seconds=600, kinds=frozenset({b"EXEC"})))
    with subprocess.Popen([ADMIND, "reseal", full.new], stdout=subprocess.PIPE,
                          env=full.admin.env | {"MMX_REDIS": proxy.url}) as moving:
        wait_until(lambda: proxy.fired > fired or moving.poll() is not None, 60,
                   "the transaction, or the end")
        moving.kill()
    proxy.heal()
    return proxy.fired > fired


def assert_nobody_changes_anything(full: Deployment, daemon: Daemon) -> None:
    for path in (full.admin.secret, full.new):
        env = {"MMX_SECRET": str(path)}
        code, message = refused(full.admin, "key", "create", "--user", "x", env=env)
        assert code == "wrong_secret" and "mmx-admind reseal" in message
        assert "not finished" in findings(full.admin, "fail", env=env)["secret file"]
    answer = daemon.browser().log_in("alice", PASSWORD)
    assert answer.status in (401, 503), answer.body


def test_two_runs_at_once_do_no_harm(full: Deployment) -> None:
    full.admin.create_keys(BATCH_OF_KEYS, "many")
    runs = [subprocess.Popen([ADMIND, "reseal", full.new], env=full.admin.env,
                             stdout=subprocess.DEVNULL) for _ in range(2)]
    assert 0 in [run.wait(60) for run in runs]
    full.reseal()
    assert not opened_by(full.old, full.redis)
    full.put_in_place()
    assert whole(full.admin)


def test_what_did_not_open_before_is_told_and_left(full: Deployment) -> None:
    admin, redis = full.admin, full.redis
    record = f"mmx:{{{full.keys['used'].id}}}"
    redis.command("HSET", f"{record}:about", "sealed", "v1.AAAA")
    redis.command("DEL", f"{record}:rights")
    redis.command("HSET", "mmx:user:bob", "sealed", redis.hash("mmx:user:alice")["sealed"])
    strange = f"mmx:{{{full.keys['off'].id}}}:rights"
    redis.command("DEL", strange)
    redis.command("SADD", strange, "of another kind")
    done = full.reseal(check=False)
    report = json.loads(done.stdout)
    assert done.returncode == 1 and report["unopened"] == 4 and report["accounts"] == 1
    assert redis.hash(f"{record}:about")["sealed"] == "v1.AAAA"
    again = full.reseal(check=False)
    assert json.loads(again.stdout) == report | {
        "resumed": True, "secret_created": False, "sealed_anew": 0, "sessions_ended": 0}
    assert "4 values" in admin.run("reseal", full.new, check=False).stdout


def test_a_file_that_does_not_fit_is_refused_and_nothing_is_begun(
        full: Deployment, private: Path) -> None:
    admin, redis = full.admin, full.redis
    same, foreign, short = (private / name for name in ("same", "foreign", "short"))
    same.write_bytes(full.old)
    foreign.write_bytes(os.urandom(32))
    short.write_bytes(os.urandom(31))
    for path in (same, foreign, short):
        path.chmod(0o600)
    before = redis.hash(SETTINGS), stream(redis)
    refusals = {same: ("invalid_argument", 2, "in use"),
                foreign: ("invalid_argument", 2, "no key and no token"),
                short: ("secret_file", 1, "exactly 32 bytes"),
                private / "none" / "secret": ("secret_file", 1, "make its folder first"),
                private: ("secret_file", 1, "not a regular file")}
    for path, (code, exit_status, words) in refusals.items():
        told, message = refused(admin, "reseal", path, status=exit_status)
        assert (told, words in message) == (code, True), message
    full.new.write_bytes(os.urandom(96))
    full.new.chmod(0o644)
    assert "expected 0600" in refused(admin, "reseal", full.new)[1]
    full.new.unlink()
    assert refused(admin, "reseal", full.new, "--group", "no-such-group", status=2)
    assert not full.new.exists()
    assert (redis.hash(SETTINGS), stream(redis)) == before


def test_another_file_is_refused_until_the_move_is_finished(
        full: Deployment, private: Path, fault_proxy: FaultProxy) -> None:
    admin, other = full.admin, private / "other"
    assert killed_at(full, fault_proxy, How.STALL, 3)
    assert "is being moved" in refused(admin, "reseal", other)[1]
    assert not other.exists()
    other.write_bytes(os.urandom(32) + full.new.read_bytes()[32:])
    other.chmod(0o600)
    assert "is being moved" in refused(admin, "reseal", other)[1]
    full.reseal()
    assert refused(admin, "reseal", other)[0] == "wrong_secret"
    assert refused(admin, "reseal", full.new, status=2,
                   env={"MMX_SECRET": str(full.new)})[0] == "invalid_argument"


def test_what_a_release_before_left_is_sealed_first(full: Deployment) -> None:
    check = seal(full.admin, "check", f"{SETTINGS}/secret_check",
                 "mmx: records are sealed, the audit trail has a head")
    full.redis.command("HSET", SETTINGS, "secret_check", check)
    code, message = refused(full.admin, "reseal", full.new)
    assert code == "conflict" and "start the daemon" in message
    assert "reseal" not in full.redis.hash(SETTINGS)


@pytest.mark.parametrize("text", [
    "mmx", "mmx: records are sealed", "mmx: records are sealed, the audit trail has a head"])
def test_a_mark_of_a_release_before_is_worth_nothing_after_it(full: Deployment, text: str) -> None:
    """Put back before, it had the daemon seal what it finds."""
    mark = seal(full.admin, "check", f"{SETTINGS}/secret_check", text)
    full.reseal()
    full.put_in_place()
    full.redis.command("HSET", SETTINGS, "secret_check", mark)
    assert refused(full.admin, "key", "list")[0] == "wrong_secret"


def test_there_must_be_something_to_move(admin_for: Callable[[str], Admin],
                                         redis: RedisServer) -> None:
    admin = admin_for(redis.url)
    redis.command("FLUSHALL")
    assert refused(admin, "reseal", f"{admin.secret}.new")[0] == "not_initialized"


def test_moves_that_the_trail_remembers_have_a_bound(full: Deployment) -> None:
    state = head(full.admin, full.redis)
    state["earlier"] = [{"until": 1, "key": "v1.x"}] * MOVES_MAX
    set_head(full.admin, full.redis, state)
    assert "64 secret files" in refused(full.admin, "reseal", full.new)[1]
