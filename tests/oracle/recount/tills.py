"""Counting: what was over or short in a store day, by payment method, once everything of the day is posted (docs/domain.md#counting)."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from tests.oracle.recount.history import ZERO, Store
from tests.oracle.rows import Transaction

# Which way money goes by kind of transaction; a start amount says what lies there and moves nothing.
INTO_DRAWER = {
    **{"sale": 1, "income": 1, "expense": -1, "payment": 1},
    **{"float": 1, "removal": -1, "bank_drop": -1, "safe_drop": -1},
}
Drawer = tuple[object, ...]


@dataclass
class Filling:
    """A drawer from one start amount that follows a count to the next: what it began with, what moved, what was counted."""

    start: dict[str, Decimal] = field(default_factory=dict)
    moved: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    counts: dict[str, list[Decimal]] = field(default_factory=lambda: defaultdict(list))

    def should(self, method: str) -> Decimal:
        return self.start.get(method, ZERO) + self.moved.get(method, ZERO)


def fill_drawers(store: Store, day: list[Transaction]) -> dict[Drawer, list[Filling]]:
    """The fillings of each drawer in order of time."""
    drawers: dict[Drawer, list[Filling]] = defaultdict(lambda: [Filling()])
    for document in sorted(day, key=lambda row: (row.sold_at, row.number)):
        fillings = drawers[_drawer(store, document)]
        for payment in document.payments:
            if document.kind == "start_amount":
                if fillings[-1].counts:
                    fillings.append(Filling())
                fillings[-1].start[payment.method] = payment.amount
            elif document.kind == "tender_declaration":
                fillings[-1].counts[payment.method].append(payment.amount)
            elif document.kind in INTO_DRAWER:
                fillings[-1].moved[payment.method] += INTO_DRAWER[document.kind] * payment.amount
    return drawers


def count_drawers(store: Store, day: list[Transaction]) -> dict[tuple[str, ...], tuple[Decimal, Decimal]]:
    """What should be and what was counted by terminal, shift and payment method; `day` are all documents of the store day."""
    drawers = fill_drawers(store, day)
    counted = {(_unit(store, drawer), method) for drawer, fillings in drawers.items() for filling in fillings for method in filling.counts}
    found: dict[tuple[str, ...], tuple[Decimal, Decimal]] = {}
    for drawer, fillings in drawers.items():
        for number, filling in enumerate(fillings):
            is_open = number > 0 and not filling.counts
            for method in {*filling.start, *filling.moved, *filling.counts}:
                should = filling.should(method)
                # Where nobody counted, what the documents say is there is there; so it is in a filling that nobody counted yet.
                is_counted = (_unit(store, drawer), method) in counted and not is_open
                there = _counted(store, filling.counts.get(method, [])) if is_counted else should
                shift = str(drawer[1] or "") if store.method == "shift" else ""
                before = found.get((str(drawer[0]), shift, method), (ZERO, ZERO))
                found[str(drawer[0]), shift, method] = (before[0] + should, before[1] + there)
    return found


def over_and_short(store: Store, day: list[Transaction]) -> dict[str, Decimal]:
    """Counted less expected by payment method, zeros left out; `day` are all documents of the store day."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for (_, _, method), (should, there) in count_drawers(store, day).items():
        found[method] += there - should
    return {method: amount for method, amount in found.items() if amount}


def _counted(store: Store, counts: list[Decimal]) -> Decimal:
    if store.count_rule == "sum":
        return sum(counts, ZERO)
    return counts[-1] if counts else ZERO


def _drawer(store: Store, document: Transaction) -> Drawer:
    match store.method:
        case "shift":
            return (document.terminal, document.shift)
        case "staff":
            return (document.terminal, document.staff)
    return (document.terminal,)


def _unit(store: Store, drawer: Drawer) -> object:
    """What is counted together."""
    return {"total": None, "terminal": drawer[0], "shift": drawer, "staff": drawer[-1]}[store.method]
