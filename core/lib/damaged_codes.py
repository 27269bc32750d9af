"""Codes that a spreadsheet damaged: what is left of them, and what they may have been.

A spreadsheet takes leading zeros away, cuts long numbers to an exponent, and makes dates of 1-11. None of that can be undone by itself;
but where a code that exists is the only one that may have been meant, it is named.
"""

import re
from decimal import Decimal
from itertools import product
from typing import Final, NamedTuple

from core.lib import codes  # noqa: F401  registers the codes used here
from core.lib.problems import Code, Problem, register

LOST_ZEROS: Final = "LOST_ZEROS"
register(
    Code(
        LOST_ZEROS,
        "import",
        "A code lost its leading zeros, as spreadsheets do with numbers; the code with zeros exists.",
        "Write the code with its zeros; in a spreadsheet, format the column as text first. If it is another one all the same, make it "
        "under Setup first, or choose a profile that keeps codes as they stand.",
        "{code} is not known, but {candidate} is: a spreadsheet takes leading zeros away. Write {candidate}.",
    ),
    Code(
        "SPREADSHEET_EXPONENT",
        "import",
        "A spreadsheet turned a long number into one with an exponent; its last digits are lost.",
        "Format the column as text in the spreadsheet, fill the numbers in again, and save it anew.",
        {
            "": "{field} {value} was a long number; a spreadsheet cut it to an exponent. Format the column as text and fill it in again.",
            "candidate": "{field} {value} was a long number, perhaps {candidate}; a spreadsheet cut it to an exponent. Format the column "
            "as text and fill it in again.",
            "known": "{code} is not known, but {candidate} is: a spreadsheet cuts long numbers to an exponent. Write {candidate}.",
        },
    ),
    Code(
        "SPREADSHEET_DATE",
        "import",
        "A spreadsheet turned a code or number into a date.",
        "Format the column as text in the spreadsheet and fill the cell in again; if the code is right as it stands, choose a profile "
        "that says so.",
        {
            "": "{field} {value} looks like a date that a spreadsheet made of something else; format the column as text and fill it in "
            "again.",
            "candidate": "{field} {value} looks like a date that a spreadsheet made of {candidate}; format the column as text and fill it "
            "in again.",
            "known": "{code} is not known, but {candidate} is: a spreadsheet makes dates of such codes. Write {candidate}.",
        },
    ),
)


_MONTHS = {
    1: "jan january januar janvier janv",
    2: "feb february februar février fevrier févr fév",
    3: "mar march mär märz mrz mars",
    4: "apr april avril avr",
    5: "may mai",
    6: "jun june juni juin",
    7: "jul july juli juillet juil",
    8: "aug august août aout",
    9: "sep sept september septembre",
    10: "oct october okt oktober octobre",
    11: "nov november novembre",
    12: "dec december dez dezember décembre déc",
}
MONTH_OF = {name: month for month, names in _MONTHS.items() for name in names.split()}
MONTH = "(?P<month>[^\\W\\d_]{3,10})\\.?"
_DAY_AND_MONTH = re.compile(
    rf"(?P<day>[0-9]{{1,2}})[-. ]{{1,2}}{MONTH}(?:[-. ]{{1,2}}[0-9]{{2,4}})?|{MONTH.replace('month', 'first')}[- ](?P<after>[0-9]{{2,4}})"
)
EXPONENT = re.compile(r"-?(?P<first>[0-9])(?:[.,](?P<more>[0-9]+))?E\+(?P<power>[0-9]{2,3})", re.IGNORECASE)
# Numbers of goods have 8, 12, 13 or 14 digits; shorter ones of one's own are rarely filled up by more than these.
MOST_ZEROS: Final = 8
# Codes are no longer than this.
_MOST_POWER: Final = 30


def is_broken_date(text: str) -> bool:
    """Whether the text is what spreadsheets show for 1-11 or Nov-26 that was typed as something else."""
    return _day_and_month(text) is not None


def _day_and_month(text: str) -> tuple[int, int] | None:
    """The number and the month that a date was made of."""
    found = _DAY_AND_MONTH.fullmatch(text)
    month = MONTH_OF.get((found["month"] or found["first"]).casefold()) if found else None
    return (int(found["day"] or found["after"]), month) if found and month else None


class Damage(NamedTuple):
    """What happened to a code, and what it may have been: one of `spellings`, the best one first, or a number from `low` to `high`."""

    code: str
    spellings: tuple[str, ...] = ()
    low: str = ""
    high: str = ""


def damage_of(text: str) -> Damage | None:
    """What a spreadsheet may have done to the code; None where nothing shows."""
    if text.isascii() and text.isdigit() and not text.startswith("0"):
        return Damage(LOST_ZEROS, tuple(f"{'0' * zeros}{text}" for zeros in range(1, MOST_ZEROS + 1)))
    if found := EXPONENT.fullmatch(text):
        return _exponent(found)
    numbers = _day_and_month(text)
    if numbers is None:
        return None
    pair = tuple(map(str, numbers))
    ways = [(first.zfill(width), second.zfill(width)) for width in (1, 2) for first, second in (pair, pair[::-1])]
    return Damage("SPREADSHEET_DATE", tuple(dict.fromkeys(f"{one}{sign}{two}" for (one, two), sign in product(ways, "-/."))))


def _exponent(found: "re.Match[str]") -> Damage | None:
    """The whole numbers that are rounded to the digits that are left."""
    power, more = int(found["power"]), found["more"] or ""
    if power > _MOST_POWER or len(more) > power:
        return None
    lost = power - len(more)
    shown, half = Decimal(f"{found['first']}{more}").scaleb(lost), Decimal(5).scaleb(lost - 1) if lost else Decimal(0)
    low, high = (f"{number:.0f}".zfill(power + 1) for number in (shown - half, shown + max(half - 1, Decimal(0))))
    return Damage("SPREADSHEET_EXPONENT", low=low, high=high) if len(low) == len(high) else None


def named_instead(code: str, candidate: str, damage: str, problem: Problem | None = None) -> Problem:
    """The problem of a code that is not known, with the one that is; it stands where `problem` does."""
    variant = "" if damage == LOST_ZEROS else "known"
    field, line = (problem.field, problem.line) if problem else (None, None)
    return Problem(damage, {"code": code, "candidate": candidate}, field, line, variant)
