"""Lines of a transactions file as checked values (how lines are decoded and refusals explained: orders/services/decode.py)."""

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_type_hints
from uuid import UUID

import msgspec

from core.lib.messages import Message
from core.lib.parsing import usable_day, usable_instant, utc_text
from orders.services import decode
from orders.services.decode import Amount, CodeText, DocumentFormat, Fields, LineIn, PaymentIn, Quantity, Whole
from statements.rules.till import CARD_SIGNS, GiftCardMove, PosTransactionData, PosTransactionKey


class TransactionIn(msgspec.Struct, forbid_unknown_fields=True):
    """One line of the file."""

    store: CodeText
    terminal: CodeText
    number: CodeText
    kind: Literal[
        "sale",
        "income",
        "expense",
        "payment",
        "tender_declaration",
        "start_amount",
        "float",
        "removal",
        "bank_drop",
        "safe_drop",
        "shift_open",
        "shift_close",
    ]
    sold_at: Annotated[datetime, msgspec.Meta(tz=True)]
    currency: CodeText
    net: Amount
    tax: Amount
    total: Amount
    customer: str | None = None
    staff: str | None = None
    lines: list[LineIn] = []
    payments: list[PaymentIn] = []
    discount: Amount | None = None
    paid: Amount | None = None
    item_count: Quantity | None = None
    business_date: date | None = None
    shift: Whole | None = None


class _KeyIn(msgspec.Struct):
    """As much of the key as a bad line still shows."""

    store: Any = ""
    terminal: Any = ""
    number: Any = ""


class Incoming(NamedTuple):
    """A transaction with its digest; its business date counts only if it was given, else the store decides."""

    transaction: PosTransactionData
    given_date: date | None
    digest: UUID

    @property
    def key(self) -> PosTransactionKey:
        """What it is known by."""
        return self.transaction.key


# float_hook is not asked about fields of type Any that hold texts or whole numbers; what it is asked about stays the text of the file.
_decoder = msgspec.json.Decoder(TransactionIn, float_hook=str)
_key_decoder = msgspec.json.Decoder(_KeyIn)


def _checked(raw: TransactionIn) -> Incoming:
    """The transaction with every value checked. Raises FieldError, or TypeError for a number that is an object."""
    decode.refuse_too_many(raw.lines, raw.payments, Message("transaction"))
    lines = decode.in_order([decode.sold_line(line) for line in raw.lines])
    payments = decode.payments_of(raw.payments)
    usable_instant(raw.sold_at)
    if raw.business_date is not None:
        usable_day(raw.business_date)
    code, money = decode.code, decode.money
    transaction = PosTransactionData(
        PosTransactionKey(code[raw.store], code[raw.terminal], code[raw.number]),
        raw.kind,
        raw.sold_at,
        raw.business_date or raw.sold_at.date(),
        decode.currency[raw.currency],
        decode.optional(raw.customer),
        decode.optional(raw.staff),
        money[raw.net],
        money[raw.tax],
        money[raw.total],
        None if raw.discount is None else money[raw.discount],
        None if raw.paid is None else money[raw.paid],
        None if raw.item_count is None else decode.quantity[raw.item_count],
        lines,
        tuple([line for line in lines if not line.voided]),
        payments,
        raw.shift,
        tuple(_gift_card_moves(raw)),
    )
    return Incoming(transaction, raw.business_date, _digest(transaction, raw.business_date))


def _gift_card_moves(raw: TransactionIn) -> Iterator[GiftCardMove]:
    """What the cards named get and give; voided lines and what only counts money move nothing."""
    money = decode.money
    for line in raw.lines:
        if line.gift_card and not line.voided:
            yield GiftCardMove(decode.optional(line.gift_card), money[line.net], line.number, None)
    for payment in raw.payments:
        if payment.gift_card and raw.kind in CARD_SIGNS:
            yield GiftCardMove(decode.optional(payment.gift_card), CARD_SIGNS[raw.kind] * money[payment.amount], None, payment.number)


def _digest(transaction: PosTransactionData, given_date: date | None) -> UUID:
    """Digest of everything but the key, in one spelling of numbers and moments; what came to the format later counts where it is given."""
    content: tuple[object, ...] = (transaction.kind, utc_text(transaction.sold_at), given_date, transaction[4:13])
    content += ([line[:11] for line in transaction.lines], transaction.payments)
    if transaction.shift is not None:
        content += (transaction.shift,)
    if transaction.gift_cards:
        content += (transaction.gift_cards,)
    if scanned := [(line.number, line.expires_on) for line in transaction.lines if line.expires_on is not None]:
        content += (scanned,)
    return UUID(bytes=blake2b(decode.encoder.encode(content), digest_size=16).digest())


def _fields(raw: TransactionIn) -> Fields:
    for name in ("store", "terminal", "number"):
        yield name, decode.code.__getitem__, getattr(raw, name)
    yield "sold_at", usable_instant, raw.sold_at
    yield "business_date", usable_day, raw.business_date
    yield "currency", decode.currency.__getitem__, raw.currency
    yield "customer", decode.optional, raw.customer
    yield "staff", decode.optional, raw.staff
    for name in ("net", "tax", "total", "discount", "paid"):
        yield name, decode.money.__getitem__, getattr(raw, name)
    yield "item_count", decode.quantity.__getitem__, raw.item_count
    yield from decode.line_fields(raw.lines, ("store", "terminal", "number"))
    yield from decode.payment_fields(raw.payments)


def _key_text(data: bytes) -> str:
    """The key of a bad line, as far as it can be read."""
    try:
        key = _key_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return "/".join(str(part)[:60] for part in (key.store, key.terminal, key.number))


TRANSACTIONS = DocumentFormat(
    Message("transaction"),
    _decoder,
    _checked,
    lambda incoming: str(incoming.key),
    _fields,
    _key_text,
    {"sold_at": "2017-01-31T11:53:26-05:00", "business_date": "2017-01-31"},
    {"kind": get_args(get_type_hints(TransactionIn)["kind"])},
)
