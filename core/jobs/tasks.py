"""Tasks of jobs: ids in, one service call."""

from celery import shared_task

from core.jobs.queries.signs import WATCHDOG
from core.jobs.services import rescue_jobs, run_job
from core.jobs.services.recurrences import start_recurrence
from core.jobs.watchdog import register_rescue, run_rescues
from core.jobs.writes import give_sign


@shared_task(name="jobs.run")
def run(job_id: int) -> None:
    """Runs a job of a registered kind; delivered twice, it runs once."""
    run_job(job_id)


@shared_task(name="jobs.start_recurrence")
def start(recurrence_id: int) -> None:
    """What the clock sends; a run that is not finished is not joined by another."""
    start_recurrence(recurrence_id)


@shared_task(name="jobs.watchdog")
def watchdog() -> None:
    """Brings back what was interrupted, in every app."""
    try:
        run_rescues()
    finally:
        # A rescue that fails is told by its own error; the round was made.
        give_sign(WATCHDOG)


register_rescue("jobs", rescue_jobs)
