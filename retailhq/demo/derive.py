"""Derives the import files of a slice of the tickets, week by week, so that a year needs no more memory than a week.

The files depend on the source, the slice and a fixed seed only: the same call writes the same bytes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from retailhq.demo.catalogue import ITEM_COLUMNS, Item, ItemSales, build_items, item_row
from retailhq.demo.chance import happens
from retailhq.demo.customer_orders import Baskets
from retailhq.demo.deliveries import Delivery, Fate, Window, plan_deliveries, window_of
from retailhq.demo.output import ImportFiles
from retailhq.demo.source import RawLine, Source, hold
from retailhq.demo.stores import (
    ENTITY_COLUMNS,
    LATEST_CLOSE,
    MAIN_ENTITY,
    MAIN_NAME,
    STOP_ENTITY,
    STOP_NAME,
    STORE_COLUMNS,
    WAREHOUSE_COLUMNS,
    Slice,
    StorePlan,
    choose_stores,
    plan_stop_store,
    plan_store,
    store_row,
    warehouse_row,
)
from retailhq.demo.tickets import CURRENCY, Findings, Ticket, build_ticket, refusal_reason, to_cents
from retailhq.demo.till_days import close_day, returns_of

WEEK = timedelta(days=7)
HELD_DAYS = 14


@dataclass(slots=True)
class Survey:
    """What a first look at the tickets tells: lines per store, and sales per product."""

    lines: Counter[int] = field(default_factory=Counter)
    sales: defaultdict[int, ItemSales] = field(default_factory=lambda: defaultdict(ItemSales))


@dataclass(slots=True)
class Derivation:
    """What was derived, for the summary."""

    stores: list[str] = field(default_factory=list)
    stop_store: str = ""
    stop_item: str = ""
    items: int = 0
    customers: int = 0
    transactions: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    tracked_lines: int = 0
    captured_lines: int = 0
    deliveries: Counter[str] = field(default_factory=Counter)
    dirt: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    customer_orders: int = 0


class Deriver:
    """Carries one derivation from week to week."""

    def __init__(self, plans: Mapping[int, StorePlan], items: Mapping[int, Item], files: ImportFiles) -> None:
        """Start with the stores and items of the slice."""
        self.plans = plans
        self.items = items
        self.files = files
        self.result = Derivation()
        self.customers: set[str] = set()
        self.baskets = Baskets()
        self.opening = True

    def derive_week(self, rows: Sequence[RawLine]) -> None:
        """Derive the transactions and receipts of one business week; `rows` are in order of time."""
        findings = Findings()
        self.files.start_week()
        by_basket: dict[int, list[RawLine]] = {}
        for raw in rows:
            by_basket.setdefault(raw.basket, []).append(raw)
        built = (build_ticket(self.plans[lines[0].store], lines, self.items, findings) for lines in by_basket.values())
        sales = [ticket for ticket in built if ticket is not None]
        for sale in sales:
            self.baskets.look_at(sale)
        registered = self.deliver(sales)
        sales = [capture_batches(ticket, registered) for ticket in sales]
        tickets = sales + [back for sale in sales for back in returns_of(sale)]
        tickets += list(book_days(tickets))
        for ticket in sorted(tickets, key=lambda ticket: (ticket.at, ticket.plan.code, ticket.number)):
            self.files.write_ticket(ticket)
            self.count(ticket)
        self.files.write_refusals(findings.refused)
        self.result.refused.update(refusal.reason for refusal in findings.refused)
        self.result.dirt.update(findings.dirt)
        self.opening = False

    def deliver(self, sales: Sequence[Ticket]) -> dict[tuple[str, str, Window], Delivery]:
        """Write the receipts that cover these sales; return the on-time ones of batch-tracked items that may go negative."""
        demand: Counter[tuple[StorePlan, Item, Window]] = Counter()
        for ticket in sales:
            for line in ticket.lines:
                if line.quantity > 0:
                    demand[ticket.plan, line.item, window_of(line.item, ticket.business_date)] += line.quantity
        registered = {}
        for delivery in plan_deliveries(demand, opening=self.opening):
            self.files.write_delivery(delivery)
            self.result.deliveries[delivery.fate] += 1
            item = delivery.item
            if delivery.fate is Fate.ON_TIME and item.tracked and not item.strict and not delivery.disposition:
                registered[delivery.plan.code, item.code, delivery.window] = delivery
        return registered

    def count(self, ticket: Ticket) -> None:
        """Add a transaction to the figures of the summary."""
        result = self.result
        result.transactions[ticket.kind] += 1
        result.lines += len(ticket.lines)
        result.tracked_lines += sum(line.item.tracked for line in ticket.lines)
        result.captured_lines += sum(line.batch is not None for line in ticket.lines)
        if ticket.customer is not None:
            self.customers.add(ticket.customer)


def derive(source: Source, wanted: Slice, folder: Path) -> Derivation:
    """Write the import files of a slice into `folder` (made if missing) and return what was derived.

    Raises ValueError when the slice holds no tickets or the source is not in order of time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if wanted.days <= HELD_DAYS:
        source = hold(source, wanted.first_stamp, wanted.until_stamp)
    ranking = survey(source, wanted, None).lines
    chosen = choose_stores(ranking, wanted)
    if not chosen:
        raise ValueError(f"there are no tickets from {wanted.first_day} to {wanted.last_day}")
    plans = {number: plan_store(number, wanted) for number in chosen}
    rest = choose_stores({number: count for number, count in ranking.items() if number not in plans}, replace(wanted, stores=1))
    stop = rest[:1] if wanted.with_stop_store else ()
    items = build_items(survey(source, wanted, frozenset((*chosen, *stop))).sales, source.products())
    plans |= {number: plan for number in stop if (plan := stop_plan(source, wanted, number, items)) is not None}
    with ImportFiles(folder) as files:
        deriver = Deriver(plans, items, files)
        for rows in weeks(source, wanted, plans):
            deriver.derive_week(rows)
        write_master_data(deriver)
        deriver.result.customer_orders = files.write_orders(deriver.baskets.orders())
    return finish(deriver)


