"""What deliveries will need that is made on first use; locks nothing."""

from collections.abc import Collection, Mapping
from datetime import date

from core.db.bulk import array, fetch_all, text_array


def days_of_deliveries(delivery_ids: Collection[int]) -> set[tuple[int, date]]:
    """(legal entity, date) of deliveries; one query."""
    rows = fetch_all(
        """
        SELECT DISTINCT w.legal_entity_id, d.day
        FROM orders_delivery d JOIN inventory_warehouse w ON w.id = d.warehouse_id WHERE d.id = ANY(%s::bigint[])
        """,
        [array(delivery_ids)],
    )
    return {(entity, day) for entity, day in rows}


def items_delivered_short(delivery_ids: Collection[int], numbers: Mapping[int, str]) -> list[tuple[int, int]]:
    """(legal entity, item) of tracked items without a batch of the entity's number that are to deliver more than nobody has reserved.

    What the orders have reserved for themselves covers its part. One query; it looks at no batch, so it foresees most, not all.
    """
    return fetch_all(
        """
        SELECT DISTINCT s.legal_entity_id, s.item_id
        FROM (
            SELECT w.legal_entity_id, d.warehouse_id, l.item_id, sum(x.stock_quantity - COALESCE(r.quantity, 0)) AS quantity
            FROM orders_delivery d
            JOIN inventory_warehouse w ON w.id = d.warehouse_id
            JOIN unnest(%(entities)s::bigint[], %(numbers)s::text[]) AS e (id, number) ON e.id = w.legal_entity_id
            JOIN orders_deliveryline x ON x.delivery_id = d.id AND x.stock_quantity > 0
            JOIN orders_salesorderline l ON l.id = x.order_line_id
            JOIN inventory_item i ON i.id = l.item_id AND i.kind = 'stocked'
            JOIN inventory_trackinggroup g ON g.id = i.tracking_group_id AND g.batch_active
            LEFT JOIN LATERAL (
                SELECT least(sum(r.quantity), x.stock_quantity) AS quantity FROM orders_reservation r WHERE r.order_line_id = l.id
            ) r ON true
            WHERE d.id = ANY(%(ids)s::bigint[])
              AND NOT EXISTS (SELECT FROM inventory_batch b WHERE b.item_id = l.item_id AND b.number = e.number)
            GROUP BY w.legal_entity_id, d.warehouse_id, l.item_id
        ) s
        LEFT JOIN LATERAL (
            SELECT sum(o.physical - o.reserved) AS free FROM inventory_onhand o
            WHERE o.warehouse_id = s.warehouse_id AND o.item_id = s.item_id
        ) o ON true
        WHERE s.quantity > COALESCE(o.free, 0)
        """,
        {"ids": array(delivery_ids), "entities": array(numbers), "numbers": text_array(numbers.values())},
    )
