"""Users and tokens that look alike are one, and what nobody sees in a name is refused."""

import unicodedata

import pytest
from harness.admin import Admin, Key
from harness.cli import refused
from harness.daemon import Browser
from harness.people import PASSWORD

COMPOSED, APART = "Zoë", "Zoe\u0308"
UNSEEN = ["\u200b", "\u200d", "\u200e", "\u202e", "\u2066", "\ufeff", "\u00ad", "\ufe0f", "\u2060",
          "\u180e", "\u115f", "\u3164", "\u034f", "\u2028", "\U000e0061", "\U000e0100"]


def test_both_spellings_are_one_user(admin: Admin, alice: Browser) -> None:
    assert unicodedata.normalize("NFC", APART) == COMPOSED
    made = admin.create_key(APART)
    assert admin.json("key", "show", made.id)["key"]["user"] == COMPOSED
    answer = alice.ask("POST", "/keys", {"user": APART})
    assert answer.json()["keys"][0]["user"] == COMPOSED
    alice.daemon.watch.add("key", answer.json()["keys"][0]["key"])
    for name in (COMPOSED, APART):
        assert len(admin.json("key", "list", "--user", name)["keys"]) == 2


@pytest.mark.parametrize("character", UNSEEN, ids=lambda c: f"U+{ord(c):04X}")
def test_what_nobody_sees_is_refused_by_name_and_place(
        character: str, admin: Admin, key: Key, alice: Browser) -> None:
    told = f"U+{ord(character):04X}"
    code, message = refused(admin, "key", "create", "--user", f"al{character}ice", status=2)
    assert code == "invalid_argument" and told in message and "character 3" in message
    code, message = refused(admin, "key", "set", key.id, "--user", f"{character}x", status=2)
    assert told in message and "character 1" in message
    answer = alice.ask("PATCH", f"/keys/{key.id}", {"user": f"al{character}ice"})
    error = answer.json()["error"]
    assert (answer.status, error["field"]) == (400, "user") and told in error["message"]
    answer = alice.ask("POST", "/tokens", {"name": f"o{character}ps", "role": "viewer",
                                           "password": PASSWORD})
    assert answer.status == 400 and told in answer.json()["error"]["message"]
    row = f"mmx-{'a' * 32},al{character}ice,,\n"
    code, message = refused(admin, "key", "import", "-", stdin=row)
    assert told in message


def test_names_of_all_scripts_are_good(admin: Admin) -> None:
    for name in ("张三", "ひらがな", "한국어", "Ünïcødé", "עברית", "नमस्ते", "O'Brien & Söhne", "😀"):
        made = admin.create_key(name)
        assert admin.json("key", "show", made.id)["key"]["user"] == unicodedata.normalize(
            "NFC", name)
