"""Accounts and API tokens on the command line: the first admin of a console is made here."""

import base64
import hashlib
import os
import pty
import re
import select
import subprocess

import pytest
from harness.admin import Admin
from harness.cli import refused
from harness.paths import ADMIND
from harness.redis import RedisServer
from harness.sealed import password_hash, record_name, rights, set_rights
from harness.secret_watch import SecretWatch

PASSWORD = "correct horse battery staple"
CHEAP = "14"  # the lowest cost of a hash


@pytest.fixture
def users(admin: Admin, secrets: SecretWatch) -> Admin:
    """The command line with cheap hashes; what it is told as passwords is looked for afterwards."""
    secrets.add("password", PASSWORD)
    admin.env["MMX_PASSWORD_COST"] = CHEAP
    return admin


def add(users: Admin, name: str, role: str = "viewer", password: str = PASSWORD) -> dict:
    return users.json("user", "add", name, "--role", role, stdin=password + "\n")["user"]


def names(users: Admin) -> list[str]:
    return [user["name"] for user in users.json("user", "list")["users"]]


def last_entry(users: Admin) -> dict:
    return users.json("audit", "--limit", 1)["entries"][0]


def verifies(stored: str, password: str) -> bool:
    """A PHC string against a password, by Python's own scrypt."""
    cost, salt, digest = re.fullmatch(
        r"\$scrypt\$ln=(\d+),r=8,p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})", stored).groups()
    n = 2 ** int(cost)
    computed = hashlib.scrypt(password.encode(), salt=base64.b64decode(salt + "=="), n=n, r=8, p=1,
                              maxmem=256 * n * 8, dklen=32)
    return computed == base64.b64decode(digest + "=")


def test_an_account_is_made_listed_and_audited(users: Admin, redis: RedisServer) -> None:
    user = add(users, "alice", "admin")
    assert set(user) == {"name", "role", "created_at", "created_at_unix", "password_changed_at",
                         "password_changed_at_unix", "last_login_at", "last_login_at_unix"}
    assert (user["name"], user["role"], user["last_login_at"]) == ("alice", "admin", None)
    assert user["created_at_unix"] == user["password_changed_at_unix"] > 0
    add(users, "0.b_c-d")
    assert names(users) == ["0.b_c-d", "alice"]
    entry = last_entry(users)
    assert (entry["action"], entry["object"]) == ("user.create", "0.b_c-d")
    assert entry["detail"] == {"role": "viewer"} and entry["address"] == ""
    assert users.json("audit", "--verify")["verified"]
    assert redis.command("SMEMBERS", "mmx:users")


def test_the_password_is_kept_as_scrypt_of_the_standard_cost(
        users: Admin, redis: RedisServer) -> None:
    del users.env["MMX_PASSWORD_COST"]
    add(users, "alice", "admin")
    stored = password_hash(users, redis, "alice")
    assert stored.startswith("$scrypt$ln=17,") and verifies(stored, PASSWORD)
    add(users, "bob", "admin")
    assert password_hash(users, redis, "bob") != stored, "every hash has its own salt"


def test_the_cost_is_configured_within_bounds(users: Admin, redis: RedisServer) -> None:
    add(users, "alice")
    assert password_hash(users, redis, "alice").startswith("$scrypt$ln=14,")
    for cost in ("13", "21", "x"):
        code, message = refused(users, "user", "add", "bob", "--role", "admin", stdin=PASSWORD,
                                env={"MMX_PASSWORD_COST": cost})
        assert code == "config_file" and "14" in message and "20" in message


@pytest.mark.parametrize("password, expected", [
    ("", "too short"), ("elevenchars", "too short"), ("密码密码密码", "too short"),
    ("x" * 1025, "longer than 1024"), ("zzzzzzzzzzzz", "guessed first"),
    ("123456789012", "guessed first"), ("MiniMax-2026!", "minimax"), ("passwordpass", "password"),
    ("PASSWORD12345", "password"), ("Admin-123456", "admin"), ("zhangsan-2026", "account's name")])
def test_a_password_that_is_guessed_first_is_refused(
        users: Admin, password: str, expected: str) -> None:
    code, message = refused(users, "user", "add", "zhangsan", "--role", "admin", stdin=password)
    assert code == ("common_password" if expected == "guessed first" else "invalid_input")
    assert expected in message
    assert len(password) < 12 or password not in message
    assert names(users) == []


@pytest.mark.parametrize("piped", [
    f"{PASSWORD}\n{PASSWORD}\n", f"{PASSWORD}\n{PASSWORD}", f"{PASSWORD}\r\n{PASSWORD}\r\n"])
