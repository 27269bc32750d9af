"""Files as streams: of physical lines, or of bytes where a file is none of text; plain or gzip, in flat memory whatever they hold."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from core.files.encodings import Recoded, has_old_line_ends, marked_encoding
from core.lib import codes  # noqa: F401  registers the codes used here
from core.lib.messages import Message
from core.lib.problems import BusinessError, Problem

LONGEST_LINE = 1_000_000
STANDARD_INPUT = "-"

_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_BOM = b"\xef\xbb\xbf"
_ZIP_MAGIC = b"PK\x03\x04"
# How much of a file is looked at to see what it is.
SHOWN = 4096


class Line(NamedTuple):
    """A physical line without its end; `too_long` when it was cut off at `LONGEST_LINE` bytes."""

    number: int
    data: bytes
    too_long: bool


class DamagedFileError(Exception):
    """Reading broke off after `line` lines; what was read before is sound."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def display_name(file: str) -> str:
    """The file's name in reports."""
    return "standard input" if file == STANDARD_INPUT else file


class Content(StrEnum):
    """What the first bytes of a file show it to be."""

    TEXT = "text"
    WORKBOOK = "workbook"
    XML = "xml"


_NO_TABLES = {
    b"\xd0\xcf\x11\xe0": "old_workbook",
    b"%PDF": "document",
    b"\x89PNG": "document",
    b"\xff\xd8\xff": "document",
    b"Rar!": "packed",
    b"7z\xbc\xaf": "packed",
}


class Source:
    """An opened file, unpacked. `notes` say how it is read where that is not as usual."""

    def __init__(self, name: str, stream: BinaryIO, start: bytes, most: "Most | None" = None) -> None:
        self.name = name
        self.most = most
        self.stream = stream
        self.notes: list[Message] = []
        self._start = start
        self._bom = marked_encoding(start)
        clean = start.removeprefix(_UTF8_BOM).decode(self._bom or "latin-1", "ignore").lstrip("\ufeff \t\r\n")
        self.content = Content.WORKBOOK if start.startswith(_ZIP_MAGIC) else Content.XML if clean.startswith("<") else Content.TEXT

    @property
    def marked_encoding(self) -> str:
        """The encoding that a byte order mark names, other than UTF-8; or ''."""
        return self._bom

    def lines(self, encoding: str = "") -> Iterator[Line]:
        """The lines of a text, in UTF-8 or the encoding that was chosen. Raises BusinessError BAD_ENCODING where a mark names another."""
        stream, known = self.stream, encoding
        if self._bom and self._bom != encoding:
            raise BusinessError(Problem("BAD_ENCODING", {"file": self.name, "encoding": self._bom.upper()}, variant="file"))
        if self._start.startswith(_UTF8_BOM):
            stream.read(3)
            known = ""
        ends = has_old_line_ends(self._start)
        if known and known != "utf-8":
            self.notes.append(Message("Read as {encoding}.", {"encoding": known.upper()}))
        if ends:
            self.notes.append(Message("Lines end by carriage returns."))
        if known or ends:
            stream = cast("BinaryIO", io.BufferedReader(Recoded(stream, known or "utf-8", ends=ends), 1 << 18))
        return _lines(stream, self.most.lines if self.most else None)


class Most(NamedTuple):
    """How much a file may hold once it is unpacked: two kilobytes of gzip may hold a million rows."""

    bytes: int
    lines: int


class _Bounded(io.RawIOBase):
    """A stream that ends with an error once it has given more than it may."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream = stream
        self._most = most
        self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Raises OSError beyond the limit."""
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise OSError(f"more than {self._most >> 20} MB once unpacked")
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def open_stream(name: str, raw: io.RawIOBase, most: Most | None = None) -> Iterator[Source]:
    """A stream that is called `name` in messages; as `open_source`. Reading breaks off beyond `most`."""
    yield _source_of(name, cast("BinaryIO", raw), most)


@contextmanager
def open_source(file: str) -> Iterator[Source]:
    """A file, or standard input for `-`; gzip is recognised by its content.

    Raises BusinessError (UNREADABLE_FILE) when not even its first bytes can be had, or when they are of no table; lines of the source raise
    DamagedFileError when reading breaks off later.
    """
    with _open_binary(file) as raw:
        yield _source_of(file, raw)


def _source_of(file: str, raw: BinaryIO, most: Most | None = None) -> Source:
    buffered = cast("io.BufferedReader", raw if hasattr(raw, "peek") else io.BufferedReader(cast("io.RawIOBase", raw)))
    try:
        start = buffered.peek(4)[:4]
        packed = start[:2] == _GZIP_MAGIC
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=buffered)) if packed else cast("BinaryIO", buffered)
        if packed:
            unpacked = _Bounded(stream, most.bytes) if most else cast("io.RawIOBase", stream)
            stream = cast("BinaryIO", io.BufferedReader(unpacked, 1 << 18))
        start = cast("io.BufferedReader", stream).peek(SHOWN)[:SHOWN]
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(file, str(error)) from None
    for magic, variant in _NO_TABLES.items():
        if start.startswith(magic):
            raise BusinessError(Problem("UNREADABLE_FILE", {"file": display_name(file)}, variant=variant))
    return Source(display_name(file), stream, start, most)


@contextmanager
def _open_binary(file: str) -> Iterator[BinaryIO]:
    if file == STANDARD_INPUT:
        yield cast("BinaryIO", sys.stdin.buffer)
        return
    path = Path(file)
    try:
        if path.is_dir():
            raise _unreadable(file, "it is a folder")
        stream = path.open("rb", buffering=1 << 18)
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the path.
        raise _unreadable(file, getattr(error, "strerror", None) or str(error)) from None
    with stream:
        yield stream


def _unreadable(file: str, reason: str) -> BusinessError:
    return BusinessError(Problem("UNREADABLE_FILE", {"file": display_name(file), "reason": reason}, variant="opening"))


def _lines(stream: BinaryIO, most: int | None = None) -> Iterator[Line]:
    number = 0
    try:
        while data := stream.readline(LONGEST_LINE + 2):
            if number == most:
                raise DamagedFileError(number, f"more than {most} lines")
            number += 1
            clean = data.rstrip(b"\r\n")
            too_long = len(clean) > LONGEST_LINE
            if too_long:
                _skip_rest(stream, data)
            yield Line(number, clean, too_long)
    except (OSError, EOFError, zlib.error) as error:
        raise DamagedFileError(number, str(error)) from None


def _skip_rest(stream: BinaryIO, data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = stream.readline(1 << 20)
