"""Stored files: written, read and downloaded as a stream of bytes; memory stays flat however large they are."""

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.models import User as UserRow
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from core.files import writes
from core.files.models import StoredFile, StoredFilePart
from core.lib.problems import BusinessError, Code, Problem, register

PART_BYTES = 1 << 20
KEEP_DAYS = 30
# A file that was never completed: its writer died.
DRAFT_DAYS = 1
NAME_LENGTH = 200

register(
    Code(
        "FILE_TOO_LARGE",
        "import",
        "The file is larger than this installation takes.",
        "Split it, pack it with gzip, or ask the operator.",
        "{file} is larger than {most} MB, the most that is taken here.",
    ),
    Code("FILE_EMPTY", "import", "The file has no content.", "Choose another file.", "{file} is empty."),
    Code(
        "FILE_GONE",
        "import",
        "The stored file does not exist any more; files are kept for a limited time.",
        "Make it or upload it again.",
        "The file is not stored any more.",
    ),
)


def write_file(
    name: str,
    media_type: str,
    chunks: Iterable[bytes],
    user: UserRow | AnonymousUser | None,
    *,
    keep_days: int | None = KEEP_DAYS,
    most_bytes: int | None = None,
) -> StoredFile:
    """Stores a file as its chunks come, of whatever size they are, and gives it once it is whole.

    Each part of a megabyte is written at once, outside any transaction of ours: a reader of the database never waits for a slow upload.
    What is not completed cannot be read and is removed. `keep_days` None keeps the file. Raises BusinessError FILE_TOO_LARGE beyond
    `most_bytes`, and whatever `chunks` raises; nothing is left of the file then.
    """
    now = timezone.now()
    file = writes.begin_file(harmless_name(name), media_type[:100], user.pk if user else None, now + timedelta(days=DRAFT_DAYS))
    digest, size = hashlib.sha256(), 0
    try:
        for number, part in enumerate(parts_of(chunks)):
            size += len(part)
            if most_bytes is not None and size > most_bytes:
                raise BusinessError(Problem("FILE_TOO_LARGE", {"file": file.name, "most": round(Decimal(most_bytes) / (1 << 20))}))
            digest.update(part)
            writes.add_part(file.pk, number, part)
    except BaseException:
        writes.remove_file(file.pk)
        raise
    writes.complete_file(file, size, digest.hexdigest(), None if keep_days is None else now + timedelta(days=keep_days))
    return file


def parts_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of `PART_BYTES`, the last one shorter."""
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        while len(kept) >= PART_BYTES:
            yield bytes(kept[:PART_BYTES])
            del kept[:PART_BYTES]
    if kept:
        yield bytes(kept)


def read_file(file_id: int) -> Iterator[bytes]:
    """The content in order, a part at a time; one query each. Raises BusinessError FILE_GONE at once or in the middle."""
    size = StoredFile.objects.filter(pk=file_id).values_list("size", flat=True).first()
    if size is None:
        raise gone()
    return _parts(file_id, size)


def _parts(file_id: int, size: int) -> Iterator[bytes]:
    for number in range(-(-size // PART_BYTES)):
        content = StoredFilePart.objects.filter(file_id=file_id, number=number).values_list("content", flat=True).first()
        if content is None:
            raise gone()
        yield bytes(content)


def gone() -> BusinessError:
    """The refusal for a file that is not there."""
    return BusinessError(Problem("FILE_GONE"))


def harmless_name(name: str) -> str:
    """The last part of a name, without what a header or a folder would misread, short enough to store."""
    last = re.split(r"[/\\]", name)[-1]
    clean = "".join(letter for letter in last if letter.isprintable()).strip(" .") or "file"
    return clean if len(clean) <= NAME_LENGTH else f"{clean[: NAME_LENGTH - 40]}…{clean[-39:]}"


class StoredStream(io.RawIOBase):
    """A stored file as a readable binary stream, for readers that want one."""

    def __init__(self, file_id: int) -> None:
        self._parts = read_file(file_id)
        self._rest = memoryview(b"")
        self.position = 0

    def readable(self) -> bool:
        """It can be read and nothing else."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer with what is at hand."""
        if not self._rest:
            self._rest = memoryview(next(self._parts, b""))
        length = min(len(buffer), len(self._rest))
        buffer[:length] = self._rest[:length]
        self._rest = self._rest[length:]
        self.position += length
        return length


def download(file: StoredFile) -> StreamingHttpResponse:
    """The file as an attachment, streamed part by part; a browser never shows it as a page of ours."""
    response = StreamingHttpResponse(read_file(file.pk), content_type=file.media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    response["Content-Length"] = str(file.size)
    response["X-Content-Type-Options"] = "nosniff"
    return response
