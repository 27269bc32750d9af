"""Rows of the lists of sales orders and invoices, and what their detail pages show."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse

from core.access.access import Access
from core.lib.document_kinds import SourceKind
from core.tables.sources import Origin, OriginKind, origins_of, register_source, sold_lines_of
from inventory.queries.lists import adjustments_of
from ledger.models import Voucher
from orders.models import BatchAllocation, DeliveryLine, Invoice, InvoiceLine, OrderProblem, PaymentJournalLine, SalesOrder, SalesOrderLine

ORDER_SORTS: dict[str, tuple[str, ...]] = {"number": ("number", "pk"), "business_date": ("business_date", "number", "pk")}
INVOICE_SORTS: dict[str, tuple[str, ...]] = {"number": ("number", "pk"), "date": ("date", "number", "pk")}


def orders_seen_by(access: Access) -> "QuerySet[SalesOrder, SalesOrder]":
    """Sales orders of the stores that somebody sees."""
    return SalesOrder.objects.filter(access.scope.stores()).select_related("store__currency", "customer")


def sum_lines(orders: Sequence[Any], access: Access) -> None:
    """Gives every order its `line_count` and `total`; one query."""
    lines = SalesOrderLine.objects.filter(order__in=[order.pk for order in orders]).order_by().values("order")
    sums = {row["order"]: row for row in lines.annotate(count=Count("pk"), total=Sum(F("net") + F("tax")))}
    for order in orders:
        found = sums.get(order.pk)
        order.line_count, order.total = (found["count"], found["total"]) if found else (0, Decimal(0))


def invoices_seen_by(access: Access) -> "QuerySet[Invoice, Invoice]":
    """Invoices of the stores that somebody sees."""
    rows = Invoice.objects.filter(access.scope.stores("order__store"))
    return rows.select_related("order__store__currency", "order__customer")


def order_line_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Orders by the keys of their lines."""
    rows = SalesOrderLine.objects.filter(pk__in=ids).values_list("pk", "order_id", "order__number", "line_number")
    return {pk: Origin(f"{number}/{line}", reverse("orders:detail", args=[order])) for pk, order, number, line in rows}


def invoice_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Invoices by their keys."""
    rows = Invoice.objects.filter(pk__in=ids).values_list("pk", "number")
    return {pk: Origin(number, reverse("orders:invoice", args=[pk])) for pk, number in rows}


register_source(
    SourceKind.SALES_ORDER_LINE,
    OriginKind(
        order_line_origins,
        lambda access: SalesOrderLine.objects.filter(access.scope.stores("order__store")).values("pk"),
        view="orders:detail",
    ),
)
register_source(
    SourceKind.INVOICE,
    OriginKind(
        invoice_origins,
        lambda access: Invoice.objects.filter(access.scope.stores("order__store")).values("pk"),
        view="orders:invoice",
    ),
)


@dataclass(frozen=True, slots=True)
class OrderLineView:
    """A line of an order with where its units came from."""

    line: SalesOrderLine
    allocations: list[BatchAllocation]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over all lines of an order."""

    lines: int
    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


def order_for_page(access: Access, order_id: int) -> SalesOrder | None:
    """An order of a store that somebody sees; one query."""
    return orders_seen_by(access).select_related("store", "warehouse", "customer").filter(pk=order_id).first()


def sums_of(order_id: int) -> Sums:
    """Sums of an order; one query."""
    found = SalesOrderLine.objects.filter(order_id=order_id).aggregate(lines=Count("pk"), net=Sum("net"), tax=Sum("tax"))
    return Sums(found["lines"], found["net"] or Decimal(0), found["tax"] or Decimal(0))


def order_lines(order_id: int) -> "QuerySet[SalesOrderLine, SalesOrderLine]":
    """Lines of an order with their items."""
    return SalesOrderLine.objects.filter(order_id=order_id).select_related("item")


def with_allocations(
    order: SalesOrder, lines: Sequence[SalesOrderLine], delivered: "QuerySet[DeliveryLine, DeliveryLine] | None" = None
) -> list[OrderLineView]:
    """Lines with their allocations; one query, two with delivered lines.

    Allocations are kept by the line that was sold: the order's own, or the receipt lines that whoever made the order knows of.
    """
    of_line: dict[int, list[BatchAllocation]] = {line.pk: [] for line in lines}
    sold = Q(source_kind=SourceKind.SALES_ORDER_LINE, source_id__in=list(of_line))
    if delivered is not None:
        sold |= Q(source_kind=SourceKind.DELIVERY_LINE, source_id__in=list(delivered.values_list("pk", flat=True)))
    if receipt_lines := sold_lines_of(order.source_kind, order.pk):
        sold |= Q(source_kind=SourceKind.POS_LINE, source_id__in=receipt_lines)
    rows = BatchAllocation.objects.filter(sold, order_line__in=list(of_line)).select_related("batch")
    for allocation in rows.order_by("order_line_id", "source_id", "ordinal"):
        of_line[allocation.order_line_id].append(allocation)
    return [OrderLineView(line, of_line[line.pk]) for line in lines]


def problems_of(order_id: int, limit: int) -> list[OrderProblem]:
    """Why an order is not invoiced; one query."""
    return list(OrderProblem.objects.filter(order_id=order_id).select_related("item").order_by("item__code", "source_id")[:limit])


def invoices_of(order_id: int) -> list[Invoice]:
    """Invoices of an order; one query."""
    return list(Invoice.objects.filter(order_id=order_id).order_by("ordinal"))


def origin_of(kind: int, source_id: int, access: Access) -> Origin:
    """The statement that an order was made from, if it was; one query."""
    return origins_of({(kind, source_id)}, access, (SourceKind.STATEMENT,)).get((kind, source_id), Origin(""))


def invoice_for_page(access: Access, invoice_id: int) -> Invoice | None:
    """An invoice of a store that somebody sees; one query."""
    return invoices_seen_by(access).filter(pk=invoice_id).first()


def invoice_lines(invoice_id: int) -> "QuerySet[InvoiceLine, InvoiceLine]":
    """Lines of an invoice with their items."""
    return InvoiceLine.objects.filter(invoice_id=invoice_id).select_related("order_line__item")


def invoiced_lines(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    """Lines of an invoice with what it took from which batch, and why; at most three queries."""
    is_own = invoice.order.origin == SalesOrder.Origin.CUSTOMER
    delivered = DeliveryLine.objects.filter(delivery__invoice=invoice) if is_own else None
    views = with_allocations(invoice.order, [line.order_line for line in lines], delivered)
    for line, view in zip(lines, views, strict=True):
        line.allocations = view.allocations  # type: ignore[attr-defined]
    return list(lines)


def vouchers_of_invoice(invoice_id: int) -> list[Voucher]:
    """Vouchers that an invoice made, with what it did to the value of stock; one query."""
    adjusted = adjustments_of(SourceKind.INVOICE, [invoice_id])
    own = Q(source_kind=SourceKind.INVOICE, source_id=invoice_id) | Q(source_kind=SourceKind.COST_ADJUSTMENT, source_id__in=adjusted)
    return list(Voucher.objects.filter(own).order_by("number"))


def payments_of_invoice(invoice_id: int) -> list[PaymentJournalLine]:
    """What was paid for an invoice; one query."""
    rows = PaymentJournalLine.objects.filter(invoice_id=invoice_id).select_related("payment_method", "journal__voucher")
    return list(rows.order_by("payment_method_id", "pk"))
