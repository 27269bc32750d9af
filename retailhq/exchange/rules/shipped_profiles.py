"""Profiles that are there from the start: how spreadsheets of some countries write files, and the exports of some till systems."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from core.lib.cells import CellStyle, DateOrder
from core.lib.messages import Message
from core.lib.reading_profiles import ReadingProfile
from retailhq.exchange.rules.till_profiles import TILL_SYSTEMS

EUROPEAN: Final = CellStyle(decimal_sign=",", date_order=DateOrder.DAY_MONTH, groups_thousands=True)
AMERICAN: Final = CellStyle(date_order=DateOrder.MONTH_DAY, groups_thousands=True, has_money_signs=True)

BRITISH: Final = CellStyle(date_order=DateOrder.DAY_MONTH, groups_thousands=True)
SERIAL_DATES: Final = CellStyle(has_serial_dates=True)
ODD_CODES: Final = CellStyle(has_odd_codes=True)
WINDOWS: Final = "windows-1252"

_semicolon = partial(ReadingProfile, delimiter=";")
_tabs = partial(ReadingProfile, delimiter="\t")
SPREADSHEETS: Final = (
    _semicolon("semicolon", Message("Semicolons, decimal point, 2017-01-31")),
    _semicolon("european", Message("Semicolons, decimal comma, 31.12.2017"), style=EUROPEAN),
    _semicolon("european-windows", Message("Semicolons, decimal comma, 31.12.2017, Windows-1252"), encoding=WINDOWS, style=EUROPEAN),
    ReadingProfile("british", Message("Commas, decimal point, 31/12/2017"), style=BRITISH),
    ReadingProfile("american", Message("Commas, decimal point, 12/31/2017, $ before amounts"), style=AMERICAN),
    _tabs("tabs", Message("Tabs, decimal point, 2017-01-31")),
    _tabs("unicode-text", Message("Unicode text of a spreadsheet: UTF-16, tabs, decimal point"), encoding="utf-16"),
    ReadingProfile("utf-16", Message("Commas, decimal point, UTF-16"), encoding="utf-16"),
    ReadingProfile("windows", Message("Commas, decimal point, Windows-1252"), encoding=WINDOWS),
    ReadingProfile("serial-dates", Message("Commas, decimal point, dates as numbers of a spreadsheet"), style=SERIAL_DATES),
    ReadingProfile("odd-codes", Message("As our own files, codes right as they stand"), style=ODD_CODES),
)
SHIPPED: Final[Mapping[str, ReadingProfile]] = {profile.code: profile for profile in (*SPREADSHEETS, *TILL_SYSTEMS)}
