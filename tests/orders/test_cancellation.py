"""Cancelling all or part of an order: charge and refund, stock set free, vouchers that balance, and the end of the order."""

from decimal import Decimal
from pathlib import Path

import pytest

from core.lib.problems import BusinessError
from ledger.models import FiscalPeriod
from orders.models import OrderEvent, Reservation, SalesOrder
from orders.rules.fulfilment import Verb
from orders.services.cancellation import Cancelled, cancel_order, cancellation_of
from orders.services.delivery_queue import request_deliveries
from orders.services.pick_and_pack import handle_quantities
from tests.oracle.building import line
from tests.orders.till import each, hands_over, money, order_id, payments_of, pays, prepaid, stages, today, voucher
from tests.scenarios.world import OrderLineRef, Shop, milk

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 10)
    shop.parameters(**{"customer_orders.cancellation_charge_percent": "10"})
    return shop


def cancels(order: OrderLineRef, quantities: dict[int, int | str] | None = None, method: str = "cash", **how: object) -> Cancelled:
    return cancel_order(order_id(order), each(quantities), method, actor="anna", **how)  # type: ignore[arg-type]  # passed on as given


def reserved() -> int:
    return int(sum(row.quantity for row in Reservation.objects.all()))


def test_a_whole_order(shop: Shop) -> None:
    order = shop.is_ordered(milk(4), paid="2.00")
    shop.comes_in()
    assert cancellation_of(order_id(order), None)[:2] == (D("0.64"), D("1.36"))
    assert cancels(order, method="card")[:3] == (D("0.64"), D("1.36"), "CO1-CAN1")
    assert voucher("CO1-CAN1") == {"2300": D("2.00"), "1010": D("-1.36"), "4800": D("-0.64")}
    assert (prepaid(), reserved(), stages(order)) == (D(0), 0, (0, 0, 0, 4))
    assert SalesOrder.objects.get().status == "cancelled"
    assert payments_of(order)[1:] == [("refund", "cash", D("-1.36"), "CO1-CAN1"), ("charge", None, D("0.64"), "CO1-CAN1")]
    entry = OrderEvent.objects.get(what="cancelled")
    assert (entry.actor, entry.data) == ("anna", {"lines": {"1": "4"}, "charge": "0.64", "refund": "1.36", "voucher": "CO1-CAN1"})
    shop.must_be_sound()
    for again in (lambda: cancels(order), lambda: hands_over(order)):
        with pytest.raises(BusinessError, match="ORDER_CLOSED"):
            again()
    # What was reserved is everybody's again.
    sale = shop.sells(10)
    shop.posts()
    assert shop.batches_of(sale) == {"A": "10"}


def test_part_by_part_until_nothing_is_left(shop: Shop) -> None:
    """8.00 are paid ahead of 12.72. Once the rest of the order comes to less than what is left of that, the difference goes back."""
    order = shop.is_ordered(milk(4), line("MILK", 4), paid="8.00")
    shop.comes_in()
    handle_quantities(order_id(order), Verb.PICK, {1: D(2)}, actor="anna")
    assert reserved() == 8
    assert cancels(order, {1: 1})[:3] == (D("0.16"), D(0), "CO1-CAN1")
    assert (stages(order), reserved()) == ((2, 0, 0, 1), 7)
    shop.must_be_sound()
    assert hands_over(order, quantities={1: 2}, payments=pays("0.94")) == ()
    assert money(order).deposit_used == D("2.24")
    # 5.60 are left for 7.95; without 3 pieces the rest comes to 3.18.
    assert cancels(order, {2: 3})[:3] == (D("0.48"), D("1.94"), "CO1-CAN2")
    shop.must_be_sound()
    assert prepaid() == D("3.18")
    assert hands_over(order, quantities={1: 1}, payments=()) == ()
    assert (prepaid(), SalesOrder.objects.get().status) == (D("1.59"), "created")
    assert cancels(order)[:3] == (D("0.16"), D("1.43"), "CO1-CAN3")
    assert (prepaid(), reserved(), SalesOrder.objects.get().status) == (D(0), 0, "invoiced")
    assert money(order).total == money(order).invoiced + money(order).cancelled
    shop.must_be_sound()


def test_without_a_deposit_nothing_is_posted(shop: Shop) -> None:
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    assert cancels(order, method="")[:3] == (D(0), D(0), "")
    assert {row["source_kind"] for row in shop.exports("vouchers")} <= {"receipt"}
    shop.must_be_sound()


def test_a_failed_delivery_goes_with_what_is_cancelled(shop: Shop) -> None:
    order = shop.is_ordered(milk(12))
    shop.comes_in()
    assert [problem.code for problem in hands_over(order)] == ["NO_VALID_BATCH"]
    cancels(order, {1: 2})
    assert SalesOrder.objects.get().error_code == ""
    assert hands_over(order) == ()
    shop.must_be_sound()


def test_what_is_refused_changes_nothing(shop: Shop) -> None:
    order = shop.is_ordered(milk(4), paid="2.00")
    shop.comes_in()
    for quantities, method, how, code in (
        ({1: 5}, "cash", {}, "QUANTITY_NOT_OPEN"),
        ({1: 0}, "cash", {}, "BAD_QUANTITY"),
        ({2: 1}, "cash", {}, "QUANTITY_NOT_OPEN"),
        ({}, "cash", {}, "NOTHING_TO_DELIVER"),
        (None, "shells", {}, "UNKNOWN_PAYMENT_METHOD"),
        (None, "cash", {"version": 2}, "ORDER_CHANGED"),
    ):
        with pytest.raises(BusinessError, match=code):
            cancels(order, quantities, method, **how)  # type: ignore[arg-type]  # one table for all
    entity = SalesOrder.objects.get().warehouse.legal_entity_id
    month = FiscalPeriod.objects.create(legal_entity_id=entity, starts_on=today(), ends_on=today(), status=FiscalPeriod.Status.CLOSED)
    with pytest.raises(BusinessError, match="PERIOD_CLOSED"):
        cancels(order)
    month.delete()
    request_deliveries([order_id(order)], Verb.INVOICE, None, "test", to_workers=False)
    with pytest.raises(BusinessError, match="DELIVERY_IN_PROGRESS"):
        cancels(order)
    assert (money(order).version, stages(order), prepaid(), reserved()) == (1, (0, 0, 0, 0), D("2.00"), 4)


def test_a_return_that_never_comes_is_cancelled_without_charge(shop: Shop) -> None:
    order = shop.is_ordered(milk(4))
    shop.invoices()
    back = shop.is_ordered(milk(-3), back=order)
    shop.comes_in()
    assert cancels(back, {1: 2})[:3] == (D(0), D(0), "")
    assert money(back).cancelled == D("-3.18")
    assert shop.invoices().status == 0
    again = shop.is_ordered(milk(-3), back=order)
    assert shop.invoices().status == 0
    assert stages(again) == (0, 0, 3, 0)
    assert shop.shelf() == {"A": "10"}
    shop.must_be_sound()
