"""Tasks of customer orders: ids in, one service call."""

from collections.abc import Sequence

from celery import shared_task

from orders.services import deliveries
from retailhq.db.after_commit import send

BUSY_LANE_SECONDS = 2


@shared_task(name="orders.post_deliveries")
def post_deliveries(job_id: int, warehouse_ids: Sequence[int]) -> None:
    """Invoices deliveries of the lanes for a while and sends itself again while some wait."""
    if deliveries.work_lanes(job_id, warehouse_ids):
        send("orders.post_deliveries", job_id, list(warehouse_ids), countdown=BUSY_LANE_SECONDS)
