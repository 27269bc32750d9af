"""Rows of the lists of statements and POS transactions, and one receipt with everything on it."""

from django.db.models import QuerySet

from retailhq.access.access import Access
from retailhq.access.scope import Scope
from statements.models import PosTransaction, PosTransactionLine, Statement
from statements.queries.pages import SoldLine, sold_lines

# Sorts as pages name them; each ends with a unique column.
STATEMENT_SORTS: dict[str, tuple[str, ...]] = {
    "number": ("number",),
    "store": ("store__code", "business_date", "number"),
    "business_date": ("business_date", "number"),
    "transaction_count": ("transaction_count", "number"),
    "line_count": ("line_count", "number"),
    "total": ("total", "number"),
}
# Only what an index answers in order: there are millions of them.
TRANSACTION_SORTS: dict[str, tuple[str, ...]] = {"business_date": ("business_date", "pk")}


def statements_seen_by(access: Access) -> "QuerySet[Statement, Statement]":
    """Statements of the stores that somebody sees, with what a list shows of them."""
    return Statement.objects.filter(access.scope.stores()).select_related("store__currency")


def transactions_seen_by(access: Access) -> "QuerySet[PosTransaction, PosTransaction]":
    """POS transactions of the stores that somebody sees, with what a list shows of them."""
    rows = PosTransaction.objects.filter(access.scope.stores())
    return rows.select_related("store__currency", "terminal", "customer", "statement", "currency")


def transaction_for_page(transaction_id: int, scope: Scope) -> PosTransaction | None:
    """A transaction in scope with everything its receipt names; three SQL statements (itself, payments, problems)."""
    rows = PosTransaction.objects.select_related(
        "store__currency",
        "store__warehouse__legal_entity",
        "terminal",
        "staff",
        "customer",
        "currency",
        "statement",
        "order_receipt__order",
    ).prefetch_related("payments__method", "problems")
    return rows.filter(scope.stores(), pk=transaction_id).first()


def lines_of_transaction(transaction_id: int) -> list[SoldLine]:
    """Its lines, voided ones included, with allocations and problems; three SQL statements."""
    lines = PosTransactionLine.objects.filter(transaction_id=transaction_id).select_related("item", "batch", "return_of__transaction")
    return sold_lines(list(lines.order_by("number")))
