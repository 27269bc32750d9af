"""Lines of NDJSON documents as checked values: decoded by type, decimals never through a float, every refusal with its code.

Till transactions and customer orders share lines, payments, and the way in which a refused line is explained.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from core.files.json_problems import KnownFields, RepeatedFieldError, decode_json, json_problem
from core.files.source import Line
from core.lib.imports import Reject, Row, reject_of
from core.lib.messages import Message
from core.lib.parsing import (
    CODE_LENGTH,
    DIGITS,
    DOCUMENT_WHOLE_DIGITS,
    LARGEST_WHOLE,
    MONEY_PLACES,
    QUANTITY_PLACES,
    QUANTITY_WHOLE_DIGITS,
    Codes,
    Decimals,
    FieldError,
    decimal_of,
    document_amount,
    document_quantity,
    refuse_large_product,
    shown,
)
from core.lib.problems import Problem, register_texts
from inventory.services.scans import ScannedLine, scanned_line
from orders.rules.till_lines import PosLineData, PosPaymentData, ReturnRef
from parameters.rules.file_columns import currency_code, unit_code

MOST_LINES = 10_000

for _code, _texts in {
    "TOO_LARGE": {
        "lines": "{field} The {document} has more than {most} lines; split it where it comes from.",
    },
    "BAD_NUMBER": {"no_decimal": "{field} {value} is not a number; write it as a text such as '1.50'."},
    "BAD_VALUE": {"wrong_type": "The line holds a value of the wrong type."},
    "DUPLICATE_LINE": {"number": "{field} Number {number} stands twice among the lines or payments; number them apart."},
}.items():
    register_texts(_code, _texts)

Whole = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_WHOLE)]


def _decimal(places: int, whole: int) -> msgspec.Meta:
    """How a decimal is described. It is taken as it stands in the file, text or number, and checked by `Decimals`."""
    text = {"type": "string", "pattern": rf"^-?[0-9]{{1,{whole}}}(\.[0-9]{{0,{places}}})?$"}
    most = 10**whole - 1
    return msgspec.Meta(extra_json_schema={"anyOf": [text, {"type": "number", "minimum": -most, "maximum": most}]})


Amount = Annotated[Any, _decimal(MONEY_PLACES, DOCUMENT_WHOLE_DIGITS)]
Price = Annotated[Any, _decimal(6, DIGITS - 6)]
Quantity = Annotated[Any, _decimal(QUANTITY_PLACES, QUANTITY_WHOLE_DIGITS)]
CodeText = Annotated[str, msgspec.Meta(extra_json_schema={"minLength": 1, "maxLength": CODE_LENGTH})]

RawT = TypeVar("RawT")
DocumentT = TypeVar("DocumentT")
LineT = TypeVar("LineT")


class ReturnIn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """`return_of` of a line."""

    store: CodeText
    terminal: CodeText
    number: CodeText
    line: Whole


class LineFields(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What a line says wherever it stands; `gift_card` is the number of the card that it sells, reloads or takes back.

    Without `item` it is the one whose GTIN `scan` names.
    """

    number: Whole
    quantity: Quantity
    unit: CodeText
    price: Price
    net: Amount
    item: CodeText | None = None
    discount: Amount = 0
    tax: Amount = 0
    batch: str | None = None
    voided: bool = False
    scan: str | None = None
    gift_card: str | None = None


class LineIn(LineFields, forbid_unknown_fields=True, gc=False):
    """One of `lines` of a transaction."""

    return_of: ReturnIn | None = None


