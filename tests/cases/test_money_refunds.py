"""A refund follows how the sale was settled: what is owed first, then at most what was paid, by its method (docs/domain.md#money 3)."""

from decimal import Decimal

import pytest

from core.lib.problems import BusinessError
from orders.rules.fulfilment import Verb
from orders.rules.till_lines import OrderPaymentData
from orders.services.request_delivery import due, request_delivery
from orders.services.returns import return_lines
from tests.cases.books import balances
from tests.oracle.building import line
from tests.oracle.rows import Line
from tests.orders.test_returns import takes_back, work
from tests.orders.till import hands_over, order_id, pays
from tests.scenarios.world import OrderLineRef, Shop


@pytest.fixture
def desk(shop: Shop) -> Shop:
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.journal.not_followed("goods are given out and taken back at a till")
    return shop


def bags(quantity: int) -> Line:
    return line("BAG", quantity, price="10.00")


def test_an_order_that_was_never_paid_pays_nothing_out(desk: Shop) -> None:
    """Case O22."""
    order = desk.is_ordered(bags(3))
    desk.invoices()
    assert balances(desk) == {"on account": "31.80", "revenue": "-30.00", "tax": "-1.80"}
    takes_back(order)
    assert balances(desk) == {}
    desk.must_be_sound()


def test_what_is_owed_goes_first(desk: Shop) -> None:
    """3 of 31.80, 11.80 paid ahead: one comes back from what is owed, the other two leave nothing owed and pay back what was paid."""
    order = desk.is_ordered(bags(3), paid="11.80")
    desk.invoices()
    assert balances(desk)["on account"] == "20.00"
    takes_back(order, {1: 1})
    assert balances(desk) == {"on account": "9.40", "cash": "11.80", "revenue": "-20.00", "tax": "-1.20"}
    takes_back(order)
    assert balances(desk) == {}
    desk.must_be_sound()


def test_back_by_the_methods_that_were_paid_with(desk: Shop) -> None:
    order = desk.is_ordered(bags(3))
    desk.comes_in()
    assert hands_over(order, payments=(OrderPaymentData(1, "cash", Decimal("20.00")), OrderPaymentData(2, "card", Decimal("11.80")))) == ()
    takes_back(order, {1: 2}, "card")
    assert {name: amount for name, amount in balances(desk).items() if name in ("cash", "card")} == {"cash": "10.60"}
    takes_back(order, None, "card")
    assert balances(desk) == {}


def test_a_deposit_comes_back_by_its_method(desk: Shop) -> None:
    order = desk.is_ordered(bags(1), paid="10.60")
    desk.invoices()
    takes_back(order, None, "card")
    assert balances(desk) == {}


def test_a_till_that_would_pay_out_what_was_never_paid(desk: Shop) -> None:
    """The same by the other way: the return is an order of the file, the till names the payment."""
    order = desk.is_ordered(bags(3))
    desk.invoices()
    back = desk.is_ordered(bags(-3), number="BACK", back=order)
    desk.comes_in()
    assert due(order_id(back), Verb.RETURN, None).due == 0
    with pytest.raises(BusinessError) as refused:
        hand_back(back, "-31.80", "cash")
    assert refused.value.problems[0].code == "BAD_PAYMENT"
    hand_back(back, "", "")
    assert work() == []
    assert balances(desk) == {}


def test_a_till_that_would_pay_out_by_another_method(desk: Shop) -> None:
    order = desk.is_ordered(bags(3))
    desk.comes_in()
    assert hands_over(order, payments=pays("31.80")) == ()
    back = desk.is_ordered(bags(-3), number="BACK", back=order)
    desk.comes_in()
    with pytest.raises(BusinessError) as refused:
        hand_back(back, "-31.80", "card")
    assert refused.value.problems[0].code == "REFUND_NOT_AS_PAID"
    hand_back(back, "-31.80", "cash")
    assert work() == []
    assert balances(desk) == {}


def hand_back(back: OrderLineRef, amount: str, method: str) -> None:
    payments = [OrderPaymentData(1, method, Decimal(amount))] if amount else []
    request_delivery(order_id(back), Verb.RETURN, None, payments, user_id=None, actor="till")


def test_two_returns_that_wait_pay_out_once(desk: Shop) -> None:
    order = desk.is_ordered(bags(2), paid="10.60")
    desk.invoices()
    return_lines(order_id(order), {1: Decimal(1)}, "cash", user_id=None, actor="till")
    return_lines(order_id(order), {1: Decimal(1)}, "cash", user_id=None, actor="till")
    assert work() == []
    assert balances(desk) == {}
