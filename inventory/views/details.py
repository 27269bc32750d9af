"""One item and one batch: what they are, what is there, where it went."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from inventory.queries import lists as queries
from inventory.services.available import add_available

ROWS_SHOWN = 50
LATEST_SHOWN = 25
VOUCHERS_SHOWN = 10


@require_safe
@never_cache
def show_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """An item with its policies, its stock and what moved it last; a fixed number of queries."""
    item = queries.item_for_page(item_id)
    if item is None:
        raise Http404
    access = access_of(request)
    stock = queries.stock_of(access, ROWS_SHOWN, item=item)
    add_available(stock)
    context = {
        "item": item,
        "stock": stock[:ROWS_SHOWN],
        "more_stock": len(stock) > ROWS_SHOWN,
        "total": queries.stock_total(access, item=item),
        "debt": queries.open_debt(access, item=item),
        "movements": queries.movements_of(access, LATEST_SHOWN, item=item),
        "vouchers": queries.vouchers_of_item(item.pk, access, VOUCHERS_SHOWN),
    }
    return render(request, "inventory/item_detail.html", context)


@require_safe
@never_cache
def show_batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """A batch with its dates, where it lies and where it went; a fixed number of queries."""
    batch = queries.batch_for_page(batch_id)
    if batch is None:
        raise Http404
    access = access_of(request)
    # The item leads the indexes, so it is named beside the batch.
    of_batch = {"item": batch.item_id, "batch": batch}
    stock = queries.stock_of(access, ROWS_SHOWN, **of_batch)
    add_available(stock)
    context = {
        "batch": batch,
        "expired": batch.expires_on is not None and batch.expires_on < timezone.localdate(),
        "stock": stock[:ROWS_SHOWN],
        "more_stock": len(stock) > ROWS_SHOWN,
        "total": queries.stock_total(access, **of_batch),
        "debt": queries.open_debt(access, **of_batch) if batch.is_default_batch else None,
        "movements": queries.movements_of(access, LATEST_SHOWN, **of_batch),
    }
    return render(request, "inventory/batch_detail.html", context)
