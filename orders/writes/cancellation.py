"""Set-based writes of cancellations."""

from collections.abc import Mapping
from decimal import Decimal

from core.db.bulk import array, execute
from orders.models import SalesOrder
from orders.rules.deliveries import Amounts


def add_cancelled(order_id: int, amounts: Mapping[int, Amounts], total: Decimal, charge: Decimal) -> None:
    """What of order lines and of their order was cancelled, and what was charged for it, with the order held. Two queries."""
    execute(
        """
        UPDATE orders_customerorderline c
        SET cancelled_stock = c.cancelled_stock + a.stock, cancelled_net = c.cancelled_net + a.net, cancelled_tax = c.cancelled_tax + a.tax
        FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[]) AS a (id, stock, net, tax) WHERE c.order_line_id = a.id
        """,
        [array(amounts), *(array(one[column] for one in amounts.values()) for column in range(3))],
    )
    execute(
        "UPDATE orders_customerorder SET cancelled = cancelled + %s, charged = charged + %s WHERE order_id = %s",
        [total, charge, order_id],
    )


def end_when_done(order_id: int) -> None:
    """An order of which nothing is left is cancelled, or invoiced where something was; call it after the lines changed. One query."""
    execute(
        """
        UPDATE orders_salesorder o SET status = CASE WHEN x.invoiced > 0 THEN %s ELSE %s END
        FROM (
            SELECT sum(c.ordered - c.invoiced - c.cancelled) AS left_over, sum(c.invoiced) AS invoiced
            FROM orders_salesorderline l JOIN orders_customerorderline c ON c.order_line_id = l.id WHERE l.order_id = %s
        ) x
        WHERE o.id = %s AND x.left_over = 0
        """,
        [SalesOrder.Status.INVOICED, SalesOrder.Status.CANCELLED, order_id, order_id],
    )
