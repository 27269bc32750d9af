"""One POS transaction as people read it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from core.i18n.messages import render as render_message
from core.lib.ways import about_of
from orders.views.why import show_explanation
from statements.models import PosTransaction
from statements.queries.explanations import line_by_id
from statements.queries.pages import vouchers_of_transaction
from statements.queries.pages_lists import lines_of_transaction, transaction_for_page
from statements.queries.reversals import posted_before, successor_of
from statements.queries.versions import stand_of, versions_of
from statements.rules.changes import change_refusal
from statements.rules.counting import COUNT
from statements.rules.till import PosTransactionKey
from statements.services.explanations import explain_pos_line
from statements.views.fixes import row_of_validation
from statements.views.verbs import action_to_reverse, refusal_to_reverse


def refusal_to_change(transaction: PosTransaction, *, may_reverse: bool) -> str:
    """Why the transaction cannot be corrected where it stands; '' when it can, or when it can be reversed before. One query."""
    key = PosTransactionKey(transaction.store.code, transaction.terminal.code, transaction.number)
    if transaction.reversal_id is not None:
        return gettext("The transaction is reversed.")
    problem = change_refusal(key, stand_of(transaction.pk))
    if problem and problem.code == "POSTED_ALREADY" and may_reverse:
        return ""
    return render_message(problem) if problem else ""


def refusal_to_reverse_one(transaction: PosTransaction) -> str:
    """Why the transaction cannot be reversed now; '' when it can."""
    if transaction.reversal_id is not None:
        return gettext("The transaction is reversed.")
    if transaction.statement is None:
        return gettext("The transaction is on no statement; correct it as it stands.")
    return refusal_to_reverse(transaction.statement)


@require_safe
@never_cache
def show_transaction(request: HttpRequest, transaction_id: int) -> HttpResponse:
    """The transaction with its problems and where each unit came from, and what it was before; nine queries."""
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
        "denominations": transaction.denominations.order_by("-value") if transaction.kind == COUNT else (),
        "moved": any(line.allocations for line in lines),
        "versions": versions_of(transaction.pk),
        "refusal": refusal_to_change(transaction, may_reverse=access_of(request).may("statements:reverse_transaction", "POST")),
        "reverse": action_to_reverse(
            access_of(request), refusal_to_reverse_one(transaction), reverse("statements:reverse_transaction", args=[transaction.pk])
        ),
        "reversal": transaction.reversal,
        "reversed_by": vouchers_of_transaction(transaction.pk)
        if transaction.reversal_id and access_of(request).may("ledger:voucher")
        else [],
        "successor": successor_of(transaction.pk) if transaction.reversal_id else None,
        "predecessors": posted_before(transaction.pk),
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
