"""Turns some of the baskets into customer orders of the same goods, and the receipts that bring in what they wait for.

The source has no orders. A fixed number of baskets of named customers is drawn; what happens to an order follows from its place in the
file (`PLANS`), so that every stage is seen. The goods come in with batches that keep, so the demo shows the same whenever it is run; a few
batch-tracked goods never do, and those lines go to the default batch of customer orders. The store whose fallback is off has one order, of
the item that was never delivered: it is refused.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from retailhq.demo.amounts import MILLI, money_text, price_text, quantity_text
from retailhq.demo.chance import draw
from retailhq.demo.stores import STOP_ENTITY
from retailhq.demo.tickets import CURRENCY, Line, Ticket, line_document

ORDERS = 60
LINES = 8  # of a basket, at most
DEPOSIT_PERCENT = 10
ORDERS_DEFAULT_BATCH = "NOBATCH-CO"  # the default batch id of customer orders of the main entity; the other one has none


class Fate(StrEnum):
    """What happens to an order in the demo."""

    WAITS = "waits"
    PICKED = "picked"
    PACKED = "packed"
    COLLECTED = "collected"
    PARTLY = "partly"  # its first line is picked up, the others wait
    SHIPPED = "shipped"
    HYBRID = "hybrid"  # half of it is taken along at once, the rest is picked up
    UNCOVERED = "uncovered"  # picked up, though a batch-tracked good never came in: it goes to the default batch
    CANCELLED = "cancelled"
    REFUSED = "refused"


PLANS = (
    *(Fate.UNCOVERED, Fate.WAITS, Fate.COLLECTED, Fate.PICKED, Fate.SHIPPED, Fate.PACKED),
    *(Fate.HYBRID, Fate.PARTLY, Fate.COLLECTED, Fate.CANCELLED),
)


@dataclass(frozen=True, slots=True)
class CustomerOrder:
    """An order like a basket. `along` lines, from the first, are taken along at once."""

    ticket: Ticket
    lines: tuple[Line, ...]
    fate: Fate
    along: int = 0

    @property
    def number(self) -> str:
        """Return the number of the order."""
        return f"CO{self.ticket.number}"

    @property
    def deposit(self) -> int:
        """Return what is paid at once, in cents: everything that is taken along, and at least the share of the rest, in whole dollars."""
        along, later = (sum(line.net + line.tax for line in part) for part in (self.lines[: self.along], self.lines[self.along :]))
        share = -(-later * DEPOSIT_PERCENT // 10_000) * 100
        return along + min(later, share)

    def is_missing(self, line: Line) -> bool:
        """Say whether the goods of the line never come in: the first that is batch-tracked, where the order shows that."""
        missing = next((own for own in self.lines if own.item.tracked and not own.item.strict), None)
        return line is missing and self.fate in (Fate.UNCOVERED, Fate.REFUSED)


class Baskets:
    """Keeps the baskets that become orders while the weeks go by: those with the lowest draws, so that any slice has as many."""

    def __init__(self) -> None:
        self.drawn: list[tuple[int, str, Ticket]] = []
        self.refused: tuple[int, str, Ticket] | None = None

    def look_at(self, ticket: Ticket) -> None:
        """Keep the basket if its draw is among the lowest."""
        chance = -draw("customer order", ticket.plan.code, ticket.number)
        kept = (chance, ticket.number, ticket)
        if ticket.plan.entity == STOP_ENTITY:
            if missing_lines(ticket) and (self.refused is None or kept[:2] > self.refused[:2]):
                self.refused = kept
        elif ticket.customer is not None and len(orderable(ticket)) > 1:
            push = heapq.heappush if len(self.drawn) < ORDERS else heapq.heappushpop
            push(self.drawn, kept)

    def orders(self) -> Iterator[CustomerOrder]:
        """Yield the orders in order of time, the one that is refused last."""
        tickets = sorted((ticket for _, _, ticket in self.drawn), key=lambda ticket: (ticket.at, ticket.plan.code, ticket.number))
        for place, ticket in enumerate(tickets):
            fate, lines = fate_of(place), orderable(ticket)
            yield CustomerOrder(ticket, lines, fate, along=len(lines) // 2 if fate is Fate.HYBRID else 0)
        if self.refused is not None:
            ticket = self.refused[2]
            yield CustomerOrder(ticket, missing_lines(ticket), Fate.REFUSED)


def fate_of(place: int) -> Fate:
    """Say what happens to the order at a place of the file, from 0."""
    return PLANS[place % len(PLANS)]


def orderable(ticket: Ticket) -> tuple[Line, ...]:
    """Return the lines that somebody would order: listed goods by the piece that cost something."""
    wanted = [line for line in ticket.lines if line.quantity > 0 and line.net > 0 and line.item.listed and line.item.milli == MILLI]
    return numbered([line for line in wanted if not line.item.prepaid_fuel][:LINES])


def missing_lines(ticket: Ticket) -> tuple[Line, ...]:
    """Return the lines of the good that the store was never delivered."""
    return numbered([line for line in orderable(ticket) if line.item.code == str(ticket.plan.supply.dropped_item)])


def numbered(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Number the lines from 1; an order names no batch."""
    return tuple(replace(line, number=number, batch=None) for number, line in enumerate(lines, start=1))


def order_document(order: CustomerOrder) -> dict[str, Any]:
    """Write an order as the object of the customer-orders file."""
    ticket = order.ticket
    net, tax = sum(line.net for line in order.lines), sum(line.tax for line in order.lines)
    return {
        "store": ticket.plan.code,
        "order": order.number,
        "customer": ticket.customer,
        "ordered_at": ticket.at.isoformat(),
        "delivery": "ship" if order.fate is Fate.SHIPPED else "pickup",
        "currency": CURRENCY,
        "lines": [line_document(line) | ({"delivery": "carry_out"} if line.number <= order.along else {}) for line in order.lines],
        "payments": [{"number": 1, "method": "card", "amount": money_text(order.deposit)}] if order.fate is not Fate.REFUSED else [],
        "net": money_text(net),
        "tax": money_text(tax),
        "total": money_text(net + tax),
    }


def receipt_rows(order: CustomerOrder) -> Iterator[tuple[str, ...]]:
    """Write the goods of an order as rows of a receipts file: they came the day before, in batches that keep."""
    plan = order.ticket.plan
    came_at = order.ticket.at - timedelta(days=1)
    batch = f"K{plan.first_day:%y%j}{plan.plant}"
    if order.fate is Fate.REFUSED:
        return
    for line in order.lines:
        if not order.is_missing(line):
            number = (f"C{order.ticket.number}", str(line.number))
            goods = (plan.warehouse, line.item.code, batch if line.item.tracked else "", quantity_text(line.quantity))
            yield (*number, *goods, price_text(line.item.cost), came_at.isoformat(), "", "", "")
