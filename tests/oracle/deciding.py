"""The posting decision of one warehouse, the slow and obvious way: every line by itself, every list scanned from its start.

Follows the normative text only (design "Batch choice"): units of one business date in date order; in a unit, item by item,
first the returns of goods posted before, then the lines whose batch the till captured, then the rest in data order. An order
with a line that cannot be covered is taken out (the earliest failing one first) and everything is decided again.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tests.oracle.rows import Item, LineRef, Warehouse

ZERO = Decimal(0)
Place = tuple[date, datetime, str, str, str, int]


@dataclass(frozen=True)
class Settings:
    """The parameters that the decision reads."""

    use_default: bool = False
    default_batch: str = ""
    scope: str = "all"
    sellable_on_expiration_date: bool = True
    use_received_after_sale: bool = False


@dataclass(frozen=True)
class DecisionLine:
    """One stocked till line, its quantity in the item's stock unit (negative for a return)."""

    ref: LineRef
    order: int
    item: str
    quantity: Decimal
    captured: str | None
    return_of: LineRef | None
    sold_at: datetime
    business_date: date

    @property
    def place(self) -> Place:
        return (self.business_date, self.sold_at, self.ref.store, self.ref.terminal, self.ref.number, self.ref.line)


@dataclass(frozen=True)
class Taking:
    """Part of a line on one batch; `reasons` are the reason codes that the text allows for it."""

    batch: str
    quantity: Decimal
    source: str
    reasons: frozenset[str]


@dataclass(frozen=True)
class Failure:
    """A line that cannot be covered; `codes` are the codes that the text allows for it."""

    codes: frozenset[str]
    missing: Decimal


@dataclass(frozen=True)
class BatchFacts:
    item: str
    number: str
    expires_on: date | None
    blocked: bool


@dataclass
class Shelf:
    """One warehouse as the decision sees it: what is there by (item, batch), and what is known about the batches."""

    warehouse: Warehouse
    items: dict[str, Item]
    batches: list[BatchFacts]
    first_received: dict[tuple[str, str], datetime]
    default_batches_of: set[tuple[str, str]]
    stock: dict[tuple[str, str], Decimal]

    def quantity(self, item: str, batch: str) -> Decimal:
        return self.stock.get((item, batch), ZERO)

    def total(self, item: str) -> Decimal:
        return sum((quantity for (of, _), quantity in self.stock.items() if of == item), ZERO)

    def move(self, item: str, batch: str, change: Decimal) -> None:
        self.stock[(item, batch)] = self.quantity(item, batch) + change

    def copy(self) -> "Shelf":
        return Shelf(
            self.warehouse,
            self.items,
            self.batches,
            dict(self.first_received),
            set(self.default_batches_of),
            dict(self.stock),
        )


@dataclass
class Decision:
    """What one round (or the whole run) of a warehouse decided."""

    takes: dict[LineRef, list[Taking]] = field(default_factory=dict)
    failures: dict[LineRef, Failure] = field(default_factory=dict)
    failed_orders: dict[int, dict[LineRef, Failure]] = field(default_factory=dict)
    shelf: Shelf | None = None


@dataclass
class Posted:
    """Lines posted before this run: what each took, and which line returned which."""

    takes: dict[LineRef, list[Taking]]
    return_of: dict[LineRef, LineRef]


def decide_warehouse(shelf: Shelf, settings: Settings, posted: Posted, lines: list[DecisionLine]) -> Decision:
    """Decide all lines of a run in one warehouse; whole orders fail, the earliest first, until nothing fails."""
    failed_orders: dict[int, dict[LineRef, Failure]] = {}
    while True:
        remaining = [line for line in lines if line.order not in failed_orders]
        decision = _decide_round(shelf.copy(), settings, posted, remaining)
        if not decision.failures:
            decision.failed_orders = failed_orders
            return decision
        earliest = first_to_fail([line for line in remaining if line.ref in decision.failures])
        failed_orders[earliest.order] = {
            line.ref: decision.failures[line.ref] for line in remaining if line.order == earliest.order and line.ref in decision.failures
        }


