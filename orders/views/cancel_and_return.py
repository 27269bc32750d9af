"""Pages of Cancel and Return: what is kept and what goes back is shown before anybody confirms it."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access.access import access_of
from core.i18n.messages import render as render_message
from core.i18n.texts import decimal_text
from core.lib.problems import BusinessError
from orders.forms.action_forms import RefundForm
from orders.models import CustomerOrder
from orders.queries import customer_orders as queries
from orders.queries.customer_orders import Movable
from orders.queries.returns import sold_lines
from orders.queries.settlement import settled_sales
from orders.rules.fulfilment import Verb
from orders.services.cancellation import cancel_order, cancellation_of
from orders.services.returns import lines_of_return, return_lines
from orders.views.action_views import quantities_wrong, refusal_now, seen_version, show_form
from orders.views.actions import tell_of_job
from orders.views.customer_orders import get_order_or_404
from orders.views.verbs import CANCEL, RETURN, Act

Quantities = Mapping[int, Decimal]


class Comes(NamedTuple):
    """What becomes of the money; `seen` is what the person saw of it before confirming."""

    charge: Decimal
    refund: Decimal
    credited: Decimal = Decimal(0)

    @property
    def seen(self) -> str:
        """As the form carries it."""
        return f"{self.charge:.3f}/{self.refund:.3f}"


Preview = Callable[[HttpRequest, CustomerOrder, Quantities], Comes]
Action = Callable[[HttpRequest, CustomerOrder, Quantities, str], HttpResponse]


def run_action(
    request: HttpRequest, order: CustomerOrder, act: Act, lines: Sequence[Movable], preview: Preview, do: Action
) -> HttpResponse:
    """Asks for quantities, shows charge and refund, and does it once exactly these were seen."""
    if request.method != "POST":
        everything = {line.number: line.most for line in lines}
        comes, problems = preview_or_problems(request, order, everything, preview)
        return show_form(request, order, act, RefundForm(lines=lines), {"comes": comes, "problems": problems})
    form = RefundForm(request.POST, lines=lines)
    valid = form.is_valid()
    comes, problems = (None, []) if quantities_wrong(form) else preview_or_problems(request, order, entered_quantities(form), preview)
    context: dict[str, object] = {"comes": comes, "problems": problems}
    if request.POST.get("do") == "due":
        if not quantities_wrong(form):
            form.errors.clear()
        if request.headers.get("HX-Request"):
            return render(request, "orders/_refund.html", {"row": order, "act": act, **context})
        return show_form(request, order, act, form, context)
    if valid and comes is not None and comes.seen != request.POST.get("seen", ""):
        return show_form(request, order, act, form, {**context, "unseen": True})
    if comes and comes.refund and valid and not form.method:
        form.add_error("refund_method", gettext("Choose how the refund is paid."))
        valid = False
    if valid:
        try:
            return do(request, order, entered_quantities(form), form.method)
        except BusinessError as error:
            form.add_problems(error.problems)
    return show_form(request, order, act, form, context)


def entered_quantities(form: RefundForm) -> Quantities:
    """What was typed; everything of an order that is too long to type."""
    return form.quantities if form.quantities is not None else {line.number: line.most for line in form.lines}


def entered_units(request: HttpRequest, quantities: Quantities) -> dict[int, str]:
    """The units that were chosen for lines."""
    chosen = {number: request.POST.get(f"unit_{number}", "") for number in quantities}
    return {number: unit for number, unit in chosen.items() if unit}


def preview_or_problems(
    request: HttpRequest, order: CustomerOrder, quantities: Quantities, preview: Preview
) -> tuple[Comes | None, list[str]]:
    """What becomes of the money, or why that cannot be said."""
    try:
        return preview(request, order, quantities), []
    except BusinessError as error:
        return None, [render_message(problem) for problem in error.problems]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, order_id: int) -> HttpResponse:
    """Cancels what is left of an order, or some of it; shows the charge and the refund first."""
    order = get_order_or_404(request, order_id)
    lines = queries.lines_for(order.pk, Verb.CANCEL)
    if not lines or (request.method != "POST" and refusal_now(order)):
        messages.info(request, refusal_now(order) or str(CANCEL.nothing))
        return redirect("customer_orders:detail", order.pk)
    return run_action(request, order, CANCEL, lines, preview_of_cancelling, do_cancel)


def preview_of_cancelling(request: HttpRequest, order: CustomerOrder, quantities: Quantities) -> Comes:
    """Charge and refund that cancelling would book, or why it cannot be done."""
    return Comes(*cancellation_of(order.pk, quantities, scope=access_of(request).scope))


def do_cancel(request: HttpRequest, order: CustomerOrder, quantities: Quantities, method: str) -> HttpResponse:
    """Cancels, and says what that came to."""
    access = access_of(request)
    done = cancel_order(order.pk, quantities, method, actor=request.user.get_username(), version=seen_version(request), scope=access.scope)
    text = gettext("Cancelled. Charge %(charge)s, paid back %(refund)s %(currency)s.")
    places = order.currency.decimals
    amounts = {"charge": decimal_text(done.charge, places), "refund": decimal_text(done.refund, places), "currency": order.currency_id}
    messages.success(request, text % amounts)
    if done.credited:
        text = gettext("%(credited)s %(currency)s were taken off what the customer owes.")
        messages.success(request, text % {"credited": decimal_text(done.credited, places), "currency": order.currency_id})
    return redirect("customer_orders:detail", order.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def return_goods(request: HttpRequest, order_id: int) -> HttpResponse:
    """Takes invoiced goods back as a new order that names the lines of this one; shows what is paid back first."""
    order = get_order_or_404(request, order_id)
    lines = queries.returnable_lines(order.pk)
    if not lines:
        messages.info(request, str(RETURN.nothing))
        return redirect("customer_orders:detail", order.pk)
    return run_action(request, order, RETURN, lines, preview_of_returning, do_return)


def preview_of_returning(request: HttpRequest, order: CustomerOrder, quantities: Quantities) -> Comes:
    """What of the goods is paid back: what is still owed on account is not; raises BusinessError as the return itself would."""
    back = lines_of_return("", sold_lines(order.pk), quantities, entered_units(request, quantities), order.currency.decimals)
    return Comes(Decimal(0), settled_sales([order.pk])[order.pk].refund(-sum((line.net + line.tax for line in back), Decimal(0))))


def do_return(request: HttpRequest, order: CustomerOrder, quantities: Quantities, method: str) -> HttpResponse:
    """Makes the return and leads to it."""
    user = request.user
    return_id, job = return_lines(
        *(order.pk, quantities, method),
        units=entered_units(request, quantities),
        user_id=user.pk,
        actor=user.get_username(),
        version=seen_version(request),
        scope=access_of(request).scope,
    )
    tell_of_job(request, job)
    return redirect("customer_orders:detail", return_id)
