"""Cents that rounding leaves on a customer order: taken within the store's rounding limit and booked as at a till."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.db.bulk import execute, fetch_all
from core.lib.problems import BusinessError
from ledger.models import PostingProfile
from orders.models import CustomerTransaction, Delivery, SalesOrder, Store
from orders.queries.deliveries import open_orders
from orders.queries.settlement import settled_sales
from orders.rules.fulfilment import Verb
from orders.rules.order_money import deposit_used, rounding_of_deposit
from orders.services.delivery_queue import finish_here, request_deliveries
from orders.services.place_orders import place_orders
from orders.views.papers import confirmation_of, invoice_paper, with_currency
from retailhq.integrity.checks.customer_orders import CHECKS
from tests.concurrency.tills import incoming
from tests.orders.till import hands_over, money, order_id, pays, prepaid, voucher
from tests.scenarios.world import OrderLineRef, Shop, milk

pytestmark = pytest.mark.django_db
D = Decimal
ROUNDING, CASH, CLEARING, ON_ACCOUNT = "6300", "1010", "1200", "1100"


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 100)
    return shop


def twelve_92(shop: Shop, delivery: str, paid: str = "0", **how: Any) -> OrderLineRef:
    """An order of 12.19 net and 0.73 tax."""
    order = shop.is_ordered(milk(1, price="12.19"), delivery=delivery, paid=paid, **how)
    shop.comes_in()
    return order


def carried_out() -> None:
    finish_here(list(Delivery.objects.filter(invoice=None).values_list("pk", flat=True)), "worker")


def must_be_settled(shop: Shop, order: OrderLineRef) -> None:
    row = money(order)
    assert (int(row.open_amount * 100), row.order.status) == (0, "invoiced")
    assert settled_sales([order_id(order)])[order_id(order)].owed == 0
    assert prepaid() == 0
    assert not CustomerTransaction.objects.exists()
    shop.must_be_sound()


@pytest.mark.parametrize(("paid", "left"), [("12.90", "0.02"), ("12.95", "-0.03"), ("12.87", "0.05")])
def test_cash_is_rounded_at_pickup(shop: Shop, paid: str, left: str) -> None:
    order = twelve_92(shop, "pickup")
    assert hands_over(order, payments=pays(paid)) == ()
    assert voucher("CO1-I1-PAY") == {CASH: D(paid), ROUNDING: D(left), CLEARING: D("-12.92")}
    must_be_settled(shop, order)


@pytest.mark.parametrize(("paid", "code"), [("12.86", "PAYMENT_INCOMPLETE"), ("12.98", "PAYMENT_TOO_HIGH")])
def test_more_than_the_limit_is_refused_at_pickup(shop: Shop, paid: str, code: str) -> None:
    order = twelve_92(shop, "pickup")
    with pytest.raises(BusinessError, match=code):
        hands_over(order, payments=pays(paid))
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("paid", "left"), [("12.90", "0.02"), ("12.95", "-0.03")])
def test_cash_is_rounded_when_carried_out(shop: Shop, paid: str, left: str) -> None:
    order = twelve_92(shop, "carry_out", paid, customer=None)
    carried_out()
    assert voucher("CO1-I1-PAY") == {"2300": D(paid), ROUNDING: D(left), CLEARING: D("-12.92")}
    must_be_settled(shop, order)


@pytest.mark.parametrize("paid", ["12.90", "12.95"])
def test_what_was_paid_ahead_is_rounded_with_the_last_invoice(shop: Shop, paid: str) -> None:
    order = shop.is_ordered(milk(1, price="6.00"), milk(1, price="6.19"), paid=paid, customer=None)
    shop.comes_in()
    total = money(order).total
    assert hands_over(order, quantities={1: 1}, payments=()) == ()
    assert hands_over(order, payments=()) == ()
    assert sum(Delivery.objects.values_list("rounding", flat=True)) == total - D(paid)
    must_be_settled(shop, order)


@pytest.mark.parametrize("paid", ["12.90", "12.95"])
def test_on_account_what_was_paid_ahead_leaves_nothing_owed(shop: Shop, paid: str) -> None:
    order = twelve_92(shop, "pickup", paid)
    _, deliveries = request_deliveries(open_orders(), Verb.PICK_UP, None, "test", to_workers=False)
    finish_here(deliveries, "worker")
    assert voucher("CO1-I1-PAY")[ROUNDING] == D("12.92") - D(paid)
    must_be_settled(shop, order)


def test_cents_that_nobody_paid_stay_owed(shop: Shop) -> None:
    order = shop.is_ordered(milk(1, price="0.03"))
    shop.comes_in()
    assert hands_over(order) == ()
    assert CustomerTransaction.objects.get().amount == D("0.03")
    shop.must_be_sound()


def test_the_tax_of_the_header_is_rounded_once(shop: Shop) -> None:
    """Header tax 0.15, lines 0.14, 2.65 paid."""
    shop.is_ordered(milk(1, price="1.25"), milk(1, price="1.25"), delivery="carry_out", paid="2.65", customer=None)
    order = shop.orders[-1]
    lines: Any = order["lines"]
    for line in lines:
        line["tax"] = "0.07"
    order |= {"net": "2.50", "tax": "0.15", "total": "2.65"}
    shop.comes_in()
    carried_out()
    assert money(OrderLineRef("CO1", 1)).total == D("2.64")
    invoice = voucher("CO1-I1-INV")
    assert (invoice["4000"], invoice["2100"]) == (D("-2.50"), D("-0.14"))
    assert voucher("CO1-I1-PAY") == {"2300": D("2.65"), ROUNDING: D("-0.01"), CLEARING: D("-2.64")}
    assert voucher("CO1-DEP") == {CASH: D("2.65"), "2300": D("-2.65")}
    must_be_settled(shop, OrderLineRef("CO1", 1))


def test_a_header_further_off_is_refused(shop: Shop) -> None:
    shop.comes_in()
    order = incoming(shop, milk(1, price="12.19"), delivery="pickup")
    wrong = order._replace(order=order.order._replace(tax=D("0.79"), total=D("12.98")))
    askew = order._replace(order=order.order._replace(tax=D("0.74")))
    for one in (wrong, askew):
        assert [problem.code for problem in place_orders([one], "api", "till").refused[0]] == ["TOTALS_DIFFER"]
    assert not SalesOrder.objects.exists()


def test_a_store_without_limit_takes_no_cent(shop: Shop) -> None:
    order = twelve_92(shop, "pickup")
    Store.objects.update(rounding_limit=0)
    for paid, code in (("12.91", "PAYMENT_INCOMPLETE"), ("12.93", "PAYMENT_TOO_HIGH")):
        with pytest.raises(BusinessError, match=code):
            hands_over(order, payments=pays(paid))


@pytest.mark.parametrize(("paid", "back"), [("12.90", "-12.90"), ("12.95", "-12.95"), ("12.95", "-12.92")])
def test_a_return_reverses_the_rounding(shop: Shop, paid: str, back: str) -> None:
    sold = twelve_92(shop, "pickup")
    assert hands_over(sold, payments=pays(paid)) == ()
    returned = shop.is_ordered(milk(-1, price="12.19"), back=sold)
    shop.comes_in()
    assert hands_over(returned, Verb.RETURN, payments=pays(back)) == ()
    expected = {CASH: D(back), ROUNDING: D("-12.92") - D(back), CLEARING: D("12.92")}
    assert voucher("CO2-I1-PAY") == {account: amount for account, amount in expected.items() if amount}
    must_be_settled(shop, returned)


def test_papers_say_what_was_left_to_rounding(shop: Shop) -> None:
    order = twelve_92(shop, "pickup")
    assert hands_over(order, payments=pays("12.90")) == ()
    delivery = Delivery.objects.select_related("invoice").get()
    assert delivery.invoice is not None
    usd = money(order).currency
    for paper in (confirmation_of(money(order)), invoice_paper(delivery.invoice)):
        assert [(one.name, one.amount) for one in paper.sums][-2:] == [
            ("Rounding difference", with_currency(D("-0.02"), usd)),
            ("Due", with_currency(D(0), usd)),
        ]


def test_rounding_needs_its_account(shop: Shop) -> None:
    order = twelve_92(shop, "pickup")
    PostingProfile.objects.filter(posting_type="rounding").delete()
    assert [problem.code for problem in hands_over(order, payments=pays("12.90"))] == ["ACCOUNT_MISSING"]
    assert hands_over(order, payments=pays("12.92")) == ()


def test_integrity_finds_rounding_that_was_not_booked(shop: Shop) -> None:
    order = twelve_92(shop, "pickup")
    assert hands_over(order, payments=pays("12.90")) == ()
    (check,) = [one for one in CHECKS if one.name == "order_rounding"]
    assert fetch_all(check.sql) == []
    execute("UPDATE orders_delivery SET rounding = 0.01")
    assert fetch_all(check.sql) == [("CO1-I1", "0.01", "0.02")]


# An invoice of a few cents that the deposit does not reach is owed like any other.
AMOUNT = st.decimals(D("1.00"), D(1000), places=2)
CENTS = st.decimals(D("-0.05"), D("0.05"), places=2)


@given(st.lists(AMOUNT, min_size=1, max_size=6), CENTS)
def test_invoices_of_what_was_paid_ahead_leave_no_cent(invoices: list[Decimal], cents: Decimal) -> None:
    """Deposit and rounding settle the last invoice whatever was rounded before, and nothing of the deposit is left."""
    remaining = sum(invoices, D(0))
    left = remaining + cents
    owed = D(0)
    for invoice in invoices:
        used = deposit_used(left, invoice, remaining, 2, D("0.05"))
        owed += invoice - used - rounding_of_deposit(left, invoice, remaining, 2, D("0.05"))
        left -= used
        remaining -= invoice
    assert left == 0
    assert owed == 0
