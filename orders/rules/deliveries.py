"""What of an order a delivery moves: parts of its lines with their share of the amounts, and returns split over what was delivered."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from orders.rules.fulfilment import Stages
from orders.rules.order_money import share

STOCK_DECIMALS = 4


class OpenLine(NamedTuple):
    """A line of an order that may be delivered; quantities and amounts of a return are negative, stages never are.

    `decimals` are those of the order's currency.
    """

    order_id: int
    order_line_id: int
    number: int
    mode: str
    quantity: Decimal
    stock_quantity: Decimal
    net: Decimal
    tax: Decimal
    decimals: int
    return_of: int | None
    stages: Stages


class Delivered(NamedTuple):
    """A delivery line that can still be returned, in the line's unit."""

    delivery_line_id: int
    quantity: Decimal


class Part(NamedTuple):
    """A delivery line about to be made."""

    order_id: int
    order_line_id: int
    quantity: Decimal
    stock_quantity: Decimal
    net: Decimal
    tax: Decimal
    return_of: int | None


def parts_of(line: OpenLine, quantity: Decimal, delivered: Sequence[Delivered] = ()) -> Iterator[Part]:
    """The delivery lines that move `quantity` (absolute) of a line; a linked return goes back to what was `delivered`, last first.

    What more is returned than was delivered stays with the first of them, where the decision refuses it.
    """
    before = line.stages.invoiced + line.stages.cancelled
    for part, return_of in _split(line, quantity, delivered):
        signed = part if line.quantity > 0 else -part
        yield Part(
            line.order_id,
            line.order_line_id,
            signed,
            share(line.stock_quantity, before, part, line.stages.ordered, STOCK_DECIMALS),
            share(line.net, before, part, line.stages.ordered, line.decimals),
            share(line.tax, before, part, line.stages.ordered, line.decimals),
            return_of,
        )
        before += part


def _split(line: OpenLine, quantity: Decimal, delivered: Sequence[Delivered]) -> Iterator[tuple[Decimal, int | None]]:
    if line.return_of is None or not delivered:
        yield quantity, None
        return
    for place, original in reversed(list(enumerate(delivered))):
        part = quantity if place == 0 else min(quantity, original.quantity)
        if part > 0:
            yield part, original.delivery_line_id
            quantity -= part
