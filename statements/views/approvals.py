"""The page on which somebody lets a statement pass a fallback limit; it is posted at once."""

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
from statements.services.approvals import approval_problem, approve_fallback
from statements.views.actions import ask_for_posting
from statements.views.detail import get_statement_or_404

WRONG = 422


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def approve(request: HttpRequest, statement_id: int) -> HttpResponse:
    """What passes the limit and the form for a note; approved, the statement is posted by whoever may, here and now."""
    statement = get_statement_or_404(request, statement_id)
    form = ApprovalForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" and (problem := approval_problem(statement)):
        tell_refusals(request, [problem])
        return redirect("statements:detail", statement_id)
    if form.is_valid():
        try:
            approve_fallback(statement.pk, form.cleaned_data["note"], request.user.get_username())
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            messages.success(request, gettext("Statement %(number)s may pass the limit.") % {"number": statement.number})
            if access_of(request).may("statements:post", "POST"):
                ask_for_posting(request, [statement.pk])
            return redirect("statements:detail", statement_id)
    form.mark_wrong()
    context = {"statement": statement, "form": form}
    return render(request, "statements/approve_fallback.html", context, status=WRONG if form.is_bound else 200)
