"""The page that corrects one POS transaction."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access.access import access_of
from core.i18n.messages import render as render_message
from core.lib.problems import BusinessError, Problem
from orders.models import PaymentMethod
from statements.forms import CorrectionForm, form_with
from statements.models import PosTransaction
from statements.queries.pages_lists import transaction_for_page
from statements.queries.validation import StoredTransaction, read_stored
from statements.queries.versions import stand_of, version_count
from statements.rules.changes import change_refusal
from statements.services.corrections import correct_one
from statements.services.reversals import reverse_and_correct
from statements.services.versions import GONE

WRONG = 422
# A request may bring a thousand fields; a line has nine, each with what it was.
MOST_LINES = 50


def refusal_to_correct(stored: StoredTransaction) -> Problem | None:
    """Why the transaction cannot be corrected where it stands; None when it can. One query."""
    return change_refusal(stored.value.key, stand_of(stored.id))


def too_long(stored: StoredTransaction) -> str:
    """What to do with a transaction that is too long for the page; '' for others."""
    if len(stored.lines) <= MOST_LINES:
        return ""
    return gettext("The transaction has more than %(most)d lines; correct it by a file (correct_transactions).") % {"most": MOST_LINES}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct(request: HttpRequest, transaction_id: int) -> HttpResponse:
    """The form; what it changes is done at once and validated, and what is refused stays typed in."""
    transaction = transaction_for_page(transaction_id, access_of(request).scope)
    if transaction is None:
        raise Http404
    stored = read_stored(transaction_id)
    problem = refusal_to_correct(stored)
    # What is posted is reversed and corrected in one step, by who may.
    reverses = problem is not None and problem.code == "POSTED_ALREADY" and transaction.reversal_id is None
    reverses = reverses and access_of(request).may("statements:reverse_transaction", "POST")
    refusal = too_long(stored) or (render_message(problem) if problem and not reverses else "")
    if refusal:
        messages.info(request, refusal)
        return redirect("statements:transaction", transaction_id)
    version = version_count(transaction_id)
    how: dict[str, Any] = {
        "document": stored.value,
        "discarded": stored.status == GONE,
        "methods": list(PaymentMethod.objects.values_list("code", "name")),
    }
    form = CorrectionForm(request.POST if request.method == "POST" else None, **how)
    overtaken = False
    if form.is_valid():
        given = request.POST.get("version", "")
        seen = int(given) if given.isdecimal() and len(given) < 9 else -1
        try:
            if reverses:
                return _reverse_and_correct(request, transaction, form)
            result = correct_one(transaction_id, form.corrections(), seen, request.user.get_username())
        except BusinessError as error:
            overtaken = any(problem.code == "CHANGED_MEANWHILE" for problem in error.problems)
            form = form_with(form.typed(), **how) if overtaken else form
            form.add_problems(error.problems)
        else:
            if result.corrected:
                messages.success(request, gettext("%(number)s is corrected.") % {"number": transaction.number})
            else:
                messages.info(request, gettext("Nothing was changed."))
            return redirect("statements:transaction", transaction_id)
    context = {"transaction": transaction, "form": form, "version": version, "overtaken": overtaken, "reverses": reverses}
    return render(request, "statements/transaction_correct.html", context, status=WRONG if form.is_bound else 200)


def _reverse_and_correct(request: HttpRequest, transaction: PosTransaction, form: CorrectionForm) -> HttpResponse:
    """Both in one step; leads to the transaction that stands anew. Raises BusinessError, and changes nothing then."""
    corrections = form.corrections()
    if not corrections:
        messages.info(request, gettext("Nothing was changed."))
        return redirect("statements:transaction", transaction.pk)
    taken, _ = reverse_and_correct(transaction.pk, corrections, form.cleaned_data["reason"], request.user.get_username())
    text = gettext("%(number)s is reversed and corrected; the next statement of its day posts it.")
    messages.success(request, text % {"number": transaction.number})
    return redirect("statements:transaction", taken.transactions[transaction.pk])
