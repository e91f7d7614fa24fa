"""Wrong configuration fails `nginx -t` and says where and why; doubtful configuration warns."""

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.gateway import Gateway, Options
from harness.servers import needs_debug_build

PASSWORD = "a-password-of-redis-17"


@pytest.fixture
def secret(private: Path) -> Path:
    path = private / "secret"
    path.write_bytes(bytes(range(32)))
    path.chmod(0o600)
    return path


@pytest.fixture
def checked(tmp_path: Path, secret: Path) -> Callable[..., "Checked"]:
    """`nginx -t` on a configuration with these lines in it; nothing is started."""
    def check(**options: object) -> Checked:
        number = len(list(tmp_path.glob("nginx*")))
        defaults = {"redis": "unix:/nowhere/redis.sock", "secret": secret,
                    "upstream": "127.0.0.1:1", "log_level": "notice"}
        return Checked(Gateway(tmp_path / f"nginx{number}", Options(**defaults | options)))
    return check


class Checked:
    """The outcome of nginx -t."""

    def __init__(self, gateway: Gateway):
        self.gateway = gateway
        done = gateway.check()
        self.failed = done.returncode != 0
        self.said = done.stderr
        assert ("test is successful" in self.said) != self.failed

    def lines(self, level: str) -> list[str]:
        return [line for line in self.said.splitlines() if f"[{level}]" in line]

    def refused(self, why: str) -> None:
        """It failed with one message, which says that and names a line of the file."""
        assert self.failed, "nginx -t passes"
        message, = self.lines("emerg")
        assert re.search(why, message), message
        assert re.search(rf" in {re.escape(str(self.gateway.config))}:\d+$", message), message

    def passed(self, *warnings: str) -> None:
        """It passed, with exactly these warnings."""
        assert not self.failed, self.said
        lines = self.lines("warn")
        assert len(lines) == len(warnings), lines
        for line, warning in zip(lines, warnings):
            assert re.search(warning, line), line


def test_what_the_tests_run_with_passes_without_a_warning(checked) -> None:
    checked().passed()


WRONG_VALUES = {
    "mmx": ({"location": "mmx perhaps;", "proxy": ""}, 'duplicate|invalid value "perhaps"'),
    "mmx nothing": ({"server": "mmx;"}, 'invalid number of arguments in "mmx"'),
    "mmx_redis empty": ({"redis": '""'}, "mmx_redis: "),
    "mmx_redis scheme": ({"redis": "http://127.0.0.1:6379"}, "mmx_redis: .*(redis://|scheme)"),
    "mmx_redis no host": ({"redis": "redis://"}, "mmx_redis: "),
    "mmx_redis port": ({"redis": "redis://127.0.0.1:65536"}, "mmx_redis: .*port of 1 to 65535"),
    "mmx_redis port zero": ({"redis": "redis://127.0.0.1:0"}, "mmx_redis: "),
    "mmx_redis database": ({"redis": "redis://127.0.0.1:6379/first"},
                           "mmx_redis: .*database number"),
    "mmx_redis path": ({"redis": "unix:relative.sock"}, "mmx_redis: "),
    "mmx_redis sentinel": ({"redis": "redis+sentinel://127.0.0.1:1/x"},
                           "mmx_redis: .*sentinel"),
    "mmx_redis cluster": ({"redis": "redis+cluster://127.0.0.1:1"}, "mmx_redis: .*cluster"),
    "mmx_redis tls": ({"redis": "rediss://127.0.0.1:1"}, "mmx_redis: .*(rediss|TLS)"),
    "mmx_redis twice": ({"http": "mmx_redis unix:/x;"}, '"mmx_redis" directive is duplicate'),
    "mmx_redis within a server": ({"server": "mmx_redis unix:/x;"}, "not allowed here"),
    "mmx_redis_timeout word": ({"redis_timeout": "soon"}, '"mmx_redis_timeout" directive'),
    "mmx_redis_timeout too short": ({"redis_timeout": "9ms"}, "must be 10 milliseconds or more"),
    "mmx_redis_timeout twice": ({"http": "mmx_redis_timeout 1s;"}, "is duplicate"),
    "mmx_secret twice": ({"http": "mmx_secret /x;"}, "is duplicate"),
    "mmx_key twice": ({"location": "mmx_key $arg_a; mmx_key $arg_b;"}, "is duplicate"),
    "mmx_dialect": ({"location": "mmx_dialect french;"}, 'invalid value "french"'),
    "mmx_dialect in http": ({"http": "mmx_dialect openai;"}, "not allowed here"),
    "mmx_on_redis_error": ({"location": "mmx_on_redis_error pray;"}, 'invalid value "pray"'),
    "mmx_count": ({"location": "mmx_count maybe;"}, 'mmx_count takes "on", "off" or a variable'),
    "mmx_count twice": ({"location": "mmx_count on; mmx_count off;"}, "is duplicate"),
    "mmx_error": ({"server": "location /e { mmx_error; }"}, "invalid number of arguments"),
    "mmx_grace": ({"location": "mmx_grace long;"}, 'invalid value|"mmx_grace" directive'),
    "mmx_status": ({"server": "location /s { mmx_status on; }"}, "invalid number of arguments"),
    "mmx_status before proxy_pass": (
        {"location": "mmx_status;"}, '"mmx_error" or "mmx_status" in "/mini/" answers'),
    "mmx_error before proxy_pass": (
        {"server": "location /e { mmx off; mmx_error /mini; proxy_pass http://minimax; }"},
        '"mmx_error" or "mmx_status" in "/e" answers'),
    "mmx_status behind proxy_pass": (
        {"server": "location /s { proxy_pass http://minimax; mmx_status; }"},
        '"mmx_status" directive stands beside another that answers'),
    "mmx_error and mmx_status": ({"server": "location /s { mmx_status; mmx_error /mini; }"},
                                 '"mmx_error" directive stands beside another that answers'),
    "proxy_store": ({"location": "proxy_store on;"}, '"proxy_store" in "/mini/" would keep'),
    "proxy_store from outside": ({"http": "proxy_store @DIR@/kept$uri;"}, '"proxy_store"'),
    "satisfy any": ({"location": "satisfy any; allow 127.0.0.1;"}, '"satisfy any".*"/mini/"'),
    "satisfy any from outside": ({"server": "satisfy any;"}, '"satisfy any"'),
    "debug_connection": ({"template": "debug_connection"}, '"debug_connection" would write'),
}


