"""Settings, the master key and its test, the overview, the audit trail."""

import socket
import threading

import pytest
from harness.admin import Admin, Key
from harness.daemon import Answer, Browser, Daemon
from harness.people import PASSWORD, logged_in
from harness.process import wait_until
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch
from harness.upstream import Upstream


@pytest.fixture
def daemon(daemon_with, upstream: Upstream) -> Daemon:
    return daemon_with(MMX_UPSTREAM=f"http://{upstream.address}")


@pytest.fixture
def alice(people: Admin, daemon: Daemon) -> Browser:
    return logged_in(daemon, "alice")


def get(browser: Browser, path: str) -> dict:
    answer = browser.ask("GET", path)
    assert answer.status == 200, answer.body
    return answer.json()


def change(browser: Browser, **settings: object) -> Answer:
    return browser.ask("PATCH", "/settings", settings | {"password": PASSWORD})


def test_a_change_of_settings_names_only_what_changes(alice: Browser) -> None:
    before = get(alice, "/settings")["settings"]
    after = change(alice, timezone="America/New_York").json()["settings"]
    assert after["utc_offset"] in ("UTC-5", "UTC-4") and after["version"] > before["version"]
    kept = {"default_day", "default_month", "retention_days", "refund_bound", "language",
            "contact"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    answer = change(alice, timezone="Mars/Olympus")
    assert (answer.status, answer.json()["error"]["field"]) == (400, "timezone")


def test_what_refusals_say_is_set_and_audited(alice: Browser, redis: RedisServer) -> None:
    before = get(alice, "/settings")["settings"]
    assert (before["language"], before["contact"]) == ("en", "")
    wanted = {"language": "zh", "contact": "请联系 王工 <8001>"}
    after = change(alice, **wanted).json()["settings"]
    assert after == before | wanted | {"version": before["version"] + 1}
    assert redis.hash("mmx:settings").items() >= wanted.items()
    detail = get(alice, "/audit?limit=1")["entries"][0]["detail"]
    assert detail == {name: {"from": before[name], "to": wanted[name]} for name in wanted}
    assert change(alice, contact="").json()["settings"]["contact"] == ""
    assert change(alice, contact="字" * 66 + "xy").status == 200


@pytest.mark.parametrize("field, value", [
    ("language", "fr"), ("language", ""), ("language", "zh-CN"), ("contact", "x" * 201),
    ("contact", "字" * 67), ("contact", "two\nlines"), ("contact", "tab\t"),
    ("contact", "bell\u0007"), ("contact", "c1\u0085"), ("contact", None)])
def test_what_refusals_cannot_say(alice: Browser, field: str, value: object) -> None:
    before = get(alice, "/settings")
    answer = change(alice, **{field: value})
    assert (answer.status, answer.json()["error"]["field"]) == (400, field)
    assert get(alice, "/settings") == before


@pytest.mark.parametrize("key", ["sk-short", "fifteen-letters", "", "sk api 0123456789",
                                 "sk-api-0123456789é", "sk-api-0123456789\n"])
def test_what_cannot_be_a_master_key_is_refused(alice: Browser, key: str) -> None:
    before = get(alice, "/master")
    answer = alice.ask("PUT", "/master", {"key": key, "password": PASSWORD})
    assert (answer.status, answer.json()["error"]["field"]) == (400, "key")
    assert get(alice, "/master") == before


def test_the_master_key_is_set_tested_and_never_shown(
        alice: Browser, secrets: SecretWatch, upstream: Upstream) -> None:
    master = secrets.add("master key", "sk-api-ABCDabcd0123456789wxyz")
    answer = alice.ask("PUT", "/master", {"key": master, "password": PASSWORD})
    assert answer.json()["master"]["hint"] == "sk-a…wxyz"
    for path in ("/master", "/audit", "/overview", "/check"):
        assert master.encode() not in alice.ask("GET", path).body
    test = alice.ask("POST", "/master/test", {}).json()["test"]
    assert (test["ok"], test["status"], "MiniMax-M3" in test["models"]) == (True, 200, True)
    seen = [event for event in upstream.events()
            if event.get("path") == "/v1/models" and event["event"] == "received"]
    assert len(seen) == 1


def test_a_key_that_minimax_refuses(alice: Browser, secrets: SecretWatch,
                                    upstream: Upstream) -> None:
    tried = secrets.add("tried key", "sk-api-never-stored-0123456789")
    upstream.default("status=401")
    test = alice.ask("POST", "/master/test", {"key": tried}).json()["test"]
    assert (test["ok"], test["status"], test["models"]) == (False, 401, [])
    assert test["message"]


@pytest.mark.parametrize("answer", [
    b"", b"junk", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno!",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    b'HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n'
    b'{"base_resp":{"status_code":1004,"status_msg":"not you\\u0000!"}}',
    b"HTTP/1.1 500 E\r\nContent-Length: 9\r\n\r\n{\"data\":1"])
def test_an_upstream_that_is_not_minimax(
        answer: bytes, people: Admin, daemon_with, secrets: SecretWatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        alice = logged_in(daemon_with(MMX_UPSTREAM=f"http://127.0.0.1:{port}"), "alice")

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        test = alice.ask("POST", "/master/test", {}).json()["test"]
        thread.join(10)
    assert (test["ok"], test["models"]) == (False, [])
    assert test["message"] and "\x00" not in test["message"]
    assert test["code"] == (1004 if b"1004" in answer else None)


def test_nothing_to_test(people: Admin, alice: Browser, redis: RedisServer) -> None:
    redis.command("HDEL", "mmx:settings", "master")
    answer = alice.ask("POST", "/master/test", {})
    assert (answer.status, answer.code) == (409, "not_configured")
    warned = {finding["subject"]: finding for finding in get(alice, "/overview")["warnings"]}
    assert warned["master key"]["level"] == "fail" and warned["master key"]["advice"]


def test_the_overview_counts(alice: Browser, key: Key, redis: RedisServer) -> None:
    date = get(alice, "/usage")["to"]
    redis.command("HSET", f"mmx:total:{date}", "requests", 12, "denied", 3)
    redis.command("HSET", f"mmx:{{{key.id}}}", "d", date, "d.requests", 12, "m", date[:7],
                  "m.requests", 12)
    redis.command("SADD", "mmx:touched", key.id)

    def overview() -> dict:
        return get(alice, "/overview")

    wait_until(lambda: overview()["busiest"], 20, "the daemon keeps the views")
    seen = overview()
    assert (seen["today"]["requests"], seen["today"]["denied"]) == (12, 3)
    assert seen["month"]["requests"] == 12 and len(seen["days"]) == 30
    assert seen["days"][-1]["date"] == date and seen["days"][-1]["requests"] == 12
    assert (seen["keys"]["total"], seen["keys"]["active"]) == (1, 1)
    assert [item["id"] for item in seen["busiest"]] == [key.id]


def test_the_audit_trail_by_pages_and_filters(alice: Browser, key: Key) -> None:
    for number in range(7):
        alice.ask("PATCH", f"/keys/{key.id}", {"note": f"note {number}"})
    page = get(alice, f"/audit?limit=3&object={key.id}&action=key")
    seen = [entry["detail"]["note"]["to"] for entry in page["entries"]]
    assert seen == ["note 6", "note 5", "note 4"]
    assert {entry["address"] for entry in page["entries"]} == {"192.0.2.1"}
    rest = get(alice, f"/audit?limit=3&object={key.id}&action=key.set&before={page['next']}")
    assert [entry["detail"]["note"]["to"] for entry in rest["entries"]] == [
        "note 3", "note 2", "note 1"]
    last = get(alice, f"/audit?actor=user:alice&action=key.set&before={rest['next']}&limit=3")
    assert [entry["detail"]["note"]["to"] for entry in last["entries"]] == ["note 0"]
    assert last["next"] is None
    assert get(alice, "/audit?actor=user:nobody") == {"entries": [], "next": None}
    verified = alice.ask("POST", "/audit/verify").json()
    assert verified["verified"] and verified["fault"] is None and verified["entries"] >= 8
