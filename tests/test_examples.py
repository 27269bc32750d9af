"""What Hypothesis draws is the same in every run (tests/conftest.py)."""

import importlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def drawn() -> list[int]:
    """The numbers of a property."""
    found: list[int] = []

    @settings(max_examples=200, database=None)
    @given(st.integers())
    def note(number: int) -> None:
        found.append(number)

    note()
    return found


def test_examples_do_not_depend_on_what_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawn()
    (tmp_path / "odd_numbers.py").write_text("\n".join(f"NUMBER_{n} = {7_654_321_000 + n}" for n in range(500)))
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("odd_numbers")

    assert len(before) > 100
    assert drawn() == before
