"""Items and batches as documents name them, and quantities in the item's unit."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import NamedTuple

from core.lib.parsing import QUANTITY_PLACES, document_digits

_QUANTITY = Decimal("0.0001")
_WIDE = Context(prec=60)
# As much as a document may say: what lies in stock is the sum of many.
_STORED = Context(prec=document_digits(QUANTITY_PLACES), traps=[InvalidOperation])


class ItemFacts(NamedTuple):
    """An item and what its groups say."""

    id: int
    unit: str
    tracked: bool
    negative_physical: bool
    negative_financial: bool
    wms_enabled: bool
    kind: str = "stocked"


class BatchFacts(NamedTuple):
    """A batch of an item."""

    id: int
    disposition: str
    blocks_sale: bool
    expires_on: date | None
    is_default_batch: bool


class Ratio(NamedTuple):
    """`denominator` of one unit are `factor` of another."""

    factor: Decimal
    denominator: Decimal = Decimal(1)

    def reversed(self) -> "Ratio":
        """The other way round."""
        return Ratio(self.denominator, self.factor)


Conversions = Mapping[tuple[str, str, str], Ratio]


def ratio_between(unit: str, stock_unit: str, item_code: str, conversions: Conversions) -> "Ratio | None":
    """What a quantity in `unit` is multiplied by to be one in `stock_unit`, of an item; None without conversion.

    One of the item goes before one for all, and one that is written in this direction before its reverse.
    """
    for owner in (item_code, ""):
        there, back = conversions.get((owner, unit, stock_unit)), conversions.get((owner, stock_unit, unit))
        if ratio := there or (back.reversed() if back else None):
            return ratio
    return None


def in_stock_unit(quantity: Decimal, unit: str, item_code: str, stock_unit: str, conversions: Conversions) -> Decimal | None:
    """A quantity in the item's unit, rounded half up; None without conversion or when the result is too large.

    `conversions` by (item or blank, from unit, to unit), each of which serves both ways (`ratio_between`).
    """
    if stock_unit == unit:
        return quantity
    ratio = ratio_between(unit, stock_unit, item_code, conversions)
    if ratio is None:
        return None
    try:
        product = _WIDE.divide(_WIDE.multiply(quantity, ratio.factor), ratio.denominator)
        return product.quantize(_QUANTITY, ROUND_HALF_UP, context=_WIDE).quantize(_QUANTITY, context=_STORED)
    except InvalidOperation:
        return None


class SoldQuantity(NamedTuple):
    """What a sold line says, and what it took from stock in the item's unit; nothing of what does not lie in stock."""

    unit: str
    quantity: Decimal
    stock_quantity: Decimal


def in_sold_unit(
    quantity: Decimal, unit: str, item_code: str, stock_unit: str, sold: SoldQuantity, conversions: Conversions
) -> Fraction | None:
    """What comes back in `unit`, in the unit of its sale and not rounded, so that parts add up; None without conversion.

    What the sale took from stock says what its unit stood for, whatever the units convert to by now.
    """
    if unit == sold.unit:
        return Fraction(quantity)
    back = _ratio(unit, stock_unit, item_code, conversions)
    if back is None:
        return None
    if sold.stock_quantity:
        return Fraction(quantity) * back * Fraction(sold.quantity) / Fraction(sold.stock_quantity)
    whole = _ratio(sold.unit, stock_unit, item_code, conversions)
    return None if whole is None else Fraction(quantity) * back / whole


def _ratio(unit: str, stock_unit: str, item_code: str, conversions: Conversions) -> Fraction | None:
    ratio = Ratio(Decimal(1)) if unit == stock_unit else ratio_between(unit, stock_unit, item_code, conversions)
    return None if ratio is None else Fraction(ratio.factor) / Fraction(ratio.denominator)


class ReturnedQuantity(NamedTuple):
    """What came back of a sold line: in the line's own unit, exactly, and in the item's."""

    quantity: Fraction = Fraction(0)
    stock_quantity: Decimal = Decimal(0)


def share_of_sale(sold: Decimal, sold_stock: Decimal, back: Fraction, before: ReturnedQuantity) -> ReturnedQuantity:
    """What has come back of a line once `back` more (in its own unit) comes back after `before`.

    Cumulative: the parts of a line add up to what it took from stock, whatever each of them is rounded to.
    """
    quantity = before.quantity + back
    exact = Fraction(sold_stock) * quantity / Fraction(sold)
    rounded = Decimal((exact * 10**4 * 2 + 1) // 2) / 10**4
    return ReturnedQuantity(quantity, rounded)
