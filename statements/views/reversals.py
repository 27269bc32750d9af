"""The pages that take back what is posted: a statement, or one of its transactions."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse as address_of
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access.access import access_of
from core.i18n.messages import render as render_message
from ledger.rules.reversals import not_posted
from ledger.views.reversals import ReversalPreview, respond_reversal
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

TEMPLATE = "statements/reverse.html"
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

    def preview() -> ReversalPreview:
        back = (address_of("statements:detail", args=[statement.pk]), gettext("Back to the statement"))
        return _preview(statement.number, look_at_statement(statement.pk), statement, back)

    def take_back(reason: str, on: date | None) -> HttpResponse:
        if statement.line_count > MOST_LINES_AT_ONCE:
            return redirect("jobs:detail", request_reversal([statement.pk], reason, on, request.user).pk)
        taken = reverse_statement(statement.pk, reason, request.user.get_username(), on)
        text = gettext("%(document)s is reversed; its transactions are free again: %(count)s.")
        messages.success(request, text % {"document": taken.document, "count": len(taken.transactions)})
        return redirect("statements:detail", statement_id)

    return respond_reversal(request, TEMPLATE, preview, take_back)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reverse_one(request: HttpRequest, transaction_id: int) -> HttpResponse:
    """What reversing the transaction would book, and the reason."""
    transaction = transaction_for_page(transaction_id, access_of(request).scope)
    if transaction is None:
        raise Http404
    would, statement = look_at_transaction(transaction.pk), transaction.statement
    if would is None or statement is None:
        refusal = gettext("The transaction is reversed.") if transaction.reversal_id else render_message(not_posted(transaction.number))
        messages.info(request, refusal)
        return redirect("statements:transaction", transaction_id)

    def preview() -> ReversalPreview:
        back = (address_of("statements:transaction", args=[transaction.pk]), gettext("Back to the transaction"))
        return _preview(transaction.number, would, statement, back)

    def take_back(reason: str, on: date | None) -> HttpResponse:
        taken = reverse_transaction(transaction.pk, reason, request.user.get_username(), on)
        text = gettext("%(document)s is reversed. Here it stands anew: correct it, and the next statement posts it.")
        messages.success(request, text % {"document": taken.document})
        return redirect("statements:transaction", taken.transactions[transaction.pk])

    return respond_reversal(request, TEMPLATE, preview, take_back)


def _preview(document: str, would: WouldReverse, statement: Statement, back: tuple[str, str]) -> ReversalPreview:
    closed_on = would.posted_on if would.closed else None
    more = {"would": would, "statement": statement}
    return ReversalPreview(document, would.accounts, statement.store.currency, closed_on, back, more)
