"""What an explanation of a till's line starts from."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from core.db.bulk import array, fetch_all
from core.lib.document_kinds import SourceKind


class SoldLineKey(NamedTuple):
    """A line of a POS transaction."""

    id: int
    transaction_id: int
    store_id: int
    document: str
    line: int


_LINE = """
    SELECT l.id, t.id, t.store_id, concat_ws('/', s.code, m.code, t.number), l.number
    FROM statements_postransactionline l
    JOIN statements_postransaction t ON t.id = l.transaction_id
    JOIN orders_store s ON s.id = t.store_id
    JOIN orders_terminal m ON m.id = t.terminal_id
"""


def line_by_id(line_id: int) -> SoldLineKey | None:
    """A line; one query."""
    rows = fetch_all(f"{_LINE} WHERE l.id = %s", [line_id])
    return SoldLineKey(*rows[0]) if rows else None


def line_by_key(store: str, terminal: str, number: str, line: int) -> SoldLineKey | None:
    """A line by its public key, of the document that stands now where others were reversed; one query."""
    rows = fetch_all(
        f"""
        {_LINE} WHERE s.code = %s AND m.code = %s AND t.number = %s AND l.number = %s
        ORDER BY t.statement_id IS NULL, t.reversal_id IS NOT NULL, l.id DESC LIMIT 1
        """,
        [store, terminal, number, line],
    )
    return SoldLineKey(*rows[0]) if rows else None


def returns_of_lines(line_ids: Collection[int]) -> list[tuple[int, int]]:
    """Pairs of sold lines and lines that bring part of them back; one query."""
    return fetch_all("SELECT return_of_id, id FROM statements_postransactionline WHERE return_of_id = ANY(%s::bigint[])", [array(line_ids)])


def first_return_instants(sources: Collection[tuple[int, int]]) -> dict[int, datetime]:
    """The earliest return among the lines of the run that first brought a batch: of (batch, order line); one query, none for nothing."""
    if not sources:
        return {}
    return dict(
        fetch_all(
            """
            SELECT b.batch_id, min(t.sold_at)
            FROM unnest(%(batches)s::bigint[], %(lines)s::bigint[]) AS b (batch_id, order_line_id)
            JOIN inventory_inventorytransaction f
                ON f.source_kind = %(moved)s AND f.source_id = b.order_line_id AND f.batch_id = b.batch_id
            JOIN inventory_inventorytransaction r
                ON r.warehouse_id = f.warehouse_id AND r.item_id = f.item_id AND r.posted_at = f.posted_at AND r.source_kind = %(moved)s
                AND r.batch_id = f.batch_id AND r.quantity > 0
            JOIN orders_salesorderline ol ON ol.id = r.source_id
            JOIN statements_orderreceipt o ON o.order_id = ol.order_id
            JOIN statements_postransactionline l ON l.transaction_id = o.transaction_id AND l.item_id = ol.item_id AND l.quantity < 0
            JOIN orders_batchallocation a ON a.source_kind = %(kind)s AND a.source_id = l.id AND a.batch_id = b.batch_id
            JOIN statements_postransaction t ON t.id = l.transaction_id
            GROUP BY 1
            """,
            {
                "batches": array(batch for batch, _ in sources), "lines": array(line for _, line in sources),
                "moved": SourceKind.SALES_ORDER_LINE, "kind": SourceKind.POS_LINE,
            },
        )
    )  # fmt: skip
