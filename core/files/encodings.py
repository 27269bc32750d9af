"""Text of other encodings and line ends, as UTF-8 with line feeds: what comes after reads one spelling only."""

import codecs
import io
from typing import BinaryIO, Final

CHUNK: Final = 1 << 16
# As people choose them, and as Python calls them.
ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-32": "utf-32",
    "windows-1252": "cp1252",
    "windows-1250": "cp1250",
    "iso-8859-15": "iso8859-15",
}
_UNDECODED: Final = "\ufffd".encode()
_BOMS: Final = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def marked_encoding(start: bytes) -> str:
    """The encoding that a byte order mark names, other than UTF-8; or ''."""
    return next((encoding for bom, encoding in _BOMS if start.startswith(bom)), "")


def has_old_line_ends(start: bytes) -> bool:
    """Whether lines end as on the Macintosh of old: by carriage returns alone."""
    return b"\r" in start.rstrip(b"\r") and b"\n" not in start and b"\r\x00" not in start and b"\x00\r" not in start


class Recoded(io.RawIOBase):
    """A stream of another encoding as UTF-8; `ends` turns carriage returns that stand alone into line feeds.

    What cannot be decoded stays a byte that is none of UTF-8 either, so that its row is refused.
    """

    def __init__(self, stream: BinaryIO, encoding: str, *, ends: bool = False) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(ENCODINGS.get(encoding, encoding))("replace")
        self._ends = ends
        self._rest = memoryview(b"")
        self._is_over = False

    def readable(self) -> bool:
        """It can be read and nothing else."""
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        """Fills the buffer with what is at hand."""
        while not self._rest and not self._is_over:
            data = self._stream.read(CHUNK)
            self._is_over = not data
            text = self._decoder.decode(data, not data).replace("\ufeff", "")
            text = text.replace("\r", "\n") if self._ends else text
            self._rest = memoryview(text.encode().replace(_UNDECODED, b"\xff"))
        length = min(len(buffer), len(self._rest))
        buffer[:length] = self._rest[:length]
        self._rest = self._rest[length:]
        return length
