"""Job rows: asked for, dispatched, progress, finished."""

from collections.abc import Mapping
from typing import Any

from retailhq.db.bulk import execute, fetch_value
from retailhq.jobs.models import Job


def request_job(kind: str, title: str, total: int, arguments: Mapping[str, Any], user_id: int | None) -> Job:
    """The row of a new job; commit it together with what it asks for."""
    return Job.objects.create(kind=kind, title=title, total=total, arguments=dict(arguments), requested_by_id=user_id)


def mark_dispatched(job_id: int) -> None:
    """The broker took the job's tasks."""
    execute("UPDATE jobs_job SET dispatched_at = now() WHERE id = %s", [job_id])


def mark_started(job_id: int) -> None:
    """The first worker began; later ones change nothing."""
    execute(
        "UPDATE jobs_job SET status = %s, started_at = COALESCE(started_at, now()), heartbeat_at = now() WHERE id = %s AND status = %s",
        [Job.Status.RUNNING, job_id, Job.Status.QUEUED],
    )


def add_progress(job_id: int, lines: int, phase: str) -> None:
    """Counts finished lines and beats the heart."""
    execute("UPDATE jobs_job SET done = done + %s, phase = %s, heartbeat_at = now() WHERE id = %s", [lines, phase, job_id])


def beat(job_id: int) -> None:
    """Somebody is at it, though nothing was finished."""
    execute("UPDATE jobs_job SET heartbeat_at = now() WHERE id = %s", [job_id])


def finish_job(job_id: int, status: str, result: str) -> bool:
    """Closes an open job with its result (JSON text); says whether this call did it."""
    sql = """
        UPDATE jobs_job SET status = %s, result = %s::jsonb, finished_at = now(), phase = ''
        WHERE id = %s AND finished_at IS NULL RETURNING id
    """
    return fetch_value(sql, [status, result, job_id]) is not None
