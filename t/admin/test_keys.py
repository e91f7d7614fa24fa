"""Gateway keys over HTTP: made, listed, changed in one go, exported, looked up by their holders."""

import csv
import io
import time

import pytest
from harness.admin import Admin, Key
from harness.daemon import Browser, Daemon
from harness.people import PASSWORD, logged_in
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch


@pytest.fixture
def alice(people: Admin, daemon: Daemon) -> Browser:
    return logged_in(daemon, "alice")


def create(browser: Browser, secrets: SecretWatch, **members: object) -> list[Key]:
    answer = browser.ask("POST", "/keys", {"user": "u"} | members)
    assert answer.status == 201, answer.body
    return [Key(item["id"], secrets.add("key", item["key"])) for item in answer.json()["keys"]]


def get(browser: Browser, path: str) -> dict:
    answer = browser.ask("GET", path)
    assert answer.status == 200, answer.body
    return answer.json()


def test_made_shown_changed_and_deleted(alice: Browser, secrets: SecretWatch) -> None:
    expiry = int(time.time()) + 86400
    made, = create(alice, secrets, user="王小明", day=5, month=9, expires_at=expiry,
                   networks=["192.0.2.0/24"], note="a\nb")
    shown = get(alice, f"/keys/{made.id}")["key"]
    assert (shown["user"], shown["note"], shown["status"]) == ("王小明", "a\nb", "active")
    assert (shown["day"]["limit"], shown["month"]["remaining"]) == (5, 9)
    assert shown["day"]["resets_at"].endswith("T00:00:00+08:00")
    assert shown["day"]["resets_at_unix"] <= shown["month"]["resets_at_unix"]
    assert (shown["expires_at_unix"], shown["networks"]) == (expiry, ["192.0.2.0/24"])

    changed = alice.ask("PATCH", f"/keys/{made.id}", {
        "enabled": False, "day": 0, "note": "", "networks": [], "expires_at": None}).json()["key"]
    assert (changed["status"], changed["day"]["limit"], changed["day"]["remaining"]) == (
        "disabled", 0, None)
    assert (changed["note"], changed["networks"], changed["expires_at"]) == ("", [], None)
    assert (changed["month"]["limit"], changed["user"]) == (9, "王小明")

    revealed = alice.ask("POST", f"/keys/{made.id}/reveal", {"password": PASSWORD})
    assert revealed.json() == {"id": made.id, "key": made.key}
    assert alice.ask("DELETE", f"/keys/{made.id}").json() == {"deleted": made.id}
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/usage"), ("POST", "/rotate")):
        body = {"password": PASSWORD} if method == "POST" else None
        assert alice.ask(method, f"/keys/{made.id}{path}", body).status == 404


def test_reveal_wants_the_password_again(alice: Browser, secrets: SecretWatch) -> None:
    made, = create(alice, secrets)
    secrets.add("wrong password", "certainly not the one")
    for body, status in (({}, 400), ({"password": "certainly not the one"}, 401)):
        answer = alice.ask("POST", f"/keys/{made.id}/reveal", body)
        assert (answer.status, answer.json()["error"]["field"]) == (status, "password")


def test_pages_filters_and_search(alice: Browser, secrets: SecretWatch) -> None:
    keys = [create(alice, secrets, user=f"user{number % 3}", note=f"number {number}")[0]
            for number in range(7)]
    page = get(alice, "/keys?limit=3&offset=2&sort=created&order=asc")
    whole = get(alice, "/keys?sort=created&order=asc")["keys"]
    assert {item["id"] for item in whole} == {key.id for key in keys}
    assert [item["id"] for item in page["keys"]] == [item["id"] for item in whole[2:5]]
    assert (page["total"], page["offset"], page["limit"], page["utc_offset"]) == (7, 2, 3, "UTC+8")
    assert get(alice, "/keys?user=user0")["total"] == 3
    assert get(alice, "/keys?search=NUMBER")["total"] == len(keys)
    assert get(alice, f"/keys?search={keys[4].id[:8]}")["keys"][0]["id"] == keys[4].id
    found = alice.ask("POST", "/keys/search", {"key": keys[3].key}).json()
    assert [item["id"] for item in found["keys"]] == [keys[3].id]
    unknown = alice.ask("POST", "/keys/search", {"key": "mmx-" + "a" * 32}).json()
    assert (unknown["keys"], unknown["total"]) == ([], 0)
    in_address = alice.ask("GET", f"/keys?search={keys[3].key}")
    assert (in_address.status, in_address.json()["error"]["field"]) == (400, "search")


