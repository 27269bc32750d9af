"""Codes of a file of master data beside those that exist: units in another case are meant, codes without their zeros are named, not made.

What is meant in one way only is forgiven: a unit PCS where only pcs exists. An item 12345 where 0012345 exists is what a spreadsheet leaves
of it; it is refused with the item that is there, before anything of its row is written. What rows name without making it, importers
refuse by themselves (core/db/meant_codes.py).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from core.db.meant_codes import meant_codes
from core.lib.damaged_codes import LOST_ZEROS, named_instead
from core.lib.imports import BatchResult, Row
from inventory.queries.named import CODE_TABLES
from parameters.queries import units_as_known

RowT = TypeVar("RowT", bound=Any)
Write = Callable[[Sequence[Row[Any]]], BatchResult]


class Names(NamedTuple):
    """Fields with units, and the table of the rows' own codes."""

    units: tuple[str, ...] = ()
    table: str = ""


# Tables of the codes that columns name.
TABLES = {**CODE_TABLES, "store": "orders_store", "customer": "orders_customer"}
NAMES: Mapping[str, Names] = {
    "items": Names(("unit",), TABLES["item"]),
    "unit-conversions": Names(("from_unit", "to_unit")),
    "warehouses": Names((), TABLES["warehouse"]),
    "stores": Names((), TABLES["store"]),
    "customers": Names((), TABLES["customer"]),
}


def spelled(kind: str, write: Write) -> Write:
    """The same import with units as they are known; rows of codes that lost their zeros are refused, LOST_ZEROS."""
    names = NAMES.get(kind)
    if names is None:
        return write

    def written(batch: Sequence[Row[Any]]) -> BatchResult:
        lost = BatchResult()
        units = units_as_known({getattr(row.value, name) for row in batch for name in names.units})
        if units:
            batch = [_renamed(row, {name: units.get(getattr(row.value, name), "") for name in names.units}) for row in batch]
        meant = meant_codes(names.table, {row.value.code for row in batch}) if names.table else {}
        for row in batch if meant else ():
            if (found := meant.get(row.value.code)) and found.damage == LOST_ZEROS:
                lost.reject(row, named_instead(row.value.code, found.candidate, LOST_ZEROS))
        refused = {reject.row for reject in lost.rejects}
        result = write([row for row in batch if row.number not in refused] if refused else batch)
        result.rejects += lost.rejects
        return result

    return written


def _renamed(row: Row[RowT], values: Mapping[str, str]) -> Row[RowT]:
    changed = {name: value for name, value in values.items() if value}
    return row._replace(value=row.value._replace(**changed)) if changed else row
