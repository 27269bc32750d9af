"""The figures of the start page."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from retailhq.db.bulk import fetch_dicts
from statements.models import Statement
from statements.rules.states import PostState

_FIGURES = """
    SELECT
        count(*) FILTER (WHERE post_state <> 'Posted') AS open_statements,
        count(*) FILTER (WHERE failed_state <> '' AND work_state = '') AS failed_statements,
        count(*) FILTER (WHERE work_state <> '') AS working_statements,
        count(*) FILTER (WHERE calc_state = 'Calculated' AND post_state = '' AND failed_state = '' AND work_state = '') AS ready_statements
    FROM statements_statement WHERE legal_entity_id = %(company)s
"""
_ERRORS = """
    SELECT count(*) AS transactions_in_error
    FROM statements_postransaction t JOIN orders_store s ON s.id = t.store_id LEFT JOIN inventory_warehouse w ON w.id = s.warehouse_id
    WHERE t.statement_id IS NULL AND t.validation_status = 'error' AND COALESCE(w.legal_entity_id, %(company)s) = %(company)s
"""
_DEBT = """
    SELECT count(*) AS debts, COALESCE(sum(d.open_quantity), 0) AS debt_quantity,
           COALESCE(sum(round(d.open_quantity * d.unit_cost, 2)), 0) AS debt_value, min(d.business_date) AS oldest_debt
    FROM inventory_batchdebt d JOIN inventory_warehouse w ON w.id = d.warehouse_id
    WHERE d.open_quantity > 0 AND w.legal_entity_id = %(company)s
"""


@dataclass(frozen=True, slots=True)
class StartPage:
    """What needs attention in one company; `debt_value` in its currency, at the cost when the debt was opened."""

    open_statements: int
    failed_statements: int
    working_statements: int
    ready_statements: int
    transactions_in_error: int
    debts: int
    debt_quantity: Decimal
    debt_value: Decimal
    oldest_debt: date | None
    failed: list[Statement]


def start_page(company_id: int) -> StartPage:
    """All figures; four statements."""
    figures: dict[str, Any] = {}
    for sql in (_FIGURES, _ERRORS, _DEBT):
        figures |= fetch_dicts(sql, {"company": company_id})[0]
    failed = (
        Statement.objects.filter(legal_entity_id=company_id, work_state="")
        .exclude(failed_state="")
        .exclude(post_state=PostState.POSTED)
        .select_related("store__currency")
        .order_by("business_date", "number")[:8]
    )
    return StartPage(**figures, failed=list(failed))
