"""Tasks of jobs: ids in, one service call."""

from celery import shared_task

from retailhq.jobs.services import run_job


@shared_task(name="jobs.run")
def run(job_id: int) -> None:
    """Runs a job of a registered kind; delivered twice, it runs once."""
    run_job(job_id)
