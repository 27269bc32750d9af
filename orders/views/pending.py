"""Pending orders: the list with what keeps them from being taken, one of them with its content to mend, and what is done with them."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.access.access import access_of
from core.access.addresses import back_to_asker
from core.i18n.messages import render_remedy
from core.i18n.texts import count_text
from core.lib.actions import Action
from core.lib.messages import Message, decode_message
from core.lib.problems import BusinessError
from core.lib.ways import about_of
from core.tables.page import ListPage
from core.tables.selection import ask_to_confirm, selection_of
from core.tables.views import list_view
from core.ui.refusals import tell_refusals
from orders.filters import PendingOrderFilter
from orders.models import PendingOrder
from orders.queries import pending as queries
from orders.rules.pending import parsed
from orders.services.background import request_synchronization
from orders.services.pending import discard_pending, edit_pending, hold_pending, release_pending, retry_pending
from orders.tables import PendingOrderTable
from orders.views.actions import tell_of_job
from orders.views.pending_form import PendingOrderForm

State = PendingOrder.State
PENDING = ListPage(
    key="pending-orders",
    view="customer_orders:pending",
    title=gettext_lazy("Pending orders"),
    rows=queries.pending_seen_by,
    table=PendingOrderTable,
    filters=PendingOrderFilter,
    sorts=queries.PENDING_SORTS,
    default_sort="-confirmation",
    quick=("number__startswith", "confirmation__startswith"),
    quick_label=gettext_lazy("Order or confirmation"),
    nothing=(
        gettext_lazy("No till has handed in an order"),
        gettext_lazy("Tills that cannot wait hand orders in (Prefer: respond-async); the recurrence Synchronize orders takes them."),
    ),
    no_match=gettext_lazy("No pending order matches"),
    template="orders/pending_list.html",
)


def failures(request: HttpRequest) -> dict[str, object]:
    """What keeps orders from being taken, most frequent first, and why the person may not mend it; one query."""
    may = access_of(request).may("customer_orders:retry_pending", "POST")
    refusal = "" if may else gettext("You have no right to change pending orders.")
    return {"failures": queries.failures_by_code(access_of(request)), "refusal": refusal}


show_pending_orders = list_view(PENDING, failures)


def get_pending_order_or_404(request: HttpRequest, pending_id: int) -> PendingOrder:
    """The pending order, if the person sees its store; raises Http404."""
    row = queries.pending_order(access_of(request).scope, pending_id) if pending_id < 2**63 else None
    if row is None:
        raise Http404
    return row


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show_pending_order(request: HttpRequest, pending_id: int) -> HttpResponse:
    """One with its content; a POST edits it, and unless it is held it is tried again at once."""
    row = get_pending_order_or_404(request, pending_id)
    may = access_of(request).may("customer_orders:pending_one", "POST")
    editable = may and row.state in (State.WAITING, State.FAILED)
    data = request.POST if request.method == "POST" else None
    form = PendingOrderForm(data, content=parsed(row.content), version=row.version, editable=may and (editable or data is not None))
    if data is not None and form.is_valid():
        try:
            edit_pending(row.pk, form.cleaned_data["version"], form.wanted, request.user.get_username())
        except BusinessError as error:
            for problem in error.problems:
                form.add_problem(problem)
        else:
            messages.success(request, gettext("Order %(number)s is edited.") % {"number": row.number})
            if not row.held:
                synchronize(request, [row.pk])
            return redirect("customer_orders:pending_one", row.pk)
    problems = [problem_row(row, problem) for problem in row.problems] if row.state == State.FAILED else []
    context = {
        "row": row,
        "form": form,
        "editable": editable,
        "problems": problems,
        "events": queries.events_of(row.pk),
        "actions": actions_for(row, "" if may else gettext("You have no right to change pending orders.")),
    }
    return render(request, "orders/pending_detail.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


def problem_row(row: PendingOrder, problem: Mapping[str, Any]) -> dict[str, Any]:
    """A stored problem with its remedy and with what it is about."""
    about = about_of(decode_message(problem["text"]).params, problem.get("line"), pending_id=row.pk, store=row.store.code)
    return {**problem, "remedy": render_remedy(problem["code"]), "about": about}


def actions_for(row: PendingOrder, refusal: str) -> list[Action]:
    """The buttons; what is not possible now says why."""
    done = "" if row.state in (State.WAITING, State.FAILED) else gettext("It is created or discarded.")
    picked = {"picked": str(row.pk), "next": reverse("customer_orders:pending_one", args=[row.pk])}
    held = gettext("It is held; release it first.") if row.held else ""
    fails = "" if row.state == State.FAILED else gettext("Only what failed is tried again.")
    hold = ("release", gettext("Release"), "check") if row.held else ("hold", gettext("Hold"), "clock")
    retry_url, hold_url = (reverse(f"customer_orders:{verb}_pending") for verb in ("retry", hold[0]))
    return [
        Action(gettext("Save"), icon="save", key="s", form="pending-form", primary=True, refusal=refusal or done),
        Action(
            gettext("Try again"), icon="work", key="a", url=retry_url, post=True, fields=picked, refusal=refusal or done or held or fails
        ),
        Action(hold[1], icon=hold[2], key="h", url=hold_url, post=True, fields=picked, refusal=refusal or done),
        Action(gettext("Discard"), icon="cross", key="d", dialog="discard-dialog", refusal=refusal or done),
    ]


@require_POST
def discard(request: HttpRequest, pending_id: int) -> HttpResponse:
    """Puts one aside for good, with a reason."""
    row = get_pending_order_or_404(request, pending_id)
    try:
        discard_pending(row.pk, request.POST.get("reason", ""), request.user.get_username())
    except BusinessError as error:
        tell_refusals(request, error.problems)
    else:
        messages.success(request, gettext("Order %(number)s is discarded.") % {"number": row.number})
    return redirect("customer_orders:pending_one", row.pk)


@require_POST
def hold_selected(request: HttpRequest) -> HttpResponse:
    """Holds those that were picked."""
    return change_selected(request, gettext("Hold"), hold_pending)


@require_POST
def release_selected(request: HttpRequest) -> HttpResponse:
    """Releases those that were picked."""
    return change_selected(request, gettext("Release"), release_pending)


@require_POST
def retry_selected(request: HttpRequest) -> HttpResponse:
    """Tries those that were picked again, right away."""
    return change_selected(request, gettext("Try again"), retry_pending, then=synchronize)


def change_selected(
    request: HttpRequest,
    title: str,
    change: Callable[[Sequence[int], str], list[int]],
    then: Callable[[HttpRequest, list[int]], None] | None = None,
) -> HttpResponse:
    """Does it to those of the selection that it fits, and says how many were left alone."""
    selection = selection_of(request, PENDING)
    if selection.unconfirmed:
        return ask_to_confirm(request, PENDING, selection, title, title)
    if not selection.ids:
        messages.warning(request, gettext("Pick at least one order first."))
        return back(request)
    changed = change(selection.ids, request.user.get_username())
    if changed:
        text = ngettext("%(title)s: %(n)s order.", "%(title)s: %(n)s orders.", len(changed))
        messages.success(request, text % {"title": title, "n": count_text(len(changed))})
    if left := len(selection.ids) - len(changed):
        text = ngettext("%(n)s order stays as it is.", "%(n)s orders stay as they are.", left)
        messages.info(request, text % {"n": count_text(left)})
    if changed and then:
        then(request, changed)
    return back(request)


@require_POST
def synchronize_now(request: HttpRequest) -> HttpResponse:
    """Takes what waits of the stores that the person sees, without waiting for the clock."""
    access = access_of(request)
    waiting = list(queries.pending_seen_by(access).filter(state=State.WAITING, held=False).values_list("pk", flat=True))
    if waiting:
        synchronize(request, waiting)
    else:
        messages.info(request, gettext("No order waits."))
    return back(request)


def synchronize(request: HttpRequest, pending_ids: list[int]) -> None:
    """Asks for the job and says so."""
    assert isinstance(request.user, User)
    tell_of_job(request, request_synchronization(pending_ids, Message("Synchronize orders"), request.user))


def back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that asked, if it is one of ours."""
    return back_to_asker(request, reverse("customer_orders:pending"))
