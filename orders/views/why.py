"""Why this batch: a posted line's decision taken again, in words and as a small picture of each batch's stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from core.access.access import access_of
from core.lib.decimals import ZERO
from inventory.models import Item, Warehouse
from inventory.queries.as_of import StockLevel, stock_levels
from inventory.rules.explanation import Candidate, Outcome
from inventory.rules.stock import Policy
from orders.queries.explanations import delivered_line
from orders.services.explanations import Explained, explain_delivery_line

OUTCOMES: Mapping[Outcome, StrPromise] = {
    Outcome.TAKEN: gettext_lazy("Taken"),
    Outcome.COVERED: gettext_lazy("Not needed: the batches before it covered the line"),
    Outcome.USED_UP: gettext_lazy("Nothing was left of it"),
    Outcome.RESERVED: gettext_lazy("All of it was reserved for others"),
    Outcome.RECEIVED_LATER: gettext_lazy("It came in after the sale"),
    Outcome.EXPIRED: gettext_lazy("It was expired on that day"),
    Outcome.BLOCKED: gettext_lazy("It was blocked for sale"),
    Outcome.OTHER_CAPTURED: gettext_lazy("Another batch was recorded at the till"),
    Outcome.NOT_SOLD_FROM: gettext_lazy("The goods did not come from it"),
}
ORDERS_OF_CHOICE: Mapping[Policy, StrPromise] = {
    Policy.FEFO: gettext_lazy("First expired, first out"),
    Policy.FIFO: gettext_lazy("First in, first out"),
    Policy.LIFO: gettext_lazy("Last in, first out"),
    Policy.BATCH_NUMBER: gettext_lazy("Lowest batch number"),
}
DAYS_SHOWN = timedelta(days=14)
USED_UP_SHOWN = 5
WIDTH, HEIGHT = 160, 28


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A candidate with its words and the line of its stock."""

    candidate: Candidate
    words: StrPromise
    line: str


@require_safe
@never_cache
def explain_delivery(request: HttpRequest, line_id: int) -> HttpResponse:
    """Why a delivered line of a customer order got its batches; a fixed number of queries."""
    line = delivered_line(line_id)
    access = access_of(request)
    if line is None or (not access.scope.unlimited and line.store_id not in access.scope.store_ids):
        raise Http404
    return show_explanation(request, explain_delivery_line(line_id), "customer_orders:detail", line.order_id, f"{line.order}/{line.line}")


def show_explanation(request: HttpRequest, found: Explained | None, view: str, document_id: int, name: str) -> HttpResponse:
    """The page of an explanation; 404 where there is nothing to explain. Three queries."""
    if found is None:
        raise Http404
    explanation, run = found.explanation, found.run
    day = explanation.need.day
    first, last = day - DAYS_SHOWN, day + DAYS_SHOWN
    levels: dict[int | None, list[StockLevel]] = {}
    for level in stock_levels((run.warehouse_id, run.item_id), first, last):
        levels.setdefault(level.batch_id, []).append(level)
    rows = [
        CandidateRow(candidate, OUTCOMES[candidate.outcome], stock_line(levels.get(candidate.batch_id, ()), first, last))
        for candidate in explanation.candidates
    ]
    used_up = [row for row in rows if row.candidate.outcome == Outcome.USED_UP]
    context = {
        "name": name,
        "view": view,
        "document_id": document_id,
        "found": found,
        "explanation": explanation,
        "item": Item.objects.get(pk=run.item_id),
        "warehouse": Warehouse.objects.get(pk=run.warehouse_id),
        "order_of_choice": ORDERS_OF_CHOICE[explanation.policy.policy],
        "rows": [row for row in rows if row not in used_up[USED_UP_SHOWN:]],
        "hidden": len(used_up[USED_UP_SHOWN:]),
        "parts": [(part, found.number_of(part.batch_id)) for part in found.posted],
        "again": [(part, found.number_of(part.batch_id)) for part in explanation.takes],
        "marked": WIDTH // 2,
        "first": first,
        "last": last,
    }
    return render(request, "orders/why.html", context)


def stock_line(levels: Sequence[StockLevel], first: date, last: date) -> str:
    """Points of an SVG polyline: the stock of a batch by day, as steps from left to right; blank for no stock in these days."""
    if not levels:
        return ""
    highest = max(max(level.quantity for level in levels), Decimal(1))
    lowest = min(min(level.quantity for level in levels), ZERO)
    days = (last - first).days
    points = []
    height = HEIGHT - 2
    before = ZERO if levels[0].day > first else levels[0].quantity

    def place(day: date, quantity: Decimal) -> str:
        y = 1 + height - float((quantity - lowest) / (highest - lowest)) * height
        return f"{(day - first).days * WIDTH / days:.1f},{y:.1f}"

    points.append(place(first, before))
    for level in levels:
        points += [place(level.day, before), place(level.day, level.quantity)]
        before = level.quantity
    points.append(place(last, before))
    return " ".join(points)
