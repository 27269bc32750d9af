"""Where customer orders stand, held for whoever changes them or only looked at."""

from collections.abc import Collection

from core.db.bulk import array, fetch_all, fetch_as
from orders.models import SalesOrder
from orders.rules.order_state import OrderState

# Of the customer order `c`: payments of a delivery settle its invoice and are never a deposit.
DEPOSIT_LEFT = """
    COALESCE((
        SELECT sum(p.amount) FROM orders_orderpayment p
        WHERE p.order_id = c.order_id AND p.kind IN ('deposit', 'refund') AND p.delivery_id IS NULL
    ), 0) - c.deposit_used - c.charged
"""
REMAINING = "c.total - c.cancelled - c.invoiced"


def hold_orders(order_ids: Collection[int]) -> None:
    """Holds orders and those that their returns name FOR NO KEY UPDATE, by id: two returns of one sale go one after the other.

    One query; what it waited for is seen by the next one.
    """
    ids = array(order_ids)
    fetch_all(
        """
        SELECT id FROM orders_salesorder
        WHERE id IN (
            SELECT unnest(%(ids)s::bigint[])
            UNION ALL
            SELECT s.order_id
            FROM orders_salesorderline l
            JOIN orders_customerorderline c ON c.order_line_id = l.id
            JOIN orders_salesorderline s ON s.id = c.return_of_id
            WHERE l.order_id = ANY(%(ids)s::bigint[])
        )
        ORDER BY id FOR NO KEY UPDATE
        """,
        {"ids": ids},
    )


def order_state(order_id: int) -> OrderState | None:
    """The customer order as it stands; None when there is none of that id. One query."""
    rows = fetch_as(
        OrderState,
        f"""
        SELECT o.id AS order_id, o.number, o.status,
               EXISTS (SELECT FROM orders_delivery d WHERE d.order_id = o.id AND d.work_state <> '') AS in_work, c.version,
               o.store_id, s.code AS store, o.warehouse_id, w.legal_entity_id, s.time_zone, k.code AS customer,
               k.blocked AS customer_blocked, c.currency_id AS currency,
               e.code AS company, e.currency_id AS company_currency, u.decimals,
               {DEPOSIT_LEFT} AS deposit_left, {REMAINING} AS remaining, s.rounding_limit
        FROM orders_salesorder o
        JOIN orders_customerorder c ON c.order_id = o.id
        JOIN orders_store s ON s.id = o.store_id
        JOIN orders_customer k ON k.id = o.customer_id
        JOIN inventory_warehouse w ON w.id = o.warehouse_id
        JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        JOIN parameters_currency u ON u.code = c.currency_id
        WHERE o.id = %s AND o.origin = %s
        """,
        [order_id, SalesOrder.Origin.CUSTOMER],
    )
    return rows[0] if rows else None