def survey(source: Source, wanted: Slice, stores: frozenset[int] | None) -> Survey:
    """Read the slice once: count lines per store, and collect the sales per product when the stores are known."""
    found = Survey()
    plans: dict[int, StorePlan] = {}
    for raw in source.lines(wanted.first_stamp, wanted.until_stamp, stores):
        plan = plans.get(raw.store) or plans.setdefault(raw.store, plan_store(raw.store, wanted))
        if not plan.first_day <= plan.business_date(raw.stamp) <= plan.last_day:
            continue
        found.lines[raw.store] += 1
        if stores is not None and raw.product is not None:
            sales = found.sales[raw.product]
            if not refusal_reason(raw):
                sales.add(int(raw.quantity or 0), to_cents(raw.sales_value or 0.0))
    return found


def stop_plan(source: Source, wanted: Slice, number: int, items: Mapping[int, Item]) -> StorePlan | None:
    """Plan the store whose fallback is off: its busiest day on which a batch-tracked item was sold, the best seller of them undelivered."""
    plan = plan_store(number, wanted)
    lines: Counter[date] = Counter()
    sold: defaultdict[date, Counter[int]] = defaultdict(Counter)
    for raw in source.lines(wanted.first_stamp, wanted.until_stamp, frozenset((number,))):
        day = plan.business_date(raw.stamp)
        item = items.get(raw.product)
        if not plan.first_day <= day <= plan.last_day or item is None or refusal_reason(raw):
            continue
        lines[day] += 1
        if item.tracked and not item.strict and (raw.quantity or 0) > 0:
            sold[day][raw.product] += 1
    for day in sorted(sold, key=lambda day: (-lines[day], day)):
        best = min(sold[day], key=lambda product: (-sold[day][product], product))
        return plan_stop_store(number, wanted, day, best)
    return None


