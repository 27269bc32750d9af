"""Sheets of .xlsx workbooks as rows of texts: streamed, bounded, numbers exactly as the spreadsheet shows them at 15 digits.

Formulas count by the value that was saved with them; dates become ISO 8601; a number format of zeros keeps the zeros in front.

No library does that as a stream (docs/adr/0006-dependencies.md): openpyxl tells neither merged cells nor formulas without a value when it
streams, python-calamine holds the whole sheet and knows no number formats.
"""

import re
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import IO, BinaryIO, Final, NamedTuple, cast
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile

from core.files.source import DamagedFileError
from core.files.table import TableRow
from core.files.xml_stream import local_name, read_elements
from core.lib.messages import Message
from core.lib.problems import BusinessError, Problem

MEGABYTE: Final = 1 << 20
# A sheet of a million rows unpacks to some 300 MB; its texts are held in memory.
MOST_UNPACKED: Final = 1024 * MEGABYTE
MOST_TEXTS: Final = 128 * MEGABYTE
MOST_PARTS: Final = 5_000
MOST_COLUMNS: Final = 16_384

_EXACT = Context(prec=15)
_MERGED = re.compile(rb'mergeCell\b[^>]*?ref="([A-Z]{1,3}[0-9]+:[A-Z]{1,3}[0-9]+)"')
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]+)")
_NO_LETTERS_OF_DATES = re.compile(r'"[^"]*"|\\.|\[[^]]*\]|_.|\*.')
# Formats that need no entry of their own in the workbook, as Excel numbers them.
_DATES: Final = {**dict.fromkeys((14, 15, 16, 17, 22), "ymd"), **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), "h")}
_ZEROS = re.compile("0{2,30}")


class _Style(NamedTuple):
    """How numbers of a style are shown: as dates, as times of day, or with zeros in front."""

    is_date: bool = False
    is_time: bool = False
    digits: int = 0


class _Merged(NamedTuple):
    """A range of merged cells and the rows that it covers."""

    cells: str
    rows: range


@dataclass(slots=True)
class _Workbook:
    archive: ZipFile
    file: str
    epoch: datetime
    sheets: list[tuple[str, str]]
    texts: Sequence[str]
    styles: Sequence[_Style]


def workbook_table(stream: BinaryIO, file: str, sheet: str, notes: list[Message], most_bytes: int = MOST_UNPACKED) -> Iterator[TableRow]:
    """The rows of a sheet, by its name or the first one that is not hidden; `notes` say which sheets are not read.

    Raises BusinessError UNREADABLE_FILE, TOO_LARGE before the first row, DamagedFileError where the sheet is damaged further down.
    """
    with tempfile.TemporaryFile() as copied:
        rows = 0
        _copy(stream, copied, file, most_bytes)
        try:
            with ZipFile(cast("BinaryIO", copied)) as archive:
                book = _opened(archive, file, most_bytes)
                part = _chosen(book, sheet, notes)
                for row in _rows(book, part, _merged(archive, part)):
                    rows = row.number
                    yield row
        except (BadZipFile, KeyError, IndexError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error, DamagedFileError):
            # RuntimeError: a part that is encrypted.
            if rows:
                raise DamagedFileError(rows, "the workbook is damaged") from None
            raise BusinessError(Problem("UNREADABLE_FILE", {"file": file}, variant="broken_workbook")) from None


