"""A linked return of sold lines as a new order: negative lines whose amounts are exactly those of what comes back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.messages import Params
from core.lib.problems import Problem, register_texts
from orders.rules.order_money import rounded_share
from orders.rules.place_orders import NewLine, NewOrder, OrderReturn

# Some of what inventory knows as the same mistake: more comes back than was sold.
register_texts(
    "RETURN_EXCEEDS_SALE",
    {
        "line": "Line {line}: only {most} can still be returned, not {quantity}.",
        "sold_line": "Line {line}: only {most} of line {sold_line} of order {order} can still be returned, not {quantity}.",
        "amount": (
            "Line {line}: {quantity} of line {sold_line} of order {order} was not invoiced for {net} and {tax} tax; "
            "give back at most its share."
        ),
        "another_return": "Line {line}: take another return for what else comes back.",
    },
)


class SoldLine(NamedTuple):
    """A sale line of an order with what of it is invoiced and what is on returns by now; quantities and amounts as the sale has them."""

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

    @property
    def returnable(self) -> Decimal:
        """What can still come back."""
        return self.invoiced - self.returned


def return_problems(sold: Sequence[SoldLine], quantities: Mapping[int, Decimal]) -> list[Problem]:
    """What of `quantities` (absolute, by line number of the sale) cannot come back."""
    lines = {line.number: line for line in sold}
    problems = []
    for number, quantity in sorted(quantities.items()):
        most = lines[number].returnable if number in lines else ZERO
        if quantity <= 0:
            problems.append(
                Problem("BAD_QUANTITY", {"line": number, "quantity": quantity.normalize()}, line=number, variant="not_positive")
            )
        elif quantity > most:
            said: Params = {"line": number, "most": most.normalize(), "quantity": quantity.normalize()}
            problems.append(Problem("RETURN_EXCEEDS_SALE", said, line=number, variant="line"))
    return problems


def all_returnable(sold: Sequence[SoldLine]) -> dict[int, Decimal]:
    """Everything that can still come back, by line number."""
    return {line.number: line.returnable for line in sold if line.returnable > 0}


def return_line(order: str, sold: SoldLine, quantity: Decimal, decimals: int) -> NewLine:
    """A return of `quantity` (absolute); the last of a line gives back all that is left of what was invoiced, to the cent."""
    upto = sold.returned + quantity
    net = rounded_share(sold.net, upto, sold.invoiced, decimals) - sold.returned_net
    tax = rounded_share(sold.tax, upto, sold.invoiced, decimals) - sold.returned_tax
    discount = rounded_share(sold.discount, quantity, sold.ordered, decimals)
    back = OrderReturn(order, sold.number)
    return NewLine(sold.number, sold.item, -quantity, sold.unit, sold.price, -discount, -net, -tax, "", sold.delivery, back)


def return_order(number: str, store: str, customer: str, currency: str, at: datetime, delivery: str, lines: Sequence[NewLine]) -> NewOrder:
    """The return as an order of its own, paid back with its delivery."""
    net, tax = sum((line.net for line in lines), ZERO), sum((line.tax for line in lines), ZERO)
    return NewOrder(number, store, customer, at, delivery, currency, "", tuple(lines), (), net, tax, net + tax)


def next_number(order: str, taken: Collection[str]) -> str:
    """`ORDER-R1` and so on: one after the highest of those `taken` that begin with `ORDER-R`."""
    start = f"{order}-R"
    ordinals = [int(end) for number in taken if (end := number.removeprefix(start)).isdecimal()]
    return f"{start}{max(ordinals, default=0) + 1}"
