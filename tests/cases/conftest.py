"""The shop of the cases."""

from pathlib import Path

import pytest

from tests.cases.world import PricedShop


@pytest.fixture
def shop(db: None, tmp_path: Path) -> PricedShop:
    """A shop with its files in a folder of its own."""
    return PricedShop(tmp_path)
