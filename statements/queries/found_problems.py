"""What validation found on transactions that just came in."""

from collections.abc import Collection

from core.db.bulk import fetch_all, text_array
from core.lib.problems import Problem, stored_problem
from statements.rules.till import PosTransactionKey


def problems_found(keys: Collection[PosTransactionKey]) -> dict[PosTransactionKey, list[Problem]]:
    """Problems of the transactions by key, in the order in which the rules found them; one query."""
    rows = fetch_all(
        """
        SELECT k.store, k.terminal, k.number, p.code, p.variant, p.params, p.line_number, p.severity
        FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (store, terminal, number)
        JOIN orders_store s ON s.code = k.store
        JOIN orders_terminal m ON m.store_id = s.id AND m.code = k.terminal
        JOIN statements_postransaction t ON t.store_id = s.id AND t.terminal_id = m.id AND t.number = k.number
            AND t.reversal_id IS NULL
        JOIN statements_validationproblem p ON p.transaction_id = t.id
        ORDER BY p.id
        """,
        [text_array(key[place] for key in keys) for place in range(3)],
    )
    found: dict[PosTransactionKey, list[Problem]] = {}
    for row in rows:
        found.setdefault(PosTransactionKey._make(row[:3]), []).append(stored_problem(*row[3:]))
    return found
