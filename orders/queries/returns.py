"""What can be returned of an order."""

from core.db.bulk import fetch_as
from inventory.queries.units import in_sold_unit
from orders.models import SalesOrder
from orders.rules.returns import SoldLine
from orders.rules.sold_lines import PLACES_TO_SPARE

# What is on a return `b`, whose order line is `bl`, in the unit of the sale line `l` of item `i`.
RETURNED_QUANTITY = in_sold_unit("(b.ordered - b.cancelled)", "(b.cancelled_stock - bl.stock_quantity)", "bl.unit_id", "l", "i")
# Of a sale line `l` of item `i`: d is what was invoiced of it, r what is on returns, whether they are done or not.
RETURNED = f"""
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(dl.net), 0) AS net, COALESCE(sum(dl.tax), 0) AS tax
        FROM orders_deliveryline dl JOIN orders_delivery v ON v.id = dl.delivery_id
        WHERE dl.order_line_id = l.id AND v.invoice_id IS NOT NULL
    ) d
    CROSS JOIN LATERAL (
        SELECT round(COALESCE(sum({RETURNED_QUANTITY}), 0), {PLACES_TO_SPARE}) AS quantity,
               COALESCE(sum(b.cancelled_net - bl.net), 0) AS net,
               COALESCE(sum(b.cancelled_tax - bl.tax), 0) AS tax
        FROM orders_customerorderline b JOIN orders_salesorderline bl ON bl.id = b.order_line_id
        WHERE b.return_of_id = l.id
    ) r
"""


def sold_lines(order_id: int) -> list[SoldLine]:
    """Sale lines of an order of which something is invoiced, with what is on returns; the order is held by the caller. One query."""
    return fetch_as(
        SoldLine,
        f"""
        SELECT l.line_number AS number, i.code AS item, l.unit_id AS unit, l.price, l.discount, c.delivery, c.ordered, c.invoiced, d.net,
               d.tax,
               r.quantity AS returned, r.net AS returned_net, r.tax AS returned_tax,
               i.unit_id AS stock_unit, l.stock_quantity
        FROM orders_salesorderline l
        JOIN orders_customerorderline c ON c.order_line_id = l.id
        JOIN inventory_item i ON i.id = l.item_id
        {RETURNED}
        WHERE l.order_id = %s AND l.quantity > 0 AND c.invoiced > 0
        ORDER BY l.line_number
        """,
        [order_id],
    )


def numbers_from(start: str, legal_entity_id: int) -> list[str]:
    """Numbers of a company's orders that begin like that; one query."""
    return list(SalesOrder.objects.filter(legal_entity_id=legal_entity_id, number__startswith=start).values_list("number", flat=True))
