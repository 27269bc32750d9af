"""Changes of an order after it was taken: what they make of its lines and its deposit, and what stands in their way.

A line keeps its price, its discount and its unit conversion unless others are given: a changed quantity scales its amounts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from core.lib.decimals import ZERO, fits, plain_text
from core.lib.messages import Params
from core.lib.problems import Code, Problem, register, register_texts
from orders.rules.deliveries import STOCK_DECIMALS, Amounts, OpenLine
from orders.rules.fulfilment import DeliveryMode
from orders.rules.line_bounds import beyond_bounds, impossible_amounts
from orders.rules.order_money import decimals_problems, deposit_wanted, rounded_share
from orders.rules.place_orders import NewLine
from orders.rules.till_lines import OrderPaymentData, is_covered

_AREA = "customer order"
register(
    Code(
        "PARTLY_DONE",
        _AREA,
        "Part of it is invoiced or cancelled, so this cannot be changed any more.",
        "Cancel what is left, and take it anew as another line or order.",
        {
            "handled": "Line {line} is handled already; it cannot be removed.",
            "old_price": "Line {line}: {done} are invoiced or cancelled at the old price.",
            "other_customer": "Part of order {order} is invoiced to customer {customer}.",
        },
    ),
    Code(
        "IN_FULFILMENT",
        _AREA,
        "Goods of the line are picked or packed.",
        "Take the picking and packing back first.",
        "Line {line}: goods are picked or packed already; take that back first.",
    ),
    Code(
        "RETURN_APART",
        _AREA,
        "A change of an order adds no returns.",
        "Take a return, which is an order of its own.",
        "Line {line}: take a return, which is an order of its own.",
    ),
)
register_texts("DUPLICATE_LINE", {"order_line": "Line {line}: number the new lines from {first}."})


class LineEdit(NamedTuple):
    """What changes of a line, None for what stays; `quantity` is absolute, in the line's unit. Net follows price, discount and quantity;
    tax follows net at the line's own rate unless it is given.
    """

    number: int
    quantity: Decimal | None = None
    price: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    delivery: str | None = None


class OrderEdit(NamedTuple):
    """What changes of an order, None for what stays: `customer` by code (blank for the walk-in), `delivery` for every line that goes the
    way of the order, `removed` by number, further `payments` (negative: paid back).
    """

    lines: tuple[LineEdit, ...] = ()
    added: tuple[NewLine, ...] = ()
    removed: tuple[int, ...] = ()
    customer: str | None = None
    delivery: str | None = None
    payments: tuple[OrderPaymentData, ...] = ()

    @property
    def paid(self) -> Decimal:
        """What is paid with the change."""
        return sum((payment.amount for payment in self.payments), ZERO)


class Terms(NamedTuple):
    """What a line says beside quantities and amounts."""

    item_id: int
    batch_id: int | None
    price: Decimal
    discount: Decimal


class OrderChange(NamedTuple):
    """One value that changed; `line` 0 is the order itself."""

    line: int
    field: str
    before: str
    after: str


@dataclass(slots=True)
class EditedLines:
    """The lines of the order after the change (those added aside), what changed, and what stands in the way."""

    lines: list[OpenLine] = field(default_factory=list)
    terms: dict[int, Terms] = field(default_factory=dict)
    removed: list[OpenLine] = field(default_factory=list)
    changes: list[OrderChange] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def edit_lines(lines: Sequence[OpenLine], terms: Mapping[int, Terms], edit: OrderEdit, mode: str, offered: Collection[str]) -> EditedLines:
    """Applies the edit to an order whose own delivery mode is `mode`; `terms` by order line, `offered` are the modes one may choose."""
    done = EditedLines(problems=[*_numbers(lines, edit)])
    wanted = {change.number: change for change in edit.lines}
    for line in lines:
        change = wanted.get(line.number, LineEdit(line.number))
        if edit.delivery is not None and line.mode == mode and line.stages.open > 0 and change.delivery is None:
            change = change._replace(delivery=edit.delivery)
        own = terms[line.order_line_id]
        change = _news(line, own, change)
        if line.number in edit.removed:
            done.removed.append(line)
            done.changes.append(OrderChange(line.number, "removed", plain_text(abs(line.quantity)), ""))
            if any((line.done, line.stages.picked, line.stages.packed)):
                done.problems.append(Problem("PARTLY_DONE", {"line": line.number}, line=line.number, variant="handled"))
            continue
        if found := [*_line_problems(line, change, offered)]:
            done.problems += found
            continue
        after, after_terms = _edited(line, own, change)
        if after.net * after.quantity < 0 or after.tax * after.net < 0 or after_terms.price < 0:
            done.problems.append(impossible_amounts(line.number, after.quantity, after_terms.price, after.net))
        elif problem := beyond_bounds(line.number, after.quantity, after_terms.price):
            done.problems.append(problem)
        done.lines.append(after)
        done.terms[line.order_line_id] = after_terms
        done.changes += _changes(line, own, after, after_terms)
    if not done.lines and not edit.added:
        done.problems.append(Problem("NO_LINES", variant="left"))
    done.changes += (OrderChange(line.number, "added", "", f"{plain_text(line.quantity)} {line.unit} {line.item}") for line in edit.added)
    return done


def _numbers(lines: Iterable[OpenLine], edit: OrderEdit) -> Iterator[Problem]:
    known = {line.number for line in lines}
    for number in sorted({*(change.number for change in edit.lines), *edit.removed} - known):
        yield Problem("QUANTITY_NOT_OPEN", {"line": number}, line=number, variant="no_line")
    seen = set(known)
    for line in edit.added:
        if line.number in seen or line.number < 1:
            again: Params = {"line": line.number, "first": max(known, default=0) + 1}
            yield Problem("DUPLICATE_LINE", again, line=line.number, variant="order_line")
        seen.add(line.number)
        if line.return_of or line.quantity < 0:
            yield Problem("RETURN_APART", {"line": line.number}, line=line.number)


def _news(line: OpenLine, terms: Terms, change: LineEdit) -> LineEdit:
    """The change without what stands there already: a form sends everything that it shows."""
    pairs = (
        ("quantity", line.stages.ordered),
        ("price", terms.price),
        ("discount", terms.discount),
        ("tax", line.tax),
        ("delivery", line.mode),
    )
    same: dict[str, Any] = {name: None for name, now in pairs if getattr(change, name) == now}
    return change._replace(**same)


def _line_problems(line: OpenLine, change: LineEdit, offered: Collection[str]) -> Iterator[Problem]:
    number, stages = line.number, line.stages
    if change.quantity is not None:
        handled = stages.ordered - stages.open
        if change.quantity <= 0:
            yield Problem("BAD_QUANTITY", {"line": number, "quantity": change.quantity.normalize()}, line=number, variant="not_positive")
        elif change.quantity < handled:
            too_low: Params = {"line": number, "handled": handled.normalize(), "quantity": change.quantity.normalize()}
            yield Problem("QUANTITY_NOT_OPEN", too_low, line=number, variant="handled")
        elif line.return_of is not None and change.quantity > stages.ordered:
            yield Problem("RETURN_EXCEEDS_SALE", {"line": number}, line=number, variant="another_return")
    for amount in (change.discount, change.tax):
        if amount is not None and not fits(amount, line.decimals):
            yield Problem(
                "LINE_AMOUNTS", {"line": number, "amount": amount, "decimals": line.decimals}, line=number, variant="decimals_of_order"
            )
    if line.done and (change.price, change.discount, change.tax) != (None, None, None):
        yield Problem("PARTLY_DONE", {"line": number, "done": line.done.normalize()}, line=number, variant="old_price")
    if change.delivery is not None:
        if change.delivery not in offered:
            yield Problem("DELIVERY_MODE_OFF", {"line": number, "mode": change.delivery}, line=number, variant="line")
        if stages.picked or stages.packed:
            yield Problem("IN_FULFILMENT", {"line": number}, line=number)


def _edited(line: OpenLine, terms: Terms, change: LineEdit) -> tuple[OpenLine, Terms]:
    whole = line.stages.ordered
    ordered = whole if change.quantity is None else change.quantity
    quantity = -ordered if line.is_return else ordered
    net, tax, discount = (rounded_share(amount, ordered, whole, line.decimals) for amount in (line.net, line.tax, terms.discount))
    price = terms.price if change.price is None else change.price
    if change.price is not None or change.discount is not None:
        discount = discount if change.discount is None else change.discount
        before, net = net, (price * quantity).quantize(Decimal(1).scaleb(-line.decimals), ROUND_HALF_UP) - discount
        tax = rounded_share(tax, net, before, line.decimals) if before else tax
    amounts = Amounts(rounded_share(line.stock_quantity, ordered, whole, STOCK_DECIMALS), net, tax if change.tax is None else change.tax)
    if change.quantity is not None and ordered == line.done:
        # Nothing is left that could make up for what was rounded on the way here.
        amounts = line.shared
    after = line._replace(
        mode=change.delivery or line.mode, quantity=quantity, stages=replace(line.stages, ordered=ordered), **amounts._asdict()
    )
    return after, terms._replace(price=price, discount=discount)


def _changes(line: OpenLine, terms: Terms, after: OpenLine, after_terms: Terms) -> Iterator[OrderChange]:
    pairs = (
        ("quantity", plain_text(line.stages.ordered), plain_text(after.stages.ordered)),
        ("price", plain_text(terms.price), plain_text(after_terms.price)),
        ("discount", plain_text(terms.discount), plain_text(after_terms.discount)),
        ("net", str(line.net), str(after.net)),
        ("tax", str(line.tax), str(after.tax)),
        ("delivery", line.mode, after.mode),
    )
    return (OrderChange(line.number, name, before, now) for name, before, now in pairs if before != now)


class Rest(NamedTuple):
    """What of a line is still to be invoiced, with tax, and how it gets to the customer."""

    mode: str
    total: Decimal


def deposit_of_rest(rest: Iterable[Rest], percent: Decimal, decimals: int) -> Decimal:
    """The deposit that what is still to be invoiced wants, by the rule of new orders."""
    rest = list(rest)
    now = sum((one.total for one in rest if one.mode == DeliveryMode.CARRY_OUT), ZERO)
    return deposit_wanted(sum((one.total for one in rest), ZERO) - now, now, percent, decimals)


def rest_of(line: OpenLine) -> Rest:
    """What is left of a line."""
    return Rest(line.mode, line.net + line.tax - line.shared.total)


def prepayment_problems(
    edit: OrderEdit,
    left: Decimal,
    remaining: Decimal,
    wanted: tuple[Decimal, Decimal],
    currency: str,
    decimals: int,
    limit: Decimal = ZERO,
    *,
    may_override: bool,
) -> list[Problem]:
    """What is wrong with the money of an edit: `left` is paid ahead after it, `remaining` what the order then still comes to, `wanted` the
    deposit of the rest before and after, `limit` the store's for rounding.

    More deposit is asked for only by an edit that makes the order larger or takes money back.
    """
    problems = [
        Problem("BAD_PAYMENT", {"number": payment.number, "amount": payment.amount}, variant="zero")
        for payment in edit.payments
        if not payment.amount
    ] + decimals_problems(edit.payments, currency, decimals)
    most = max(remaining, ZERO)
    if left > most + (limit if most else ZERO):
        over: Params = {"left": left, "currency": currency, "most": most, "over": left - most}
        problems.append(Problem("PAYMENT_TOO_HIGH", over, variant="ahead"))
    elif left < 0:
        problems.append(Problem("BAD_PAYMENT", {"amount": -left, "currency": currency}, variant="more_than_deposit"))
    elif (wanted[1] > wanted[0] or edit.paid < 0) and not is_covered(left, wanted[1], limit) and not may_override:
        missing: Params = {"missing": wanted[1] - left, "currency": currency, "wanted": wanted[1]}
        problems.append(Problem("DEPOSIT_TOO_LOW", missing))
    return problems
