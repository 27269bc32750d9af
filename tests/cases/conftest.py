"""The shop of each case, as in tests/scenarios."""

from tests.scenarios.conftest import shop

__all__ = ["shop"]
