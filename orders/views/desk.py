"""The order desk: takes a customer order. What is refused is said at its field, and nothing that was typed is lost."""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from inventory.queries.named import items_by_code
from orders.forms.desk import FIRST_ROWS, MORE_ROWS, DeskForm
from orders.models import CustomerOrder, SalesOrder
from orders.services.order_files import IncomingOrder, order_digest
from orders.services.placing import place_orders
from retailhq.access.access import access_of
from retailhq.lib.problems import BusinessError
from retailhq.lib.texts import FieldError, instant

WRONG = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_order(request: HttpRequest) -> HttpResponse:
    """A blank form, or the order that was typed into it."""
    access = access_of(request)
    if request.method != "POST":
        return show_desk(request, DeskForm(access=access, rows=FIRST_ROWS, initial=first_values(request)), timezone.now())
    form = DeskForm(request.POST, access=access, rows=rows_asked(request))
    opened = opened_at(request)
    if request.POST.get("do") == "add":
        return add_rows(request, form, opened)
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
    units = {code: item.unit for code, item in items_by_code(form.items()).items()}
    assert request.user.pk is not None
    order = form.new_order(opened, request.user.pk, units)
    incoming = IncomingOrder(order, order_digest(order))
    taken = place_orders([incoming], CustomerOrder.Channel.WEB, request.user.get_username(), may_override=form.may_override)
    if taken.refused:
        raise BusinessError(*taken.refused[0])
    return taken.new.get(order.number) or SalesOrder.objects.values_list("pk", flat=True).get(number=order.number)


def first_values(request: HttpRequest) -> dict[str, object]:
    """The store that the person works in, where there is one."""
    chosen = request.session.get("store")
    return {"store": chosen["code"], "delivery": "pickup"} if isinstance(chosen, dict) and chosen else {"delivery": "pickup"}


def rows_asked(request: HttpRequest) -> int:
    """How many rows the form had; what is no number is the first number."""
    text = request.POST.get("rows", "")
    return int(text) if text.isdecimal() and len(text) < 4 else FIRST_ROWS


def opened_at(request: HttpRequest) -> datetime:
    """When the form was opened: part of the order's number, so that a second press makes no second order."""
    try:
        return instant(request.POST.get("opened", "")).astimezone(UTC)
    except FieldError:
        return timezone.now().replace(microsecond=0)


def add_rows(request: HttpRequest, form: DeskForm, opened: datetime) -> HttpResponse:
    """More blank lines below what was typed; with htmx only the lines."""
    form = DeskForm(request.POST, access=access_of(request), rows=form.rows_shown + MORE_ROWS, kept=form.kept)
    form.is_valid()
    form.errors.clear()
    if request.headers.get("HX-Request"):
        return render(request, "orders/_desk_lines.html", {"form": form})
    return show_desk(request, form, opened)


def show_desk(request: HttpRequest, form: DeskForm, opened: datetime) -> HttpResponse:
    """The page."""
    form.mark_wrong()
    context = {"form": form, "opened": opened.replace(microsecond=0).isoformat()}
    return render(request, "orders/desk.html", context, status=WRONG if form.errors else 200)
