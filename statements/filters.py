"""What lists of statements and POS transactions may be narrowed by."""

from typing import TypeAlias

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy

from core.tables.filters import ANYTHING, ListFilter, ScopedFilter, date_input
from orders.models import GiftCard, Store
from statements.models import LateKind, PosTransaction, PosTransactionLine, Recall, RecallLine, Statement, ValidationProblem
from statements.rules.states import CALCULATED, PostState

STATES = (
    ("ready", gettext_lazy("Ready to post")),
    ("working", gettext_lazy("Being posted")),
    ("failed", gettext_lazy("Failed")),
    ("held", gettext_lazy("Held")),
    ("open", gettext_lazy("Not posted")),
    ("posted", gettext_lazy("Posted")),
)
CONDITIONS = {
    "ready": Q(calc_state=CALCULATED, failed_state="", work_state="") & Q(posted_at=None),
    "working": ~Q(work_state=""),
    "failed": ~Q(failed_state="") & Q(work_state=""),
    # Supplements that hold what kept the rest of the day from posting.
    "held": ~Q(error_code="") & Q(failed_state="", work_state="") & Q(posted_at=None),
    "open": Q(posted_at=None),
    "posted": Q(post_state=PostState.POSTED),
}
LATE_KINDS = {
    LateKind.TICKET: Q(kind="sale", takes_back=False),
    LateKind.RETURN: Q(kind="sale", takes_back=True),
    LateKind.COUNT: Q(kind="tender_declaration"),
    LateKind.OTHER: ~Q(kind__in=("sale", "tender_declaration")),
}
Statements: TypeAlias = "QuerySet[Statement, Statement]"
Transactions: TypeAlias = "QuerySet[PosTransaction, PosTransaction]"
Problems: TypeAlias = "QuerySet[ValidationProblem, ValidationProblem]"


class StatementFilter(ListFilter):
    """Store, business dates, kind, state, error code, job and a part of the number."""

    store = ScopedFilter(model=Store, scoped="stores", label=gettext_lazy("Store"))
    date_from = django_filters.DateFilter("business_date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("business_date", "lte", label=gettext_lazy("To"), widget=date_input())
    kind = django_filters.ChoiceFilter(choices=Statement.Kind.choices, label=gettext_lazy("Kind"), empty_label=ANYTHING)
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label=gettext_lazy("State"), empty_label=ANYTHING)
    number = django_filters.CharFilter("number", "icontains", label=gettext_lazy("Number contains"), widget=forms.HiddenInput)
    error_code = django_filters.CharFilter("error_code", label=gettext_lazy("Error"), widget=forms.HiddenInput)
    job = django_filters.NumberFilter("job_id", label=gettext_lazy("Job"), widget=forms.HiddenInput)

    class Meta:
        model = Statement
        fields: list[str] = []

    def by_state(self, rows: Statements, name: str, value: str) -> Statements:
        """The states that people ask for, over calculation, posting and work."""
        return rows.filter(CONDITIONS[value])