def test_a_batch_is_one_action(alice: Browser, secrets: SecretWatch, admin: Admin) -> None:
    ids = [key.id for key in create(alice, secrets, count=1000)]
    assert get(alice, "/keys?limit=1")["total"] == 1000
    gone = "f" * 32
    answer = alice.ask("POST", "/keys/batch", {"action": "disable", "ids": [*ids[:500], gone]})
    assert answer.json() == {"changed": 500, "missing": [gone]}
    assert get(alice, "/keys?status=disabled&limit=1")["total"] == 500
    alice.ask("POST", "/keys/batch", {"action": "enable", "ids": ids[:100]})
    assert get(alice, "/keys?status=disabled&limit=1")["total"] == 400
    answer = alice.ask("POST", "/keys/batch", {"action": "delete", "ids": ids[:999] + ids[:1],
                                                     "password": PASSWORD})
    assert answer.json() == {"changed": 999, "missing": []}
    assert get(alice, "/keys")["total"] == 1
    entry = admin.json("audit", "--limit", 1)["entries"][0]
    assert (entry["actor"], entry["address"], entry["action"]) == (
        "user:alice", "192.0.2.1", "key.delete")


def test_a_key_may_keep_an_expiry_that_has_passed_but_is_given_none(
        alice: Browser, secrets: SecretWatch, redis: RedisServer) -> None:
    past = int(time.time()) - 60
    refused = alice.ask("POST", "/keys", {"user": "u", "expires_at": past})
    assert (refused.status, refused.json()["error"]["field"]) == (400, "expires_at")
    made, = create(alice, secrets, expires_at=past + 3600)
    redis.command("HSET", f"mmx:{{{made.id}}}", "expires_at", past)
    answer = alice.ask("PATCH", f"/keys/{made.id}", {"expires_at": past, "note": "late"})
    assert answer.json()["key"]["status"] == "expired"
    assert alice.ask("PATCH", f"/keys/{made.id}", {"expires_at": past + 1}).status == 400


def test_the_export_holds_every_key_and_no_formula(alice: Browser, secrets: SecretWatch) -> None:
    # With the full-width forms: spreadsheets of China and Japan take them for the plain ones.
    hostile = ['=1+1', '+1', '-1', '@x', "＝1+1", "＋1", "－1", "＠x", 'a "quoted", one', "<script>",
               "line\nbreak", "王小明"]
    starters = tuple("=+-@＝＋－＠")
    for note in hostile:
        create(alice, secrets, user=note.replace("\n", " "), note=note)
    create(alice, secrets, count=600)
    answer = alice.ask("GET", "/keys.csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="mmx-keys-')
    assert answer.body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(hostile) + 600
    guarded = [f"'{text}" if text.startswith(starters) else text for text in hostile]
    assert sorted(row["note"] for row in rows if row["note"]) == sorted(guarded)
    assert all(not value.startswith(starters) for row in rows
               for value in row.values())
    assert len(alice.ask("GET", "/keys.csv?search=script").body.splitlines()) == 2


def test_the_holder_of_a_key_sees_its_usage_and_nobody_elses(
        daemon: Daemon, admin: Admin, redis: RedisServer) -> None:
    key = admin.create_key("u", day=10)
    today = daemon.ask("GET", "/public/usage", headers={"X-Api-Key": key.key}).json()
    assert (today["key"]["day"]["limit"], today["key"]["status"]) == (10, "active")
    assert len(today["usage"]["days"]) == 30
    gone = admin.create_key("u")
    admin.run("key", "delete", gone.id, "--yes")
    others = ["mmx-" + "a" * 32, gone.key, "mmx-short", "sk-api-other", "", "mmx-\u00e9"]
    answers = {daemon.ask("GET", "/public/usage", headers={
        "X-Api-Key": text.encode("latin-1")}).body for text in others}
    assert len(answers) == 1 and b"invalid_credentials" in answers.pop()
    assert daemon.ask("GET", "/public/usage").status == 401


def test_a_rotated_key_is_looked_up_for_as_long_as_it_works(
        daemon: Daemon, admin: Admin, secrets: SecretWatch) -> None:
    old = admin.create_key("u")
    new = admin.json("key", "rotate", old.id, "--grace", "1h")
    secrets.add("rotated key", new["key"])
    ended = admin.create_key("u")
    secrets.add("rotated key", admin.json("key", "rotate", ended.id, "--grace", "0")["key"])

    def status(key: str) -> int:
        return daemon.ask("GET", "/public/usage", headers={"X-Api-Key": key}).status

    assert (status(old.key), status(new["key"]), status(ended.key)) == (200, 200, 401)


def test_look_ups_of_one_address_are_throttled(daemon: Daemon, key: Key) -> None:
    def status(address: str) -> int:
        answer = daemon.ask("GET", "/public/usage",
                            headers={"X-Api-Key": key.key, "X-Real-IP": address})
        assert answer.status == 200 or int(answer.headers["retry-after"]) > 0
        return answer.status

    answers = [status("192.0.2.7") for _ in range(70)]
    assert answers[:30] == [200] * 30 and 429 in answers
    assert status("192.0.2.8") == 200
    answers = [status(f"2001:db8:1:2::{number:x}") for number in range(70)]
    assert answers[:30] == [200] * 30 and 429 in answers, "a /64 counts as one"
    assert status("2001:db8:1:3::1") == 200
