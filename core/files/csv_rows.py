"""Rows of a CSV file as cells, one at a time."""

import csv
import re
from collections.abc import Iterator

from core.files.source import Line
from core.files.table import OTHER_ENCODING, TableRow
from core.lib.problems import Problem

# A quoted cell may hold line breaks, but a quote that is never closed must not swallow the file.
LONGEST_RECORD = 50
# A letter with an accent as Windows writes it, after a letter.
_WINDOWS_WORD = re.compile(rb"[A-Za-z]+[\xc0-\xd6\xd8-\xf6\xf8-\xff][A-Za-z]*")


class _UnusableRowError(Exception):
    """The row that starts at the line cannot be taken apart."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem.message))
        self.problem = problem


class _CsvText:
    """Takes physical lines apart into cells; after a broken quote it goes on with the very next line."""

    def __init__(self, lines: Iterator[Line], delimiter: str) -> None:
        self._lines = lines
        self._again: list[Line] = []
        self.delimiter = delimiter

    def next_line(self) -> Line | None:
        """The next line that is not blank, or None at the end."""
        while True:
            line = self._again.pop() if self._again else next(self._lines, None)
            if line is None or line.data.strip() or line.too_long:
                return line

    def put_back(self, line: Line) -> None:
        """The line comes again."""
        self._again.append(line)

    def cells(self, line: Line) -> list[str]:
        """The cells of the record that starts with the line. Raises _UnusableRowError."""
        text = decoded(line)
        if '"' not in text:
            return text.split(self.delimiter)
        taken: list[Line] = []
        try:
            cells = next(csv.reader(self._record(text, taken), strict=True, delimiter=self.delimiter))
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
        if word := _WINDOWS_WORD.search(line.data):
            raise _UnusableRowError(
                Problem("BAD_ENCODING", {"word": word[0].decode("cp1252", "replace")}, variant=OTHER_ENCODING)
            ) from None
        raise _UnusableRowError(Problem("BAD_ENCODING", {"byte": error.start + 1}, variant="byte")) from None


def csv_table(lines: Iterator[Line], delimiter: str = "") -> Iterator[TableRow]:
    """The rows of a text, their cells parted by the delimiter: blank means commas, or what a first line `sep=;` says."""
    records = _CsvText(lines, delimiter or ",")
    if first := records.next_line():
        if first.data[:4].lower() == b"sep=" and len(first.data) == 5:
            records.delimiter = delimiter or first.data[4:].decode("ascii", "replace")
        else:
            records.put_back(first)
    while line := records.next_line():
        try:
            yield TableRow(line.number, records.cells(line))
        except _UnusableRowError as error:
            yield TableRow(line.number, [], error.problem)
