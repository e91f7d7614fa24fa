"""The command-line agents people have, Claude Code and Codex, unchanged but for base URL and key,
against the gateway as it is shipped. Their packages are large: t/run.sh --full installs them.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.admin import Key
from harness.gateway import Gateway
from harness.paths import FULL, ROOT
from harness.process import wait_until
from harness.stand import Stand, running_stand
from harness.upstream import PROBE_PATH

AGENTS = ROOT / "t" / "agents"
NAMES = ["claude", "codex"]
ANSWER = "Hello"  # of the stand-in
PROMPTLY_S = 45.0
CODEX_CONFIG = """\
model = "MiniMax-M3"
model_provider = "mmx"
[model_providers.mmx]
name = "MMX Gate"
base_url = "@URL@/mini/v1"
wire_api = "responses"
env_key = "MMX_KEY"
"""

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    if not (AGENTS / "node_modules").is_dir():
        assert not FULL, "run: cd t/agents && npm ci"
        pytest.skip("the agents are not installed: cd t/agents && npm ci")
    with running_stand(tmp_path_factory.mktemp("agents")) as running:
        yield running


@pytest.fixture(scope="module")
def shared(stand: Stand) -> Gateway:
    return stand.gateway(location="mmx_count $mmx_counted;",
                         server="include @ROOT@/conf/mmx_server.conf;")


@pytest.fixture
def gateway(shared: Gateway, stand: Stand) -> Iterator[Gateway]:
    stand.mark()
    yield shared
    stand.upstream.default("")


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    screen: str
    seconds: float


def ask(gateway: Gateway, folder: Path, agent: str, key: str, **more: str) -> Said:
    """One question, in a home of the agent's own. What it wants to tell its vendor directly meets
    a proxy that is not there; what it tells the gateway arrives."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8",
           "HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"}
    program = AGENTS / "node_modules" / ".bin" / agent
    if agent == "claude":
        env |= {"ANTHROPIC_BASE_URL": f"{gateway.url}/mini/anthropic"}
        env |= more or {"ANTHROPIC_AUTH_TOKEN": key}
        command = [program, "-p", "say hello"]
    else:
        env |= {"MMX_KEY": key, **more}
        config = folder / ".codex" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        config.write_text(CODEX_CONFIG.replace("@URL@", gateway.url))
        command = [program, "exec", "--skip-git-repo-check", "say hello"]
    started = time.monotonic()
    done = subprocess.run(command, env=env, cwd=folder, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=150, check=False)
    return Said(done.returncode, done.stdout + done.stderr, time.monotonic() - started)


def log_lines(gateway: Gateway) -> list[dict]:
    lines = (gateway.folder / "access.log").read_text().splitlines()
    return [json.loads(line) for line in lines if PROBE_PATH not in line]


def questions(stand: Stand) -> list[dict]:
    """What reached MiniMax and is neither a list of models nor a count of tokens."""
    return [event for event in stand.arrivals() if event["method"] == "POST"
            and not event["path"].endswith(("/count_tokens", "/input_tokens"))]


def assert_answered_for_one(said: Said, stand: Stand, key: Key) -> None:
    assert said.status == 0 and ANSWER in said.screen, said
    stand.await_counted(key, 1)
    assert len(questions(stand)) == 1
    arrived = stand.arrivals()
    assert len(stand.with_master(arrived)) == len(arrived)
    assert not [event for event in arrived if "event_logging" in event["path"]]


@pytest.mark.parametrize("agent", NAMES)
def test_an_answered_question_costs_one_and_the_start_nothing(
        gateway: Gateway, stand: Stand, tmp_path: Path, agent: str) -> None:
    key = stand.key(day=1)
    assert_answered_for_one(ask(gateway, tmp_path, agent, key.key), stand, key)


@pytest.mark.parametrize("variables", [
    {"ANTHROPIC_API_KEY": "@KEY@"},
    {"ANTHROPIC_API_KEY": "sk-ant-api03-of-long-ago", "ANTHROPIC_AUTH_TOKEN": "@KEY@"}])
def test_claude_code_with_a_stale_key_of_its_vendor_or_ours_in_its_place(
        gateway: Gateway, stand: Stand, tmp_path: Path, variables: dict[str, str]) -> None:
    key = stand.key(day=1)
    chosen = {name: value.replace("@KEY@", key.key) for name, value in variables.items()}
    assert_answered_for_one(ask(gateway, tmp_path, "claude", key.key, **chosen), stand, key)


@pytest.mark.parametrize("agent", NAMES)
def test_codex_and_claude_code_with_a_stale_key_of_openai(
        gateway: Gateway, stand: Stand, tmp_path: Path, agent: str) -> None:
    key = stand.key(day=1)
    more = {"OPENAI_API_KEY": "sk-proj-of-long-ago"}
    if agent == "claude":
        more["ANTHROPIC_AUTH_TOKEN"] = key.key
    assert_answered_for_one(ask(gateway, tmp_path, agent, key.key, **more), stand, key)


@pytest.mark.parametrize("agent", NAMES)
def test_a_key_that_is_used_up_ends_the_agent_promptly(
        gateway: Gateway, stand: Stand, tmp_path: Path, agent: str) -> None:
    key = stand.key(day=1)
    assert gateway.request(key.key).status == 200
    stand.mark()
    mark = len(log_lines(gateway))
    said = ask(gateway, tmp_path, agent, key.key)
    assert said.status != 0 and said.seconds < PROMPTLY_S, said
    wait_until(lambda: len(log_lines(gateway)) > mark, 5, "a log line")
    refused = [line for line in log_lines(gateway)[mark:] if line["verdict"] == "day_exhausted"]
    assert len(refused) == 1
    # Codex shows of a 429 no more than its status and the request id.
    wanted = ("used up its 1 requests of today" if agent == "claude"
              else f"429 Too Many Requests, request id: {refused[0]['request_id']}")
    assert wanted in said.screen
    assert questions(stand) == []
    stand.await_counted(key, 1)


@pytest.mark.parametrize("agent", NAMES)
@pytest.mark.parametrize("switches", ["error=2049", "status=401"])
def test_a_dead_master_key_costs_nobody_anything_and_is_told(
        gateway: Gateway, stand: Stand, tmp_path: Path, agent: str, switches: str) -> None:
    key = stand.key(day=5)
    stand.upstream.default(switches)
    said = ask(gateway, tmp_path, agent, key.key)
    assert said.status != 0 and said.seconds < PROMPTLY_S, said
    assert "MiniMax refuses this gateway's own account" in said.screen
    stand.await_counted(key, 0)


@pytest.mark.parametrize("agent", NAMES)
def test_a_wrong_key_is_told(gateway: Gateway, stand: Stand, tmp_path: Path, agent: str) -> None:
    said = ask(gateway, tmp_path, agent, "mmx-" + "0" * 32)
    assert said.status != 0 and said.seconds < PROMPTLY_S, said
    assert "not valid" in said.screen
    assert questions(stand) == []
