"""The console behind a front that has it below a path, in a browser."""

from collections.abc import Iterator

import pytest
from harness.console import Console, in_every_way, names, running_console


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("below"), path="/tools/gate") as running:
        yield running


@in_every_way
def test_all_that_the_page_needs_is_below_that_path(below: Console, lang: str, width: int) -> None:
    user = f"below {next(names)}"
    below.play("below_a_path", lang=lang, width=width, admin=below.admin, user=user)
    assert len(below.stand.admin.json("key", "list", "--user", user)["keys"]) == 1
