"""What goes wrong under an open page of the console leaves no button dead, and loses nothing that
was typed."""

from harness.console import Console, in_every_way, names


@in_every_way
def test_files_that_are_gone_are_said_and_asked_for_again(console: Console, lang: str,
                                                          width: int) -> None:
    console.play("gone_files", lang=lang, width=width, admin=console.admin,
                 id=console.stand.key().id)


@in_every_way
def test_login_comes_over_the_page_when_the_session_ends(console: Console, lang: str,
                                                         width: int) -> None:
    user = f"typed before the end {next(names)}"
    console.play("session_end", lang=lang, width=width, admin=console.admin, user=user)
    made = console.stand.admin.json("key", "list", "--user", user)["keys"]
    assert [key["day"]["limit"] for key in made] == [77]


@in_every_way
def test_quick_clicks_disable_one_key_and_that_can_be_undone(console: Console, lang: str,
                                                             width: int) -> None:
    user = f"neighbour {next(names)}"
    keys = [console.stand.key(user=user) for _ in range(2)]
    console.play("in_place", lang=lang, width=width, admin=console.admin, user=user)
    listed = console.stand.admin.json("key", "list", "--user", user)["keys"]
    assert sorted(key["status"] for key in listed) == ["active", "disabled"]
    assert {key["id"] for key in listed} == {key.id for key in keys}


@in_every_way
def test_filled_form_is_thrown_away_only_after_a_question(console: Console, lang: str,
                                                          width: int) -> None:
    console.play("discard", lang=lang, width=width, admin=console.admin)


@in_every_way
def test_stale_figures_are_said_in_sight(console: Console, lang: str, width: int) -> None:
    key = console.stand.key(user="somebody")
    for number in range(25):
        console.stand.key(user=f"filler {number}")
    pages = {"overview": "overview", "keys": "keys", "key": f"keys/{key.id}"}
    console.play("stale", lang=lang, width=width, admin=console.admin, pages=pages)
