"""What goods cost, followed step by step: receipts in the order of their moments, sales at today's cost, returns at the cost of their sale.

Stock of an item in a warehouse is worth quantity times unit cost, half up to the smallest amount of the currency, and nothing when it is
used up; a movement costs the difference of two such values (docs/domain.md#cost).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

from tests.oracle.recount.books import ADJUSTED, JOURNAL, RECEIVED, SOLD, Books, Key, Part, line_of, parts_of_lines, sums, unlike
from tests.oracle.recount.documents import rounded
from tests.oracle.recount.history import ZERO, JournalLine, Known, News, Receipt
from tests.oracle.recount.steps import LineKey, Posting, Settlements, Step, TakingBack

# Unit costs are kept this fine, so that a half cent is the same half cent everywhere.
FINEST = Decimal("0.000000000001")
Place = tuple[str, str]
# What journals are booked against, by kind.
AGAINST = {
    "adjustment": "inventory adjustments",
    "count": "inventory adjustments",
    "write_off": "goods written off",
    "supplier_return": "goods received",
}


@dataclass
class Worth:
    """Stock of an item in a warehouse: how much, what it is worth, what one of it costs; and what was booked because of it."""

    moving_average: bool
    unit_cost: Fraction
    unit: Decimal
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    received: Decimal = ZERO
    sold: Decimal = ZERO
    adjusted: Decimal = ZERO
    paid: Decimal = ZERO
    # What movements of journals cost, and that by the account that it is booked against.
    journaled: Decimal = ZERO
    against: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    # Receipts since anything else moved, and what was before them: they count by their instants, in whatever files they come.
    together: list[Receipt] = field(default_factory=list)
    before: tuple[Decimal, Decimal, Fraction, Decimal, Decimal, Decimal] | None = None

    def should(self) -> Decimal:
        return rounded(Fraction(self.quantity) * self.unit_cost, self.unit)

    def average(self) -> None:
        self.unit_cost = Fraction(rounded(Fraction(self.value) / Fraction(self.quantity), FINEST))

    def receive_by_instant(self, receipt: Receipt) -> None:
        """Takes in goods; those that came in since the last other movement are taken in again, in order of their instants."""
        if self.before is None:
            self.before = (self.quantity, self.value, self.unit_cost, self.received, self.adjusted, self.paid)
        self.quantity, self.value, self.unit_cost, self.received, self.adjusted, self.paid = self.before
        self.together = sorted([*self.together, receipt], key=lambda row: (row.received_at, row.key[0], int(row.key[1])))
        for one in self.together:
            self.receive(one)

    def close_receipts(self) -> None:
        """Something else moves: what came in so far keeps its cost."""
        self.together, self.before = [], None

    def receive(self, receipt: Receipt) -> None:
        amount = rounded(Fraction(receipt.quantity) * Fraction(receipt.unit_cost), self.unit)
        short = self.quantity < 0
        self.paid += amount
        self.quantity += receipt.quantity
        if not self.moving_average:
            self.received += self.should() - self.value
            self.value = self.should()
            return
        self.received += amount
        self.value += amount
        if short:
            # What was issued below zero costs what the goods cost that now come for it.
            self.unit_cost = Fraction(receipt.unit_cost)
            self.settle()
        else:
            self.average()

    def issue(self, quantity: Decimal) -> Decimal:
        """Goods leave at today's cost, or come back at it (negative)."""
        self.close_receipts()
        before = self.value
        self.quantity -= quantity
        self.value = self.should()
        self.sold += self.value - before
        return before - self.value

    def take_back(self, quantity: Decimal, cost: Decimal) -> None:
        """Goods come back at the cost that they left with."""
        self.close_receipts()
        short = self.quantity < 0
        self.quantity += quantity
        self.value += cost
        self.sold += cost
        if self.moving_average and not short:
            self.average()
            return
        if self.moving_average and self.quantity > 0:
            self.unit_cost = Fraction(rounded(Fraction(cost) / Fraction(quantity), FINEST))
        self.settle()

    def journal(self, quantity: Decimal, account: str = "") -> Decimal:
        """Goods change at today's cost; gives what that does to the value."""
        cost = -self.issue(-quantity)
        self.sold -= cost
        self.journaled += cost
        if account:
            self.against[account] += cost
        return cost

    def arrive(self, quantity: Decimal, cost: Decimal) -> None:
        """Goods come from another warehouse at the cost that they left it with."""
        self.take_back(quantity, cost)
        self.sold -= cost
        self.journaled += cost

    def correct(self, quantity: Decimal, amount: Decimal) -> None:
        """A receipt brought more, or (negative) less, for what it says that this cost."""
        self.close_receipts()
        short = self.quantity < 0
        self.quantity += quantity
        self.against["goods received"] += amount
        if not self.moving_average:
            into = self.should() - self.value
            self.against["price variance"] += into - amount
            self.value += into
            self.journaled += into
            return
        self.value += amount
        self.journaled += amount
        if not short and self.quantity > 0 and self.value >= 0:
            self.average()
        else:
            self.settle()

    def undo(self, quantity: Decimal, cost: Decimal) -> None:
        """What was posted is taken back as it was posted: it had this quantity and cost, which come back (or go, below zero)."""
        self.close_receipts()
        self.quantity += quantity
        self.value += cost
        self.sold += cost
        if self.should() == self.value:
            return
        if self.moving_average and self.quantity > 0 and self.value >= 0:
            self.average()
        else:
            self.settle()

    def settle(self) -> None:
        """The value becomes what the quantity costs; the rest is an adjustment."""
        self.adjusted += self.should() - self.value
        self.value = self.should()

    def revalue(self, standard_cost: Decimal, moving_average: bool) -> None:
        if self.moving_average and moving_average:
            # A standard cost says nothing about an average; receipts go on counting by their instants.
            return
        self.close_receipts()
        self.moving_average = moving_average
        if not moving_average:
            self.unit_cost = Fraction(standard_cost)
            self.settle()
        elif self.quantity > 0:
            self.average()


