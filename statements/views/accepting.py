"""The page that accepts a counted difference."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.i18n.messages import render as render_message
from core.lib.problems import BusinessError
from statements.forms import NoteForm
from statements.services.accept_difference import accept_difference, look_at_difference
from statements.views.detail import get_statement_or_404

WRONG = 422


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def accept(request: HttpRequest, statement_id: int) -> HttpResponse:
    """What was counted, the limit that it passes, and the note that goes with it."""
    statement = get_statement_or_404(request, statement_id)
    found = look_at_difference(statement_id)
    if found.problem is None or statement.work_state:
        messages.info(request, gettext("The statement has no counted difference over its limits."))
        return redirect("statements:detail", statement_id)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            accept_difference(statement_id, form.cleaned_data["note"], request.user.get_username())
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            messages.success(
                request, gettext("The difference of %(number)s is accepted; post the statement.") % {"number": statement.number}
            )
            return redirect("statements:detail", statement_id)
    context = {
        "statement": statement,
        "form": form,
        "lines": found.lines,
        "total": sum(line.difference for line in found.lines),
        "why": render_message(found.problem.message),
    }
    return render(request, "statements/accept_difference.html", context, status=WRONG if form.is_bound else 200)
