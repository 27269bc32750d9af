"""Columns of CSV files: what each cell may hold, which column may be missing, and how a row becomes a typed value."""

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from core.lib.cells import PLAIN, CellStyle, plain_cell
from core.lib.holds import Holds, holds_of
from core.lib.messages import Message, Params, together
from core.lib.parsing import FieldError, shown
from core.lib.problems import AS_WRITTEN, Problem
from core.lib.reading_profiles import OURS, ColumnSource, ReadingProfile, header_key

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

    @property
    def holds(self) -> Holds:
        """What its cells hold."""
        return holds_of(self.parse)


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

    def reader(self, header: Sequence[str], profile: ReadingProfile = OURS) -> "RowReader[T]":
        """A reader of the rows under this header. Raises HeaderError.

        Case, blanks and dashes of the names do not count. A profile with columns says what is read from where; what it does not name is
        passed over.
        """
        keys = [header_key(name) for name in header]
        while len(keys) > 1 and not keys[-1]:
            keys.pop()
        if profile.is_mapped:
            sources = _mapped_sources(self, keys, profile)
        else:
            problems = _header_problems(self, header[: len(keys)], keys)
            if problems:
                raise HeaderError(tuple(problems))
            sources = {column.name: keys.index(header_key(column.name)) for column in self.columns if header_key(column.name) in keys}
        return RowReader(self, sources, len(keys), profile.style, profile.meant)


_SIGNS = {";": Message("semicolons"), "\t": Message("tabs"), "|": Message("bars")}
_NO_DATES = frozenset((Holds.CODE, Holds.NUMBER))
_STYLED = frozenset((Holds.NUMBER, Holds.DAY, Holds.MOMENT))
Place = int | tuple[ColumnSource, tuple[int, ...]]
Meant = Callable[[str, str], str]
DAMAGES = frozenset(("SPREADSHEET_EXPONENT", "SPREADSHEET_DATE"))


class _Cells(dict[str, Any]):
    """Values of a column by the text of the cell; cells repeat, so a look-up replaces most of the parsing. Its memory is bounded."""

    LARGEST = 20_000

    def __init__(self, column: Column, style: CellStyle, meant: Meant | None) -> None:
        super().__init__()
        self.column = column
        self._style = style
        self._meant = meant
        self.holds = column.holds

    def __missing__(self, cell: str) -> Any:
        """The value of a cell that was not seen before. Raises FieldError."""
        text = cell.strip()
        if text:
            try:
                value = self.column.parse(plain_cell(text, self.holds, self._style))
            except FieldError as error:
                raise self._with_candidate(error, text).at(self.column.name) from None
        elif self.column.blank is REQUIRED:
            raise FieldError("MISSING_FIELD", {}, "blank", self.column.name)
        else:
            value = self.column.blank
        if len(self) >= self.LARGEST:
            self.clear()
        self[cell] = value
        return value

    def _with_candidate(self, error: FieldError, text: str) -> FieldError:
        """The error of a code that a spreadsheet damaged, with the one that it may have been."""
        if self._meant is None or error.code not in DAMAGES or self.holds != Holds.CODE:
            return error
        candidate = self._meant(self.column.name, text)
        return FieldError(error.code, {"value": shown(text), "candidate": candidate}, "candidate") if candidate else error


class RowReader(Generic[T]):
    """Turns the cells of rows into values; `width` is the number of cells that a row must have."""

    def __init__(
        self, wanted: FileFormat[T], sources: Mapping[str, Place], width: int, style: CellStyle = PLAIN, meant: Meant | None = None
    ) -> None:
        self.width = width
        self.style = style
        self._make = wanted.make
        self._columns: list[tuple[_Cells, int]] = []
        self._key: list[int] = []
        # Cells that the reader puts behind each row: a blank one for columns that were left out, then those that the profile composes.
        self._composed: list[tuple[ColumnSource, tuple[int, ...]]] = []
        for column in wanted.columns:
            place = sources.get(column.name, width)
            if not isinstance(place, int):
                self._composed.append(place)
                place = width + len(self._composed)
            self._columns.append((_Cells(column, style, meant), place))
            if column.name in wanted.key and column.name in sources:
                self._key.append(place)
        self._is_whole = not self._composed and all(place < width for _, place in self._columns)

    def fitting(self, cells: list[str], *, pad: bool = False) -> list[str]:
        """The row with as many cells as the header: blank ones behind it are cut off, missing ones are blank if `pad` says so."""
        if pad:
            cells += [""] * (self.width - len(cells))
        while len(cells) > self.width and not cells[-1].strip():
            cells.pop()
        return cells

    def style_cells(self, cells: Sequence[str]) -> Iterator[tuple[str, Holds, str]]:
        """Column, what it holds, and text of the filled cells that can be written in several ways."""
        whole = self._whole(cells)
        for known, place in self._columns:
            if known.holds in _STYLED and (text := whole[place].strip()):
                yield known.column.name, known.holds, text

    def key(self, cells: Sequence[str]) -> str:
        """The key as people write it, in one spelling, as far as the row has it."""
        whole = self._whole(cells) if len(cells) == self.width else cells
        key = "/".join([whole[place] for place in self._key if place < len(whole)])
        if _is_clean(key):
            return key
        return unicodedata.normalize("NFC", "/".join([whole[place].strip() for place in self._key if place < len(whole)]))

    def refuse_dates(self, cells: Sequence[str], dates: Collection[int]) -> None:
        """Raises FieldError for a code or number that a workbook keeps as a date."""
        for known, place in self._columns:
            if place in dates and known.holds in _NO_DATES and not self.style.has_odd_codes:
                raise FieldError("SPREADSHEET_DATE", {"value": shown(cells[place])}, "", known.column.name)

    def read(self, cells: list[str]) -> T:
        """The row as a value. Raises FieldError with the first problem's code and the sentences of all."""
        whole = self._whole(cells)
        try:
            values = [known[whole[place]] for known, place in self._columns]
        except FieldError:
            raise self._all_problems(whole) from None
        return self._make(*values)

    def read_many(self, rows: Sequence[Sequence[str]]) -> tuple[list[str], list[T]]:
        """Keys and values of rows that have a cell for each column of the header, column by column. Raises FieldError where one is bad."""
        columns = list(zip(*map(self._whole, rows), strict=True))
        values = map(self._make, *[map(known.__getitem__, columns[place]) for known, place in self._columns])
        keys = list(map("/".join, zip(*[columns[place] for place in self._key], strict=True))) if self._key else [""] * len(rows)
        if not _is_clean("".join(keys)):
            keys = [self.key(row) for row in rows]
        return keys, list(values)

    def _whole(self, cells: Sequence[str]) -> Sequence[str]:
        if self._is_whole:
            return cells
        return [*cells, "", *(source.value([cells[place] for place in places]) for source, places in self._composed)]

    def _all_problems(self, padded: Sequence[str]) -> FieldError:
        problems: list[FieldError] = []
        for known, place in self._columns:
            try:
                known[padded[place]]
            except FieldError as error:
                problems.append(error)
        return FieldError(problems[0].code, {"text": together([problem.message for problem in problems])}, AS_WRITTEN)


