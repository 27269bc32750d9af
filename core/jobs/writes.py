"""Job rows: asked for, dispatched, progress, finished."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.db.bulk import execute, fetch_all, fetch_value
from core.jobs.models import Job
from core.lib.messages import Message, as_written, written_message


def request_job(kind: str, title: Message | str, total: int, arguments: Mapping[str, Any], user_id: int | None) -> Job:
    """The row of a new job; commit it together with what it asks for. A title that is a text is a name that somebody gave."""
    said = title if isinstance(title, Message) else as_written(title)
    return Job.objects.create(kind=kind, title=said, total=total, arguments=dict(arguments), requested_by_id=user_id)


def mark_dispatched(job_id: int) -> None:
    """The broker took the job's tasks."""
    execute("UPDATE jobs_job SET dispatched_at = now() WHERE id = %s", [job_id])


def mark_started(job_id: int) -> None:
    """The first worker began; later ones change nothing."""
    execute(
        "UPDATE jobs_job SET status = %s, started_at = COALESCE(started_at, now()), heartbeat_at = now() WHERE id = %s AND status = %s",
        [Job.Status.RUNNING, job_id, Job.Status.QUEUED],
    )


def add_progress(job_id: int, lines: int, phase: Message) -> None:
    """Counts finished lines and beats the heart."""
    execute(
        "UPDATE jobs_job SET done = done + %s, phase = %s::jsonb, heartbeat_at = now() WHERE id = %s",
        [lines, written_message(phase), job_id],
    )


def beat(job_id: int) -> None:
    """Somebody is at it, though nothing was finished."""
    execute("UPDATE jobs_job SET heartbeat_at = now() WHERE id = %s", [job_id])


def finish_job(job_id: int, status: str, result: str) -> bool:
    """Closes an open job with its result (JSON text); says whether this call did it."""
    sql = """
        UPDATE jobs_job SET status = %s, result = %s::jsonb, finished_at = now(), phase = NULL
        WHERE id = %s AND finished_at IS NULL RETURNING id
    """
    return fetch_value(sql, [status, result, job_id]) is not None


# Progress of a general job; answers whether somebody asked to cancel it, or with nothing when the token is not the run's any more.
PROGRESS = """
    UPDATE jobs_job SET done = COALESCE(%s::bigint, done), total = COALESCE(%s::bigint, total), phase = %s::jsonb, heartbeat_at = now()
    WHERE id = %s AND run_token = %s::uuid AND status = 'running' RETURNING cancel_asked_at IS NOT NULL
"""


def progress_values(job_id: int, token: UUID, done: int | None, total: int | None, phase: Message | None) -> tuple[int | str | None, ...]:
    """The parameters of PROGRESS; what is None stays."""
    return done, total, written_message(phase) if phase else None, job_id, str(token)


def claim_job(job_id: int, token: UUID) -> bool:
    """Takes a queued job for one run; says whether this call got it."""
    sql = """
        UPDATE jobs_job SET status = %s, run_token = %s, attempts = attempts + 1, started_at = COALESCE(started_at, now()),
               heartbeat_at = now(), done = 0
        WHERE id = %s AND status = %s RETURNING id
    """
    return fetch_value(sql, [Job.Status.RUNNING, token, job_id, Job.Status.QUEUED]) is not None


def finish_run(job_id: int, token: UUID, status: str, result: str, file_ids: Sequence[int]) -> bool:
    """Closes the job of this run with its result (JSON text) and links its files; says whether the run still had it."""
    sql = """
        WITH closed AS (
            UPDATE jobs_job SET status = %s, result = %s::jsonb, finished_at = now(), phase = NULL, run_token = NULL
            WHERE id = %s AND run_token = %s AND finished_at IS NULL RETURNING id
        ), linked AS (
            INSERT INTO jobs_job_files (job_id, storedfile_id) SELECT c.id, f FROM closed c, unnest(%s::bigint[]) AS f
        )
        SELECT id FROM closed
    """
    return fetch_value(sql, [status, result, job_id, token, list(file_ids)]) is not None


def requeue_jobs(job_ids: Sequence[int], token: UUID | None = None) -> list[int]:
    """Puts running jobs back into the queue: those of dead workers, or the one that a run (`token`) gives up."""
    sql = """
        UPDATE jobs_job SET status = %s, run_token = NULL, dispatched_at = NULL, phase = NULL
        WHERE id = ANY(%s) AND status = %s AND (%s::uuid IS NULL OR run_token = %s) RETURNING id
    """
    return [row[0] for row in fetch_all(sql, [Job.Status.QUEUED, list(job_ids), Job.Status.RUNNING, token, token])]


def give_up_jobs(job_ids: Sequence[int], attempts: int, result: str) -> None:
    """Fails those of the jobs that were begun too often; they would take down one worker after the other."""
    execute(
        """
        UPDATE jobs_job SET status = %s, result = %s::jsonb, finished_at = now(), phase = NULL, run_token = NULL
        WHERE id = ANY(%s) AND status = %s AND attempts >= %s
        """,
        [Job.Status.FAILED, result, list(job_ids), Job.Status.RUNNING, attempts],
    )


def cancel_queued(job_id: int) -> bool:
    """Ends a job that nobody has begun; says whether it was one."""
    sql = "UPDATE jobs_job SET status = %s, finished_at = now(), phase = NULL WHERE id = %s AND status = %s RETURNING id"
    return fetch_value(sql, [Job.Status.CANCELLED, job_id, Job.Status.QUEUED]) is not None


def ask_to_cancel(job_id: int) -> bool:
    """Asks a running job to stop; its work hears of it at its next word. Says whether it was running."""
    sql = """
        UPDATE jobs_job SET cancel_asked_at = COALESCE(cancel_asked_at, now()) WHERE id = %s AND status = %s RETURNING id
    """
    return fetch_value(sql, [job_id, Job.Status.RUNNING]) is not None


def give_sign(part: str) -> None:
    """Notes that a part of the installation lives (core/jobs/queries/signs.py)."""
    execute(
        "INSERT INTO jobs_signoflife (part, at) VALUES (%s, clock_timestamp()) ON CONFLICT (part) DO UPDATE SET at = excluded.at", [part]
    )
