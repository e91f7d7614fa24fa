"""Every refusal in the three dialects and two languages, and the limits that every answer names."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from harness.admin import Key
from harness.client import Response
from harness.gateway import Gateway
from harness.process import wait_until
from harness.stand import Stand, running_stand

UNKNOWN = "mmx-" + "0" * 32
PATHS = {
    "openai": "/mini/v1/chat/completions",
    "anthropic": "/mini/anthropic/v1/messages",
    "native": "/mini/v1/text/chatcompletion_v2",
}
HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Row:
    """A row of the table of refusals."""

    status: int
    code: str
    openai_type: str
    anthropic_type: str
    native_code: int
    retry: str = "false"
    retry_after: str = ""
    resets: bool = False


AUTH = ("invalid_api_key", "invalid_request_error", "authentication_error")
QUOTA = ("insufficient_quota", "insufficient_quota", "rate_limit_error")
TABLE = {
    "missing": Row(401, *AUTH, 1004),
    "malformed": Row(401, *AUTH, 2049),
    "unknown": Row(401, *AUTH, 2049),
    "disabled": Row(403, "key_disabled", "invalid_request_error", "permission_error", 1004),
    "expired": Row(403, "key_expired", "invalid_request_error", "permission_error", 1004),
    "elsewhere": Row(403, "address_not_allowed", "invalid_request_error", "permission_error", 1004),
    "day": Row(429, *QUOTA, 2056, resets=True),
    "month": Row(429, *QUOTA, 2056, resets=True),
    "no redis": Row(503, "gateway_unavailable", "server_error", "overloaded_error", 1013, "true",
                    "1"),
    "no master": Row(503, "upstream_not_configured", "server_error", "api_error", 1013),
}
LOG_ID = "add_header X-Log-Id $request_id always; add_header X-Verdict $mmx_verdict always;"

FORCED = "".join(
    f"location /only-{dialect}/ {{ mmx on; mmx_dialect {dialect}; root @DIR@; }}\n"
    for dialect in PATHS)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("refusals")) as running:
        yield running


@pytest.fixture(scope="module")
def gateways(stand: Stand) -> dict[str, Gateway]:
    """By the case that needs a gateway of its own."""
    dead = f"unix:{stand.sockets}/nobody.sock"
    return {
        "": stand.gateway(location=LOG_ID, server=FORCED, offer="all"),
        "no redis": stand.gateway(ready=False, redis=dead, redis_timeout="100ms", location=LOG_ID),
        "no master": stand.gateway(
            ready=False, redis=stand.redis.tcp_url.removesuffix("0") + "1", location=LOG_ID),
    }


@pytest.fixture(scope="module")
def keys(stand: Stand, gateways: dict[str, Gateway]) -> dict[str, str | None]:
    """The key of each case, in the state that its name says."""
    good, disabled = stand.key(), stand.key()
    stand.admin.run("key", "disable", disabled.id)
    day, month = stand.key(day=1, month=9), stand.key(day=9, month=1)
    for key in (day, month):
        assert gateways[""].request(key.key).status == 200
    return {
        "missing": None, "malformed": "mmx-too-short", "unknown": UNKNOWN,
        "disabled": disabled.key, "expired": expired_key(stand).key,
        "elsewhere": stand.key(networks="10.0.0.0/8,2001:db8::/32").key,
        "day": day.key, "month": month.key, "no redis": good.key, "no master": good.key,
    }


def expired_key(stand: Stand) -> Key:
    """The command line takes no time in the past, so the record is put there."""
    key = stand.key()
    stand.redis.command("HSET", f"mmx:{{{key.id}}}", "expires_at", int(time.time()) - 10)
    return key


VERDICTS = {
    "missing": "missing_key", "malformed": "malformed_key", "unknown": "unknown_key",
    "disabled": "key_disabled", "expired": "key_expired", "elsewhere": "address_not_allowed",
    "day": "day_exhausted", "month": "month_exhausted", "no redis": "gateway_unavailable",
    "no master": "upstream_not_configured",
}


def reset_of(row: Row, error: dict[str, str]) -> dict[str, str]:
    """The member that a refusal has whose window resets: an ISO date with its offset, ahead."""
    if not row.resets:
        return {}
    moment = datetime.fromisoformat(error["resets_at"])
    assert 0 < moment.timestamp() - time.time() <= 31 * 86400
    return {"resets_at": error["resets_at"]}


def message_of(dialect: str, row: Row, response: Response) -> str:
    """Checks the shape of the body, which is exactly that of the dialect."""
    body = json.loads(response.body)
    if dialect == "openai":
        resets = reset_of(row, body["error"])
        assert body == {"error": {"message": body["error"]["message"], "type": row.openai_type,
                                  "param": None, "code": row.code, **resets}}
        return body["error"]["message"]
    if dialect == "anthropic":
        assert body == {"type": "error", "request_id": response.headers["x-request-id"],
                        "error": {"type": row.anthropic_type, "message": body["error"]["message"],
                                  **reset_of(row, body["error"])}}
        return body["error"]["message"]
    message = body["base_resp"]["status_msg"]
    assert body == {"base_resp": {"status_code": row.native_code, "status_msg": message,
                                  **reset_of(row, body["base_resp"])}}
    return message


def assert_headers(case: str, row: Row, response: Response) -> None:
    headers = response.headers
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["content-length"] == str(len(response.body))
    assert headers["x-should-retry"] == row.retry
    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-request-id"])
    assert headers["x-request-id"] == headers["x-log-id"]
    assert headers["x-verdict"] == VERDICTS[case]
    assert ("www-authenticate" in headers) == (row.status == 401)
    if row.resets:
        # Clients that obey it sleep until midnight: there is none but in the last minute.
        assert int(headers.get("retry-after", 1)) <= 60
        assert headers[f"x-ratelimit-remaining-requests-{case}"] == "0"
        assert headers["x-ratelimit-remaining-requests"] == "0"
    else:
        assert headers.get("retry-after", "") == row.retry_after
        assert "x-ratelimit-limit-requests" not in headers


@pytest.mark.parametrize("language, chinese", [("zh-CN,zh;q=0.9,en;q=0.8", True),
                                               ("en-US,en;q=0.9,zh;q=0.1", False), ("", False)])
@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize("case", TABLE)
def test_refusal_has_the_status_the_shape_and_the_headers_of_its_row(
        gateways: dict[str, Gateway], keys: dict[str, str | None], case: str, dialect: str,
        language: str, chinese: bool) -> None:
    gateway = gateways.get(case, gateways[""])
    response = gateway.request(keys[case], path=PATHS[dialect],
                               headers={"Accept-Language": language} if language else None)
    row = TABLE[case]
    assert response.status == row.status
    assert_headers(case, row, response)
    message = message_of(dialect, row, response)
    assert bool(HAN.search(message)) == chinese and len(message) > 10
    assert "mmx-t" not in message and UNKNOWN not in message
    if case == "elsewhere":
        assert "127.0.0.1" in message
    assert response.headers["request-id"] == response.headers["x-request-id"]
    assert response.headers["x-request-id"] in message
    if row.resets:
        # As people read it, and what the header says.
        told = re.search(r"(\d{4}-\d\d-\d\d \d\d:\d\d) \(UTC(\+\d\d:\d\d)\)", message)
        reset = datetime.fromisoformat(told.group(1).replace(" ", "T") + ":00" + told.group(2))
        left = seconds(response.headers[f"x-ratelimit-reset-requests-{case}"])
        assert abs(reset.timestamp() - time.time() - left) < 3
        assert re.search(r"\b1\b", message)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
def test_refusal_answers_every_method(gateways: dict[str, Gateway], method: str) -> None:
    response = gateways[""].request(UNKNOWN, method=method, body=b"")
    assert response.status == 401
    assert message_of("openai", TABLE["unknown"], response)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/anthropic/v1/messages"])
@pytest.mark.parametrize("dialect", PATHS)
def test_dialect_of_the_location_stands_above_that_of_the_path(
        gateways: dict[str, Gateway], dialect: str, path: str) -> None:
    response = gateways[""].request(UNKNOWN, path=f"/only-{dialect}{path}")
    assert response.status == 401
    assert message_of(dialect, TABLE["unknown"], response)


SECONDS = {"h": 3600, "m": 60, "s": 1}


def seconds(duration: str) -> int:
    """13h5m2s"""
    parts = re.findall(r"(\d+)([hms])", duration)
    assert "".join(number + unit for number, unit in parts) == duration
    return sum(int(number) * SECONDS[unit] for number, unit in parts)


def limits(response: Response, suffix: str = "") -> tuple[int, int]:
    """Limit and remaining; the reset must be within its window."""
    values = [response.headers[f"x-ratelimit-{name}-requests{suffix}"]
              for name in ("limit", "remaining", "reset")]
    assert 0 < seconds(values[2]) <= (86400 if suffix == "-day" else 31 * 86400)
    return int(values[0]), int(values[1])


@pytest.mark.parametrize("switches", ["", "header=X-RateLimit-Limit-Requests:99"])
@pytest.mark.parametrize("stream", [False, True])
def test_admitted_answer_counts_down_exactly(
        gateways: dict[str, Gateway], stand: Stand, stream: bool, switches: str) -> None:
    key = stand.key(day=5, month=1000)
    body = json.dumps({"model": "MiniMax-M3", "stream": stream}).encode()
    for remaining in (4, 3, 2, 1, 0):
        response = gateways[""].request(
            key.key, body=body, headers={"x-stub": switches} if switches else None)
        assert response.status == 200
        assert limits(response) == limits(response, "-day") == (5, remaining)
        assert limits(response, "-month") == (1000, 995 + remaining)
        assert ("text/event-stream" in response.headers["content-type"]) == stream
    exhausted = gateways[""].request(key.key, body=body)
    assert exhausted.status == 429
    assert limits(exhausted) == limits(exhausted, "-day") == (5, 0)
    assert limits(exhausted, "-month") == (1000, 995)


def test_month_is_named_where_it_is_the_tighter(
        gateways: dict[str, Gateway], stand: Stand) -> None:
    key = stand.key(day=100, month=3)
    answers = [gateways[""].request(key.key) for _ in range(4)]
    assert [limits(answer) for answer in answers] == [(3, 2), (3, 1), (3, 0), (3, 0)]
    assert limits(answers[3], "-day") == (100, 97)
    assert limits(answers[3]) == limits(answers[3], "-month")


def test_keys_in_turn_are_told_their_own_limits(
        gateways: dict[str, Gateway], stand: Stand) -> None:
    one, other = stand.key(day=5, month=5000), stand.key(day=70, month=300)
    for used in (1, 2, 3):
        for key, day, month in ((one, 5, 5000), (other, 70, 300)):
            answer = gateways[""].request(key.key)
            assert limits(answer, "-day") == (day, day - used)
            assert limits(answer, "-month") == (month, month - used)


@pytest.mark.parametrize("limit, present", [
    ({"day": 7}, ["", "-day"]), ({"month": 7}, ["", "-month"]), ({}, [])])
def test_only_windows_with_a_limit_are_named(
        gateways: dict[str, Gateway], stand: Stand, limit: dict[str, int],
        present: list[str]) -> None:
    response = gateways[""].request(stand.key(**limit).key)
    named = [suffix for suffix in ("", "-day", "-month")
             if f"x-ratelimit-limit-requests{suffix}" in response.headers]
    assert named == present
    assert all(limits(response, suffix) == (7, 6) for suffix in present)


def test_failed_answer_of_the_upstream_has_the_limits_too(
        gateways: dict[str, Gateway], stand: Stand) -> None:
    key = stand.key(day=3)
    for status, remaining in ((422, 2), (500, 1)):
        response = gateways[""].request(key.key, headers={"x-stub": f"status={status}"})
        assert response.status == status and limits(response) == (3, remaining)


def test_access_log_names_the_user_of_a_refused_key(
        gateways: dict[str, Gateway], stand: Stand) -> None:
    key = stand.key(day=1)
    user = stand.admin.json("key", "show", key.id)["key"]["user"]
    answers = [gateways[""].request(key.key) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 429]
    log = gateways[""].folder / "access.log"

    def logged() -> list[dict]:
        lines = map(json.loads, log.read_text().splitlines())
        return [line for line in lines if line["key_id"] == key.id]
    wait_until(lambda: len(logged()) == 2, 5, "both lines")
    assert [(line["verdict"], line["user"]) for line in logged()] == [
        ("admitted", user), ("day_exhausted", user)]
    assert logged()[1]["request_id"] == answers[1].headers["request-id"]
