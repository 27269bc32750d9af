"""Untidy customer orders: each story with the balances that it must leave, derived by hand (docs/domain.md#customer-orders)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.lib.problems import BusinessError
from orders.models import Delivery
from orders.rules.edits import LineEdit, OrderEdit
from orders.rules.fulfilment import Verb
from orders.services.cancellation import cancel_order
from orders.services.edits import edit_order
from orders.services.reversals import reverse_delivery
from tests.cases.test_untidy_days import balances
from tests.cases.world import PricedShop
from tests.oracle.building import cash_event
from tests.oracle.rows import Line
from tests.orders.test_returns import takes_back
from tests.orders.till import hands_over, order_id, pays
from tests.scenarios.world import NOON, OrderLineRef

D = Decimal


@pytest.fixture
def desk(shop: PricedShop) -> PricedShop:
    """Sells bags at a cost of 4.00, of which fifty lie there; goods are given out at a counter, which no file tells."""
    shop.sells_at_cost("4.00", "BAG", tracked=False)
    shop.receives("50", "4.00", batch=" ", item="BAG")
    shop.journal.not_followed("goods are given out and taken back at a counter")
    return shop


def bags(quantity: str, price: str = "10.00", net: str = "") -> Line:
    amount = D(net) if net else (D(quantity) * D(price)).quantize(D("0.01"))
    return Line(0, "BAG", D(quantity), price=D(price), net=amount)


def takes(desk: PricedShop, *lines: Line, **how: str) -> OrderLineRef:
    ref = desk.is_ordered(*lines, **how)
    desk.comes_in()
    return ref


def test_part_is_picked_up_and_the_rest_is_cancelled_for_a_charge(desk: PricedShop) -> None:
    """5.00 of 30.00 paid ahead: 1.67 of it settle the first bag, 2.00 are kept for the two that are cancelled, 1.33 go back."""
    desk.parameters(customer_orders__cancellation_charge_percent="10")
    order = takes(desk, bags("3"), paid="5.00")
    assert hands_over(order, quantities={1: 1}, payments=pays("8.33")) == ()
    cancelled = cancel_order(order_id(order), None, "cash", actor="anna")
    assert (cancelled.charge, cancelled.refund) == (D("2.00"), D("1.33"))
    found = balances(desk)
    assert (found["cash"], found["revenue"], found.get("prepayment")) == ("12.00", "-10.00", None)
    desk.must_be_worth_what_it_costs()


def test_a_price_that_falls_between_order_and_invoice(desk: PricedShop) -> None:
    """What was paid too much goes back before the price may fall; the invoice is what the order says by then."""
    order = takes(desk, bags("2"), paid="20.00")
    cheaper = (LineEdit(1, price=D("8.00")),)
    with pytest.raises(BusinessError, match="PAYMENT_TOO_HIGH"):
        edit_order(order_id(order), OrderEdit(lines=cheaper), actor="anna", version=None)
    edit_order(order_id(order), OrderEdit(lines=cheaper, payments=pays("-4.00")), actor="anna", version=None)
    assert hands_over(order, payments=()) == ()
    assert balances(desk) == {"cash": "16.00", "revenue": "-16.00"}
    desk.must_be_worth_what_it_costs()


def test_thirds_of_a_cent_add_up(desk: PricedShop) -> None:
    order = takes(desk, bags("3", "3.333333", "10.00"))
    for amount in ("3.33", "3.34", "3.33"):
        assert hands_over(order, quantities={1: 1}, payments=pays(amount)) == ()
    assert balances(desk) == {"cash": "10.00", "revenue": "-10.00"}
    for _ in range(3):
        takes_back(order, {1: 1})
    assert balances(desk) == {}
    desk.must_be_worth_what_it_costs()


def test_owed_partly_given_back_and_paid_at_the_till(desk: PricedShop) -> None:
    order = takes(desk, bags("3"))
    assert hands_over(order) == ()
    takes_back(order, {1: 1})
    assert balances(desk) == {"on account": "20.00", "revenue": "-20.00"}
    desk.keeps(replace(cash_event("S1", "900", NOON, "payment", "20.00"), customer="C1"))
    desk.posts()
    assert balances(desk) == {"cash": "20.00", "revenue": "-20.00"}
    desk.must_be_sound()


def test_an_exchange_that_comes_to_nothing(desk: PricedShop) -> None:
    """A bag comes back blind and another one goes: nothing is paid, and stock is what it was."""
    order = takes(desk, bags("1"), bags("-1"))
    assert hands_over(order, Verb.INVOICE, payments=()) == ()
    assert balances(desk) == {}
    assert desk.stock()["W1", "BAG"] == D(50)
    desk.must_be_worth_what_it_costs()


def test_reversed_twice_delivered_three_times(desk: PricedShop) -> None:
    """Deliver, reverse, deliver with another payment, reverse, deliver: the last one holds, to the cent and the piece."""
    order = takes(desk, bags("3", "3.333333", "10.00"), paid="1.00")
    for amount, method in (("9.00", "cash"), ("9.00", "card")):
        assert hands_over(order, payments=pays(amount, method=method)) == ()
        reverse_delivery(order_id(order), newest_delivery(order), "typing error", "anna")
        assert balances(desk) == {"cash": "1.00", "prepayment": "-1.00"}
    assert hands_over(order, payments=pays("9.00", method="voucher")) == ()
    assert balances(desk) == {"cash": "1.00", "vouchers": "9.00", "revenue": "-10.00"}
    assert desk.stock()["W1", "BAG"] == D(47)
    desk.must_be_worth_what_it_costs()


def newest_delivery(order: OrderLineRef) -> int:
    """Its number."""
    return Delivery.objects.filter(order__number=order.order).latest("ordinal").ordinal
