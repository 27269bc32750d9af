"""Workbooks: cells as the spreadsheet shows them, and files that are made to do harm."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from core.files.source import DamagedFileError
from core.files.table import TableRow, read_table
from core.files.workbook import workbook_table
from core.lib.imports import Reject, Row
from core.lib.messages import Message
from core.lib.problems import BusinessError
from core.lib.reading_profiles import OURS
from inventory.rules.file_columns import RECEIPTS


def made(fill: Callable[[Any, Any], None], *, sheets: int = 1) -> bytes:
    """A workbook whose first sheet is filled by a function."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        first = book.add_worksheet("First")
        for number in range(1, sheets):
            book.add_worksheet(f"Other {number}").write(0, 0, "x")
        fill(book, first)
    return out.getvalue()


def read(content: bytes, sheet: str = "", notes: list[Message] | None = None) -> list[TableRow]:
    return list(workbook_table(io.BytesIO(content), "a.xlsx", sheet, [] if notes is None else notes))


def refused(content: bytes) -> str:
    with pytest.raises(BusinessError) as error:
        read(content)
    return f"{error.value.problems[0].code} {error.value.problems[0].variant}"


def test_cells_are_what_people_see() -> None:
    def fill(book: Any, sheet: Any) -> None:
        style = book.add_format
        cells: list[tuple[object, dict[str, str]]] = [
            *[("text", {}), (5012345678900, {}), (0.1 + 0.2, {}), (1234567.5, {}), (True, {}), (-3, {})],
            *[(12345, {"num_format": "00000000"}), (date(2026, 12, 1), {"num_format": "dd/mm/yyyy"})],
            *[(datetime(2026, 12, 1, 8, 30), {"num_format": 'yyyy-mm-dd "at" hh:mm'}), (0.25, {"num_format": "hh:mm"})],  # noqa: DTZ001
            *[(46357, {"num_format": "0.00"}), (2.4, {"num_format": '"$"#,##0.00'}), (123456789012345678, {})],
        ]
        for place, (value, form) in enumerate(cells):
            sheet.write(0, place, value, style(form) if form else None)
        sheet.write_formula(2, 0, "=1+1", None, 2)
        sheet.write(3, 30, "far")

    rows = read(made(fill))
    assert rows[0].cells == [
        *("text", "5012345678900", "0.3", "1234567.5", "true", "-3", "00012345", "2026-12-01", "2026-12-01 08:30:00", "06:00"),
        *("46357", "2.4", "1.23456789012346E+17"),
    ]
    assert rows[0].dates == {7, 8, 9}
    assert [(row.number, row.cells[-1], len(row.cells)) for row in rows[1:]] == [(3, "2", 1), (4, "far", 31)]


def test_sheets() -> None:
    notes: list[Message] = []
    content = made(lambda book, sheet: sheet.write(0, 0, "a"), sheets=3)
    assert [row.cells for row in read(content, notes=notes)] == [["a"]]
    assert "Other 1, Other 2" in str(notes[0])
    assert [row.cells for row in read(content, "other 2")] == [["x"]]
    with pytest.raises(BusinessError, match="no sheet 'Third'; its sheets are First, Other 1, Other 2"):
        read(content, "Third")


def receipts(fill: Callable[[Any, Any], None]) -> list[Row[Any] | Reject]:
    header = [column.name for column in RECEIPTS.columns]

    def whole(book: Any, sheet: Any) -> None:
        sheet.write_row(1, 0, header)
        fill(book, sheet)

    return list(read_table(workbook_table(io.BytesIO(made(whole)), "a.xlsx", "", []), RECEIPTS, OURS))


ROW: list[object] = ["R1", 1, "W1", "MILK", "A", 10, 2.4, "2026-11-01T08:00:00+01:00"]


def test_damage_is_named_cell_by_cell() -> None:
    def fill(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "d-mmm"})
        for row in range(5):
            sheet.write_row(2 + row, 0, [*ROW[:1], row + 1, *ROW[2:]])
            sheet.write(2 + row, 9, date(2026, 12, 1), day)
        sheet.write(3, 4, date(2026, 11, 1), day)
        sheet.write(4, 5, date(2026, 1, 2), day)
        sheet.write(5, 3, 1234567890123456789)
        sheet.write(6, 4, "#REF!")

    first, *others = receipts(fill)
    assert isinstance(first, Row)
    assert (first.number, first.value.expires_on, first.value.quantity) == (3, date(2026, 12, 1), 10)
    assert [one.code for one in others if isinstance(one, Reject)] == [
        *("SPREADSHEET_DATE", "SPREADSHEET_DATE", "SPREADSHEET_EXPONENT", "SPREADSHEET_ERROR")
    ]


