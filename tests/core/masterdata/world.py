"""A company with one row of every master, another company beside it, and the records with values that can be saved."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from inventory.models import Item, OnHand
from ledger.models import MainAccount, PostingProfile
from orders.models import Customer, PaymentMethod
from parameters.models import LegalEntity, NumberSequence, Unit
from retailhq.exchange.models import ImportProfile
from tests.browser.world import make_company
from tests.factories import (
    BatchFactory,
    DispositionFactory,
    FiscalPeriodFactory,
    ItemFactory,
    OnHandFactory,
    PaymentMethodFactory,
    SiteFactory,
    StoreFactory,
    TerminalFactory,
    WarehouseFactory,
)


@dataclass
class World:
    """Two companies; `rows` holds a row of each master of the first, by slug."""

    company: LegalEntity
    other: LegalEntity
    stock: OnHand
    rows: dict[str, Model]
    foreign: dict[str, Model]

    @property
    def item(self) -> Item:
        """The item, which has stock."""
        return self.stock.item


def make_world() -> World:
    """The smallest world in which every page of setup has something to show."""
    company, other = make_company("C1", "First"), make_company("C2", "Second")
    site, far_site = SiteFactory.create(legal_entity=company), SiteFactory.create(legal_entity=other)
    warehouse, far_warehouse = (
        WarehouseFactory.create(site=site, legal_entity=company),
        WarehouseFactory.create(site=far_site, legal_entity=other),
    )
    store, far_store = StoreFactory.create(warehouse=warehouse), StoreFactory.create(warehouse=far_warehouse)
    terminal, far_terminal = TerminalFactory.create(store=store), TerminalFactory.create(store=far_store)
    item: Item = ItemFactory.create(code="4711")
    batch = BatchFactory.create(item=item)
    stock: OnHand = OnHandFactory.create(warehouse=warehouse, item=item, batch=batch)
    pieces, boxes = Unit.objects.get(code="pcs"), Unit.objects.create(code="box")
    conversion = item.unitconversion_set.create(from_unit=boxes, to_unit=pieces, factor=6)
    period = FiscalPeriodFactory.create(legal_entity=company)
    far_period = FiscalPeriodFactory.create(legal_entity=other)
    PaymentMethodFactory.create()
    rows: dict[str, Model] = {
        "legal-entities": company,
        "sites": site,
        "warehouses": warehouse,
        "stores": store,
        "terminals": terminal,
        "payment-methods": PaymentMethod.objects.get(code="cash"),
        "items": item,
        "item-groups": item.item_group,
        "item-model-groups": item.model_group,
        "tracking-groups": item.tracking_group,
        "storage-groups": item.storage_group,
        "dispositions": DispositionFactory.create(code="odd", name="Odd"),
        "units": boxes,
        "unit-conversions": conversion,
        "customers": Customer.objects.get(pk=store.walk_in_customer_id),
        "accounts": MainAccount.objects.get(legal_entity=company, number="1010"),
        "posting-profiles": PostingProfile.objects.get(legal_entity=company, posting_type="revenue"),
        "fiscal-periods": period,
        "import-profiles": ImportProfile.objects.create(code="odd", name="Odd", delimiter=";"),
        "number-sequences": NumberSequence.objects.create(code="statement:S/1", next_number=7),
    }
    foreign: dict[str, Model] = {
        "sites": far_site,
        "warehouses": far_warehouse,
        "stores": far_store,
        "terminals": far_terminal,
        "accounts": MainAccount.objects.get(legal_entity=other, number="1010"),
        "posting-profiles": PostingProfile.objects.get(legal_entity=other, posting_type="revenue"),
        "fiscal-periods": far_period,
    }
    return World(company, other, stock, rows, foreign)


def new_values(world: World) -> dict[str, dict[str, Any]]:
    """For each master that can be made by hand: values of a new row."""
    item = world.item
    named = {"code": "NEW", "name": "New one"}
    return {
        "legal-entities": {**named, "currency": "CHF"},
        "sites": named,
        "warehouses": {**named, "site": world.rows["sites"].pk},
        "stores": {
            **named,
            "warehouse": world.rows["warehouses"].pk,
            "currency": "USD",
            "time_zone": "Europe/Zurich",
            "end_of_business_day": "04:00",
            "rounding_limit": "0.05",
            "statement_method": "total",
            "count": "last",
            "number_series": "terminal",
            "statement_model": "",
            "closing_method": "time",
        },
        "terminals": {**named, "store": world.rows["stores"].pk},
        "payment-methods": named,
        "items": {
            **named,
            "item_group": item.item_group_id,
            "unit": item.unit_id,
            "model_group": item.model_group_id,
            "tracking_group": item.tracking_group_id,
            "storage_group": item.storage_group_id,
            "shelf_life_days": "10",
            "standard_cost": "1.5",
            "kind": "stocked",
        },
        "item-groups": named,
        "item-model-groups": {**named, "negative_physical": "on", "allocation_policy": "fifo", "costing_method": "standard"},
        "tracking-groups": {**named, "batch_active": "on"},
        "storage-groups": named,
        "dispositions": {**named, "blocks_sale": "on"},
        "units": named,
        "unit-conversions": {"item": "4711", "from_unit": "pcs", "to_unit": "box", "factor": "0.5"},
        "customers": {**named, "blocked": "on"},
        "accounts": {"number": "1999", "name": "New one", "account_type": "asset"},
        "posting-profiles": {
            "posting_type": "payment",
            "payment_method": "odd",
            "account": MainAccount.objects.get(legal_entity=world.company, number="1010").pk,
        },
        "import-profiles": {**named, "kind": "items", "header_row": "0", "decimal_sign": ",", "date_order": "dmy", "mapping": "item = SKU"},
        "fiscal-periods": {"starts_on": "2031-01-01", "ends_on": "2031-01-31", "status": "open", "stock_status": "open"},
    }
