"""What an evidence package holds beside exports."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from core.db.bulk import array, execute, fetch_all, fetch_dicts
from core.lib.document_kinds import SourceKind
from statements.queries.validation import StoredTransaction, read_all_stored

# So many documents are read at once.
PART = 500
_HEAD = """
    SELECT t.id, t.number AS statement, s.code AS store, w.code AS warehouse, e.code AS legal_entity, t.business_date,
           COALESCE(t.posting_date, t.business_date) AS posting_date, t.post_state, t.transaction_count AS transactions,
           t.line_count AS lines, t.total, t.posted_at, t.settings_snapshot AS settings, t.reversal_id IS NOT NULL AS reversed
    FROM statements_statement t
    JOIN orders_store s ON s.id = t.store_id
    JOIN inventory_warehouse w ON w.id = t.warehouse_id
    JOIN parameters_legalentity e ON e.id = t.legal_entity_id
"""


def read_one_moment() -> None:
    """All that is read from here to the end of the transaction is of one moment; the first query of the transaction."""
    execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def statement_of(number: str) -> dict[str, Any] | None:
    """The statement with the settings that applied; one query."""
    rows = fetch_dicts(f"{_HEAD} WHERE t.number = %s", [number])
    return rows[0] if rows else None


def statements_between(legal_entity_id: int, first: date, last: date) -> list[dict[str, Any]]:
    """Posted statements of a company that are booked on these days, by store and day; one query."""
    return fetch_dicts(
        f"""
        {_HEAD} WHERE t.legal_entity_id = %s AND t.posted_at IS NOT NULL AND COALESCE(t.posting_date, t.business_date) BETWEEN %s AND %s
        ORDER BY s.code COLLATE "C", t.business_date, t.id
        """,
        [legal_entity_id, first, last],
    )


def events_of(statement_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """What happened to statements, when, by whom; one query."""
    found: dict[int, list[dict[str, Any]]] = {key: [] for key in statement_ids}
    for row in fetch_dicts(
        "SELECT statement_id, at, event, state, actor FROM statements_statementevent WHERE statement_id = ANY(%s::bigint[]) ORDER BY id",
        [array(statement_ids)],
    ):
        found[row.pop("statement_id")].append(row)
    return found


def documents_of(statement_ids: list[int]) -> Iterator[StoredTransaction]:
    """POS transactions of statements by key of their rows; six queries for each five hundred."""
    rows = fetch_all("SELECT id FROM statements_postransaction WHERE statement_id = ANY(%s::bigint[]) ORDER BY id", [array(statement_ids)])
    yield from _stored([row[0] for row in rows])


def documents_of_batch(batch_id: int) -> Iterator[StoredTransaction]:
    """POS transactions with units of a batch, but those that were reversed; six queries for each five hundred."""
    rows = fetch_all(
        """
        SELECT DISTINCT t.id
        FROM orders_batchallocation a
        JOIN statements_postransactionline l ON l.id = a.source_id
        JOIN statements_postransaction t ON t.id = l.transaction_id
        WHERE a.batch_id = %s AND a.source_kind = %s AND t.reversal_id IS NULL ORDER BY t.id
        """,
        [batch_id, SourceKind.POS_LINE],
    )
    yield from _stored([row[0] for row in rows])


def _stored(ids: list[int]) -> Iterator[StoredTransaction]:
    for place in range(0, len(ids), PART):
        yield from read_all_stored(ids[place : place + PART])


def default_batch_lines(statement_ids: list[int], limit: int) -> list[int]:
    """Lines of statements that went to a default batch, the first ones; one query."""
    rows = fetch_all(
        """
        SELECT DISTINCT l.id FROM statements_postransaction t
        JOIN statements_postransactionline l ON l.transaction_id = t.id
        JOIN orders_batchallocation a ON a.source_kind = %s AND a.source_id = l.id AND a.source = 'default'
        WHERE t.statement_id = ANY(%s::bigint[]) ORDER BY l.id LIMIT %s
        """,
        [SourceKind.POS_LINE, array(statement_ids), limit],
    )
    return [row[0] for row in rows]


def lines_of_batch(batch_id: int, limit: int) -> list[int]:
    """Lines that got units of a batch, the first ones; one query."""
    rows = fetch_all(
        """
        SELECT DISTINCT l.id
        FROM orders_batchallocation a
        JOIN statements_postransactionline l ON l.id = a.source_id
        JOIN statements_postransaction t ON t.id = l.transaction_id
        WHERE a.batch_id = %s AND a.source_kind = %s AND t.reversal_id IS NULL ORDER BY l.id LIMIT %s
        """,
        [batch_id, SourceKind.POS_LINE, limit],
    )
    return [row[0] for row in rows]


def batch_of(item: str, number: str) -> dict[str, Any] | None:
    """A batch as it is today; one query."""
    rows = fetch_dicts(
        """
        SELECT b.id, i.code AS item, i.name AS item_name, i.barcode, b.number AS batch, b.manufactured_on, b.expires_on, b.best_before,
               d.code AS disposition, d.blocks_sale, b.is_default_batch
        FROM inventory_batch b JOIN inventory_item i ON i.id = b.item_id JOIN inventory_disposition d ON d.id = b.disposition_id
        WHERE i.code = %s AND b.number = %s
        """,
        [item, number],
    )
    return rows[0] if rows else None


def versions_of_batch(batch_id: int) -> list[dict[str, Any]]:
    """What was known of a batch from when on, by whom; one query."""
    return fetch_dicts(
        """
        SELECT h.history_date AS at, h.history_change_reason AS reason, u.username AS actor, d.code AS disposition, h.manufactured_on,
               h.expires_on, h.best_before
        FROM inventory_historicalbatch h
        LEFT JOIN auth_user u ON u.id = h.history_user_id
        LEFT JOIN inventory_disposition d ON d.id = h.disposition_id
        WHERE h.id = %s ORDER BY h.history_date, h.history_id
        """,
        [batch_id],
    )


def receipts_of_batch(batch_id: int) -> list[dict[str, Any]]:
    """Where a batch came from; one query."""
    return fetch_dicts(
        """
        SELECT r.receipt, r.line_number AS line, w.code AS warehouse, r.quantity, r.unit_cost, r.received_at
        FROM inventory_receiptline r JOIN inventory_warehouse w ON w.id = r.warehouse_id
        WHERE r.batch_id = %s ORDER BY r.received_at, r.id
        """,
        [batch_id],
    )


def last_recall(batch_id: int) -> tuple[int, dict[str, Any]] | None:
    """The last answered recall of a batch: who asked when, and how much was found; one query."""
    rows = fetch_dicts(
        """
        SELECT id, asked_at, actor, done_at, seconds, is_mock, certain, probable, possible
        FROM statements_recall WHERE batch_id = %s AND done_at IS NOT NULL ORDER BY id DESC LIMIT 1
        """,
        [batch_id],
    )
    return (rows[0].pop("id"), rows[0]) if rows else None


def company_of(code: str) -> int | None:
    """The legal entity of that code; one query."""
    rows = fetch_all("SELECT id FROM parameters_legalentity WHERE code = %s", [code])
    return rows[0][0] if rows else None


def stock_between(legal_entity_id: int, first: date, last: date) -> list[tuple[Any, ...]]:
    """(warehouse, item, batch, opening, closing) of what moved on these days, by the movements alone; one query."""
    return fetch_all(
        """
        SELECT w.code, i.code, COALESCE(b.number, ''), sum(x.quantity) FILTER (WHERE x.date < %(first)s), sum(x.quantity)
        FROM inventory_inventorytransaction x
        JOIN inventory_warehouse w ON w.id = x.warehouse_id
        JOIN inventory_item i ON i.id = x.item_id
        LEFT JOIN inventory_batch b ON b.id = x.batch_id
        WHERE w.legal_entity_id = %(company)s AND x.date <= %(last)s
        GROUP BY 1, 2, 3 HAVING bool_or(x.date >= %(first)s) ORDER BY 1, 2, 3
        """,
        {"company": legal_entity_id, "first": first, "last": last},
    )


def balances_between(legal_entity_id: int, first: date, last: date) -> list[tuple[Any, ...]]:
    """(account, opening, closing) of accounts that something was booked on through the last day; one query."""
    return fetch_all(
        """
        SELECT a.number, COALESCE(sum(l.debit - l.credit) FILTER (WHERE v.date < %(first)s), 0), sum(l.debit - l.credit)
        FROM ledger_voucher v JOIN ledger_voucherline l ON l.voucher_id = v.id JOIN ledger_mainaccount a ON a.id = l.account_id
        WHERE v.legal_entity_id = %(company)s AND v.date <= %(last)s GROUP BY 1 ORDER BY 1
        """,
        {"company": legal_entity_id, "first": first, "last": last},
    )
