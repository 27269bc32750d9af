"""Whether an item has sales that are not posted."""

from core.db.bulk import fetch_value
from statements.rules.states import PostState

# Lines have no index by item; transactions that are not posted are few, and have one.
_OPEN_SALES = """
    SELECT EXISTS (
        SELECT FROM statements_postransaction t JOIN statements_postransactionline l ON l.transaction_id = t.id
        WHERE t.statement_id IS NULL AND l.item_id = %(item)s
    ) OR EXISTS (
        SELECT FROM statements_statement s
        JOIN statements_postransaction t ON t.statement_id = s.id JOIN statements_postransactionline l ON l.transaction_id = t.id
        WHERE s.post_state <> %(posted)s AND l.item_id = %(item)s
    )
"""


def has_open_sales(item_id: int) -> bool:
    """Whether a receipt line of the item is on no statement, or on one that is not posted; one statement."""
    return bool(fetch_value(_OPEN_SALES, {"item": item_id, "posted": PostState.POSTED.value}))
