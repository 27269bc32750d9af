"""The shop of each scenario: an empty headquarters on the real test database."""

from pathlib import Path

import pytest

from tests.scenarios.world import Shop


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    return Shop(tmp_path)
