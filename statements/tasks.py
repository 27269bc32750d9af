"""Tasks of statements: ids in, one service call."""

from collections.abc import Sequence

from celery import shared_task

from core.jobs.queue.services.enqueue import run_task
from core.jobs.watchdog import register_rescue
from statements.services import background, cause_mail, policy_lab, posting, recall  # noqa: F401  workers know job kinds by importing them
from statements.services.runner import WORK


@shared_task(name="statements.post_partitions")
def post_partitions(job_id: int, warehouse_ids: Sequence[int]) -> None:
    """Posts the partitions for a while and sends itself again while statements wait."""
    run_task(WORK, job_id, warehouse_ids)


register_rescue("statements", posting.rescue_interrupted)
