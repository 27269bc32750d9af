"""What stock of one item in one warehouse is worth: standard cost or moving average, to the unit of the currency (docs/domain.md#cost).

The value is always the quantity times the unit cost, rounded to the decimals of the company's currency; what a movement costs is the
difference of two such values. So movements add up to the value, and the value is zero where stock is zero, however often something was
rounded on the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from core.lib.decimals import ZERO

# Fine enough for quantity times unit cost to give back the value to the last decimal, up to a thousand million units.
_UNIT_COST = Decimal("0.000000000001")
_WIDE = Context(prec=60)


class AdjustmentReason(StrEnum):
    """Why the value of stock changed although nothing moved."""

    STANDARD_CHANGED = "standard_changed"
    ISSUED_BELOW_ZERO = "issued_below_zero"
    RETURNED_AT_ITS_COST = "returned_at_its_cost"
    REVERSED_AT_ITS_COST = "reversed_at_its_cost"

    RECEIPT_CORRECTED = "receipt_corrected"
    TRANSFERRED = "transferred"


class ReceiptCost(NamedTuple):
    """What a receipt does: the goods cost `amount`, `value` goes into stock, `variance` is paid above standard cost, `adjustment` revalues
    earlier issues.
    """

    amount: Decimal
    value: Decimal
    variance: Decimal
    adjustment: Decimal


def worth(quantity: Decimal, unit_cost: Decimal, decimals: int = 2) -> Decimal:
    """Value of a quantity, rounded half up to the decimals of the currency; the sign follows the quantity."""
    return _WIDE.multiply(quantity, unit_cost).quantize(_smallest(decimals), ROUND_HALF_UP, context=_WIDE)


@cache
def _smallest(decimals: int) -> Decimal:
    """The smallest amount of a currency."""
    return Decimal(1).scaleb(-decimals)


def share_of(amount: Decimal, part: Decimal, whole: Decimal, decimals: int = 2) -> Decimal:
    """The share of `part` in an amount that belongs to `whole`, to the decimals of the currency; all of it for the whole."""
    if part == whole:
        return amount
    return _WIDE.divide(_WIDE.multiply(amount, part), whole).quantize(_smallest(decimals), ROUND_HALF_UP, context=_WIDE)


@dataclass(slots=True)
class PoolCost:
    """Quantity, value and unit cost of one (warehouse, item); each method moves all three and gives what is to be booked.

    `decimals` are those of the currency that the warehouse's company keeps books in.
    """

    quantity: Decimal
    value: Decimal
    unit_cost: Decimal
    moving_average: bool
    decimals: int = 2

    def worth_of(self, quantity: Decimal) -> Decimal:
        """What a quantity is worth at today's cost."""
        return worth(quantity, self.unit_cost, self.decimals)

    def issue(self, quantity: Decimal) -> Decimal:
        """Cost of a quantity that leaves at today's cost; a negative one comes back at it (blind return) and costs less than nothing."""
        self.quantity -= quantity
        before, self.value = self.value, self.worth_of(self.quantity)
        return before - self.value

    def take_back(self, quantity: Decimal, cost: Decimal) -> Decimal:
        """Takes back a quantity at the cost that it left with; gives the adjustment that then brings the value to what stock costs.

        Stock that comes back to standard cost is worth the standard of today. Stock below zero stays valued as it was issued.
        """
        before = self.quantity
        self.quantity += quantity
        if self.moving_average and before >= 0:
            self.value += cost
            self._average()
            return ZERO
        if self.moving_average and self.quantity > 0:
            self.unit_cost = _WIDE.divide(cost, quantity).quantize(_UNIT_COST, ROUND_HALF_UP, context=_WIDE)
        return self._adjust(cost)

    def receive(self, quantity: Decimal, unit_price: Decimal) -> ReceiptCost:
        """Takes in goods of a price.

        Moving average: what was issued below zero is worth what the goods cost that now come for it.
        """
        before, amount = self.quantity, worth(quantity, unit_price, self.decimals)
        self.quantity += quantity
        if not self.moving_average:
            value, self.value = self.value, self.worth_of(self.quantity)
            into_stock = self.value - value
            return ReceiptCost(amount, into_stock, amount - into_stock, ZERO)
        if before >= 0:
            self.value += amount
            self._average()
            return ReceiptCost(amount, amount, ZERO, ZERO)
        self.unit_cost = unit_price
        return ReceiptCost(amount, amount, ZERO, self._adjust(amount))

    def reverse(self, quantity: Decimal, cost: Decimal) -> Decimal:
        """Undoes movements: their quantity and cost, with the other sign, come on top; gives the adjustment that is then needed.

        What stock costs stays where that is what it was worth before. Else a moving average follows what lies there, and other stock is
        worth what it costs today.
        """
        self.quantity += quantity
        value = self.value + cost
        if value == self.worth_of(self.quantity):
            self.value = value
            return ZERO
        if self.moving_average and self.quantity > 0 and value >= 0:
            self.value = value
            self._average()
            return ZERO
        return self._adjust(cost)

    def correct_receipt(self, quantity: Decimal, amount: Decimal) -> ReceiptCost:
        """More goods of a receipt, or (negative) some that are taken out of it again, for `amount`: what they cost on the receipt.

        Moving average: where what stays would be worth less than nothing, or nothing stays, it keeps today's cost.
        """
        before = self.quantity
        self.quantity += quantity
        if not self.moving_average:
            value, self.value = self.value, self.worth_of(self.quantity)
            into_stock = self.value - value
            return ReceiptCost(amount, into_stock, amount - into_stock, ZERO)
        if before >= 0 and self.quantity > 0 and self.value + amount >= 0:
            self.value += amount
            self._average()
            return ReceiptCost(amount, amount, ZERO, ZERO)
        return ReceiptCost(amount, amount, ZERO, self._adjust(amount))

    def revalue(self, standard_cost: Decimal, moving_average: bool) -> Decimal:
        """Follows a new standard cost or another costing method; gives the adjustment."""
        if moving_average:
            self.moving_average = True
            if self.quantity > 0:
                self._average()
            return ZERO
        self.moving_average = False
        self.unit_cost = standard_cost
        return self._adjust(ZERO)

    def _average(self) -> None:
        self.unit_cost = _WIDE.divide(self.value, self.quantity).quantize(_UNIT_COST, ROUND_HALF_UP, context=_WIDE)

    def _adjust(self, moved: Decimal) -> Decimal:
        """The value becomes what the quantity costs; gives what that is beside the amount that was moved."""
        before, self.value = self.value, self.worth_of(self.quantity)
        return self.value - before - moved


