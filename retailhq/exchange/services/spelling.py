"""Codes of a file beside those that exist: units in another case are meant, items without their leading zeros are named, not made.

What is meant in one way only is forgiven: a unit PCS where only pcs exists. An item 12345 where 0012345 exists is what a spreadsheet leaves
of it; it is refused with the item that is there, before anything of its row is written.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from core.db.upsert import ids_by_code
from core.lib.imports import BatchResult, Row
from core.lib.problems import Code, Problem, register
from orders.services.order_files import IncomingOrder
from parameters.queries import units_as_known
from statements.services.decode import Incoming

register(
    Code(
        "LOST_ZEROS",
        "import",
        "A code lost its leading zeros, as spreadsheets do with numbers; the code with zeros exists.",
        "Format the column as text in the spreadsheet and fill the codes in with their zeros. If it is another one all the same, make it "
        "under Setup first, or choose a profile that keeps codes as they stand.",
        "{code} is not known, but {candidate} is: a spreadsheet takes leading zeros away. Write {candidate}.",
    ),
)

RowT = TypeVar("RowT", bound=Any)
Write = Callable[[Sequence[Row[Any]]], BatchResult]
# Numbers of goods have 8, 12, 13 or 14 digits; shorter ones of one's own are rarely filled up by more than these.
MOST_ZEROS = 8


class Names(NamedTuple):
    """Which values of a row name what: fields with units, and fields with codes of a table."""

    units: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()


TABLES = {"item": "inventory_item", "warehouse": "inventory_warehouse", "store": "orders_store", "customer": "orders_customer"}
NAMES: Mapping[str, Names] = {
    "items": Names(("unit",), (("code", "item"),)),
    "receipts": Names((), (("item", "item"), ("warehouse", "warehouse"))),
    "journals": Names((), (("item", "item"), ("warehouse", "warehouse"), ("to_warehouse", "warehouse"))),
    "unit-conversions": Names(("from_unit", "to_unit"), (("item", "item"),)),
    "warehouses": Names((), (("code", "warehouse"),)),
    "stores": Names((), (("code", "store"), ("warehouse", "warehouse"))),
    "customers": Names((), (("code", "customer"),)),
}


def candidates(table: str, codes: Iterable[str]) -> dict[str, str]:
    """Codes that are not known and have lost zeros, with the shortest that is known with zeros; at most two queries."""
    numbers = {code for code in codes if code.isascii() and code.isdigit() and not code.startswith("0")}
    missing = numbers - ids_by_code(table, numbers).keys()
    filled = {f"{'0' * zeros}{code}": code for code in missing for zeros in range(1, MOST_ZEROS + 1)}
    found: dict[str, str] = {}
    for whole in sorted(ids_by_code(table, filled.keys()), key=len):
        found.setdefault(filled[whole], whole)
    return found


def spelled(kind: str, write: Write) -> Write:
    """The same import with units as they are known; rows whose codes lost their zeros are refused, LOST_ZEROS."""
    names = NAMES.get(kind)
    if names is None:
        return write

    def written(batch: Sequence[Row[Any]]) -> BatchResult:
        lost = BatchResult()
        units = units_as_known({getattr(row.value, name) for row in batch for name in names.units})
        if units:
            batch = [_renamed(row, {name: units.get(getattr(row.value, name), "") for name in names.units}) for row in batch]
        for name, what in names.codes:
            zeros = candidates(TABLES[what], {getattr(row.value, name) for row in batch})
            for row in batch if zeros else ():
                if candidate := zeros.get(code := getattr(row.value, name)):
                    lost.reject(row, lost_zeros(code, candidate))
        refused = {reject.row for reject in lost.rejects}
        result = write([row for row in batch if row.number not in refused] if refused else batch)
        result.rejects += lost.rejects
        return result

    return written


def lost_zeros(code: str, candidate: str) -> Problem:
    """The code, and the one that is meant."""
    return Problem("LOST_ZEROS", {"code": code, "candidate": candidate})


def _renamed(row: Row[RowT], values: Mapping[str, str]) -> Row[RowT]:
    changed = {name: value for name, value in values.items() if value}
    return row._replace(value=row.value._replace(**changed)) if changed else row


def spelled_documents(write: Write) -> Write:
    """The same import of transactions or customer orders; items that lost their zeros are warned of."""

    def written(batch: Sequence[Row[Any]]) -> BatchResult:
        result = write(batch)
        zeros = candidates(TABLES["item"], {line.item for row in batch for line in _document(row.value).lines})
        for row in batch if zeros else ():
            for line in _document(row.value).lines:
                if candidate := zeros.get(line.item):
                    result.warn(row, lost_zeros(line.item, candidate))
                    break
        return result

    return written


def _document(value: Incoming | IncomingOrder) -> Any:
    return value.transaction if isinstance(value, Incoming) else value.order
