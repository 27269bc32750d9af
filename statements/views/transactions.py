"""One POS transaction as a readable receipt."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from core.i18n.messages import render as render_message
from core.lib.ways import about_of
from orders.views.why import show_explanation
from statements.models import PosTransaction
from statements.queries.explanations import line_by_id
from statements.queries.pages_lists import lines_of_transaction, transaction_for_page
from statements.queries.versions import stand_of, versions_of
from statements.rules.changes import change_refusal
from statements.rules.till import PosTransactionKey
from statements.services.explanations import explain_pos_line
from statements.views.fixes import row_of_validation


def refusal_to_change(transaction: PosTransaction) -> str:
    """Why the transaction cannot be corrected where it stands; '' when it can. One query."""
    key = PosTransactionKey(transaction.store.code, transaction.terminal.code, transaction.number)
    problem = change_refusal(key, stand_of(transaction.pk))
    return render_message(problem) if problem else ""


@require_safe
@never_cache
def show_transaction(request: HttpRequest, transaction_id: int) -> HttpResponse:
    """The receipt with its problems and where each unit came from, and what it was before; eight queries."""
    transaction = transaction_for_page(transaction_id, access_of(request).scope)
    if transaction is None:
        raise Http404
    found = sorted(transaction.problems.all(), key=lambda problem: (problem.line_number or 0, problem.code))
    lines = lines_of_transaction(transaction.pk)
    items = {sold.line.number: sold.line.item_code for sold in lines}
    context = {
        "transaction": transaction,
        "zone": transaction.store.time_zone,
        "lines": lines,
        "problems": [row_of_validation(problem, transaction, items.get(problem.line_number or 0, "")) for problem in found],
        "paid": sum(payment.amount for payment in transaction.payments.all()),
        "moved": any(line.allocations for line in lines),
        "versions": versions_of(transaction.pk),
        "refusal": refusal_to_change(transaction),
        "stopped": [line.problem for line in lines if line.problem],
        "about": about_of({}, transaction_id=transaction.pk, store=transaction.store.code, statement_id=transaction.statement_id),
    }
    return render(request, "statements/transaction_detail.html", context)


@require_safe
@never_cache
def explain_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Why a line got its batches; a fixed number of queries."""
    line = line_by_id(line_id)
    scope = access_of(request).scope
    if line is None or (not scope.unlimited and line.store_id not in scope.store_ids):
        raise Http404
    return show_explanation(
        request, explain_pos_line(line_id), "statements:transaction", line.transaction_id, f"{line.document}/{line.line}"
    )
