"""What order confirmations and invoices print; a fixed number of queries each."""

from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, QuerySet, Sum

from core.access.scope import Scope
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from ledger.models import PostingProfile, VoucherLine
from orders.models import CustomerOrderLine, Delivery, Invoice, InvoiceLine, OrderPayment, PaymentJournalLine


class Settled(NamedTuple):
    """How an invoice was settled: with the deposit of its order, with what was paid for it, and what was left to rounding."""

    deposit: Decimal
    paid: Decimal
    rounding: Decimal


def invoice_to_print(scope: Scope, invoice_id: int) -> Invoice | None:
    """The invoice, if its store is in scope, with all that its head prints; one query."""
    related = ("order__store__currency", "order__customer", "order__warehouse__legal_entity")
    return Invoice.objects.select_related(*related).filter(scope.stores("order__store"), pk=invoice_id).first()


def invoice_lines(invoice_id: int) -> "QuerySet[InvoiceLine, InvoiceLine]":
    """Its lines with their items, by number."""
    return InvoiceLine.objects.filter(invoice=invoice_id).select_related("order_line__item").order_by("line_number")


def order_lines(order_id: int) -> "QuerySet[CustomerOrderLine, CustomerOrderLine]":
    """Lines of a customer order with their items, by number."""
    rows = CustomerOrderLine.objects.filter(order_line__order=order_id).select_related("order_line__item")
    return rows.order_by("order_line__line_number")


def rounding_of(order_id: int) -> Decimal:
    """What invoices of a customer order left to rounding; one query."""
    return Delivery.objects.filter(order=order_id, invoice__isnull=False).aggregate(sum=Sum("rounding"))["sum"] or ZERO


def settled(invoice: Invoice) -> Settled:
    """What of an invoice is settled; four queries. The deposit stands in the ledger alone: in the voucher that used it."""
    prepaid = PostingProfile.objects.filter(
        legal_entity=invoice.order.warehouse.legal_entity_id, posting_type=PostingProfile.PostingType.PREPAYMENT
    ).values("account")
    lines = VoucherLine.objects.filter(voucher__source_kind=SourceKind.INVOICE, voucher__source_id=invoice.pk, account__in=prepaid)
    deposit = lines.aggregate(sum=Sum(F("debit") - F("credit")))["sum"] or ZERO
    of_delivery = OrderPayment.objects.filter(delivery__invoice=invoice.pk, voucher__isnull=False).aggregate(sum=Sum("amount"))["sum"]
    of_statement = PaymentJournalLine.objects.filter(invoice=invoice.pk).aggregate(sum=Sum("amount"))["sum"]
    rounding = Delivery.objects.filter(invoice=invoice.pk).aggregate(sum=Sum("rounding"))["sum"]
    return Settled(deposit, (of_delivery or ZERO) + (of_statement or ZERO), rounding or ZERO)
