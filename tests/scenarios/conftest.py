"""The shop of each scenario: an empty headquarters on the real test database, whose books are recounted at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.world import Shop


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Iterator[Shop]:
    """A shop whose story is written down; whatever a test did with files and commands, the recount agrees with the books."""
    shop = Shop(tmp_path)
    with shop.journal.listening():
        yield shop
        shop.journal.must_be_right()
