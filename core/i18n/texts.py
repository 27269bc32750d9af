"""Numbers and dates as text in the language of the person who reads them."""

from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import date_format, number_format

from core.lib.decimals import plain_text

MINUS = "\N{MINUS SIGN}"


def decimal_text(value: Decimal, places: int | None = None) -> str:
    """The number with the language's separators, a real minus sign, and `places` decimals (None: as many as are not zero)."""
    plain = plain_text(value) if places is None else f"{value:.{places}f}"
    # Given as text, so that no digit is rounded away and none is made up.
    decimals = len(plain.partition(".")[2])
    return number_format(Decimal(plain), decimal_pos=decimals, force_grouping=True).replace("-", MINUS)


def price_text(value: Decimal, places: int) -> str:
    """A price: with the decimals of the currency, and with more where it has more."""
    exact = len(plain_text(value).partition(".")[2])
    return decimal_text(value, max(places, exact))


def count_text(number: int | None) -> str:
    """A whole number with the language's thousands separators; none at all is 0."""
    return number_format(number or 0, decimal_pos=0, force_grouping=True)


def day_text(day: date | None) -> str:
    """A date as the language writes it with digits; '' for none."""
    return "" if day is None else date_format(day, "DATE_FORMAT")


def moment_text(at: datetime, style: str = "full") -> str:
    """An instant that is already in the right zone. `style`: full (to the second), short (to the minute), time (without the day)."""
    return date_format(at, {"full": "DATETIME_FORMAT", "short": "SHORT_DATETIME_FORMAT", "time": "TIME_FORMAT"}[style])
