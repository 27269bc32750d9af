"""Cells as people's programs write them, put into the spelling of our files; what a spreadsheet damaged is named, never guessed.

Forgiven is what can be meant in one way only: case of flags and words, blanks and apostrophes between thousands, a minus behind a number,
a midnight behind a date, names of months. What could mean two things (1,000 or 12/1/2026) is read as a style says, and refused without one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from core.lib import codes  # noqa: F401  registers the codes used here
from core.lib.damaged_codes import EXPONENT, MONTH, MONTH_OF, is_broken_date
from core.lib.holds import Holds
from core.lib.parsing import FieldError, shown
from core.lib.problems import Code, register, register_texts


class DateOrder(StrEnum):
    """In which order a date has its parts."""

    ISO = "iso"
    DAY_MONTH = "dmy"
    MONTH_DAY = "mdy"


@dataclass(frozen=True, slots=True)
class CellStyle:
    """How the cells of a file are written where it could be meant in several ways.

    `time_zone` is that of moments without offset, blank: they need one. `has_money_signs` takes $, € and the like off numbers,
    `has_serial_dates` reads 46357 as the day that spreadsheets count so, `has_odd_codes` keeps codes that look damaged.
    """

    decimal_sign: str = "."
    date_order: DateOrder = DateOrder.ISO
    time_zone: str = ""
    groups_thousands: bool = False
    has_money_signs: bool = False
    has_serial_dates: bool = False
    has_odd_codes: bool = False


PLAIN: Final = CellStyle()
# The time zone of files whose moments are those of the store that they are of: whoever reads them knows it.
OF_THE_STORE: Final = "store"

register(
    Code(
        "SPREADSHEET_SERIAL",
        "import",
        "A date stands as the number that a spreadsheet keeps for it.",
        "Format the column as date in the spreadsheet, or choose a profile whose dates are numbers of a spreadsheet.",
        "{field} {value} is a number; a spreadsheet means {day} by it. Format the column as date, or choose a profile that says so.",
    ),
    Code(
        "SPREADSHEET_ERROR",
        "import",
        "A cell holds an error of the spreadsheet, or a formula without a value.",
        "Correct the formula in the spreadsheet and save it anew.",
        {
            "": "{field} {value} is an error of the spreadsheet; correct it there.",
            "no_value": "Cell {cell} holds a formula without a value; open the workbook in a spreadsheet program and save it anew.",
        },
    ),
    Code(
        "MERGED_CELLS",
        "import",
        "Cells of the table are merged, so that all but the first of them are blank.",
        "Take the merging off in the spreadsheet, fill the cells, and save it anew.",
        "The cells {cells} are merged; take the merging off and fill each of them.",
    ),
)
register_texts(
    "BAD_NUMBER",
    {
        "comma": "{field} {value} has a comma; choose a profile with decimal comma, or write a point.",
        "point": "{field} {value} has a point where the profile says decimal comma; choose a profile with decimal point.",
        "thousands": "{field} {value} may mean thousands or decimals; choose a profile that says which.",
        "money_sign": "{field} {value} has the sign of a currency; choose a profile with signs of currencies, or take it out.",
    },
)
register_texts(
    "BAD_DATE",
    {
        "local": "{field} {value} does not say which part is the day; choose a profile with the order of day and month, "
        "or write 2017-01-31.",
        "order": "{field} {value} is no date in the order that the profile says ({order}).",
        "no_zone": "{field} {value} has no offset; write it as 2017-01-31T11:53:26-05:00, "
        "or choose a profile with the time zone of the file.",
        "has_time": "{field} {value} has a time of day where a date is meant; take it out.",
    },
)
# --- What spreadsheets do to codes ---------------------------------------------------------------------------------------------------

_ERRORS = frozenset(
    ("#N/A", "#NV", "#REF!", "#BEZUG!", "#VALUE!", "#WERT!", "#VALEUR!", "#NAME?", "#NOM?", "#DIV/0!", "#NULL!", "#NUM!", "#ZAHL!")
)
_TEXT_FORMULA = re.compile(r'="([^"]*)"')


def _code(text: str, style: CellStyle) -> str:
    if style.has_odd_codes:
        return text
    if found := _TEXT_FORMULA.fullmatch(text):
        # How people keep leading zeros from a spreadsheet.
        return found[1]
    if EXPONENT.fullmatch(text):
        raise FieldError("SPREADSHEET_EXPONENT", {"value": shown(text)})
    if is_broken_date(text):
        raise FieldError("SPREADSHEET_DATE", {"value": shown(text)})
    return text


# --- Numbers -------------------------------------------------------------------------------------------------------------------------

# Blanks and apostrophes never part decimals.
_NEUTRAL = "[ \u00a0\u2009\u202f'\u2019]"
_GROUPED = re.compile(rf"-?[0-9]{{1,3}}(?:{_NEUTRAL}[0-9]{{3}})+(?:[.,][0-9]*)?")
_IN_BRACKETS = re.compile(r"\(([^()-]+)\)")
_SIGN = r"[$€£¥₣₹]|kr\.?|Fr\.?|CHF|EUR|USD|GBP|NOK|SEK|DKK"
_MONEY_SIGN = re.compile(
    rf"(?P<minus>-?) ?(?P<sign>{_SIGN})? ?(?P<number>-?[0-9.,'\u2019 ]+?) ?(?P<after>{_SIGN})?",
)


def _number(text: str, style: CellStyle) -> str:
    clean = text.replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " ").replace("\u2009", " ").strip()
    if not clean.isascii() or not clean.replace(".", "", 1).removeprefix("-").isdigit() or style.decimal_sign == ",":
        clean = _odd_number(clean, text, style)
    return clean


def _odd_number(clean: str, text: str, style: CellStyle) -> str:
    """A number that is not digits and a point. Raises FieldError for what could be meant in several ways; other things stay as they are."""
    if is_broken_date(clean):
        raise FieldError("SPREADSHEET_DATE", {"value": shown(text)})
    if found := _IN_BRACKETS.fullmatch(clean):
        clean = f"-{found[1].strip()}"
    if clean.endswith("-"):
        clean = f"-{clean[:-1].strip()}"
    signed = _MONEY_SIGN.fullmatch(clean)
    if signed and (signed["sign"] or signed["after"]):
        if not style.has_money_signs:
            raise FieldError("BAD_NUMBER", {"value": shown(text)}, "money_sign")
        clean = f"{signed['minus']}{signed['number']}".replace("--", "")
    if _GROUPED.fullmatch(clean):
        clean = re.sub(_NEUTRAL, "", clean)
    return _with_point(clean, text, style)


def _with_point(clean: str, text: str, style: CellStyle) -> str:
    """The number with a point before its decimals, groups of thousands closed up. Raises FieldError."""
    decimal, group = (",", ".") if style.decimal_sign == "," else (".", ",")
    digits = clean.removeprefix("-")
    if not digits.replace(".", "").replace(",", "").isdigit():
        return clean
    whole, _, decimals = digits.partition(decimal)
    if decimal in decimals:
        return clean
    if group not in digits:
        return f"{clean[: len(clean) - len(digits)]}{whole}{'.' if decimals else ''}{decimals}"
    is_grouped = all(len(part) == 3 for part in whole.split(group)[1:]) and 1 <= len(whole.split(group)[0]) <= 3
    if not is_grouped or group in decimals or (decimal == "." and digits.count(group) == 1 and not decimals and digits[0] == "0"):
        raise FieldError("BAD_NUMBER", {"value": shown(text)}, "comma" if group == "," else "point")
    # 1,234.56 and 1,234,567 can be read in one way only; in 1,000 the profile has to say what the comma is.
    if decimal == "." and not decimals and digits.count(group) == 1 and not style.groups_thousands:
        raise FieldError("BAD_NUMBER", {"value": shown(text)}, "thousands")
    return f"{clean[: len(clean) - len(digits)]}{whole.replace(group, '')}{'.' if decimals else ''}{decimals}"


# --- Dates and moments ---------------------------------------------------------------------------------------------------------------

_ISO_DAY = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_LOCAL_DAY = re.compile(r"([0-9]{1,2})[-/.] ?([0-9]{1,2})[-/.] ?([0-9]{4}|[0-9]{2})")
_NAMED_DAY = re.compile(rf"([0-9]{{1,2}})[-. ]{{1,2}}{MONTH}[-. ]{{1,2}}([0-9]{{4}}|[0-9]{{2}})")
_NAMED_FIRST = re.compile(rf"{MONTH} ([0-9]{{1,2}}),? ([0-9]{{4}})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6})[0-9]*)?)? ?([AaPp]\.?[Mm]\.?)?")
_OFFSET = re.compile(r" ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})( UTC| GMT)?$")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
# Day 0 of spreadsheets, which count a 29 February 1900; days are meant from 1954 to 2119 only.
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
_SERIALS = range(20_000, 80_000)
_PIVOT = 80


def _day(text: str, style: CellStyle) -> str:
    if _PLAIN_DAY.fullmatch(text):
        return text
    head, clock, offset = _parts(text)
    found = _day_of(head, text, style)
    if found is None:
        return text
    if offset or (clock and clock != time(0)):
        raise FieldError("BAD_DATE", {"value": shown(text)}, "has_time")
    return found.date().isoformat() if isinstance(found, datetime) else found.isoformat()


_PLAIN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _moment(text: str, style: CellStyle) -> str:
    head, clock, offset = _parts(text)
    found = _day_of(head, text, style)
    if found is None:
        return text
    if isinstance(found, datetime):
        clock = found.time()
        found = found.date()
    moment = datetime.combine(found, clock or time(0))
    if offset:
        return f"{moment.isoformat()}{'+00:00' if offset in ('Z', 'UTC', 'GMT') else offset}"
    if style.time_zone == OF_THE_STORE:
        return moment.isoformat()
    if not style.time_zone:
        raise FieldError("BAD_DATE", {"value": shown(text)}, "no_zone")
    return moment.replace(tzinfo=ZoneInfo(style.time_zone)).isoformat()


def _parts(text: str) -> tuple[str, time | None, str]:
    """The day, the time of day and the offset of a moment; what is no time stays with the day."""
    offset = ""
    rest = text
    if ":" in text and (found := _OFFSET.search(text)):
        offset, rest = found[1], text[: found.start()]
    for place in range(len(rest) - 1, 0, -1):
        if rest[place] in "T ," and (clock := _CLOCK.fullmatch(rest[place + 1 :].strip())):
            moment = _time_of(clock)
            if moment is not None:
                return rest[:place].rstrip(" ,"), moment, offset
    return rest.strip(), None, offset


def _time_of(found: "re.Match[str]") -> time | None:
    hour, half = int(found[1]), (found[5] or "").replace(".", "").casefold()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, int(found[2]), int(found[3] or 0), int((found[4] or "0").ljust(6, "0")))
    except ValueError:
        return None


def _day_of(head: str, text: str, style: CellStyle) -> date | datetime | None:
    """The day, None for what is none at all. Raises FieldError for a day that the style does not explain."""
    if _SERIAL.fullmatch(head) and int(Decimal(head)) in _SERIALS:
        counted = _DAY_ZERO + timedelta(seconds=round(Decimal(head) * 86_400))
        if not style.has_serial_dates:
            raise FieldError("SPREADSHEET_SERIAL", {"value": shown(text), "day": counted.date()})
        return counted.replace(tzinfo=None)
    if found := _ISO_DAY.fullmatch(head):
        return _calendar_day(int(found[1]), int(found[2]), int(found[3]))
    if (found := _NAMED_DAY.fullmatch(head)) and (month := MONTH_OF.get(found["month"].casefold())):
        return _calendar_day(_year(found[3]), month, int(found[1]))
    if (found := _NAMED_FIRST.fullmatch(head)) and (month := MONTH_OF.get(found["month"].casefold())):
        return _calendar_day(int(found[3]), month, int(found[2]))
    if not (found := _LOCAL_DAY.fullmatch(head)):
        return None
    if style.date_order == DateOrder.ISO:
        raise FieldError("BAD_DATE", {"value": shown(text)}, "local")
    first, second = int(found[1]), int(found[2])
    day, month = (first, second) if style.date_order == DateOrder.DAY_MONTH else (second, first)
    meant = _calendar_day(_year(found[3]), month, day)
    if meant is None:
        order = "31/12/2017" if style.date_order == DateOrder.DAY_MONTH else "12/31/2017"
        raise FieldError("BAD_DATE", {"value": shown(text), "order": order}, "order")
    return meant


def _year(text: str) -> int:
    number = int(text)
    return number if len(text) == 4 else number + (2000 if number < _PIVOT else 1900)


def _calendar_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- Flags and words -----------------------------------------------------------------------------------------------------------------

_TRUE = frozenset(("true", "yes", "y", "1", "wahr", "ja", "vrai", "oui"))
_FALSE = frozenset(("false", "no", "n", "0", "falsch", "nein", "faux", "non"))


def _flag(text: str, style: CellStyle) -> str:
    word = text.casefold()
    if word in _TRUE:
        return "true"
    return "false" if word in _FALSE else text


def _word(text: str, style: CellStyle) -> str:
    return re.sub(r"[\s_-]+", "_", text.casefold())


_SPELLINGS: dict[Holds, Callable[[str, CellStyle], str]] = {
    Holds.CODE: _code,
    Holds.WORD: _word,
    Holds.CURRENCY: lambda text, style: text.upper(),
    Holds.NUMBER: _number,
    Holds.FLAG: _flag,
    Holds.DAY: _day,
    Holds.MOMENT: _moment,
}


def plain_cell(text: str, holds: Holds, style: CellStyle = PLAIN) -> str:
    """A filled cell in the spelling of our files. Raises FieldError for what is damaged or could be meant in several ways."""
    if text.upper() in _ERRORS or (text and not text.strip("#") and len(text) > 2):
        raise FieldError("SPREADSHEET_ERROR", {"value": shown(text)})
    spell = _SPELLINGS.get(holds)
    return spell(text, style) if spell else text
