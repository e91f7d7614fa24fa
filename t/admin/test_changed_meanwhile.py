"""Two admins who change the same thing: If-Match refuses what was changed meanwhile."""

import pytest
from harness.admin import Key
from harness.contract import operations
from harness.daemon import Answer, Browser
from harness.people import PASSWORD
from harness.redis import RedisServer


def patch(browser: Browser, path: str, body: dict, tag: str = "") -> Answer:
    return browser.ask("PATCH", path, body, headers={"If-Match": tag})


AGAIN = {"password": PASSWORD}
CHANGES = {
    "key": lambda key: (f"/keys/{key.id}", {"day": 7}, {"note": "mine"}),
    "settings": lambda key: ("/settings", AGAIN | {"default_day": 7},
                             AGAIN | {"retention_days": 90}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_what_has_changed_is_refused(what: str, alice: Browser, key: Key) -> None:
    path, mine, theirs = CHANGES[what](key)
    seen = alice.ask("GET", path).headers["etag"]
    assert alice.ask("GET", path).headers["etag"] == seen
    done = patch(alice, path, theirs)  # somebody else, who does not ask
    assert done.status == 200
    before = alice.ask("GET", path).json()
    refused = patch(alice, path, mine, seen)
    assert (refused.status, refused.code) == (412, "changed_meanwhile")
    assert "look at it again" in refused.json()["error"]["message"]
    assert alice.ask("GET", path).json() == before
    now = done.headers["etag"]
    assert now != seen and alice.ask("GET", path).headers["etag"] == now
    assert patch(alice, path, mine, now).status == 200


def test_each_setting_is_part_of_what_was_seen(alice: Browser) -> None:
    changes = {"timezone": "Asia/Tokyo", "default_day": 7, "default_month": 70,
               "retention_days": 90, "refund_bound": 5, "language": "zh", "contact": "ask Wang"}
    assert (changes | AGAIN).keys() == operations()["changeSettings"].body["properties"].keys()
    seen = alice.ask("GET", "/settings").headers["etag"]
    for name, value in changes.items():
        done = alice.ask("PATCH", "/settings", AGAIN | {name: value})
        assert done.status == 200 and done.headers["etag"] != seen, name
        assert patch(alice, "/settings", AGAIN | {"default_day": 1}, seen).status == 412, name
        seen = done.headers["etag"]


def test_an_account_changed_meanwhile_is_left_alone(alice: Browser) -> None:
    def tag() -> str:
        users = alice.ask("GET", "/users").json()["users"]
        return next(user["etag"] for user in users if user["name"] == "bob")

    seen = tag()
    body = AGAIN | {"role": "admin"}
    first = patch(alice, "/users/bob", body, seen)
    assert first.status == 200 and first.headers["etag"] == tag() != seen
    refused = patch(alice, "/users/bob", body | {"role": "viewer"}, seen)
    assert (refused.status, refused.code) == (412, "changed_meanwhile")
    assert patch(alice, "/users/bob", body | {"role": "viewer"}, tag()).status == 200


def test_a_list_of_keys_says_what_was_seen(alice: Browser, key: Key) -> None:
    def tag() -> str:
        keys = alice.ask("GET", "/keys").json()["keys"]
        return next(one["etag"] for one in keys if one["id"] == key.id)

    seen = tag()
    assert seen == alice.ask("GET", f"/keys/{key.id}").headers["etag"]
    found = alice.ask("POST", "/keys/search", {"key": key.key}).json()["keys"]
    assert [one["etag"] for one in found] == [seen]
    assert patch(alice, f"/keys/{key.id}", {"enabled": False}, seen).status == 200
    assert tag() != seen
    assert patch(alice, f"/keys/{key.id}", {"enabled": True}, seen).status == 412
    assert patch(alice, f"/keys/{key.id}", {"enabled": True}, tag()).status == 200


def test_use_is_no_change(alice: Browser, key: Key, redis: RedisServer) -> None:
    seen = alice.ask("GET", f"/keys/{key.id}").headers["etag"]
    redis.command("HSET", f"mmx:{{{key.id}}}", "d", "2026-11-22", "d.requests", "5")
    redis.command("HSET", f"mmx:{{{key.id}}}:about", "last_used_at", "1790000000")
    assert patch(alice, f"/keys/{key.id}", {"day": 3}, seen).status == 200


@pytest.mark.parametrize("spelled, taken", [
    ("{}", True), ("*", True), ("W/{}", True), ('"other", {}', True), ('"other"', False),
    ("", True), ("nonsense", False), ('""', False)])
def test_forms_of_the_header(spelled: str, taken: bool, alice: Browser, key: Key) -> None:
    tag = alice.ask("GET", f"/keys/{key.id}").headers["etag"]
    answer = patch(alice, f"/keys/{key.id}", {"day": 3}, spelled.format(tag))
    assert answer.status == (200 if taken else 412)
