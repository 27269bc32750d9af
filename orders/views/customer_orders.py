"""One customer order: where each line stands, what was paid, what left, and why a delivery was not invoiced."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from core.access.access import access_of
from core.db.pagination import Page, keyset_page
from core.jobs.queries.pages import job_view
from orders.models import CustomerOrder, Delivery, SalesOrder
from orders.queries import customer_orders as queries
from orders.services.captures import preview_alerts
from orders.views.fixes import hindrances
from orders.views.verbs import actions_for

RowT = TypeVar("RowT", bound=Model)
TABS: dict[str, StrPromise] = {
    "lines": gettext_lazy("Lines"),
    "deliveries": gettext_lazy("Deliveries"),
    "allocations": gettext_lazy("Batch allocations"),
    "money": gettext_lazy("Deposits and payments"),
    "invoices": gettext_lazy("Invoices and vouchers"),
    "history": gettext_lazy("History"),
}


def get_order_or_404(request: HttpRequest, order_id: int) -> CustomerOrder:
    """The order, if the person sees its store; raises Http404."""
    order = queries.customer_order(access_of(request).scope, order_id)
    if order is None:
        raise Http404
    return order


def live_context(order: CustomerOrder) -> dict[str, object]:
    """What moves while a delivery of the order is in work, and what an open one should be looked into for; four queries at most."""
    delivery = queries.open_delivery(order.pk)
    order.work_state = delivery.work_state if delivery else ""  # type: ignore[attr-defined]
    in_work = delivery if delivery and delivery.work_state else None
    company = order.order.warehouse.legal_entity.code
    is_open = order.order.status == SalesOrder.Status.CREATED
    return {
        "row": order,
        "order": order.order,
        "zone": order.order.store.time_zone,
        "delivery": in_work,
        "job": job_view(in_work.job, timezone.now()) if in_work and in_work.job else None,
        "hindrances": hindrances(order.order, delivery, queries.problems_of(order.pk), company),
        "alerts": preview_alerts(order.pk, store_date(order)) if is_open else [],
        "words": words_for(order, delivery),
    }


def store_date(order: CustomerOrder) -> date:
    """Today where the store is."""
    return timezone.now().astimezone(ZoneInfo(order.order.store.time_zone)).date()


def words_for(order: CustomerOrder, delivery: Delivery | None) -> str:
    """Where the order stands in one sentence, read out when it changes."""
    number = {"number": order.order.number}
    if delivery and delivery.work_state == Delivery.WorkState.QUEUED:
        return gettext("A delivery of order %(number)s waits to be invoiced") % number
    if delivery and delivery.work_state:
        return gettext("A delivery of order %(number)s is being invoiced") % number
    if order.order.error_code:
        return gettext("The delivery of order %(number)s was refused") % number
    return gettext("Order %(number)s: %(status)s") % {**number, "status": order.order.get_status_display()}


@require_safe
@never_cache
def show_live(request: HttpRequest, order_id: int) -> HttpResponse:
    """The moving part; polls on while a delivery is in work, and tells the rest of the page when that ends."""
    context = live_context(get_order_or_404(request, order_id))
    response = render(request, "orders/_customer_order_live.html", context)
    if not context["delivery"]:
        response["HX-Trigger-After-Settle"] = "order-changed"
    return response


@require_safe
@never_cache
def show_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """The order with one of its tabs; a fixed number of queries per tab."""
    order = get_order_or_404(request, order_id)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "lines"
    live = live_context(order)
    standings = queries.standings_of(order.pk)
    context = {
        **live,
        "actions": actions_for(access_of(request), order, standings, in_work=live["delivery"] is not None),
        "tabs": TABS.items(),
        "tab": tab,
        "store_name": f"{order.order.store.code} {order.order.store.name}".strip(),
        "money": queries.money_of(order),
        **TAB_CONTEXTS[tab](request, order),
    }
    return render(request, "orders/customer_order_detail.html", context)


def page_of(request: HttpRequest, rows: "QuerySet[RowT, RowT]", *order: str) -> Page[RowT]:
    """The page of a tab that the address asks for; one query."""
    return keyset_page(rows, order, after=request.GET.get("after", ""), before=request.GET.get("before", ""))


def lines_tab(request: HttpRequest, order: CustomerOrder) -> dict[str, object]:
    """Lines with their stages and what is reserved for them."""
    page = page_of(request, queries.lines_of(order.pk), "order_line__line_number")
    return {"page": page, "lines": queries.with_reservations(page.rows), "returns": queries.returned_on(order.pk)}


def deliveries_tab(request: HttpRequest, order: CustomerOrder) -> dict[str, object]:
    """What left or came back together, newest first."""
    return {"page": page_of(request, queries.deliveries_of(order.pk), "-ordinal")}


def allocations_tab(request: HttpRequest, order: CustomerOrder) -> dict[str, object]:
    """Which batch, how much of it, and why."""
    return {"page": page_of(request, queries.allocations_of(order.pk), "source_id", "ordinal")}


def money_tab(request: HttpRequest, order: CustomerOrder) -> dict[str, object]:
    """Everything that was paid, paid back or charged."""
    return {"payments": queries.payments_of(order.pk)}


def invoices_tab(request: HttpRequest, order: CustomerOrder) -> dict[str, object]:
    """Invoices, and what the order posted."""
    return {"invoices": queries.invoices_of(order.pk), "vouchers": queries.vouchers_of(order.pk)}


def history_tab(request: HttpRequest, order: CustomerOrder) -> dict[str, object]:
    """Who did what with the order, newest first."""
    return {"page": page_of(request, queries.events_of(order.pk), "-pk")}


TAB_CONTEXTS: dict[str, Callable[[HttpRequest, CustomerOrder], dict[str, object]]] = {
    "lines": lines_tab,
    "deliveries": deliveries_tab,
    "allocations": allocations_tab,
    "money": money_tab,
    "invoices": invoices_tab,
    "history": history_tab,
}
