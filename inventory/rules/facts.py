"""Items and batches as documents name them, and quantities in the item's unit."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import NamedTuple

_QUANTITY = Decimal("0.0001")
_WIDE = Context(prec=60)
_STORED = Context(prec=18, traps=[InvalidOperation])


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


def in_stock_unit(
    quantity: Decimal, unit: str, item_code: str, stock_unit: str, conversions: Mapping[tuple[str, str, str], Decimal]
) -> Decimal | None:
    """A quantity in the item's unit, rounded half up; None without conversion or when the result is too large.

    `conversions` by (item or blank, from unit, to unit); one of the item goes before one for all.
    """
    if stock_unit == unit:
        return quantity
    factor = conversions.get((item_code, unit, stock_unit)) or conversions.get(("", unit, stock_unit))
    if factor is None:
        return None
    try:
        product = _WIDE.multiply(quantity, factor).quantize(_QUANTITY, ROUND_HALF_UP, context=_WIDE)
        return product.quantize(_QUANTITY, context=_STORED)
    except InvalidOperation:
        return None
