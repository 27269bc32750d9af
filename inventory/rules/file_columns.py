"""Columns of the files of warehouses, items, dispositions, unit conversions and receipts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from core.lib import parsing
from core.lib.csv_columns import Column, FileFormat
from core.lib.parsing import FieldError
from core.lib.problems import Code, register
from inventory.rules.stock import Policy

register(
    Code("UNKNOWN_WAREHOUSE", "import", "The warehouse is not known.", "Import it first (kind warehouses), or correct its code."),
    Code("UNKNOWN_ITEM", "import", "The item is not known.", "Import it first (kind items), or correct its code."),
    Code("UNKNOWN_DISPOSITION", "import", "The disposition is not known.", "Import it first (kind dispositions), or correct its code."),
    Code("BATCH_REQUIRED", "import", "A batch-tracked item came in without a batch.", "Give the batch number of the goods."),
    Code(
        "BATCH_NOT_ALLOWED",
        "import",
        "An item without batch tracking came in with a batch.",
        "Leave the batch blank, or make the item batch-tracked before it has stock.",
    ),
    Code(
        "ITEM_IN_USE",
        "import",
        "Unit, batch tracking and kind of an item cannot change once it has been in stock, its kind not once it was sold.",
        "Leave them as they are, or make a new item.",
    ),
)

LONGEST_SHELF_LIFE = 36_500
LARGEST_AMOUNT = Decimal(10) ** 16


class WarehouseRow(NamedTuple):
    """A row of `warehouses`."""

    code: str
    name: str
    site: str
    legal_entity: str
    wms_enabled: bool
    store_negative_physical: bool
    location_plate_controlled: bool


STOCKED, GIFT_CARD = "stocked", "gift_card"
ITEM_KINDS = (STOCKED, GIFT_CARD, "service")


class ItemRow(NamedTuple):
    """A row of `items`; its flags stand for policy groups."""

    code: str
    name: str
    item_group: str
    unit: str
    batch_tracked: bool
    negative_physical: bool
    wms_enabled: bool
    allocation_policy: str
    shelf_life_days: int | None
    standard_cost: Decimal
    kind: str | None


class DispositionRow(NamedTuple):
    """A row of `dispositions`."""

    code: str
    name: str
    blocks_sale: bool


class UnitConversionRow(NamedTuple):
    """A row of `unit-conversions`: `denominator` of `from_unit` are `factor` of `to_unit`; a blank item means all items."""

    item: str
    from_unit: str
    to_unit: str
    factor: Decimal
    denominator: Decimal


class ReceiptRow(NamedTuple):
    """A row of `receipts`."""

    receipt: str
    line: int
    warehouse: str
    item: str
    batch: str
    quantity: Decimal
    unit_cost: Decimal
    received_at: datetime
    manufactured_on: date | None
    expires_on: date | None
    disposition: str


def unit_code(text: str) -> str:
    """A unit of measure. Raises FieldError."""
    clean = parsing.code(text)
    if len(clean) > 20:
        raise FieldError("BAD_VALUE", f"{parsing.shown(clean)} has {len(clean)} characters; units have at most 20.")
    return clean


def allocation_policy(text: str) -> str:
    """How batches of an item are chosen. Raises FieldError."""
    if text not in tuple(Policy):
        raise FieldError("BAD_VALUE", f"{parsing.shown(text)} is no allocation policy; write {', '.join(Policy)}.")
    return text


def item_kind(text: str) -> str:
    """What an item is. Raises FieldError."""
    if text not in ITEM_KINDS:
        raise FieldError("BAD_VALUE", f"{parsing.shown(text)} is no kind of item; write {', '.join(ITEM_KINDS)}.")
    return text


def shelf_life(text: str) -> int:
    """Days from production to expiry. Raises FieldError."""
    days = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else -1
    if not 0 <= days <= LONGEST_SHELF_LIFE:
        raise FieldError("BAD_NUMBER", f"{parsing.shown(text)} is not a number of days from 0 to {LONGEST_SHELF_LIFE}.")
    return days


def expiry_of(expires_on: date | None, manufactured_on: date | None, shelf_life_days: int | None) -> date | None:
    """The date given, else production plus shelf life, as far as the calendar goes."""
    if expires_on or manufactured_on is None or shelf_life_days is None:
        return expires_on
    return manufactured_on + timedelta(days=min(shelf_life_days, (date.max - manufactured_on).days))


def warehouse_row(
    code: str, name: str, site: str, legal_entity: str, wms_enabled: bool, negative: bool, plate_controlled: bool
) -> WarehouseRow:
    """A warehouse without a name is called by its code."""
    return WarehouseRow(code, name or code, site, legal_entity, wms_enabled, negative, plate_controlled)


def item_row(code: str, name: str, *rest: object) -> ItemRow:
    """An item without a name is called by its code."""
    return ItemRow._make((code, name or code, *rest))


def unit_conversion_row(item: str, from_unit: str, to_unit: str, factor: Decimal, denominator: Decimal) -> UnitConversionRow:
    """Two different units. Raises FieldError."""
    if from_unit == to_unit:
        raise FieldError("BAD_VALUE", f"from_unit and to_unit are both {parsing.shown(from_unit)}; a unit needs no conversion to itself.")
    return UnitConversionRow(item, from_unit, to_unit, factor, denominator)


def receipt_row(
    receipt: str,
    line: int,
    warehouse: str,
    item: str,
    batch: str,
    quantity: Decimal,
    unit_cost: Decimal,
    received_at: datetime,
    manufactured_on: date | None,
    expires_on: date | None,
    disposition: str,
) -> ReceiptRow:
    """A receipt line whose dates and amounts go together. Raises FieldError."""
    if manufactured_on and expires_on and expires_on < manufactured_on:
        raise FieldError("BAD_DATE", f"expires_on {expires_on} lies before manufactured_on {manufactured_on}; correct one of the two.")
    if quantity * unit_cost >= LARGEST_AMOUNT:
        raise FieldError("TOO_LARGE", f"quantity {quantity} times unit_cost {unit_cost} is more than an amount can hold.")
    dates = (received_at, manufactured_on, expires_on)
    return ReceiptRow(receipt, line, warehouse, item, batch, quantity, unit_cost, *dates, disposition)


WAREHOUSES = FileFormat(
    "warehouses",
    ("warehouse",),
    (
        Column("warehouse", parsing.code),
        Column("name", parsing.name, blank=""),
        Column("site", parsing.code),
        Column("legal_entity", parsing.code),
        Column("wms_enabled", parsing.flag),
        Column("store_negative_physical", parsing.flag),
        Column("location_plate_controlled", parsing.flag, blank=False),
    ),
    warehouse_row,
)

ITEMS = FileFormat(
    "items",
    ("item",),
    (
        Column("item", parsing.code),
        Column("name", parsing.name, blank=""),
        Column("item_group", parsing.code),
        Column("unit", unit_code),
        Column("batch_tracked", parsing.flag),
        Column("negative_physical", parsing.flag),
        Column("wms_enabled", parsing.flag),
        Column("allocation_policy", allocation_policy, blank=Policy.FEFO.value),
        Column("shelf_life_days", shelf_life, blank=None),
        Column("standard_cost", parsing.decimal_of(6, low=0)),
        # Blank: as the item is; a new one is stocked.
        Column("kind", item_kind, blank=None),
    ),
    item_row,
)

DISPOSITIONS = FileFormat(
    "dispositions",
    ("disposition",),
    (Column("disposition", parsing.code), Column("name", parsing.name, blank=""), Column("blocks_sale", parsing.flag)),
    lambda code, name, blocks_sale: DispositionRow(code, name or code, blocks_sale),
)

UNIT_CONVERSIONS = FileFormat(
    "unit-conversions",
    ("item", "from_unit", "to_unit"),
    (
        Column("item", parsing.code, blank=""),
        Column("from_unit", unit_code),
        Column("to_unit", unit_code),
        Column("factor", parsing.decimal_of(6, positive=True)),
        Column("denominator", parsing.decimal_of(6, positive=True), blank=Decimal(1)),
    ),
    unit_conversion_row,
)

RECEIPTS = FileFormat(
    "receipts",
    ("receipt", "line"),
    (
        Column("receipt", parsing.code),
        Column("line", parsing.whole),
        Column("warehouse", parsing.code),
        Column("item", parsing.code),
        Column("batch", parsing.code, blank=""),
        Column("quantity", parsing.decimal_of(4, positive=True)),
        Column("unit_cost", parsing.decimal_of(6, low=0)),
        Column("received_at", parsing.instant),
        Column("manufactured_on", parsing.day_or_none, blank=None),
        Column("expires_on", parsing.day_or_none, blank=None),
        Column("disposition", parsing.code, blank=""),
    ),
    receipt_row,
)
