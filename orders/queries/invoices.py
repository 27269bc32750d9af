"""Reads for invoicing."""

from collections.abc import Collection

from core.db.bulk import fetch_all, fetch_as
from orders.rules.invoices import OrderHead, Reserving


def order_heads(order_ids: Collection[int]) -> list[OrderHead]:
    """Orders with the sums of their lines, by id; an order of voided lines has none. One query."""
    return fetch_as(
        OrderHead,
        """
        SELECT o.id AS order_id, o.number, w.legal_entity_id, s.code AS store, o.business_date AS date, COALESCE(sum(l.net), 0) AS net,
               COALESCE(sum(l.tax), 0) AS tax,
               COALESCE(sum(l.net) FILTER (WHERE i.kind = 'gift_card'), 0) AS gift_cards
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


def item_names(item_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Code and unit by item id; one query."""
    rows = fetch_all("SELECT id, code, unit_id FROM inventory_item WHERE id = ANY(%s)", [list(item_ids)])
    return {item_id: (code, unit) for item_id, code, unit in rows}


def reserved_in(pools: Collection[tuple[int, int]]) -> dict[tuple[int, int], list[Reserving]]:
    """Which orders have set something aside of (warehouse, item), by number; one query."""
    rows = fetch_all(
        """
        SELECT r.warehouse_id, r.item_id, o.id, o.number, sum(r.quantity)
        FROM unnest(%s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id)
        JOIN orders_reservation r ON r.warehouse_id = p.warehouse_id AND r.item_id = p.item_id
        JOIN orders_salesorderline l ON l.id = r.order_line_id
        JOIN orders_salesorder o ON o.id = l.order_id
        GROUP BY 1, 2, 3, 4 ORDER BY o.number COLLATE "C"
        """,
        [[pool[0] for pool in pools], [pool[1] for pool in pools]],
    )
    found: dict[tuple[int, int], list[Reserving]] = {}
    for warehouse_id, item_id, *reserving in rows:
        found.setdefault((warehouse_id, item_id), []).append(Reserving(*reserving))
    return found
