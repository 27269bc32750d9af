"""Rows of the list of customer accounts, and what the page of one shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from core.access.access import Access
from core.lib.document_kinds import SourceKind
from core.tables.sources import Origin, origins_of
from orders.models import Customer, CustomerTransaction
from parameters.queries import company_for

ACCOUNT_SORTS: dict[str, tuple[str, ...]] = {"code": ("code",)}
ENTRY_ORDER = ("-date", "-pk")
# What puts amounts on accounts.
MAKERS = (SourceKind.INVOICE, SourceKind.POS_TRANSACTION, SourceKind.VOUCHER)


def accounts_seen_by(access: Access) -> "QuerySet[Customer, Customer]":
    """Customers who have an account with the company: something was booked on it, or a limit or a hold is set."""
    booked = CustomerTransaction.objects.filter(customer=OuterRef("pk"), legal_entity_id=access.company_id)
    return Customer.objects.filter(Q(Exists(booked)) | Q(credit_limit__isnull=False) | Q(on_hold=True))


def add_open_amounts(customers: Sequence[Any], access: Access) -> None:
    """Gives every customer the `open_amount` with the company and its `currency`; two queries."""
    entries = CustomerTransaction.objects.filter(customer__in=[row.pk for row in customers], legal_entity_id=access.company_id)
    sums = dict(entries.order_by().values("customer").annotate(total=Sum("amount")).values_list("customer", "total"))
    company = company_for(access)
    currency = company.currency if company else None
    for row in customers:
        row.open_amount, row.currency = sums.get(row.pk, Decimal(0)), currency


def customer_for_page(customer_id: int) -> Customer | None:
    """The customer of that key; one query."""
    return Customer.objects.filter(pk=customer_id).first()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of an account with the document that made it, and what was owed once it was booked."""

    entry: CustomerTransaction
    origin: Origin
    balance: Decimal

    @property
    def paid(self) -> Decimal:
        """What was paid or given back."""
        return -self.entry.amount


def entries_of(access: Access, customer_id: int) -> "QuerySet[CustomerTransaction, CustomerTransaction]":
    """What was booked on the customer's account with the company."""
    return CustomerTransaction.objects.filter(customer=customer_id, legal_entity_id=access.company_id)


def booked_on(access: Access, customer_id: int) -> Decimal:
    """What the customer owes the company by what is posted; one query."""
    return entries_of(access, customer_id).aggregate(total=Sum("amount"))["total"] or Decimal(0)


def with_balances(access: Access, customer_id: int, entries: Sequence[CustomerTransaction]) -> list[EntryView]:
    """Entries, newest first, with their documents and running balances; one query and one per kind of document."""
    if not entries:
        return []
    newest = entries[0]
    upto = entries_of(access, customer_id).filter(Q(date__lt=newest.date) | Q(date=newest.date, pk__lte=newest.pk))
    balance = upto.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    origins = origins_of({(entry.source_kind, entry.source_id) for entry in entries}, access, MAKERS)
    views = []
    for entry in entries:
        views.append(EntryView(entry, origins.get((entry.source_kind, entry.source_id), Origin(entry.text)), balance))
        balance -= entry.amount
    return views
