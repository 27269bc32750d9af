"""Fixtures of the posting engine's tests."""

import pytest

from tests.statements.retail_chain import RetailChain


@pytest.fixture
def chain(db: None) -> RetailChain:
    """An empty chain in a transaction that is rolled back after the test: what posting commits are savepoints in it."""
    return RetailChain()


@pytest.fixture
def real_town(transactional_db: None) -> RetailChain:
    """An empty chain with real commits, for what needs a second connection or the end of a transaction; emptying the tables is slow."""
    return RetailChain()
