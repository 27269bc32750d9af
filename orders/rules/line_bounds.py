"""Numbers of an order line that nobody means, whether the order is taken or edited."""

from decimal import Decimal

from core.lib.messages import Params
from core.lib.parsing import DOCUMENT_WHOLE_DIGITS, LARGEST_AMOUNT
from core.lib.problems import Problem, register_texts
from orders.rules.till_lines import IMPLAUSIBLE_QUANTITY

register_texts(
    "TOO_LARGE",
    {"order_line": "Line {line}: {quantity} times {price} is too large: at most {digits} digits of an amount stand before the point."},
)


def beyond_bounds(line: int, quantity: Decimal, price: Decimal) -> Problem | None:
    """The problem of a line whose quantity, or quantity times price, nobody means."""
    if abs(quantity) >= IMPLAUSIBLE_QUANTITY:
        return Problem("BAD_QUANTITY", {"line": line, "quantity": quantity.normalize()}, line=line, variant="implausible")
    if abs(quantity * price) >= LARGEST_AMOUNT:
        said: Params = {"line": line, "quantity": quantity.normalize(), "price": price, "digits": DOCUMENT_WHOLE_DIGITS}
        return Problem("TOO_LARGE", said, line=line, variant="order_line")
    return None


def impossible_amounts(line: int, quantity: Decimal, price: Decimal, net: Decimal) -> Problem:
    """The problem of a line whose signs do not agree."""
    return Problem(
        "LINE_AMOUNTS", {"line": line, "quantity": quantity.normalize(), "price": price, "net": net}, line=line, variant="impossible"
    )
