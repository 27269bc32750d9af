"""The pages that take back what is posted: a statement, or one of its transactions."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access.access import access_of
from core.i18n.messages import render as render_message
from core.lib.problems import BusinessError
from ledger.rules.reversals import not_posted
from statements.forms import ReversalForm
from statements.models import Statement
from statements.queries.pages_lists import transaction_for_page
from statements.services.background import request_reversal
from statements.services.reversals import (
    WouldReverse,
    look_at_statement,
    look_at_transaction,
    reverse_statement,
    reverse_transaction,
)
from statements.views.detail import get_statement_or_404
from statements.views.verbs import refusal_to_reverse

WRONG = 422
# What takes longer than a request may is done by a worker.
MOST_LINES_AT_ONCE = 5_000


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reverse(request: HttpRequest, statement_id: int) -> HttpResponse:
    """What reversing the statement would book, and the reason; a big one is done by a worker."""
    statement = get_statement_or_404(request, statement_id)
    if refusal := refusal_to_reverse(statement):
        messages.info(request, refusal)
        return redirect("statements:detail", statement_id)
    form = _form(request)
    if form.is_valid():
        reason, on = form.cleaned_data["reason"], form.cleaned_data["date"]
        if statement.line_count > MOST_LINES_AT_ONCE:
            return redirect("jobs:detail", request_reversal([statement.pk], reason, on, request.user).pk)
        try:
            taken = reverse_statement(statement.pk, reason, request.user.get_username(), on)
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            text = gettext("%(document)s is reversed; its transactions are free again: %(count)s.")
            messages.success(request, text % {"document": taken.document, "count": len(taken.transactions)})
            return redirect("statements:detail", statement_id)
    back = ("statements:detail", statement.pk, gettext("Back to the statement"))
    return _page(request, form, statement.number, look_at_statement(statement.pk), statement, back)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reverse_one(request: HttpRequest, transaction_id: int) -> HttpResponse:
    """What reversing the transaction would book, and the reason."""
    transaction = transaction_for_page(transaction_id, access_of(request).scope)
    if transaction is None:
        raise Http404
    would = look_at_transaction(transaction.pk)
    if would is None or transaction.statement is None:
        refusal = gettext("The transaction is reversed.") if transaction.reversal_id else render_message(not_posted(transaction.number))
        messages.info(request, refusal)
        return redirect("statements:transaction", transaction_id)
    form = _form(request)
    if form.is_valid():
        try:
            taken = reverse_transaction(transaction.pk, form.cleaned_data["reason"], request.user.get_username(), form.cleaned_data["date"])
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            text = gettext("%(document)s is reversed. Here it stands anew: correct it, and the next statement posts it.")
            messages.success(request, text % {"document": taken.document})
            return redirect("statements:transaction", taken.transactions[transaction.pk])
    back = ("statements:transaction", transaction.pk, gettext("Back to the transaction"))
    return _page(request, form, transaction.number, would, transaction.statement, back)


def _form(request: HttpRequest) -> ReversalForm:
    return ReversalForm(request.POST if request.method == "POST" else None)


def _page(
    request: HttpRequest, form: ReversalForm, document: str, would: WouldReverse, statement: Statement, back: tuple[str, int, str]
) -> HttpResponse:
    """The page, with today proposed where the date of the posting is closed."""
    if would.closed and not form.is_bound:
        form.initial["date"] = timezone.now().date()
    context = {"form": form, "document": document, "would": would, "statement": statement, "back": back}
    return render(request, "statements/reverse.html", context, status=WRONG if form.is_bound else 200)
