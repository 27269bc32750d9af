"""Any file that is a table, of text or a workbook, as typed rows: the one reader of imports, corrections and previews."""

from collections.abc import Iterator
from typing import TypeVar

from core.files.csv_rows import csv_table
from core.files.source import Content, DamagedFileError, Source
from core.files.table import TableRow, read_table
from core.lib.csv_columns import FileFormat
from core.lib.imports import Reject, Row
from core.lib.problems import BusinessError, Problem
from core.lib.reading_profiles import OURS, ReadingProfile

T = TypeVar("T")


def table_of(source: Source, kind: str, profile: ReadingProfile = OURS) -> Iterator[TableRow]:
    """The rows as cells, the names of the columns among them. Raises BusinessError WRONG_COLUMNS for XML, and what its reader does."""
    if source.content == Content.XML:
        raise BusinessError(Problem("WRONG_COLUMNS", {"kind": kind}, variant="xml"))
    if source.content == Content.WORKBOOK:
        # Few imports read a workbook; every command would pay for its reader.
        from core.files.workbook import MOST_UNPACKED, workbook_table

        most_bytes = min(MOST_UNPACKED, source.most.bytes) if source.most else MOST_UNPACKED
        rows = workbook_table(source.stream, source.name, profile.sheet, source.notes, most_bytes)
        return _at_most(rows, source.most.lines) if source.most else rows
    return csv_table(source.lines(profile.encoding), profile.delimiter)


def _at_most(rows: Iterator[TableRow], most: int) -> Iterator[TableRow]:
    """The rows. Raises DamagedFileError where one is further down."""
    for row in rows:
        if row.number > most:
            raise DamagedFileError(most, f"more than {most} lines")
        yield row


def read_rows(source: Source, columns: FileFormat[T], profile: ReadingProfile = OURS) -> Iterator[Row[T] | Reject]:
    """The rows of a table as values or rejects. Raises BusinessError for a file that cannot be used."""
    return read_table(table_of(source, columns.kind, profile), columns, profile, source.notes)
