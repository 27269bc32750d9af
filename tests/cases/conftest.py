"""The shop of the cases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.world import PricedShop


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Iterator[PricedShop]:
    """A shop with its files in a folder of its own; whatever a case did with files and commands, the recount agrees with the books."""
    shop = PricedShop(tmp_path)
    with shop.journal.listening():
        yield shop
        shop.journal.must_be_right()
