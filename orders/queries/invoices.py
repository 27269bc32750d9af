"""Reads for invoicing."""

from collections.abc import Collection

from core.db.bulk import fetch_all
from orders.rules.invoices import OrderHead


def order_heads(order_ids: Collection[int]) -> list[OrderHead]:
    """Orders with the sums of their lines, by id; an order of voided lines has none. One statement."""
    rows = fetch_all(
        """
        SELECT o.id, o.number, w.legal_entity_id, s.code, o.business_date, COALESCE(sum(l.net), 0), COALESCE(sum(l.tax), 0),
               COALESCE(sum(l.net) FILTER (WHERE i.kind = 'gift_card'), 0)
        FROM orders_salesorder o
        JOIN orders_store s ON s.id = o.store_id
        JOIN inventory_warehouse w ON w.id = o.warehouse_id
        LEFT JOIN orders_salesorderline l ON l.order_id = o.id
        LEFT JOIN inventory_item i ON i.id = l.item_id
        WHERE o.id = ANY(%s)
        GROUP BY o.id, w.legal_entity_id, s.code
        ORDER BY o.id
        """,
        [list(order_ids)],
    )
    return [OrderHead(*row) for row in rows]


def item_names(item_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Code and unit by item id; one statement."""
    rows = fetch_all("SELECT id, code, unit_id FROM inventory_item WHERE id = ANY(%s)", [list(item_ids)])
    return {item_id: (code, unit) for item_id, code, unit in rows}
