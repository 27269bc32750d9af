"""Accounts of customers: the list, and one with everything that was booked on it."""

from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from core.db.pagination import keyset_page
from core.tables.page import ListPage
from core.tables.views import list_view
from orders.filters import AccountFilter
from orders.queries import account_pages as queries
from orders.services.accounts import customer_accounts
from orders.tables import AccountTable
from parameters.queries import company_for

ACCOUNTS = ListPage(
    key="customer-accounts",
    view="orders:accounts",
    title=gettext_lazy("Customer accounts"),
    rows=queries.accounts_seen_by,
    annotate_page=queries.add_open_amounts,
    table=AccountTable,
    filters=AccountFilter,
    sorts=queries.ACCOUNT_SORTS,
    default_sort="code",
    quick=("code__startswith", "name__startswith"),
    quick_label=gettext_lazy("Code or name starts with"),
    nothing=(
        gettext_lazy("Nobody has bought on account yet"),
        gettext_lazy("What is not paid when an order is invoiced, or is bought on account at a till, stands here."),
    ),
    no_match=gettext_lazy("No customer account matches"),
)

show_accounts = list_view(ACCOUNTS)


@require_safe
@never_cache
def show_account(request: HttpRequest, customer_id: int) -> HttpResponse:
    """A customer's account with the company: what is owed, the limit, and a page of what was booked; a fixed number of queries."""
    access = access_of(request)
    customer = queries.customer_for_page(customer_id)
    if customer is None:
        raise Http404
    company = company_for(access)
    entries = queries.entries_of(access, customer_id)
    page = keyset_page(entries, queries.ENTRY_ORDER, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    account = customer_accounts([(access.company_id, customer.code)]).get((access.company_id, customer.code))
    booked = queries.booked_on(access, customer_id)
    open_amount = account.open_amount if account is not None else Decimal(0)
    context = {
        "customer": customer,
        "company": company,
        "currency": company.currency if company else None,
        "booked": booked,
        "waiting": open_amount - booked,
        "free": None if account is None or account.credit_limit is None else account.credit_limit - open_amount,
        "walk_in": account is not None and account.walk_in,
        "page": page,
        "entries": queries.with_balances(access, customer_id, page.rows),
    }
    return render(request, "orders/account.html", context)
