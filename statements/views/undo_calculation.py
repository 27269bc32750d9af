"""What people do with one statement before it is posted."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from core.i18n.texts import count_text
from core.lib.problems import BusinessError
from core.ui.refusals import tell_refusals
from statements.services.discard_orders import discard_orders as discard_customer_orders
from statements.services.undo_calculation import clear_statement, hold_failing, recalculate_statement, revalidate_statement
from statements.views.detail import get_statement_or_404


def change_statement(request: HttpRequest, statement_id: int, change: Callable[[int, str], str]) -> HttpResponse:
    """Runs the change and says what it did, or why it did not; back to the statement."""
    statement = get_statement_or_404(request, statement_id)
    try:
        messages.success(request, change(statement.pk, request.user.get_username()))
    except BusinessError as error:
        tell_refusals(request, error.problems, messages.WARNING, statement_id=statement_id)
    return redirect("statements:detail", statement_id)


@require_POST
def clear(request: HttpRequest, statement_id: int) -> HttpResponse:
    def change(statement: int, actor: str) -> str:
        freed = clear_statement(statement, actor)
        text = ngettext("%(count)s transaction is free again.", "%(count)s transactions are free again.", freed)
        return text % {"count": count_text(freed)}

    return change_statement(request, statement_id, change)


@require_POST
def recalculate(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Makes lines and totals anew."""

    def change(statement: int, actor: str) -> str:
        recalculate_statement(statement, actor)
        return gettext("The statement is calculated anew.")

    return change_statement(request, statement_id, change)


@require_POST
def revalidate(request: HttpRequest, statement_id: int) -> HttpResponse:
    def change(statement: int, actor: str) -> str:
        outcome = revalidate_statement(statement, actor)
        figures = {"stayed": count_text(outcome.stayed), "left": count_text(outcome.left)}
        if not outcome.left:
            return gettext("All transactions are valid: %(stayed)s.") % figures
        return gettext("%(stayed)s transactions are valid; %(left)s left the statement because of an error.") % figures

    return change_statement(request, statement_id, change)


@require_POST
def hold(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Moves failing transactions to a supplement."""

    def change(statement: int, actor: str) -> str:
        held = hold_failing(statement, actor)
        text = ngettext(
            "%(count)s transaction was moved to a supplement; the rest can be posted now.",
            "%(count)s transactions were moved to a supplement; the rest can be posted now.",
            held,
        )
        return text % {"count": count_text(held)}

    return change_statement(request, statement_id, change)


@require_POST
def discard_orders(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Deletes sales orders that are not invoiced; to the list where nothing is left of the statement."""
    stays = True

    def change(statement: int, actor: str) -> str:
        nonlocal stays
        done = discard_customer_orders(statement, actor)
        stays = done.stays
        text = ngettext("%(count)s transaction is free again.", "%(count)s transactions are free again.", done.transactions)
        return text % {"count": count_text(done.transactions)}

    response = change_statement(request, statement_id, change)
    return response if stays else redirect("statements:list")
