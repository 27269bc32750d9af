"""What lists of items, batches, stock and movements may be narrowed by."""

from datetime import timedelta
from typing import Any, TypeAlias

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core.access.access import Access
from core.lib.document_kinds import SourceKind
from core.tables.filters import ANYTHING, ListFilter, MasterFilter, ScopedFilter, date_input
from inventory.models import (
    Batch,
    BatchDebt,
    DebtSettlement,
    Disposition,
    InventoryTransaction,
    Item,
    ItemGroup,
    ItemModelGroup,
    Journal,
    JournalLine,
    OnHand,
    ReceiptLine,
    Warehouse,
)
from inventory.queries.expiring import expired_on
from inventory.rules.stock import Reason
from inventory.words import REASONS

YES_NO = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))
Rows: TypeAlias = "QuerySet[Any, Any]"
# As many batches of one number as a search by keys takes; more of them are looked for by their number.
MOST_BATCHES = 500


def of_item(rows: Rows, name: str, value: str) -> Rows:
    """Rows of the item with that code, looked up first, so that the database knows how many to expect; one query more."""
    return rows.filter(item_id=Item.objects.filter(code=value).values_list("pk", flat=True).first() or 0)


def of_batch(rows: Rows, name: str, value: str) -> Rows:
    """Rows of the batches with that number, whatever their item; one query more."""
    found = list(Batch.objects.filter(number=value).values_list("pk", "item_id")[: MOST_BATCHES + 1])
    if len(found) > MOST_BATCHES:
        return rows.filter(batch__number=value)
    # The item leads the index of movements.
    return rows.filter(item_id__in=sorted({item for _, item in found}), batch_id__in=sorted(batch for batch, _ in found))


class ItemFilter(ListFilter):
    """Groups, batch tracking, negative inventory."""

    item_group = MasterFilter(model=ItemGroup, label=gettext_lazy("Item group"))
    model_group = MasterFilter(model=ItemModelGroup, label=gettext_lazy("Item model group"))
    tracked = django_filters.ChoiceFilter(choices=YES_NO, method="by_tracking", label=gettext_lazy("Batch numbers"), empty_label=ANYTHING)
    negative = django_filters.ChoiceFilter(
        choices=YES_NO, method="by_negative", label=gettext_lazy("Negative inventory"), empty_label=ANYTHING
    )

    class Meta:
        model = Item
        fields: list[str] = []

    def by_tracking(self, rows: Rows, name: str, value: str) -> Rows:
        """With or without batch numbers."""
        return rows.filter(tracking_group__batch_active=value == "yes")

    def by_negative(self, rows: Rows, name: str, value: str) -> Rows:
        """Stock may go below zero, or not."""
        return rows.filter(model_group__negative_physical=value == "yes")


class BatchFilter(ListFilter):
    """Item, expiry, disposition, default batch."""

    item = django_filters.CharFilter(method=of_item, label=gettext_lazy("Item"))
    expires_from = django_filters.DateFilter("expires_on", "gte", label=gettext_lazy("Expires from"), widget=date_input())
    expires_to = django_filters.DateFilter("expires_on", "lte", label=gettext_lazy("Expires to"), widget=date_input())
    disposition = MasterFilter(model=Disposition, label=gettext_lazy("Disposition"))
    default = django_filters.ChoiceFilter(choices=YES_NO, method="by_default", label=gettext_lazy("Default batch"), empty_label=ANYTHING)

    class Meta:
        model = Batch
        fields: list[str] = []

    def by_default(self, rows: Rows, name: str, value: str) -> Rows:
        """Default batches, or real ones."""
        return rows.filter(is_default_batch=value == "yes")


STOCK = (
    ("in", gettext_lazy("In stock")),
    ("negative", gettext_lazy("Negative")),
)
STOCK_CONDITIONS = {
    "in": Q(physical__gt=0),
    # Only rows that were allowed to can be negative; the index of those answers it.
    "negative": Q(physical__lt=0, negative_allowed=True),
}


