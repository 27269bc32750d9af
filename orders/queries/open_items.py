"""Which items stand on customer orders that are neither invoiced nor cancelled."""

from collections.abc import Collection

from core.db.bulk import array, fetch_all
from orders.models import SalesOrder


def items_on_open_orders(item_ids: Collection[int]) -> set[int]:
    """Items of open customer orders; one statement."""
    sql = """
        SELECT DISTINCT l.item_id FROM orders_salesorder o JOIN orders_salesorderline l ON l.order_id = o.id
        WHERE o.origin = %s AND o.status = %s AND l.item_id = ANY(%s::bigint[])
    """
    return {row[0] for row in fetch_all(sql, [SalesOrder.Origin.CUSTOMER, SalesOrder.Status.CREATED, array(item_ids)])}
