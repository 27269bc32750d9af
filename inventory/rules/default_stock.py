"""Debt and credit of default batches: what is owed in a place, and what lies there (docs/domain.md#batch-debt).

On-hand of a default batch is its open credits less its open debts, and never both are open. A sale uses the oldest credit of the place, the
rest is owed. A return pays the debt of its own line, then the oldest of the place; the rest is a credit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from inventory.rules.stock import Demand, Reason


class Place(NamedTuple):
    """A default batch in a warehouse."""

    warehouse_id: int
    item_id: int
    batch_id: int


@dataclass(slots=True)
class Posting:
    """A debt or a credit of a line; `id` is None until it is written. A debt knows the instant of its sale and why no real batch served."""

    place: Place
    line_id: int
    quantity: Decimal
    open_quantity: Decimal
    business_date: date
    unit_cost: Decimal = ZERO
    id: int | None = None
    sold_at: datetime | None = None
    reason: Reason | None = None


class Use(NamedTuple):
    """A line paid so much of a debt, or took so much of a credit: what its reversal opens again."""

    posting: Posting
    is_debt: bool
    line_id: int
    quantity: Decimal
    business_date: date


@dataclass(slots=True)
class _Side:
    """Open debts, or open credits, of one place, the oldest first."""

    open: list[Posting] = field(default_factory=list)

    def use(self, quantity: Decimal, changed: list[tuple[Posting, Decimal]], line_id: int | None = None) -> Decimal:
        """Takes up to `quantity` off the oldest ones, or off those of a line; gives what is left of it."""
        for posting in self.open:
            if not quantity:
                break
            part = min(quantity, posting.open_quantity)
            if part and line_id in (None, posting.line_id):
                posting.open_quantity -= part
                quantity -= part
                changed.append((posting, part))
        self.open = [posting for posting in self.open if posting.open_quantity]
        return quantity


@dataclass(slots=True)
class DefaultStock:
    """Debts and credits of the places that a chunk touches, as they stand and as it changes them.

    `new_debts` and `new_credits` are those that lines of the chunk opened.
    """

    _debts: dict[Place, _Side] = field(default_factory=dict)
    _credits: dict[Place, _Side] = field(default_factory=dict)
    new_debts: list[Posting] = field(default_factory=list)
    new_credits: list[Posting] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)

    @classmethod
    def of(cls, debts: Iterable[Posting], credits_: Iterable[Posting]) -> "DefaultStock":
        """As it stands; both in the order in which they were opened."""
        stock = cls()
        for posting in debts:
            stock._debts.setdefault(posting.place, _Side()).open.append(posting)
        for posting in credits_:
            stock._credits.setdefault(posting.place, _Side()).open.append(posting)
        return stock

    def take(self, place: Place, need: Demand, quantity: Decimal, unit_cost: Decimal, reason: Reason | None = None) -> Decimal:
        """A sale takes from the default batch; gives what of it is owed."""
        used: list[tuple[Posting, Decimal]] = []
        owed = self._credits.setdefault(place, _Side()).use(quantity, used)
        self._keep(used, need, is_debt=False)
        if owed:
            debt = Posting(place, need.line_id, owed, owed, need.day, unit_cost, sold_at=need.at, reason=reason)
            self.new_debts.append(debt)
            self._debts.setdefault(place, _Side()).open.append(debt)
        return owed

    def come_back(self, place: Place, need: Demand, quantity: Decimal) -> None:
        """A return brings something to the default batch."""
        debts = self._debts.setdefault(place, _Side())
        paid: list[tuple[Posting, Decimal]] = []
        if need.return_of is not None:
            quantity = debts.use(quantity, paid, need.return_of)
        left = debts.use(quantity, paid)
        self._keep(paid, need, is_debt=True)
        if left:
            credit = Posting(place, need.line_id, left, left, need.day)
            self.new_credits.append(credit)
            self._credits.setdefault(place, _Side()).open.append(credit)

    def _keep(self, changed: Iterable[tuple[Posting, Decimal]], need: Demand, *, is_debt: bool) -> None:
        self.uses += [Use(posting, is_debt, need.line_id, part, need.day) for posting, part in changed]

    @property
    def paid(self) -> dict[int, Decimal]:
        """What is still open of debts that were open before and were paid, by id."""
        return self._left(is_debt=True)

    @property
    def used(self) -> dict[int, Decimal]:
        """What is still open of credits that were open before and were used, by id."""
        return self._left(is_debt=False)

    def _left(self, *, is_debt: bool) -> dict[int, Decimal]:
        postings = (use.posting for use in self.uses if use.is_debt is is_debt)
        return {posting.id: posting.open_quantity for posting in postings if posting.id is not None}