class OnHandFilter(ListFilter):
    """Warehouse, item, batch, what is there, default batch."""

    warehouse = ScopedFilter(model=Warehouse, scoped="warehouses", label=gettext_lazy("Warehouse"))
    item = django_filters.CharFilter(method=of_item, label=gettext_lazy("Item"))
    batch = django_filters.CharFilter(method=of_batch, label=gettext_lazy("Batch"))
    stock = django_filters.ChoiceFilter(choices=STOCK, method="by_stock", label=gettext_lazy("Stock"), empty_label=ANYTHING)

    class Meta:
        model = OnHand
        fields: list[str] = []

    def by_stock(self, rows: Rows, name: str, value: str) -> Rows:
        """Something there, or less than nothing."""
        return rows.filter(STOCK_CONDITIONS[value])


EXPIRES_WITHIN = (
    ("expired", gettext_lazy("Expired")),
    ("3", gettext_lazy("Expired or within 3 days")),
    ("7", gettext_lazy("Expired or within 7 days")),
    ("14", gettext_lazy("Expired or within 14 days")),
    ("30", gettext_lazy("Expired or within 30 days")),
    ("90", gettext_lazy("Expired or within 90 days")),
)


class ExpiringFilter(ListFilter):
    """Warehouse, item, item group, when it expires; what is expired or soon will be where nothing is said."""

    within = django_filters.ChoiceFilter(
        choices=EXPIRES_WITHIN, method="by_days", label=gettext_lazy("Expires within"), empty_label=ANYTHING
    )
    warehouse = ScopedFilter(model=Warehouse, scoped="warehouses", label=gettext_lazy("Warehouse"))
    item = django_filters.CharFilter(method=of_item, label=gettext_lazy("Item"))
    item_group = MasterFilter(field_name="item__item_group", model=ItemGroup, label=gettext_lazy("Item group"))

    class Meta:
        model = OnHand
        fields: list[str] = []

    @classmethod
    def start(cls, access: Access) -> dict[str, str]:
        """Two weeks, in the place that was chosen in the top bar."""
        return {"within": "14", **super().start(access)}

    def by_days(self, rows: Rows, name: str, value: str) -> Rows:
        """What is expired today, or will be in so many days."""
        today = timezone.localdate()
        if value == "expired":
            return rows.filter(expired_on(today))
        return rows.filter(batch__expires_on__lte=today + timedelta(days=int(value)))


KINDS = (
    (str(SourceKind.RECEIPT_LINE.value), gettext_lazy("Goods received")),
    (str(SourceKind.JOURNAL_LINE.value), gettext_lazy("Inventory journal")),
    (str(SourceKind.SALES_ORDER_LINE.value), gettext_lazy("Sale or return")),
    (str(SourceKind.DELIVERY_LINE.value), gettext_lazy("Customer orders")),
    (str(SourceKind.SETTLEMENT_LINE.value), gettext_lazy("Settlement of batch debt")),
)


