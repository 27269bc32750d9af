"""The page that takes an invoiced delivery back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.lib.document_kinds import SourceKind
from core.lib.problems import BusinessError
from ledger.queries import closed_dates, vouchers_of
from ledger.queries.reversals import sums_of_vouchers
from orders.forms.reversal import ReversalForm
from orders.queries.reversals import delivery_named, invoiced_delivery
from orders.services.reversals import reverse_delivery
from orders.views.customer_orders import get_order_or_404

WRONG = 422


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
    form = ReversalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            taken = reverse_delivery(*named, form.cleaned_data["reason"], request.user.get_username(), form.cleaned_data["date"])
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            text = gettext("Delivery %(document)s is reversed by credit note %(invoice)s; the order is open for it again.")
            messages.success(request, text % {"document": taken.document, "invoice": taken.invoice})
            return redirect("customer_orders:detail", named[0])
    closed = bool(closed_dates({(delivery.legal_entity_id, delivery.day)}))
    if closed and not form.is_bound:
        form.initial["date"] = timezone.now().date()
    accounts = sums_of_vouchers(vouchers_of([(SourceKind.INVOICE, delivery.invoice_id)]))
    context = {"form": form, "delivery": delivery, "row": row, "accounts": accounts, "closed": closed}
    return render(request, "orders/reverse.html", context, status=WRONG if form.is_bound else 200)
