"""Derives the receipts of goods from the sales that they were for.

A store is delivered the evening before each delivery window of the week: short-lived goods daily, goods of a few days twice a week, the
rest weekly. A delivery is sized from the demand of its window. What makes batches go missing in real life is kept: some deliveries of
batch-tracked items are registered days after the goods were sold (file `receipts-late`), in the middle of the window, too small, or never.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from retailhq.demo.amounts import MILLI, half_up, price_text, quantity_text
from retailhq.demo.catalogue import Item
from retailhq.demo.chance import MILLION, between, draw, happens
from retailhq.demo.stores import StorePlan

DAILY, TWICE, WEEKLY = tuple((day, day) for day in range(7)), ((0, 2), (3, 6)), ((0, 6),)
DAILY_UP_TO, TWICE_UP_TO = 3, 10  # days of shelf life
FRESHNESS = 5  # goods are delivered with at least four fifths of their shelf life left
TRUCK = time(18, 30)
CACHED = 20_000  # stores and windows of a few weeks
CASE = 6  # untracked goods come in cases
BLOCKED, INSPECT = 3_000, 2_000  # batches per million that quality control holds back

RECEIPT_COLUMNS = (
    *("receipt", "line", "warehouse", "item", "batch", "quantity", "unit_cost"),
    *("received_at", "manufactured_on", "expires_on", "disposition"),
)


class Fate(StrEnum):
    """What becomes of a delivery."""

    ON_TIME = "on_time"
    SHORT = "short"
    MIDWEEK = "midweek"
    LATE = "late"
    NEVER = "never"
    DROPPED = "dropped"  # held back so that the store whose fallback is off has something to miss
    OPENING = "opening"  # left over from the window before


class Window(NamedTuple):
    """Business days that one delivery has to cover."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Delivery:
    """One receipt line. Quantity in thousandths of the item's unit; batch fields are empty for untracked items."""

    plan: StorePlan
    item: Item
    window: Window
    fate: Fate
    quantity: int
    received_at: datetime
    batch: str = ""
    manufactured_on: date | None = None
    expires_on: date | None = None
    disposition: str = ""


def window_of(item: Item, day: date) -> Window:
    """Return the delivery window of an item in which a business day lies."""
    life = item.shelf_life
    return window_in(WEEKLY if life is None or life > TWICE_UP_TO else TWICE if life > DAILY_UP_TO else DAILY, day)


@lru_cache(maxsize=CACHED)
def window_in(spans: tuple[tuple[int, int], ...], day: date) -> Window:
    """Return the window in which a day lies, of a week that is divided into these spans of weekdays."""
    monday = day - timedelta(days=day.weekday())
    first, last = next(span for span in spans if span[0] <= day.weekday() <= span[1])
    return Window(monday + timedelta(days=first), monday + timedelta(days=last))


def plan_deliveries(demand: Mapping[tuple[StorePlan, Item, Window], int], *, opening: bool) -> Iterator[Delivery]:
    """Yield the deliveries for a week's demand, ordered by store, window and item.

    `opening`: this is the first week, so some batch-tracked items start with a remainder of the batch before.
    """
    ordered = sorted(demand, key=place)
    seen: set[tuple[str, str]] = set()
    for plan, item, window in ordered:
        key = (plan.code, item.code)
        if opening and item.tracked and key not in seen and happens(plan.supply.opening, "opening", *key):
            yield opening_delivery(plan, item, window)
        seen.add(key)
        yield deliver(plan, item, window, demand[plan, item, window])


def place(need: tuple[StorePlan, Item, Window]) -> tuple[str, date, str]:
    """Return the place of a need in the order of deliveries."""
    plan, item, window = need
    return (plan.code, window.first, item.code)


