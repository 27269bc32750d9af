"""What a day's drawers should hold, what was counted in them, and what of the difference a statement books (docs/domain.md#counting).

Counting belongs to the day, not to the statement: every document of the day is looked at, on whichever statement it is, and a statement
books only what no other one booked. So a late document or a late count leaves the money as it was counted.

A drawer is a terminal, with the method `shift` a shift of a terminal, with `staff` a person at a terminal. A start amount that is declared
after a count begins a new filling of the same drawer: each filling has its own start and its own counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from core.lib.decimals import ZERO

INTO_TILL = {
    **{"sale": 1, "income": 1, "expense": -1, "payment": 1},
    **{"float": 1, "removal": -1, "bank_drop": -1, "safe_drop": -1},
}
START, COUNT = "start_amount", "tender_declaration"
DECLARED = (START, COUNT)
SUM_OF_COUNTS = "sum"


class StoreDay(NamedTuple):
    """The business day of a store: what is counted together at most."""

    store_id: int
    business_date: date


class CountedDay(NamedTuple):
    """What a statement counts: the day of a store, or of it only the drawer of a (terminal, shift), (None, None) those of no shift."""

    day: StoreDay
    shift: tuple[int | None, int | None] | None = None

    def takes(self, drawer: "Drawer") -> bool:
        """Whether the drawer is one that it counts."""
        return self.shift is None or self.shift == (drawer.terminal_id if drawer.shift is not None else None, drawer.shift)


class Drawer(NamedTuple):
    """Where money lies; None where the store's statement method does not tell drawers apart by it, or the till did not say."""

    terminal_id: int | None
    shift: int | None = None
    staff_id: int | None = None

    def by(self, method: str) -> "Drawer":
        """The drawer that it belongs to under a statement method."""
        return Drawer(self.terminal_id, self.shift if method == "shift" else None, self.staff_id if method == "staff" else None)

    def unit(self, method: str) -> object:
        """What is counted together: without any count in it, its transactions count as counted."""
        return {"total": None, "terminal": self.terminal_id, "shift": (self.terminal_id, self.shift), "staff": self.staff_id}[method]


Amounts = dict[tuple[Drawer, str], Decimal]


class DayRules(NamedTuple):
    """What a store says about counting."""

    statement_method: str
    count_rule: str


class Declaration(NamedTuple):
    """What a start amount or a tender declaration says of one payment method."""

    day: StoreDay
    drawer: Drawer
    at: datetime
    kind: str
    method: str
    amount: Decimal


class Movement(NamedTuple):
    """Money that a statement's (None: no statement's yet) documents brought into a drawer, those after `FreshStart` apart."""

    day: StoreDay
    drawer: Drawer
    method: str
    statement_id: int | None
    after_fresh_start: bool
    amount: Decimal


class Booked(NamedTuple):
    """What statements that passed their check book of a drawer's difference."""

    statement_id: int
    day: StoreDay
    drawer: Drawer
    method: str
    amount: Decimal


class FreshStart(NamedTuple):
    """From this moment a drawer holds a filling that nobody has counted yet."""

    day: StoreDay
    drawer: Drawer
    at: datetime


class TenderLine(NamedTuple):
    """A drawer and payment method of a day: `difference` is what the statement books of it."""

    drawer: Drawer
    method: str
    expected: Decimal
    counted: Decimal
    difference: Decimal


@dataclass(frozen=True, slots=True)
class UnitNames:
    """Codes of terminals and persons by id, to name what is counted together."""

    terminals: Mapping[int, str] = field(default_factory=dict)
    staff: Mapping[int, str] = field(default_factory=dict)

    def of(self, store: str, statement_method: str, unit: Any) -> str:
        """The unit of a store as people name it: S1, S1/T1, S1/T1/3 (a shift) or S1/0001 (a person)."""
        if statement_method == "shift":
            return "/".join((store, self.terminals.get(unit[0], ""), str(unit[1] or "")))
        if statement_method == "total":
            return store
        return "/".join((store, (self.staff if statement_method == "staff" else self.terminals).get(unit, "")))


