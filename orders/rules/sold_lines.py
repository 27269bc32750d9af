"""Order lines that something comes back of, in whatever unit: what is left of them is counted in the unit of the sale, unrounded."""

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import NamedTuple

from core.lib.decimals import ZERO
from inventory.rules.facts import SoldQuantity
from orders.rules.order_money import all_but_rounding, rounded_share

# Of quantities that came back in other units than those of their sales; queries round to as many.
PLACES_TO_SPARE = 8
_QUANTITY = Decimal("0.0001")


class ReturnedLine(NamedTuple):
    """An order line that a return names, with what of it is invoiced and what is on other returns; quantities in its unit.

    `quantity` was ordered, `stock_quantity` of it lies in stock. What came back in other units has places to spare.
    """

    order_line_id: int
    legal_entity_id: int
    item: str
    unit: str
    invoiced: Decimal
    net: Decimal
    tax: Decimal
    returned: Decimal = ZERO
    returned_net: Decimal = ZERO
    returned_tax: Decimal = ZERO
    gift_card: str = ""
    quantity: Decimal = ZERO
    stock_quantity: Decimal = ZERO

    @property
    def returnable(self) -> Decimal:
        """What can still come back."""
        return self.invoiced - self.returned

    @property
    def sold(self) -> SoldQuantity:
        """What was sold of it, in both units."""
        return SoldQuantity(self.unit, self.quantity, self.stock_quantity)

    def with_returned(self, quantity: Decimal, net: Decimal, tax: Decimal) -> "ReturnedLine":
        """The same once a return is taken: `quantity` in the unit of the sale, its amounts as it writes them, below zero."""
        quantity = all_but_rounding(self.returnable, quantity)
        back = (self.returned + quantity, self.returned_net - net, self.returned_tax - tax)
        return self._replace(returned=back[0], returned_net=back[1], returned_tax=back[2])

    def gives_too_much(self, decimals: int) -> bool:
        """More is given back than was invoiced for what is on returns; a till may round net and tax of a part by one smallest unit."""
        unit = Decimal(1).scaleb(-decimals)
        return any(
            back > min(sold, rounded_share(sold, self.returned, self.invoiced, decimals) + unit)
            for back, sold in ((self.returned_net, self.net), (self.returned_tax, self.tax))
        )


def with_places_to_spare(quantity: Fraction) -> Decimal:
    """A quantity in the unit of its sale that may have no end there, as a third of a dozen: so exact that parts add up."""
    return Decimal(round(quantity * 10**PLACES_TO_SPARE)).scaleb(-PLACES_TO_SPARE)


def most_left(left: Decimal, quantity: Decimal, of_sale: Decimal) -> Decimal:
    """What is `left` of a sale in the unit that goods come back in: `quantity` of it is `of_sale` of the sale's."""
    return max(ZERO, left * quantity / of_sale).quantize(_QUANTITY, ROUND_DOWN)
