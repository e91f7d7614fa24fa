"""The stand-in for MiniMax itself: what other tests take for granted."""

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.paths import UPSTREAM
from harness.process import wait_until
from harness.upstream import Upstream, fingerprint

CHAT = "/v1/chat/completions"
CHAT_BODY = {"model": "MiniMax-M2.7", "messages": [{"role": "user", "content": "hi"}]}
STREAM_BODY = CHAT_BODY | {"stream": True, "stream_options": {"include_usage": True}}
DIALECTS = [CHAT, "/anthropic/v1/messages", "/v1/text/chatcompletion_v2"]


class Answer:
    """What came back on the wire, to the last byte, and how the connection ended."""

    def __init__(self, raw: bytes, ended: str):
        self.raw, self.ended = raw, ended
        self.head, _, self.body = raw.partition(b"\r\n\r\n")
        self.status = int(raw.split(b" ", 2)[1]) if raw.startswith(b"HTTP/") else 0

    def chunks(self) -> list[bytes]:
        found, rest = [], self.body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            found.append(rest[:int(size, 16)])
            rest = rest[int(size, 16) + 2:]
        return found

    def text(self) -> str:
        return b"".join(self.chunks()).decode()

    def json(self) -> dict:
        return json.loads(self.body)


def ask(upstream: Upstream, stub: str = "", path: str = CHAT, body: object = CHAT_BODY,
        headers: str = "", method: str = "POST") -> Answer:
    content = b"" if body is None else json.dumps(body).encode()
    switches = f"x-stub: {stub}\r\n" if stub else ""
    head = (f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{switches}{headers}"
            f"Content-Length: {len(content)}\r\n\r\n")
    with socket.create_connection(("127.0.0.1", upstream.port), timeout=10) as connection:
        connection.sendall(head.encode() + content)
        raw = b""
        try:
            while data := connection.recv(65536):
                raw += data
        except ConnectionResetError:
            return Answer(raw, "reset")
        return Answer(raw, "closed")


def events(answer: Answer) -> list[dict]:
    return [json.loads(line[6:]) for line in answer.text().splitlines()
            if line.startswith("data: {")]


def test_a_chat_answer_echoes_the_model_and_carries_usage(upstream: Upstream) -> None:
    answer = ask(upstream)
    assert answer.status == 200
    assert answer.json()["model"] == "MiniMax-M2.7"
    assert answer.json()["usage"]["prompt_tokens"] == 120
    assert b"Trace-Id: " + answer.json()["id"].encode() in answer.head


def test_a_chat_stream_carries_usage_only_when_asked(upstream: Upstream) -> None:
    asked = events(ask(upstream, body=STREAM_BODY))
    assert asked[-1]["choices"] == [] and asked[-1]["usage"]["total_tokens"] == 150
    not_asked = ask(upstream, body=CHAT_BODY | {"stream": True})
    assert all(event["usage"] is None for event in events(not_asked))
    assert not_asked.text().endswith("data: [DONE]\n\n")


def test_an_anthropic_stream_has_its_true_figures_last(upstream: Upstream) -> None:
    found = events(ask(upstream, path="/anthropic/v1/messages", body=STREAM_BODY))
    assert [found[0]["type"], found[-1]["type"]] == ["message_start", "message_stop"]
    assert found[0]["message"]["usage"]["cache_read_input_tokens"] == 148
    assert found[-2]["usage"]["input_tokens"] == 20


def test_an_error_has_the_shape_of_its_dialect(upstream: Upstream) -> None:
    answers = [ask(upstream, "error=1008", path) for path in DIALECTS]
    assert [answer.status for answer in answers] == [402, 500, 200]
    assert answers[0].json()["error"]["http_code"] == "402"
    assert answers[1].json()["error"] == {"type": "api_error",
                                          "message": "insufficient balance (1008)"}
    assert answers[2].json()["base_resp"]["status_code"] == 1008


def test_a_misspelt_switch_is_refused(upstream: Upstream) -> None:
    for wrong in ("stal_mid=3", "stall_mid=x", "status=12", "close=1", "header=x", "a%zz=1"):
        assert ask(upstream, wrong).status == 400, wrong


@pytest.mark.parametrize("stub, ended, size", [
    ("reset_before_header", "reset", lambda raw: raw == b""),
    ("reset_mid_header", "reset", lambda raw: b"HTTP/1.1 200" in raw and b"\r\n\r\n" not in raw),
    ("reset_mid_body", "reset", lambda raw: b"data:" in raw and b"[DONE]" not in raw),
    ("reset_at=21", "reset", lambda raw: len(raw) == 21),
    ("close_before_header", "closed", lambda raw: raw == b""),
    ("close_at=21", "closed", lambda raw: len(raw) == 21),
    ("cut_chunked", "closed", lambda raw: raw.endswith(b"data: [DONE]\n\n\r\n")),
])
def test_a_connection_breaks_where_the_switch_says(upstream: Upstream, stub: str, ended: str,
                                                   size: Callable[[bytes], bool]) -> None:
    answer = ask(upstream, stub, body=STREAM_BODY)
    assert answer.ended == ended
    assert size(answer.raw), answer.raw
    wait_until(lambda: upstream.events()[-1]["event"] == "done", 5)
    assert upstream.events()[-1]["bytes_sent"] == len(answer.raw)
    assert upstream.events()[-1]["finished"] is True


