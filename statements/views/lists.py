"""Lists of statements and POS transactions."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy

from core.access.access import Access, access_of
from core.tables.page import ListPage
from core.tables.views import list_view
from orders.models import Store
from statements.filters import LateFilter, ProblemFilter, StatementFilter, TransactionFilter
from statements.models import PosTransaction, Statement, ValidationProblem
from statements.queries.late import days_late, late_documents_seen_by, late_kind
from statements.queries.pages_lists import (
    PROBLEM_SORTS,
    STATEMENT_SORTS,
    TRANSACTION_SORTS,
    problems_seen_by,
    statements_seen_by,
    transactions_seen_by,
)
from statements.tables import LateTable, ProblemTable, StatementTable, TransactionTable

STATEMENTS = ListPage(
    key="statements",
    view="statements:list",
    title=gettext_lazy("Statements"),
    rows=statements_seen_by,
    table=StatementTable,
    filters=StatementFilter,
    sorts=STATEMENT_SORTS,
    default_sort="-business_date",
    quick=("number__startswith", "store__name__icontains"),
    quick_label=gettext_lazy("Number or store"),
    nothing=(
        gettext_lazy("There are no statements yet"),
        gettext_lazy(
            "Import transactions, then press Calculate: every store and business day with valid transactions becomes a statement."
        ),
    ),
    no_match=gettext_lazy("No statement matches"),
    template="statements/statement_list.html",
)
TRANSACTIONS = ListPage(
    key="pos-transactions",
    import_kind="transactions",
    view="statements:transactions",
    title=gettext_lazy("POS transactions"),
    rows=transactions_seen_by,
    table=TransactionTable,
    filters=TransactionFilter,
    sorts=TRANSACTION_SORTS,
    default_sort="-business_date",
    quick=("number__startswith",),
    quick_label=gettext_lazy("Number starts with"),
    nothing=(
        gettext_lazy("There are no transactions yet"),
        gettext_lazy("Import what the tills uploaded: manage.py import_data transactions FILE."),
    ),
    no_match=gettext_lazy("No transaction matches"),
    template="statements/transaction_list.html",
)


def annotate_lateness(rows: Sequence[PosTransaction], access: Access) -> None:
    """Says of each row what it is and how late it came; no query."""
    for row in rows:
        row.late_word, row.days_late = late_kind(row).label, days_late(row)  # type: ignore[attr-defined]  # what only the page of the list knows


LATE_DOCUMENTS = ListPage(
    key="late-documents",
    view="statements:late",
    title=gettext_lazy("Late documents"),
    rows=late_documents_seen_by,
    table=LateTable,
    filters=LateFilter,
    sorts=TRANSACTION_SORTS,
    default_sort="-business_date",
    quick=("number__startswith",),
    quick_label=gettext_lazy("Number starts with"),
    annotate_page=annotate_lateness,
    nothing=(
        gettext_lazy("Nothing came late"),
        gettext_lazy("What comes in after its day was posted stands here; the next statement of the day takes it."),
    ),
    no_match=gettext_lazy("No late document matches"),
)


def offer_correcting(problems: Sequence[ValidationProblem], access: Access) -> None:
    """Says of each row whether the person may correct its transaction; no query."""
    may_correct = access.may("statements:correct")
    for problem in problems:
        problem.may_correct = may_correct  # type: ignore[attr-defined]  # what only the page of the list knows


PROBLEMS = ListPage(
    key="validation-problems",
    view="statements:problems",
    title=gettext_lazy("Validation problems"),
    rows=problems_seen_by,
    table=ProblemTable,
    filters=ProblemFilter,
    sorts=PROBLEM_SORTS,
    default_sort="-transaction",
    quick=("transaction__number__startswith",),
    quick_label=gettext_lazy("Transaction starts with"),
    annotate_page=offer_correcting,
    nothing=(gettext_lazy("Validation found nothing"), gettext_lazy("All transactions may be put on statements.")),
    no_match=gettext_lazy("No problem matches"),
    template="statements/problem_list.html",
)


def stores_of_the_person(request: HttpRequest) -> dict[str, object]:
    """The stores that the person may calculate for, as options, and the kinds of statements; one query."""
    stores = Store.objects.filter(access_of(request).scope.stores("")).order_by("code").values_list("code", "code", "name")
    return {"stores": format_html_join("", '<option value="{}">{} {}</option>', stores), "kinds": Statement.Kind.choices}


show_statements = list_view(STATEMENTS, stores_of_the_person)
show_transactions = list_view(TRANSACTIONS)
show_problems = list_view(PROBLEMS)
show_late = list_view(LATE_DOCUMENTS)