class MovementFilter(ListFilter):
    """Warehouse, item, batch, dates, kind."""

    warehouse = ScopedFilter(model=Warehouse, scoped="warehouses", label=gettext_lazy("Warehouse"))
    item = django_filters.CharFilter(method=of_item, label=gettext_lazy("Item"))
    batch = django_filters.CharFilter(method=of_batch, label=gettext_lazy("Batch"))
    date_from = django_filters.DateFilter("date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("date", "lte", label=gettext_lazy("To"), widget=date_input())
    kind = django_filters.ChoiceFilter("source_kind", choices=KINDS, label=gettext_lazy("Kind"), empty_label=ANYTHING, widget=forms.Select)

    class Meta:
        model = InventoryTransaction
        fields: list[str] = []


class JournalFilter(ListFilter):
    """Kind, warehouse, dates, who."""

    kind = django_filters.ChoiceFilter(choices=JournalLine.Kind.choices, method="by_kind", label=gettext_lazy("Kind"), empty_label=ANYTHING)
    warehouse = ScopedFilter(model=Warehouse, scoped="warehouses", method="by_warehouse", label=gettext_lazy("Warehouse"))
    posted_from = django_filters.DateFilter("posted_at", "date__gte", label=gettext_lazy("From"), widget=date_input())
    posted_to = django_filters.DateFilter("posted_at", "date__lte", label=gettext_lazy("To"), widget=date_input())

    class Meta:
        model = Journal
        fields: list[str] = []

    def by_kind(self, rows: Rows, name: str, value: str) -> Rows:
        """Journals with a line of the kind."""
        return rows.filter(Exists(JournalLine.objects.filter(journal=OuterRef("pk"), kind=value)))

    def by_warehouse(self, rows: Rows, name: str, value: Any) -> Rows:
        """Journals with a line in the warehouse, or of goods that went there."""
        if value is None:
            return rows
        lines = JournalLine.objects.filter(Q(warehouse=value) | Q(to_warehouse=value), journal=OuterRef("pk"))
        return rows.filter(Exists(lines))


class ReceiptFilter(ListFilter):
    """Receipt, warehouse, item, batch, dates."""

    receipt = django_filters.CharFilter(label=gettext_lazy("Receipt"))
    warehouse = ScopedFilter(model=Warehouse, scoped="warehouses", label=gettext_lazy("Warehouse"))
    item = django_filters.CharFilter(method=of_item, label=gettext_lazy("Item"))
    batch = django_filters.CharFilter(method=of_batch, label=gettext_lazy("Batch"))
    received_from = django_filters.DateFilter("received_at", "date__gte", label=gettext_lazy("From"), widget=date_input())
    received_to = django_filters.DateFilter("received_at", "date__lte", label=gettext_lazy("To"), widget=date_input())

    class Meta:
        model = ReceiptLine
        fields: list[str] = []


DEBT_STATES = (("open", gettext_lazy("Open")), ("paid", gettext_lazy("Paid")), ("all", gettext_lazy("All")))
FALLBACK_REASONS = tuple(
    (reason.value, REASONS[reason.value])
    for reason in (Reason.NO_BATCH, Reason.STOCK_USED_UP, Reason.RESERVED, Reason.RECEIVED_LATER, Reason.EXPIRED, Reason.BLOCKED)
)


class DebtFilter(ListFilter):
    """Warehouse, item, business dates, why no real batch served, open or paid; what is open where nothing is said."""

    warehouse = ScopedFilter(model=Warehouse, scoped="warehouses", label=gettext_lazy("Warehouse"))
    item = django_filters.CharFilter(method=of_item, label=gettext_lazy("Item"))
    date_from = django_filters.DateFilter("business_date", "gte", label=gettext_lazy("Sold from"), widget=date_input())
    date_to = django_filters.DateFilter("business_date", "lte", label=gettext_lazy("Sold to"), widget=date_input())
    reason = django_filters.ChoiceFilter("reason", choices=FALLBACK_REASONS, label=gettext_lazy("Why"), empty_label=ANYTHING)
    state = django_filters.ChoiceFilter(choices=DEBT_STATES, method="by_state", label=gettext_lazy("State"), empty_label=None)

    class Meta:
        model = BatchDebt
        fields: list[str] = []

    @classmethod
    def start(cls, access: Access) -> dict[str, str]:
        """What is open, in the place that was chosen in the top bar."""
        return {"state": "open", **super().start(access)}

    def by_state(self, rows: Rows, name: str, value: str) -> Rows:
        """What is still owed, or was paid, or both."""
        return rows if value == "all" else rows.filter(open_quantity__gt=0) if value == "open" else rows.filter(open_quantity=0)


class SettlementFilter(ListFilter):
    """Warehouse and dates."""

    warehouse = ScopedFilter(model=Warehouse, scoped="warehouses", label=gettext_lazy("Warehouse"))
    date_from = django_filters.DateFilter("date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("date", "lte", label=gettext_lazy("To"), widget=date_input())

    class Meta:
        model = DebtSettlement
        fields: list[str] = []
