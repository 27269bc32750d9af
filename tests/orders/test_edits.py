"""Edits of an order that is not done: lines, prices, customer, delivery, deposits, and what is reserved for them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.lib.problems import BusinessError
from inventory.models import Item
from orders.models import Customer, CustomerOrderLine, Delivery, OrderEvent, Reservation, SalesOrder, SalesOrderLine
from orders.rules.edits import LineEdit, OrderEdit
from orders.rules.fulfilment import Verb
from orders.rules.place_orders import NewLine, OrderReturn
from orders.services.cancellation import cancel_order
from orders.services.delivery_queue import finish_here
from orders.services.edits import edit_order
from orders.services.pick_and_pack import handle_quantities
from orders.services.request_delivery import request_delivery
from tests.oracle.building import line
from tests.orders.till import hands_over, money, order_id, payments_of, pays, prepaid, stages, voucher
from tests.scenarios.world import OrderLineRef, Shop, milk

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 10)
    return shop


def edits(order: OrderLineRef, *lines: LineEdit, **how: Any) -> int:
    """An edit of lines, or of what else `OrderEdit` names; the new version."""
    say = {name: how.pop(name) for name in ("version", "may_override", "scope") if name in how}
    edit = OrderEdit(tuple(lines), **how)
    return edit_order(order_id(order), edit, actor="anna", version=say.pop("version", None), **say)


def adds(number: int, quantity: str | int, *, delivery: str = "pickup", item: str = "MILK", **how: Any) -> NewLine:
    row = line(item, quantity, **how)
    return NewLine(number, item, row.quantity, row.unit, row.price, D(0), row.net, row.tax, row.batch or "", delivery, None)


def reserved() -> dict[tuple[str, int], int]:
    """What is reserved, by batch and line number."""
    rows = Reservation.objects.values_list("batch__number", "order_line__line_number", "quantity").order_by("order_line_id", "ordinal")
    return {(batch, number): int(quantity) for batch, number, quantity in rows}


def told() -> list[tuple[int, str, str, str]]:
    """What the last edit wrote into the history."""
    data = OrderEvent.objects.filter(what="edited").latest("id").data
    return [(row["line"], row["field"], row["from"], row["to"]) for row in data["changes"]]


def test_a_quantity_keeps_its_price_and_what_is_set_aside_follows(shop: Shop) -> None:
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    assert edits(order, LineEdit(1, D(7)), version=1) == 2
    assert told() == [(1, "quantity", "4", "7"), (1, "net", "6.00", "10.50"), (1, "tax", "0.36", "0.63")]
    assert (money(order).total, reserved()) == (D("11.13"), {("A", 1): 7})
    shop.must_be_sound()
    assert edits(order, LineEdit(1, D(2), D("1.5"))) == 3
    assert (money(order).total, reserved()) == (D("3.18"), {("A", 1): 2})
    shop.must_be_sound()
    with pytest.raises(BusinessError, match="ORDER_CHANGED"):
        edits(order, LineEdit(1, D(3)), version=2)
    assert edits(order, LineEdit(1, D(2), D("1.500000"), D("0.00"), delivery="pickup")) == 3
    assert OrderEvent.objects.filter(what="edited", actor="anna").count() == 2


def test_what_is_added_may_be_named_by_barcode_and_in_another_case(shop: Shop) -> None:
    """As on a new order: 00000096385074 is the EAN-8 96385074, PCS is pcs."""
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    Item.objects.filter(code="MILK").update(barcode="96385074")
    edits(order, added=(adds(2, 3, item="00000096385074", unit="PCS"),))
    added = SalesOrderLine.objects.get(line_number=2)
    assert (added.item.code, added.unit_id, reserved()) == ("MILK", "pcs", {("A", 1): 4, ("A", 2): 3})
    shop.must_be_sound()


def test_price_and_discount_that_are_given(shop: Shop) -> None:
    order = shop.is_ordered(milk(4), line("MILK", 2))
    shop.comes_in()
    edits(order, LineEdit(1, price=D("2")), LineEdit(2, D(3), discount=D("0.50"), tax=D("0.30")))
    first, second = SalesOrderLine.objects.order_by("line_number")
    assert (first.price, first.net, first.tax) == (D(2), D("8.00"), D("0.48"))
    assert (second.price, second.discount, second.net, second.tax) == (D("1.5"), D("0.50"), D("4.00"), D("0.30"))
    assert money(order).total == D("12.78")
    shop.must_be_sound()


def test_lines_come_and_go(shop: Shop) -> None:
    shop.sells_item("EGGS")
    shop.has("E", 6, item="EGGS")
    order = shop.is_ordered(milk(4), milk(2))
    shop.comes_in()
    edits(order, added=(adds(3, 5, item="EGGS"),), removed=(1,))
    assert told() == [(1, "removed", "4", ""), (3, "added", "", "5 pcs EGGS")]
    assert reserved() == {("A", 2): 2, ("E", 3): 5}
    assert money(order).total == D("11.13")
    shop.must_be_sound()
    with pytest.raises(BusinessError, match="NO_LINES"):
        edits(order, removed=(2, 3))
    assert hands_over(order, payments=pays("11.13")) == ()
    assert (shop.shelf(), shop.shelf(item="EGGS")) == ({"A": "8"}, {"E": "1"})
    shop.must_be_sound()


def test_a_partly_fulfilled_order_clears_to_the_cent(shop: Shop) -> None:
    """One of three at 1.00 is invoiced at 0.33; of two in all, 0.34 remain: 0.67 for two at the same price."""
    order = shop.is_ordered(milk(3, price="0.333333"), milk(3))
    shop.comes_in()
    assert hands_over(order, quantities={1: 1}) == ()
    handle_quantities(order_id(order), Verb.PICK, {2: D(2)}, actor="anna")
    for change, code in (
        (LineEdit(1, D("0.5")), "QUANTITY_NOT_OPEN"),
        (LineEdit(2, D(1)), "QUANTITY_NOT_OPEN"),
        (LineEdit(1, price=D(2)), "PARTLY_DONE"),
        (LineEdit(2, delivery="ship"), "IN_FULFILMENT"),
    ):
        with pytest.raises(BusinessError, match=code):
            edits(order, change)
    with pytest.raises(BusinessError, match="PARTLY_DONE"):
        edits(order, removed=(1,))
    with pytest.raises(BusinessError, match="PARTLY_DONE"):
        edits(order, customer="C2")
    edits(order, LineEdit(1, D(2)), LineEdit(2, D(2)))
    shop.must_be_sound()
    cancel_order(order_id(order), {1: D("0.5")}, "cash", actor="anna")
    edits(order, LineEdit(1, D(3)))
    assert hands_over(order) == ()
    assert money(order).invoiced + money(order).cancelled == money(order).total
    assert (SalesOrder.objects.get().status, stages(order)) == ("invoiced", (0, 0, 2, 0))
    shop.must_be_sound()


def test_what_is_lowered_to_what_is_done_ends_the_order(shop: Shop) -> None:
    order = shop.is_ordered(milk(3))
    shop.comes_in()
    assert hands_over(order, quantities={1: 1}) == ()
    edits(order, LineEdit(1, D(1)))
    assert (SalesOrder.objects.get().status, reserved()) == ("invoiced", {})
    shop.must_be_sound()


def test_deposits_are_wanted_again_paid_and_paid_back(shop: Shop) -> None:
    shop.parameters(**{"customer_orders.default_deposit_percent": "50"})
    order = shop.is_ordered(milk(4), paid="3.18")
    shop.comes_in()
    with pytest.raises(BusinessError, match=r"DEPOSIT_TOO_LOW.*1.59"):
        edits(order, LineEdit(1, D(6)))
    edits(order, LineEdit(1, D(6)), payments=pays("1.59", method="card"))
    assert payments_of(order)[1:] == [("deposit", "card", D("1.59"), "CO1-DEP2")]
    assert voucher("CO1-DEP2") == {"1020": D("1.59"), "2300": D("-1.59")}
    assert (money(order).deposit_wanted, prepaid()) == (D("4.77"), D("4.77"))
    shop.must_be_sound()
    with pytest.raises(BusinessError, match=r"PAYMENT_TOO_HIGH.*pay 3.18 back"):
        edits(order, LineEdit(1, D(1)))
    for amount, code in (("-4.78", "BAD_PAYMENT"), ("0", "BAD_PAYMENT"), ("-4.20", "DEPOSIT_TOO_LOW"), ("9", "PAYMENT_TOO_HIGH")):
        with pytest.raises(BusinessError, match=code):
            edits(order, LineEdit(1, D(1)), payments=pays(amount))
    with pytest.raises(BusinessError, match="UNKNOWN_PAYMENT_METHOD"):
        edits(order, payments=pays("1", method="shells"))
    with pytest.raises(BusinessError, match="REFUND_NOT_AS_PAID"):
        edits(order, LineEdit(1, D(1)), payments=pays("-3.97"))
    edits(order, LineEdit(1, D(1)), payments=(*pays("-2.38"), *pays("-1.59", method="card")))
    assert payments_of(order)[2:] == [("refund", "cash", D("-2.38"), "CO1-DEP3"), ("refund", "card", D("-1.59"), "CO1-DEP3")]
    assert (money(order).deposit_wanted, prepaid()) == (D("0.80"), D("0.80"))
    shop.must_be_sound()


def test_somebody_with_the_right_may_leave_the_deposit(shop: Shop) -> None:
    shop.parameters(**{"customer_orders.default_deposit_percent": "50"})
    order = shop.is_ordered(milk(4), paid="3.18")
    shop.comes_in()
    edits(order, LineEdit(1, D(6)), may_override=True)
    assert (money(order).deposit_overridden_by, money(order).deposit_wanted) == ("anna", D("4.77"))
    # What changes no money asks for none.
    edits(order, customer="C2")
    shop.must_be_sound()


def test_customer_and_delivery(shop: Shop) -> None:
    order = shop.is_ordered(milk(4), milk(1))
    shop.comes_in()
    with pytest.raises(BusinessError, match=r"DEPOSIT_TOO_LOW.*1.59"):
        edits(order, LineEdit(2, delivery="carry_out"))
    edits(order, LineEdit(2, delivery="carry_out"), customer="C2", delivery="ship", payments=pays("1.59"))
    assert set(told()) >= {(0, "customer", "C1", "C2"), (0, "delivery", "pickup", "ship"), (1, "delivery", "pickup", "ship")}
    # What is carried out now is on its way at once, and nothing stays aside for it.
    assert reserved() == {("A", 1): 4}
    delivery = Delivery.objects.get()
    assert delivery.verb == "carry_out"
    finish_here([delivery.pk], "worker")
    assert [(row.delivery, int(row.invoiced)) for row in CustomerOrderLine.objects.order_by("pk")] == [("ship", 0), ("carry_out", 1)]
    assert prepaid() == 0
    shop.must_be_sound()
    assert edits(order, delivery="ship", version=3) == 3
    assert hands_over(order, Verb.SHIP) == ()


def test_the_walk_in_customer_is_a_blank(shop: Shop) -> None:
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    edits(order, customer="")
    assert SalesOrder.objects.get().customer.code == "WALK-IN/S1"
    assert edits(order, customer="") == 2


def test_what_was_short_is_set_aside_with_the_next_edit(shop: Shop) -> None:
    order = shop.is_ordered(milk(12))
    shop.comes_in()
    assert reserved() == {("A", 1): 10}
    shop.has("B", 9)
    shop.comes_in()
    edits(order, LineEdit(1, D(13)))
    assert reserved() == {("A", 1): 10, ("B", 1): 3}
    edits(order, LineEdit(1, D(4)))
    assert reserved() == {("A", 1): 4}
    shop.must_be_sound()


def test_a_failed_delivery_gives_way_to_an_edit(shop: Shop) -> None:
    order = shop.is_ordered(milk(12), milk(1))
    shop.comes_in()
    assert [problem.code for problem in hands_over(order)] == ["NO_VALID_BATCH", "NO_VALID_BATCH"]
    edits(order, LineEdit(1, D(9)), removed=())
    assert (SalesOrder.objects.get().error_code, Delivery.objects.count()) == ("", 0)
    assert hands_over(order) == ()
    shop.must_be_sound()


def test_what_is_refused_changes_nothing(shop: Shop) -> None:
    shop.parameters(**{"customer_orders.offer_ship": "false"})
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    Customer.objects.filter(code="C2").update(blocked=True)
    back = adds(2, 1)._replace(return_of=OrderReturn("CO1", 1))
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"removed": (9,)}, "QUANTITY_NOT_OPEN"),
        ({"added": (adds(1, 1),)}, "DUPLICATE_LINE"),
        ({"added": (adds(2, 1), adds(2, 1))}, "DUPLICATE_LINE"),
        ({"added": (adds(2, -1),)}, "RETURN_APART"),
        ({"added": (back,)}, "RETURN_APART"),
        ({"added": (adds(2, 1, item="WINE"),)}, "UNKNOWN_ITEM"),
        ({"added": (adds(2, 1, unit="box"),)}, "NO_UNIT_CONVERSION"),
        ({"added": (adds(2, 1, batch="Z"),)}, "UNKNOWN_BATCH"),
        ({"added": (adds(2, 1, delivery="ship"),)}, "DELIVERY_MODE_OFF"),
        ({"delivery": "ship"}, "DELIVERY_MODE_OFF"),
        ({"customer": "C2"}, "CUSTOMER_BLOCKED"),
        ({"customer": "C9"}, "UNKNOWN_CUSTOMER"),
    )
    for how, code in refused:
        with pytest.raises(BusinessError, match=code):
            edits(order, **how)
    for change, code in (
        (LineEdit(9, D(1)), "QUANTITY_NOT_OPEN"),
        (LineEdit(1, D(0)), "BAD_QUANTITY"),
        (LineEdit(1, D(40_063_813)), "BAD_QUANTITY"),
        (LineEdit(1, D(999_999), D(999_999_999)), "TOO_LARGE"),
        (LineEdit(1, price=D(-1)), "LINE_AMOUNTS"),
        (LineEdit(1, discount=D(7)), "LINE_AMOUNTS"),
        (LineEdit(1, delivery="ship"), "DELIVERY_MODE_OFF"),
    ):
        with pytest.raises(BusinessError, match=code):
            edits(order, change)
    request_delivery(order_id(order), Verb.PICK_UP, None, None, user_id=None, actor="till")
    with pytest.raises(BusinessError, match="DELIVERY_IN_PROGRESS"):
        edits(order, LineEdit(1, D(2)))
    assert (money(order).version, money(order).total, reserved()) == (1, D("6.36"), {("A", 1): 4})


def test_a_return_is_lowered_but_never_raised(shop: Shop) -> None:
    order = shop.is_ordered(milk(4))
    shop.invoices()
    back = shop.is_ordered(milk(-3), back=order)
    shop.comes_in()
    with pytest.raises(BusinessError, match="RETURN_EXCEEDS_SALE"):
        edits(back, LineEdit(1, D(4)))
    edits(back, LineEdit(1, D(2)))
    assert money(back).total == D("-3.18")
    # Nothing was paid, so nothing is paid back: what is owed goes down.
    assert hands_over(back, Verb.RETURN, payments=()) == ()
    assert shop.shelf() == {"A": "8"}
    shop.must_be_sound()


def test_lowered_step_by_step_to_what_is_invoiced_no_cent_is_left(shop: Shop) -> None:
    """A third of 10.60 is 3.53; half of two thirds of it would be 3.54."""
    order = shop.is_ordered(milk(3, price="3.333333"))
    shop.comes_in()
    assert hands_over(order, quantities={1: 1}) == ()
    edits(order, LineEdit(1, D(2)))
    edits(order, LineEdit(1, D(1)))
    assert (money(order).total, money(order).invoiced, SalesOrder.objects.get().status) == (D("3.53"), D("3.53"), "invoiced")
    shop.must_be_sound()