def deliver(plan: StorePlan, item: Item, window: Window, sold: int) -> Delivery:
    """Make the delivery that was to cover `sold` thousandths in a window."""
    key = (plan.code, item.code, window.first)
    fate = fate_of(plan, item, window)
    # On-time deliveries cover their window: a fifth more on average for goods that spoil, by the case for the others.
    share = between(30, 80, "short", *key) if fate is Fate.SHORT else between(100, 130, "size", *key)
    wanted = -(-sold * share // 100)
    if item.milli == MILLI:
        pack = MILLI if item.tracked else CASE * MILLI
        wanted = wanted // MILLI * MILLI if fate is Fate.SHORT else -(-wanted // pack) * pack
    delivery = Delivery(plan, item, window, fate, wanted, received(plan, window, fate))
    return with_batch(delivery, batch_age(plan, item, window)) if item.tracked else delivery


def fate_of(plan: StorePlan, item: Item, window: Window) -> Fate:
    """Decide what becomes of a delivery. Only batch-tracked items that may go negative are ever late, short or missing."""
    supply = plan.supply
    if supply.dropped_item is not None and item.code == str(supply.dropped_item):
        return Fate.DROPPED
    if item.strict or not item.tracked:
        return Fate.ON_TIME
    chance = draw("fate", plan.code, item.code, window.first)
    for fate, share in (
        (Fate.NEVER, supply.never),
        (Fate.LATE, supply.late),
        (Fate.MIDWEEK, supply.midweek),
        (Fate.SHORT, supply.short),
    ):
        if chance < share:
            return fate
        chance -= share
    return Fate.ON_TIME


@lru_cache(maxsize=CACHED)
def received(plan: StorePlan, window: Window, fate: Fate) -> datetime:
    """Return when the delivery was registered: when the truck came, or later."""
    key = (plan.code, window.first)
    if fate is Fate.MIDWEEK:
        span = (window.last - window.first).days
        return at(plan, window.first + timedelta(days=between(0, span, "midweek", *key)), time(14))
    if fate is Fate.LATE:
        return at(plan, window.last + timedelta(days=between(2, 5, "late", *key)), time(10))
    return at(plan, window.first - timedelta(days=1), TRUCK)


def at(plan: StorePlan, day: date, clock: time) -> datetime:
    """Return a local time of the store, some minutes on so that trucks do not all arrive together."""
    return plan.instant(datetime.combine(day, clock) + timedelta(minutes=plan.number % 50))


def batch_age(plan: StorePlan, item: Item, window: Window) -> int:
    """Return how many days before delivery the batch was made. Items that may not go negative always get fresh ones."""
    oldest = (item.shelf_life or 0) // FRESHNESS
    return 0 if item.strict else between(0, oldest, "age", plan.plant, item.code, window.first)


def with_batch(delivery: Delivery, age: int) -> Delivery:
    """Give a delivery its batch. The same plant's batch of a day has the same number, dates and disposition in every store."""
    plan, item, window = delivery.plan, delivery.item, delivery.window
    made = window.first - timedelta(days=1 + age)
    batch = f"L{made:%y%j}{plan.plant}"
    chance = MILLION if item.strict or plan.plant == "X" else draw("quality", item.code, batch)
    disposition = "blocked" if chance < BLOCKED else "inspect" if chance < BLOCKED + INSPECT else ""
    return Delivery(
        *(plan, item, window, delivery.fate, delivery.quantity, delivery.received_at),
        batch=batch,
        manufactured_on=made,
        expires_on=made + timedelta(days=item.shelf_life or 0),
        disposition=disposition,
    )


def opening_delivery(plan: StorePlan, item: Item, window: Window) -> Delivery:
    """Make the remainder of the delivery before the first one: one to three pieces, some of them past their date."""
    before = window_of(item, window.first - timedelta(days=1))
    quantity = between(1, 3, "remainder", plan.code, item.code) * MILLI
    delivery = Delivery(plan, item, before, Fate.OPENING, quantity, received(plan, before, Fate.OPENING))
    return with_batch(delivery, batch_age(plan, item, before))


def receipt_key(delivery: Delivery) -> str:
    """Return the number of the receipt on which a delivery stands: one per store, arrival and delivery window it was for."""
    return receipt_number(delivery.fate, delivery.plan, delivery.received_at, delivery.window.first)


@lru_cache(maxsize=CACHED)
def receipt_number(fate: Fate, plan: StorePlan, received_at: datetime, first: date) -> str:
    """Write the number of a receipt."""
    letter = {Fate.OPENING: "O", Fate.MIDWEEK: "M", Fate.LATE: "L", Fate.DROPPED: "D"}.get(fate, "R")
    covered = f"-{first:%Y%m%d}" if fate in (Fate.MIDWEEK, Fate.LATE) else ""
    return f"{letter}{plan.number}-{received_at:%Y%m%d}{covered}"


def receipt_row(delivery: Delivery, receipt: str, line: int) -> tuple[str, ...]:
    """Write a delivery as a row of a receipts file. Its cost differs from the standard cost by up to three per cent."""
    item = delivery.item
    percent = between(97, 103, "cost", delivery.plan.plant, item.code, delivery.window.first)
    cost = half_up(item.cost * percent, 100)
    return (
        *(receipt, str(line), delivery.plan.warehouse, item.code, delivery.batch),
        *(quantity_text(delivery.quantity), price_text(cost), delivery.received_at.isoformat()),
        delivery.manufactured_on.isoformat() if delivery.manufactured_on else "",
        delivery.expires_on.isoformat() if delivery.expires_on else "",
        delivery.disposition,
    )
