"""First steps: the secret file, the master key, the settings."""

import grp
import os
import pty
import signal
import stat
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from harness.admin import Admin
from harness.cli import refused
from harness.paths import ADMIND
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch


@pytest.fixture
def bare(private: Path, secrets: SecretWatch, redis: RedisServer) -> Admin:
    """The command line on a Redis where nothing was set up."""
    return Admin(redis.url, private, secrets)


def test_init_makes_a_secret_that_nobody_else_may_read(bare: Admin, redis: RedisServer) -> None:
    assert bare.json("init") == {
        "secret_file": str(bare.secret), "secret_created": True, "settings_created": True}
    status = bare.secret.stat()
    assert stat.S_IMODE(status.st_mode) == 0o600 and status.st_size == 32
    settings = redis.hash("mmx:settings")
    assert settings["timezone"] == "Asia/Shanghai" and settings["version"] == "1"
    assert settings["default_day"] == settings["default_month"] == "0"
    assert settings["retention_days"] == "400"
    assert [path.name for path in bare.folder.iterdir()] == ["secret"]


def test_init_repeated_changes_nothing(bare: Admin, redis: RedisServer) -> None:
    bare.run("init")
    bare.run("settings", "set", "--timezone", "Europe/Berlin", "--default-day", "7")
    before = bare.secret.read_bytes(), redis.hash("mmx:settings")
    assert bare.json("init") == {
        "secret_file": str(bare.secret), "secret_created": False, "settings_created": False}
    assert before == (bare.secret.read_bytes(), redis.hash("mmx:settings"))


def test_many_inits_at_once_agree_on_one_secret(bare: Admin) -> None:
    started = [subprocess.Popen([ADMIND, "init"], env=bare.env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE) for _ in range(8)]
    for process in started:
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
    assert bare.json("settings", "show")["settings"]["version"] == 1
    report = bare.json("audit", "--verify")
    assert (report["verified"], report["entries"]) == (True, 1)


def test_init_gives_the_secret_to_a_group(bare: Admin) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    for _ in range(2):
        bare.run("init", "--group", group)
        assert stat.S_IMODE(bare.secret.stat().st_mode) == 0o640
        assert bare.secret.stat().st_gid == os.getgid()
    assert "no group" in refused(bare, "init", "--group", "no-such-group", status=2)[1]


def test_init_needs_the_folder_of_the_secret(bare: Admin) -> None:
    missing = {"MMX_SECRET": str(bare.folder / "missing" / "secret")}
    code, message = refused(bare, "init", env=missing)
    assert code == "secret_file" and "make its folder first" in message


def test_init_makes_no_new_secret_for_a_redis_in_use(admin: Admin) -> None:
    admin.secret.unlink()
    code, message = refused(admin, "init")
    assert code == "wrong_secret" and "put the secret file back" in message
    assert not admin.secret.exists()


@pytest.mark.parametrize("lost", ["nothing", "secret_check", "mmx:settings"])
def test_another_secret_is_refused(admin: Admin, redis: RedisServer, lost: str) -> None:
    key = admin.create_key()
    good = admin.secret.read_bytes()
    if lost == "mmx:settings":
        redis.command("DEL", lost)
    else:
        redis.command("HDEL", "mmx:settings", lost)
    admin.secret.write_bytes(os.urandom(32))
    assert refused(admin, "init")[0] == "wrong_secret"
    if lost == "nothing":
        for words in (("key", "list"), ("key", "reveal", key.id), ("settings", "show"),
                      ("key", "create", "--user", "u"), ("audit",), ("usage",)):
            assert refused(admin, *words)[0] == "wrong_secret"
    admin.secret.write_bytes(good)
    admin.run("init")
    assert admin.json("key", "reveal", key.id)["key"] == key.key


def test_nothing_works_before_init(bare: Admin) -> None:
    bare.secret.touch(mode=0o600)
    bare.secret.write_bytes(os.urandom(32))
    for words in (("key", "list"), ("master", "show"), ("settings", "show"), ("audit",)):
        code, message = refused(bare, *words)
        assert code == "not_initialized" and "mmx-admind init" in message


