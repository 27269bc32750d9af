"""What an edit of an order starts from."""

from core.db.bulk import fetch_all, fetch_by
from orders.rules.edits import Terms


def order_head(order_id: int) -> tuple[str, str, str]:
    """Customer, delivery mode and warehouse of an order; the order is held by the caller. One query."""
    (row,) = fetch_all(
        """
        SELECT k.code, c.delivery, w.code
        FROM orders_salesorder o
        JOIN orders_customerorder c ON c.order_id = o.id
        JOIN orders_customer k ON k.id = o.customer_id
        JOIN inventory_warehouse w ON w.id = o.warehouse_id
        WHERE o.id = %s
        """,
        [order_id],
    )
    customer, delivery, warehouse = row
    return customer, delivery, warehouse


def line_terms(order_id: int) -> dict[int, Terms]:
    """Item, captured batch, price and discount by order line; the order is held by the caller. One query."""
    return fetch_by(
        ("id",),
        Terms,
        """
        SELECT l.id, l.item_id, c.batch_id, l.price, l.discount
        FROM orders_salesorderline l JOIN orders_customerorderline c ON c.order_line_id = l.id WHERE l.order_id = %s
        """,
        [order_id],
    )
