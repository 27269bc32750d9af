"""Money of customer orders: nothing is paid on account, and one rule says who may owe what, at tills and on orders, in each company."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.lib.problems import BusinessError
from orders.models import Customer, CustomerTransaction, OrderPayment, PendingOrder, SalesOrder, Store
from orders.rules.edits import OrderEdit
from orders.rules.fulfilment import Verb
from orders.services.cancellation import cancel_order
from orders.services.edits import edit_order
from orders.services.order_files import IncomingOrder
from orders.services.pending import SubmittedOrder, read, submit_orders, synchronize_orders
from orders.services.place_orders import place_orders
from tests.cases.books import balances
from tests.oracle.building import line
from tests.oracle.commands import DONE, PARTLY, run
from tests.oracle.rows import LegalEntity, Payment, Warehouse
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
    assert "would owe 31.80, the credit limit is 25" in SalesOrder.objects.get(number=second.order).error_text
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
    with pytest.raises(BusinessError, match="ACCOUNT_NEEDS_CUSTOMER"):
        hands_over(order)
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
    assert (list(taken.new), [one.code for one in taken.refused[1]]) == (["CO1"], ["CREDIT_LIMIT_EXCEEDED"])


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