def test_a_missing_secret_file_names_init(bare: Admin) -> None:
    code, message = refused(bare, "key", "list")
    assert code == "secret_file" and "mmx-admind init" in message and str(bare.secret) in message


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o700, 0o777])
def test_a_secret_file_others_may_touch_is_refused(admin: Admin, mode: int) -> None:
    admin.secret.chmod(mode)
    for words in (("key", "list"), ("init",)):
        code, message = refused(admin, *words)
        assert code == "secret_file" and str(admin.secret) in message


@pytest.mark.parametrize("size", [0, 31, 33, 5000])
def test_a_secret_file_of_the_wrong_size_is_refused(admin: Admin, size: int) -> None:
    admin.secret.write_bytes(b"x" * size)
    assert refused(admin, "key", "list")[1]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_secret_file_of_somebody_else_is_refused(admin: Admin) -> None:
    os.chown(admin.secret, 65534, 65534)
    assert refused(admin, "key", "list")[0] == "secret_file"


def test_a_secret_that_is_no_file_does_not_hang_us(admin: Admin) -> None:
    admin.secret.unlink()
    os.mkfifo(admin.secret, 0o600)
    assert refused(admin, "key", "list")[0] == "secret_file"


def test_the_master_key_is_shown_as_a_hint_only(admin: Admin, redis: RedisServer) -> None:
    version = int(redis.hash("mmx:settings")["version"])
    master = admin.set_master("sk-api-0123456789abcdefghijWXYZ\n"[:-1])
    shown = admin.json("master", "show")["master"]
    assert shown["configured"] is True and shown["hint"] == "sk-a…WXYZ"
    assert abs(shown["updated_at_unix"] - time.time()) < 60
    assert shown["updated_at"].endswith("+08:00")
    assert int(redis.hash("mmx:settings")["version"]) == version + 1
    redis.close()
    for words in (("master", "show"), ("audit",), ("settings", "show"), ("check",)):
        assert master not in admin.run(*words).stdout


def test_no_master_key_is_told(bare: Admin) -> None:
    bare.run("init")
    assert bare.json("master", "show") == {"master": {
        "configured": False, "hint": None, "updated_at": None, "updated_at_unix": None}}


@pytest.mark.parametrize("master, expected", [
    ("", "empty"), ("\n", "empty"), ("sk api", "space"), ("sk\tapi", "space"), ("sk\n\n", "space"),
    ("sk-\x00", "space"), ("sk-é", "ASCII"), ("fifteen-letters", "shorter than 16"),
    ("k" * 4097, "4096"), ("k" * 100000, "longer")])
def test_a_wrong_master_key_is_refused(admin: Admin, master: str, expected: str) -> None:
    before = admin.json("master", "show")
    code, message = refused(admin, "master", "set", stdin=master)
    assert code == "invalid_input" and expected in message
    assert len(master) < 3 or master not in message
    assert admin.json("master", "show") == before


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_one_closing_newline_is_not_part_of_the_master_key(admin: Admin, ending: str) -> None:
    admin.run("master", "set", stdin="k" * 4096 + ending)
    assert admin.json("master", "show")["master"]["hint"] == "kkkk…kkkk"


def test_a_short_master_key_has_no_telling_hint(admin: Admin) -> None:
    admin.set_master("short-master-key")
    assert admin.json("master", "show")["master"]["hint"] == "…"


def test_a_typed_master_key_is_not_echoed(admin: Admin) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen([ADMIND, "master", "set"], env=admin.env, stdin=follower,
                               stdout=subprocess.PIPE, stderr=follower)
    os.close(follower)
    seen = b""
    while b"MiniMax key: " not in seen:
        seen += os.read(leader, 1024)
    os.write(leader, b"typed-master-key-0123456789\n")
    out, _ = process.communicate(timeout=30)
    seen += os.read(leader, 1024)
    os.close(leader)
    assert process.returncode == 0 and b"typed-master" not in seen + out
    assert admin.json("master", "show")["master"]["hint"] == "type…6789"