class Valuation:
    """All stock of all warehouses, along the steps."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.worth: dict[Place, Worth] = {}
        self.posted: dict[LineKey, Counter[Part]] = defaultdict(Counter)
        # Stock by place and batch, and what corrections left of receipts.
        self.shelf: dict[Key, Decimal] = defaultdict(Decimal)
        self.left_of: dict[Receipt, Decimal] = {}
        # What a sold line took of a batch and what that cost, less what came back.
        self.left: dict[LineKey, dict[str, tuple[Decimal, Decimal]]] = defaultdict(dict)
        # What a unit of a sold line cost, and what of it was settled: default batch, real batch, quantity.
        self.unit_cost: dict[LineKey, Decimal] = {}
        self.settled: dict[LineKey, list[tuple[str, str, Decimal]]] = {}
        # The same by warehouse, item, default batch and real batch, credits negative: what stock by batch was changed by.
        self.shelved: Mapping[Key, Decimal] = {}
        # What each line booked of a batch: quantity and cost, returns negative.
        self.booked: dict[tuple[LineKey, Part], Decimal] = {}

    def at(self, place: Place) -> Worth:
        if place not in self.worth:
            standard_cost = Fraction(self.known.items[place[1]].standard_cost)
            self.worth[place] = Worth(self.known.is_averaged(place[1]), standard_cost, self.known.smallest_amount(place[0]))
        return self.worth[place]

    def follow(self, step: Step, news: News) -> None:
        """What a step changes: goods that came in, costs that were set, lines that were posted."""
        for code in news.items:
            for (_, item), worth in self.worth.items():
                if item == code:
                    worth.revalue(self.known.items[code].standard_cost, self.known.is_averaged(code))
        for receipt in sorted(news.receipts, key=lambda row: (row.received_at, row.key[0], int(row.key[1]))):
            self.at((receipt.warehouse, receipt.item)).receive_by_instant(receipt)
            self.shelf[receipt.warehouse, receipt.item, receipt.batch] += receipt.quantity
        for line in news.journals:
            self._journal(line)
        if isinstance(step, Posting):
            self._post(step)
        elif isinstance(step, Settlements):
            self.settled = {}
            self._shelve(
                sums([row for row in step.rows if row["undone"] == "false"], "quantity", "warehouse", "item", "from_batch", "to_batch")
            )
            for row in step.rows:
                if row["undone"] == "false" and Decimal(row["quantity"]) > 0:
                    part = (row["from_batch"], row["to_batch"], Decimal(row["quantity"]))
                    self.settled.setdefault(line_of(row, self.known), []).append(part)
        elif isinstance(step, TakingBack):
            self._take_back(step)

    def _shelve(self, settled: Mapping[Key, Decimal]) -> None:
        """What is settled now and was not, or was and is not: the default batch gets it from the real one."""
        for key in settled.keys() | self.shelved.keys():
            warehouse, item, default, real = key
            change = settled.get(key, ZERO) - self.shelved.get(key, ZERO)
            self.shelf[warehouse, item, default] += change
            self.shelf[warehouse, item, real] -= change
        self.shelved = settled

    def _journal(self, line: JournalLine) -> None:
        worth, place = self.at((line.warehouse, line.item)), (line.warehouse, line.item, line.batch)
        change = line.quantity
        match line.kind:
            case "transfer":
                change = -change
                self.at((line.to_warehouse, line.item)).arrive(-change, -worth.journal(change))
                self.shelf[line.to_warehouse, line.item, line.batch] -= change
            case "receipt_correction":
                assert line.receipt is not None
                receipt = self.known.receipts[self.known.entity_of[line.warehouse], *line.receipt]
                left = self.left_of.get(receipt, receipt.quantity)
                self.left_of[receipt] = left + change
                before, after = (rounded(Fraction(some) * Fraction(receipt.unit_cost), worth.unit) for some in (left, left + change))
                worth.correct(change, after - before)
            case "count":
                change -= self.shelf[place]
                worth.journal(change, AGAINST["count"])
            case kind:
                worth.journal(change, AGAINST[kind])
        self.shelf[place] += change
        self.known.changes[line] = change

    def _post(self, step: Posting) -> None:
        now = {**parts_of_lines(step.allocations, self.known), **parts_of_lines(step.order_allocations, self.known)}
        fresh: list[tuple[LineKey, Part]] = []
        for line, parts in now.items():
            if line[0] not in self.known.orders and line[:3] not in self.known.documents:
                continue
            counted = Counter(parts)
            fresh += [(line, part) for part in (counted - self.posted[line]).elements()]
            for warehouse, item, batch, quantity in (counted - self.posted[line]).elements():
                self.shelf[warehouse, item, batch] -= quantity
            self.posted[line] = counted
        sold_now = {line for line, part in fresh if part[3] > 0}
        for line, part in sorted(fresh, key=lambda one: self._seat(one[0], one[1], sold_now)):
            self._move(line, part)

    def _take_back(self, step: TakingBack) -> None:
        """What is no longer allocated was reversed: each place gets back what its lines booked."""
        now = {**parts_of_lines(step.allocations, self.known), **parts_of_lines(step.order_allocations, self.known)}
        undone: dict[Place, tuple[Decimal, Decimal]] = {}
        gone: list[tuple[LineKey, Part]] = []
        for line, parts in self.posted.items():
            gone += [(line, part) for part in (parts - Counter(now.get(line, ()))).elements()]
            self.posted[line] = parts & Counter(now.get(line, ()))
        # What came back first: its sale may be among them.
        for line, part in sorted(gone, key=lambda one: one[1][3] > 0):
            warehouse, item, batch, quantity = part
            cost = self.booked.pop((line, part))
            self.shelf[warehouse, item, batch] += quantity
            before = undone.get((warehouse, item), (ZERO, ZERO))
            undone[warehouse, item] = (before[0] + quantity, before[1] + cost)
            original = self._original(line)
            if quantity < 0 and original is not None:
                left = self.left[original].get(batch, (ZERO, ZERO))
                self.left[original][batch] = (left[0] - quantity, left[1] - cost)
            elif quantity > 0:
                self.left[line].pop(batch, None)
        # A delivery is taken back by one with the other sign.
        for line, allocated in now.items():
            for part in (Counter(allocated) - self.posted[line]).elements() if len(line) == 2 else ():
                warehouse, item, batch, quantity = part
                cost = self.booked[line, (warehouse, item, batch, -quantity)]
                self.shelf[warehouse, item, batch] -= quantity
                before = undone.get((warehouse, item), (ZERO, ZERO))
                undone[warehouse, item] = (before[0] - quantity, before[1] + cost)
                self.left[line].pop(batch, None)
                self.posted[line][part] += 1
        for place, (quantity, cost) in undone.items():
            self.at(place).undo(quantity, cost)

    def _seat(self, line: LineKey, part: Part, sold_now: set[LineKey]) -> tuple[object, ...]:
        """By day: returns of what was sold before, captured batches, then the rest as it was sold; a return follows a sale of its day."""
        day, at, captured = self._when(line)
        original = self._original(line)
        if part[3] < 0 and original in sold_now and self._when(original)[0] == day:
            return (day, part[1], 2, max(at, self._when(original)[1]), 1, line)
        return (day, part[1], 0 if part[3] < 0 else 1 if captured else 2, at, 0, line)

    def _when(self, line: LineKey) -> tuple[date, datetime, bool]:
        if len(line) == 2:
            order = self.known.orders[line[0]]
            return order.ordered_at.date(), order.ordered_at.astimezone(UTC), False
        document = self.known.documents[line[:3]]
        captured = any(str(row.number) == line[3] and row.batch is not None for row in document.lines)
        return self.known.business_date(document), document.sold_at, captured

    def _original(self, line: LineKey) -> LineKey | None:
        if len(line) == 2:
            back = self.known.orders[line[0]].return_of.get(int(line[1]))
            return (back[0], str(back[1])) if back else None
        ref = next(row.return_of for row in self.known.documents[line[:3]].lines if str(row.number) == line[3])
        return (ref.store, ref.terminal, ref.number, str(ref.line)) if ref else None

    def _move(self, line: LineKey, part: Part) -> None:
        warehouse, item, batch, quantity = part
        worth = self.at((warehouse, item))
        original = self._original(line)
        if quantity < 0 and original is not None:
            whole, cost = self._left_of(original, worth.unit).get(batch, (ZERO, ZERO))
            back = cost if -quantity == whole or not whole else rounded(Fraction(cost) * Fraction(-quantity) / Fraction(whole), worth.unit)
            before = self.left[original].get(batch, (ZERO, ZERO))
            self.left[original][batch] = (before[0] + quantity, before[1] - back)
            self.booked[line, part] = -back
            worth.take_back(-quantity, back)
            return
        cost = worth.issue(quantity)
        self.booked[line, part] = cost
        if quantity > 0:
            before = self.left[line].get(batch, (ZERO, ZERO))
            self.left[line][batch] = (before[0] + quantity, before[1] + cost)
            self.unit_cost[line] = rounded(worth.unit_cost, Decimal("0.000001"))

    def _left_of(self, line: LineKey, unit: Decimal) -> dict[str, tuple[Decimal, Decimal]]:
        """What is left of a sold line by batch, with its cost: settled units with their real batch, each at what a unit cost.

        What a batch has below nothing, because units came back before they were settled or before that was undone, is off the others.
        """
        left = dict(self.left[line])
        for default, batch, quantity in self.settled.get(line, ()):
            cost = rounded(Fraction(quantity) * Fraction(self.unit_cost[line]), unit)
            before, after = left.get(default, (ZERO, ZERO)), left.get(batch, (ZERO, ZERO))
            left.pop(default, None)
            left[batch] = (after[0] + quantity, after[1] + cost)
            left[default] = (before[0] - quantity, before[1] - cost)
        while short := next((batch for batch, (quantity, cost) in left.items() if quantity < 0 or (not quantity and cost)), None):
            quantity, cost = left.pop(short)
            last = next((batch for batch in reversed(left) if left[batch][0] > 0), None)
            if last is not None:
                left[last] = (left[last][0] + quantity, left[last][1] + cost)
        return left

    # -- what must stand on the books ------------------------------------------------------------------------------

    def differences(self, books: Books) -> list[str]:
        """Costs of movements by what they come from, and what stock is worth by them."""
        value: dict[Key, Decimal] = {place: worth.value for place, worth in self.worth.items()}
        found = sums(books.of("inventory-transactions"), "cost_amount", "warehouse", "item")
        wrong = unlike("value of stock", value, found)
        for words, kinds, name in (
            ("cost of receipts", (RECEIVED,), "received"),
            ("cost of sales", SOLD, "sold"),
            ("cost adjustments", (ADJUSTED,), "adjusted"),
            ("cost of journals", (JOURNAL,), "journaled"),
        ):
            expected: dict[Key, Decimal] = {place: getattr(worth, name) for place, worth in self.worth.items()}
            wrong += unlike(words, expected, sums(books.movements(*kinds), "cost_amount", "warehouse", "item"))
        return wrong

    def accounts(self) -> dict[str, Decimal]:
        """Balances of the accounts that goods move: debits less credits."""
        all_of = list(self.worth.values())
        received = sum((worth.received for worth in all_of), ZERO)
        paid = sum((worth.paid for worth in all_of), ZERO)
        against: dict[str, Decimal] = defaultdict(Decimal)
        for worth in all_of:
            for account, amount in worth.against.items():
                against[account] += amount
        return {
            "inventory": sum((worth.value for worth in all_of), ZERO),
            "goods received": -paid - against["goods received"],
            "price variance": paid - received - against["price variance"],
            "inventory adjustments": -against["inventory adjustments"],
            "goods written off": -against["goods written off"],
            "cost of goods": -sum((worth.sold for worth in all_of), ZERO),
            "cost adjustments": -sum((worth.adjusted for worth in all_of), ZERO),
        }
