"""Tasks of statements: ids in, one service call."""

from collections.abc import Sequence

from celery import shared_task
from django.conf import settings

from core.api.writes import remove_old_answers
from core.jobs.queue.services.enqueue import serve_lanes
from core.jobs.services import rescue_jobs
from orders.services import delivery_queue
from statements.services import background, posting  # noqa: F401  workers know the kinds of jobs by importing them
from statements.services.runner import WORK


@shared_task(name="statements.post_lanes")
def post_lanes(job_id: int, warehouse_ids: Sequence[int]) -> None:
    """Posts the lanes for a while and sends itself again while statements wait."""
    serve_lanes(WORK, job_id, warehouse_ids)


@shared_task(name="jobs.watchdog")
def watchdog() -> None:
    """Brings interrupted postings and other jobs back; forgets answers to calls that are kept no longer."""
    posting.rescue_interrupted()
    delivery_queue.rescue_interrupted()
    rescue_jobs()
    remove_old_answers(settings.API_KEPT_DAYS)
