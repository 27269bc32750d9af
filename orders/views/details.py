"""One sales order and one invoice, with links to where they came from and what they made."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from core.db.pagination import keyset_page
from orders.models import SalesOrder
from orders.queries import lists as queries

PROBLEMS_SHOWN = 20


@require_safe
@never_cache
def show_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """An order with a page of its lines and why each batch; a fixed number of queries. Customer orders have a page of their own."""
    access = access_of(request)
    order = queries.order_for_page(access, order_id)
    if order is None:
        raise Http404
    if order.origin == SalesOrder.Origin.CUSTOMER and access.may("customer_orders:detail"):
        return redirect("customer_orders:detail", order.pk)
    page = keyset_page(
        queries.order_lines(order.pk), ("line_number",), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {
        "order": order,
        "sums": queries.sums_of(order.pk),
        "page": page,
        "lines": queries.with_allocations(order, page.rows),
        "problems": queries.problems_of(order.pk, PROBLEMS_SHOWN),
        "invoices": queries.invoices_of(order.pk),
        "origin": queries.origin_of(order.source_kind, order.source_id, access),
    }
    return render(request, "orders/order_detail.html", context)


@require_safe
@never_cache
def show_invoice(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """An invoice with a page of its lines, its vouchers and payments; a fixed number of queries."""
    invoice = queries.invoice_for_page(access_of(request), invoice_id)
    if invoice is None:
        raise Http404
    page = keyset_page(
        queries.invoice_lines(invoice.pk), ("line_number",), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {
        "invoice": invoice,
        "currency": invoice.order.store.currency,
        "page": page,
        "lines": queries.invoiced_lines(invoice, page.rows),
        "vouchers": queries.vouchers_of_invoice(invoice.pk),
        "payments": queries.payments_of_invoice(invoice.pk),
    }
    return render(request, "orders/invoice_detail.html", context)
