"""Which items have sales that are not posted."""

from collections.abc import Collection

from core.db.bulk import array, fetch_all
from statements.rules.states import PostState

# Lines have no index by item; transactions that are not posted are few, and have one.
_OPEN_SALES = """
    SELECT l.item_id
    FROM statements_postransaction t JOIN statements_postransactionline l ON l.transaction_id = t.id
    WHERE t.statement_id IS NULL AND l.item_id = ANY(%(items)s::bigint[])
    UNION
    SELECT l.item_id
    FROM statements_statement s
    JOIN statements_postransaction t ON t.statement_id = s.id JOIN statements_postransactionline l ON l.transaction_id = t.id
    WHERE s.post_state <> %(posted)s AND l.item_id = ANY(%(items)s::bigint[])
"""


def items_with_open_sales(item_ids: Collection[int]) -> set[int]:
    """Items with a till line that is on no statement, or on one that is not posted; one query."""
    return {row[0] for row in fetch_all(_OPEN_SALES, {"items": array(item_ids), "posted": PostState.POSTED.value})}
