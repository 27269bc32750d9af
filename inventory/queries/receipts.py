"""Reads for the posting of receipts; one query each."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, text_array
from inventory.rules.receipts import BatchCard, Delivered


def batch_cards(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], BatchCard]:
    """Batches by (item code, number)."""
    rows = fetch_all(
        """
        SELECT i.code, b.number, b.id, b.manufactured_on, b.expires_on, d.code, b.is_default_batch
        FROM unnest(%s::text[], %s::text[]) AS k (item, number)
        JOIN inventory_item i ON i.code = k.item
        JOIN inventory_batch b ON b.item_id = i.id AND b.number = k.number
        JOIN inventory_disposition d ON d.id = b.disposition_id
        """,
        [text_array(item for item, _ in keys), text_array(number for _, number in keys)],
    )
    return {(item, number): BatchCard(*values) for item, number, *values in rows}


class Received(NamedTuple):
    """What receipts of a run bring to one on-hand row."""

    quantity: Decimal
    first_received_at: datetime


def receipts_like(wanted: Collection[Delivered]) -> dict[Delivered, set[str]]:
    """Numbers of receipts that brought the very same; one query."""
    rows = fetch_all(
        """
        SELECT k.place, r.receipt
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::numeric[], %s::numeric[], %s::timestamptz[])
            WITH ORDINALITY AS k (warehouse, item, batch, quantity, unit_cost, received_at, place)
        JOIN inventory_item i ON i.code = k.item
        JOIN inventory_receiptline r ON r.item_id = i.id AND r.received_at = k.received_at
            AND r.quantity = k.quantity AND r.unit_cost = k.unit_cost
        JOIN inventory_warehouse w ON w.id = r.warehouse_id AND w.code = k.warehouse
        LEFT JOIN inventory_batch b ON b.id = r.batch_id
        WHERE COALESCE(b.number, '') = k.batch
        """,
        [
            *(text_array(str(one[place]) for one in wanted) for place in range(3)),
            *(array(one[place] for one in wanted) for place in range(3, 6)),
        ],
    )
    ordered = list(wanted)
    found: dict[Delivered, set[str]] = {}
    for place, receipt in rows:
        found.setdefault(ordered[place - 1], set()).add(receipt)
    return found
