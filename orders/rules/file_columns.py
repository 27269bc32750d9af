"""Columns of the files of stores and customers."""

from datetime import time
from functools import cache
from hashlib import blake2b
from typing import NamedTuple
from zoneinfo import available_timezones

from core.lib import parsing
from core.lib.csv_columns import Column, FileFormat
from core.lib.parsing import CODE_LENGTH, FieldError
from core.lib.problems import Code, register
from parameters.rules.file_columns import currency_code

register(Code("UNKNOWN_STORE", "import", "The store is not known.", "Import it first (kind stores), or correct its code."))

WALK_IN_PREFIX = "WALK-IN/"


class StoreRow(NamedTuple):
    """A row of `stores`."""

    code: str
    name: str
    warehouse: str
    currency: str
    time_zone: str
    end_of_business_day: time


class CustomerRow(NamedTuple):
    """A row of `customers`."""

    code: str
    name: str
    blocked: bool


@cache
def known_time_zones() -> frozenset[str]:
    """Names of the time zone database."""
    return frozenset(available_timezones())


def time_zone(text: str) -> str:
    """The name of a time zone. Raises FieldError."""
    if text not in known_time_zones():
        raise FieldError("BAD_VALUE", f"{parsing.shown(text)} is no time zone; write a name such as America/New_York or UTC.")
    return text


def walk_in_code(store: str) -> str:
    """The customer code of a store's anonymous buyers; a digest stands for a store code that leaves no room for the prefix."""
    code = f"{WALK_IN_PREFIX}{store}"
    return code if len(code) <= CODE_LENGTH else f"{WALK_IN_PREFIX}{blake2b(store.encode(), digest_size=16).hexdigest()}"


def store_row(code: str, name: str, warehouse: str, currency: str, zone: str, end_of_business_day: time) -> StoreRow:
    """A store without a name is called by its code."""
    return StoreRow(code, name or code, warehouse, currency, zone, end_of_business_day)


STORES = FileFormat(
    "stores",
    ("store",),
    (
        Column("store", parsing.code),
        Column("name", parsing.name, blank=""),
        Column("warehouse", parsing.code),
        Column("currency", currency_code),
        Column("time_zone", time_zone),
        Column("end_of_business_day", parsing.clock_time, blank=time(0, 0)),
    ),
    store_row,
)

CUSTOMERS = FileFormat(
    "customers",
    ("customer",),
    (Column("customer", parsing.code), Column("name", parsing.name, blank=""), Column("blocked", parsing.flag)),
    lambda code, name, blocked: CustomerRow(code, name or code, blocked),
)