def _is_clean(key: str) -> bool:
    """There is no other spelling of the key, and nothing around it."""
    return key.isascii() and key.isprintable() and " " not in key


class HeaderError(Exception):
    """The header row cannot be used; carries one problem per wrong column."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem.message) for problem in problems))
        self.problems = problems


def _mapped_sources(wanted: "FileFormat[Any]", keys: Sequence[str], profile: ReadingProfile) -> dict[str, Place]:
    """Where each column of the profile is read. Raises HeaderError for what the file lacks, and what the profile does not say."""
    sources: dict[str, Place] = {}
    problems = []
    for column in wanted.columns:
        source = profile.columns.get(column.name, ColumnSource())
        wanted_keys = [header_key(header) for header in source.headers]
        if source.is_optional and any(key not in keys for key in wanted_keys):
            source, wanted_keys = replace(source, headers=()), []
        if missing := [header for header, key in zip(source.headers, wanted_keys, strict=True) if key not in keys]:
            params: Params = {"column": repr(missing[0]), "ours": column.name, "profile": profile.code, "found": len(keys)}
            problems.append(Problem("WRONG_COLUMNS", params, variant="not_in_file"))
        elif twice := [header for header, key in zip(source.headers, wanted_keys, strict=True) if keys.count(key) > 1]:
            problems.append(Problem("WRONG_COLUMNS", {"column": repr(twice[0])}, variant="twice"))
        elif not source.headers and not source.constant and column.blank is REQUIRED:
            problems.append(Problem("WRONG_COLUMNS", {"column": repr(column.name), "profile": profile.code}, variant="not_mapped"))
        elif source.headers or source.constant:
            sources[column.name] = (source, tuple(keys.index(key) for key in wanted_keys))
    if problems:
        raise HeaderError(tuple(problems))
    return sources


def _header_problems(wanted: "FileFormat[Any]", header: Sequence[str], keys: Sequence[str]) -> "list[Problem]":
    names = [column.name for column in wanted.columns]
    of_names = {header_key(name): name for name in names}
    known: Params = {"kind": wanted.kind, "columns": names}
    if len(keys) == 1 and keys[0] not in of_names and any(sign in header[0] for sign in ";\t|"):
        sign = max(_SIGNS, key=header[0].count)
        return [Problem("WRONG_COLUMNS", {"sign": _SIGNS[sign], "header": repr(header[0][:40])}, variant="no_commas")]
    if not any(keys):
        return [Problem("WRONG_COLUMNS", known, variant="empty")]
    if not any(key in of_names for key in keys):
        found = [shown(name.strip()[:40]) for name in header[:8]]
        return [Problem("WRONG_COLUMNS", {"found": found, **known}, variant="other_kind")]
    unknown = [name.strip()[:80] for name, key in zip(header, keys, strict=True) if key not in of_names]
    missing = [column.name for column in wanted.columns if column.blank is REQUIRED and header_key(column.name) not in keys]
    problems = [*_columns_problem("unknown", unknown, known), *_columns_problem("missing", missing, known)]
    problems += [Problem("WRONG_COLUMNS", {"column": repr(name)}, variant="twice") for key, name in of_names.items() if keys.count(key) > 1]
    return problems


def _columns_problem(what: str, names: Sequence[str], known: Params) -> "list[Problem]":
    """One problem however many columns it is about; the first eight are named."""
    if len(names) > 1:
        return [Problem("WRONG_COLUMNS", {"found": [shown(name) for name in names[:8]], **known}, variant=f"{what}_columns")]
    return [Problem("WRONG_COLUMNS", {"column": repr(name), **known}, variant=what) for name in names]
