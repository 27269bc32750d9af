"""What of an order a delivery moves: parts of its lines with their share of the amounts, and returns split over what was delivered."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.problems import Code, Problem, register
from orders.rules.fulfilment import TRANSITIONS, DeliveryMode, Stages, Verb, movable, move
from orders.rules.order_money import all_but_rounding, rounded_share

STOCK_DECIMALS = 4
_QUANTITY = Decimal(1).scaleb(-STOCK_DECIMALS)

register(
    Code(
        "NOTHING_TO_DELIVER",
        "customer order",
        "The order has nothing for this action.",
        "Load the order again; what it still has is delivered in another way.",
        {
            "verb": "Order {order} has nothing {to_do}.",
            "not_named": "Nothing of order {order} was named.",
            "cancel": "Nothing of order {order} was named to be cancelled.",
            "return": "Nothing of order {order} can be returned any more.",
        },
    ),
)


class Amounts(NamedTuple):
    """What belongs to a quantity of a line: in the item's unit, net and tax; negative for returns."""

    stock_quantity: Decimal
    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


NOTHING = Amounts(ZERO, ZERO, ZERO)


class OpenLine(NamedTuple):
    """A line of an order that may be delivered; quantities and amounts of a return are negative, stages never are.

    `decimals` are those of the order's currency, `shared` are the amounts of what was invoiced or cancelled, `of_sale` is what the whole
    of a return is in the unit of its sale (absolute, with places to spare).
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
    shared: Amounts = NOTHING
    of_sale: Decimal = ZERO

    @property
    def is_return(self) -> bool:
        """Whether goods come back."""
        return self.quantity < 0

    @property
    def done(self) -> Decimal:
        """What of it is invoiced or cancelled, absolute."""
        return self.stages.invoiced + self.stages.cancelled


class Delivered(NamedTuple):
    """What can still be returned of a delivery line, in the line's unit (with places to spare) and in the item's."""

    delivery_line_id: int
    quantity: Decimal
    stock_quantity: Decimal

    def of(self, quantity: Decimal, line: OpenLine) -> Decimal:
        """What `quantity` of a return is of it, in its own unit: all of it where nothing but rounding would stay."""
        return all_but_rounding(self.quantity, quantity * line.of_sale / line.stages.ordered if line.of_sale else quantity)

    def most(self, line: OpenLine) -> Decimal:
        """All of it in the unit of the return."""
        whole = self.quantity * line.stages.ordered / line.of_sale if line.of_sale else self.quantity
        return whole.quantize(_QUANTITY, ROUND_HALF_UP)


class Part(NamedTuple):
    """A delivery line about to be made."""

    order_id: int
    order_line_id: int
    quantity: Decimal
    stock_quantity: Decimal
    net: Decimal
    tax: Decimal
    return_of: int | None


def amounts_of(line: OpenLine, quantity: Decimal, before: Decimal, shared: Amounts) -> Amounts:
    """The amounts of `quantity` (absolute) of the line after `before` of it got the `shared` ones.

    Cumulative: what belongs to everything up to here, less what was shared out. So the last part clears the line to exactly zero, also
    when the line was edited between two parts.
    """
    upto, whole = before + quantity, line.stages.ordered
    return Amounts(
        rounded_share(line.stock_quantity, upto, whole, STOCK_DECIMALS) - shared.stock_quantity,
        rounded_share(line.net, upto, whole, line.decimals) - shared.net,
        rounded_share(line.tax, upto, whole, line.decimals) - shared.tax,
    )


def parts_of(line: OpenLine, quantity: Decimal, delivered: Sequence[Delivered] = ()) -> Iterator[Part]:
    """The delivery lines that move `quantity` (absolute) of a line; a linked return goes back to what was `delivered`, last first.

    What more is returned than was delivered stays with the first of them, where the decision refuses it.
    """
    shared, before = line.shared, line.done
    for part, original in _split(line, quantity, delivered):
        amounts = amounts_of(line, part, before, shared)
        shared = Amounts(*(one + other for one, other in zip(shared, amounts, strict=True)))
        before += part
        signed = -part if line.is_return else part
        stock = amounts.stock_quantity
        if original and original.quantity > 0:
            # In the unit of the shelf, what came back is what had left, whatever the units convert to by now.
            stock = -rounded_share(original.stock_quantity, original.of(part, line), original.quantity, STOCK_DECIMALS)
        return_of = original.delivery_line_id if original else None
        yield Part(line.order_id, line.order_line_id, signed, stock, amounts.net, amounts.tax, return_of)


def _split(line: OpenLine, quantity: Decimal, delivered: Sequence[Delivered]) -> Iterator[tuple[Decimal, Delivered | None]]:
    if line.return_of is None or not delivered:
        yield quantity, None
        return
    for place, original in reversed(list(enumerate(delivered))):
        part = quantity if place == 0 else min(quantity, original.most(line))
        if part > 0:
            yield part, original
            quantity -= part


def still_returnable(delivered: Sequence[Delivered], parts: Iterable[Part], line: OpenLine) -> list[Delivered]:
    """What can be returned of `delivered` once `parts` of a return have come back: another return of the sale gets what they leave."""
    left = {one.delivery_line_id: one for one in delivered}
    for part in parts:
        if part.return_of is not None:
            one = left[part.return_of]
            left[part.return_of] = one._replace(
                quantity=one.quantity - one.of(-part.quantity, line), stock_quantity=one.stock_quantity + part.stock_quantity
            )
    return list(left.values())


def left_in_stock(line: OpenLine) -> Decimal:
    """The most that may be reserved for a line, in the item's unit: what is left of it, nothing for what comes back or is carried out."""
    if line.is_return or line.mode == DeliveryMode.CARRY_OUT:
        return ZERO
    return max(ZERO, amounts_of(line, line.stages.ordered - line.done, line.done, line.shared).stock_quantity)


def all_movable(lines: Sequence[OpenLine], verb: Verb) -> dict[int, Decimal]:
    """Everything that the verb can move, by line number; lines that it is not for are left out."""
    serves = TRANSITIONS[verb].serves
    most = {line.number: movable(line.stages, verb) for line in lines if serves(DeliveryMode(line.mode), is_return=line.is_return)}
    return {number: quantity for number, quantity in most.items() if quantity > 0}


def moved(lines: Sequence[OpenLine], verb: Verb, quantities: Mapping[int, Decimal]) -> tuple[dict[int, Stages], list[Problem]]:
    """Stages by order line after the verb moved `quantities` (absolute, by line number) of one order; problems of every line refused."""
    open_lines = {line.number: line for line in lines}
    stages: dict[int, Stages] = {}
    problems: list[Problem] = []
    for number, quantity in sorted(quantities.items()):
        line = open_lines.get(number)
        if line is None:
            problems.append(Problem("QUANTITY_NOT_OPEN", {"line": number}, line=number, variant="nothing_left"))
            continue
        after = move(line.stages, verb, quantity, DeliveryMode(line.mode), number, is_return=line.is_return)
        if isinstance(after, Stages):
            stages[line.order_line_id] = after
        else:
            problems.append(after)
    return stages, problems
