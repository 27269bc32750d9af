"""Rows of the lists of statements and POS transactions, and one transaction with everything on it."""

from collections.abc import Collection, Mapping

from django.db.models import QuerySet
from django.urls import reverse

from core.access.access import Access
from core.access.scope import Scope
from core.lib.document_kinds import SourceKind
from core.tables.sources import Origin, OriginKind, register_source
from statements.models import PosTransaction, PosTransactionLine, Statement, ValidationProblem
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


PROBLEM_SORTS: dict[str, tuple[str, ...]] = {"transaction": ("pk",)}


def problems_seen_by(access: Access) -> "QuerySet[ValidationProblem, ValidationProblem]":
    """What validation found on transactions of the stores that somebody sees."""
    rows = ValidationProblem.objects.select_related("transaction__store", "transaction__terminal")
    if access.scope.everything and len(access.scope.company_ids) == 1:
        # All there is: looking up the store of every transaction would say nothing.
        return rows
    return rows.filter(access.scope.stores("transaction__store"))


def statement_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Statements by their keys."""
    rows = Statement.objects.filter(pk__in=ids).values_list("pk", "number")
    return {pk: Origin(number, reverse("statements:detail", args=[pk])) for pk, number in rows}


register_source(
    SourceKind.STATEMENT,
    OriginKind(
        statement_origins,
        lambda access: Statement.objects.filter(access.scope.stores()).values("pk"),
        view="statements:detail",
        sold_lines=lambda order_id: PosTransactionLine.objects.filter(transaction__in_order__order=order_id).values("pk"),
    ),
)


def transaction_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """POS transactions by their keys."""
    rows = PosTransaction.objects.filter(pk__in=ids).values_list("pk", "store__code", "terminal__code", "number")
    return {pk: Origin("/".join(key), reverse("statements:transaction", args=[pk])) for pk, *key in rows}


register_source(
    SourceKind.POS_TRANSACTION,
    OriginKind(
        transaction_origins,
        lambda access: PosTransaction.objects.filter(access.scope.stores()).values("pk"),
        view="statements:transaction",
    ),
)


def line_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Lines of POS transactions by the keys of these and their numbers."""
    rows = PosTransactionLine.objects.filter(pk__in=ids).values_list(
        "pk", "number", "transaction_id", "transaction__store__code", "transaction__terminal__code", "transaction__number"
    )
    return {
        pk: Origin(f"{store}/{terminal}/{number}/{line}", reverse("statements:transaction", args=[transaction]))
        for pk, line, transaction, store, terminal, number in rows
    }


register_source(
    SourceKind.POS_LINE,
    OriginKind(
        line_origins,
        lambda access: PosTransactionLine.objects.filter(access.scope.stores("transaction__store")).values("pk"),
        view="statements:transaction",
    ),
)


def transaction_for_page(transaction_id: int, scope: Scope) -> PosTransaction | None:
    """A transaction in scope with everything that it names; three queries (itself, payments, problems)."""
    rows = PosTransaction.objects.select_related(
        "store__currency",
        "store__warehouse__legal_entity",
        "terminal",
        "staff",
        "customer",
        "currency",
        "statement",
        "in_order__order",
        "reversal",
    ).prefetch_related("payments__method", "problems")
    return rows.filter(scope.stores(), pk=transaction_id).first()


def lines_of_transaction(transaction_id: int) -> list[SoldLine]:
    """Its lines, voided ones included, with allocations and problems; three queries."""
    lines = PosTransactionLine.objects.filter(transaction_id=transaction_id).select_related("item", "batch", "return_of__transaction")
    return sold_lines(list(lines.order_by("number")))
