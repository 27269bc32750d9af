"""The order desk: takes and changes customer orders. What is refused is said at its field, and nothing that was typed is lost."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.access.access import access_of
from core.lib.decimals import plain_text
from core.lib.problems import BusinessError
from core.ui.line_rows import FIRST_ROWS, MORE_ROWS, MOST_ROWS, opened_at, rows_asked
from core.ui.suggestions import show_suggestions, typed_text
from orders.forms.desk import DeskForm, KeptLine
from orders.models import CustomerOrder, CustomerOrderLine
from orders.queries import customer_orders as queries
from orders.queries import desk as looked_up
from orders.queries.known_codes import units_of_items
from orders.rules.place_orders import NewOrder
from orders.services.edits import edit_order
from orders.services.order_files import IncomingOrder, order_digest
from orders.services.place_orders import deposit_of, place_orders
from orders.views.action_views import refusal_now, seen_version
from orders.views.customer_orders import get_order_or_404
from parameters.models import Currency

WRONG = 422


class OrderSum(NamedTuple):
    """What an order comes to as it was typed, and the deposit that it would want."""

    order: NewOrder
    deposit: Decimal
    currency: Currency


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_order(request: HttpRequest) -> HttpResponse:
    """A blank form, or the order that was typed into it."""
    access = access_of(request)
    if request.method != "POST":
        return show_desk(request, DeskForm(access=access, rows=FIRST_ROWS, initial=first_values(request)), timezone.now())
    form = DeskForm(request.POST, access=access, rows=rows_asked(request))
    opened = opened_at(request)
    if request.POST.get("do") in {"add", "sum"}:
        return show_unsaved(request, form, opened)
    if form.is_valid():
        try:
            order_id = place(request, form, opened)
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            messages.success(request, gettext("The order is taken."))
            return redirect("customer_orders:detail", order_id)
    return show_desk(request, form, opened)


def place(request: HttpRequest, form: DeskForm, opened: datetime) -> int:
    """The id of the order; one that was sent twice is taken once. Raises BusinessError."""
    units = units_of_items(form.items())
    assert request.user.pk is not None
    order = form.new_order(opened, request.user.pk, units)
    incoming = IncomingOrder(order, order_digest(order))
    taken = place_orders([incoming], CustomerOrder.Channel.WEB, request.user.get_username(), may_override=form.may_override)
    if taken.refused:
        raise BusinessError(*taken.refused[0])
    return taken.new[0] if taken.new else taken.unchanged[0]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, order_id: int) -> HttpResponse:
    """The order on the same form, or what was changed of it. A version that somebody else overtook is refused until it is loaded again."""
    order = get_order_or_404(request, order_id)
    lines = list(queries.lines_of(order.pk).filter(order_line__quantity__gt=0).order_by("order_line__line_number")[: MOST_ROWS + 1])
    if why := refusal_to_edit(order, len(lines)):
        messages.info(request, why)
        return redirect("customer_orders:detail", order.pk)
    access = access_of(request)
    walk_in = order.order.customer_id == order.order.store.walk_in_customer_id
    first = {"customer": "" if walk_in else order.order.customer.code, "delivery": order.delivery}
    kept = [kept_line(line, order) for line in lines]
    named: dict[str, Any] = {"access": access, "kept": kept, "currency": order.currency, "initial": first}
    if request.method != "POST":
        return show_desk(request, DeskForm(rows=len(lines) + 2, **named), order.ordered_at, order)
    form = DeskForm(request.POST, rows=rows_asked(request), **named)
    if request.POST.get("do") in {"add", "sum"}:
        return show_unsaved(request, form, order.ordered_at, order)
    if form.is_valid():
        units = units_of_items(form.items())
        try:
            edit_order(
                *(order.pk, form.edit(order, units, queries.last_line_of(order.pk))),
                actor=request.user.get_username(),
                version=seen_version(request),
                may_override=form.may_override,
                scope=access.scope,
            )
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            messages.success(request, gettext("The order is changed."))
            return redirect("customer_orders:detail", order.pk)
    return show_desk(request, form, order.ordered_at, order)


def refusal_to_edit(order: CustomerOrder, lines: int) -> str:
    """Why the order cannot be changed on the form, '' when it can."""
    if lines >= MOST_ROWS:
        return gettext("The order has too many lines for this form; change it where it was taken.")
    return refusal_now(order) or ("" if lines else gettext("A return is not changed; cancel it and take another one."))


def kept_line(line: CustomerOrderLine, order: CustomerOrder) -> KeptLine:
    """A line as the form shows it."""
    row = line.order_line
    numbers = {"quantity": line.ordered, "price": row.price, "discount": row.discount, "tax": row.tax}
    values: dict[str, Any] = {part: Decimal(plain_text(value)) for part, value in numbers.items()}
    values["delivery"] = "" if line.delivery == order.delivery else line.delivery
    batch = line.batch.number if line.batch else ""
    return KeptLine(row.line_number, row.item.code, f"{row.item.code} {row.item.name}", row.unit_id, values, batch)


def first_values(request: HttpRequest) -> dict[str, object]:
    """The store that the person works in, where there is one."""
    chosen = request.session.get("store")
    return {"store": chosen["code"], "delivery": "pickup"} if isinstance(chosen, dict) and chosen else {"delivery": "pickup"}


def show_unsaved(request: HttpRequest, form: DeskForm, opened: datetime, order: CustomerOrder | None = None) -> HttpResponse:
    """What was typed so far, with more blank lines below or with what it comes to; with htmx only that part."""
    adds = request.POST.get("do") == "add"
    if adds:
        rows = form.rows_shown + MORE_ROWS
        form = DeskForm(request.POST, access=access_of(request), rows=rows, kept=form.kept, currency=form.currency, initial=form.initial)
    form.is_valid()
    said = sum_up(request, form, order)
    form.errors.clear()
    if request.headers.get("HX-Request"):
        part = "orders/_desk_lines.html" if adds else "orders/_desk_sum.html"
        return render(request, part, {"form": form, "sum": said, "swapped": True})
    return show_desk(request, form, opened, order, said)


def sum_up(request: HttpRequest, form: DeskForm, order: CustomerOrder | None) -> OrderSum | None:
    """What the order comes to, and what its rows are about; nothing where an order is changed. Of a form that was checked."""
    store = order.order.store if order else form.cleaned_data.get("store")
    form.explain_rows(access_of(request), store.code if store else "")
    typed = form.typed_order() if order is None else None
    return OrderSum(typed, deposit_of(typed), store.currency) if typed and store else None


@require_safe
@never_cache
def suggest(request: HttpRequest) -> HttpResponse:
    """Customers, items or batches that may be meant by what was typed or scanned so far; at most four queries."""
    access, part, store = access_of(request), request.GET.get("part", ""), request.GET.get("store", "")
    item, batch, customer = (typed_text(request, name) for name in ("item", "batch", "customer"))
    options: list[tuple[str, str]] = []
    if not store.isprintable():
        return show_suggestions(request, options)
    if part == "customer" and customer is not None:
        options = looked_up.customers_starting_with(customer)
    elif part == "item" and item is not None:
        options = looked_up.items_for_sale(access, store, item)
    elif part == "batch" and item is not None and batch is not None:
        options = looked_up.batches_for_sale(access, store, item, batch)
    return show_suggestions(request, options)


def show_desk(
    request: HttpRequest, form: DeskForm, opened: datetime, order: CustomerOrder | None = None, said: OrderSum | None = None
) -> HttpResponse:
    """The order desk with the form as entered; status 422 where it has errors."""
    if form.errors:
        said = sum_up(request, form, order)
    form.mark_wrong()
    context = {"form": form, "row": order, "opened": opened.replace(microsecond=0).isoformat(), "sum": said}
    if order is not None:
        # What was typed belongs to the version that it was typed for, also after a refusal.
        context["version"] = request.POST.get("version", str(order.version))
    return render(request, "orders/desk.html", context, status=WRONG if form.errors else 200)
