"""Lists of statements and POS transactions."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from orders.models import Store
from retailhq.access.access import access_of
from retailhq.lists.page import ListPage
from retailhq.lists.views import list_view
from statements.filters import StatementFilter, TransactionFilter
from statements.queries.pages_lists import STATEMENT_SORTS, TRANSACTION_SORTS, statements_seen_by, transactions_seen_by
from statements.tables import StatementTable, TransactionTable

STATEMENTS = ListPage(
    key="statements",
    view="statements:list",
    title=gettext_lazy("Statements"),
    rows=statements_seen_by,
    table=StatementTable,
    filters=StatementFilter,
    sorts=STATEMENT_SORTS,
    default_sort="-business_date",
    quick=("number__istartswith", "store__name__icontains"),
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
)


def stores_of_the_person(request: HttpRequest) -> dict[str, object]:
    """The stores that the person may calculate for; one statement."""
    return {"stores": Store.objects.filter(access_of(request).scope.stores("")).order_by("code")}


show_statements = list_view(STATEMENTS, stores_of_the_person)
show_transactions = list_view(TRANSACTIONS)
