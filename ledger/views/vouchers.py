"""The list of vouchers, and one voucher."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from core.tables.page import ListPage
from core.tables.views import list_view
from ledger.filters import VoucherFilter
from ledger.queries import lists as queries
from ledger.queries.reversals import opposites_of
from ledger.tables import VoucherTable

VOUCHERS = ListPage(
    key="vouchers",
    view="ledger:vouchers",
    title=gettext_lazy("Vouchers"),
    rows=queries.vouchers_seen_by,
    annotate_page=queries.sum_lines,
    table=VoucherTable,
    filters=VoucherFilter,
    sorts=queries.VOUCHER_SORTS,
    default_sort="-date",
    quick=("number__startswith",),
    quick_label=gettext_lazy("Number starts with"),
    nothing=(gettext_lazy("There are no vouchers yet"), gettext_lazy("Posting a statement makes them.")),
    no_match=gettext_lazy("No voucher matches"),
)
show_vouchers = list_view(VOUCHERS)


@require_safe
@never_cache
def show_voucher(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """A voucher with its lines and what made it; a fixed number of queries."""
    access = access_of(request)
    voucher = queries.voucher_for_page(access, voucher_id)
    if voucher is None:
        raise Http404
    queries.sum_lines([voucher], access)
    context = {"voucher": voucher, "currency": voucher.legal_entity.currency, "lines": queries.lines_of_voucher(voucher.pk)}
    context["opposites"] = opposites_of(voucher.pk)
    return render(request, "ledger/voucher_detail.html", context)