def _copy(stream: BinaryIO, copied: IO[bytes], file: str, most_bytes: int) -> None:
    """The end of an archive says what is in it. Raises BusinessError TOO_LARGE, DamagedFileError for one that is packed and breaks off."""
    size = 0
    try:
        while data := stream.read(MEGABYTE):
            size += len(data)
            if size > most_bytes:
                raise _too_large(file, most_bytes)
            copied.write(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DamagedFileError(0, str(error)) from None


def _too_large(file: str, most_bytes: int) -> BusinessError:
    return BusinessError(Problem("TOO_LARGE", {"file": file, "most": Decimal(most_bytes // MEGABYTE)}, variant="workbook"))


def _opened(archive: ZipFile, file: str, most_bytes: int) -> _Workbook:
    parts = archive.infolist()
    sizes = {part.filename: part.file_size for part in parts}
    # What the archive says of its sizes is believed: reading a part stops at the size that was said.
    if sum(part.file_size for part in parts) > most_bytes or len(parts) > MOST_PARTS or sizes.get("xl/sharedStrings.xml", 0) > MOST_TEXTS:
        raise _too_large(file, most_bytes)
    targets = {
        element.get("Id", ""): element.get("Target", "").removeprefix("/xl/").removeprefix("/")
        for element in _elements(archive, "xl/_rels/workbook.xml.rels", file, "Relationship")
    }
    sheets: list[tuple[str, str]] = []
    epoch = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet knows no zones
    for element in _elements(archive, "xl/workbook.xml", file, "workbookPr", "sheet"):
        if local_name(element.tag) == "workbookPr" and element.get("date1904", "0") in ("1", "true"):
            epoch = datetime(1904, 1, 1)  # noqa: DTZ001
        elif local_name(element.tag) == "sheet" and element.get("state", "visible") == "visible":
            key = next((value for name, value in element.items() if local_name(name) == "id"), "")
            sheets.append((element.get("name", ""), f"xl/{targets[key]}"))
    texts = (
        [_text_of(element) for element in _elements(archive, "xl/sharedStrings.xml", file, "si")] if "xl/sharedStrings.xml" in sizes else []
    )
    return _Workbook(archive, file, epoch, sheets, texts, _styles(archive, file) if "xl/styles.xml" in sizes else [])


def _elements(archive: ZipFile, part: str, file: str, *names: str) -> Iterator[Element]:
    """The elements of these names in a part of the archive."""
    with archive.open(part) as stream:
        yield from (one.element for one in read_elements(cast("BinaryIO", stream), file, names))


def _text_of(element: Element) -> str:
    """The text of a shared or inline string; readings above Asian letters are none of it."""
    parts: list[str] = []
    for child in element:
        name = local_name(child.tag)
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts += [run.text or "" for run in child if local_name(run.tag) == "t"]
    return "".join(parts)


def _styles(archive: ZipFile, file: str) -> list[_Style]:
    formats: dict[str, str] = {}
    styles: list[_Style] = []
    for element in _elements(archive, "xl/styles.xml", file, "numFmts", "cellXfs"):
        if local_name(element.tag) == "numFmts":
            formats = {child.get("numFmtId", ""): child.get("formatCode", "") for child in element}
        else:
            styles = [_style(child.get("numFmtId", "0"), formats) for child in element]
    return styles


def _style(number: str, formats: Mapping[str, str]) -> _Style:
    code = formats.get(number, "")
    if _ZEROS.fullmatch(code):
        return _Style(digits=len(code))
    letters = _DATES.get(int(number), "") if not code else _NO_LETTERS_OF_DATES.sub("", code).lower()
    if code.lower() == "general" or not any(sign in letters for sign in "ymdhs"):
        return _Style()
    has_day = "y" in letters or "d" in letters
    return _Style(is_date=has_day or "h" not in letters, is_time=not has_day and "h" in letters)


def _chosen(book: _Workbook, sheet: str, notes: list[Message]) -> str:
    """The part of the archive that holds the sheet. Raises BusinessError."""
    names = [name for name, _ in book.sheets]
    chosen = next((place for place, name in enumerate(names) if not sheet or name.casefold() == sheet.casefold()), None)
    if chosen is None:
        problem = Problem("UNREADABLE_FILE", {"file": book.file, "sheet": repr(sheet), "sheets": names}, variant="no_sheet")
        raise BusinessError(problem if sheet else Problem("UNREADABLE_FILE", {"file": book.file}, variant="broken_workbook"))
    if len(names) > 1:
        others = [name for place, name in enumerate(names) if place != chosen]
        notes.append(Message("Read from the sheet {sheet}; the sheets {sheets} are not read.", {"sheet": names[chosen], "sheets": others}))
    return book.sheets[chosen][1]


def _merged(archive: ZipFile, part: str) -> list[_Merged]:
    """The merged ranges, which the sheet names behind its rows."""
    found: list[_Merged] = []
    with archive.open(part) as stream:
        rest = b""
        while data := stream.read(MEGABYTE):
            rest += data
            for match in _MERGED.finditer(rest):
                first, last = (int(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for reference in match[1].decode().split(":"))
                found.append(_Merged(match[1].decode(), range(first, last + 1)))
            rest = rest[-200:] if not _MERGED.search(rest[-200:]) else b""
            if len(found) > MOST_PARTS:
                break
    return found


def _rows(book: _Workbook, part: str, merged: Sequence[_Merged]) -> Iterator[TableRow]:
    number = 0
    cells: list[str] = []
    dates: set[int] = set()
    problem: Problem | None = None
    with book.archive.open(part) as stream:
        for name, element, is_start in read_elements(cast("BinaryIO", stream), book.file, ("c",), ("row",)):
            if name == "c":
                place = _place(element.get("r", ""), len(cells))
                text, is_date = _cell(book, element)
                if text is None:
                    problem = Problem("SPREADSHEET_ERROR", {"cell": element.get("r", "")}, variant="no_value")
                cells += [""] * (place + 1 - len(cells))
                cells[place] = text or ""
                if is_date:
                    dates.add(place)
            elif is_start:
                given = element.get("r", "")
                number, cells, dates, problem = int(given) if given else number + 1, [], set(), None
            else:
                if covered := next((one for one in merged if number in one.rows), None):
                    problem = Problem("MERGED_CELLS", {"cells": covered.cells})
                if problem or any(cells):
                    yield TableRow(number, cells, problem, frozenset(dates), is_ragged=True)


def _place(reference: str, following: int) -> int:
    """The column of a cell, counted from 0; without a reference it follows the one before."""
    if not (found := _REFERENCE.fullmatch(reference)):
        return following
    place = 0
    for letter in found[1]:
        place = place * 26 + ord(letter) - 64
    if place > MOST_COLUMNS:
        raise ValueError(reference)
    return place - 1


def _cell(book: _Workbook, element: Element) -> tuple[str | None, bool]:
    """The text of a cell and whether it is a date; None for a formula without a value."""
    kind = element.get("t", "n")
    value, has_formula = None, False
    for child in element:
        name = local_name(child.tag)
        if name == "v":
            value = child.text or ""
        elif name == "f":
            has_formula = True
        elif name == "is":
            return _text_of(child).strip(), False
    if value is None or (value == "" and kind != "str"):
        return (None if has_formula else ""), False
    if kind == "s":
        return book.texts[int(value)].strip(), False
    if kind == "b":
        return ("true" if value == "1" else "false"), False
    if kind in ("str", "e"):
        return value.strip(), False
    if kind == "d":
        return value.removesuffix("T00:00:00"), True
    style_number = int(element.get("s", "0"))
    style = book.styles[style_number] if style_number < len(book.styles) else _Style()
    return _number(value, style, book.epoch)


def _number(value: str, style: _Style, epoch: datetime) -> tuple[str, bool]:
    try:
        number = _EXACT.create_decimal(value.strip())
    except InvalidOperation:
        return value, False
    if not number.is_finite():
        return value, False
    if (style.is_date or style.is_time) and 0 <= number < 2_958_466:
        moment = epoch + timedelta(seconds=round(number * 86_400))
        if style.is_time and number < 1:
            return f"{moment:%H:%M}", True
        return (f"{moment:%Y-%m-%d}" if number == int(number) else f"{moment:%Y-%m-%d %H:%M:%S}"), True
    if abs(number) >= 10**15:
        # More digits than a spreadsheet keeps: the last ones are lost.
        return f"{number:.14E}", False
    text = f"{number.normalize():f}" if number else "0"
    return (text.zfill(style.digits) if style.digits and text.isdigit() else text), False