class PaymentIn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One of `payments`; `gift_card` is the number of the card that it is paid with, or paid back to."""

    number: Whole
    method: CodeText
    amount: Amount
    gift_card: str | None = None


encoder = msgspec.json.Encoder(decimal_format="string")

money = Decimals(document_amount, DOCUMENT_WHOLE_DIGITS)
price = Decimals(decimal_of(6), DIGITS - 6)
quantity = Decimals(document_quantity, QUANTITY_WHOLE_DIGITS)
code = Codes()
unit = Codes(unit_code)
currency = Codes(currency_code)

Fields = Iterator[tuple[str, Callable[[Any], object], Any]]


@dataclass(frozen=True, slots=True)
class DocumentFormat(Generic[RawT, DocumentT]):
    """A kind of document: its decoder, the check that makes a value of it, all its fields (to explain a refusal), its key and examples.

    `moments` are the fields that hold dates or instants, each with an example, `words` those that take some words only; `noun` is what a
    line is called.
    """

    noun: Message
    decoder: "msgspec.json.Decoder[RawT]"
    checked: Callable[[RawT], DocumentT]
    key_of: Callable[[DocumentT], str]
    fields: Callable[[RawT], Fields]
    key_text: Callable[[bytes], str]
    moments: dict[str, str]
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def read(self, lines: Iterator[Line]) -> Iterator[Row[DocumentT] | Reject]:
        """Decodes line by line; blank lines are passed over, a bad line is a Reject."""
        for line in lines:
            if line.data or line.too_long:
                yield self.read_line(line)

    def read_line(self, line: Line) -> Row[DocumentT] | Reject:
        """One line as a value or a reject."""
        if line.too_long:
            return reject_of(line.number, "", Problem("TOO_LARGE", variant="line"))
        try:
            raw = decode_json(self.decoder, line.data)
            document = self.checked(raw)
        except (FieldError, TypeError) as error:
            found = explained(self.fields(raw)) or (error if isinstance(error, FieldError) else None)
            problem = found.problem if found else Problem("BAD_VALUE", variant="wrong_type")
            return reject_of(line.number, self.key_text(line.data), problem)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, RepeatedFieldError) as error:
            problem = json_problem(error, line.data, self.noun, KnownFields(self.moments, self.words))
            return reject_of(line.number, self.key_text(line.data), problem)
        return Row(line.number, self.key_of(document), document)


def sold_line(raw: LineIn) -> PosLineData:
    """A line with every value checked. Raises FieldError."""
    back = raw.return_of
    sold, each = quantity[raw.quantity], price[raw.price]
    refuse_large_product(sold, each)
    named = named_by(raw)
    return PosLineData(
        raw.number,
        named.item,
        sold,
        unit[raw.unit],
        each,
        money[raw.discount],
        money[raw.net],
        money[raw.tax],
        named.batch,
        raw.voided,
        ReturnRef(code[back.store], code[back.terminal], code[back.number], back.line) if back else None,
        named.expires_on,
        named.gtin,
    )


def payments_of(raw: Sequence[PaymentIn]) -> tuple[PosPaymentData, ...]:
    """Payments by number. Raises FieldError."""
    return in_order([PosPaymentData(payment.number, code[payment.method], money[payment.amount]) for payment in raw])


def optional(text: str | None) -> str:
    """A code that may be left out. Raises FieldError."""
    return code[text] if text and text.strip() else ""


def named_by(raw: LineFields) -> ScannedLine:
    """Item and batch that a line names, or its scan does, blank for no batch, and the expiry that was scanned. Raises FieldError."""
    if not (raw.scan and raw.scan.strip()):
        return ScannedLine(code[raw.item or ""], optional(raw.batch), None, "")
    found = scanned_line(raw.scan, optional(raw.item), optional(raw.batch))
    return found._replace(batch=optional(found.batch))


def in_order(rows: list[Any], number_of: Callable[[Any], int] = attrgetter("number")) -> tuple[Any, ...]:
    """Rows by number, whatever their order in the file. Raises FieldError for a number that stands twice."""
    numbers = [number_of(row) for row in rows]
    if len(set(numbers)) != len(numbers):
        twice = next(number for number in numbers if numbers.count(number) > 1)
        raise FieldError("DUPLICATE_LINE", {"number": twice}, "number")
    rising = sorted(numbers)
    return tuple(rows if rising == numbers else sorted(rows, key=number_of))


def refuse_too_many(lines: Sequence[object], payments: Sequence[object], noun: Message) -> None:
    """Raises FieldError for a document that nobody wrote by hand or rang up."""
    if len(lines) > MOST_LINES or len(payments) > MOST_LINES:
        raise FieldError("TOO_LARGE", {"document": noun, "most": MOST_LINES}, "lines")


def explained(fields: Fields) -> FieldError | None:
    """The first wrong value with the name of its field; looked for only once something is wrong."""
    for path, check, value in fields:
        try:
            if value is not None:
                check(value)
        except FieldError as error:
            return error.at(path)
        except TypeError:
            return FieldError("BAD_NUMBER", {"value": shown(value)}, "no_decimal").at(path)
    return None


def line_fields(lines: Sequence[Any], return_keys: Sequence[str]) -> Fields:
    """All fields of lines; `return_keys` are the texts that name the line that came back."""
    for place, line in enumerate(lines):
        at = f"lines[{place}]"
        yield f"{at}.item", code.__getitem__, (line.item if line.scan and line.scan.strip() else line.item or "")
        yield f"{at}.unit", unit.__getitem__, line.unit
        yield f"{at}.quantity", quantity.__getitem__, line.quantity
        yield f"{at}.price", price.__getitem__, line.price
        yield at, refuse_product, line
        yield at, named_by, line
        for name in ("discount", "net", "tax"):
            yield f"{at}.{name}", money.__getitem__, getattr(line, name)
        yield f"{at}.batch", optional, line.batch
        yield f"{at}.gift_card", optional, line.gift_card
        if line.return_of:
            for name in return_keys:
                yield f"{at}.return_of.{name}", code.__getitem__, getattr(line.return_of, name)


def refuse_product(line: Any) -> None:
    """Raises FieldError where quantity times price of a line as it came in is too large."""
    refuse_large_product(quantity[line.quantity], price[line.price])


def payment_fields(payments: Sequence[PaymentIn]) -> Fields:
    """All fields of payments."""
    for place, payment in enumerate(payments):
        yield f"payments[{place}].method", code.__getitem__, payment.method
        yield f"payments[{place}].amount", money.__getitem__, payment.amount
        yield f"payments[{place}].gift_card", optional, payment.gift_card
