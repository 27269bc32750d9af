"""The demo's folder in RETAILHQ_HOME: derived files, what was done so far, and the login."""

import fcntl
import json
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from retailhq.demo.derive import Derivation
from retailhq.demo.stores import Slice

USER = "demo"


class OtherSliceError(Exception):
    """The home already holds the demo of another slice; the message says which."""


@dataclass(frozen=True)
class Workspace:
    """Paths of the demo. Every file is written beside its place and renamed, so a killed run leaves nothing half-written."""

    folder: Path

    @property
    def files(self) -> Path:
        """Return the folder of the import files."""
        return self.folder / "files"

    @property
    def worker_log(self) -> Path:
        """Return the file that takes the messages of the worker."""
        return self.folder / "worker.log"

    def open(self, wanted: Slice) -> None:
        """Make the folder and claim it for a slice. Raises OtherSliceError when it holds another one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        claimed = self._read("slice.json")
        mine = {name: str(value) for name, value in asdict(wanted).items()}
        if claimed is None:
            self._write("slice.json", mine)
        elif claimed != mine:
            raise OtherSliceError(
                f"{self.folder} holds the demo of {claimed['days']} days of {claimed['stores']} stores from {claimed['first_day']} on; "
                "for another one, choose another RETAILHQ_HOME or run 'make clean' first"
            )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other process loads this demo, and keep others waiting for the length of the block."""
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def deriving(self) -> Iterator[Path]:
        """Give a folder to derive into, which becomes `files` when the block ends well."""
        fresh = self.folder / "files.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        yield fresh
        shutil.rmtree(self.files, ignore_errors=True)
        fresh.rename(self.files)

    def save_derivation(self, derivation: Derivation) -> None:
        """Keep the figures of the derivation for later summaries."""
        # Not asdict, which takes a Counter apart.
        self._write("derivation.json", {part.name: getattr(derivation, part.name) for part in fields(derivation)})

    def derivation(self) -> Derivation | None:
        """Return the figures of the derivation, None when nothing was derived yet."""
        kept = self._read("derivation.json") if self.files.is_dir() else None
        if kept is None:
            return None
        values: dict[str, Any] = {name: Counter(value) if isinstance(value, dict) else value for name, value in kept.items()}
        return Derivation(**values)

    def save_record(self, record: dict[str, Any]) -> None:
        """Keep what the first complete run did: seconds per phase and what the imports said."""
        self._write("run.json", record)

    def record(self) -> dict[str, Any] | None:
        """Return what the first complete run did, None before it."""
        return self._read("run.json")

    def password(self) -> str:
        """Return the password of the demo user; made on first use, readable by its owner only."""
        path = self.folder / "password"
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(9))
        return path.read_text(encoding="ascii")

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.folder / name
        if not path.is_file():
            return None
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content

    def _write(self, name: str, content: dict[str, Any]) -> None:
        fresh = self.folder / f"{name}.new"
        fresh.write_text(json.dumps(content, default=text_of, indent=1), encoding="utf-8")
        fresh.replace(self.folder / name)


def text_of(value: object) -> str:
    """Write dates as ISO texts."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"cannot write {type(value).__name__}")
