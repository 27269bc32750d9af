"""What an evidence package holds beside exports."""

from typing import Any

from core.db.bulk import execute, fetch_all, fetch_dicts
from core.lib.document_kinds import SourceKind
from statements.queries.validation import StoredTransaction, read_all_stored


def read_one_moment() -> None:
    """All that is read from here to the end of the transaction is of one moment; the first query of the transaction."""
    execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def statement_of(number: str) -> dict[str, Any] | None:
    """The statement with the settings that applied; one query."""
    rows = fetch_dicts(
        """
        SELECT t.id, t.number AS statement, s.code AS store, w.code AS warehouse, e.code AS legal_entity, t.business_date,
               COALESCE(t.posting_date, t.business_date) AS posting_date, t.post_state, t.transaction_count AS transactions,
               t.line_count AS lines, t.total, t.posted_at, t.settings_snapshot AS settings
        FROM statements_statement t
        JOIN orders_store s ON s.id = t.store_id
        JOIN inventory_warehouse w ON w.id = t.warehouse_id
        JOIN parameters_legalentity e ON e.id = t.legal_entity_id
        WHERE t.number = %s
        """,
        [number],
    )
    return rows[0] if rows else None


def events_of(statement_id: int) -> list[dict[str, Any]]:
    """What happened to it, when, by whom; one query."""
    return fetch_dicts("SELECT at, event, state, actor FROM statements_statementevent WHERE statement_id = %s ORDER BY id", [statement_id])


def documents_of(statement_id: int) -> list[StoredTransaction]:
    """Its POS transactions by key of their rows; six queries."""
    ids = [row[0] for row in fetch_all("SELECT id FROM statements_postransaction WHERE statement_id = %s ORDER BY id", [statement_id])]
    return read_all_stored(ids)


def default_batch_lines(statement_id: int, limit: int) -> list[int]:
    """Lines that went to a default batch, the first ones; one query."""
    rows = fetch_all(
        """
        SELECT DISTINCT l.id FROM statements_postransaction t
        JOIN statements_postransactionline l ON l.transaction_id = t.id
        JOIN orders_batchallocation a ON a.source_kind = %s AND a.source_id = l.id AND a.source = 'default'
        WHERE t.statement_id = %s ORDER BY l.id LIMIT %s
        """,
        [SourceKind.POS_LINE, statement_id, limit],
    )
    return [row[0] for row in rows]
