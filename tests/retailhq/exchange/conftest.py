"""The broker of this test run, as tests of jobs have it; exports as their rows."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.jobs.conftest import chain, queue  # noqa: F401
from tests.oracle.commands import DONE, run

Export = Callable[..., list[list[str]]]


@pytest.fixture
def export(tmp_path: Path, db: None) -> Export:
    """Runs the command and gives all rows, the header first."""

    def rows(kind: str, *arguments: str) -> list[list[str]]:
        path = tmp_path / "rows.csv"
        answer = run("export_data", kind, str(path), *arguments)
        assert answer.status == DONE, answer
        with path.open(encoding="utf-8", newline="") as file:
            found = list(csv.reader(file))
        assert answer.data == {"kind": kind, "file": str(path), "rows": len(found) - 1}
        return found

    return rows
