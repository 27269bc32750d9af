"""Reads behind "what would this change do" to customer orders that are open."""

from collections.abc import Collection
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_as
from orders.models import SalesOrder


class OpenCustomerOrder(NamedTuple):
    """An order that can be invoiced now, with the code that it stands failed with; `open_orders` is how many there are in all."""

    order_id: int
    number: str
    error_code: str
    time_zone: str
    warehouse_id: int
    open_orders: int


class OpenOrderFilter(NamedTuple):
    """What the line of an order wants, beside how much: the item, and the batch that it names."""

    item_id: int
    batch_id: int | None


def open_customer_orders(legal_entity_id: int, lines: int) -> list[OpenCustomerOrder]:
    """Orders that can be invoiced now, in the order in which they are, as many as have that many open lines together.

    Orders with a delivery in work are left out, and those of blocked customers. The order that passes the limit is the last; there is
    always a first. One query.
    """
    return fetch_as(
        OpenCustomerOrder,
        """
        WITH found AS (
            SELECT o.id, o.number, o.error_code, s.time_zone, o.warehouse_id, count(*) OVER () AS n
            FROM orders_salesorder o
            JOIN inventory_warehouse w ON w.id = o.warehouse_id
            JOIN orders_store s ON s.id = o.store_id
            JOIN orders_customer c ON c.id = o.customer_id
            WHERE o.origin = %s AND o.status = %s AND w.legal_entity_id = %s AND NOT c.blocked
              AND NOT EXISTS (SELECT FROM orders_delivery d WHERE d.order_id = o.id AND d.work_state <> '')
            -- Each has a line at least.
            ORDER BY o.id LIMIT %s
        )
        SELECT id AS order_id, number, error_code, time_zone, warehouse_id, n AS open_orders FROM (
            SELECT f.*, sum(l.lines) OVER (ORDER BY f.id) - l.lines AS lines_before
            FROM found f CROSS JOIN LATERAL (
                SELECT count(*) AS lines FROM orders_salesorderline l JOIN orders_customerorderline c ON c.order_line_id = l.id
                WHERE l.order_id = f.id AND c.ordered > c.invoiced + c.cancelled
            ) l
        ) t WHERE lines_before < %s ORDER BY id
        """,
        [SalesOrder.Origin.CUSTOMER, SalesOrder.Status.CREATED, legal_entity_id, lines, lines],
    )


def wanted_by(order_line_ids: Collection[int]) -> dict[int, OpenOrderFilter]:
    """What lines of orders want; one query."""
    sql = """
        SELECT l.id, l.item_id, c.batch_id FROM orders_salesorderline l JOIN orders_customerorderline c ON c.order_line_id = l.id
        WHERE l.id = ANY(%s::bigint[])
    """
    return {line_id: OpenOrderFilter(item, batch) for line_id, item, batch in fetch_all(sql, [array(order_line_ids)])}
