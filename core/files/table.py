"""Rows of any table, of text or of a workbook, as typed values or rejects: the header first, then one row at a time."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple, TypeVar

from core.files.source import DamagedFileError
from core.lib.cells import plain_cell
from core.lib.csv_columns import FileFormat, HeaderError, RowReader
from core.lib.holds import Holds
from core.lib.imports import Reject, Row, reject_of
from core.lib.messages import Message
from core.lib.parsing import FieldError
from core.lib.problems import AS_WRITTEN, BusinessError, Problem
from core.lib.reading_profiles import OURS, ReadingProfile

T = TypeVar("T")

# How far down the names of the columns are looked for, and how many rows show how a file is written.
TITLE_ROWS = 10
SAMPLE_ROWS = 100
# The variant of BAD_ENCODING for a row that another encoding explains.
OTHER_ENCODING = "windows"


class TableRow(NamedTuple):
    """A row as cells, or why it has none; `dates` are the places of cells that a workbook keeps as dates."""

    number: int
    cells: list[str]
    problem: Problem | None = None
    dates: frozenset[int] = frozenset()
    # A workbook has no cells where a row ends in blank ones.
    is_ragged: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return not any(map(str.strip, self.cells)) and self.problem is None


def read_table(
    records: Iterator[TableRow], wanted: FileFormat[T], profile: ReadingProfile = OURS, notes: list[Message] | None = None
) -> Iterator[Row[T] | Reject]:
    """Reads the header at once, and enough rows to see whether the file is written as was said; then the rows one by one.

    Raises BusinessError (WRONG_COLUMNS, BAD_CSV, BAD_ENCODING, TOO_LARGE) for a header that cannot be used, PROFILE_NEEDED for a file that
    is written in another way; a bad row is a Reject. `notes` get what was passed over.
    """
    filled = (record for record in records if not record.is_blank)
    sample: list[TableRow] = []
    try:
        reader = _header(filled, wanted, profile, [] if notes is None else notes)
    except DamagedFileError as error:
        raise BusinessError(Problem("UNREADABLE_FILE", {"reason": error.reason}, variant="reading")) from None
    broken: DamagedFileError | None = None
    try:
        sample.extend(islice(filled, SAMPLE_ROWS))
    except DamagedFileError as error:
        broken = error
    if problem := style_problem(reader, sample):
        raise BusinessError(problem)
    return _rows(chain(sample, _broken(broken) if broken else filled), reader)


def _broken(error: DamagedFileError) -> Iterator[TableRow]:
    """What comes after the rows before which reading broke off."""
    yield from ()
    raise error


def _header(filled: Iterator[TableRow], wanted: FileFormat[T], profile: ReadingProfile, notes: list[Message]) -> RowReader[T]:
    """The reader for the row of names; titles above it are passed over where a row below has all names."""
    # Titles above a table are often merged.
    skipped = (one for one in filled if one.number >= profile.header_row and not (one.problem and one.problem.code == "MERGED_CELLS"))
    first = next(skipped, None)
    if first and first.problem:
        reason = Message("The header row cannot be read. {reason}", {"reason": first.problem.message})
        raise BusinessError(Problem(first.problem.code, {"text": reason}, variant=AS_WRITTEN))
    try:
        return wanted.reader(first.cells if first else [], profile)
    except HeaderError as error:
        refused = error
    for record in islice(skipped, TITLE_ROWS) if not profile.header_row else ():
        try:
            reader = wanted.reader(record.cells, profile)
        except HeaderError:
            continue
        notes.append(Message("The rows above row {row}, which names the columns, were passed over.", {"row": record.number}))
        return reader
    raise BusinessError(*refused.problems)


def _rows(records: Iterator[TableRow], reader: RowReader[T]) -> Iterator[Row[T] | Reject]:
    """By the hundred, which are read column by column where all of them are sound, otherwise row by row."""
    for some in _hundreds(records):
        yield from _read_together(some, reader) or _read_singly(some, reader)


def _hundreds(records: Iterator[TableRow]) -> Iterator[list[TableRow]]:
    """The rows in parts; where reading breaks off, it does so behind the rows that came before."""
    while True:
        part: list[TableRow] = []
        try:
            part.extend(islice(records, SAMPLE_ROWS))
        except DamagedFileError:
            if part:
                yield part
            raise
        if not part:
            return
        yield part


def _read_together(records: Sequence[TableRow], reader: RowReader[T]) -> list[Row[T]]:
    """All the rows, or none of them where one has to be looked at by itself."""
    width = reader.width
    if not all(len(record.cells) == width and not record.dates and record.problem is None for record in records):
        return []
    try:
        keys, values = reader.read_many([record.cells for record in records])
    except FieldError:
        return []
    return [Row(record.number, key, value) for record, key, value in zip(records, keys, values, strict=True)]


def _read_singly(records: Sequence[TableRow], reader: RowReader[T]) -> Iterator[Row[T] | Reject]:
    for record in records:
        cells = record.cells
        if len(cells) != reader.width:
            cells = reader.fitting(cells, pad=record.is_ragged)
        key = reader.key(cells)
        if record.problem:
            yield reject_of(record.number, key, record.problem)
            continue
        if len(cells) != reader.width:
            problem = Problem("BAD_CSV", {"cells": len(cells), "columns": reader.width}, variant="cells")
            yield reject_of(record.number, key, problem)
            continue
        try:
            if record.dates:
                reader.refuse_dates(cells, record.dates)
            yield Row(record.number, key, reader.read(cells))
        except FieldError as error:
            yield reject_of(record.number, key, error.problem)


# --- Whether the whole file is written in another way --------------------------------------------------------------------------------

_OF_STYLE = frozenset(
    (
        *(("BAD_NUMBER", variant) for variant in ("comma", "point", "thousands", "money_sign")),
        *(("BAD_DATE", variant) for variant in ("local", "order", "no_zone")),
        ("SPREADSHEET_SERIAL", ""),
    )
)
_FEWEST_ROWS = 3


def style_problem(reader: RowReader[Any], sample: Sequence[TableRow]) -> Problem | None:
    """Why the profile is not the one of the file: one sentence instead of one for each row.

    Where other cells of the sample are written as was said, a cell that is not is a mistake of its row.
    """
    if merged := next((record.problem for record in sample if record.problem and record.problem.code == "MERGED_CELLS"), None):
        return merged
    rows = [reader.fitting(record.cells, pad=record.is_ragged) for record in sample if not record.problem]
    if len(rows) >= _FEWEST_ROWS and len({len(cells) for cells in rows}) == 1 and len(rows[0]) != reader.width:
        return Problem("PROFILE_NEEDED", {"cells": len(rows[0]), "columns": reader.width}, variant="cells")
    broken = [(record.number, record.problem) for record in sample if record.problem and record.problem.variant == OTHER_ENCODING]
    if len(broken) > 1 and all(cell.isascii() for cells in rows for cell in cells):
        row, of_row = broken[0]
        return Problem("PROFILE_NEEDED", {"row": row, "reason": of_row.message}, variant="style")
    # Numbers of a file have one decimal sign; dates come from several programs, each with a column of its own.
    found: dict[str, list[tuple[int, FieldError]]] = {}
    as_said: set[str] = set()
    for record in sample:
        if record.problem or len(record.cells) != reader.width:
            continue
        for column, holds, text in reader.style_cells(record.cells):
            alike = holds if holds == Holds.NUMBER else column
            try:
                plain_cell(text, holds, reader.style)
            except FieldError as error:
                if (error.code, error.problem.variant) in _OF_STYLE:
                    found.setdefault(alike, []).append((record.number, error.at(column)))
            else:
                if holds != Holds.NUMBER or reader.style.decimal_sign in text:
                    as_said.add(alike)
    for alike, problems in found.items():
        row, problem = problems[0]
        # One cell among rows that leave it blank may be a slip.
        if alike not in as_said and (len(problems) > 1 or len(sample) == 1):
            return Problem("PROFILE_NEEDED", {"row": row, "reason": problem.message}, variant="style")
    return None
