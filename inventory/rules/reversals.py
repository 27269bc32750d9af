"""Taking movements back: what stock, its cost, and debt and credit of default batches are without them (docs/domain.md#reversals).

Debts and credits become what they were: those that the lines opened are gone, those that the lines used are open again. Where something
later had used one that is gone, it does what it would have done without: goods that came back pay the oldest other debt, or lie there as
credit of their line; goods that were taken use the oldest other credit, or are owed by their line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.problems import Code, Problem, register
from inventory.rules.default_stock import Place

register(
    Code(
        "STOCK_TAKEN_SINCE",
        "posting",
        "Taking the document back would take goods out of stock that left it since, and the stock may not become negative.",
        "Reverse what took them first, or register the goods that are missing; then reverse again.",
        "Item {item}, batch {batch}, in warehouse {warehouse}: {missing} {unit} that {document} brought in left since; reverse what took "
        "them first, or register the missing goods.",
    ),
)

register(
    Code(
        "DEBT_SETTLED",
        "posting",
        "What the document sold on the default batch was paid back by real batches since.",
        "Undo the settlement first (undo_settlement), then reverse.",
        "What {document} sold on the default batch was paid back by settlement {settlement}; undo that first "
        "(undo_settlement {settlement} --reason R).",
    ),
)

Source = tuple[int, int]


class TakenBack(NamedTuple):
    """A movement, or a part of one, that is taken back: quantity and cost as they were moved.

    `key` is what the new movement has as its source under the kind of the reversal; `line` is the source (kind, id) of the debts and
    credits that the movement made.
    """

    key: int
    warehouse_id: int
    item_id: int
    batch_id: int | None
    quantity: Decimal
    cost_amount: Decimal
    date: date
    line: Source


@dataclass(slots=True)
class OpenPosting:
    """A debt or a credit as it stands; `id` is None until it is written, `is_gone` when it is to be deleted."""

    place: Place
    is_debt: bool
    source: Source
    quantity: Decimal
    open_quantity: Decimal
    business_date: date
    id: int | None = None
    unit_cost: Decimal = ZERO
    is_gone: bool = False
    is_changed: bool = False


@dataclass(slots=True)
class PostingUse:
    """A line used so much of a posting; `id` is None until it is written."""

    posting: OpenPosting
    source: Source
    quantity: Decimal
    business_date: date
    id: int | None = None


@dataclass(slots=True)
class DefaultStockUndone:
    """Debts and credits without the lines that are taken back: what changes, what is gone, what comes."""

    postings: list[OpenPosting] = field(default_factory=list)
    gone_uses: list[int] = field(default_factory=list)
    new_uses: list[PostingUse] = field(default_factory=list)

    @property
    def changed(self) -> list[OpenPosting]:
        """Those that are there and stay, with another quantity."""
        return [posting for posting in self.postings if posting.id is not None and posting.is_changed and not posting.is_gone]

    @property
    def gone(self) -> list[OpenPosting]:
        """Those that are no more."""
        return [posting for posting in self.postings if posting.is_gone and posting.id is not None]

    @property
    def new(self) -> list[OpenPosting]:
        """Those that come in their place."""
        return [posting for posting in self.postings if posting.id is None and not posting.is_gone]


def undo_default_stock(
    lines: Mapping[Source, date], stock_after: Mapping[Place, Decimal], postings: Sequence[OpenPosting], uses: Sequence[PostingUse]
) -> DefaultStockUndone:
    """Debts and credits of the places as they are without the lines (with their dates), whose movements leave `stock_after` there.

    `postings` are all that are open in the places, those that the lines opened and those that they used; `uses` those that the lines
    made and those of what they opened.
    """
    undone = DefaultStockUndone(list(postings))
    displaced: list[PostingUse] = []
    for posting in postings:
        if posting.source in lines:
            posting.is_gone, posting.open_quantity = True, ZERO
    for use in uses:
        if use.source in lines:
            if not use.posting.is_gone:
                use.posting.open_quantity += use.quantity
                use.posting.is_changed = True
        elif use.posting.is_gone:
            displaced.append(use)
        else:
            continue
        if use.id is not None:
            undone.gone_uses.append(use.id)
    for place, after in stock_after.items():
        own = _Place(place, [posting for posting in undone.postings if posting.place == place and not posting.is_gone], undone)
        for use in sorted((use for use in displaced if use.posting.place == place), key=lambda use: (use.business_date, use.source)):
            own.redo(use.source, use.quantity, use.business_date, came_back=use.posting.is_debt, unit_cost=use.posting.unit_cost)
        own.settle(after, *min(lines.items()))
    return undone


@dataclass(slots=True)
class _Place:
    place: Place
    postings: list[OpenPosting]
    undone: DefaultStockUndone

    def redo(self, source: Source, quantity: Decimal, day: date, *, came_back: bool, unit_cost: Decimal) -> None:
        """A line that used what is gone does without it: uses the oldest of the same kind, or opens the other kind for itself."""
        left = self._use(quantity, is_debt=came_back, by=(source, day))
        if left:
            self._open(source, left, day, is_debt=not came_back, unit_cost=unit_cost)

    def settle(self, after: Decimal, source: Source, day: date) -> None:
        """Debts and credits come to what lies there, and never both; uses that were not kept once are made up for here."""
        surplus = after - self._sum(is_debt=False) + self._sum(is_debt=True)
        if surplus and (left := self._use(abs(surplus), is_debt=surplus > 0)):
            self._open(source, left, day, is_debt=surplus < 0)
        self._pay_debts_with_credits()

    def _pay_debts_with_credits(self) -> None:
        """What is open on both sides: the goods that lie there pay, as if they had come back only now."""
        for credit in self._of(is_debt=False):
            left = self._use(credit.open_quantity, is_debt=True, by=(credit.source, credit.business_date))
            part = credit.open_quantity - left
            if not part:
                break
            credit.quantity -= part
            credit.open_quantity -= part
            credit.is_changed = True
            credit.is_gone = not credit.quantity

    def _of(self, *, is_debt: bool) -> Iterable[OpenPosting]:
        found = [posting for posting in self.postings if posting.is_debt is is_debt and posting.open_quantity > 0]
        return sorted(found, key=lambda posting: (posting.business_date, posting.id is None, posting.id or 0))

    def _sum(self, *, is_debt: bool) -> Decimal:
        return sum((posting.open_quantity for posting in self._of(is_debt=is_debt)), ZERO)

    def _use(self, quantity: Decimal, *, is_debt: bool, by: tuple[Source, date] | None = None) -> Decimal:
        """Takes up to `quantity` off the oldest; gives what is left of it."""
        for posting in self._of(is_debt=is_debt):
            part = min(quantity, posting.open_quantity)
            if not part:
                break
            posting.open_quantity -= part
            posting.is_changed = True
            quantity -= part
            if by is not None:
                self.undone.new_uses.append(PostingUse(posting, by[0], part, by[1]))
        return quantity

    def _open(self, source: Source, quantity: Decimal, day: date, *, is_debt: bool, unit_cost: Decimal = ZERO) -> None:
        """A line has one debt and one credit of a place: it grows where it is there."""
        for posting in self.undone.postings:
            if (posting.place, posting.is_debt, posting.source) == (self.place, is_debt, source) and not posting.is_gone:
                posting.quantity += quantity
                posting.open_quantity += quantity
                posting.is_changed = True
                return
        new = OpenPosting(self.place, is_debt, source, quantity, quantity, day, unit_cost=unit_cost)
        self.undone.postings.append(new)
        self.postings.append(new)


class StockBefore(NamedTuple):
    """An on-hand row that a reversal changes, as it stands."""

    row_id: int
    physical: Decimal
    negative_allowed: bool
    is_default: bool


def missing_stock(change: Decimal, before: StockBefore, *, may_be_negative: bool) -> Decimal:
    """How much of what is to be taken out has left since; zero where the stock may become negative or does not."""
    after = before.physical + change
    if change >= 0 or after >= 0 or may_be_negative or (before.is_default and before.negative_allowed):
        return ZERO
    return min(-after, -change)


def stock_taken_since(document: str, item: str, batch: str, warehouse: str, missing: Decimal, unit: str) -> Problem:
    """The document cannot be taken back, because what it brought has left."""
    said = {"document": document, "item": item, "batch": batch or "-", "warehouse": warehouse}
    return Problem("STOCK_TAKEN_SINCE", {**said, "missing": missing.normalize(), "unit": unit})