def test_merged_cells_are_said_once_titles_may_be_merged() -> None:
    def title(book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 5, "Goods of November")
        sheet.write_row(2, 0, ROW)

    assert [type(row) for row in receipts(title)] == [Row]

    def merged(book: Any, sheet: Any) -> None:
        for row in range(3):
            sheet.write_row(2 + row, 0, ROW)
        sheet.merge_range(2, 2, 4, 2, "W1")

    with pytest.raises(BusinessError, match=r"The cells C3:C5 are merged"):
        receipts(merged)


def test_a_formula_without_a_value_is_named() -> None:
    content = changed(made(lambda book, sheet: sheet.write_formula(0, 0, "=1+1", None, 2)), "xl/worksheets/sheet1.xml", b"<v>2</v>", b"")
    (row,) = read(content)
    assert row.problem is not None
    assert (row.problem.code, row.problem.params) == ("SPREADSHEET_ERROR", {"cell": "A1"})


def changed(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            data = before.read(name)
            assert name != part or old in data
            after.writestr(name, data.replace(old, new) if name == part else data)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
GOOD = made(lambda book, sheet: sheet.write(0, 0, "a"))
BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (changed(GOOD, SHEET, b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', BOMB), "UNREADABLE_FILE unsafe_xml"),
        (changed(GOOD, SHEET, b"<sheetData>", b"<sheetData><"), "UNREADABLE_FILE broken_workbook"),
        (changed(GOOD, SHEET, b"<v>0</v>", b"<v>77</v>"), "UNREADABLE_FILE broken_workbook"),
        (changed(GOOD, SHEET, b"<v>0</v>", b"<v>many</v>"), "UNREADABLE_FILE broken_workbook"),
        (changed(GOOD, SHEET, b'r="A1"', b'r="ZZZ1"'), "UNREADABLE_FILE broken_workbook"),
        (changed(GOOD, SHEET, b"<v>0</v>", b"<x>" * 200 + b"</x>" * 200), "UNREADABLE_FILE broken_workbook"),
        (GOOD[:-300], "UNREADABLE_FILE broken_workbook"),
        (b"PK\x03\x04junk", "UNREADABLE_FILE broken_workbook"),
    ],
    ids=["entities", "cut", "no_text", "no_number", "far_cell", "deep", "cut_archive", "junk"],
)
def test_files_that_do_no_harm(content: bytes, said: str) -> None:
    assert refused(content) == said


def test_a_bomb_is_refused_by_what_it_says_of_itself() -> None:
    """Nothing is unpacked beyond the size that the archive states, and that is bounded."""
    content = changed(GOOD, SHEET, b"<v>0</v>", b"<v>0</v>" + b" " * 1_000_000)
    assert len(content) < 10_000
    with pytest.raises(BusinessError) as error:
        list(workbook_table(io.BytesIO(content), "a.xlsx", "", [], 100_000))
    assert (error.value.problems[0].code, error.value.problems[0].variant) == ("TOO_LARGE", "workbook")


def test_memory_stays_flat(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row in range(20_000):
            sheet.write_row(row, 0, [row, row + 1, "x"])
    tracemalloc.start()
    with path.open("rb") as stream:
        assert sum(1 for _ in workbook_table(stream, "a", "", [])) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_sheet_that_breaks_off_keeps_the_rows_before() -> None:
    def fill(book: Any, sheet: Any) -> None:
        for row in range(3):
            sheet.write(row, 0, row)

    content = changed(made(fill), SHEET, b"<v>2</v>", b"<v>2</w>")
    rows = workbook_table(io.BytesIO(content), "a.xlsx", "", [])
    assert [next(rows).cells, next(rows).cells] == [["0"], ["1"]]
    with pytest.raises(DamagedFileError) as broken:
        next(rows)
    assert broken.value.line == 2