@dataclass(slots=True)
class Counted:
    """What a statement finds of its day: drawers, its own money by method, and its differences by unit and method."""

    drawers: list[TenderLine] = field(default_factory=list)
    own: dict[str, Decimal] = field(default_factory=dict)
    by_unit: dict[tuple[object, str], Decimal] = field(default_factory=dict)

    @property
    def differences(self) -> dict[str, Decimal]:
        """Differences by payment method, zero ones left out."""
        found: dict[str, Decimal] = {}
        for (_, method), amount in self.by_unit.items():
            found[method] = found.get(method, ZERO) + amount
        return {method: amount for method, amount in found.items() if amount}

    def by_method(self) -> list[tuple[str, Decimal, Decimal]]:
        """Method, the statement's own money and its difference, of each method that has any."""
        differences = self.differences
        return [(method, self.own.get(method, ZERO), differences.get(method, ZERO)) for method in sorted({*self.own, *differences})]

    @property
    def total_difference(self) -> Decimal:
        """Without sign, unit by unit: what is over in one drawer does not make up for what is short in another one."""
        return sum((abs(amount) for amount in self.by_unit.values()), ZERO)


@dataclass(slots=True)
class _Filling:
    """A drawer between two fresh starts."""

    start: dict[str, Decimal] = field(default_factory=dict)
    counts: dict[str, list[Decimal]] = field(default_factory=dict)


def find_fillings(declarations: Iterable[Declaration]) -> dict[tuple[StoreDay, Drawer], list[_Filling]]:
    """The fillings of each drawer in order of time; of several start amounts before a count the last one holds."""
    fillings: dict[tuple[StoreDay, Drawer], list[_Filling]] = {}
    for said in declarations:
        known = fillings.setdefault((said.day, said.drawer), [_Filling()])
        if said.kind == START:
            if known[-1].counts:
                known.append(_Filling())
            known[-1].start[said.method] = said.amount
        else:
            known[-1].counts.setdefault(said.method, []).append(said.amount)
    return fillings


def find_fresh_starts(declarations: Sequence[Declaration]) -> list[FreshStart]:
    """The drawers whose last filling begins with a start amount behind a count and was not counted itself."""
    counted: set[tuple[StoreDay, Drawer]] = set()
    open_since: dict[tuple[StoreDay, Drawer], datetime] = {}
    for said in declarations:
        key = said.day, said.drawer
        if said.kind == COUNT:
            counted.add(key)
            open_since.pop(key, None)
        elif key in counted:
            open_since.setdefault(key, said.at)
    return [FreshStart(*key, at) for key, at in open_since.items()]


