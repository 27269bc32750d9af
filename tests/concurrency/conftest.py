"""A chain and a shop on real tables: several connections work on them at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.scenarios.world import Shop
from tests.statements.retail_chain import RetailChain


@pytest.fixture
def chain(transactional_db: None) -> RetailChain:
    return RetailChain()


@pytest.fixture
def shop(tmp_path: Path, transactional_db: None) -> Iterator[Shop]:
    """Five pieces of one batch; both default batches are on."""
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.orders_fall_back()
    shop.falls_back()
    shop.has("A", 5)
    yield shop
    connection.close()
