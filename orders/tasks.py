"""Tasks of customer orders: ids in, one service call."""

from collections.abc import Sequence

from celery import shared_task

from core.jobs.queue.services.enqueue import run_task
from core.jobs.watchdog import register_rescue
from orders.services import background, delivery_queue  # noqa: F401  workers know what may recur by importing it


@shared_task(name="orders.post_deliveries")
def post_deliveries(job_id: int, warehouse_ids: Sequence[int]) -> None:
    """Invoices deliveries of the partitions for a while and sends itself again while some wait."""
    run_task(delivery_queue.WORK, job_id, warehouse_ids)


register_rescue("orders", delivery_queue.rescue_interrupted)
