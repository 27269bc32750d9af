"""Columns of the files of stores and customers."""

from collections.abc import Callable, Collection
from datetime import time
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from core.lib import parsing
from core.lib.csv_columns import Column, FileFormat
from core.lib.decimals import fits
from core.lib.holds import Holds, holding
from core.lib.parsing import CODE_LENGTH, FieldError
from core.lib.problems import Code, Problem, register, register_texts
from parameters.rules.file_columns import currency_code

register(
    Code(
        "UNKNOWN_STORE",
        "import",
        "The store is not known.",
        "Import it first (kind stores), or correct its code.",
        "Store {store} is not known; import it first (kind stores).",
    ),
    Code(
        "STORE_IN_USE",
        "setup",
        "A store cannot go to another company once it has sales or orders.",
        "Choose a warehouse of the same company, or make a new store.",
        "Store {store} has sales or orders of company {kept}; choose a warehouse of that company, or make a new store for {wanted}.",
    ),
)
register_texts(
    "BAD_VALUE",
    {
        "no_time_zone": "{field} {value} is no time zone; write a name such as America/New_York or UTC.",
        "closing_by_shift": "closing_method shift of store {store} needs statement_method shift; set both.",
    },
)
register_texts(
    "BAD_NUMBER",
    {
        "rounding_too_high": "{field} {value} must not be above {most}.",
        "rounding_decimals": "rounding_limit {limit} has more decimals than the {decimals} of {currency}; round it.",
    },
)

WALK_IN_PREFIX = "WALK-IN/"
LARGEST_ROUNDING = Decimal(10)


class StoreRow(NamedTuple):
    """A row of `stores`."""

    code: str
    name: str
    warehouse: str
    currency: str
    time_zone: str
    end_of_business_day: time
    rounding_limit: Decimal | None
    count_rule: str | None
    statement_method: str | None
    number_series: str | None
    statement_model: str | None
    closing_method: str | None


class CustomerRow(NamedTuple):
    """A row of `customers`."""

    code: str
    name: str
    blocked: bool
    credit_limit: Decimal | None
    email: str | None
    phone: str | None
    address: str | None


@cache
def known_time_zones() -> frozenset[str]:
    """Names of the time zone database."""
    return frozenset(available_timezones())


def time_zone(text: str) -> str:
    """The name of a time zone. Raises FieldError."""
    if text not in known_time_zones():
        raise FieldError("BAD_VALUE", {"value": parsing.shown(text)}, "no_time_zone")
    return text


@holding(Holds.NUMBER)
def rounding_limit(text: str) -> Decimal:
    """How far a transaction's amounts may be apart; a limit, not a way to book anything. Raises FieldError."""
    number = parsing.money_from_zero(text)
    if number > LARGEST_ROUNDING:
        raise FieldError("BAD_NUMBER", {"value": parsing.shown(text), "most": LARGEST_ROUNDING}, "rounding_too_high")
    return number


def store_currency_problem(store: str, currency: str, company: str, company_currency: str) -> Problem | None:
    """Why a store cannot sell in a currency that its company does not keep books in: amounts are booked as they are."""
    if currency == company_currency:
        return None
    return Problem(
        "CURRENCY_MISMATCH",
        {"store": store, "currency": currency, "company": company, "company_currency": company_currency},
        variant="store",
    )


def store_company_problem(store: str, companies: Collection[str], wanted: str) -> Problem | None:
    """Why a store that has documents in these companies cannot sell for the wanted one: they are, or will be, in the books of theirs."""
    kept = next((company for company in companies if company != wanted), None)
    if kept is None:
        return None
    return Problem("STORE_IN_USE", {"store": store, "kept": kept, "wanted": wanted})


def rounding_limit_problem(limit: Decimal | None, currency: str, decimals: int) -> Problem | None:
    """Why a rounding limit cannot be an amount of the store's currency."""
    if limit is None or fits(limit, decimals):
        return None
    return Problem("BAD_NUMBER", {"limit": limit, "decimals": decimals, "currency": currency}, variant="rounding_decimals")


def walk_in_code(store: str) -> str:
    """The customer code of a store's anonymous buyers; a digest stands for a store code that leaves no room for the prefix."""
    code = f"{WALK_IN_PREFIX}{store}"
    return code if len(code) <= CODE_LENGTH else f"{WALK_IN_PREFIX}{blake2b(store.encode(), digest_size=16).hexdigest()}"


def one_of(*words: str) -> Callable[[str], str]:
    """A parser of texts that takes these words only."""

    @holding(Holds.WORD)
    def parse(text: str) -> str:
        if text not in words:
            raise FieldError("BAD_VALUE", {"value": parsing.shown(text), "words": words}, "none_of")
        return text

    return parse


STATEMENT_MODELS = one_of("company", "combined", "split")


@holding(Holds.WORD)
def statement_model(text: str) -> str:
    """How the store's days are posted; '' as the company says."""
    word = STATEMENT_MODELS(text)
    return "" if word == "company" else word


def closing_problem(store: str, closing_method: str, statement_method: str) -> Problem | None:
    """Why a store cannot close by shift: what a shift states is counted by shift."""
    if closing_method != "shift" or statement_method == "shift":
        return None
    return Problem("BAD_VALUE", {"store": store}, variant="closing_by_shift")


def store_row(code: str, name: str, *rest: Any) -> StoreRow:
    """A store without a name is called by its code."""
    return StoreRow(code, name or code, *rest)


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
        # Blank: as the store is; a new store has the defaults of the table.
        Column("rounding_limit", rounding_limit, blank=None),
        Column("count", one_of("last", "sum"), blank=None),
        Column("statement_method", one_of("total", "terminal", "staff", "shift"), blank=None),
        Column("number_series", one_of("terminal", "day"), blank=None),
        Column("statement_model", statement_model, blank=None),
        Column("closing_method", one_of("time", "shift"), blank=None),
    ),
    store_row,
)

CUSTOMERS = FileFormat(
    "customers",
    ("customer",),
    (
        Column("customer", parsing.code),
        Column("name", parsing.name, blank=""),
        Column("blocked", parsing.flag),
        # Blank, or left out: as the customer is.
        Column("credit_limit", parsing.money_from_zero, blank=None),
        Column("email", parsing.name, blank=None),
        Column("phone", parsing.name, blank=None),
        Column("address", parsing.name, blank=None),
    ),
    lambda code, name, *rest: CustomerRow(code, name or code, *rest),
)