class TransactionFilter(ListFilter):
    """Store, business dates, kind, result of the validation, whether it stands on a statement, and the number."""

    store = ScopedFilter(model=Store, scoped="stores", label=gettext_lazy("Store"))
    date_from = django_filters.DateFilter("business_date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("business_date", "lte", label=gettext_lazy("To"), widget=date_input())
    kind = django_filters.ChoiceFilter(choices=PosTransaction.Kind.choices, label=gettext_lazy("Kind"), empty_label=ANYTHING)
    validation = django_filters.ChoiceFilter(
        "validation_status", choices=PosTransaction.ValidationStatus.choices, label=gettext_lazy("Validation"), empty_label=ANYTHING
    )
    unposted = django_filters.ChoiceFilter(
        choices=(("yes", gettext_lazy("On no statement")), ("no", gettext_lazy("On a statement"))),
        method="by_statement",
        label=gettext_lazy("Statement"),
        empty_label=ANYTHING,
    )
    number = django_filters.CharFilter("number", label=gettext_lazy("Number"), widget=forms.HiddenInput)

    class Meta:
        model = PosTransaction
        fields: list[str] = []

    def by_statement(self, rows: Transactions, name: str, value: str) -> Transactions:
        """On a statement or on none."""
        return rows.filter(statement__isnull=value == "yes")


class LateFilter(ListFilter):
    """Store, business dates, what came late, and whether a statement took it."""

    store = ScopedFilter(model=Store, scoped="stores", label=gettext_lazy("Store"))
    date_from = django_filters.DateFilter("business_date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("business_date", "lte", label=gettext_lazy("To"), widget=date_input())
    what = django_filters.ChoiceFilter(choices=LateKind.choices, method="by_kind", label=gettext_lazy("What"), empty_label=ANYTHING)
    taken = django_filters.ChoiceFilter(
        choices=(("no", gettext_lazy("On no statement")), ("yes", gettext_lazy("On a statement"))),
        method="by_statement",
        label=gettext_lazy("Statement"),
        empty_label=ANYTHING,
    )

    class Meta:
        model = PosTransaction
        fields: list[str] = []

    def by_kind(self, rows: Transactions, name: str, value: str) -> Transactions:
        """As the first column names them."""
        return rows.filter(LATE_KINDS[LateKind(value)])

    def by_statement(self, rows: Transactions, name: str, value: str) -> Transactions:
        """Taken by a statement, or waiting."""
        return rows.filter(statement__isnull=value == "no")


class ProblemFilter(ListFilter):
    """Code, severity, store, business dates, item; at first only problems of transactions that are on no statement."""

    code = django_filters.CharFilter("code", label=gettext_lazy("Code"))
    severity = django_filters.ChoiceFilter(choices=ValidationProblem.Severity.choices, label=gettext_lazy("Severity"), empty_label=ANYTHING)
    store = ScopedFilter("transaction__store", model=Store, scoped="stores", label=gettext_lazy("Store"))
    date_from = django_filters.DateFilter("transaction__business_date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("transaction__business_date", "lte", label=gettext_lazy("To"), widget=date_input())
    where = django_filters.ChoiceFilter(
        choices=(("all", gettext_lazy("All, also those on statements")),),
        method="by_place",
        label=gettext_lazy("Transactions"),
        empty_label=gettext_lazy("On no statement"),
    )
    # Comes with code and store from the causes; alone it would read the lines of all problems.
    item = django_filters.CharFilter(method="by_item", label=gettext_lazy("Item"), widget=forms.HiddenInput)

    class Meta:
        model = ValidationProblem
        fields: list[str] = []

    def filter_queryset(self, rows: Problems) -> Problems:
        """What waits to be mended, unless all are asked for."""
        found: Problems = super().filter_queryset(rows)
        return found if self.form.cleaned_data.get("where") else found.filter(transaction__statement__isnull=True)

    def by_place(self, rows: Problems, name: str, value: str) -> Problems:
        """All of them; the default is in `filter_queryset`."""
        return rows

    def by_item(self, rows: Problems, name: str, value: str) -> Problems:
        """On a line that sells the item with that code."""
        lines = PosTransactionLine.objects.filter(transaction=OuterRef("transaction"), number=OuterRef("line_number"), item_code=value)
        return rows.filter(Exists(lines))


class GiftCardFilter(ListFilter):
    """Nothing but the number, which the quick filter finds."""

    class Meta:
        model = GiftCard
        fields: list[str] = []


class RecallFilter(ListFilter):
    """Item, batch, and whether it was a drill."""

    item = django_filters.CharFilter("item__code", label=gettext_lazy("Item"))
    batch = django_filters.CharFilter("batch__number", label=gettext_lazy("Batch"))
    mock = django_filters.ChoiceFilter(
        "is_mock",
        choices=(("True", gettext_lazy("Mock recalls")), ("False", gettext_lazy("Real ones"))),
        label=gettext_lazy("Mock recall"),
        empty_label=ANYTHING,
    )

    class Meta:
        model = Recall
        fields: list[str] = []


class RecallLineFilter(ListFilter):
    """Recall, certainty, store, customer, business dates."""

    recall = django_filters.NumberFilter("recall_id", label=gettext_lazy("Recall"), widget=forms.HiddenInput)
    certainty = django_filters.ChoiceFilter(
        choices=(("1", gettext_lazy("Certain")), ("2", gettext_lazy("Probable")), ("3", gettext_lazy("Possible"))),
        label=gettext_lazy("Certainty"),
        empty_label=ANYTHING,
    )
    store = ScopedFilter(model=Store, scoped="stores", label=gettext_lazy("Store"))
    customer = django_filters.CharFilter("customer_code", label=gettext_lazy("Customer"))
    date_from = django_filters.DateFilter("business_date", "gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("business_date", "lte", label=gettext_lazy("To"), widget=date_input())

    class Meta:
        model = RecallLine
        fields: list[str] = []
