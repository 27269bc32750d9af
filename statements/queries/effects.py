"""Reads behind "what would this change do": open statements of a legal entity, and transactions that rules keep off statements."""

from collections.abc import Collection
from typing import NamedTuple

from core.db.bulk import fetch_all, fetch_as, fetch_value, text_array
from statements.models import PosTransaction
from statements.rules.states import CALCULATED


class OpenStatement(NamedTuple):
    """A statement that can be posted now, with the state in which it stands failed ('' where it does not)."""

    statement_id: int
    number: str
    failed_state: str
    open_statements: int


def open_statements(legal_entity_id: int, lines: int) -> list[OpenStatement]:
    """Statements that can be posted now, by date, as many as have that many lines together, and how many there are in all.

    The day that passes the limit is cut, never the first statement. One query.
    """
    return fetch_as(
        OpenStatement,
        """
        SELECT id AS statement_id, number, failed_state, n AS open_statements FROM (
            SELECT id, number, failed_state, count(*) OVER () AS n, business_date,
                   sum(line_count) OVER (ORDER BY business_date, number COLLATE "C") - line_count AS lines_before
            FROM statements_statement WHERE legal_entity_id = %s AND calc_state = %s AND posted_at IS NULL AND work_state = ''
        ) t WHERE lines_before < %s ORDER BY business_date, number COLLATE "C"
        """,
        [legal_entity_id, CALCULATED, lines],
    )


_KEPT_OFF = """
    SELECT count(*) FROM (
        SELECT t.id FROM statements_postransaction t JOIN orders_store s ON s.id = t.store_id
        JOIN inventory_warehouse w ON w.id = s.warehouse_id
        WHERE w.legal_entity_id = %s AND t.statement_id IS NULL AND t.validation_status = %s
          AND EXISTS (SELECT FROM statements_validationproblem p WHERE p.transaction_id = t.id AND p.code = ANY(%s::text[]))
          AND NOT EXISTS (
              SELECT FROM statements_validationproblem p
              WHERE p.transaction_id = t.id AND p.severity = 'error' AND NOT p.code = ANY(%s::text[])
          )
        LIMIT %s
    ) kept
"""


def kept_off_only_by(legal_entity_id: int, codes: Collection[str], limit: int) -> int:
    """How many open transactions would be valid without these rules; counted up to `limit`. One query."""
    wanted = text_array(codes)
    return int(fetch_value(_KEPT_OFF, [legal_entity_id, PosTransaction.ValidationStatus.ERROR, wanted, wanted, limit]))


def open_transactions(legal_entity_id: int, limit: int) -> int:
    """How many transactions are on no statement; counted up to `limit`. One query."""
    sql = """
        SELECT count(*) FROM (
            SELECT t.id FROM statements_postransaction t JOIN orders_store s ON s.id = t.store_id
            JOIN inventory_warehouse w ON w.id = s.warehouse_id WHERE w.legal_entity_id = %s AND t.statement_id IS NULL LIMIT %s
        ) found
    """
    return int(fetch_value(sql, [legal_entity_id, limit]))


def open_problem_counts(legal_entity_id: int) -> dict[str, int]:
    """How many problems of each rule stand on transactions that are on no statement; one query.

    Starts from the open transactions, for which there is an index: problems of posted days may be many.
    """
    sql = """
        SELECT p.code, count(*) FROM statements_postransaction t JOIN orders_store s ON s.id = t.store_id
        JOIN inventory_warehouse w ON w.id = s.warehouse_id JOIN statements_validationproblem p ON p.transaction_id = t.id
        WHERE w.legal_entity_id = %s AND t.statement_id IS NULL GROUP BY p.code
    """
    return dict(fetch_all(sql, [legal_entity_id]))
