"""Pick and pack: stages move, nothing else does; older versions, too much and orders in work are refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from core.lib.problems import BusinessError
from orders.models import CustomerOrderLine, OrderEvent
from orders.queries.deliveries import open_orders
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import request_deliveries
from orders.services.pick_and_pack import handle_quantities
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db


def stages() -> tuple[int, int, int]:
    line = CustomerOrderLine.objects.get()
    return int(line.picked), int(line.packed), int(line.invoiced)


def test_picked_and_packed_goods_leave_first(tmp_path: Path, db: None) -> None:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 10)
    shop.is_ordered(milk(4))
    shop.comes_in()
    (order,) = open_orders()
    assert handle_quantities(order, Verb.PICK, {1: Decimal(3)}, 1, actor="anna") == 2
    assert handle_quantities(order, Verb.PACK, {1: Decimal(2)}, actor="ben") == 3
    assert stages() == (1, 2, 0)
    for verb, quantity, version, code in (
        (Verb.PACK, "1", 2, "ORDER_CHANGED"),
        (Verb.PICK, "2", 3, "QUANTITY_NOT_OPEN"),
        (Verb.UNPACK, "0", 3, "BAD_QUANTITY"),
    ):
        with pytest.raises(BusinessError, match=code):
            handle_quantities(order, verb, {1: Decimal(quantity)}, version, actor="anna")
    with pytest.raises(BusinessError, match="NOTHING_TO_DELIVER"):
        handle_quantities(order, Verb.PICK, {}, 3, actor="anna")
    assert stages() == (1, 2, 0)
    request_deliveries([order], Verb.INVOICE, None, "test", to_workers=False)
    with pytest.raises(BusinessError, match="DELIVERY_IN_PROGRESS"):
        handle_quantities(order, Verb.UNPICK, {1: Decimal(1)}, 3, actor="anna")
    shop.invoices()
    assert stages() == (0, 0, 4)
    with pytest.raises(BusinessError, match="ORDER_CLOSED"):
        handle_quantities(order, Verb.UNPICK, {1: Decimal(1)}, actor="anna")
    shop.must_be_sound()
    told = OrderEvent.objects.order_by("id").values_list("what", "actor", "data__lines")
    assert list(told)[:3] == [("taken", "import_data", None), ("pick", "anna", {"1": "3"}), ("pack", "ben", {"1": "2"})]


def test_what_comes_back_is_not_picked(tmp_path: Path, db: None) -> None:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.is_ordered(milk(-1))
    shop.comes_in()
    (order,) = open_orders()
    with pytest.raises(BusinessError, match="WRONG_DELIVERY_MODE"):
        handle_quantities(order, Verb.PICK, {1: Decimal(1)}, actor="anna")