def weeks(source: Source, wanted: Slice, plans: Mapping[int, StorePlan]) -> Iterator[list[RawLine]]:
    """Yield the rows of the slice by business week. At most two weeks are in memory: around a Monday night both are open."""
    open_weeks: defaultdict[date, list[RawLine]] = defaultdict(list)
    last = wanted.first_stamp
    for raw in source.lines(wanted.first_stamp, wanted.until_stamp, frozenset(plans)):
        if raw.stamp < last:
            raise ValueError("the tickets are not in order of time")
        last = raw.stamp
        plan = plans[raw.store]
        day = plan.business_date(raw.stamp)
        if not plan.first_day <= day <= plan.last_day:
            continue
        open_weeks[day - timedelta(days=day.weekday())].append(raw)
        for earlier in sorted(open_weeks):
            if (raw.stamp - LATEST_CLOSE).date() >= earlier + WEEK:
                yield open_weeks.pop(earlier)
    for monday in sorted(open_weeks):
        yield open_weeks[monday]


def capture_batches(ticket: Ticket, registered: Mapping[tuple[str, str, Window], Delivery]) -> Ticket:
    """Let the till capture the batch of a few lines: that of the delivery that the line was sold from."""
    lines = list(ticket.lines)
    for index, line in enumerate(lines):
        window = window_of(line.item, ticket.business_date)
        delivery = registered.get((ticket.plan.code, line.item.code, window)) if line.quantity > 0 else None
        if delivery and happens(ticket.plan.supply.captured, "captured", ticket.number, line.number):
            lines[index] = replace(line, batch=delivery.batch)
    return replace(ticket, lines=tuple(lines))


def book_days(tickets: Sequence[Ticket]) -> Iterator[Ticket]:
    """Yield the office's bookings of each store and business day of a week."""
    per_day = attrgetter("plan.code", "business_date")
    last_store = ""
    for (store, _), day in groupby(sorted(tickets, key=attrgetter("plan.code", "business_date", "at", "number")), key=per_day):
        yield from close_day(list(day), first_of_week=store != last_store)
        last_store = store


def write_master_data(deriver: Deriver) -> None:
    """Write legal entities, warehouses, stores, items and the customers that bought something."""
    files, plans = deriver.files, [deriver.plans[number] for number in sorted(deriver.plans)]
    used = {plan.entity for plan in plans}
    entities = [row for row in ((MAIN_ENTITY, MAIN_NAME, CURRENCY), (STOP_ENTITY, STOP_NAME, CURRENCY)) if row[0] in used]
    files.write_table("legal-entities.csv", ENTITY_COLUMNS, entities)
    files.write_table("warehouses.csv", WAREHOUSE_COLUMNS, map(warehouse_row, plans))
    files.write_table("stores.csv", STORE_COLUMNS, map(store_row, plans))
    files.write_table("items.csv", ITEM_COLUMNS, map(item_row, deriver.items.values()))
    customers = sorted(deriver.customers, key=lambda code: int(code[1:]))
    files.write_table("customers.csv", ("customer", "name", "blocked"), ((code, f"Household {code[1:]}", "false") for code in customers))


def finish(deriver: Deriver) -> Derivation:
    """Complete the figures."""
    result = deriver.result
    stop = next((plan for plan in deriver.plans.values() if plan.entity == STOP_ENTITY), None)
    result.stores = [plan.code for plan in deriver.plans.values() if plan is not stop]
    if stop is not None:
        result.stop_store, result.stop_item = stop.code, str(stop.supply.dropped_item)
    result.items, result.customers = len(deriver.items), len(deriver.customers)
    result.dirt.pop("", None)
    result.dirt = +result.dirt
    return result
