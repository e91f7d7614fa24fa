"""The console that the tests of a file share."""

from collections.abc import Iterator

import pytest
from harness.console import Console, running_console


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("console")) as running:
        yield running
