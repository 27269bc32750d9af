"""What fails `make test`: less of all code or of the rules than their floors; each gap of a rule is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from slipcover import pytest_plugin

from core.lib import parsing
from tests import coverage_floor
from tests.coverage_floor import main, measure, read_floors


def file(run: int = 0, **missing: Any) -> dict[str, Any]:
    return {"executed_lines": list(range(run)), "executed_branches": [], "missing_lines": [], "missing_branches": [], **missing}


REPORT = {
    "files": {
        "orders/rules/edits.py": file(95, missing_lines=[97], missing_branches=[[96, 97], [9, 11], [20, 0], [97, 98]]),
        "orders/views/rules_page.py": file(80, missing_lines=[*range(100, 120)]),
    }
}


def test_gaps_of_rules_are_named() -> None:
    assert measure(REPORT) == (
        {"all": 87.5, "rules": 95.0},
        [
            "orders/rules/edits.py:97 was not run",
            "orders/rules/edits.py:9 never went on to line 11",
            "orders/rules/edits.py:20 never went on to the end",
        ],
    )


@pytest.mark.parametrize(
    ("floors", "status"),
    [({"all": 87.5, "rules": 95.0}, 0), ({"all": 87.6, "rules": 95.0}, 1), ({"all": 87.5, "rules": 95.1}, 1)],
)
def test_less_than_a_floor_fails(floors: dict[str, float], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage_floor, "read_floors", lambda: floors)
    (tmp_path / "coverage.json").write_text(json.dumps(REPORT))

    assert main(str(tmp_path / "coverage.json")) == status


def test_both_floors_are_set() -> None:
    assert read_floors().keys() == {"all", "rules"}
    assert all(0 < percent <= 100 for percent in read_floors().values())


def test_what_is_measured_is_not_looked_through_for_what_was_run() -> None:
    """See tests/__init__.py."""
    measured = pytest_plugin._slipcover_instance
    if measured is None:
        pytest.skip("only make test measures what is run")
    function = parsing.code
    function("A1")
    code = function.__code__

    measured.deinstrument_seen()

    assert function.__code__ is code
