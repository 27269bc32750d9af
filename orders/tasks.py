"""Tasks of customer orders: ids in, one service call."""

from collections.abc import Sequence

from celery import shared_task

from orders.services import background, deliveries  # noqa: F401  workers know what may recur by importing it
from retailhq.lanes.services.asking import serve_lanes


@shared_task(name="orders.post_deliveries")
def post_deliveries(job_id: int, warehouse_ids: Sequence[int]) -> None:
    """Invoices deliveries of the lanes for a while and sends itself again while some wait."""
    serve_lanes(deliveries.WORK, job_id, warehouse_ids)
