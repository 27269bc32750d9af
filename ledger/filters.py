"""What the list of vouchers may be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy

from core.lib.document_kinds import SourceKind
from core.tables.filters import ANYTHING, ListFilter, date_input
from ledger.models import Voucher

KINDS = (
    (str(SourceKind.INVOICE.value), gettext_lazy("Invoice")),
    (str(SourceKind.STATEMENT.value), gettext_lazy("Statement")),
    (str(SourceKind.RECEIPT_LINE.value), gettext_lazy("Goods received")),
    (str(SourceKind.JOURNAL_LINE.value), gettext_lazy("Inventory journal")),
)


class VoucherFilter(ListFilter):
    """Dates and what made it."""

    date_from = django_filters.DateFilter("date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("date", "lte", label=gettext_lazy("To"), widget=date_input())
    kind = django_filters.ChoiceFilter("source_kind", choices=KINDS, label=gettext_lazy("Made by"), empty_label=ANYTHING)

    class Meta:
        model = Voucher
        fields: list[str] = []
