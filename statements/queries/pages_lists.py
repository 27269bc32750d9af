"""Lists of statements and of POS transactions, one page of rows each."""

from django.db.models import QuerySet

from retailhq.access.scope import Scope
from retailhq.db.keyset import Page, keyset_page
from statements.models import PosTransaction, PosTransactionLine, Statement
from statements.queries.pages import SoldLine, sold_lines

# Sort keys as pages name them; each ends with a unique column.
SORTS: dict[str, tuple[str, ...]] = {
    "number": ("number",),
    "store": ("store__code", "business_date", "number"),
    "business_date": ("business_date", "number"),
    "transaction_count": ("transaction_count", "number"),
    "line_count": ("line_count", "number"),
    "total": ("total", "number"),
}
DEFAULT_SORT = "-business_date"


def order_of(sort: str) -> tuple[str, ...]:
    """The columns of a sort key; `-` in front turns all of them round. Raises KeyError for one that is none."""
    columns = SORTS[sort.lstrip("-")]
    return tuple(f"-{column}" for column in columns) if sort.startswith("-") else columns


def statements_of(scope: Scope) -> "QuerySet[Statement, Statement]":
    """Statements of the stores in scope, as lists show them."""
    return Statement.objects.filter(scope.stores()).select_related("store__currency")


def statements_for_list(rows: "QuerySet[Statement, Statement]", sort: str, after: str, before: str) -> Page[Statement]:
    """A page of statements; one SQL statement."""
    return keyset_page(rows, order_of(sort), after=after, before=before)


def transactions_of(scope: Scope) -> "QuerySet[PosTransaction, PosTransaction]":
    """POS transactions of the stores in scope, as lists show them."""
    rows = PosTransaction.objects.filter(scope.stores())
    return rows.select_related("store__currency", "terminal", "customer", "statement", "currency")


def transactions_for_list(rows: "QuerySet[PosTransaction, PosTransaction]", after: str, before: str) -> Page[PosTransaction]:
    """A page of transactions, the last imported first; one SQL statement."""
    return keyset_page(rows, ("-pk",), after=after, before=before)


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
