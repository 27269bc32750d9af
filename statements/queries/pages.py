"""What pages show of one statement, a fixed number of queries each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Abs, Coalesce

from core.access.scope import Scope
from core.db.bulk import fetch_dicts
from core.db.pagination import Page, keyset_page
from core.lib.document_kinds import SourceKind
from inventory.queries.lists import adjustments_of
from ledger.models import Voucher
from orders.models import BatchAllocation, Invoice, OrderProblem, SalesOrder, SalesOrderLine
from statements.models import (
    AcceptedDifference,
    OrderTransaction,
    PosTransaction,
    PosTransactionLine,
    Statement,
    StatementEvent,
    StatementLine,
)

CAUSES_SHOWN = 20
PROBLEMS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Tally:
    """Sizes of the parts of a statement."""

    orders: int
    failed_orders: int
    open_orders: int
    vouchers: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Failed lines of one item for one reason, summed over the orders of a statement; quantity in the item's unit.

    `first_sold_at` is the moment of the earliest of them, `batch` what the till captured where it is one and the same.
    """

    code: str
    item: str
    item_name: str
    unit: str
    store: str
    lines: int
    missing: Decimal
    warehouse_id: int
    item_id: int
    first_sold_at: datetime | None = None
    batch: str = ""


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A transaction line with where its units came from; `problem` while it could not be issued."""

    line: PosTransactionLine
    allocations: Sequence[BatchAllocation]
    problem: OrderProblem | None


def statement_for_page(statement_id: int, scope: Scope) -> Statement | None:
    """The statement, if it is in scope, with store, currency, warehouse, company and job; one query."""
    related = ("store__currency", "terminal", "warehouse", "legal_entity", "job__requested_by", "reversal")
    return Statement.objects.select_related(*related).filter(scope.stores(), pk=statement_id).first()


def method_that_differs(statement_id: int) -> str:
    """The payment method whose count differs most on the statement; '' where none does. One query."""
    lines = StatementLine.objects.filter(statement_id=statement_id).exclude(difference=0)
    return lines.order_by(Abs("difference").desc(), "payment_method").values_list("payment_method_id", flat=True).first() or ""


def state_times(statement_id: int) -> dict[str, datetime]:
    """When each state was completed last; one query."""
    rows = (
        StatementEvent.objects.filter(statement_id=statement_id, event="completed").order_by().values_list("state").annotate(at=Max("at"))
    )
    return dict(rows)


def tally_of(statement_id: int) -> Tally:
    """Sizes of the tabs; one query."""
    row = fetch_dicts(
        """
        SELECT count(*) AS orders, count(*) FILTER (WHERE o.error_code <> '') AS failed_orders,
               count(*) FILTER (WHERE o.status <> %(invoiced)s) AS open_orders,
               (SELECT count(*) FROM ledger_voucher v WHERE v.source_kind = %(statement)s AND v.source_id = %(id)s)
               + count(v.id) AS vouchers
        FROM orders_salesorder o
        LEFT JOIN orders_invoice i ON i.order_id = o.id
        LEFT JOIN ledger_voucher v ON v.source_kind = %(invoice)s AND v.source_id = i.id
        WHERE o.source_kind = %(statement)s AND o.source_id = %(id)s
        """,
        {"statement": SourceKind.STATEMENT, "invoice": SourceKind.INVOICE, "id": statement_id, "invoiced": SalesOrder.Status.INVOICED},
    )[0]
    return Tally(**row)


def causes_of(statement_id: int) -> list[Cause]:
    """Why orders of the statement failed, largest group first; one query."""
    rows = fetch_dicts(
        """
        SELECT p.code, i.code AS item, i.name AS item_name, i.unit_id AS unit, s.code AS store, count(*) AS lines,
               sum(p.missing_quantity) AS missing, o.warehouse_id, i.id AS item_id, min(t.sold_at) AS first_sold_at,
               CASE WHEN min(l.batch_number) = max(l.batch_number) THEN min(l.batch_number) ELSE '' END AS batch
        FROM orders_salesorder o JOIN orders_orderproblem p ON p.order_id = o.id
        JOIN inventory_item i ON i.id = p.item_id JOIN orders_store s ON s.id = o.store_id
        LEFT JOIN statements_postransactionline l ON p.source_kind = %s AND l.id = p.source_id
        LEFT JOIN statements_postransaction t ON t.id = l.transaction_id
        WHERE o.source_kind = %s AND o.source_id = %s
        GROUP BY p.code, i.id, s.code, o.warehouse_id ORDER BY count(*) DESC, p.code, i.code COLLATE "C" LIMIT %s
        """,
        [SourceKind.POS_LINE, SourceKind.STATEMENT, statement_id, CAUSES_SHOWN],
    )
    return [Cause(**row) for row in rows]


def tender_lines(statement_id: int) -> list[StatementLine]:
    """Lines per payment method; one query."""
    return list(StatementLine.objects.filter(statement_id=statement_id).select_related("payment_method").order_by("payment_method_id"))


def orders_of(statement_id: int) -> "QuerySet[SalesOrder, SalesOrder]":
    """Sales orders that the statement made."""
    return SalesOrder.objects.filter(source_kind=SourceKind.STATEMENT, source_id=statement_id)


def orders_for_page(statement_id: int, after: str, before: str, *, only_failed: bool) -> Page[SalesOrder]:
    """A page of orders with their sizes and invoices, each with its `first_problems`; two queries."""
    lines = SalesOrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    transactions = OrderTransaction.objects.filter(order=OuterRef("pk")).order_by().values("order")
    rows = (
        orders_of(statement_id)
        .select_related("customer")
        .annotate(
            line_count=Coalesce(Subquery(lines.annotate(n=Count("pk")).values("n")), 0),
            transaction_count=Coalesce(Subquery(transactions.annotate(n=Count("pk")).values("n")), 0),
            total=Subquery(lines.annotate(n=Sum(F("net") + F("tax"))).values("n")),
            invoice_number=Subquery(Invoice.objects.filter(order=OuterRef("pk")).order_by("ordinal").values("number")[:1]),
        )
    )
    if only_failed:
        rows = rows.exclude(error_code="")
    problems = OrderProblem.objects.select_related("item").order_by("item__code", "source_id")
    first = Prefetch("problems", queryset=problems[: PROBLEMS_SHOWN + 1], to_attr="first_problems")
    return keyset_page(rows.prefetch_related(first), ("ordinal",), after=after, before=before)


def lines_for_page(statement_id: int, after: str, before: str, source: str, item_id: int | None = None) -> Page[SoldLine]:
    """A page of transaction lines in the order of their sale with allocations and problems; three queries.

    `source` keeps lines with such an allocation; 'open' those that moved no stock yet. With `item_id` only lines of that item.
    """
    sale = PosTransaction.Kind.SALE
    rows = PosTransactionLine.objects.filter(transaction__statement_id=statement_id, transaction__kind=sale, voided=False)
    allocations = BatchAllocation.objects.filter(source_kind=SourceKind.POS_LINE, source_id=OuterRef("pk"))
    if source == "open":
        rows = rows.filter(~Exists(allocations))
    elif source:
        rows = rows.filter(Exists(allocations.filter(source=source)))
    if item_id is not None:
        rows = rows.filter(item_id=item_id)
    rows = rows.select_related("transaction__terminal", "item")
    page = keyset_page(rows, ("transaction__sold_at", "transaction_id", "number"), after=after, before=before)
    return Page(sold_lines(page.rows), page.earlier, page.later)


def sold_lines(lines: Sequence[PosTransactionLine]) -> list[SoldLine]:
    """Lines with their allocations and problems; two queries."""
    ids = [line.pk for line in lines]
    of_line: dict[int, list[BatchAllocation]] = {line_id: [] for line_id in ids}
    chosen = BatchAllocation.objects.filter(source_kind=SourceKind.POS_LINE, source_id__in=ids).select_related("batch")
    for allocation in chosen.order_by("source_id", "ordinal"):
        of_line[allocation.source_id].append(allocation)
    problems = {
        problem.source_id: problem
        for problem in OrderProblem.objects.filter(source_kind=SourceKind.POS_LINE, source_id__in=ids).select_related("item")
    }
    return [SoldLine(line, of_line[line.pk], problems.get(line.pk)) for line in lines]


def acceptances_of(statement_id: int) -> list[AcceptedDifference]:
    """Who accepted counted differences of the statement, newest first; one query."""
    return list(AcceptedDifference.objects.filter(statement_id=statement_id).order_by("-pk"))


def transactions_for_page(statement_id: int, after: str, before: str) -> Page[PosTransaction]:
    """A page of the transactions that the statement books or counts, in the order of their sale; one query."""
    counted = Q(counted_on_id=statement_id) & (Q(statement=None) | ~Q(counted_on=F("statement")))
    rows = PosTransaction.objects.filter(Q(statement_id=statement_id) | counted)
    rows = rows.select_related("terminal", "customer", "in_order__order")
    return keyset_page(rows, ("sold_at", "pk"), after=after, before=before)


def vouchers_for_page(statement_id: int, after: str, before: str) -> Page[Voucher]:
    """A page of all vouchers of the statement with their lines: its own, those of its invoices and of what these did to the value of
    stock, and those that take them or single transactions back; two queries.
    """
    invoices = Invoice.objects.filter(order__source_kind=SourceKind.STATEMENT, order__source_id=statement_id).values("pk")
    taken_back = PosTransaction.objects.filter(statement_id=statement_id, reversal__isnull=False).values("pk")
    posted = (
        Q(source_kind=SourceKind.STATEMENT, source_id=statement_id)
        | Q(source_kind=SourceKind.INVOICE, source_id__in=invoices)
        | Q(source_kind=SourceKind.COST_ADJUSTMENT, source_id__in=adjustments_of(SourceKind.INVOICE, invoices))
        | Q(source_kind=SourceKind.COST_ADJUSTMENT, source_id__in=adjustments_of(SourceKind.STATEMENT, [statement_id]))
        | Q(source_kind=SourceKind.COST_ADJUSTMENT, source_id__in=adjustments_of(SourceKind.POS_TRANSACTION, taken_back))
        | Q(source_kind=SourceKind.POS_TRANSACTION, source_id__in=taken_back)
    )
    mirrored = Q(source_kind=SourceKind.REVERSAL, source_id__in=Voucher.objects.filter(posted).values("pk"))
    rows = Voucher.objects.filter(posted | mirrored).prefetch_related("lines__account")
    return keyset_page(rows, ("number",), after=after, before=before, size=25)


def vouchers_of_transaction(transaction_id: int) -> list[Voucher]:
    """The vouchers that took a single transaction back; one query."""
    return list(Voucher.objects.filter(source_kind=SourceKind.POS_TRANSACTION, source_id=transaction_id).order_by("number"))


def events_for_page(statement_id: int, after: str, before: str) -> Page[StatementEvent]:
    """A page of the event log, newest first; one query."""
    return keyset_page(StatementEvent.objects.filter(statement_id=statement_id), ("-pk",), after=after, before=before)


def stopped_for(scope: Scope, codes: Collection[str]) -> int:
    """How many statements in scope stand still with one of the codes; one query."""
    return Statement.objects.filter(scope.stores(), work_state="", error_code__in=codes).exclude(failed_state="").count()


def has_open_transactions(statement: Statement) -> bool:
    """Whether valid transactions of the store up to the statement's day are on no statement; one query."""
    return PosTransaction.objects.filter(
        store_id=statement.store_id,
        business_date__lte=statement.business_date,
        statement__isnull=True,
        validation_status=PosTransaction.ValidationStatus.VALID,
    ).exists()
