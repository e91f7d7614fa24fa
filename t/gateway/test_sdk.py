"""The clients people have: the npm packages of OpenAI and Anthropic, unchanged but for base URL
and key, call, stream, and give up at once where trying again is pointless.
"""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.gateway import Gateway
from harness.paths import ROOT, environment
from harness.process import wait_until
from harness.stand import Stand, running_stand
from harness.upstream import PROBE_PATH

SDK = ROOT / "t" / "sdk"
SDKS = ["openai", "anthropic"]
BASE = {"openai": "/mini/v1", "anthropic": "/mini/anthropic"}
UNKNOWN = "mmx-" + "0" * 32
RETRIES = 2  # of both packages, by default


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    assert (SDK / "node_modules").is_dir(), "run: cd t/sdk && npm ci"
    with running_stand(tmp_path_factory.mktemp("sdk")) as running:
        yield running


@pytest.fixture(scope="module")
def shared(stand: Stand) -> Gateway:
    return stand.gateway()


@pytest.fixture
def gateway(shared: Gateway, stand: Stand) -> Gateway:
    stand.mark()
    return shared


def call(gateway: Gateway, sdk: str, action: str, key: str) -> dict:
    """What the client made of it."""
    env = environment(gateway.folder) | {
        "MMX_BASE_URL": gateway.url + BASE[sdk], "MMX_KEY": key}
    done = subprocess.run(["node", SDK / "call.mjs", sdk, action], env=env, text=True,
                          capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)


def assert_attempts(gateway: Gateway, mark: int, *statuses: list[int]) -> None:
    """The requests since line mark of the access log ended in one of these ways."""
    def seen() -> list[int]:
        return [json.loads(line)["status"] for line in log_lines(gateway)[mark:]]
    wait_until(lambda: len(seen()) >= min(map(len, statuses)), 5, "log lines")
    assert seen() in statuses


def log_lines(gateway: Gateway) -> list[str]:
    """But for the harness' own probes, whose lines may come late."""
    lines = (gateway.folder / "access.log").read_text().splitlines()
    return [line for line in lines if PROBE_PATH not in line]


@pytest.mark.parametrize("sdk, action", [
    ("openai", "chat"), ("openai", "stream"), ("openai", "models"),
    ("anthropic", "chat"), ("anthropic", "stream")])
def test_client_gets_its_answer(gateway: Gateway, stand: Stand, sdk: str, action: str) -> None:
    key = stand.key()
    answer = call(gateway, sdk, action, key.key)
    assert "error" not in answer and answer["text"]
    assert answer["pieces"] > (2 if action == "stream" else 0)
    stand.await_counted(key, 1)
    assert len(stand.with_master(stand.arrivals())) == len(stand.arrivals()) == 1


@pytest.mark.parametrize("action", ["chat", "stream"])
@pytest.mark.parametrize("sdk", SDKS)
def test_client_that_used_up_its_quota_is_told_once_and_does_not_retry(
        gateway: Gateway, stand: Stand, sdk: str, action: str) -> None:
    key = stand.key(day=1)
    mark = len(log_lines(gateway)) + 1
    assert gateway.request(key.key).status == 200
    stand.mark()
    error = call(gateway, sdk, action, key.key)["error"]
    assert (error["name"], error["status"]) == ("RateLimitError", 429)
    assert error["code"] == {"openai": "insufficient_quota", "anthropic": "rate_limit_error"}[sdk]
    assert "requests of today" in error["message"]
    assert_attempts(gateway, mark, [429])
    assert stand.arrivals() == []


@pytest.mark.parametrize("sdk", SDKS)
def test_client_with_a_wrong_key_is_told_once(gateway: Gateway, stand: Stand, sdk: str) -> None:
    mark = len(log_lines(gateway))
    error = call(gateway, sdk, "chat", UNKNOWN)["error"]
    assert (error["name"], error["status"]) == ("AuthenticationError", 401)
    assert "not valid" in error["message"]
    assert_attempts(gateway, mark, [401])
    assert stand.arrivals() == []


@pytest.mark.parametrize("sdk", SDKS)
def test_client_without_a_right_to_go_on_is_told_once(
        gateway: Gateway, stand: Stand, sdk: str) -> None:
    key = stand.key()
    stand.admin.run("key", "disable", key.id)
    mark = len(log_lines(gateway))
    error = call(gateway, sdk, "chat", key.key)["error"]
    assert (error["name"], error["status"]) == ("PermissionDeniedError", 403)
    assert "disabled" in error["message"]
    assert_attempts(gateway, mark, [403])


@pytest.fixture
def without_redis(stand: Stand) -> Gateway:
    return stand.gateway(ready=False, redis=f"unix:{stand.sockets}/later.sock",
                         redis_timeout="100ms")


@pytest.mark.parametrize("sdk", SDKS)
def test_client_retries_after_the_second_that_it_is_told(
        without_redis: Gateway, stand: Stand, sdk: str) -> None:
    started = time.monotonic()
    error = call(without_redis, sdk, "chat", stand.key().key)["error"]
    assert error["status"] == 503 and "gateway cannot check" in error["message"]
    assert_attempts(without_redis, 0, [503] * (1 + RETRIES))
    assert time.monotonic() - started >= RETRIES * 1.0  # Retry-After: 1


@pytest.mark.parametrize("sdk", SDKS)
def test_client_does_not_notice_a_gateway_that_recovers_meanwhile(
        without_redis: Gateway, stand: Stand, sdk: str) -> None:
    key = stand.key()
    later = Path(f"{stand.sockets}/later.sock")

    def recover() -> None:
        wait_until(lambda: len(log_lines(without_redis)) == 1, 20, "a first refusal")
        later.symlink_to(stand.redis.socket)
    thread = threading.Thread(target=recover)
    thread.start()
    try:
        answer = call(without_redis, sdk, "chat", key.key)
    finally:
        thread.join(30)
        later.unlink(missing_ok=True)
    assert answer.get("text"), answer
    stand.await_counted(key, 1)
    assert_attempts(without_redis, 0, [503, 200], [503, 503, 200])