@dataclass(slots=True)
class DayCounts:
    """Everything that was declared, moved and booked on some store days; drawers are those of the stores' statement methods."""

    rules: Mapping[int, DayRules]
    declarations: Sequence[Declaration]
    movements: Sequence[Movement]
    booked: Sequence[Booked]
    # What each statement counts; one that counts nothing is not there.
    days: Mapping[int, CountedDay]
    # The same by store day: a run asks for thousands of days, each of which would go through all of them.
    _fillings: dict[StoreDay, dict[Drawer, list[_Filling]]] = field(init=False, default_factory=dict)
    _moved: dict[StoreDay, list[Movement]] = field(init=False, default_factory=dict)
    _booked: dict[StoreDay, list[Booked]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Puts what was declared, moved and booked to its store day."""
        for (day, drawer), known in find_fillings(self.declarations).items():
            self._fillings.setdefault(day, {})[drawer] = known
        for moved in self.movements:
            self._moved.setdefault(moved.day, []).append(moved)
        for entry in self.booked:
            self._booked.setdefault(entry.day, []).append(entry)

    def decide(self, statement_id: int, counts: CountedDay) -> Counted:
        """What the statement would book of the differences of what it counts now."""
        day = counts.day
        rules = self.rules[day.store_id]
        expected, fresh, found = self._expected(statement_id, day)
        fillings = self._fillings.get(day, {})
        counted = _count(fillings, rules.count_rule)
        for drawer, known in fillings.items():
            for filling in known:
                for method, amount in filling.start.items():
                    expected[drawer, method] = expected.get((drawer, method), ZERO) + amount
        for key in counted:
            expected.setdefault(key, ZERO)
        booked: Amounts = {}
        for entry in self._booked.get(day, ()):
            if entry.statement_id != statement_id:
                booked[entry.drawer, entry.method] = booked.get((entry.drawer, entry.method), ZERO) + entry.amount
        counted_units = {(drawer.unit(rules.statement_method), method) for drawer, method in counted}
        for key in sorted({*expected, *booked}, key=_order):
            drawer, method = key
            if not counts.takes(drawer):
                continue
            unit = drawer.unit(rules.statement_method), method
            should = expected.get(key, ZERO)
            # What lies in a filling that nobody counted yet is not missing.
            open_filling = fresh.get(key, ZERO) + _uncounted_start(fillings.get(drawer, ()), method)
            there = counted.get(key, ZERO) + open_filling if unit in counted_units else should
            difference = there - should - booked.get(key, ZERO)
            found.drawers.append(TenderLine(drawer, method, should, there, difference))
            found.by_unit[unit] = found.by_unit.get(unit, ZERO) + difference
        return found

    def _expected(self, statement_id: int, day: StoreDay) -> tuple[Amounts, Amounts, Counted]:
        """Money moved by drawer and method, that behind a fresh start alone, and the statement's own."""
        expected: Amounts = {}
        fresh: Amounts = {}
        found = Counted()
        for moved in self._moved.get(day, ()):
            key = moved.drawer, moved.method
            expected[key] = expected.get(key, ZERO) + moved.amount
            if moved.after_fresh_start:
                fresh[key] = fresh.get(key, ZERO) + moved.amount
            if moved.statement_id == statement_id:
                found.own[moved.method] = found.own.get(moved.method, ZERO) + moved.amount
        return expected, fresh, found

    def book(self, statement_id: int, counted: Counted) -> None:
        """The statement goes on: later ones leave to it what it books."""
        day = self.days[statement_id].day
        self._booked.setdefault(day, []).extend(
            Booked(statement_id, day, line.drawer, line.method, line.difference) for line in counted.drawers if line.difference
        )


def _count(fillings: Mapping[Drawer, Sequence[_Filling]], rule: str) -> Amounts:
    """What was counted by drawer and method: the last count of each filling, or all of them, added up."""
    counted: Amounts = {}
    for drawer, known in fillings.items():
        for filling in known:
            for method, counts in filling.counts.items():
                amount = sum(counts, ZERO) if rule == SUM_OF_COUNTS else counts[-1]
                counted[drawer, method] = counted.get((drawer, method), ZERO) + amount
    return counted


class NewCount(NamedTuple):
    """What a count that is entered later has to say; `before` is what counted until then, None where nothing was counted."""

    before: Decimal | None
    amount: Decimal


def count_to_enter(declarations: Sequence[Declaration], rule: str, method: str, counted: Decimal) -> NewCount:
    """What to say last of one drawer's day, so that it comes to `counted`, whatever was declared before; declarations of that drawer."""
    if not declarations:
        return NewCount(None, counted)
    last = declarations[-1]
    key = last.drawer, method
    before = _count(_by_drawer(declarations), rule).get(key)
    nothing = last._replace(kind=COUNT, method=method, amount=ZERO)
    without = _count(_by_drawer([*declarations, nothing]), rule).get(key, ZERO)
    return NewCount(before, counted - without)


def _by_drawer(declarations: Sequence[Declaration]) -> dict[Drawer, list[_Filling]]:
    return {drawer: known for (_, drawer), known in find_fillings(declarations).items()}


def _uncounted_start(fillings: Sequence[_Filling], method: str) -> Decimal:
    """The start amount of a last filling behind a count, as long as it was not counted itself."""
    return fillings[-1].start.get(method, ZERO) if len(fillings) > 1 and not fillings[-1].counts else ZERO


def _order(key: tuple[Drawer, str]) -> tuple[object, ...]:
    drawer, method = key
    return (*((part is not None, part or 0) for part in drawer), method)
