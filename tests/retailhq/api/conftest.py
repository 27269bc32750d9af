"""A shop whose tills call."""

from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.retailhq.api.calling import Till
from tests.scenarios.world import Shop
from tests.shared import make_once


def fill(shop: Shop) -> Shop:
    """Ten pieces of milk in batch A, no fallback."""
    shop.sells_item()
    shop.has("A", 10)
    shop.comes_in()
    return shop


def make_shop() -> Shop:
    with TemporaryDirectory() as folder:
        return fill(Shop(Path(folder)))


made_shop = make_once(make_shop)


@pytest.fixture
def shop(tmp_path: Path, made_shop: Shop, db: None) -> Shop:
    """The shop of `make_shop`, its files in the test's own folder."""
    shop = deepcopy(made_shop)
    shop.folder = tmp_path
    return shop


@pytest.fixture
def till(shop: Shop) -> Till:
    """May do everything in all stores, but take orders below the deposit."""
    return Till()
