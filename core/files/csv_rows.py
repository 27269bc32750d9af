"""Rows of a CSV file as typed values or rejects, one at a time."""

import csv
from collections.abc import Iterator
from typing import TypeVar

from core.files.source import DamagedFileError, Line
from core.lib.csv_columns import FileFormat, HeaderError, RowReader
from core.lib.imports import Reject, Row, reject_of
from core.lib.messages import Message
from core.lib.parsing import FieldError
from core.lib.problems import AS_WRITTEN, BusinessError, Problem

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
            raise _UnusableRowError(Problem("BAD_CSV", {"reason": str(error)}, variant="quotes")) from None
        return cells

    def _record(self, first: str, taken: list[Line]) -> Iterator[str]:
        yield f"{first}\n"
        while len(taken) < LONGEST_RECORD:
            line = self._again.pop() if self._again else next(self._lines, None)
            if line is None:
                break
            taken.append(line)
            yield f"{decoded(line)}\n"
        raise _UnusableRowError(Problem("BAD_CSV", variant="open_quote"))


def decoded(line: Line) -> str:
    """The text of a line. Raises _UnusableRowError."""
    if line.too_long:
        raise _UnusableRowError(Problem("TOO_LARGE", variant="row"))
    try:
        return line.data.decode()
    except UnicodeDecodeError as error:
        raise _UnusableRowError(Problem("BAD_ENCODING", {"byte": error.start + 1}, variant="byte")) from None


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
        raise BusinessError(
            Problem(
                error.problem.code,
                {"text": Message("The header row cannot be read. {reason}", {"reason": error.problem.message})},
                variant=AS_WRITTEN,
            )
        ) from None
    except DamagedFileError as error:
        raise BusinessError(Problem("UNREADABLE_FILE", {"reason": error.reason}, variant="reading")) from None
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
            problem = Problem("BAD_CSV", {"cells": len(cells), "columns": reader.width}, variant="cells")
            yield reject_of(line.number, key, problem)
            continue
        try:
            yield Row(line.number, key, reader.read(cells))
        except FieldError as error:
            yield reject_of(line.number, key, error.problem)
