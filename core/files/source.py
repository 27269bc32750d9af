"""Files as streams of physical lines: plain or gzip, by path or standard input, in flat memory whatever they hold."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from core.lib import codes  # noqa: F401  registers the codes used here
from core.lib.problems import BusinessError, Problem

LONGEST_LINE = 1_000_000
STANDARD_INPUT = "-"

_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


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


@contextmanager
def open_stream(name: str, raw: io.RawIOBase) -> Iterator[Iterator[Line]]:
    """The lines of a stream that is called `name` in messages; as `open_lines`."""
    with _lines_of(name, cast("BinaryIO", raw)) as lines:
        yield lines


@contextmanager
def open_lines(file: str) -> Iterator[Iterator[Line]]:
    """The lines of a file, or of standard input for `-`; gzip is recognised by its content.

    Raises BusinessError (UNREADABLE_FILE, BAD_ENCODING) when not even the first line can be had; the iterator raises DamagedFileError when
    reading breaks off later.
    """
    with _open_binary(file) as raw, _lines_of(file, raw) as lines:
        yield lines


@contextmanager
def _lines_of(file: str, raw: BinaryIO) -> Iterator[Iterator[Line]]:
    buffered = cast("io.BufferedReader", raw if hasattr(raw, "peek") else io.BufferedReader(cast("io.RawIOBase", raw)))
    try:
        start = buffered.peek(4)[:4]
        packed = start[:2] == _GZIP_MAGIC
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=buffered)) if packed else cast("BinaryIO", buffered)
        if packed:
            stream = cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", stream), 1 << 18))
            start = cast("io.BufferedReader", stream).peek(4)[:4]
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(file, str(error)) from None
    if start[:2] in _WIDE_BOMS:
        raise BusinessError(Problem("BAD_ENCODING", {"file": display_name(file)}, variant="file"))
    if start[:3] == _UTF8_BOM:
        stream.read(3)
    yield _lines(stream)


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


def _lines(stream: BinaryIO) -> Iterator[Line]:
    number = 0
    try:
        while data := stream.readline(LONGEST_LINE + 2):
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
