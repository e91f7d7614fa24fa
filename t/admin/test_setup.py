"""The first account is made by whoever may read the daemon's files."""

import threading

from harness.admin import Admin
from harness.daemon import Daemon
from harness.people import PASSWORD, add_account, entries
from harness.process import wait_until
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch


def setup_token(daemon: Daemon, secrets: SecretWatch) -> str:
    wait_until(daemon.setup_token_file.exists, 20, "the daemon writes a set-up token")
    assert daemon.setup_token_file.stat().st_mode & 0o777 == 0o600
    return secrets.add("set-up token", daemon.setup_token_file.read_text().strip())


def test_the_first_account_is_made_with_the_token_of_the_file(
        admin: Admin, daemon: Daemon, secrets: SecretWatch, redis: RedisServer) -> None:
    secrets.add("password", PASSWORD)
    token = setup_token(daemon, secrets)
    assert daemon.ask("GET", "/setup").json() == {"needed": True}
    browser = daemon.browser()
    assert browser.set_up("0" * len(token), "root", PASSWORD).code == "invalid_credentials"
    answer = browser.set_up(token, "root", "minimax-1234")
    assert answer.status == 400 and answer.json()["error"]["field"] == "password"
    answer = browser.set_up(token, "root", "QwertyQwerty")
    assert (answer.status, answer.code) == (400, "common_password")
    assert redis.command("KEYS", "mmx:user*") == []
    assert browser.set_up(token, "root", PASSWORD).status == 201
    assert browser.ask("GET", "/users").json()["users"][0]["role"] == "admin"
    assert daemon.ask("GET", "/setup").json() == {"needed": False}
    assert not daemon.setup_token_file.exists()
    replay = daemon.browser().set_up(token, "mallory", PASSWORD)
    assert (replay.status, replay.code) == (401, "invalid_credentials")
    assert len(redis.command("SMEMBERS", "mmx:users")) == 1
    assert entries(admin, "user.create")[0]["actor"] == "setup"


def test_of_two_with_the_token_one_becomes_admin(
        admin: Admin, daemon: Daemon, secrets: SecretWatch, redis: RedisServer) -> None:
    token = setup_token(daemon, secrets)
    statuses: list[int] = []

    def take(name: str) -> None:
        statuses.append(daemon.browser().set_up(token, name, PASSWORD).status)

    threads = [threading.Thread(target=take, args=(name,)) for name in ("anna", "bert")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses.count(201) == 1 and set(statuses) <= {201, 401, 409}
    assert len(redis.command("SMEMBERS", "mmx:users")) == 1


def test_an_account_made_otherwise_voids_the_token(
        admin: Admin, daemon: Daemon, secrets: SecretWatch) -> None:
    token = setup_token(daemon, secrets)
    add_account(admin, "alice", "admin")
    wait_until(lambda: not daemon.setup_token_file.exists(), 20, "the token goes")
    answer = daemon.browser().set_up(token, "mallory", PASSWORD)
    assert (answer.status, answer.code) == (401, "invalid_credentials")
    assert "setup-token" in daemon.log.read_text()
