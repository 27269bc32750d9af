"""What lists of statements and POS transactions may be narrowed by."""

from typing import Any, TypeAlias

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from orders.models import Store
from retailhq.access.scope import Scope
from statements.models import PosTransaction, Statement
from statements.rules.states import CALCULATED, PostState

DATE = forms.DateInput(attrs={"type": "date"})
STATES = (
    ("ready", gettext_lazy("Ready to post")),
    ("working", gettext_lazy("Being posted")),
    ("failed", gettext_lazy("Failed")),
    ("open", gettext_lazy("Not posted")),
    ("posted", gettext_lazy("Posted")),
)
CONDITIONS = {
    "ready": Q(calc_state=CALCULATED, failed_state="", work_state="") & ~Q(post_state=PostState.POSTED),
    "working": ~Q(work_state=""),
    "failed": ~Q(failed_state="") & Q(work_state=""),
    "open": ~Q(post_state=PostState.POSTED),
    "posted": Q(post_state=PostState.POSTED),
}
ANYTHING = gettext_lazy("All")
Statements: TypeAlias = "QuerySet[Statement, Statement]"
Transactions: TypeAlias = "QuerySet[PosTransaction, PosTransaction]"


class ScopeFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Offers the stores that the person sees."""

    def __init__(self, *arguments: Any, scope: Scope, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.filters["store"].queryset = Store.objects.filter(scope.stores("")).order_by("code")


class StatementFilter(ScopeFilter):
    """Store, business dates, state, job and a part of the number."""

    store = django_filters.ModelChoiceFilter(
        queryset=Store.objects.none(), to_field_name="code", label=gettext_lazy("Store"), empty_label=ANYTHING
    )
    date_from = django_filters.DateFilter("business_date", "gte", label=gettext_lazy("From"), widget=DATE)
    date_to = django_filters.DateFilter("business_date", "lte", label=gettext_lazy("To"), widget=DATE)
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label=gettext_lazy("State"), empty_label=ANYTHING)
    number = django_filters.CharFilter("number", "icontains", label=gettext_lazy("Number contains"))
    job = django_filters.NumberFilter("job_id", widget=forms.HiddenInput)

    class Meta:
        model = Statement
        fields: list[str] = []

    def by_state(self, rows: Statements, name: str, value: str) -> Statements:
        """The states that people ask for, over calculation, posting and work."""
        return rows.filter(CONDITIONS[value])


class TransactionFilter(ScopeFilter):
    """Store, business dates, result of the validation, whether it stands on a statement, and a part of the number."""

    store = django_filters.ModelChoiceFilter(
        queryset=Store.objects.none(), to_field_name="code", label=gettext_lazy("Store"), empty_label=ANYTHING
    )
    date_from = django_filters.DateFilter("business_date", "gte", label=gettext_lazy("From"), widget=DATE)
    date_to = django_filters.DateFilter("business_date", "lte", label=gettext_lazy("To"), widget=DATE)
    validation = django_filters.ChoiceFilter(
        "validation_status", choices=PosTransaction.ValidationStatus.choices, label=gettext_lazy("Validation"), empty_label=ANYTHING
    )
    unposted = django_filters.ChoiceFilter(
        choices=(("yes", gettext_lazy("On no statement")), ("no", gettext_lazy("On a statement"))),
        method="by_statement",
        label=gettext_lazy("Statement"),
        empty_label=ANYTHING,
    )
    number = django_filters.CharFilter("number", label=gettext_lazy("Number"))

    class Meta:
        model = PosTransaction
        fields: list[str] = []

    def by_statement(self, rows: Transactions, name: str, value: str) -> Transactions:
        """On a statement or on none."""
        return rows.filter(statement__isnull=value == "yes")
