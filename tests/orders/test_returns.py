"""Goods that come back: linked, over several deliveries, part by part, to the cent; and blind."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from core.lib.problems import BusinessError
from orders.models import CustomerOrder, Delivery, SalesOrder
from orders.rules.fulfilment import Verb
from orders.rules.place_orders import NewLine, OrderReturn
from orders.rules.sold_lines import ReturnedLine
from orders.services.delivery_queue import finish_here
from orders.services.place_orders import place_orders
from orders.services.request_delivery import due
from orders.services.returns import return_lines
from tests.concurrency.tills import incoming
from tests.oracle.building import line
from tests.oracle.rows import LegalEntity, Store, Warehouse
from tests.orders.till import each, hands_over, order_id, payments_of, pays, stages, voucher
from tests.scenarios.world import OrderLineRef, Shop, milk

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.orders_fall_back()
    return shop


def asks_back(order: OrderLineRef, quantities: Mapping[int, int | str] | None = None, method: str = "cash", **how: object) -> OrderLineRef:
    """A return that nobody has worked yet."""
    number, _ = return_lines(order_id(order), each(quantities), method, user_id=None, actor="till", **how)  # type: ignore[arg-type]
    return OrderLineRef(SalesOrder.objects.get(pk=number).number, 1)


def work() -> list[str]:
    """Works what waits; codes of what failed."""
    waiting = list(Delivery.objects.exclude(work_state="").values_list("pk", flat=True))
    finish_here(waiting, "worker")
    return list(Delivery.objects.exclude(error_code="").values_list("error_code", flat=True))


def takes_back(order: OrderLineRef, quantities: Mapping[int, int | str] | None = None, method: str = "cash", **how: object) -> OrderLineRef:
    back = asks_back(order, quantities, method, **how)
    assert work() == []
    return back


def test_part_by_part_last_delivered_first_to_the_cent(shop: Shop) -> None:
    """Three at 10.00 in all, each part rounded: 3 come back in three steps and give back exactly what was invoiced."""
    shop.has("A", 2)
    order = shop.is_ordered(milk(3, price="3.333333"))
    shop.comes_in()
    assert hands_over(order, quantities={1: 1}, payments=pays("3.53")) == ()
    assert hands_over(order, payments=pays("7.07")) == ()
    assert shop.order_allocated(order) == [
        ("A", "1", "allocated", "FEFO"),
        ("A", "1", "allocated", "FEFO"),
        ("CO-DEF", "1", "default", "STOCK_USED_UP"),
    ]
    assert shop.debts() == [("CO1", "1")]
    first = takes_back(order, {1: 1})
    assert (first.order, shop.order_allocated(first)) == ("CO1-R1", [("CO-DEF", "-1", "returned", "LINKED_RETURN")])
    assert (shop.debts(), shop.shelf()) == ([], {})
    assert payments_of(first) == [("refund", "cash", D("-3.53"), "CO1-R1-I1-PAY")]
    assert voucher("CO1-R1-I1-PAY") == {"1010": D("-3.53"), "1200": D("3.53")}
    second = takes_back(order, {1: "1.5"})
    assert second.order == "CO1-R2"
    assert shop.order_allocated(second) == [("A", "-1", "returned", "LINKED_RETURN"), ("A", "-0.5", "returned", "LINKED_RETURN")]
    with pytest.raises(BusinessError, match=r"RETURN_EXCEEDS_SALE.*only 0.5"):
        asks_back(order, {1: 1})
    third = takes_back(order)
    assert sum(payment[2] for back in (first, second, third) for payment in payments_of(back)) == D("-10.60")
    assert (shop.shelf(), stages(third)) == ({"A": "2"}, (0, 0, 0, 0))
    with pytest.raises(BusinessError, match="NOTHING_TO_DELIVER"):
        asks_back(order)
    assert list(CustomerOrder.objects.filter(order__number__contains="-R").values_list("order__status", flat=True)) == ["invoiced"] * 3
    shop.must_be_sound()


def test_two_returns_on_their_way_take_different_goods(shop: Shop) -> None:
    shop.has("A", 5)
    order = shop.is_ordered(milk(5))
    shop.comes_in()
    assert hands_over(order, quantities={1: 2}) == ()
    assert hands_over(order) == ()
    first, second = asks_back(order, {1: 2}), asks_back(order, {1: 2})
    with pytest.raises(BusinessError, match="RETURN_EXCEEDS_SALE"):
        asks_back(order, {1: 2})
    assert work() == []
    assert (stages(first)[2], stages(second)[2]) == (2, 2)
    assert shop.shelf() == {"A": "4"}
    shop.must_be_sound()


def test_what_is_delivered_later_can_come_back_too(shop: Shop) -> None:
    shop.has("A", 9)
    order = shop.is_ordered(milk(3, price="3.333333"), line("MILK", 2))
    shop.comes_in()
    assert hands_over(order, quantities={1: 1, 2: 2}, payments=pays("6.71")) == ()
    refunds = [payments_of(takes_back(order, {1: 1}))[0][2]]
    assert hands_over(order, payments=pays("7.07")) == ()
    refunds.append(payments_of(takes_back(order))[0][2])
    assert sum(refunds) == D("-13.78")
    assert shop.shelf() == {"A": "9"}
    shop.must_be_sound()


def test_units_that_do_not_divide(shop: Shop) -> None:
    """Two thirds of a piece in a bag: three bags are two pieces, and so are three returns of one bag."""
    shop.has("A", 2)
    shop.converts("bag", "0.66667")
    order = shop.is_ordered(milk(3, unit="bag"))
    shop.comes_in()
    assert hands_over(order) == ()
    for _ in range(3):
        takes_back(order, {1: 1})
    assert shop.shelf() == {"A": "2"}
    shop.must_be_sound()


def test_another_store_takes_it_into_its_own_warehouse(shop: Shop) -> None:
    shop.has("A", 2)
    order = shop.is_ordered(milk(2))
    shop.comes_in()
    assert hands_over(order) == ()
    takes_back(order, {1: 1}, store="S2")
    assert (shop.shelf("W1"), shop.shelf("W2")) == ({}, {"A": "1"})
    shop.must_be_sound()


@pytest.mark.parametrize(
    ("quantity", "net", "tax", "refused"),
    [
        ("-1", "-3.33", "-0.20", False),
        ("-1", "-3.34", "-0.21", False),
        ("-1", "-3.35", "-0.20", True),
        ("-1", "-3.33", "-0.22", True),
        ("-3", "-10.00", "-0.60", False),
        ("-3", "-10.01", "-0.60", True),
        ("-1", "-1.00", "-0.06", False),
    ],
)
def test_a_till_gives_back_at_most_what_was_invoiced(quantity: str, net: str, tax: str, refused: bool) -> None:
    """Three for 10.00 and 0.60 tax; a till may round net and tax of a part its own way, the whole is exact."""
    sold = ReturnedLine(1, 1, "MILK", "each", invoiced=D(3), net=D("10.00"), tax=D("0.60"))
    back = NewLine(1, "MILK", D(quantity), "each", D("3.333333"), D(0), D(net), D(tax), "", "pickup", OrderReturn("CO1", 1))
    assert sold.with_returned(-back.quantity, back.net, back.tax).gives_too_much(2) == refused


def test_a_return_of_more_money_than_was_paid_is_refused(shop: Shop) -> None:
    shop.has("A", 2)
    order = shop.is_ordered(milk(2))
    shop.comes_in()
    assert hands_over(order) == ()
    taken = place_orders([incoming(shop, milk(-1, price="999"), back=order)], "api", "till")
    assert [problem.code for problem in taken.refused[0]] == ["RETURN_EXCEEDS_SALE"]


def test_what_cannot_come_back(shop: Shop) -> None:
    shop.has("A", 9)
    order = shop.is_ordered(milk(4), milk(-1), milk(2))
    shop.comes_in()
    with pytest.raises(BusinessError, match="NOTHING_TO_DELIVER"):
        asks_back(order)
    assert hands_over(order, quantities={1: 3}) == ()
    for quantities, how, code in (
        ({1: 4}, {}, "RETURN_EXCEEDS_SALE"),
        ({1: 0}, {}, "BAD_QUANTITY"),
        ({2: 1}, {}, "RETURN_EXCEEDS_SALE"),
        ({3: 1}, {}, "RETURN_EXCEEDS_SALE"),
        ({1: 1}, {"store": "S9"}, "UNKNOWN_STORE"),
        ({1: 1}, {"method": "shells"}, "UNKNOWN_PAYMENT_METHOD"),
    ):
        with pytest.raises(BusinessError, match=code):
            asks_back(order, quantities, **how)
    with pytest.raises(BusinessError, match="UNKNOWN_ORDER"):
        return_lines(0, None, "cash", user_id=None, actor="till")
    assert SalesOrder.objects.count() == 1


def test_a_blind_return_goes_to_the_default_batch_and_is_paid_back(shop: Shop) -> None:
    back = shop.is_ordered(milk(-2), delivery="carry_out")
    shop.comes_in()
    assert due(order_id(back), Verb.RETURN, None) == (D("-3.18"), D(0), D("-3.18"), "USD")
    for paid, code in (("3.18", "BAD_PAYMENT"), ("-3.00", "PAYMENT_TOO_HIGH"), ("-4.00", "PAYMENT_INCOMPLETE")):
        with pytest.raises(BusinessError, match=code):
            hands_over(back, Verb.RETURN, payments=pays(paid))
    assert hands_over(back, Verb.RETURN, payments=pays("-3.18")) == ()
    assert shop.order_allocated(back) == [("CO-DEF", "-2", "returned", "BLIND_RETURN")]
    assert (shop.shelf(), payments_of(back)) == ({"CO-DEF": "2"}, [("refund", "cash", D("-3.18"), "CO1-I1-PAY")])
    shop.must_be_sound()


def test_a_blind_return_without_default_batch_tells_the_till(shop: Shop) -> None:
    shop.parameters(**{"customer_orders.use_default_batch_id": "false"})
    back = shop.is_ordered(milk(-2))
    shop.comes_in()
    (problem,) = hands_over(back, Verb.RETURN, payments=pays("-3.18"))
    assert (problem.line, problem.item, problem.missing) == (1, "MILK", D(2))
    assert shop.shelf() == {}
    shop.must_be_sound()


def test_returns_that_are_worked_together_bring_back_different_goods(shop: Shop) -> None:
    """Two lines of one return, and another return, of a sale that left in three deliveries: each brings back one of them."""
    shop.has("A", 3)
    order = shop.is_ordered(milk(3))
    shop.comes_in()
    for _ in range(3):
        assert hands_over(order, quantities={1: 1}) == ()
    both, one = shop.is_ordered(milk(-1), milk(-1), back=order), shop.is_ordered(milk(-1), back=order)
    assert shop.invoices().status == 0
    assert (shop.shelf(), stages(both)[2], stages(one)[2]) == ({"A": "3"}, 1, 1)
    shop.must_be_sound()


def test_goods_come_back_to_the_company_that_sold_them(shop: Shop) -> None:
    """Another company would take stock in, and pay back, what it never had or got."""
    shop.comes_in()
    shop.pending.legal_entities.append(LegalEntity("LE2", "Drinks"))
    shop.warehouse(Warehouse("W3", "LE2"))
    shop.store(Store("S3", "W3"))
    shop.has("A", 2)
    order = shop.is_ordered(milk(1))
    shop.invoices()
    with pytest.raises(BusinessError, match="OTHER_COMPANY"):
        asks_back(order, store="S3")
    assert SalesOrder.objects.count() == 1