def first_to_fail(failing: list[DecisionLine]) -> DecisionLine:
    """The failing line that is earliest in data order."""
    return min(failing, key=lambda line: line.place)


def _decide_round(shelf: Shelf, settings: Settings, posted: Posted, lines: list[DecisionLine]) -> Decision:
    round_ = _Round(shelf, settings, posted, {line.ref: line for line in lines})
    for day in sorted({line.business_date for line in lines}):
        for item in sorted({line.item for line in lines if line.business_date == day}):
            unit = [line for line in lines if line.business_date == day and line.item == item]
            for line in in_order_of_decision(unit):
                round_.decide(line)
    return Decision(round_.takes, round_.failures, shelf=shelf)


def in_order_of_decision(unit: list[DecisionLine]) -> list[DecisionLine]:
    """Lines of one warehouse, date and item: returns of the past, captured batches, then the rest."""
    sold_here = {line.ref: line for line in unit if line.quantity > 0}
    moving = [line for line in unit if line.quantity != 0]
    returns = [line for line in moving if line.quantity < 0 and line.return_of not in sold_here]
    captured = [line for line in moving if line.quantity > 0 and line.captured is not None]
    rest = [line for line in moving if line not in returns and line not in captured]

    def seat(line: DecisionLine) -> tuple[Place, int, Place]:
        original = sold_here.get(line.return_of) if line.return_of is not None else None
        if original is not None and original.place > line.place:
            return (original.place, 1, line.place)
        return (line.place, 0, line.place)

    def place(line: DecisionLine) -> Place:
        return line.place

    return [*sorted(returns, key=place), *sorted(captured, key=place), *sorted(rest, key=seat)]


