"""Columns of the files of warehouses, items, dispositions, batches, unit conversions and receipts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from core.lib import parsing
from core.lib.csv_columns import Column, FileFormat
from core.lib.holds import Holds, holding
from core.lib.parsing import FieldError
from core.lib.problems import Code, register, register_texts
from inventory.rules.barcodes import barcode, item_code
from inventory.rules.policy_groups import COSTING_METHODS
from inventory.rules.stock import Policy
from parameters.rules.file_columns import unit_code

register(
    Code(
        "UNKNOWN_WAREHOUSE",
        "import",
        "The warehouse is not known.",
        "Import it first (kind warehouses), or correct its code.",
        "Warehouse {warehouse} is not known; import it first.",
    ),
    Code(
        "UNKNOWN_ITEM",
        "import",
        "The item is not known.",
        "Import it first (kind items), or correct its code.",
        "Item {item} is not known; import it first.",
    ),
    Code(
        "UNKNOWN_DISPOSITION",
        "import",
        "The disposition is not known.",
        "Import it first (kind dispositions), or correct its code.",
        "Disposition {disposition} is not known; import it first.",
    ),
    Code(
        "BATCH_REQUIRED",
        "import",
        "A batch-tracked item came in without a batch.",
        "Give the batch number of the goods.",
        "Item {item} is batch-tracked; give the batch number of the goods.",
    ),
    Code(
        "BATCH_NOT_ALLOWED",
        "import",
        "An item without batch tracking came in with a batch.",
        "Leave the batch blank, or make the item batch-tracked before it has stock.",
        "Item {item} is not batch-tracked; leave batch {batch} out.",
    ),
    Code(
        "ITEM_IN_USE",
        "import",
        "Unit, batch tracking and kind of an item cannot change once it has been in stock, its kind not once it was sold.",
        "Leave them as they are, or make a new item.",
        {
            "batch_tracked": "Item {item} has been in stock in {unit}, batch-tracked; leave both as they are or make a new item.",
            "not_batch_tracked": "Item {item} has been in stock in {unit}, not batch-tracked; leave both as they are or make a new item.",
            "kind": "Item {item} is in stock or on documents as {kind}; leave its kind, or make a new item.",
        },
    ),
)
register_texts(
    "BAD_VALUE",
    {
        "no_policy": "{field} {value} is no allocation policy; write {policies}.",
        "no_item_kind": "{field} {value} is no kind of item; write {kinds}.",
        "no_costing": "{field} {value} is no costing method; write {methods}.",
        "same_unit": "{field} from_unit and to_unit are both {unit}; a unit needs no conversion to itself.",
    },
)
register_texts("BAD_NUMBER", {"no_days": "{field} {value} is not a number of days from 0 to {most}."})
register_texts(
    "BAD_DATE",
    {"expires_before_made": "{field} expires_on {expires_on} lies before manufactured_on {manufactured_on}; correct one of the two."},
)
register_texts("TOO_LARGE", {"receipt_amount": "{field} quantity {quantity} times unit_cost {unit_cost} is more than an amount can hold."})

LONGEST_SHELF_LIFE = 36_500
# In a row that changes a batch: it has no such date from now on.
NO_DATE = date.max


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
    costing: str | None = None
    barcode: str | None = None


class DispositionRow(NamedTuple):
    """A row of `dispositions`."""

    code: str
    name: str
    blocks_sale: bool


class BatchRow(NamedTuple):
    """A row of `batches`: what changes of a batch; None keeps what is there, NO_DATE takes a date away."""

    item: str
    batch: str
    disposition: str | None
    expires_on: date | None
    best_before: date | None


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


@holding(Holds.WORD)
def allocation_policy(text: str) -> str:
    """How batches of an item are chosen. Raises FieldError."""
    if text not in tuple(Policy):
        raise FieldError("BAD_VALUE", {"value": parsing.shown(text), "policies": tuple(map(str, Policy))}, "no_policy")
    return text


@holding(Holds.WORD)
def item_kind(text: str) -> str:
    """What an item is. Raises FieldError."""
    if text not in ITEM_KINDS:
        raise FieldError("BAD_VALUE", {"value": parsing.shown(text), "kinds": tuple(ITEM_KINDS)}, "no_item_kind")
    return text


@holding(Holds.WORD)
def costing_method(text: str) -> str:
    """What the cost of goods sold is taken from. Raises FieldError."""
    if text not in COSTING_METHODS:
        raise FieldError("BAD_VALUE", {"value": parsing.shown(text), "methods": COSTING_METHODS}, "no_costing")
    return text


@holding(Holds.NUMBER)
def shelf_life(text: str) -> int:
    """Days from production to expiry. Raises FieldError."""
    days = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else -1
    if not 0 <= days <= LONGEST_SHELF_LIFE:
        raise FieldError("BAD_NUMBER", {"value": parsing.shown(text), "most": LONGEST_SHELF_LIFE}, "no_days")
    return days


def expiry_of(expires_on: date | None, manufactured_on: date | None, shelf_life_days: int | None) -> date | None:
    """The date given, else production plus shelf life, as far as the calendar goes."""
    if expires_on or manufactured_on is None or shelf_life_days is None:
        return expires_on
    return manufactured_on + timedelta(days=min(shelf_life_days, (date.max - manufactured_on).days))


@holding(Holds.DAY)
def changed_day(text: str) -> date:
    """A date that can be meant, or NO_DATE for one that stands for none. Raises FieldError."""
    found = parsing.day_or_none(text)
    return NO_DATE if found is None else parsing.usable_day(found)


@holding(Holds.NUMBER)
def received_quantity(text: str) -> Decimal:
    """What came in, above zero and no more than a document may say. Raises FieldError."""
    quantity = parsing.document_quantity(text)
    if quantity <= 0:
        raise FieldError("BAD_NUMBER", {"value": parsing.shown(text)}, "not_positive")
    return quantity


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
        raise FieldError("BAD_VALUE", {"unit": parsing.shown(from_unit)}, "same_unit")
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
        raise FieldError("BAD_DATE", {"expires_on": expires_on, "manufactured_on": manufactured_on}, "expires_before_made")
    if quantity * unit_cost >= parsing.LARGEST_AMOUNT:
        raise FieldError("TOO_LARGE", {"quantity": quantity, "unit_cost": unit_cost}, "receipt_amount")
    return ReceiptRow(receipt, line, warehouse, item, batch, quantity, unit_cost, received_at, manufactured_on, expires_on, disposition)


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
        # Blank: as the item is; a new one is stocked, valued at standard cost, without barcode.
        Column("kind", item_kind, blank=None),
        Column("costing", costing_method, blank=None),
        Column("barcode", barcode, blank=None),
    ),
    item_row,
)

DISPOSITIONS = FileFormat(
    "dispositions",
    ("disposition",),
    (Column("disposition", parsing.code), Column("name", parsing.name, blank=""), Column("blocks_sale", parsing.flag)),
    lambda code, name, blocks_sale: DispositionRow(code, name or code, blocks_sale),
)

BATCHES = FileFormat(
    "batches",
    ("item", "batch"),
    (
        Column("item", parsing.code),
        Column("batch", parsing.code),
        # Blank: as it is.
        Column("disposition", parsing.code, blank=None),
        Column("expires_on", changed_day, blank=None),
        Column("best_before", changed_day, blank=None),
    ),
    BatchRow,
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
        Column("item", item_code),
        Column("batch", parsing.code, blank=""),
        Column("quantity", received_quantity),
        Column("unit_cost", parsing.decimal_of(6, low=0)),
        Column("received_at", parsing.instant),
        Column("manufactured_on", parsing.day_or_none, blank=None),
        Column("expires_on", parsing.day_or_none, blank=None),
        Column("disposition", parsing.code, blank=""),
    ),
    receipt_row,
)
