"""Every check before an invoice posts (docs/domain.md#customer-orders), each with its code: when an order is taken, and when delivered.

Who may, how much, and what is paid stand in test_request_delivery.py.
"""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Model

from inventory.models import ItemModelGroup
from inventory.models import Warehouse as WarehouseRow
from ledger.models import FiscalPeriod, PostingProfile
from orders.models import Customer, SalesOrder, Store
from orders.services.place_orders import place_orders
from parameters.models import Currency
from tests.concurrency.tills import incoming
from tests.oracle.building import line
from tests.oracle.rows import Line, Warehouse
from tests.orders.till import hands_over, money, stages
from tests.scenarios.world import NOON, OrderLineRef, Shop, milk

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    return Shop(tmp_path)


def blocked_customer() -> None:
    Customer.objects.filter(code="C1").update(blocked=True)


def no_warehouse() -> None:
    Store.objects.filter(code="S1").update(warehouse=None)


def closed_month() -> None:
    day = NOON.date()
    entity = WarehouseRow.objects.get(code="W1").legal_entity_id
    FiscalPeriod.objects.create(legal_entity_id=entity, starts_on=day, ends_on=day, status=FiscalPeriod.Status.CLOSED)


def no_prepayments() -> None:
    PostingProfile.objects.filter(posting_type="prepayment").delete()


def no_cents() -> None:
    Currency.objects.filter(code="USD").update(decimals=0)


def nothing() -> None:
    pass


@pytest.mark.parametrize(
    ("code", "given", "row", "how"),
    [
        ("CUSTOMER_BLOCKED", blocked_customer, milk(1), {}),
        ("UNKNOWN_CUSTOMER", nothing, milk(1), {"customer": "C9"}),
        ("UNKNOWN_STORE", nothing, milk(1), {"store": "S9"}),
        ("WAREHOUSE_MISSING", no_warehouse, milk(1), {}),
        ("UNKNOWN_WAREHOUSE", nothing, milk(1), {"warehouse": "W9"}),
        ("PERIOD_CLOSED", closed_month, milk(1), {}),
        ("ACCOUNT_MISSING", no_prepayments, milk(1), {"paid": "1.00"}),
        ("UNKNOWN_ITEM", nothing, line("WINE", 1), {}),
        ("NO_UNIT_CONVERSION", nothing, milk(1, unit="box"), {}),
        ("UNKNOWN_BATCH", nothing, milk(1, batch="Z"), {}),
        ("BAD_QUANTITY", nothing, milk(0), {}),
        ("LINE_AMOUNTS", nothing, milk(1, price="-1"), {}),
        ("LINE_AMOUNTS", no_cents, milk(1, price="1.50"), {}),
        ("BAD_PAYMENT", no_cents, milk(1, price="9"), {"paid": "0.50"}),
        ("PAYMENT_TOO_HIGH", nothing, milk(1), {"paid": "1.65"}),
        ("BAD_PAYMENT", nothing, milk(1), {"paid": "-1"}),
    ],
)
def test_an_order_is_not_taken(shop: Shop, code: str, given: Callable[[], None], row: Line, how: dict[str, str]) -> None:
    shop.sells_item()
    shop.comes_in()
    given()
    taken = place_orders([incoming(shop, row, **how)], "api", "till")
    assert code in {problem.code for problem in taken.refused[0]}
    assert not SalesOrder.objects.exists()


def switch(model: type[Model], **values: object) -> None:
    model._default_manager.update(**values)


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("ACCOUNT_MISSING", no_prepayments),
        ("NEGATIVE_NOT_ALLOWED", lambda: switch(ItemModelGroup, negative_physical=False)),
        ("FINANCIAL_NEGATIVE_NOT_ALLOWED", lambda: switch(ItemModelGroup, negative_financial=False)),
        ("LOCATION_CANNOT_GO_NEGATIVE", lambda: switch(WarehouseRow, location_plate_controlled=True)),
    ],
)
def test_a_delivery_fails_and_nothing_has_changed(shop: Shop, code: str, given: Callable[[], None]) -> None:
    shop.warehouse(Warehouse("W1", "LE", wms_enabled=True))
    shop.sells_item(negative=True, wms=True)
    shop.orders_fall_back()
    shop.has("A", 1)
    order = shop.is_ordered(milk(3), paid="1.00")
    shop.comes_in()
    ItemModelGroup.objects.update(negative_financial=True)
    given()
    assert [problem.code for problem in hands_over(order)] == [code]
    assert (shop.shelf(), stages(order), money(order).invoiced) == ({"A": "1"}, (0, 0, 0, 0), D(0))
    assert shop.exports("invoices") == []


def test_a_named_batch_that_is_short(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 1)
    shop.has("B", 9)
    order = shop.is_ordered(milk(3, batch="A"))
    shop.comes_in()
    (problem,) = hands_over(order)
    assert (problem.code, problem.item, problem.missing) == ("CAPTURED_BATCH_SHORT", "MILK", D(2))


def test_an_order_is_invoiced_once(shop: Shop) -> None:
    """Nobody can invoice by hand; what is invoiced leaves nothing to invoice."""
    shop.sells_item()
    shop.has("A", 9)
    order: OrderLineRef = shop.is_ordered(milk(3))
    shop.comes_in()
    assert hands_over(order) == ()
    assert shop.invoices().data["orders"] == 0
    assert [row["invoice"] for row in shop.exports("invoices")] == ["CO1-I1"]
