"""A list as a file: CSV for machines and spreadsheets, XLSX with typed cells; rows are read in chunks, whatever their number.

Text that a spreadsheet would take for a formula is set off with an apostrophe in CSV; in XLSX text is written as text. Numbers stay
numbers. CSV knows no language: ISO dates, a decimal point, lines that end as spreadsheets expect.
"""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from core.access.access import Access
from core.files.rejects import harmless
from core.tables.page import ListPage

CHUNK = 500
BLOCK = 64 * 1024
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
# Excel allows 1,048,576 rows to a sheet and 32,767 characters to a cell.
ROWS_OF_A_SHEET = 1_000_000
LONGEST_CELL = 32_767
LONGEST_EXACT_NUMBER = 15

Row = list[Any]


def plain_rows(page: ListPage, rows: "QuerySet[Any, Any]", columns: Sequence[str], access: Access) -> Iterator[Row]:
    """The values of all rows in their order, read from a server-side cursor; `annotate_page` of the list runs once per chunk."""
    chosen = [(name, page.columns[name]) for name in columns]
    found = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        if page.annotate_page:
            page.annotate_page(chunk, access)
        for record in chunk:
            yield [column.plain_value(name, record) for name, column in chosen]


def headers(page: ListPage, columns: Sequence[str]) -> list[str]:
    """The names of the columns in the language of the person."""
    return [str(page.columns[name].verbose_name) for name in columns]


def csv_cell(value: Any) -> str:
    """A value as CSV shows it: plain numbers and dates, formulas with an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else harmless(str(value))


def csv_blocks(header: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file in pieces of some kilobytes."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow([harmless(name) for name in header])
    for row in rows:
        writer.writerow([csv_cell(value) for value in row])
        if buffer.tell() > BLOCK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


class Workbook:
    """Writes rows into an XLSX file on disk, one row in memory at a time; a further sheet where one is full."""

    def __init__(self, file: Any, name: str, header: Sequence[str]) -> None:
        import xlsxwriter

        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(file, options)
        self._head = self._book.add_format({"bold": True, "bottom": 1})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        # A sheet's name may not hold these characters, nor be longer than 31.
        self._name = "".join(" " if letter in "[]:*?/\\'" else letter for letter in name)[:27] or "List"
        self._header = header
        self._sheets = 0
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(self._name if self._sheets == 1 else f"{self._name} {self._sheets}")
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, max(len(self._header) - 1, 0), 18)
        for column, text in enumerate(self._header):
            self._sheet.write_string(0, column, text, self._head)
        self._row = 0

    def add(self, row: Row) -> None:
        if self._row == ROWS_OF_A_SHEET:
            self._begin_sheet()
        self._row += 1
        for column, value in enumerate(row):
            self._write(self._row, column, value)

    def _write(self, row: int, column: int, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(row, column, value)
        elif isinstance(value, int | Decimal) and len(str(value).strip("-").replace(".", "").lstrip("0")) <= LONGEST_EXACT_NUMBER:
            self._sheet.write_number(row, column, value)
        elif isinstance(value, datetime):
            # Spreadsheets know no time zones: the wall clock of the place.
            self._sheet.write_datetime(row, column, value.replace(tzinfo=None), self._moment)
        elif isinstance(value, date):
            self._sheet.write_datetime(row, column, value, self._day)
        else:
            # Longer numbers too: a spreadsheet would round them.
            self._sheet.write_string(row, column, str(value)[:LONGEST_CELL])

    def close(self) -> None:
        self._book.close()


def xlsx_blocks(name: str, header: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file in pieces, after it was written to disk as a whole."""
    with tempfile.TemporaryFile() as file:
        book = Workbook(file, name, header)
        for row in rows:
            book.add(row)
        book.close()
        file.seek(0)
        while block := file.read(BLOCK):
            yield block


def file_blocks(form: str, name: str, header: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Rows as a file of the form, `csv` or `xlsx`."""
    return csv_blocks(header, rows) if form == "csv" else xlsx_blocks(name, header, rows)