@pytest.mark.parametrize("case", [
    pytest.param(case, marks=needs_debug_build if case == "debug_connection" else ())
    for case in WRONG_VALUES])
def test_wrong_value_is_refused_with_its_place(checked, case: str) -> None:
    options, why = WRONG_VALUES[case]
    if case == "debug_connection":
        text = Options(redis="", secret=Path(), upstream="").template
        options = {"template": text.replace("events {", "events { debug_connection 127.0.0.1;")}
    if case == "mmx":
        options = {"server": "location /x { mmx perhaps; }"}
    checked(**options).refused(why)


def test_variable_that_nobody_knows_is_refused(checked) -> None:
    outcome = checked(location="mmx_key $nothing_at_all;")  # nginx itself names no line here
    assert outcome.failed and 'unknown "nothing_at_all" variable' in outcome.said


def test_host_of_redis_that_nobody_knows_is_warned_of(checked) -> None:
    checked(redis="redis://no-such-host.invalid:6379").passed(
        "mmx_redis: no-such-host.invalid: host not found; requests are refused until the name is")


def spoil_mode(mode: int) -> Callable[[Path], None]:
    return lambda path: path.chmod(mode)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir(mode=0o700)


def make_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def make_socket(path: Path) -> None:
    path.unlink()
    here = os.getcwd()
    os.chdir(path.parent)  # its whole path may be too long for one
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)
    path.chmod(0o600)


def give_away(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path, 12345, -1)


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "absent": (Path.unlink, "cannot be opened: No such file"),
    "world may read": (spoil_mode(0o644), "mode 0644, expected 0600 or 0640"),
    "group may write": (spoil_mode(0o660), "mode 0660, expected 0600 or 0640"),
    "may be run": (spoil_mode(0o700), "mode 0700"),
    "set user id": (spoil_mode(0o4600), "mode 04600"),
    "a folder": (make_folder, "not a regular file"),
    "a fifo": (make_fifo, "not a regular file"),
    "a socket": (make_socket, "cannot be opened|not a regular file"),
    "of somebody else": (give_away, "owned by user id 12345, expected root or user id"),
    "empty": (lambda path: path.write_bytes(b""), "exactly 32 bytes|is empty"),
}
WRONG_SIZES = {31: bytes(31), 33: bytes(33), 64: b"0" * 64}


@pytest.mark.parametrize("case", SPOILED)
def test_secret_file_that_is_not_safe_is_refused(checked, secret: Path, case: str) -> None:
    spoil, why = SPOILED[case]
    spoil(secret)
    outcome = checked()
    outcome.refused(f'mmx_secret: "{re.escape(str(secret))}" .*({why})')


@pytest.mark.parametrize("size", WRONG_SIZES)
def test_secret_file_of_another_size_is_refused(checked, secret: Path, size: int) -> None:
    secret.write_bytes(WRONG_SIZES[size])
    checked().refused('mmx_secret: .*must hold exactly 32 bytes .*, '
                      f'not {size}: make it with "mmx-admind init"')


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_secret_file_that_is_safe_passes(checked, secret: Path, mode: int) -> None:
    secret.chmod(mode)
    checked().passed()


@pytest.fixture
def password_file(private: Path) -> Path:
    path = private / "redis-password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("case", SPOILED)
def test_password_file_that_is_not_safe_is_refused(
        checked, password_file: Path, case: str) -> None:
    spoil, why = SPOILED[case]
    spoil(password_file)
    outcome = checked(http=f"mmx_redis_password_file {password_file};")
    outcome.refused(f'mmx_redis_password_file: "{re.escape(str(password_file))}" .*({why})')
    assert PASSWORD not in outcome.said


def test_password_file_passes_without_a_warning(checked, password_file: Path) -> None:
    checked(http=f"mmx_redis_password_file {password_file};").passed()


