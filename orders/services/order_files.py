"""Lines of a file of customer orders as checked values (how lines are decoded and refusals explained: decode.py)."""

from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal, NamedTuple, get_args
from uuid import UUID

import msgspec

from core.lib.messages import Message
from core.lib.parsing import refuse_large_product, usable_instant, utc_text
from orders.rules.place_orders import NewLine, NewOrder, OrderReturn
from orders.rules.till_lines import OrderPaymentData
from orders.services import decode
from orders.services.decode import Amount, CodeText, DocumentFormat, Fields, LineFields, PaymentIn, Whole

Mode = Literal["pickup", "ship", "carry_out"]


class ReturnIn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """`return_of` of a line."""

    order: CodeText
    line: Whole


class OrderLineIn(LineFields, forbid_unknown_fields=True, gc=False):
    """One of `lines`; without `delivery` it goes the way of the order."""

    return_of: ReturnIn | None = None
    delivery: Mode | None = None


class OrderIn(msgspec.Struct, forbid_unknown_fields=True):
    """One line of the file."""

    store: CodeText
    order: CodeText
    ordered_at: Annotated[datetime, msgspec.Meta(tz=True)]
    delivery: Mode
    currency: CodeText
    net: Amount
    tax: Amount
    total: Amount
    customer: str | None = None
    warehouse: str | None = None
    lines: list[OrderLineIn] = []
    payments: list[PaymentIn] = []


class _KeyIn(msgspec.Struct):
    """As much of the key as a bad line still shows."""

    order: Any = ""


class IncomingOrder(NamedTuple):
    """An order with its digest."""

    order: NewOrder
    digest: UUID


_key_decoder = msgspec.json.Decoder(_KeyIn)


def _line(raw: OrderLineIn, delivery: str) -> NewLine:
    code, money = decode.code, decode.money
    quantity, price, named = decode.quantity[raw.quantity], decode.price[raw.price], decode.named_by(raw)
    refuse_large_product(quantity, price)
    return NewLine(
        raw.number,
        named.item,
        quantity,
        decode.unit[raw.unit],
        price,
        money[raw.discount],
        money[raw.net],
        money[raw.tax],
        named.batch,
        raw.delivery or delivery,
        OrderReturn(code[raw.return_of.order], raw.return_of.line) if raw.return_of else None,
        decode.optional(raw.gift_card),
        named.expires_on,
        named.gtin,
    )


def _payment(raw: PaymentIn) -> OrderPaymentData:
    return OrderPaymentData(raw.number, decode.code[raw.method], decode.money[raw.amount], decode.optional(raw.gift_card))


def _checked(raw: OrderIn) -> IncomingOrder:
    """The order with every value checked; voided lines are as if they had never been. Raises FieldError or TypeError."""
    decode.refuse_too_many(raw.lines, raw.payments, Message("order"))
    numbered = decode.in_order([(_line(line, raw.delivery), line.voided) for line in raw.lines], lambda pair: pair[0].number)
    usable_instant(raw.ordered_at)
    code, money = decode.code, decode.money
    order = NewOrder(
        code[raw.order],
        code[raw.store],
        decode.optional(raw.customer),
        raw.ordered_at,
        raw.delivery,
        decode.currency[raw.currency],
        decode.optional(raw.warehouse),
        tuple(line for line, voided in numbered if not voided),
        decode.in_order([_payment(payment) for payment in raw.payments]),
        money[raw.net],
        money[raw.tax],
        money[raw.total],
    )
    return IncomingOrder(order, order_digest(order))


def _line_content(line: NewLine) -> tuple[object, ...]:
    later = (line.gift_card, line.expires_on)
    return (*line[:11], *(value for value in later if value))


def order_digest(order: NewOrder) -> UUID:
    """Digest of everything but the key, in one spelling of numbers and moments; what came to the format later counts where it is given."""
    lines = [_line_content(line) for line in order.lines]
    payments = [payment if payment.gift_card else payment[:-1] for payment in order.payments]
    content = (order.store, order.customer, utc_text(order.ordered_at), *order[4:7], lines, payments, *order[9:])
    return UUID(bytes=blake2b(decode.encoder.encode(content), digest_size=16).digest())


def _fields(raw: OrderIn) -> Fields:
    for name in ("store", "order"):
        yield name, decode.code.__getitem__, getattr(raw, name)
    yield "ordered_at", usable_instant, raw.ordered_at
    yield "currency", decode.currency.__getitem__, raw.currency
    for name in ("customer", "warehouse"):
        yield name, decode.optional, getattr(raw, name)
    for name in ("net", "tax", "total"):
        yield name, decode.money.__getitem__, getattr(raw, name)
    yield from decode.line_fields(raw.lines, ("order",))
    yield from decode.payment_fields(raw.payments)


def _key_text(data: bytes) -> str:
    try:
        return str(_key_decoder.decode(data).order)[:60]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


CUSTOMER_ORDERS = DocumentFormat(
    Message("customer order"),
    # float_hook is not asked about fields of type Any that hold texts or whole numbers; what it is asked about stays the text of the file.
    msgspec.json.Decoder(OrderIn, float_hook=str),
    _checked,
    lambda incoming: incoming.order.number,
    _fields,
    _key_text,
    {"ordered_at": "2017-01-31T11:53:26-05:00"},
    {"delivery": get_args(Mode)},
)