def test_a_password_may_be_piped_twice(users: Admin, redis: RedisServer, piped: str) -> None:
    users.run("user", "add", "alice", "--role", "admin", stdin=piped)
    assert verifies(password_hash(users, redis, "alice"), PASSWORD)
    users.run("user", "password", "alice", stdin="x1" * 512 + "\n" + "x1" * 512 + "\n")
    assert verifies(password_hash(users, redis, "alice"), "x1" * 512)


@pytest.mark.parametrize("piped, expected", [
    (f"{PASSWORD}\nanother good long one\n", "differ"), (f"{PASSWORD}\n\n", "differ"),
    (f"{PASSWORD}\n{PASSWORD}\n{PASSWORD}\n", "control character"),
    (f"\n{PASSWORD}", "differ"), (f"{PASSWORD}\x00", "control character"),
    (f"tab\t{PASSWORD}", "control character"), (f"{PASSWORD}\x7f", "control character"),
    (f"{PASSWORD}\x85", "control character"), (f"{PASSWORD}\x1b[2J", "control character")])
def test_a_password_that_nobody_could_type_is_refused(
        users: Admin, piped: str, expected: str) -> None:
    code, message = refused(users, "user", "add", "alice", "--role", "admin", stdin=piped)
    assert code == "invalid_input" and expected in message and PASSWORD not in message
    assert names(users) == []


def test_a_common_password_is_refused(users: Admin) -> None:
    add(users, "alice", "admin")
    for command in (("add", "bob", "--role", "viewer"), ("password", "alice")):
        code, message = refused(users, "user", *command, stdin="QwertyQwerty\n")
        assert code == "common_password" and "choose another" in message
    assert names(users) == ["alice"]


@pytest.mark.parametrize("password", [
    "twelve chars", "密码密码密码密码密码密码", "  spaces  around  ", "pass wörd☃ and more",
    "a password may hold the word when there is more", "x1" * 512])
def test_any_other_password_of_twelve_characters_will_do(
        users: Admin, redis: RedisServer, password: str) -> None:
    add(users, "alice", "admin", password)
    assert verifies(password_hash(users, redis, "alice"), password)


@pytest.mark.parametrize("name", ["Alice", "-a", ".a", "a b", "a:b", "a/b", "x" * 33, "é", "a\n"])
def test_a_name_that_is_no_name_is_refused_before_the_password(users: Admin, name: str) -> None:
    code, message = refused(users, "user", "add", "--role", "admin", "--", name, status=2)
    assert code == "invalid_argument" and "a-z" in message


def test_a_role_has_to_be_given_and_known(users: Admin) -> None:
    for words in (("user", "add", "a"), ("user", "add", "a", "--role", "root"),
                  ("token", "create", "a"), ("token", "create", "a", "--role", "")):
        code, message = refused(users, *words, stdin=PASSWORD, status=2)
        assert code == "invalid_argument" and "admin or viewer" in message


def test_a_name_is_taken_once(users: Admin, redis: RedisServer) -> None:
    add(users, "alice", "admin")
    before = redis.hash("mmx:user:alice")
    code, message = refused(users, "user", "add", "alice", "--role", "viewer", stdin=PASSWORD)
    assert code == "conflict" and "already" in message
    assert redis.hash("mmx:user:alice") == before


def test_of_many_who_make_the_same_account_one_does(users: Admin) -> None:
    started = [subprocess.Popen([ADMIND, "user", "add", "alice", "--role", "admin"],
                                env=users.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True) for _ in range(6)]
    for process in started:
        process.stdin.write(PASSWORD)
        process.stdin.close()
    codes = sorted(process.wait(timeout=60) for process in started)
    for process in started:
        process.stdout.close()
        process.stderr.close()
    assert codes == [0, 1, 1, 1, 1, 1] and names(users) == ["alice"]


def test_the_last_admin_stays(users: Admin) -> None:
    add(users, "alice", "admin")
    add(users, "bob", "viewer")
    for words in (("user", "delete", "alice", "--yes"),
                  ("user", "role", "alice", "--role", "viewer")):
        code, message = refused(users, *words)
        assert code == "last_admin" and "alice" in message
    assert users.json("user", "role", "bob", "--role", "admin")["user"]["role"] == "admin"
    users.run("user", "role", "alice", "--role", "viewer")
    assert refused(users, "user", "delete", "bob", "--yes")[0] == "last_admin"
    assert users.json("user", "delete", "alice", "--yes") == {"deleted": "alice"}
    assert names(users) == ["bob"]


