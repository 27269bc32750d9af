"""What a receipt line may do to its batch, and what it does to the moving average."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from core.lib.problems import Problem
from inventory.rules.file_columns import ReceiptRow, expiry_of

AVAILABLE = "available"
ZERO = Decimal(0)

_UNIT_COST = Decimal("0.000001")
_WIDE = Context(prec=60)


@dataclass(slots=True)
class BatchCard:
    """A batch as receipts see it; `id` is None while it is to be made. `filled` says that empty dates were filled in."""

    id: int | None
    manufactured_on: date | None
    expires_on: date | None
    disposition: str
    is_default_batch: bool = False
    filled: bool = False


@dataclass(slots=True)
class BatchCards:
    """The batches that the lines of one run name, by (item, number); lines are taken in the order of the file."""

    cards: dict[tuple[str, str], BatchCard] = field(default_factory=dict)

    def receive(self, row: ReceiptRow, shelf_life_days: int | None) -> Problem | None:
        """Makes the batch of the line, or fills in dates that it lacks; a problem, and no change, when the line contradicts the batch."""
        key = (row.item, row.batch)
        expires_on = expiry_of(row.expires_on, row.manufactured_on, shelf_life_days)
        card = self.cards.get(key)
        if card is None:
            self.cards[key] = BatchCard(None, row.manufactured_on, expires_on, row.disposition or AVAILABLE)
            return None
        if card.is_default_batch:
            return Problem(
                "CONFLICT", f"Batch {row.batch} of item {row.item} is the default batch; give the goods a batch number of their own."
            )
        given = (
            ("manufactured_on", row.manufactured_on, card.manufactured_on),
            ("expires_on", row.expires_on, card.expires_on),
            ("disposition", row.disposition or None, card.disposition),
        )
        for name, new, old in given:
            if new is not None and old is not None and new != old:
                return Problem(
                    "CONFLICT",
                    f"Batch {row.batch} of item {row.item} has {name} {old}, the receipt says {new}; correct the receipt or the batch.",
                )
        new_dates = (card.manufactured_on or row.manufactured_on, card.expires_on or expires_on)
        if new_dates[0] and new_dates[1] and new_dates[1] < new_dates[0]:
            return Problem(
                "CONFLICT",
                f"Batch {row.batch} of item {row.item} would expire on {new_dates[1]} and be made on {new_dates[0]}; correct the dates.",
            )
        if new_dates != (card.manufactured_on, card.expires_on):
            card.manufactured_on, card.expires_on = new_dates
            card.filled = True
        return None


def moving_average(cost: Decimal, stock: Decimal, receipts: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Unit cost after (quantity, unit cost) receipts; stock below zero counts as none, so a receipt into it brings its own cost."""
    for quantity, unit_cost in receipts:
        held = max(stock, ZERO)
        value = _WIDE.add(_WIDE.multiply(held, cost), _WIDE.multiply(quantity, unit_cost))
        cost = _WIDE.divide(value, held + quantity).quantize(_UNIT_COST, ROUND_HALF_UP, context=_WIDE)
        stock += quantity
    return cost
