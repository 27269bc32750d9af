"""Text of files and requests as checked values: codes, names, numbers, dates; a float never comes near."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import cache
from typing import Final

from core.lib.holds import Holds, holding
from core.lib.messages import Message, Params
from core.lib.problems import Problem

CODE_LENGTH: Final = 60
LONGEST_REASON: Final = 500
NAME_LENGTH: Final = 200
# PostgreSQL's integer columns end here.
LARGEST_WHOLE: Final = 2_147_483_647
# Instants and business dates beyond these years are typing errors, and time zone arithmetic overflows near the ends of the calendar.
EARLIEST_YEAR: Final = 1900
LATEST_YEAR: Final = 2199
DIGITS: Final = 18
# Amounts have at most the decimals of the currencies that have most of them, and at least those of most currencies.
MONEY_PLACES: Final = 3
MONEY_DIGITS: Final = 19
USUAL_PLACES: Final = 2
# What one document may say. Sums and products of ten thousand such documents still fit in the columns that add them up.
DOCUMENT_WHOLE_DIGITS: Final = 12
QUANTITY_WHOLE_DIGITS: Final = 9
QUANTITY_PLACES: Final = 4
LARGEST_AMOUNT: Final = Decimal(10) ** DOCUMENT_WHOLE_DIGITS

_PLAIN_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


@cache
def _exact(digits: int) -> Context:
    """Quantizing in it refuses, in one call, what would lose decimals and what has too many digits."""
    return Context(prec=digits, traps=[Inexact, InvalidOperation])


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROLS_IN_NAMES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Format characters, such as zero-width blanks and marks of direction; separators of lines; what stands for nothing.
_UNSEEN = frozenset({"Cf", "Zl", "Zp", "Co", "Cn"})
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}")


class FieldError(ValueError):
    """A value that cannot be used: a registered code and the values of its sentence, whose place `{field}` is the name of the field."""

    def __init__(self, code: str, params: Params, variant: str = "", field: str = "") -> None:
        said: Params = {"field": field, **params}
        self.problem = Problem(code, said, variant=variant)
        self.code = code
        self._params, self._variant, self._field = params, variant, field
        super().__init__(code)

    def __str__(self) -> str:
        return str(self.message)

    @property
    def message(self) -> Message:
        """The sentence, not yet in any language."""
        return self.problem.message

    @property
    def field(self) -> str:
        """The field that it is about, '' where nobody said."""
        return self._field

    def beside_field(self) -> "FieldError":
        """The same, for whoever reads it beside the field: the sentence does not name it."""
        return FieldError(self.code, self._params, self._variant)

    def at(self, field: str) -> "FieldError":
        """The same, of a value that stands in this field."""
        return FieldError(self.code, self._params, self._variant, f"{field} {self._field}".rstrip())


def shown(value: object) -> str:
    """A value as messages quote it: short, and printable whatever it holds."""
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f"'{text}'" if text.isprintable() else ascii(text)


def visible(text: str) -> str:
    """The text in one spelling (NFC); raises FieldError for characters that nobody sees: two codes could look the same."""
    if text.isascii():
        return text
    clean = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(letter) in _UNSEEN for letter in clean):
        raise FieldError("BAD_TEXT", {"value": ascii(clean[:40])}, "unseen")
    return clean


def reason(text: str, most: int = LONGEST_REASON) -> str:
    """Why something is changed or taken back, in `most` letters. Raises FieldError."""
    if not text.strip():
        raise FieldError("MISSING_FIELD", {}, "reason")
    if len(text) > most:
        raise FieldError("BAD_VALUE", {"given": len(text), "most": most}, "reason_length")
    return text


def code(text: str) -> str:
    """A code or number as people write it, in one spelling and without blanks around it. Raises FieldError."""
    clean = visible(text.strip())
    if not clean:
        raise FieldError("MISSING_FIELD", {}, "blank")
    if _CONTROLS.search(clean):
        raise FieldError("BAD_TEXT", {"value": shown(clean)}, "unprintable")
    if len(clean) > CODE_LENGTH:
        raise FieldError("BAD_VALUE", {"value": shown(clean), "length": len(clean), "most": CODE_LENGTH}, "too_long")
    return clean


@holding(Holds.TEXT)
def name(text: str) -> str:
    """A readable name, without blanks around it. Raises FieldError."""
    clean = text.strip()
    if _CONTROLS_IN_NAMES.search(clean):
        raise FieldError("BAD_TEXT", {"value": shown(clean)}, "unprintable")
    if len(clean) > NAME_LENGTH:
        raise FieldError("BAD_VALUE", {"value": shown(clean), "length": len(clean), "most": NAME_LENGTH}, "too_long")
    return clean


def decimal(text: str, places: int, digits: int = DIGITS) -> Decimal:
    """A number of at most `digits` digits with a point and at most `places` decimals (zeros behind them do no harm). Raises FieldError.

    Exponents, NaN, grouping and digits of other scripts, all of which Decimal would take, are refused.
    """
    if not _PLAIN_NUMBER.fullmatch(text):
        raise FieldError("BAD_NUMBER", {"value": shown(text)}, "no_number")
    try:
        number = Decimal(text).quantize(Decimal(1).scaleb(-places), context=_exact(digits))
    except Inexact:
        raise FieldError("BAD_NUMBER", {"value": shown(text), "decimals": places}, "decimals") from None
    except InvalidOperation:
        raise FieldError("TOO_LARGE", {"value": shown(text), "digits": digits - places}, "number") from None
    return number if number else abs(number)


@holding(Holds.NUMBER)
def money(text: str, digits: int = MONEY_DIGITS) -> Decimal:
    """An amount in a currency that is not known here: at most three decimals, and two where a third one says nothing. Raises FieldError."""
    number = decimal(text, MONEY_PLACES, digits)
    usual = round(number, USUAL_PLACES)
    return usual if usual == number else number


def document_digits(places: int) -> int:
    """How many digits a number of a document has at most: amounts by default, quantities (4 places), prices and costs (6)."""
    whole = {QUANTITY_PLACES: QUANTITY_WHOLE_DIGITS}.get(places, DOCUMENT_WHOLE_DIGITS)
    return whole + places


@holding(Holds.NUMBER)
def document_amount(text: str) -> Decimal:
    """An amount of a document, below `LARGEST_AMOUNT`. Raises FieldError."""
    return money(text, document_digits(MONEY_PLACES))


@holding(Holds.NUMBER)
def document_quantity(text: str) -> Decimal:
    """A quantity of a document: what has more digits is a bar code or an amount in the wrong field. Raises FieldError."""
    try:
        return decimal(text, QUANTITY_PLACES, document_digits(QUANTITY_PLACES))
    except FieldError as error:
        if error.code == "TOO_LARGE":
            raise FieldError("TOO_LARGE", {"value": shown(text), "digits": QUANTITY_WHOLE_DIGITS}, "quantity") from None
        raise


def document_number(text: str, places: int) -> Decimal:
    """An amount, quantity (4 places), price or cost (6) of a document. Raises FieldError."""
    return document_quantity(text) if places == QUANTITY_PLACES else decimal(text, places, document_digits(places))


def refuse_large_product(quantity: Decimal, price: Decimal) -> None:
    """Raises FieldError for a line whose quantity times price is no amount that a document may have."""
    if abs(quantity * price) >= LARGEST_AMOUNT:
        raise FieldError("TOO_LARGE", {"quantity": quantity, "price": price, "digits": DOCUMENT_WHOLE_DIGITS}, "product")


@holding(Holds.NUMBER)
def money_from_zero(text: str) -> Decimal:
    """An amount that is not below zero. Raises FieldError."""
    return _not_below(0, money(text), text)


def _not_below(low: int, number: Decimal, text: str) -> Decimal:
    if number < low:
        raise FieldError("BAD_NUMBER", {"value": shown(text), "low": low}, "below")
    return number


def decimal_of(places: int, *, positive: bool = False, low: int | None = None) -> Callable[[str], Decimal]:
    """A parser of numbers with `places` decimals that are at least `low`, or above zero."""

    @holding(Holds.NUMBER)
    def parse(text: str) -> Decimal:
        number = decimal(text, places)
        if positive and number <= 0:
            raise FieldError("BAD_NUMBER", {"value": shown(text)}, "not_positive")
        return number if low is None else _not_below(low, number, text)

    return parse


class Decimals(dict[object, Decimal]):
    """Numbers by their text: amounts repeat, so a look-up replaces most of the checking.

    `decimals[value]` takes a text or an int from JSON and raises FieldError, or TypeError for what cannot be a key. The memory is bounded.
    """

    LARGEST = 50_000

    def __init__(self, parse: Callable[[str], Decimal], most_digits: int) -> None:
        """`most_digits` may stand before the point."""
        super().__init__()
        self.parse = parse
        self.most_digits = most_digits

    def __missing__(self, value: object) -> Decimal:
        """The number of a value that was not seen before."""
        if isinstance(value, int) and not isinstance(value, bool):
            # Not kept: 1, True and Decimal(1) are one and the same key.
            if value.bit_length() > 80:
                raise FieldError("TOO_LARGE", {"digits": self.most_digits}, "huge_number")
            return self.parse(str(value))
        if not isinstance(value, str):
            raise FieldError("BAD_NUMBER", {"value": shown(value)}, "no_text")
        number = self.parse(value)
        if len(self) >= self.LARGEST:
            self.clear()
        self[value] = number
        return number


class Codes(dict[str, str]):
    """Checked codes by the text that came in; bounded like `Decimals`. `codes[text]` raises FieldError."""

    LARGEST = 100_000

    def __init__(self, parse: Callable[[str], str] = code) -> None:
        super().__init__()
        self.parse = parse

    def __missing__(self, text: str) -> str:
        """The code of a text that was not seen before."""
        clean = self.parse(text)
        if len(self) >= self.LARGEST:
            self.clear()
        self[text] = clean
        return clean


@holding(Holds.FLAG)
def flag(text: str) -> bool:
    """`true` or `false`. Raises FieldError."""
    if text not in ("true", "false"):
        raise FieldError("BAD_VALUE", {"value": shown(text)}, "no_flag")
    return text == "true"


@holding(Holds.NUMBER)
def whole(text: str) -> int:
    """A whole number from 1. Raises FieldError."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= LARGEST_WHOLE):
        raise FieldError("BAD_NUMBER", {"value": shown(text), "most": LARGEST_WHOLE}, "no_whole")
    return int(text)


