"""The rows of the import files, as plain values, shared by the oracle, the world maker and the file writer.

Nothing here comes from the project: the field names are the columns of the public file formats.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

ZERO = Decimal(0)
MIDNIGHT = time(0, 0)


@dataclass(frozen=True)
class LegalEntity:
    legal_entity: str
    name: str = ""
    currency: str = "USD"


@dataclass(frozen=True)
class Warehouse:
    warehouse: str
    legal_entity: str
    name: str = ""
    site: str = "SITE"
    wms_enabled: bool = False
    store_negative_physical: bool = False
    location_plate_controlled: bool = False


@dataclass(frozen=True)
class Store:
    store: str
    warehouse: str
    name: str = ""
    currency: str = "USD"
    time_zone: str = "UTC"
    end_of_business_day: time = MIDNIGHT
    rounding_limit: Decimal | None = None
    count: str = ""
    statement_method: str = ""
    statement_model: str = ""
    closing_method: str = ""


@dataclass(frozen=True)
class Customer:
    customer: str
    name: str = ""
    blocked: bool = False
    credit_limit: Decimal | None = None


@dataclass(frozen=True)
class Item:
    item: str
    name: str = ""
    item_group: str = "GROUP"
    unit: str = "pcs"
    batch_tracked: bool = True
    negative_physical: bool = False
    wms_enabled: bool = False
    allocation_policy: str = "fefo"
    shelf_life_days: int | None = None
    standard_cost: Decimal = Decimal("1.00")
    kind: str = ""
    costing: str = ""
    barcode: str = ""


@dataclass(frozen=True)
class Disposition:
    disposition: str
    name: str = ""
    blocks_sale: bool = False


@dataclass(frozen=True)
class UnitConversion:
    """One `from_unit` is `factor` times `to_unit`; a blank item means every item."""

    item: str
    from_unit: str
    to_unit: str
    factor: Decimal


@dataclass(frozen=True)
class Receipt:
    receipt: str
    line: int
    warehouse: str
    item: str
    batch: str
    quantity: Decimal
    received_at: datetime
    unit_cost: Decimal = Decimal("1.00")
    manufactured_on: date | None = None
    expires_on: date | None = None
    disposition: str = ""


@dataclass(frozen=True)
class LineRef:
    """Where a till line is to be found: (store, terminal, transaction number, line number)."""

    store: str
    terminal: str
    number: str
    line: int


@dataclass(frozen=True)
class Line:
    number: int
    item: str
    quantity: Decimal
    unit: str = "pcs"
    price: Decimal = Decimal("1.00")
    discount: Decimal = ZERO
    net: Decimal = ZERO
    tax: Decimal = ZERO
    batch: str | None = None
    voided: bool = False
    return_of: LineRef | None = None
    gift_card: str | None = None


@dataclass(frozen=True)
class Payment:
    number: int
    method: str
    amount: Decimal
    gift_card: str | None = None


@dataclass(frozen=True)
class Transaction:
    store: str
    terminal: str
    number: str
    sold_at: datetime
    kind: str = "sale"
    currency: str = "USD"
    customer: str | None = None
    staff: str = "0001"
    lines: tuple[Line, ...] = ()
    payments: tuple[Payment, ...] = ()
    net: Decimal = ZERO
    tax: Decimal = ZERO
    total: Decimal = ZERO
    business_date: date | None = None
    shift: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.store, self.terminal, self.number)


@dataclass
class World:
    """Everything that goes into the import files, and the parameters."""

    legal_entities: list[LegalEntity] = field(default_factory=list)
    warehouses: list[Warehouse] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    dispositions: list[Disposition] = field(default_factory=list)
    conversions: list[UnitConversion] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass
class Phase:
    """What comes to light after the first posting: late goods, late receipts of the till, changed settings and masters."""

    items: list[Item] = field(default_factory=list)
    warehouses: list[Warehouse] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
