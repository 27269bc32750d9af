"""Writes of uploaded files and what was checked of them."""

from collections.abc import Mapping
from typing import Any

from core.db.bulk import execute
from core.files.models import StoredFile
from core.jobs.models import Job
from retailhq.exchange.models import FileImport, ImportSource


def add_file_import(kind: str, file: StoredFile, check_job: Job, user_id: int | None, replaces_id: int | None) -> FileImport:
    """The row of an upload; its check is asked for in the same transaction."""
    return FileImport.objects.create(
        kind=kind,
        file=file,
        file_name=file.name,
        digest=file.digest,
        size=file.size or 0,
        uploaded_by_id=user_id,
        check_job=check_job,
        replaces_id=replaces_id,
    )


def set_apply_job(file_import: FileImport, job: Job) -> bool:
    """Makes this the job that applies the import, unless another one was set since the row was read; says whether it did."""
    return FileImport.objects.filter(pk=file_import.pk, apply_job=file_import.apply_job_id).update(apply_job=job) == 1


def save_preview(check_job_id: int, preview: Mapping[str, Any]) -> None:
    """What the check saw first."""
    FileImport.objects.filter(check_job=check_job_id).update(preview=dict(preview))


def keep_source(kind: str, name: str, profile: str) -> None:
    """Which profile files of this source are read by from now on; one query, which writes only what is new."""
    execute(
        f"""
        INSERT INTO {ImportSource._meta.db_table} AS s (kind, name, profile) VALUES (%s, %s, %s)
        ON CONFLICT (kind, name) DO UPDATE SET profile = excluded.profile WHERE s.profile <> excluded.profile
        """,
        [kind, name, profile],
    )
