"""Files that we write: whole or not at all."""

import gzip
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content stands at `path` when the block ends well; otherwise what was there before stays. `.gz` is written compressed.

    The content goes to a file beside it that takes the name at the end, so a reader never sees half of it. What is no ordinary file
    (a pipe, a device) is written to directly. Raises OSError.
    """
    goal = Path(os.path.realpath(path))
    packed = path.suffix == ".gz"
    if goal.exists() and not stat.S_ISREG(goal.stat().st_mode):
        with goal.open("wb") as special, _packed(special, packed) as stream:
            yield stream
        return
    # Short whatever the name is long: a name may have 255 bytes only.
    draft = goal.with_name(f".export-{secrets.token_hex(8)}")
    try:
        with draft.open("xb", buffering=1 << 20) as raw:
            if goal.exists():
                os.fchmod(raw.fileno(), stat.S_IMODE(goal.stat().st_mode))
            with _packed(raw, packed) as stream:
                yield stream
            raw.flush()
            os.fsync(raw.fileno())
        draft.replace(goal)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _packed(raw: BinaryIO, packed: bool) -> Iterator[BinaryIO]:
    """The stream itself, or gzip around it: no name and no time inside, so the same content gives the same bytes."""
    if not packed:
        yield raw
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as stream:
        yield cast("BinaryIO", stream)
