"""Pages that ask before something is done with one order: quantities, what is due, and a version that somebody else may have overtaken."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import localize_input
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access.access import access_of
from core.i18n.messages import render as render_message
from core.lib.problems import BusinessError
from orders.forms.action_forms import ACCOUNT, NOW, HandOverForm, QuantitiesForm
from orders.models import CustomerOrder
from orders.queries import customer_orders as queries
from orders.queries.customer_orders import Movable
from orders.rules.fulfilment import Verb
from orders.services.captures import preview_alerts
from orders.services.pick_and_pack import handle_quantities
from orders.services.request_delivery import Due, due, request_delivery
from orders.views.actions import tell_of_job
from orders.views.customer_orders import get_order_or_404, store_date
from orders.views.verbs import ACTS, RETURN, Act, why_closed

UNKNOWN_VERSION = -1
WRONG = 422


def page_of(act: Act) -> Callable[[HttpRequest, int], HttpResponse]:
    """The page of an act: asks for quantities, does it, or says at each field why not and keeps what was typed."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def show(request: HttpRequest, order_id: int) -> HttpResponse:
        order = get_order_or_404(request, order_id)
        lines = queries.lines_for(order.pk, act.verb)
        if not lines or (request.method != "POST" and refusal_now(order)):
            messages.info(request, refusal_now(order) or str(act.nothing))
            return redirect("customer_orders:detail", order.pk)
        return deliver(request, order, act, lines) if act.pays else handle(request, order, act, lines)

    show.__doc__ = f"{act.page} of a customer order."
    return show


def refusal_now(order: CustomerOrder) -> str:
    """Why nothing can be done with the order at the moment; one query."""
    delivery = queries.open_delivery(order.pk)
    return why_closed(order, bool(delivery and delivery.work_state))


def handle(request: HttpRequest, order: CustomerOrder, act: Act, lines: Sequence[Movable]) -> HttpResponse:
    """Pick, pack, and what takes them back: stages move, nothing else."""
    form = QuantitiesForm(request.POST or None, lines=lines)
    if form.is_valid():
        access = access_of(request)
        quantities = form.quantities or {line.number: line.most for line in lines}
        try:
            handle_quantities(order.pk, act.verb, quantities, seen_version(request), actor=request.user.get_username(), scope=access.scope)
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            messages.success(
                request, gettext("%(what)s: order %(number)s is up to date.") % {"what": act.name, "number": order.order.number}
            )
            return redirect("customer_orders:detail", order.pk)
    return show_form(request, order, act, form, {})


def deliver(request: HttpRequest, order: CustomerOrder, act: Act, lines: Sequence[Movable]) -> HttpResponse:
    """Ship, pick up, invoice, take back: shows what is due, then asks for the delivery with that payment, or on account."""
    refund = act.verb is Verb.RETURN
    if request.method != "POST":
        asked, _ = due_of(request, order, act, None)
        initial = {"how": NOW if act.at_till else ACCOUNT}
        if act.at_till:
            initial["amount_1"] = shown(asked)
        return show_form(
            request,
            order,
            act,
            HandOverForm(initial=initial, lines=lines, refund=refund, decimals=order.currency.decimals),
            handling_message(asked, []),
        )
    form = HandOverForm(request.POST, lines=lines, refund=refund, decimals=order.currency.decimals)
    valid = form.is_valid()
    asked, problems = due_of(request, order, act, form.quantities) if valid or not quantities_wrong(form) else (None, [])
    if request.POST.get("do") == "due":
        return show_due(request, order, act, form, asked, problems)
    if valid:
        try:
            job, _ = request_delivery(
                *(order.pk, act.verb, form.quantities, form.payments),
                user_id=request.user.pk,
                actor=request.user.get_username(),
                version=seen_version(request),
                scope=access_of(request).scope,
            )
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            tell_of_job(request, job)
            return redirect("customer_orders:detail", order.pk)
    return show_form(request, order, act, form, handling_message(asked, problems))


def quantities_wrong(form: QuantitiesForm) -> bool:
    """Whether a quantity could not be read, so that nothing can be said about what is due."""
    return any(name.startswith("line_") or name == "__all__" for name in form.errors)


def due_of(request: HttpRequest, order: CustomerOrder, act: Act, quantities: dict[int, Decimal] | None) -> tuple[Due | None, list[str]]:
    """What is due for the quantities, or why that cannot be said; three queries."""
    try:
        return due(order.pk, act.verb, quantities, scope=access_of(request).scope), []
    except BusinessError as error:
        return None, [render_message(problem) for problem in error.problems]


def show_due(
    request: HttpRequest, order: CustomerOrder, act: Act, form: HandOverForm, asked: Due | None, problems: list[str]
) -> HttpResponse:
    """What is due now. An amount that nobody has touched since it was shown follows it."""
    if asked is not None and untouched(request):
        typed = request.POST.copy()
        typed["amount_1"] = shown(asked)
        form = HandOverForm(typed, lines=form.lines, refund=form.refund, decimals=form.decimals)
        form.is_valid()
    # Nothing was asked for yet, so what is missing so far is no mistake; numbers that cannot be read are.
    if not quantities_wrong(form):
        form.errors.clear()
    if request.headers.get("HX-Request"):
        return render(request, "orders/_due.html", {"row": order, **handling_message(asked, problems)})
    return show_form(request, order, act, form, handling_message(asked, problems))


def untouched(request: HttpRequest) -> bool:
    """Whether the first amount is still the one that was shown, and no other was typed."""
    return request.POST.get("amount_1", "") == request.POST.get("shown_due", "") and not request.POST.get("amount_2")


def shown(asked: Due | None) -> str:
    """What is due as a field has it: absolute, in the digits of the language; '' for nothing."""
    return str(localize_input(abs(asked.due))) if asked and asked.due else ""


def handling_message(asked: Due | None, problems: list[str]) -> dict[str, object]:
    """What the page says of what is due, or why it cannot."""
    return {"due": asked, "due_problems": problems, "shown_due": shown(asked)}


def seen_version(request: HttpRequest) -> int:
    """The order's version that the form was made for; one that is no number is nobody's."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else UNKNOWN_VERSION


def show_form(request: HttpRequest, order: CustomerOrder, act: Act, form: QuantitiesForm, more: Mapping[str, object]) -> HttpResponse:
    """The page of the act. After a mistake the quantities that are left are read again: somebody else may have changed the order."""
    if form.errors:
        form.mark_wrong()
        order = get_order_or_404(request, order.pk)
        left = queries.returnable_lines(order.pk) if act.page == RETURN.page else queries.lines_for(order.pk, act.verb)
        now = {line.number: line for line in left}
        form.lines = [now.get(line.number, replace(line, most=Decimal(0))) for line in form.lines]
    context = {
        "row": order,
        "order": order.order,
        "act": act,
        "form": form,
        "store_name": f"{order.order.store.code} {order.order.store.name}".strip(),
        "alerts": preview_alerts(order.pk, store_date(order)) if act.pays else [],
        **more,
    }
    return render(request, "orders/act.html", context, status=WRONG if form.errors else 200)


VIEWS = {page: page_of(act) for page, act in ACTS.items()}
