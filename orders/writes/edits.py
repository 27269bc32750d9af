"""Set-based writes of edits of orders, which the caller holds."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from core.db.bulk import array, execute, text_array
from orders.rules.deliveries import OpenLine
from orders.rules.edits import Terms


def update_head(order_id: int, customer_id: int, delivery: str, added: tuple[Decimal, Decimal, Decimal], overridden_by: str) -> None:
    """Customer, delivery mode, and what net, tax and wanted deposit change by (`added`); a blank `overridden_by` changes nothing.

    Two queries.
    """
    net, tax, deposit = added
    execute("UPDATE orders_salesorder SET customer_id = %s WHERE id = %s", [customer_id, order_id])
    execute(
        """
        UPDATE orders_customerorder
        SET delivery = %s, net = net + %s, tax = tax + %s, total = total + %s, deposit_wanted = GREATEST(0, deposit_wanted + %s),
            deposit_overridden_by = COALESCE(NULLIF(%s, ''), deposit_overridden_by)
        WHERE order_id = %s
        """,
        [delivery, net, tax, net + tax, deposit, overridden_by, order_id],
    )


def update_lines(lines: Sequence[OpenLine], terms: Mapping[int, Terms]) -> None:
    """Quantities, amounts and delivery modes of lines; two queries."""
    ids = array(line.order_line_id for line in lines)
    execute(
        """
        UPDATE orders_salesorderline l
        SET quantity = x.quantity, stock_quantity = x.stock, price = x.price, discount = x.discount, net = x.net, tax = x.tax
        FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])
            AS x (id, quantity, stock, price, discount, net, tax)
        WHERE l.id = x.id
        """,
        [
            ids,
            array(line.quantity for line in lines),
            array(line.stock_quantity for line in lines),
            array(terms[line.order_line_id].price for line in lines),
            array(terms[line.order_line_id].discount for line in lines),
            array(line.net for line in lines),
            array(line.tax for line in lines),
        ],
    )
    execute(
        """
        UPDATE orders_customerorderline c SET ordered = x.ordered, delivery = x.delivery
        FROM unnest(%s::bigint[], %s::numeric[], %s::text[]) AS x (id, ordered, delivery) WHERE c.order_line_id = x.id
        """,
        [ids, array(line.stages.ordered for line in lines), text_array(line.mode for line in lines)],
    )


def delete_lines(order_line_ids: Collection[int]) -> None:
    """Lines that nobody has handled go, with nothing reserved for them any more and nothing to explain; three queries, none for nothing."""
    if order_line_ids:
        ids = array(order_line_ids)
        execute("DELETE FROM orders_reservationchange WHERE order_line_id = ANY(%s::bigint[])", [ids])
        execute("DELETE FROM orders_customerorderline WHERE order_line_id = ANY(%s::bigint[])", [ids])
        execute("DELETE FROM orders_salesorderline WHERE id = ANY(%s::bigint[])", [ids])
