"""The file of refused rows: beside the file, harmless in a spreadsheet, gone when nothing is refused."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files.rejects import RejectsFile, harmless
from core.lib.imports import Reject
from core.lib.messages import as_written


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_it_is_written_beside_the_file(tmp_path: Path) -> None:
    with RejectsFile(str(tmp_path / "a.csv")) as rejects:
        rejects.write([Reject(3, "A/1", "BAD_NUMBER", as_written("quantity 'x' is not a number."))])
    assert rejects.path == tmp_path / "a.csv.rejected.csv"
    assert rows_of(rejects.path) == [["row", "key", "code", "message"], ["3", "A/1", "BAD_NUMBER", "quantity 'x' is not a number."]]


def test_what_an_earlier_import_left_goes(tmp_path: Path) -> None:
    old = tmp_path / "a.csv.rejected.csv"
    old.write_text("old")
    with RejectsFile(str(tmp_path / "a.csv")) as rejects:
        rejects.write([])
    assert rejects.path is None
    assert not old.exists()


@pytest.mark.parametrize("key", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_set_off(tmp_path: Path, key: str) -> None:
    with RejectsFile(str(tmp_path / "a.csv")) as rejects:
        rejects.write([Reject(1, key, "BAD_VALUE", as_written(key))])
    assert rejects.path
    row = rows_of(rejects.path)[1]
    assert row[1] == row[3] == f"'{key}"


@given(st.text())
def test_no_cell_starts_a_formula(text: str) -> None:
    assert harmless(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}


def test_halves_of_surrogate_pairs_are_escaped(tmp_path: Path) -> None:
    with RejectsFile(str(tmp_path / "a.csv")) as rejects:
        rejects.write([Reject(1, "a\ud800", "BAD_TEXT", as_written("x"))])
    assert rejects.path
    assert rows_of(rejects.path)[1][1] == "a\\ud800"


def test_a_folder_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file from a read-only medium: its rejects go to the current folder."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    with RejectsFile(str(tmp_path / "gone" / "a.csv")) as rejects:
        rejects.write([Reject(1, "A", "BAD_VALUE", as_written("x"))])
    assert rejects.path == here / "a.csv.rejected.csv"


def test_rejects_of_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with RejectsFile("-") as rejects:
        rejects.write([Reject(1, "A", "BAD_VALUE", as_written("x"))])
    assert (tmp_path / "stdin.rejected.csv").exists()