@holding(Holds.DAY)
def day(text: str) -> date:
    """A date, ISO 8601. Raises FieldError."""
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise FieldError("BAD_DATE", {"value": shown(text)}, "no_date")


# What other systems write where there is no date.
NO_DATE = frozenset({date(1900, 1, 1), date(2154, 12, 31), date(9999, 12, 31)})


@holding(Holds.DAY)
def day_or_none(text: str) -> date | None:
    """A date, ISO 8601, or None for one that stands for no date. Raises FieldError."""
    found = day(text)
    return None if found in NO_DATE else found


@holding(Holds.MOMENT)
def instant(text: str) -> datetime:
    """A moment with its offset, ISO 8601. Raises FieldError."""
    match = _INSTANT.fullmatch(text)
    if match:
        if not match[1]:
            raise FieldError("BAD_DATE", {"value": shown(text)}, "no_offset")
        try:
            return usable_instant(datetime.fromisoformat(text))
        except FieldError:
            raise
        except ValueError:
            pass
    raise FieldError("BAD_DATE", {"value": shown(text)}, "no_moment")


def usable_instant(moment: datetime) -> datetime:
    """The moment itself if its year can be meant. Raises FieldError."""
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise _far_away(moment)
    return moment


def usable_day(value: date) -> date:
    """The date itself if its year can be meant for a business date. Raises FieldError."""
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise _far_away(value)
    return value


def _far_away(value: date) -> FieldError:
    return FieldError("BAD_DATE", {"value": shown(value.isoformat()), "first": EARLIEST_YEAR, "last": LATEST_YEAR}, "far_away")


def clock_time(text: str) -> time:
    """A time of day as HH:MM. Raises FieldError."""
    if _TIME.fullmatch(text):
        try:
            return time.fromisoformat(text)
        except ValueError:
            pass
    raise FieldError("BAD_DATE", {"value": shown(text)}, "no_time")


def utc_text(moment: datetime) -> str:
    """The moment in the one spelling that hashes and comparisons use, whatever offset it was written in."""
    return moment.astimezone(UTC).isoformat()
