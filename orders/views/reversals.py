"""The page that takes an invoiced delivery back."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse as address_of
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.lib.document_kinds import SourceKind
from ledger.queries import closed_dates, vouchers_of
from ledger.queries.reversals import sums_of_vouchers
from ledger.views.reversals import ReversalPreview, respond_reversal
from orders.queries.reversals import delivery_named, invoiced_delivery
from orders.services.reversals import reverse_delivery
from orders.views.customer_orders import get_order_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reverse(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """What taking the delivery back would book, and the reason."""
    named = delivery_named(delivery_id)
    if named is None:
        raise Http404
    row = get_order_or_404(request, named[0])
    delivery = invoiced_delivery(*named)
    if delivery is None or delivery.invoice_id is None:
        messages.info(request, gettext("The delivery is not invoiced."))
        return redirect("customer_orders:detail", named[0])
    invoice_id = delivery.invoice_id

    def preview() -> ReversalPreview:
        closed = closed_dates({(delivery.legal_entity_id, delivery.day)}, goods=True)
        accounts = sums_of_vouchers([voucher.id for voucher in vouchers_of([(SourceKind.INVOICE, invoice_id)])])
        back = (address_of("customer_orders:detail", args=[named[0]]), gettext("Back to the order"))
        day = delivery.day if closed else None
        return ReversalPreview(delivery.document, accounts, row.currency, day, back, {"delivery": delivery})

    def take_back(reason: str, on: date | None) -> HttpResponse:
        taken = reverse_delivery(*named, reason, request.user.get_username(), on)
        text = gettext("Delivery %(document)s is reversed by credit note %(invoice)s; the order is open for it again.")
        messages.success(request, text % {"document": taken.document, "invoice": taken.invoice})
        return redirect("customer_orders:detail", named[0])

    return respond_reversal(request, "orders/reverse.html", preview, take_back)
