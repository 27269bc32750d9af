"""A linked return of sold lines as a new order: negative lines whose amounts are exactly those of what comes back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.messages import Params
from core.lib.problems import Problem, register_texts
from inventory.rules.facts import Conversions, SoldQuantity, in_sold_unit
from orders.rules.order_money import all_but_rounding, rounded_share
from orders.rules.place_orders import NewLine, NewOrder, OrderReturn
from orders.rules.sold_lines import most_left, with_places_to_spare

_QUANTITY = Decimal("0.0001")
PRICE_PLACES = 6

# Some of what inventory knows as the same mistake: more comes back than was sold.
register_texts(
    "RETURN_EXCEEDS_SALE",
    {
        "line": "Line {line}: only {most} {unit} can still be returned, not {quantity}.",
        "nothing": "Line {line}: nothing of it can be returned any more.",
        "sold_line": "Line {line}: only {most} {unit} of line {sold_line} of order {order} can still be returned, not {quantity}.",
        "amount": (
            "Line {line}: {quantity} of line {sold_line} of order {order} was not invoiced for {net} and {tax} tax; "
            "give back at most its share."
        ),
        "another_return": "Line {line}: take another return for what else comes back.",
    },
)


class SoldLine(NamedTuple):
    """A sale line of an order with what of it is invoiced and what is on returns by now; quantities and amounts as the sale has them.

    `stock_unit` is the item's, `stock_quantity` what of the whole line lies in stock. What came back in other units has places to spare.
    """

    number: int
    item: str
    unit: str
    price: Decimal
    discount: Decimal
    delivery: str
    ordered: Decimal
    invoiced: Decimal
    net: Decimal
    tax: Decimal
    returned: Decimal
    returned_net: Decimal
    returned_tax: Decimal
    stock_unit: str
    stock_quantity: Decimal

    @property
    def returnable(self) -> Decimal:
        """What can still come back."""
        return self.invoiced - self.returned


class ComesBack(NamedTuple):
    """What comes back of a sold line: so much in a unit, `of_sale` of it in the unit of the sale; absolute."""

    quantity: Decimal
    unit: str
    of_sale: Decimal


def goods_back(
    sold: Sequence[SoldLine], quantities: Mapping[int, Decimal], units: Mapping[int, str], conversions: Conversions
) -> tuple[dict[int, ComesBack], list[Problem]]:
    """What comes back by line number of the sale, and what of `quantities` (absolute, in `units` or those of the sale) cannot."""
    lines = {line.number: line for line in sold}
    found: dict[int, ComesBack] = {}
    problems = []
    for number, quantity in sorted(quantities.items()):
        line = lines.get(number)
        if quantity <= 0:
            problems.append(
                Problem("BAD_QUANTITY", {"line": number, "quantity": quantity.normalize()}, line=number, variant="not_positive")
            )
            continue
        if line is None:
            problems.append(Problem("RETURN_EXCEEDS_SALE", {"line": number}, line=number, variant="nothing"))
            continue
        unit = units.get(number) or line.unit
        of_sale = in_sold_unit(
            quantity, unit, line.item, line.stock_unit, SoldQuantity(line.unit, line.ordered, line.stock_quantity), conversions
        )
        if of_sale is None:
            units_of: Params = {"line": number, "unit": unit, "item": line.item, "stock_unit": line.stock_unit}
            problems.append(Problem("NO_UNIT_CONVERSION", units_of, line=number))
            continue
        back = ComesBack(quantity, unit, all_but_rounding(line.returnable, with_places_to_spare(of_sale)))
        if back.of_sale <= line.returnable:
            found[number] = back
        elif most := most_left(line.returnable, quantity, back.of_sale):
            said: Params = {"line": number, "most": most.normalize(), "unit": unit, "quantity": quantity.normalize()}
            problems.append(Problem("RETURN_EXCEEDS_SALE", said, line=number, variant="line"))
        else:
            problems.append(Problem("RETURN_EXCEEDS_SALE", {"line": number}, line=number, variant="nothing"))
    return found, problems


def all_returnable(sold: Sequence[SoldLine]) -> dict[int, Decimal]:
    """Everything that can still come back, by line number, in the units of the sale."""
    left = {line.number: line.returnable.quantize(_QUANTITY) for line in sold}
    return {number: quantity for number, quantity in left.items() if quantity > 0}


def return_line(order: str, sold: SoldLine, back: ComesBack, decimals: int) -> NewLine:
    """A return of a line; the last of a line gives back all that is left of what was invoiced, to the cent."""
    upto = sold.returned + back.of_sale
    net = rounded_share(sold.net, upto, sold.invoiced, decimals) - sold.returned_net
    tax = rounded_share(sold.tax, upto, sold.invoiced, decimals) - sold.returned_tax
    discount = rounded_share(sold.discount, back.of_sale, sold.ordered, decimals)
    price = sold.price if back.unit == sold.unit else rounded_share(sold.price, back.of_sale, back.quantity, PRICE_PLACES)
    of = OrderReturn(order, sold.number)
    return NewLine(sold.number, sold.item, -back.quantity, back.unit, price, -discount, -net, -tax, "", sold.delivery, of)


def return_order(number: str, store: str, customer: str, currency: str, at: datetime, delivery: str, lines: Sequence[NewLine]) -> NewOrder:
    """The return as an order of its own, paid back with its delivery."""
    net, tax = sum((line.net for line in lines), ZERO), sum((line.tax for line in lines), ZERO)
    return NewOrder(number, store, customer, at, delivery, currency, "", tuple(lines), (), net, tax, net + tax)


def next_number(order: str, taken: Collection[str]) -> str:
    """`ORDER-R1` and so on: one after the highest of those `taken` that begin with `ORDER-R`."""
    start = f"{order}-R"
    ordinals = [int(end) for number in taken if (end := number.removeprefix(start)).isdecimal()]
    return f"{start}{max(ordinals, default=0) + 1}"
