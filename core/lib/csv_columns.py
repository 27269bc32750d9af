"""Columns of CSV files: what each cell may hold, which column may be missing, and how a row becomes a typed value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.lib.messages import Params, together
from core.lib.parsing import FieldError
from core.lib.problems import AS_WRITTEN, Problem

T = TypeVar("T")


class _Required:
    """Marks a column whose cell must be filled."""


REQUIRED = _Required()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `parse` turns a filled cell into a value or raises FieldError; `blank` is the value of a blank or missing cell."""

    name: str
    parse: Callable[[str], Any]
    blank: Any = REQUIRED


@dataclass(frozen=True, slots=True)
class FileFormat(Generic[T]):
    """A kind of CSV file. `make` takes the values in the order of `columns` and may raise FieldError for what only the whole row shows."""

    kind: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    make: Callable[..., T]

    def column(self, name: str) -> Column:
        """The column of that name: forms check a value by the same rule."""
        return next(column for column in self.columns if column.name == name)

    def reader(self, header: Sequence[str]) -> "RowReader[T]":
        """A reader of the rows under this header. Raises HeaderError."""
        found = [name.strip() for name in header]
        problems = _header_problems(self, found)
        if problems:
            raise HeaderError(tuple(problems))
        # A column that was left out is read from a blank cell that the reader puts behind each row.
        places = [found.index(column.name) if column.name in found else -1 for column in self.columns]
        return RowReader(self, places, len(header))


class _Cells(dict[str, Any]):
    """Values of a column by the text of the cell; cells repeat, so a look-up replaces most of the parsing. Its memory is bounded."""

    LARGEST = 5_000

    def __init__(self, column: Column) -> None:
        super().__init__()
        self.column = column

    def __missing__(self, cell: str) -> Any:
        """The value of a cell that was not seen before. Raises FieldError."""
        text = cell.strip()
        if text:
            try:
                value = self.column.parse(text)
            except FieldError as error:
                raise error.at(self.column.name) from None
        elif self.column.blank is REQUIRED:
            raise FieldError("MISSING_FIELD", {}, "blank", self.column.name)
        else:
            value = self.column.blank
        if len(self) >= self.LARGEST:
            self.clear()
        self[cell] = value
        return value


class RowReader(Generic[T]):
    """Turns the cells of rows into values; `width` is the number of cells that a row must have."""

    def __init__(self, wanted: FileFormat[T], places: Sequence[int], width: int) -> None:
        self.width = width
        self._make = wanted.make
        self._columns = [(_Cells(column), place) for column, place in zip(wanted.columns, places, strict=True)]
        self._key = [place for column, place in zip(wanted.columns, places, strict=True) if column.name in wanted.key]

    def key(self, cells: Sequence[str]) -> str:
        """The key as people write it, as far as the row has it."""
        return "/".join([cells[place].strip() for place in self._key if 0 <= place < len(cells)])

    def read(self, cells: list[str]) -> T:
        """The row as a value. Raises FieldError with the first problem's code and the sentences of all."""
        padded = [*cells, ""]
        try:
            values = [known[padded[place]] for known, place in self._columns]
        except FieldError:
            raise self._all_problems(padded) from None
        return self._make(*values)

    def _all_problems(self, padded: Sequence[str]) -> FieldError:
        problems: list[FieldError] = []
        for known, place in self._columns:
            try:
                known[padded[place]]
            except FieldError as error:
                problems.append(error)
        return FieldError(problems[0].code, {"text": together([problem.message for problem in problems])}, AS_WRITTEN)


class HeaderError(Exception):
    """The header row cannot be used; carries one problem per wrong column."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem.message) for problem in problems))
        self.problems = problems


def _header_problems(wanted: "FileFormat[Any]", found: Sequence[str]) -> "list[Problem]":
    names = [column.name for column in wanted.columns]
    known: Params = {"kind": wanted.kind, "columns": names}
    if len(found) == 1 and found[0] not in names and any(sign in found[0] for sign in ";\t|"):
        return [Problem("WRONG_COLUMNS", {"header": repr(found[0][:80]), **known}, variant="no_commas")]
    problems = [Problem("WRONG_COLUMNS", {"column": repr(name[:80]), **known}, variant="unknown") for name in found if name not in names]
    problems += [
        Problem("WRONG_COLUMNS", {"column": repr(column.name), **known}, variant="missing")
        for column in wanted.columns
        if column.blank is REQUIRED and column.name not in found
    ]
    problems += [Problem("WRONG_COLUMNS", {"column": repr(name)}, variant="twice") for name in names if found.count(name) > 1]
    return problems
