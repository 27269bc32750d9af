"""A town on real tables: several connections work on it at once."""

import pytest

from tests.statements.town import Town


@pytest.fixture
def town(transactional_db: None) -> Town:
    return Town()