class _Round:
    """One attempt to cover all remaining lines; a line that fails takes nothing."""

    def __init__(self, shelf: Shelf, settings: Settings, posted: Posted, lines: dict[LineRef, DecisionLine]) -> None:
        self.shelf = shelf
        self.settings = settings
        self.posted = posted
        self.lines = lines
        self.takes: dict[LineRef, list[Taking]] = {}
        self.failures: dict[LineRef, Failure] = {}

    def decide(self, line: DecisionLine) -> None:
        item = self.shelf.items[line.item]
        outcome: list[Taking] | Failure
        if line.return_of is not None:
            outcome = self._linked_return(line, line.return_of, item)
        elif line.quantity < 0:
            outcome = self._blind_return(line, item)
        elif not item.batch_tracked:
            outcome = self._untracked(line, item)
        elif line.captured is not None:
            outcome = self._captured(line, line.captured, item)
        else:
            outcome = self._allocated(line, item)
        if isinstance(outcome, Failure):
            self.failures[line.ref] = outcome
            return
        assert sum((take.quantity for take in outcome), ZERO) == line.quantity
        self.takes[line.ref] = outcome
        for take in outcome:
            self.shelf.move(line.item, take.batch, -take.quantity)
            if take.quantity < 0 and take.batch:
                # Goods of a batch that was never received here are received with their first return.
                self.shelf.first_received.setdefault((line.item, take.batch), line.sold_at)

    # -- sales -----------------------------------------------------------------------------------------------------

    def _allocated(self, line: DecisionLine, item: Item) -> list[Taking] | Failure:
        need = line.quantity
        takes: list[Taking] = []
        for batch in self._candidates(line, item):
            there = self.shelf.quantity(item.item, batch.number)
            taken = min(there, need)
            if taken > 0:
                takes.append(Taking(batch.number, taken, "allocated", frozenset({item.allocation_policy.upper()})))
                need -= taken
        if need == 0:
            return takes
        default = self.settings.default_batch
        # What lies on the default batch here is sold as any goods are; only what lacks beyond it is owed (docs/domain.md#batch-debt).
        lying = self.shelf.quantity(item.item, default) if (item.item, default) in self.shelf.default_batches_of else ZERO
        owed = max(need - max(lying, ZERO), ZERO)
        code = self._why_no_default(item, owed, self.shelf.total(item.item) - line.quantity)
        if code:
            needs_negative = code in {"NEGATIVE_NOT_ALLOWED", "LOCATION_CANNOT_GO_NEGATIVE"}
            return Failure(frozenset({code}), owed if needs_negative else need)
        self.shelf.default_batches_of.add((item.item, default))
        reasons = self._why_no_real_batch(line, item, {take.batch: take.quantity for take in takes})
        return [*takes, Taking(default, need, "default", reasons)]

    def _candidates(self, line: DecisionLine, item: Item) -> list[BatchFacts]:
        valid = [batch for batch in self._batches_here(item) if not self._misses(line, batch, ZERO)]
        # Sorting three times by one thing each: the last key sorted is the first in rank.
        valid.sort(key=lambda batch: batch.number)
        if item.allocation_policy == "batch_number":
            return valid
        valid.sort(
            key=lambda batch: self.shelf.first_received[(item.item, batch.number)],
            reverse=item.allocation_policy == "lifo",
        )
        if item.allocation_policy == "fefo":
            valid.sort(key=lambda batch: (batch.expires_on is None, batch.expires_on or date.max))
        return valid

    def _batches_here(self, item: Item) -> list[BatchFacts]:
        """Batches of the item that this warehouse ever received, placeholders aside."""
        return [
            batch
            for batch in self.shelf.batches
            if batch.item == item.item
            and (item.item, batch.number) in self.shelf.first_received
            and (item.item, batch.number) not in self.shelf.default_batches_of
        ]

    def _misses(self, line: DecisionLine, batch: BatchFacts, taken: Decimal) -> set[str]:
        misses: set[str] = set()
        if self.shelf.quantity(batch.item, batch.number) - taken <= 0:
            misses.add("STOCK_USED_UP")
        if self.shelf.first_received[(batch.item, batch.number)] > line.sold_at and not self.settings.use_received_after_sale:
            misses.add("RECEIVED_LATER")
        if batch.expires_on is not None and (
            line.business_date > batch.expires_on
            or (line.business_date == batch.expires_on and not self.settings.sellable_on_expiration_date)
        ):
            misses.add("EXPIRED")
        if batch.blocked:
            misses.add("BLOCKED")
        return misses

    def _why_no_real_batch(self, line: DecisionLine, item: Item, taken: dict[str, Decimal]) -> frozenset[str]:
        """Why no real batch serves the rest: nothing is left of it, or what is left may not be sold.

        Where batches miss in several ways the text leaves open which way counts; every true answer is allowed.
        """
        batches = self._batches_here(item)
        if not batches:
            return frozenset({"NO_BATCH"})
        found: set[str] = set()
        for batch in batches:
            misses = self._misses(line, batch, taken.get(batch.number, ZERO))
            found |= {"STOCK_USED_UP"} if "STOCK_USED_UP" in misses else misses
        return frozenset(found)

    def _why_no_default(self, item: Item, owed: Decimal, total_after: Decimal) -> str:
        if not self.settings.use_default:
            return "NO_VALID_BATCH"
        if owed and not self._negative_allowed(item):
            return "NEGATIVE_NOT_ALLOWED"
        if not self.settings.default_batch:
            return "DEFAULT_BATCH_NOT_SET"
        if self._out_of_scope(item):
            return "DEFAULT_BATCH_OUT_OF_SCOPE"
        if owed and self._plate_forbids(item):
            return "LOCATION_CANNOT_GO_NEGATIVE"
        if total_after < 0 and not self._negative_allowed(item):
            return "FINANCIAL_NEGATIVE_NOT_ALLOWED"
        return ""

    def _captured(self, line: DecisionLine, batch: str, item: Item) -> list[Taking] | Failure:
        there = self.shelf.quantity(item.item, batch)
        if there >= line.quantity:
            return [Taking(batch, line.quantity, "captured", frozenset({"CAPTURED"}))]
        if not self._negative_allowed(item):
            return Failure(frozenset({"CAPTURED_BATCH_SHORT"}), line.quantity - max(there, ZERO))
        if self._plate_forbids(item):
            # The text gives the one code for captured lines and the other for the location; either is a true answer.
            codes = frozenset({"CAPTURED_BATCH_SHORT", "LOCATION_CANNOT_GO_NEGATIVE"})
            return Failure(codes, line.quantity - max(there, ZERO))
        return [Taking(batch, line.quantity, "captured", frozenset({"CAPTURED_NEGATIVE"}))]

    def _untracked(self, line: DecisionLine, item: Item) -> list[Taking] | Failure:
        there = self.shelf.quantity(item.item, "")
        if there < line.quantity:
            if not self._negative_allowed(item):
                return Failure(frozenset({"NEGATIVE_NOT_ALLOWED"}), line.quantity - max(there, ZERO))
            if self._plate_forbids(item):
                return Failure(frozenset({"LOCATION_CANNOT_GO_NEGATIVE"}), line.quantity - max(there, ZERO))
        return [Taking("", line.quantity, "untracked", frozenset({"NOT_TRACKED"}))]

    # -- returns ---------------------------------------------------------------------------------------------------

    def _blind_return(self, line: DecisionLine, item: Item) -> list[Taking] | Failure:
        reasons = frozenset({"BLIND_RETURN"})
        if not item.batch_tracked:
            return [Taking("", line.quantity, "returned", reasons)]
        if line.captured is not None:
            return [Taking(line.captured, line.quantity, "returned", frozenset({"CAPTURED"}))]
        if not self.settings.use_default or not self.settings.default_batch:
            return Failure(frozenset({"DEFAULT_BATCH_NOT_SET"}), line.quantity)
        if self._out_of_scope(item):
            return Failure(frozenset({"DEFAULT_BATCH_OUT_OF_SCOPE"}), line.quantity)
        self.shelf.default_batches_of.add((item.item, self.settings.default_batch))
        return [Taking(self.settings.default_batch, line.quantity, "returned", reasons)]

    def _linked_return(self, line: DecisionLine, original: LineRef, item: Item) -> list[Taking] | Failure:
        taken = self.takes.get(original) or self.posted.takes.get(original)
        if not taken:
            return Failure(frozenset({"RETURN_OF_UNPOSTED_SALE"}), -line.quantity)
        need = -line.quantity
        back: list[Taking] = []
        for take in reversed(taken):
            left = take.quantity - self._returned(original, take.batch)
            part = min(left, need)
            if part > 0:
                back.append(Taking(take.batch, -part, "returned", frozenset({"LINKED_RETURN"})))
                need -= part
        if need > 0:
            return Failure(frozenset({"RETURN_EXCEEDS_SALE"}), need)
        return back

    def _returned(self, original: LineRef, batch: str) -> Decimal:
        """What earlier returns, posted or of this round, have brought back of the original line to this batch."""
        total = ZERO
        for ref, takes in self.posted.takes.items():
            if self.posted.return_of.get(ref) == original:
                total -= sum((take.quantity for take in takes if take.batch == batch), ZERO)
        for ref, takes in self.takes.items():
            if self.lines[ref].return_of == original:
                total -= sum((take.quantity for take in takes if take.batch == batch), ZERO)
        return total

    # -- flags -----------------------------------------------------------------------------------------------------

    def _negative_allowed(self, item: Item) -> bool:
        return item.negative_physical or self.shelf.warehouse.store_negative_physical

    def _both_advanced(self, item: Item) -> bool:
        return item.wms_enabled and self.shelf.warehouse.wms_enabled

    def _out_of_scope(self, item: Item) -> bool:
        return self.settings.scope == "advanced" and not self._both_advanced(item)

    def _plate_forbids(self, item: Item) -> bool:
        return self._both_advanced(item) and self.shelf.warehouse.location_plate_controlled
