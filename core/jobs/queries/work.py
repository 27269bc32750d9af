"""What the watchdog reads of jobs."""

from collections.abc import Sequence

from core.db.bulk import fetch_all
from core.jobs.models import Job


def running_jobs(kinds: Sequence[str], quiet_seconds: int = 0) -> list[int]:
    """Jobs of these kinds that a worker began, without a heartbeat for so long; one query."""
    rows = fetch_all(
        """
        SELECT id FROM jobs_job
        WHERE kind = ANY(%s) AND status = %s AND finished_at IS NULL AND heartbeat_at <= clock_timestamp() - make_interval(secs => %s)
        ORDER BY id
        """,
        [list(kinds), Job.Status.RUNNING, quiet_seconds],
    )
    return [row[0] for row in rows]


def unattended_jobs(kinds: Sequence[str], quiet_seconds: int) -> list[int]:
    """Queued jobs of these kinds that the broker never took, or took long ago without a worker beginning them; one query."""
    rows = fetch_all(
        """
        SELECT id FROM jobs_job
        WHERE kind = ANY(%s) AND status = %s AND finished_at IS NULL
          AND (dispatched_at IS NULL OR dispatched_at < clock_timestamp() - make_interval(secs => %s))
        ORDER BY id
        """,
        [list(kinds), Job.Status.QUEUED, quiet_seconds],
    )
    return [row[0] for row in rows]
