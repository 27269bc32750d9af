"""What of batches was left when they expired, or was written off for it; one query."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from core.db.bulk import array, fetch_all
from core.lib.document_kinds import SourceKind
from inventory.rules.stock import StockKey


def wasted(pools: Collection[StockKey], first: date, last: date) -> dict[tuple[int, int, int], Decimal]:
    """Units of batches that expired in these days and were not sold by the end of them, by warehouse, item and batch.

    What journals wrote off of them counts as well.
    """
    rows = fetch_all(
        """
        SELECT t.warehouse_id, t.item_id, t.batch_id,
               GREATEST(sum(t.quantity), 0) + COALESCE(sum(-t.quantity) FILTER (WHERE j.kind = 'write_off' AND t.quantity < 0), 0)
        FROM unnest(%s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id)
        JOIN inventory_inventorytransaction t ON t.item_id = p.item_id AND t.warehouse_id = p.warehouse_id AND t.date <= %s
        JOIN inventory_batch b ON b.id = t.batch_id AND NOT b.is_default_batch AND b.expires_on BETWEEN %s AND %s
        LEFT JOIN inventory_journalline j ON t.source_kind = %s AND j.id = t.source_id
        GROUP BY 1, 2, 3
        """,
        [array(pool[0] for pool in pools), array(pool[1] for pool in pools), last, first, last, SourceKind.JOURNAL_LINE],
    )
    return {(warehouse, item, batch): quantity for warehouse, item, batch, quantity in rows}
