"""Lists of statements and POS transactions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from retailhq.access.access import access_of
from retailhq.db.keyset import COUNT_LIMIT, count_up_to
from retailhq.formats.texts import count_text
from statements.filters import StatementFilter, TransactionFilter
from statements.queries.pages_lists import DEFAULT_SORT, SORTS, statements_for_list, statements_of, transactions_for_list, transactions_of
from statements.tables import StatementTable, TransactionTable


@require_safe
@never_cache
def show_statements(request: HttpRequest) -> HttpResponse:
    """Statements of the company, narrowed and sorted as asked; the same number of SQL statements however many there are."""
    scope = access_of(request).scope
    found = StatementFilter(request.GET, queryset=statements_of(scope), request=request, scope=scope)
    sort = request.GET.get("sort", DEFAULT_SORT)
    sort = sort if sort.lstrip("-") in SORTS and not sort.startswith("--") else DEFAULT_SORT
    page = statements_for_list(found.qs, sort, request.GET.get("after", ""), request.GET.get("before", ""))
    context = {
        "filter": found,
        "narrowed": any(request.GET.get(name) for name in found.filters),
        "table": StatementTable(page.rows),
        "page": page,
        "sort": sort,
        "sorts": SORTS,
        "shown": statement_count(count_up_to(found.qs)),
    }
    return render(request, "statements/statement_list.html", context)


@require_safe
@never_cache
def show_transactions(request: HttpRequest) -> HttpResponse:
    """POS transactions of the company, narrowed as asked; the same number of SQL statements however many there are."""
    scope = access_of(request).scope
    found = TransactionFilter(request.GET, queryset=transactions_of(scope), request=request, scope=scope)
    page = transactions_for_list(found.qs, request.GET.get("after", ""), request.GET.get("before", ""))
    context = {
        "filter": found,
        "narrowed": any(request.GET.get(name) for name in found.filters),
        "table": TransactionTable(page.rows),
        "page": page,
        "shown": transaction_count(count_up_to(found.qs)),
    }
    return render(request, "statements/transaction_list.html", context)


def statement_count(number: int) -> str:
    """The number of statements found, exact up to the limit."""
    if number > COUNT_LIMIT:
        return gettext("%(limit)s+ statements") % {"limit": count_text(COUNT_LIMIT)}
    return ngettext("%(count)s statement", "%(count)s statements", number) % {"count": count_text(number)}


def transaction_count(number: int) -> str:
    """The number of transactions found, exact up to the limit."""
    if number > COUNT_LIMIT:
        return gettext("%(limit)s+ transactions") % {"limit": count_text(COUNT_LIMIT)}
    return ngettext("%(count)s transaction", "%(count)s transactions", number) % {"count": count_text(number)}
