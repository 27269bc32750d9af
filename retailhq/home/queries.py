"""The figures of the start page."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from orders.models import Store
from retailhq.access.scope import Scope
from retailhq.db.bulk import fetch_dicts
from statements.models import Statement
from statements.rules.states import PostState

_FIGURES = """
    SELECT
        count(*) FILTER (WHERE post_state <> 'Posted') AS open_statements,
        count(*) FILTER (WHERE failed_state <> '' AND work_state = '') AS failed_statements,
        count(*) FILTER (WHERE work_state <> '') AS working_statements,
        count(*) FILTER (WHERE calc_state = 'Calculated' AND post_state = '' AND failed_state = '' AND work_state = '') AS ready_statements
    FROM statements_statement WHERE store_id = ANY(%(stores)s)
"""
_ERRORS = """
    SELECT count(*) AS transactions_in_error
    FROM statements_postransaction
    WHERE statement_id IS NULL AND validation_status = 'error' AND store_id = ANY(%(stores)s)
"""
_DEBT = """
    SELECT count(*) AS debts, COALESCE(sum(d.open_quantity), 0) AS debt_quantity,
           COALESCE(sum(round(d.open_quantity * d.unit_cost, 2)), 0) AS debt_value, min(d.business_date) AS oldest_debt
    FROM inventory_batchdebt d
    WHERE d.open_quantity > 0 AND d.warehouse_id = ANY(%(warehouses)s)
"""


@dataclass(frozen=True, slots=True)
class StartPage:
    """What needs attention in the stores of one company; `debt_value` in its currency, at the cost when the debt was opened."""

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


def start_page(scope: Scope) -> StartPage:
    """All figures of the stores in scope; four statements."""
    figures: dict[str, Any] = {}
    for sql in (_FIGURES, _ERRORS, _DEBT):
        figures |= fetch_dicts(sql, {"stores": sorted(scope.store_ids), "warehouses": sorted(scope.warehouse_ids)})[0]
    failed = (
        Statement.objects.filter(scope.stores(), work_state="")
        .exclude(failed_state="")
        .exclude(post_state=PostState.POSTED)
        .select_related("store__currency")
        .order_by("business_date", "number")[:8]
    )
    return StartPage(**figures, failed=list(failed))


def stores_to_choose(scope: Scope) -> list[Store]:
    """The stores that the person sees in the company, by code; one statement."""
    return list(Store.objects.filter(scope.stores("")).order_by("code"))
