"""Reads for the posting of receipts; one query each."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, text_array
from inventory.rules.receipts import BatchCard, Delivered
from inventory.rules.stock import OnHandKey


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


def receipts_like(wanted: Mapping[Delivered, OnHandKey]) -> dict[Delivered, set[str]]:
    """Numbers of receipts that brought the very same to that (warehouse, item, batch); one query, none for nothing."""
    if not wanted:
        return {}
    ordered = list(wanted)
    rows = fetch_all(
        """
        SELECT k.place, r.receipt
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::timestamptz[])
            WITH ORDINALITY AS k (warehouse_id, item_id, batch_id, quantity, unit_cost, received_at, place)
        JOIN inventory_receiptline r ON r.item_id = k.item_id AND r.received_at = k.received_at
            AND r.warehouse_id = k.warehouse_id AND r.quantity = k.quantity AND r.unit_cost = k.unit_cost
            AND r.batch_id IS NOT DISTINCT FROM k.batch_id
        """,
        [
            *(array(key[place] for key in wanted.values()) for place in range(3)),
            *(array(one[place] for one in ordered) for place in range(3, 6)),
        ],
    )
    found: dict[Delivered, set[str]] = {}
    for place, receipt in rows:
        found.setdefault(ordered[place - 1], set()).add(receipt)
    return found