def test_cutting_a_stream_anywhere_leaves_its_text_alone(upstream: Upstream) -> None:
    whole = ask(upstream, "header=x:y", body=STREAM_BODY).text()

    def anonymous(text: str) -> str:  # each answer has its own id
        return text.replace(json.loads(text.splitlines()[0][6:])["id"], "")

    for stub in ("split=1", "split=7", "bytes=1", "bytes=100", "chunk_delay=5, stall_mid=20"):
        assert anonymous(ask(upstream, stub, body=STREAM_BODY).text()) == anonymous(whole), stub


def test_the_ledger_has_the_request_before_its_answer_begins(upstream: Upstream) -> None:
    with socket.create_connection(("127.0.0.1", upstream.port), timeout=10) as connection:
        connection.sendall(b"GET /v1/models?k=7 HTTP/1.1\r\nHost: a\r\nX-Test-Id: t1\r\n"
                           b"Authorization: Bearer secret\r\nx-stub: stall_before_header=60000\r\n"
                           b"\r\n")
        line = wait_until(upstream.events, 5)[0]
        assert line["event"] == "received" and line["id"] == "t1" and line["query"] == "k=7"
        assert line["key_sha256"] == fingerprint("secret")
        assert line["authorization_count"] == 1 and line["x_api_key"] is None
        assert line["body_bytes"] == 0 and "x-test-id" in line["header_names"]
    # The client has gone: the stall must not go on without it.
    done = wait_until(lambda: upstream.events()[1:], 5)[0]
    assert (done["event"], done["bytes_sent"], done["finished"]) == ("done", 0, False)


def test_a_request_that_broke_off_is_not_received(upstream: Upstream) -> None:
    with socket.create_connection(("127.0.0.1", upstream.port), timeout=10) as connection:
        connection.sendall(b"POST /v1/models HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
    line = wait_until(upstream.events, 5)[0]
    assert (line["event"], line["path"], line["body_bytes"]) == ("broken", "/v1/models", 3)


def test_a_default_holds_as_often_as_asked(upstream: Upstream) -> None:
    upstream.control("POST", "/__stub/default?times=2", "status=529")
    assert [ask(upstream).status for _ in range(3)] == [529, 529, 200]
    upstream.default("status=429")
    assert [ask(upstream, stub).status for stub in ("", "", "close")] == [429, 429, 200]
    upstream.control("POST", "/__stub/reset")
    assert ask(upstream).status == 200
    stats = upstream.control("GET", "/__stub/stats")
    assert stats["received"] == 1 and stats["by_status"] == {"200": 1}


def test_keys_are_never_echoed_whole(upstream: Upstream) -> None:
    answer = ask(upstream, "echo_headers", headers="Authorization: Bearer s3cret\r\n")
    assert ["authorization", f"sha256:{fingerprint('s3cret')}"] in answer.json()["headers"]
    assert b"s3cret" not in answer.raw
    assert "s3cret" not in upstream.ledger_path.read_text()


def test_another_key_than_the_master_key_is_refused(tmp_path: Path) -> None:
    key_file = tmp_path / "master"
    key_file.write_text("first\n")
    upstream = Upstream(tmp_path / "upstream", "--master-key-file", str(key_file))
    try:
        def statuses(authorization: str) -> list[int]:
            headers = f"Authorization: Bearer {authorization}\r\n"
            return [ask(upstream, path=path, headers=headers).status for path in DIALECTS]

        assert statuses("first") == [200, 200, 200]
        assert statuses("second") == [401, 401, 200]
        native = [ask(upstream, path=DIALECTS[2], headers=headers).json()
                  for headers in ("", "Authorization: Bearer second\r\n")]
        assert [answer["base_resp"]["status_code"] for answer in native] == [1004, 2049]
        key_file.write_text("first\nsecond\n")
        upstream.control("POST", "/__stub/keys")
        assert statuses("second") == [200, 200, 200]
    finally:
        upstream.kill()


def test_a_wrong_option_is_explained() -> None:
    for arguments in (["--listen", "nowhere"], ["--tls-cert", "a"], ["--no-such", "x"]):
        ended = subprocess.run([UPSTREAM, *arguments], capture_output=True, text=True, timeout=10,
                               check=False)
        assert ended.returncode == 2
        assert ended.stderr.startswith("mmx-upstream: "), ended.stderr
