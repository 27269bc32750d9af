"""What belongs together in the inbox: open problems with one code and the same subject, which one fix puts right."""

from collections.abc import Mapping
from typing import NamedTuple

from core.lib.messages import Message
from core.lib.ways import about_of

VALIDATION, POSTING, ORDERS, PENDING = "validation", "posting", "orders", "pending"
# What the documents of an area are called; their problems are put right by other people and tried again by other means.
AREAS: Mapping[str, Message] = {
    VALIDATION: Message("POS transactions"),
    POSTING: Message("Statements"),
    ORDERS: Message("Customer orders"),
    PENDING: Message("Pending orders"),
}
ASPECTS = ("store", "item", "batch", "customer", "unit", "day")
# In what problems of a code differ; all others differ in store and item. What is the same for all is left out, so that one fix is one row.
DEFAULT_ASPECTS = ("store", "item")
DIFFERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("L04", "B02", "B06", "DEFAULT_BATCH_IS_REAL", "UNKNOWN_ITEM"), ("item",)),
    **dict.fromkeys(("L13", "NO_UNIT_CONVERSION"), ("item", "unit")),
    **dict.fromkeys(("B01", "B03", "B04"), ("item", "batch")),
    **dict.fromkeys(("H03", "H21", "H22", "CUSTOMER_BLOCKED", "CUSTOMER_ON_HOLD", "CREDIT_LIMIT_EXCEEDED"), ("customer",)),
    **dict.fromkeys(("H01", "PERIOD_CLOSED", "STOCK_PERIOD_CLOSED"), ("day",)),
    **dict.fromkeys(("NO_PARAMETERS", "ACCOUNT_MISSING", "DEFAULT_BATCH_NOT_SET"), ()),
    **dict.fromkeys(("DIFFERENCE_TOO_LARGE", "LINE_DIFFERENCE_TOO_LARGE", "SHIFT_DIFFERENCE_TOO_LARGE"), ("store", "day")),
}


class CauseKey(NamedTuple):
    """What names a cause: where it was found, company (code), problem code, and its subject; other aspects are ''."""

    area: str
    company: str
    code: str
    store: str = ""
    item: str = ""
    batch: str = ""
    customer: str = ""
    unit: str = ""
    day: str = ""

    @property
    def about(self) -> dict[str, str | int]:
        """What fills the links that put it right."""
        return about_of({name: value for name, value in self._asdict().items() if name not in {"area", "code"}})

    @property
    def subject(self) -> tuple[str, ...]:
        """The aspects in which it differs from other causes of its code."""
        return self[3:]


def codes_with(aspect: str) -> list[str]:
    """The codes whose problems differ in the aspect, as far as they are not like all others."""
    return sorted(code for code, aspects in DIFFERS.items() if aspect in aspects)


def key_from(values: Mapping[str, str]) -> CauseKey | None:
    """The cause that an address names; None when it names none."""
    given = {name: values.get(name, "") for name in CauseKey._fields}
    readable = all(value.isprintable() and len(value) <= 200 for value in given.values())
    return CauseKey(**given) if given["area"] in AREAS and given["code"] and readable else None
