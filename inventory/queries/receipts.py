"""Reads for the posting of receipts; one statement each."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, text_array
from inventory.rules.receipts import BatchCard

StockKey = tuple[int, int, int | None]
Pool = tuple[int, int]


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


def lock_stock(keys: Collection[StockKey], whole_pools: Collection[Pool]) -> dict[Pool, Decimal]:
    """Stock of each (warehouse, item) pool, its rows and those of the keys locked.

    Locks the on-hand rows of the keys and all rows of the pools, as posting does: FOR NO KEY UPDATE by (warehouse, item, batch).
    """
    pools = sorted(set(whole_pools))
    batches = [key for key in set(keys) if key[2] is not None]
    blanks = [key for key in set(keys) if key[2] is None]
    rows = fetch_all(
        """
        SELECT o.warehouse_id, o.item_id, o.batch_id, o.physical
        FROM inventory_onhand o
        WHERE o.id IN (
            SELECT h.id FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS k (warehouse_id, item_id, batch_id)
            JOIN inventory_onhand h ON h.warehouse_id = k.warehouse_id AND h.item_id = k.item_id AND h.batch_id = k.batch_id
            UNION ALL
            SELECT h.id FROM unnest(%s::bigint[], %s::bigint[]) AS k (warehouse_id, item_id)
            JOIN inventory_onhand h ON h.warehouse_id = k.warehouse_id AND h.item_id = k.item_id AND h.batch_id IS NULL
            UNION ALL
            SELECT h.id FROM unnest(%s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id)
            JOIN inventory_onhand h ON h.warehouse_id = p.warehouse_id AND h.item_id = p.item_id
        )
        ORDER BY o.warehouse_id, o.item_id, o.batch_id
        FOR NO KEY UPDATE OF o
        """,
        [
            *(array(key[column] for key in batches) for column in range(3)),
            *(array(key[column] for key in blanks) for column in range(2)),
            *(array(pool[column] for pool in pools) for column in range(2)),
        ],
    )
    totals: dict[Pool, Decimal] = dict.fromkeys(pools, Decimal(0))
    for warehouse_id, item_id, _, physical in rows:
        if (warehouse_id, item_id) in totals:
            totals[warehouse_id, item_id] += physical
    return totals


def unit_costs(pools: Collection[Pool]) -> dict[Pool, Decimal]:
    """Moving average by (warehouse, item), the standard cost where none is kept yet."""
    ordered = sorted(pools)
    rows = fetch_all(
        """
        SELECT p.warehouse_id, p.item_id, COALESCE(c.unit_cost, i.standard_cost)
        FROM unnest(%s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id)
        JOIN inventory_item i ON i.id = p.item_id
        LEFT JOIN inventory_warehouseitemcost c ON c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id
        """,
        [array(pool[0] for pool in ordered), array(pool[1] for pool in ordered)],
    )
    return {(warehouse_id, item_id): cost for warehouse_id, item_id, cost in rows}


class Received(NamedTuple):
    """What receipts of a run bring to one on-hand row."""

    quantity: Decimal
    first_received_at: datetime
