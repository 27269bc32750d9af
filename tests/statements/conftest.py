"""Fixtures of the posting engine's tests."""

import pytest

from tests.statements.town import Town


@pytest.fixture
def town(db: None) -> Town:
    """An empty town in a transaction that is rolled back after the test: what posting commits are savepoints in it."""
    return Town()


@pytest.fixture
def real_town(transactional_db: None) -> Town:
    """An empty town with real commits, for what needs a second connection or the end of a transaction; emptying the tables is slow."""
    return Town()
