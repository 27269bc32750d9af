"""The file of refused rows beside an imported file: row number, key, code, message."""

import csv
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

from core.files.source import STANDARD_INPUT
from core.lib.imports import Reject
from core.lib.problems import BusinessError, Problem

HEADER = ("row", "key", "code", "message")


def harmless(text: str) -> str:
    """Text that a spreadsheet takes as text: a cell that would start a formula is set off with an apostrophe."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


class RejectSink(Protocol):
    """What takes refused rows as they come, batch by batch; also called for a batch without any."""

    def write(self, rejects: Iterable[Reject], /) -> None:
        """Takes the refused rows of a batch."""


def cells(reject: Reject) -> tuple[int, str, str, str]:
    """A refused row as it stands in the file of rejects."""
    return reject.row, harmless(reject.key), reject.code, harmless(str(reject.message))


class RejectsFile:
    """Writes `FILE.rejected.csv`; the file exists only if something was refused, and one of an earlier import is removed.

    Where the folder of the file cannot be written to, the rejects go to the current folder, else to the folder for temporary files.
    """

    def __init__(self, file: str) -> None:
        self._beside = Path("stdin.rejected.csv" if file == STANDARD_INPUT else f"{file}.rejected.csv")
        self._stream: IO[str] | None = None
        self._writer: Any = None
        self.path: Path | None = None

    def __enter__(self) -> "RejectsFile":
        try:
            self._beside.unlink(missing_ok=True)
        except OSError:
            # A folder that cannot be written to; nothing of ours can be there.
            return self
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._stream is not None:
            self._stream.close()

    def write(self, rejects: Iterable[Reject]) -> None:
        """Adds refused rows and hands them to the operating system, so that they survive if the import is killed."""
        for reject in rejects:
            if self._stream is None:
                self._open()
            self._writer.writerow(cells(reject))
        if self._stream is not None:
            self._stream.flush()

    def _open(self) -> None:
        for path in (self._beside, Path.cwd() / self._beside.name, Path(tempfile.gettempdir()) / self._beside.name):
            try:
                # Keys may hold halves of surrogate pairs; they are written as escapes.
                self._stream = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
            except OSError:
                continue
            self.path = path
            self._writer = csv.writer(self._stream)
            self._writer.writerow(HEADER)
            return
        raise BusinessError(Problem("UNREADABLE_FILE", {"file": str(self._beside)}, variant="writing"))
