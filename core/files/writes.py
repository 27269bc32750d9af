"""Writing SQL of stored files."""

from datetime import datetime

from core.db.bulk import execute
from core.files.models import StoredFile


def begin_file(name: str, media_type: str, owner_id: int | None, expires_at: datetime) -> StoredFile:
    """The row of a file whose parts follow; it goes at `expires_at` unless it becomes whole."""
    return StoredFile.objects.create(name=name, media_type=media_type, owner_id=owner_id, expires_at=expires_at)


def add_part(file_id: int, number: int, content: bytes) -> None:
    execute("INSERT INTO files_storedfilepart (file_id, number, content) VALUES (%s, %s, %s)", [file_id, number, content])


def complete_file(file: StoredFile, size: int, digest: str, expires_at: datetime | None) -> None:
    """Makes the file whole; from now on it can be read."""
    file.size, file.digest, file.expires_at = size, digest, expires_at
    file.save(update_fields=("size", "digest", "expires_at"))


def remove_file(file_id: int) -> None:
    """The file with its parts, and what links to it."""
    StoredFile.objects.filter(pk=file_id).delete()


def remove_expired(now: datetime) -> int:
    """Files whose time is over; says how many."""
    expired = list(StoredFile.objects.filter(expires_at__lt=now).values_list("pk", flat=True))
    StoredFile.objects.filter(pk__in=expired).delete()
    return len(expired)
