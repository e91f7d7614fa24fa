"""mmx-admind's grammar and where it finds things."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.admin import Admin
from harness.cli import refused
from harness.paths import ADMIND
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch

COMMANDS = [
    ("init",), ("master", "set"), ("master", "show"), ("key", "create"), ("key", "import"),
    ("key", "list"), ("key", "show"), ("key", "set"), ("key", "enable"), ("key", "disable"),
    ("key", "delete"), ("key", "reveal"), ("key", "rotate"), ("usage",), ("settings", "show"),
    ("settings", "set"), ("user", "add"), ("user", "list"), ("user", "password"),
    ("user", "role"), ("user", "delete"), ("token", "create"), ("token", "list"),
    ("token", "delete"), ("audit",), ("serve",), ("check",), ("reseal",),
    ("completion", "bash"), ("man",)]


@pytest.fixture
def bare(private: Path, secrets: SecretWatch, redis: RedisServer) -> Admin:
    """The command line on a Redis where nothing was set up."""
    return Admin(redis.url, private, secrets)


def test_help_names_every_command(bare: Admin) -> None:
    out = bare.run("--help").stdout
    assert re.findall(r"^  ([a-z]+(?: [a-z]+)?)\b", out, re.M) == [" ".join(c) for c in COMMANDS]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_option_of_every_command_has_help(bare: Admin, command: tuple[str, ...]) -> None:
    for form in (("--help", *command), (*command, "--help"), (*command, "-h")):
        out = bare.run(*form).stdout
        assert out.startswith(f"usage: mmx-admind {' '.join(command)}")
    options = re.findall(r"^  (--[a-z-]+(?: [A-Z,]+)?)(?:\n? +)(\S.*)$", out, re.M)
    assert {"--config FILE", "--redis URL", "--redis-password-file FILE", "--secret FILE",
            "--json", "--help", "--version"} <= {name for name, _ in options}
    assert len(options) == len(re.findall(r"^  --", out, re.M))


def test_help_needs_no_redis_and_no_secret() -> None:
    env = {"MMX_REDIS": "unix:/nonexistent", "MMX_SECRET": "/nonexistent"}
    for words in (["--help"], ["key", "--help"], ["key", "create", "--help"]):
        done = subprocess.run([ADMIND, *words], env=env, capture_output=True, text=True,
                              timeout=10, check=True)
        assert done.stderr == "" and "usage: mmx-admind" in done.stdout


@pytest.mark.parametrize("words, expected", [
    ((), "init, master, key"),
    (("keys",), "init, master, key"),
    (("key",), "create, import, list"),
    (("key", "make"), "create, import, list"),
    (("keys", "--help"), "init, master, key"),
    (("list", "key"), 'no command "list"'),
    (("key", "make", "list"), 'no command "key make"'),
    (("key", "show"), "needs ID"),
    (("key", "show", ""), "needs ID"),
    (("key", "show", "abc"), "6 to 32"),
    (("key", "show", "ABCDEF12"), "0-9 a-f"),
    (("key", "show", "abcdef", "abcdef"), "does not expect"),
    (("init", "now"), "does not expect"),
    (("key", "list", "--colour"), "no option --colour"),
    (("key", "list", "-x"), "no option -x"),
    (("key", "list", "--day", "1"), "takes no option --day"),
    (("key", "list", "--limit"), "needs a value"),
    (("key", "list", "--json=yes"), "takes no value"),
    (("key", "delete", "abcdef", "--yes", "--yes"), "given twice"),
    (("key", "list", "check"), 'does not expect "check"'),
    (("key", "list", "--limit", "1", "--limit", "2"), "given twice"),
    (("key", "list", "--limit", "0"), "1 to 100000"),
    (("key", "list", "--offset", "-1"), "0 to"),
    (("key", "list", "--status", "broken"), "active, disabled, expired or exhausted"),
    (("key", "create"), "--user NAME"),
    (("key", "create", "--user", ""), "a name"),
    (("key", "create", "--user", "--day", "5"), "write --user=--day"),
    (("key", "create", "--day", "--user", "u"), "--day needs a value"),
    (("key", "create", "--user", "--"), "looks like an option"),
    (("--redis", "--config", "key", "list"), "write --redis=--config"),
    (("key", "create", "--user", "a\nb"), "control character"),
    (("key", "create", "--user", "a" * 129), "at most 128"),
    (("key", "create", "--user", "u", "--note", "n" * 1025), "at most 1024"),
    (("key", "create", "--user", "u", "--note", "\x1b[2J"), "control character"),
    (("key", "create", "--user", "u", "--day", "-1"), "0 (unlimited) to 9007199254740991"),
    (("key", "create", "--user", "u", "--day", "1e3"), "0 (unlimited) to 9007199254740991"),
    (("key", "create", "--user", "u", "--month", "9007199254740992"), "9007199254740991"),
    (("key", "create", "--user", "u", "--count", "0"), "1 to 10000"),
    (("key", "create", "--user", "u", "--count", "10001"), "1 to 10000"),
    (("key", "create", "--user", "u", "--networks", "10.0.0.0/33"), "10.0.0.0/33"),
    (("key", "create", "--user", "u", "--networks", "10.0.0.1/8"), "10.0.0.1/8"),
    (("key", "create", "--user", "u", "--expires", "tomorrow"), "a date"),
    (("key", "create", "--user", "u", "--expires", "2026-02-30"), "a date"),
    (("key", "create", "--user", "u", "--expires", "2099-01-01T25:00"), "a date"),
    (("key", "create", "--user", "u", "--expires", "0d"), "a date"),
    (("key", "set", "abcdef", "--expires", "1970-01-01T00:00Z"), "a date"),
    (("key", "set", "abcdef", "--expires", "0001-01-01T00:00"), "a date"),
    (("key", "create", "--user", "u", "--expires", "3661d"), "a date"),
    (("key", "create", "--user", "u", "--expires", "2020-01-01"), "has passed"),
    (("key", "set", "abcdef"), "nothing to set"),
    (("key", "rotate", "abcdef", "--grace", "soon"), "24h"),
    (("usage", "--from", "yesterday"), "2026-11-22"),
    (("usage", "--from", "2026-11-02", "--to", "2026-11-01"), "later"),
    (("usage", "--from", "1990-01-01", "--to", "2026-11-01"), "at most"),
    (("settings", "set"), "nothing to set"),
    (("settings", "set", "--timezone", "Mars/Olympus"), "IANA"),
    (("settings", "set", "--timezone", "../../etc/passwd"), "IANA"),
    (("settings", "set", "--retention-days", "61"), "62 to 3660"),
    (("audit", "--limit", "x"), "1 to 100000"),
    (("init", "--group", ""), "must not be empty"),
    (("--redis", "http://x", "check"), "redis://"),
    (("--redis", "", "check"), "must not be empty"),
    (("key", "delete", "abcdef", "--", "--yes"), 'stands behind "--"'),
])
def test_a_wrong_word_says_what_is_expected(
        admin: Admin, words: tuple[str, ...], expected: str) -> None:
    code, message = refused(admin, *words, status=2)
    assert code == "invalid_argument" and expected in message


def test_usage_takes_csv_or_json_not_both(admin: Admin) -> None:
    done = admin.run("usage", "--csv", "--json", check=False)
    assert done.returncode == 2 and "not both" in done.stderr


def test_options_may_stand_anywhere(admin: Admin) -> None:
    forms = [("--json", "key", "list", "--limit", "3"), ("key", "--limit=3", "list", "--json"),
             ("--limit", "3", "--json", "key", "list"),
             ("key", "list", "--json", "--limit=3", "--")]
    shapes = [admin.run(*form).stdout for form in forms]
    assert json.loads(shapes[0])["limit"] == 3
    assert len(set(shapes)) == 1


def test_a_value_may_look_like_anything(admin: Admin) -> None:
    """Also like an option, a command or nothing, written in one word or in two."""
    key = admin.create_key()
    for note in ("--yes", "-x", "list", "a=b", "[a,b]", "--", "=", "--note=", "--user=x"):
        forms = [(f"--note={note}",)] + [("--note", note)] * (not note.startswith("--"))
        for form in forms:
            assert admin.json("key", "set", key.id, *form)["key"]["note"] == note
    for form in (("--note", ""), ("--note=",)):
        admin.run("key", "set", key.id, "--note", "x")
        assert admin.json("key", "set", *form, key.id)["key"]["note"] in ("", None)


def test_the_command_line_wins_over_environment_and_file(
        admin: Admin, redis: RedisServer) -> None:
    file = admin.folder / "admind.json"
    file.write_text(json.dumps({"redis": "unix:/nowhere", "secret": str(admin.secret)}))
    url = redis.tcp_url
    bare_env = {"MMX_REDIS": "", "MMX_SECRET": ""}
    assert "/nowhere" in refused(admin, "--config", file, "settings", "show", env=bare_env)[1]
    for words, env in (((), {"MMX_REDIS": url, "MMX_SECRET": "", "MMX_CONFIG": str(file)}),
                       (("--redis", url), bare_env | {"MMX_CONFIG": str(file)}),
                       (("--redis", url, "--config", file), {"MMX_REDIS": "unix:/elsewhere"})):
        assert admin.run(*words, "settings", "show", env=env).returncode == 0


@pytest.mark.parametrize("content, expected", [
    ("{", "JSON object"), ("[]", "JSON object"), ('{"redis": 1}', "not text"),
    ('{"reddis": "x"}', "unknown name reddis"), ('{"redis": "http://x"}', "redis://")])
def test_a_wrong_configuration_file_is_refused(admin: Admin, content: str, expected: str) -> None:
    file = admin.folder / "admind.json"
    file.write_text(content)
    code, message = refused(admin, "--config", file, "key", "list", env={"MMX_REDIS": ""})
    assert code == "config_file" and expected in message


def test_a_named_configuration_file_must_exist(admin: Admin) -> None:
    assert refused(admin, "--config", "/nonexistent.json", "check")[0] == "config_file"


def test_redis_down_is_told_with_its_address(admin: Admin, redis: RedisServer) -> None:
    redis.kill9()
    code, message = refused(admin, "key", "list")
    assert code == "redis_unavailable" and redis.socket in message


def test_a_silent_redis_does_not_hang_us(admin: Admin, redis: RedisServer) -> None:
    redis.stop()
    started = time.monotonic()
    done = admin.run("key", "list", check=False)
    assert done.returncode == 1 and "no answer" in done.stderr
    assert time.monotonic() - started < 20
    redis.cont()


def test_a_password_comes_from_a_file_never_from_the_command_line(
        redis_server: Callable[..., RedisServer], private: Path, secrets: SecretWatch) -> None:
    server = redis_server(password="correct-horse-battery")
    file = private / "password"
    file.touch(mode=0o600)
    file.write_text(server.password + "\n")
    admin = Admin(f"unix:{server.socket}", private, secrets)
    admin.env["MMX_REDIS_PASSWORD_FILE"] = str(file)
    admin.init()
    assert refused(admin, "audit", "--redis-password-file", "/nonexistent")[0] == "secret_file"
    url = f"redis://:{server.password}@127.0.0.1:{server.port}/0"
    code, message = refused(admin, "--redis", url, "key", "list", status=2)
    assert code == "invalid_argument" and server.password not in message
    assert admin.run("key", "list", env={"MMX_REDIS": url, "MMX_REDIS_PASSWORD_FILE": ""})
    config = private / "admind.json"
    config.write_text(json.dumps({"redis": url}))
    named = {"MMX_REDIS": "", "MMX_REDIS_PASSWORD_FILE": "", "MMX_CONFIG": str(config)}
    config.chmod(0o644)
    code, message = refused(admin, "key", "list", env=named)
    assert code == "secret_file" and str(config) in message
    config.chmod(0o600)
    assert admin.run("key", "list", env=named)
    file.write_text("wrong-horse-battery")
    code, message = refused(admin, "key", "list")
    assert code == "redis_refused" and "horse" not in message
    file.chmod(0o644)
    assert refused(admin, "key", "list")[0] == "secret_file"


def test_the_database_number_counts(admin: Admin, redis: RedisServer) -> None:
    second = {"MMX_REDIS": f"{redis.tcp_url[:-1]}3"}
    assert refused(admin, "key", "list", env=second)[0] == "not_initialized"
    admin.run("init", env=second)
    assert admin.create_key() and "0 of 0" in admin.run("key", "list", env=second).stdout


def test_output_that_goes_nowhere_is_an_error(admin: Admin) -> None:
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([ADMIND, "key", "list"], env=admin.env, stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    assert done.returncode == 1 and "standard output" in done.stderr
