"""A shop whose tills call."""

from pathlib import Path

import pytest

from tests.retailhq.api.calling import Till
from tests.scenarios.world import Shop


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    """Ten pieces of milk in batch A, no fallback."""
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 10)
    shop.comes_in()
    return shop


@pytest.fixture
def till(shop: Shop) -> Till:
    """May do everything in all stores, but take orders below the deposit."""
    return Till()
