"""What lists of customer orders, sales orders and invoices may be narrowed by."""

from typing import TypeAlias

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.tables.filters import ANYTHING, ListFilter, ScopedFilter, date_input
from orders.models import Customer, CustomerOrder, Invoice, PendingOrder, SalesOrder, Store
from orders.words import MODES

STATES = (
    ("failed", gettext_lazy("Failed")),
    ("open", gettext_lazy("Not invoiced")),
    ("invoiced", gettext_lazy("Invoiced")),
)
CONDITIONS = {
    "failed": ~Q(error_code=""),
    "open": ~Q(status=SalesOrder.Status.INVOICED),
    "invoiced": Q(status=SalesOrder.Status.INVOICED),
}
Orders: TypeAlias = "QuerySet[SalesOrder, SalesOrder]"
CustomerOrders: TypeAlias = "QuerySet[CustomerOrder, CustomerOrder]"
PendingOrders: TypeAlias = "QuerySet[PendingOrder, PendingOrder]"
ORDER_STATES = (
    ("open", gettext_lazy("Open")),
    ("failed", gettext_lazy("Failed")),
    ("partly", gettext_lazy("Partly invoiced")),
    ("invoiced", gettext_lazy("Invoiced")),
    ("cancelled", pgettext_lazy("order", "Cancelled")),
)
IS_OPEN = Q(order__status=SalesOrder.Status.CREATED)
ORDER_CONDITIONS = {
    "open": IS_OPEN,
    "failed": ~Q(order__error_code=""),
    "partly": IS_OPEN & ~Q(invoiced=0),
    "invoiced": Q(order__status=SalesOrder.Status.INVOICED),
    "cancelled": Q(order__status=SalesOrder.Status.CANCELLED),
}


class CustomerOrderFilter(ListFilter):
    """Store, customer, state, delivery mode, error, days."""

    store = ScopedFilter("order__store", model=Store, scoped="stores", label=gettext_lazy("Store"))
    customer = django_filters.CharFilter("order__customer__code", label=gettext_lazy("Customer"))
    state = django_filters.ChoiceFilter(choices=ORDER_STATES, method="by_state", label=gettext_lazy("Status"), empty_label=ANYTHING)
    delivery = django_filters.ChoiceFilter(choices=tuple(MODES.items()), label=gettext_lazy("Delivery mode"), empty_label=ANYTHING)
    error_code = django_filters.CharFilter("order__error_code", label=gettext_lazy("Error"))
    date_from = django_filters.DateFilter("order__business_date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("order__business_date", "lte", label=gettext_lazy("To"), widget=date_input())

    class Meta:
        model = CustomerOrder
        fields: list[str] = []

    def by_state(self, rows: CustomerOrders, name: str, value: str) -> CustomerOrders:
        """The states that people ask for."""
        return rows.filter(ORDER_CONDITIONS[value])


class OrderFilter(ListFilter):
    """Store, business dates, state, origin, error, job that invoices."""

    store = ScopedFilter(model=Store, scoped="stores", label=gettext_lazy("Store"))
    date_from = django_filters.DateFilter("business_date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("business_date", "lte", label=gettext_lazy("To"), widget=date_input())
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label=gettext_lazy("State"), empty_label=ANYTHING)
    origin = django_filters.ChoiceFilter(choices=SalesOrder.Origin.choices, label=gettext_lazy("Origin"), empty_label=ANYTHING)
    error_code = django_filters.CharFilter("error_code", label=gettext_lazy("Error"), widget=forms.HiddenInput)
    # A job has one delivery of an order at most.
    job = django_filters.NumberFilter("deliveries__job_id", label=gettext_lazy("Job"), widget=forms.HiddenInput)

    class Meta:
        model = SalesOrder
        fields: list[str] = []

    def by_state(self, rows: Orders, name: str, value: str) -> Orders:
        """The states that people ask for."""
        return rows.filter(CONDITIONS[value])


class InvoiceFilter(ListFilter):
    """Store and dates."""

    store = ScopedFilter("order__store", model=Store, scoped="stores", label=gettext_lazy("Store"))
    date_from = django_filters.DateFilter("date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("date", "lte", label=gettext_lazy("To"), widget=date_input())

    class Meta:
        model = Invoice
        fields: list[str] = []


class PendingOrderFilter(ListFilter):
    """Store, state, held, problem, days."""

    store = ScopedFilter(model=Store, scoped="stores", label=gettext_lazy("Store"))
    state = django_filters.ChoiceFilter(choices=PendingOrder.State.choices, label=gettext_lazy("State"), empty_label=ANYTHING)
    held = django_filters.ChoiceFilter(
        choices=(("yes", gettext_lazy("Held")), ("no", gettext_lazy("Not held"))),
        method="by_hold",
        label=gettext_lazy("Hold"),
        empty_label=ANYTHING,
    )
    error_code = django_filters.CharFilter("error_code", label=gettext_lazy("Problem"))
    date_from = django_filters.DateFilter("received_at", "date__gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("received_at", "date__lte", label=gettext_lazy("To"), widget=date_input())

    class Meta:
        model = PendingOrder
        fields: list[str] = []

    def by_hold(self, rows: PendingOrders, name: str, value: str) -> PendingOrders:
        """Held ones, or the others."""
        return rows.filter(held=value == "yes")


ACCOUNT_STATES = (
    ("on_hold", gettext_lazy("On hold")),
    ("blocked", gettext_lazy("Blocked")),
    ("limit", gettext_lazy("With a credit limit")),
)
ACCOUNT_CONDITIONS = {"on_hold": Q(on_hold=True), "blocked": Q(blocked=True), "limit": Q(credit_limit__isnull=False)}


class AccountFilter(ListFilter):
    """Hold, block, limit."""

    state = django_filters.ChoiceFilter(choices=ACCOUNT_STATES, method="by_state", label=gettext_lazy("Status"), empty_label=ANYTHING)

    class Meta:
        model = Customer
        fields: list[str] = []

    def by_state(self, rows: "QuerySet[Customer, Customer]", name: str, value: str) -> "QuerySet[Customer, Customer]":
        """The states that people ask for."""
        return rows.filter(ACCOUNT_CONDITIONS[value])