def test_two_admins_cannot_remove_each_other_at_once(users: Admin) -> None:
    for _ in range(5):
        add(users, "alice", "admin")
        if "bob" not in names(users):
            add(users, "bob", "admin")
        started = [subprocess.Popen([ADMIND, "user", "delete", name, "--yes"], env=users.env,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for name in ("alice", "bob")]
        assert sorted(process.wait(timeout=60) for process in started) == [0, 1]
        left, = names(users)
        if left == "alice":
            add(users, "bob", "admin")
            users.run("user", "delete", "alice", "--yes")


def test_a_new_password_ends_the_accounts_sessions(users: Admin, redis: RedisServer) -> None:
    add(users, "alice", "admin")
    add(users, "bob")
    for user, session in (("alice", "a" * 64), ("alice", "b" * 64), ("bob", "c" * 64)):
        redis.command("HSET", f"mmx:session:{session}", "user", user, "created_at", 1, "seen_at", 1)
        redis.command("ZADD", f"mmx:sessions:{user}", 1, session)
    before = password_hash(users, redis, "alice")
    users.run("user", "password", "alice", stdin="another good long one")
    after = password_hash(users, redis, "alice")
    assert verifies(before, PASSWORD) and verifies(after, "another good long one")
    assert redis.command("KEYS", "mmx:session*") and sorted(
        redis.command("KEYS", "mmx:session*")) == ["mmx:session:" + "c" * 64, "mmx:sessions:bob"]
    assert last_entry(users)["detail"] == {"password": "changed"}
    users.run("user", "role", "bob", "--role", "admin")
    assert redis.command("KEYS", "mmx:session*") == []
    assert last_entry(users)["detail"] == {"role": {"from": "viewer", "to": "admin"}}
    users.run("user", "role", "bob", "--role", "admin")
    assert users.json("audit", "--verify")["entries"] == 5 + 1, "the same role again is no change"


def test_what_is_not_there_is_said(users: Admin) -> None:
    add(users, "alice", "admin")
    for words in (("user", "delete", "bob", "--yes"), ("user", "password", "bob"),
                  ("user", "role", "bob", "--role", "admin"), ("token", "delete", "x", "--yes")):
        code, message = refused(users, *words, stdin=PASSWORD)
        assert code == "not_found" and "no" in message
    assert refused(users, "user", "delete", "alice")[0] == "confirmation"


def typed(users: Admin, *lines: str) -> tuple[int, str]:
    """`user add alice` at a terminal, where each line is typed after a prompt of its own."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([ADMIND, "user", "add", "alice", "--role", "admin"], env=users.env,
                               stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    seen = ""
    answers = list(lines)
    while select.select([leader], [], [], 30)[0]:
        try:
            data = os.read(leader, 4096)
        except OSError:  # the other end is closed
            break
        seen += data.decode()
        if data.endswith(b": ") and answers:
            os.write(leader, answers.pop(0).encode() + b"\n")
    os.close(leader)
    return process.wait(timeout=30), seen


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(users: Admin) -> None:
    status, seen = typed(users, PASSWORD, PASSWORD + " no")
    assert status == 1 and "differ" in seen and PASSWORD not in seen
    assert names(users) == []
    status, seen = typed(users, PASSWORD, PASSWORD)
    assert status == 0 and PASSWORD not in seen and seen.count(": ") >= 2
    assert names(users) == ["alice"]


def test_a_token_is_printed_once_and_kept_sealed(
        users: Admin, redis: RedisServer, secrets: SecretWatch) -> None:
    made = users.json("token", "create", "ci", "--role", "viewer", "--expires", "30d")
    secret = secrets.add("token", made["secret"])
    assert re.fullmatch(r"mmxadm-[A-Za-z0-9]{40}", secret)
    token = made["token"]
    assert token["hint"] == "mmxadm-…" + secret[-4:] and token["last_used_at"] is None
    assert (token["name"], token["role"]) == ("ci", "viewer")
    assert 29 * 86400 < token["expires_at_unix"] - token["created_at_unix"] <= 31 * 86400
    name = record_name(users, secret)
    assert set(redis.hash(f"mmx:token:{name}")) == {"sealed"}
    assert redis.command("ZRANGE", "mmx:tokens", 0, -1) == [name]
    assert users.json("token", "list") == {"tokens": [token]}
    assert secret not in users.run("token", "list").stdout
    assert last_entry(users)["object"] == token["id"]
    for key in redis.command("KEYS", "*"):
        kind = redis.command("TYPE", key)
        if kind == "hash":
            assert secret not in str(redis.hash(key))


def test_tokens_are_deleted_by_name_or_id(users: Admin, redis: RedisServer) -> None:
    first = users.json("token", "create", "数据 脚本", "--role", "admin")["token"]
    second = users.json("token", "create", "ci", "--role", "admin", "--expires", "")["token"]
    assert second["expires_at"] is None
    code, message = refused(users, "token", "create", "ci", "--role", "viewer")
    assert code == "conflict" and "already" in message
    assert users.json("token", "delete", "数据 脚本", "--yes") == {"deleted": first["id"]}
    assert users.json("token", "delete", second["id"], "--yes") == {"deleted": second["id"]}
    assert redis.command("KEYS", "mmx:token*") == []


def test_a_token_needs_a_name_and_a_time_to_come(users: Admin) -> None:
    assert refused(users, "token", "create", "x" * 65, "--role", "admin", status=2)[0] == (
        "invalid_argument")
    assert refused(users, "token", "create", "a\x1b[2J", "--role", "admin", status=2)[0] == (
        "invalid_argument")
    code, message = refused(users, "token", "create", "a", "--role", "admin", "--expires",
                            "2020-01-01", status=2)
    assert code == "invalid_argument" and "expired already" in message


def test_with_an_account_go_the_tokens_it_made(users: Admin, redis: RedisServer) -> None:
    add(users, "alice", "admin")
    add(users, "bob", "admin")
    for name, maker in (("a", "alice"), ("b", "bob")):
        users.run("token", "create", name, "--role", "admin")
        token = redis.command("ZRANGE", "mmx:tokens", -1, -1)[0]
        set_rights(users, redis, f"mmx:token:{token}", created_by=maker)
        redis.command("ZADD", "mmx:tokens", 1, token)
    users.run("user", "delete", "alice", "--yes")
    assert [token["name"] for token in users.json("token", "list")["tokens"]] == ["b"]
    assert last_entry(users)["detail"] == {"role": "admin", "tokens_deleted": 1}


SCOPES = ("keys.read", "keys.write", "usage.read", "settings.read", "settings.write", "audit.read",
          "accounts.read", "tokens.write")


def test_a_token_is_held_to_the_scopes_named(users: Admin, secrets: SecretWatch) -> None:
    def made(name: str, *options: str) -> list[str]:
        answer = users.json("token", "create", name, *options)
        secrets.add(f"token {name}", answer["secret"])
        return answer["token"]["scopes"]

    assert made("all", "--role", "admin") == list(SCOPES)
    assert made("viewer", "--role", "viewer") == [
        "keys.read", "usage.read", "settings.read", "audit.read"]
    assert made("some", "--role", "admin", "--scope", "usage.read,keys.write") == [
        "keys.write", "usage.read"]
    assert last_entry(users)["detail"]["scopes"] == ["keys.write", "usage.read"]
    rows = {row.split()[1]: row for row in users.run("token", "list").stdout.splitlines()}
    assert "keys.write,usage.read" in rows["some"] and " all " in rows["all"]
    assert set(SCOPES) <= set(re.findall(r"[a-z]+\.[a-z]+", users.run(
        "token", "create", "--help").stdout.replace("\n", " ")))


@pytest.mark.parametrize("role, scope, told", [
    ("admin", "keys.reveal", "keys.read"), ("admin", "", "keys.read"),
    ("admin", "keys.read,", "keys.read"), ("admin", "keys.read keys.write", "keys.read"),
    ("viewer", "keys.write", "viewer has no keys.write")])
def test_a_scope_that_there_is_not(users: Admin, redis: RedisServer, role: str, scope: str,
                                   told: str) -> None:
    code, message = refused(users, "token", "create", "x", "--role", role, "--scope", scope,
                            status=2)
    assert code == "invalid_argument" and told in message
    assert redis.command("KEYS", "mmx:token*") == []


@pytest.mark.parametrize("keep", [False, True])
def test_a_new_password_ends_the_tokens_that_the_account_made(
        users: Admin, redis: RedisServer, keep: bool) -> None:
    add(users, "alice", "admin")
    users.run("token", "create", "other", "--role", "admin")
    for name in ("first", "second"):
        users.run("token", "create", name, "--role", "admin")
        token = redis.command("ZREVRANGE", "mmx:tokens", 0, 5)
        token = next(each for each in token
                     if rights(users, redis, f"mmx:token:{each}")["name"] == name)
        set_rights(users, redis, f"mmx:token:{token}", created_by="alice")
    done = users.run("user", "password", "alice", *(["--keep-tokens"] if keep else []),
                     stdin="another good long one")
    left = {token["name"] for token in users.json("token", "list")["tokens"]}
    assert left == ({"other", "first", "second"} if keep else {"other"})
    assert ("2 API tokens revoked" in done.stdout) is not keep
    assert last_entry(users)["detail"] == {"password": "changed"} | (
        {} if keep else {"tokens_deleted": 2})


def test_text_of_an_account_cannot_drive_the_terminal(users: Admin, redis: RedisServer) -> None:
    add(users, "alice", "admin")
    users.run("token", "create", "ci", "--role", "admin")
    token, = redis.command("ZRANGE", "mmx:tokens", 0, -1)
    set_rights(users, redis, f"mmx:token:{token}", created_by="a\x1b[2Jb")
    assert "\x1b" not in users.run("token", "list").stdout
