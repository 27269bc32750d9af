"""What an explanation of a till's line starts from."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_as
from core.lib.document_kinds import SourceKind
from statements.models import PosTransactionLine


class SoldLineKey(NamedTuple):
    """A line of a POS transaction."""

    id: int
    transaction_id: int
    store_id: int
    document: str
    line: int


_LINE = """
    SELECT l.id, t.id AS transaction_id, t.store_id, concat_ws('/', s.code, m.code, t.number) AS document, l.number AS line
    FROM statements_postransactionline l
    JOIN statements_postransaction t ON t.id = l.transaction_id
    JOIN orders_store s ON s.id = t.store_id
    JOIN orders_terminal m ON m.id = t.terminal_id
"""


def line_by_id(line_id: int) -> SoldLineKey | None:
    """A line; one query."""
    rows = fetch_as(SoldLineKey, f"{_LINE} WHERE l.id = %s", [line_id])
    return rows[0] if rows else None


def line_by_key(store: str, terminal: str, number: str, line: int) -> SoldLineKey | None:
    """A line by its public key, of the document that stands now where others were reversed; one query."""
    rows = fetch_as(
        SoldLineKey,
        f"""
        {_LINE} WHERE s.code = %s AND m.code = %s AND t.number = %s AND l.number = %s
        ORDER BY t.statement_id IS NULL, t.reversal_id IS NOT NULL, l.id DESC LIMIT 1
        """,
        [store, terminal, number, line],
    )
    return rows[0] if rows else None


def returns_of_lines(line_ids: Collection[int]) -> list[tuple[int, int]]:
    """Pairs of sold lines and lines that bring part of them back; one query."""
    return list(PosTransactionLine.objects.filter(return_of__in=line_ids).values_list("return_of_id", "pk"))


# Each step looks up what the one before it found (OFFSET 0 keeps the planner from turning them round), so that no statistics are
# needed for a good plan: where they say that a table is empty, its history must not be read from end to end.
_FIRST_RETURNS = """
    WITH brought AS MATERIALIZED (
        SELECT f.* FROM unnest(%(batches)s::bigint[], %(lines)s::bigint[]) AS b (batch_id, order_line_id)
        CROSS JOIN LATERAL (
            SELECT f.batch_id, f.warehouse_id, f.item_id, f.posted_at FROM inventory_inventorytransaction f
            WHERE f.source_kind = %(moved)s AND f.source_id = b.order_line_id AND f.batch_id = b.batch_id OFFSET 0
        ) f
    ), returned AS MATERIALIZED (
        SELECT r.batch_id, ol.order_id, ol.item_id
        FROM (SELECT DISTINCT warehouse_id, item_id FROM brought) p
        CROSS JOIN LATERAL (
            SELECT r.batch_id, r.posted_at, r.source_id FROM inventory_inventorytransaction r
            WHERE r.warehouse_id = p.warehouse_id AND r.item_id = p.item_id AND r.source_kind = %(moved)s AND r.quantity > 0 OFFSET 0
        ) r
        JOIN brought b ON (b.warehouse_id, b.item_id, b.batch_id, b.posted_at) = (p.warehouse_id, p.item_id, r.batch_id, r.posted_at)
        CROSS JOIN LATERAL (SELECT l.order_id, l.item_id FROM orders_salesorderline l WHERE l.id = r.source_id OFFSET 0) ol
    ), came_back AS MATERIALIZED (
        SELECT ol.order_id, a.batch_id, t.sold_at
        FROM (SELECT DISTINCT order_id, item_id FROM returned) ol
        CROSS JOIN LATERAL (SELECT o.transaction_id FROM statements_orderreceipt o WHERE o.order_id = ol.order_id OFFSET 0) o
        CROSS JOIN LATERAL (
            SELECT l.id FROM statements_postransactionline l
            WHERE l.transaction_id = o.transaction_id AND l.item_id = ol.item_id AND l.quantity < 0 OFFSET 0
        ) l
        CROSS JOIN LATERAL (
            SELECT a.batch_id FROM orders_batchallocation a WHERE a.source_kind = %(kind)s AND a.source_id = l.id OFFSET 0
        ) a
        CROSS JOIN LATERAL (SELECT t.sold_at FROM statements_postransaction t WHERE t.id = o.transaction_id OFFSET 0) t
    )
    SELECT batch_id, min(sold_at) FROM returned JOIN came_back USING (order_id, batch_id) GROUP BY 1
"""


def first_return_instants(sources: Collection[tuple[int, int]]) -> dict[int, datetime]:
    """The earliest return among the lines of the run that first brought a batch: of (batch, order line); one query, none for nothing."""
    if not sources:
        return {}
    values = {
        "batches": array(batch for batch, _ in sources),
        "lines": array(line for _, line in sources),
        "moved": SourceKind.SALES_ORDER_LINE,
        "kind": SourceKind.POS_LINE,
    }
    return dict(fetch_all(_FIRST_RETURNS, values))
