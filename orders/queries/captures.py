"""Batches that lines of customer orders captured, as they stand now."""

from collections.abc import Collection
from typing import NamedTuple

from core.db.bulk import array, fetch_all
from inventory.rules.captured import CapturedBatch


class OpenCapture(NamedTuple):
    """A line that sells and is not invoiced yet, with its captured batch; `off` are rules that the company switched off."""

    order_id: int
    order_line_id: int
    line: int
    legal_entity_id: int
    off: frozenset[str]
    captured: CapturedBatch


def open_captures(order_ids: Collection[int]) -> list[OpenCapture]:
    """Captured batches on lines of the orders that something is left of, by order and line; one query."""
    rows = fetch_all(
        """
        SELECT l.order_id, l.id, l.line_number, w.legal_entity_id,
               array(SELECT r.code FROM parameters_disabledrule r WHERE r.legal_entity_id = w.legal_entity_id),
               b.number, i.code, d.code, d.blocks_sale, b.expires_on, c.scanned_expiry
        FROM orders_salesorderline l
        JOIN orders_customerorderline c ON c.order_line_id = l.id AND c.batch_id IS NOT NULL AND c.ordered > c.invoiced + c.cancelled
        JOIN orders_salesorder o ON o.id = l.order_id
        JOIN inventory_warehouse w ON w.id = o.warehouse_id
        JOIN inventory_batch b ON b.id = c.batch_id
        JOIN inventory_item i ON i.id = l.item_id
        JOIN inventory_disposition d ON d.id = b.disposition_id
        WHERE l.order_id = ANY(%s::bigint[]) AND l.quantity > 0
        ORDER BY l.order_id, l.line_number
        """,
        [array(order_ids)],
    )
    return [OpenCapture._make((*row[:4], frozenset(row[4]), CapturedBatch._make(row[5:]))) for row in rows]