def test_nothing_is_asked_of_those_who_do_not_use_it(checked, secret: Path) -> None:
    """The module may be loaded for one server of many, or for none yet."""
    secret.unlink()
    text = Options(redis="", secret=Path(), upstream="").template
    for line in ("            mmx on;\n", "    mmx_secret @SECRET@;\n", "    mmx_redis @REDIS@;\n"):
        assert line in text
        text = text.replace(line, "")
    checked(template=text, log_level="debug").passed()


def test_default_secret_is_asked_for_where_none_is_named(checked) -> None:
    text = Options(redis="", secret=Path(), upstream="").template.replace(
        "    mmx_secret @SECRET@;\n", "")
    if not Path("/etc/mmx/secret").exists():
        checked(template=text).refused('mmx_secret: "/etc/mmx/secret" cannot be opened')


WARNINGS = {
    "no master key": ({"proxy": ""}, ["no proxy_set_header with .mmx_authorization.*\"/mini/\""]),
    "another header lost it": (
        {"proxy": "proxy_set_header X-Own 1;"}, ["no proxy_set_header with .mmx_authorization"]),
    "nested location lost it": (
        {"server": "location /a/ { mmx on; proxy_set_header Authorization $mmx_authorization;"
                   " location /a/b/ { proxy_set_header X 1; proxy_pass http://minimax; } }"},
        ["no proxy_set_header with .mmx_authorization.*\"/a/b/\""]),
    "certificate not verified": (
        {"server": "location /a/ { mmx on; proxy_pass https://minimax;"
                   " proxy_set_header Authorization $mmx_authorization; }"},
        ['"proxy_ssl_verify" is off in "/a/"']),
    "certificate of a host in a variable not verified": (
        {"server": "location /a/ { mmx on; set $host_there minimax; proxy_pass https://$host_there;"
                   " proxy_set_header Authorization $mmx_authorization; }"},
        ['"proxy_ssl_verify" is off in "/a/"', '"proxy_pass" with variables in "/a/"']),
    "debug": ({"log_level": "debug"}, ["debug_http is left out of the error log"]),
    "debug_http": ({"log_level": "debug_http"}, ["debug_http is left out of the error log"]),
    "debug in a location": (
        {"location": "error_log @DIR@/location.log debug;"}, ["debug_http is left out"]),
    "password in the URL": (
        {"redis": "redis://:in-the-url-17@127.0.0.1:6379/0"}, ["mmx_redis_password_file"]),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_doubtful_configuration_warns(checked, case: str) -> None:
    options, warnings = WARNINGS[case]
    outcome = checked(**options)
    outcome.passed(*warnings)
    assert "in-the-url-17" not in outcome.said


@pytest.mark.parametrize("lines", [
    "location /a/ { mmx on; return 404; }",
    "location /a/ { mmx on; root @DIR@; }",
    "location /a/ { mmx off; satisfy any; proxy_pass http://minimax; }",
    "location /a/ { mmx off; proxy_store on; proxy_pass http://minimax; }",
    "location /a/ { mmx_status; if ($arg_a) { return 404; } limit_except GET { deny all; } }",
    "location /a/ { mmx on; proxy_set_header Authorization $mmx_authorization;"
    " proxy_pass http://minimax; }",
    "location /a/ { mmx on; proxy_set_header Authorization $mmx_authorization;"
    " location /a/b/ { proxy_pass http://minimax; } }",
    "location /a/ { mmx on; proxy_set_header Authorization $mmx_authorization;"
    " proxy_ssl_verify on; proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;"
    " proxy_pass https://minimax; }",
    "location /a/ { mmx on; mmx_key $arg_key; mmx_dialect native; mmx_on_redis_error allow;"
    " mmx_grace 1h; proxy_set_header Authorization $mmx_authorization;"
    " proxy_pass http://minimax; }",
])
def test_sound_configuration_does_not_warn(checked, lines: str) -> None:
    checked(server=lines).passed()


def test_secret_without_a_location_that_needs_it_starts_no_worker_of_ours(
        tmp_path: Path, secret: Path) -> None:
    template = Options("", secret, "").template.replace("mmx on;", "")
    gateway = Gateway(tmp_path / "idle", Options("unix:/nowhere/redis.sock", secret,
                                                 "127.0.0.1:1", template=template))
    gateway.start()
    try:
        assert gateway.request(None).status == 502  # a proxy as any other
        assert len(gateway.workers()) == 2
    finally:
        gateway.quit()
    assert "exited on signal" not in gateway.log() and "[emerg]" not in gateway.log()


def test_the_maps_of_a_log_of_before_stand_beside_the_module_s_variables(checked: Callable) -> None:
    checked(location="mmx_count on;", http="""
        map $mmx_masked_request_uri $mmx_logged_uri { "~^(?<mmx_path>[^?]*)" $mmx_path; }
        map $mmx_masked_request $mmx_logged_method { default ""; "~^(?<mmx_method>[A-Z]+) " GET; }
        log_format own '$mmx_logged_method $mmx_logged_uri';""").passed()
