"""Rows of a CSV file as typed values or rejects, one at a time."""

import csv
from collections.abc import Iterator
from typing import TypeVar

from core.files.source import DamagedFileError, Line
from core.lib.csv_columns import FileFormat, HeaderError, RowReader
from core.lib.imports import Reject, Row, reject_of
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem

T = TypeVar("T")

# A quoted cell may hold line breaks, but a quote that is never closed must not swallow the file.
LONGEST_RECORD = 50


class _UnusableRowError(Exception):
    """The row that starts at the line cannot be taken apart."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem.message))
        self.problem = problem


class _Records:
    """Takes physical lines apart into cells; after a broken quote it goes on with the very next line."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._again: list[Line] = []
        self.number = 0

    def next_line(self) -> Line | None:
        """The next line that is not blank, or None at the end."""
        while True:
            line = self._again.pop() if self._again else next(self._lines, None)
            if line is None or line.data.strip() or line.too_long:
                return line

    def cells(self, line: Line) -> list[str]:
        """The cells of the record that starts with the line. Raises _UnusableRowError."""
        text = decoded(line)
        if '"' not in text:
            return text.split(",")
        taken: list[Line] = []
        try:
            cells = next(csv.reader(self._record(text, taken), strict=True))
        except (_UnusableRowError, csv.Error) as error:
            self._again.extend(reversed(taken))
            if isinstance(error, _UnusableRowError):
                raise
            raise _UnusableRowError(Problem("BAD_CSV", f"The quotes of the row do not match ({error}).")) from None
        return cells

    def _record(self, first: str, taken: list[Line]) -> Iterator[str]:
        yield f"{first}\n"
        while len(taken) < LONGEST_RECORD:
            line = self._again.pop() if self._again else next(self._lines, None)
            if line is None:
                break
            taken.append(line)
            yield f"{decoded(line)}\n"
        raise _UnusableRowError(Problem("BAD_CSV", "A quote that opens in the row is not closed."))


def decoded(line: Line) -> str:
    """The text of a line. Raises _UnusableRowError."""
    if line.too_long:
        raise _UnusableRowError(Problem("TOO_LARGE", "The row has more than a million characters."))
    try:
        return line.data.decode()
    except UnicodeDecodeError as error:
        text = f"Byte {error.start + 1} of the row is not UTF-8; save the file as UTF-8."
        raise _UnusableRowError(Problem("BAD_ENCODING", text)) from None


def read_csv(lines: Iterator[Line], wanted: FileFormat[T]) -> Iterator[Row[T] | Reject]:
    """Reads the header at once, then the rows one by one.

    Raises BusinessError (UNREADABLE_FILE, WRONG_COLUMNS, BAD_ENCODING, TOO_LARGE) for a header that cannot be used; a bad row is a Reject.
    """
    records = _Records(lines)
    try:
        first = records.next_line()
        header = records.cells(first) if first else []
        reader = wanted.reader(header)
    except _UnusableRowError as error:
        raise BusinessError(Problem(error.problem.code, f"The header row cannot be read. {error}")) from None
    except DamagedFileError as error:
        raise BusinessError(Problem("UNREADABLE_FILE", f"The file cannot be read: {error.reason}. Get it again.")) from None
    except HeaderError as error:
        raise BusinessError(*error.problems) from None
    return _rows(records, reader)


def _rows(records: _Records, reader: RowReader[T]) -> Iterator[Row[T] | Reject]:
    while line := records.next_line():
        try:
            cells = records.cells(line)
        except _UnusableRowError as error:
            yield reject_of(line.number, "", error.problem)
            continue
        key = reader.key(cells)
        if len(cells) != reader.width:
            message = f"The row has {len(cells)} cells, the header {reader.width}; correct its commas and quotes."
            yield reject_of(line.number, key, Problem("BAD_CSV", message))
            continue
        try:
            yield Row(line.number, key, reader.read(cells))
        except FieldError as error:
            yield reject_of(line.number, key, error.problem)
