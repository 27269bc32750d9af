"""The page that enters what was counted in a drawer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.lib.problems import BusinessError
from orders.models import PaymentMethod, Terminal
from statements.forms import CountForm
from statements.queries import pages
from statements.services.counts import count_tender
from statements.views.detail import get_statement_or_404

WRONG = 422


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def count(request: HttpRequest, statement_id: int) -> HttpResponse:
    """The form, for a drawer of the statement's store and day; what is refused stays typed in."""
    statement = get_statement_or_404(request, statement_id)
    terminals = Terminal.objects.filter(store=statement.store_id).order_by("code").values_list("code", flat=True)
    form = CountForm(
        request.POST if request.method == "POST" else None,
        initial={"method": request.GET.get("method", "") or pages.method_that_differs(statement.pk)},
        statement_method=statement.store.statement_method,
        terminals=terminals,
        currency=statement.store.currency_id,
        methods=PaymentMethod.objects.order_by("code").values_list("code", "name"),
    )
    if form.is_valid():
        try:
            result = count_tender(form.request(statement.store.code, statement.business_date), request.user.get_username())
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            if result.transaction:
                messages.success(request, gettext("The count is entered as %(number)s.") % {"number": result.transaction})
            else:
                messages.info(request, gettext("Nothing was changed."))
            return redirect(f"{reverse('statements:detail', args=[statement_id])}?tab=payments")
    context = {"statement": statement, "form": form}
    return render(request, "statements/count_tender.html", context, status=WRONG if form.is_bound else 200)
