"""The page on which somebody lets a customer order pass a fallback limit."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access.access import access_of
from core.lib.problems import BusinessError
from core.ui.refusals import tell_refusals
from orders.forms.approvals import ApprovalForm
from orders.services.approvals import approval_problem, approve_order_fallback
from orders.views.customer_orders import get_order_or_404

WRONG = 422


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def approve(request: HttpRequest, order_id: int) -> HttpResponse:
    """What passes the limit and the form for a note; approved, whoever delivers asks for the delivery again."""
    row = get_order_or_404(request, order_id)
    form = ApprovalForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" and (problem := approval_problem(row)):
        tell_refusals(request, [problem])
        return redirect("customer_orders:detail", order_id)
    if form.is_valid():
        try:
            approve_order_fallback(order_id, form.cleaned_data["note"], request.user.get_username(), scope=access_of(request).scope)
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            text = gettext("Order %(number)s may pass the limit once; ask for the delivery again.")
            messages.success(request, text % {"number": row.order.number})
            return redirect("customer_orders:detail", order_id)
    form.mark_wrong()
    context = {"row": row, "order": row.order, "form": form}
    return render(request, "orders/approve_fallback.html", context, status=WRONG if form.is_bound else 200)