class Arrival(NamedTuple):
    """Goods that came in, in the order in which they count: by instant, then receipt and line."""

    received_at: datetime
    receipt: str
    line: int
    quantity: Decimal
    unit_price: Decimal


@dataclass(slots=True)
class Arrived:
    """What came in since goods last moved otherwise, and the value that it added to stock with its adjustments."""

    arrivals: list[Arrival]
    value: Decimal = ZERO


def receive_in_order(cost: PoolCost, booked: Arrived, new: Sequence[Arrival]) -> list[ReceiptCost]:
    """Takes in goods, `new` in their order; gives what each of them does.

    Moving average: what was issued below zero is caught up by the goods that came first, though they were imported last. So as long as
    nothing else moved since, the receipts count as if all had been imported in the order of their instants; the last of the new ones
    brings the adjustment. Once goods were issued from what was known, they keep that cost.
    """
    below_zero = cost.quantity - sum((arrival.quantity for arrival in booked.arrivals), ZERO)
    if not cost.moving_average or below_zero >= 0 or max(booked.arrivals, default=new[0]) <= new[0]:
        return [cost.receive(arrival.quantity, arrival.unit_price) for arrival in new]
    amounts = [worth(arrival.quantity, arrival.unit_price, cost.decimals) for arrival in new]
    before = cost.value
    cost.quantity, cost.value = below_zero, before - booked.value
    for arrival in sorted([*booked.arrivals, *new]):
        cost.receive(arrival.quantity, arrival.unit_price)
    done = [ReceiptCost(amount, amount, ZERO, ZERO) for amount in amounts]
    done[-1] = done[-1]._replace(adjustment=cost.value - before - sum(amounts, ZERO))
    return done