def test_settings_change_and_raise_their_version(admin: Admin) -> None:
    before = admin.json("settings", "show")["settings"]
    after = admin.json("settings", "set", "--timezone", "America/New_York", "--default-day", 10,
                       "--default-month", 100, "--retention-days", 62,
                       "--refund-bound", 7)["settings"]
    assert after == {"version": before["version"] + 1, "timezone": "America/New_York",
                     "default_day": 10, "default_month": 100, "retention_days": 62,
                     "refund_bound": 7, "language": "en", "contact": ""}
    assert admin.json("settings", "show")["settings"] == after
    assert "America/New_York" in admin.run("settings", "show").stdout


def test_what_refusals_say_is_set(admin: Admin, redis: RedisServer) -> None:
    assert "contact" in admin.run("settings", "show").stdout
    after = admin.json("settings", "set", "--language", "zh", "--contact", "王工 8001")["settings"]
    assert (after["language"], after["contact"]) == ("zh", "王工 8001")
    assert "王工 8001" in admin.run("settings", "show").stdout
    entry = admin.json("audit", "--limit", 1)["entries"][0]
    assert entry["detail"] == {"language": {"from": "en", "to": "zh"},
                               "contact": {"from": "", "to": "王工 8001"}}
    assert admin.json("settings", "set", "--contact", "")["settings"]["contact"] == ""
    assert redis.hash("mmx:settings")["contact"] == ""


@pytest.mark.parametrize("words, expected", [
    (("--language", "fr"), "zh or en"), (("--language", ""), "zh or en"),
    (("--contact", "x" * 201), "at most 200"), (("--contact", "字" * 67), "at most 200"),
    (("--contact", "a\nb"), "control"), (("--contact", "\x1b[2J"), "control")])
def test_what_refusals_cannot_say(admin: Admin, words: tuple[str, str], expected: str) -> None:
    code, message = refused(admin, "settings", "set", *words, status=2)
    assert code == "invalid_argument" and expected in message


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_prompt_that_is_broken_off_leaves_a_terminal_that_echoes(
        admin: Admin, signal_number: int) -> None:
    before = admin.json("master", "show")
    leader, follower = pty.openpty()
    process = subprocess.Popen([ADMIND, "master", "set"], env=admin.env, stdin=follower,
                               stdout=subprocess.DEVNULL, stderr=follower)
    seen = b""
    while b"MiniMax key: " not in seen:
        seen += os.read(leader, 1024)
    assert not termios.tcgetattr(follower)[3] & termios.ECHO
    process.send_signal(signal_number)
    assert process.wait(timeout=20) == -signal_number, "the signal ends it, as a shell expects"
    assert termios.tcgetattr(follower)[3] & termios.ECHO
    os.close(follower)
    os.close(leader)
    assert admin.json("master", "show") == before


def test_ctrl_c_at_a_prompt_leaves_a_terminal_that_echoes(admin: Admin) -> None:
    """As the terminal's own driver sends it: to the process group in front."""
    leader, follower = pty.openpty()
    script = f"import os, fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); " \
             f"os.execv({str(ADMIND)!r}, ['mmx-admind', 'master', 'set'])"
    process = subprocess.Popen([sys.executable, "-c", script], env=admin.env, stdin=follower,
                               stdout=subprocess.DEVNULL, stderr=follower, start_new_session=True)
    seen = b""
    while b"MiniMax key: " not in seen:
        seen += os.read(leader, 1024)
    os.write(leader, b"\x03")
    assert process.wait(timeout=20) == -signal.SIGINT
    assert termios.tcgetattr(follower)[3] & termios.ECHO
    os.close(follower)
    os.close(leader)


def test_defaults_are_the_limits_of_new_keys(admin: Admin) -> None:
    admin.run("settings", "set", "--default-day", 10, "--default-month", 100)
    key = admin.create_key()
    shown = admin.json("key", "show", key.id)["key"]
    assert (shown["day"]["limit"], shown["month"]["limit"]) == (10, 100)
    other = admin.create_key(day=0)
    shown = admin.json("key", "show", other.id)["key"]
    assert (shown["day"]["limit"], shown["month"]["limit"]) == (0, 100)
