"""conf/mmx-admind.service leaves the daemon as little as it needs, and fits its neighbours."""

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from harness.paths import ADMIND, ROOT

UNIT = ROOT / "conf" / "mmx-admind.service"
SOCKET = ROOT / "conf" / "redis-socket.conf"
EXPOSURE_MAX = 20  # tenths, on systemd's scale from 0 to 100


@pytest.fixture(name="unit")
def read_unit() -> dict[str, list[str]]:
    lines = defaultdict(list)
    for line in UNIT.read_text().splitlines():
        if match := re.fullmatch(r"(\w+)=(.*)", line):
            lines[match[1]].append(match[2])
    return lines


def test_systemd_finds_little_exposed() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", UNIT],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_systemd_understands_every_line(unit: dict[str, list[str]]) -> None:
    """`verify` also objects to a program that is not there, and this one is installed by hand."""
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", UNIT], capture_output=True,
                          text=True, timeout=60, check=False)
    program = unit["ExecStart"][0].split()[0]
    wrong = [line for line in done.stderr.splitlines()
             if UNIT.name in line and f"{program} is not executable" not in line]
    assert not wrong


def test_it_listens_where_nginx_looks(unit: dict[str, list[str]]) -> None:
    listen = re.search(r"--listen (\S+)", unit["ExecStart"][0])[1]
    assert f"server {listen};" in (ROOT / "conf" / "nginx.conf").read_text()
    assert listen.startswith(f"unix:/run/{unit['RuntimeDirectory'][0]}/")
    # nginx's workers come in by their group, and nobody else does.
    assert re.search(r"^user www-data;", (ROOT / "conf" / "nginx.conf").read_text(), re.M)
    assert unit["Group"] == ["www-data"] and unit["RuntimeDirectoryMode"] == ["0750"]


def test_it_knows_every_option_it_is_started_with(unit: dict[str, list[str]]) -> None:
    known = subprocess.run([ADMIND, "serve", "--help"], capture_output=True, text=True,
                           timeout=10, check=True).stdout
    known += subprocess.run([ADMIND, "--help"], capture_output=True, text=True, timeout=10,
                            check=True).stdout
    program, *options = unit["ExecStart"][0].split()
    assert program == "/usr/local/bin/mmx-admind" and "serve" in options
    assert not [word for word in options if word.startswith("--") and word not in known]


def test_what_must_not_be_left_to_it(unit: dict[str, list[str]]) -> None:
    assert unit["CapabilityBoundingSet"] == [""] and unit["LimitCORE"] == ["0"]
    for name in ("NoNewPrivileges", "DynamicUser", "MemoryDenyWriteExecute", "PrivateDevices",
                 "RestrictNamespaces", "ProtectHome", "PrivateUsers"):
        assert unit[name] == ["yes"], name
    assert unit["ProtectSystem"] == ["strict"] and not unit["ReadWritePaths"]
    assert any(word.startswith("secret:") for word in unit["LoadCredential"])


def test_it_cannot_take_the_gateways_processors(unit: dict[str, list[str]]) -> None:
    weight_of_others = 100  # systemd's default
    assert int(unit["CPUWeight"][0]) <= weight_of_others / 2
    assert int(unit["CPUQuota"][0].removesuffix("%")) <= 100


def test_it_names_no_group_that_a_machine_may_lack(unit: dict[str, list[str]]) -> None:
    """Debian's nginx brings www-data. A Redis elsewhere brings no group redis, a Valkey another."""
    assert not unit["SupplementaryGroups"]
    assert unit["Group"] == ["www-data"]


def test_the_group_of_a_socket_is_a_file_apart(tmp_path: Path) -> None:
    lines = [line for line in SOCKET.read_text().splitlines() if line and line[0] != "#"]
    assert lines == ["[Service]", "SupplementaryGroups=redis"]
    place = "/etc/systemd/system/mmx-admind.service.d/redis-socket.conf"
    assert place in SOCKET.read_text()
    for readme in ("README.md", "README.zh-CN.md"):
        assert f"install -D -m 0644 conf/redis-socket.conf {place}" in (ROOT / readme).read_text()
    # Both as they are installed.
    folder = tmp_path / f"{UNIT.name}.d"
    folder.mkdir()
    shutil.copy(UNIT, tmp_path)
    shutil.copy(SOCKET, folder)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", tmp_path / UNIT.name],
                          capture_output=True, text=True, timeout=60, check=False)
    assert not [line for line in done.stderr.splitlines()
                if SOCKET.name in line or "SupplementaryGroups" in line]


def test_nginx_logs_in_utc() -> None:
    """Its error log has no offset."""
    assert "\nEnvironment=TZ=UTC\n" in (ROOT / "conf" / "nginx-mmx.conf").read_text()
