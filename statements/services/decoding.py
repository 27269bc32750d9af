"""Lines of a transactions file as checked values: decoded by type, decimals never through a float, every refusal with its code."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from inventory.rules.file_columns import unit_code
from parameters.rules.file_columns import currency_code
from retailhq.files.source import Line
from retailhq.lib.importing import Reject, Row
from retailhq.lib.texts import LARGEST_WHOLE, Codes, Decimals, FieldError, shown, usable_day, usable_instant, utc_text
from statements.rules.till import ReturnRef, TillKey, TillLine, TillPayment, TillTransaction

MOST_LINES = 10_000

Whole = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_WHOLE)]
# Decimals are taken as they stand in the file, text or number, and checked by `Decimals`.
Number = Any


class ReturnIn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """`return_of` of a line."""

    store: str
    terminal: str
    number: str
    line: Whole


class LineIn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One of `lines`."""

    number: Whole
    item: str
    quantity: Number
    unit: str
    price: Number
    net: Number
    discount: Number = 0
    tax: Number = 0
    batch: str | None = None
    voided: bool = False
    return_of: ReturnIn | None = None


class PaymentIn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One of `payments`."""

    number: Whole
    method: str
    amount: Number


class TransactionIn(msgspec.Struct, forbid_unknown_fields=True):
    """One line of the file."""

    store: str
    terminal: str
    number: str
    kind: Literal["sale", "income", "expense", "tender_declaration", "float", "removal", "bank_drop", "safe_drop"]
    sold_at: Annotated[datetime, msgspec.Meta(tz=True)]
    currency: str
    net: Number
    tax: Number
    total: Number
    customer: str | None = None
    staff: str | None = None
    lines: list[LineIn] = []
    payments: list[PaymentIn] = []
    discount: Number = None
    paid: Number = None
    item_count: Number = None
    business_date: date | None = None


class _KeyIn(msgspec.Struct):
    """As much of the key as a bad line still shows."""

    store: Any = ""
    terminal: Any = ""
    number: Any = ""


class Incoming(NamedTuple):
    """A transaction with its digest; its business date counts only if it was given, else the store decides."""

    transaction: TillTransaction
    given_date: date | None
    digest: UUID


# float_hook is not asked about fields of type Any that hold texts or whole numbers; what it is asked about stays the text of the file.
_decoder = msgspec.json.Decoder(TransactionIn, float_hook=str)
_key_decoder = msgspec.json.Decoder(_KeyIn)
_encoder = msgspec.json.Encoder(decimal_format="string")

_money = Decimals(2)
_price = Decimals(6)
_quantity = Decimals(4)
_code = Codes()
_unit = Codes(unit_code)
_currency = Codes(currency_code)

_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_FIELD = re.compile(r"field `([^`]*)`")


def read_transactions(lines: Iterator[Line]) -> Iterator[Row[Incoming] | Reject]:
    """Decodes line by line; blank lines are passed over, a bad line is a Reject."""
    for line in lines:
        if line.data or line.too_long:
            yield read_line(line)


def read_line(line: Line) -> Row[Incoming] | Reject:
    """One line as a value or a reject."""
    if line.too_long:
        return Reject(line.number, "", "TOO_LARGE", "The line has more than a million characters; split it where it comes from.")
    try:
        raw = _decoder.decode(line.data)
        incoming = _checked(raw)
    except (FieldError, TypeError) as error:
        found = error if isinstance(error, FieldError) else FieldError("BAD_VALUE", "The line holds a value of the wrong type.")
        found = _explained(raw) or found
        return Reject(line.number, _key_text(line.data), found.code, found.message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        code, message = _decoding_problem(error, line.data)
        return Reject(line.number, _key_text(line.data), code, message)
    return Row(line.number, str(incoming.transaction.key), incoming)


def _checked(raw: TransactionIn) -> Incoming:
    """The transaction with every value checked. Raises FieldError, or TypeError for a number that is an object."""
    if len(raw.lines) > MOST_LINES or len(raw.payments) > MOST_LINES:
        raise FieldError("TOO_LARGE", f"The transaction has more than {MOST_LINES} lines; split it where it comes from.")
    lines = _in_order([_line(line) for line in raw.lines])
    payments = _in_order([TillPayment(payment.number, _code[payment.method], _money[payment.amount]) for payment in raw.payments])
    usable_instant(raw.sold_at)
    if raw.business_date is not None:
        usable_day(raw.business_date)
    transaction = TillTransaction(
        TillKey(_code[raw.store], _code[raw.terminal], _code[raw.number]),
        raw.kind,
        raw.sold_at,
        raw.business_date or raw.sold_at.date(),
        _currency[raw.currency],
        _optional(raw.customer),
        _optional(raw.staff),
        _money[raw.net],
        _money[raw.tax],
        _money[raw.total],
        None if raw.discount is None else _money[raw.discount],
        None if raw.paid is None else _money[raw.paid],
        None if raw.item_count is None else _quantity[raw.item_count],
        lines,
        tuple([line for line in lines if not line.voided]),
        payments,
    )
    return Incoming(transaction, raw.business_date, _digest(transaction, raw.business_date))


def _line(raw: LineIn) -> TillLine:
    back = raw.return_of
    return TillLine(
        raw.number,
        _code[raw.item],
        _quantity[raw.quantity],
        _unit[raw.unit],
        _price[raw.price],
        _money[raw.discount],
        _money[raw.net],
        _money[raw.tax],
        _optional(raw.batch),
        raw.voided,
        ReturnRef(_code[back.store], _code[back.terminal], _code[back.number], back.line) if back else None,
    )


def _optional(text: str | None) -> str:
    return _code[text] if text and text.strip() else ""


def _in_order(rows: list[Any]) -> tuple[Any, ...]:
    """Rows by number, whatever their order in the file. Raises FieldError for a number that stands twice."""
    numbers = [row.number for row in rows]
    if len(set(numbers)) != len(numbers):
        twice = next(number for number in numbers if numbers.count(number) > 1)
        raise FieldError("DUPLICATE_LINE", f"Number {twice} stands twice among the lines or payments; number them apart.")
    rising = sorted(numbers)
    return tuple(rows if rising == numbers else sorted(rows, key=lambda row: row.number))


def _digest(transaction: TillTransaction, given_date: date | None) -> UUID:
    """Digest of everything but the key, in one spelling of numbers and moments."""
    content = (transaction.kind, utc_text(transaction.sold_at), given_date, transaction[4:13], transaction.lines, transaction.payments)
    return UUID(bytes=blake2b(_encoder.encode(content), digest_size=16).digest())


def _explained(raw: TransactionIn) -> FieldError | None:
    """The first wrong value with the name of its field; looked for only once something is wrong."""
    for path, check, value in _all_fields(raw):
        try:
            if value is not None:
                check(value)
        except FieldError as error:
            return FieldError(error.code, f"{path} {error.message}")
        except TypeError:
            return FieldError("BAD_NUMBER", f"{path} {shown(value)} is not a number; write it as a text such as '1.50'.")
    return None


def _all_fields(raw: TransactionIn) -> Iterator[tuple[str, Callable[[Any], object], Any]]:
    for name in ("store", "terminal", "number"):
        yield name, _code.__getitem__, getattr(raw, name)
    yield "sold_at", usable_instant, raw.sold_at
    yield "business_date", usable_day, raw.business_date
    yield "currency", _currency.__getitem__, raw.currency
    yield "customer", _optional, raw.customer
    yield "staff", _optional, raw.staff
    for name in ("net", "tax", "total", "discount", "paid"):
        yield name, _money.__getitem__, getattr(raw, name)
    yield "item_count", _quantity.__getitem__, raw.item_count
    for place, line in enumerate(raw.lines):
        at = f"lines[{place}]"
        yield f"{at}.item", _code.__getitem__, line.item
        yield f"{at}.unit", _unit.__getitem__, line.unit
        yield f"{at}.quantity", _required(_quantity), line.quantity
        yield f"{at}.price", _required(_price), line.price
        for name in ("discount", "net", "tax"):
            yield f"{at}.{name}", _required(_money), getattr(line, name)
        yield f"{at}.batch", _optional, line.batch
        if line.return_of:
            for name in ("store", "terminal", "number"):
                yield f"{at}.return_of.{name}", _code.__getitem__, getattr(line.return_of, name)
    for place, payment in enumerate(raw.payments):
        yield f"payments[{place}].method", _code.__getitem__, payment.method
        yield f"payments[{place}].amount", _required(_money), payment.amount


def _required(numbers: Decimals) -> Callable[[Any], Decimal]:
    return numbers.__getitem__


def _decoding_problem(error: Exception, data: bytes) -> tuple[str, str]:
    """Code and sentence of what the decoder refused."""
    if isinstance(error, RecursionError):
        return "BAD_JSON", "The line is nested too deeply; write one flat object as the format says."
    if isinstance(error, UnicodeDecodeError):
        return "BAD_ENCODING", "The line is not UTF-8; save the file as UTF-8."
    if not isinstance(error, msgspec.ValidationError):
        if _LONE_SURROGATE.search(data):
            return "BAD_TEXT", "A text holds half of a surrogate pair; take it out where the data comes from."
        return "BAD_JSON", f"The line is not a JSON object ({error}); write one object a line."
    match = _AT.match(str(error))
    what, path = (match["what"], (match["path"] or "").lstrip(".")) if match else (str(error), "")
    name = _FIELD.search(what)
    if name and what.startswith("Object missing"):
        return "MISSING_FIELD", f"{path + '.' if path else ''}{name[1]} is missing; fill it in."
    if name and what.startswith("Object contains unknown"):
        return "UNKNOWN_FIELD", f"{path + '.' if path else ''}{name[1]} is no field of the format; take it out or correct its name."
    if "out of range" in what:
        return "TOO_LARGE", f"{path} has more digits than fit; correct it."
    if not path:
        return "BAD_JSON", f"The line is not a transaction ({what}); write one object a line."
    if path in ("sold_at", "business_date"):
        wanted = "2017-01-31T11:53:26-05:00" if path == "sold_at" else "2017-01-31"
        return "BAD_DATE", f"{path} cannot be read ({what}); write it as {wanted}."
    code = "BAD_NUMBER" if re.fullmatch(r"(lines|payments)\[[^]]*\]\.(number|return_of\.line)", path) else "BAD_VALUE"
    return code, f"{path} cannot be used: {what.replace('`', '')}."


def _key_text(data: bytes) -> str:
    """The key of a bad line, as far as it can be read."""
    try:
        key = _key_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return "/".join(str(part)[:60] for part in (key.store, key.terminal, key.number))
