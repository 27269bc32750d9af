"""Money of customer orders: nothing is paid on account, and one rule says who may owe what, at tills and on orders, in each company."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.lib.problems import BusinessError
from orders.models import Customer, CustomerTransaction, OrderPayment, PendingOrder, SalesOrder, Store
from orders.queries.settlement import settled_sales
from orders.rules.edits import OrderEdit
from orders.rules.fulfilment import Verb
from orders.rules.settlement import SettledSale
from orders.services.cancellation import cancel_order
from orders.services.edits import edit_order
from orders.services.order_files import IncomingOrder
from orders.services.pending import SubmittedOrder, read, submit_orders, synchronize_orders
from orders.services.place_orders import place_orders
from orders.services.request_delivery import due
from tests.cases.books import balances
from tests.oracle.building import line
from tests.oracle.commands import DONE, PARTLY, run
from tests.oracle.rows import LegalEntity, Payment, Warehouse
from tests.orders.test_returns import takes_back
from tests.orders.till import hands_over, order_id, pays
from tests.scenarios.world import OrderLineRef, Shop

D = Decimal


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    return shop


def bags(count: int, price: str = "10.00") -> Any:
    return line("BAG", count, price=price)


def orders(shop: Shop, count: int = 1, **how: Any) -> OrderLineRef:
    """An order of bags at 10.60 each, tax included."""
    return shop.is_ordered(bags(count), **how)


def limits(customer: str = "C1", **values: Any) -> None:
    Customer.objects.filter(code=customer).update(**values)


def owed(customer: str = "C1", company: str = "LE") -> Decimal:
    rows = CustomerTransaction.objects.filter(customer__code=customer, legal_entity__code=company)
    return sum((row.amount for row in rows), D(0))


def failure(ref: OrderLineRef) -> str:
    return SalesOrder.objects.get(number=ref.order).error_code


# -- nothing is paid on account ----------------------------------------------------------------------------------------


def on_account(shop: Shop) -> dict[str, Any]:
    """An order whose payment is on account, as a file or a till sends it."""
    orders(shop, paid="10.60")
    row = shop.orders.pop()
    row["payments"] = [{"number": 1, "method": "on_account", "amount": "10.60"}]
    return row


def test_a_file_pays_nothing_on_account(shop: Shop, tmp_path: Path) -> None:
    row = on_account(shop)
    shop.comes_in()
    path = tmp_path / "orders.ndjson"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert run("import_data", "customer-orders", str(path)).status == PARTLY
    assert "PAID_ON_ACCOUNT" in Path(f"{path}.rejected.csv").read_text(encoding="utf-8")
    assert not SalesOrder.objects.exists()
    assert not balances(shop)


def test_a_till_and_a_pending_order_pay_nothing_on_account(shop: Shop) -> None:
    content = json.dumps(on_account(shop))
    shop.comes_in()
    incoming = read(content)
    assert isinstance(incoming, IncomingOrder)
    assert [one.code for one in place_orders([incoming], "api", "till").refused[0]] == ["PAID_ON_ACCOUNT"]
    submit_orders([SubmittedOrder(content, incoming)], "api", "till")
    synchronize_orders("worker")
    assert PendingOrder.objects.get().error_code == "PAID_ON_ACCOUNT"
    assert not OrderPayment.objects.exists()


def test_an_edit_a_delivery_and_a_cancellation_pay_nothing_on_account(shop: Shop) -> None:
    order = orders(shop, 2, paid="5.00")
    shop.comes_in()
    with pytest.raises(BusinessError, match="PAID_ON_ACCOUNT"):
        edit_order(order_id(order), OrderEdit(payments=pays("5.00", method="on_account")), actor="anna", version=None)
    with pytest.raises(BusinessError, match="PAID_ON_ACCOUNT"):
        edit_order(order_id(order), OrderEdit(payments=pays("-5.00", method="on_account")), actor="anna", version=None)
    with pytest.raises(BusinessError, match="PAID_ON_ACCOUNT"):
        hands_over(order, payments=pays("16.20", method="on_account"))
    with pytest.raises(BusinessError, match="PAID_ON_ACCOUNT"):
        cancel_order(order_id(order), None, "on_account", actor="anna")
    assert (OrderPayment.objects.count(), owed()) == (1, D(0))


# -- who may owe what --------------------------------------------------------------------------------------------------


def test_the_credit_limit_holds_when_an_order_is_invoiced(shop: Shop) -> None:
    first, second = orders(shop, 2), orders(shop, 1)
    shop.comes_in()
    limits(credit_limit="25.00")
    # In one chunk: what the first one owes counts for the second.
    assert shop.invoices().data["failed"] == 1
    assert (failure(first), failure(second), owed()) == ("", "CREDIT_LIMIT_EXCEEDED", D("21.20"))
    assert "would owe 31.80, the credit limit is 25" in str(SalesOrder.objects.get(number=second.order).error_text)
    # Every remedy: paid when it is picked up, or a higher limit.
    assert hands_over(second, payments=pays("10.60")) == ()
    third = orders(shop, 1)
    shop.comes_in()
    with pytest.raises(BusinessError, match="CREDIT_LIMIT_EXCEEDED"):
        hands_over(third)
    limits(credit_limit="31.80")
    assert hands_over(third) == ()
    assert owed() == D("31.80")
    shop.must_be_sound()


def test_what_a_till_has_not_posted_counts(shop: Shop) -> None:
    order = orders(shop, 2)
    shop.comes_in()
    limits(credit_limit="25.00")
    sold = shop.rings(bags(1), customer="C1")
    shop.pending.transactions[-1] = _on_account(shop.pending.transactions[-1])
    assert shop.validates() == set(), sold
    with pytest.raises(BusinessError, match=r"would owe 31\.80"):
        hands_over(order)


def test_a_customer_on_hold_pays_at_once_or_gets_nothing(shop: Shop) -> None:
    order = orders(shop)
    shop.comes_in()
    limits(on_hold=True)
    with pytest.raises(BusinessError, match="CUSTOMER_ON_HOLD"):
        hands_over(order)
    shop.invoices()
    assert failure(order) == "CUSTOMER_ON_HOLD"
    assert hands_over(order, payments=pays("10.60")) == ()
    shop.must_be_sound()


def test_nobody_owes_nothing(shop: Shop) -> None:
    order = orders(shop, customer=None)
    shop.invoices()
    assert failure(order) == "ACCOUNT_NEEDS_CUSTOMER"
    hands_over(order)
    assert failure(order) == "ACCOUNT_NEEDS_CUSTOMER"
    edit_order(order_id(order), OrderEdit(customer="C2"), actor="anna", version=None)
    assert hands_over(order) == ()
    assert owed("C2") == D("10.60")
    shop.must_be_sound()


def test_what_is_carried_out_unpaid_is_judged_when_the_order_is_placed(shop: Shop) -> None:
    orders(shop, delivery="carry_out")
    content = json.dumps(shop.orders.pop())
    shop.comes_in()
    incoming = read(content)
    assert isinstance(incoming, IncomingOrder)
    limits(on_hold=True)

    def placed() -> list[str]:
        return [one.code for one in place_orders([incoming], "web", "olga", may_override=True).refused.get(0, [])]

    assert placed() == ["CUSTOMER_ON_HOLD"]
    limits(on_hold=False, credit_limit="10.59")
    assert placed() == ["CREDIT_LIMIT_EXCEEDED"]
    limits(credit_limit="10.60")
    assert placed() == []


def test_orders_of_one_file_add_up(shop: Shop) -> None:
    content = []
    for _ in range(2):
        orders(shop, delivery="carry_out")
        content.append(json.dumps(shop.orders.pop()))
    shop.comes_in()
    limits(credit_limit="15.00")
    incoming = [read(one) for one in content]
    taken = place_orders([one for one in incoming if isinstance(one, IncomingOrder)], "web", "olga", may_override=True)
    assert (list(taken.new), [one.code for one in taken.refused[1]]) == ([0], ["CREDIT_LIMIT_EXCEEDED"])


def test_each_company_has_its_own_account(shop: Shop) -> None:
    """What is owed to one company takes nothing of the limit with the other."""
    shop.pending.legal_entities.append(LegalEntity("LE2", "Other"))
    shop.warehouse(Warehouse("W2", "LE2"))
    shop.comes_in()
    limits(credit_limit="25.00")
    sales = [shop.rings(bags(2), customer="C1", store=store) for store in ("S1", "S2")]
    shop.pending.transactions = [_on_account(row) for row in shop.pending.transactions]
    assert shop.validates() == set(), sales
    assert shop.posts().status == DONE
    assert (owed(), owed(company="LE2")) == (D("21.20"), D("21.20"))
    order = orders(shop, 1, store="S2")
    shop.comes_in()
    with pytest.raises(BusinessError, match=r"would owe 31\.80"):
        hands_over(order, Verb.PICK_UP)
    assert Store.objects.get(code="S2").warehouse


def _on_account(row: Any) -> Any:
    return replace(row, payments=(Payment(1, "on_account", row.total),))


# -- refunds follow how it was paid ------------------------------------------------------------------------------------


def paid_back(order: OrderLineRef) -> dict[str, Decimal]:
    """What went back ahead of invoices, by method."""
    rows = OrderPayment.objects.filter(order__number=order.order, kind="refund", delivery=None)
    return {row.method_id or "": -row.amount for row in rows}


def test_a_cancelled_deposit_goes_back_as_it_was_paid(shop: Shop) -> None:
    order = orders(shop, 2, paid="5.00")
    shop.comes_in()
    edit_order(order_id(order), OrderEdit(payments=pays("7.00", method="card")), actor="anna", version=None)
    assert cancel_order(order_id(order), None, "voucher", actor="anna")[:2] == (D(0), D("12.00"))
    assert paid_back(order) == {"cash": D("5.00"), "card": D("7.00")}
    assert balances(shop) == {}
    shop.must_be_sound()


def test_the_method_that_is_chosen_goes_first_as_far_as_it_was_paid_with(shop: Shop) -> None:
    order = orders(shop, 2, paid="15.00")
    shop.comes_in()
    edit_order(order_id(order), OrderEdit(payments=pays("6.20", method="card")), actor="anna", version=None)
    cancel_order(order_id(order), {1: D(1)}, "card", actor="anna")
    assert paid_back(order) == {"card": D("6.20"), "cash": D("4.40")}


def test_what_is_owed_of_the_order_goes_first(shop: Shop) -> None:
    """Two of 21.20 with 10.00 ahead: one is invoiced, half of the deposit used, 5.60 owed. The other half pays that when the rest goes."""
    order = orders(shop, 2, paid="10.00")
    shop.comes_in()
    assert hands_over(order, quantities={1: 1}) == ()
    assert owed() == D("5.60")
    done = cancel_order(order_id(order), None, "cash", actor="anna")
    assert (done.refund, done.credited, owed()) == (D(0), D("5.00"), D("0.60"))
    assert balances(shop) == {"cash": "10.00", "on account": "0.60", "revenue": "-10.00", "tax": "-0.60"}
    shop.must_be_sound()


def test_what_was_paid_on_account_since_is_not_owed_any_more(shop: Shop) -> None:
    order = orders(shop, 2, paid="10.00")
    shop.comes_in()
    assert hands_over(order, quantities={1: 1}) == ()
    shop.till_event("payment", "5.60")
    shop.pending.transactions[-1] = replace(shop.pending.transactions[-1], customer="C1")
    assert shop.posts().status == DONE
    done = cancel_order(order_id(order), None, "cash", actor="anna")
    assert (done.refund, done.credited, owed()) == (D("5.00"), D(0), D(0))


def test_an_edit_pays_back_as_it_was_paid(shop: Shop) -> None:
    order = orders(shop, 2, paid="10.00")
    shop.comes_in()
    for method, amount in (("card", "-1.00"), ("cash", "-10.01")):
        with pytest.raises(BusinessError, match="REFUND_NOT_AS_PAID"):
            edit_order(order_id(order), OrderEdit(payments=pays(amount, method=method)), actor="anna", version=None)
    edit_order(order_id(order), OrderEdit(payments=pays("-4.00")), actor="anna", version=None)
    assert balances(shop)["cash"] == "6.00"
    assert hands_over(order, quantities={1: 1}) == ()
    with pytest.raises(BusinessError, match="owed on account"):
        edit_order(order_id(order), OrderEdit(payments=pays("-1.00")), actor="anna", version=None)


def test_goods_of_two_orders_come_back_together(shop: Shop) -> None:
    """One was paid, the other is owed; each half of the return counts against its own order alone."""
    paid, owing = orders(shop, 2), orders(shop, 2)
    shop.comes_in()
    assert hands_over(paid, payments=pays("21.20")) == ()
    assert hands_over(owing) == ()
    shop.is_ordered(bags(-1), bags(-1), number="BACK")
    for place, sale in enumerate((paid, owing)):
        shop.orders[-1]["lines"][place]["return_of"] = {"order": sale.order, "line": 1}  # type: ignore[index]  # rows of the file
    shop.comes_in()
    back = OrderLineRef("BACK", 1)
    assert due(order_id(back), Verb.RETURN, None).due == D("-10.60")
    with pytest.raises(BusinessError, match="PAYMENT_INCOMPLETE"):
        hands_over(back, Verb.RETURN, payments=pays("-21.20"))
    assert hands_over(back, Verb.RETURN, payments=pays("-10.60")) == ()
    assert (owed(), balances(shop)["cash"]) == (D("10.60"), "10.60")
    # What is left of each comes back as before: nothing of the one counted against the other.
    sales = settled_sales([order_id(paid), order_id(owing)])
    assert sales[order_id(paid)] == SettledSale(D(0), {"cash": D("10.60")})
    assert sales[order_id(owing)] == SettledSale(D("10.60"), {})
    takes_back(owing)
    takes_back(paid)
    assert balances(shop) == {}
    shop.must_be_sound()
