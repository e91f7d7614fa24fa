"""key import: keys that people hold already, all or nothing."""

import pytest
from harness.admin import Admin
from harness.cli import refused
from harness.redis import RedisServer


def key_text(number: int, length: int = 16) -> str:
    return "mmx-" + f"Imported{number}".ljust(length, "x")


def import_text(admin: Admin, text: str | bytes, name: str = "keys.csv") -> list[dict]:
    file = admin.folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return admin.json("key", "import", file)["keys"]


def test_imported_keys_are_the_ones_people_hold(admin: Admin, redis: RedisServer) -> None:
    keys = [admin.known(str(number) * 32, key_text(number, length)).key
            for number, length in enumerate((16, 17, 32, 64))]
    lines = [f"{key},user {number},{number},{10 * number}" for number, key in enumerate(keys)]
    made = import_text(admin, "\n".join(lines))
    assert [set(item) for item in made] == [{"id", "hint", "user"}] * 4
    for number, (key, item) in enumerate(zip(keys, made)):
        assert admin.json("key", "reveal", item["id"])["key"] == key
        assert admin.json("key", "show", "-", stdin=key)["key"]["user"] == f"user {number}"
        assert redis.record(item["id"]) == {
            "state": "active", "day": str(number), "month": str(10 * number)}
    assert redis.command("ZCARD", "mmx:index") == 4


def test_header_quotes_marks_and_line_ends_are_understood(admin: Admin) -> None:
    admin.run("settings", "set", "--default-day", 11, "--default-month", 12)
    first, second, third = (admin.known(str(n) * 32, key_text(n)).key for n in range(3))
    made = import_text(admin, (
        "\ufeffkey,user,day,month,note\r\n"
        f'{first},"Wang, ""Lao"" Wu",1,2,"two\r\nlines"\r\n'
        "\r\n"
        f"{second},张三,,\r\n"
        f'"{third}",c,"3",4,').encode().replace(b"two\r\n", b"two\n"))
    shown = [admin.json("key", "show", item["id"])["key"] for item in made]
    assert [item["user"] for item in shown] == ['Wang, "Lao" Wu', "张三", "c"]
    assert [item["note"] for item in shown] == ["two\nlines", "", ""]
    assert [(item["day"]["limit"], item["month"]["limit"]) for item in shown] == [
        (1, 2), (11, 12), (3, 4)]


def test_standard_input_is_a_file_too(admin: Admin) -> None:
    key = admin.known("0" * 32, key_text(1))
    made = admin.json("key", "import", "-", stdin=f"{key.key},u,1,2\n")
    assert made["keys"][0]["user"] == "u"


@pytest.mark.parametrize("line, expected", [
    ("mmx-short,u,1,2", "key: expected mmx-"),
    ("sk-aaaaaaaaaaaaaaaaaaaa,u,1,2", "key: expected mmx-"),
    ("mmx-" + "a" * 65 + ",u,1,2", "key: expected mmx-"),
    ("mmx-aaaaaaaaaaaaaaa!,u,1,2", "key: expected mmx-"),
    ("mmx-aaaaaaaaaaaaaaaa,,1,2", "user is empty"),
    ("mmx-aaaaaaaaaaaaaaaa,\x07,1,2", "user holds a control character"),
    ("mmx-aaaaaaaaaaaaaaaa," + "u" * 129 + ",1,2", "user is 129 bytes long"),
    ("mmx-aaaaaaaaaaaaaaaa,u,-1,2", "day: expected a whole number"),
    ("mmx-aaaaaaaaaaaaaaaa,u,1,1.5", "month: expected a whole number"),
    ("mmx-aaaaaaaaaaaaaaaa,u,9007199254740992,1", "day: expected a whole number"),
    ("mmx-aaaaaaaaaaaaaaaa,u,1", "has 3 fields"),
    ("mmx-aaaaaaaaaaaaaaaa,u,1,2,n,x", "has 6 fields"),
    ("mmx-aaaaaaaaaaaaaaaa,u,1,2," + "n" * 1025, "note is 1025 bytes long"),
    ('mmx-aaaaaaaaaaaaaaaa,u"x",1,2', "a quote inside a field"),
    ('mmx-aaaaaaaaaaaaaaaa,"u"x,1,2', "where a comma or the end of the line"),
    ("mmx-aaaaaaaaaaaaaaaa,u\r,1,2", "where a comma or the end of the line"),
    ('mmx-aaaaaaaaaaaaaaaa,"u,1,2', "opens a quote that nothing closes"),
    (key_text(1) + ",u,1,2", "stands in line 2 already"),
    (key_text(99) + ",u,1,2", "exists already"),
])
def test_one_wrong_line_imports_nothing_and_is_named(
        admin: Admin, redis: RedisServer, line: str, expected: str) -> None:
    admin.known("0" * 32, key_text(1))
    import_text(admin, f"{admin.known('9' * 32, key_text(99)).key},old,1,1\n")
    before = sorted(redis.command("KEYS", "*")), admin.json("audit")
    text = f"key,user,day,month\n{key_text(1)},good,1,2\n{key_text(2)},good,1,2\n{line}\n"
    code, message = refused(admin, "key", "import", "-", stdin=text)
    assert code == "invalid_input" and "nothing was imported" in message
    assert "line 4: " in message and expected in message
    assert "mmx-aaaa" not in message and "Imported" not in message
    assert (sorted(redis.command("KEYS", "*")), admin.json("audit")) == before


def test_twenty_wrong_lines_are_shown_and_the_rest_counted(admin: Admin) -> None:
    text = "".join(f"wrong{number},u,1,2\n" for number in range(50))
    message = refused(admin, "key", "import", "-", stdin=text)[1]
    assert message.count("\n  line ") == 20 and "wrong lines: 50" in message
    assert "line 1:" in message and "line 20:" in message and "and 30 more" in message


def test_lines_are_counted_through_quotes(admin: Admin) -> None:
    text = f'{admin.known("0" * 32, key_text(1)).key},u,1,2,"a\nb\nc"\nwrong,u,1,2\n'
    assert "line 4: key" in refused(admin, "key", "import", "-", stdin=text)[1]


@pytest.mark.parametrize("text", ["", "\n\n", "key,user,day,month\n"])
def test_a_file_without_keys_is_refused(admin: Admin, text: str) -> None:
    code, message = refused(admin, "key", "import", "-", stdin=text)
    assert code == "invalid_input" and "expected 1 to 10000" in message


def test_more_keys_than_one_batch_are_refused(admin: Admin) -> None:
    text = "".join(f"mmx-{number:016d},u,1,2\n" for number in range(10001))
    assert "expected 1 to 10000" in refused(admin, "key", "import", "-", stdin=text)[1]
    assert admin.json("key", "list")["total"] == 0
    text = text[:text.rindex("mmx-")]
    assert len(admin.json("key", "import", "-", stdin=text)["keys"]) == 10000


def test_a_missing_file_is_told(admin: Admin) -> None:
    code, message = refused(admin, "key", "import", "/nonexistent.csv")
    assert code == "not_found" and "/nonexistent.csv" in message


def test_a_folder_is_no_file(admin: Admin) -> None:
    assert refused(admin, "key", "import", admin.folder)[0] == "not_found"
