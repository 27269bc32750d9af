"""The test suite; a package, so that tests share code by absolute import."""

from slipcover import pytest_plugin


def exchange_no_functions() -> None:
    """In place of what SlipCover does by itself whenever a line was met fifty times.

    It looks through all modules for functions that were run, and exchanges them for ones that no longer report: some hundred times in each
    worker of `make test`, for nothing, since a line that was met before costs next to nothing.
    """


if pytest_plugin._slipcover_instance is not None:
    pytest_plugin._slipcover_instance.deinstrument_seen = exchange_no_functions
