"""A posted delivery of a customer order is taken back by a credit note: goods, cost, money, deposit, and the order is open again."""

from decimal import Decimal

import pytest
from django.test import Client

from core.api.models import Token
from orders.models import CustomerOrder, CustomerTransaction, Delivery, Invoice, Reservation
from tests.cases.books import balances
from tests.cases.test_reversing import refused, reverses, standing
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.building import line
from tests.oracle.commands import DONE
from tests.retailhq.api.calling import Till
from tests.scenarios.world import OrderLineRef, Shop


@pytest.fixture
def priced(shop: Shop) -> PricedShop:
    """10 MILK of batch A; both paths fall back on default batches."""
    own = PricedShop(shop.folder)
    own.journal = shop.journal
    own.sells_at_cost()
    own.falls_back()
    own.orders_fall_back()
    own.receives(10, "0.60", "A")
    own.comes_in()
    return own


def ordered(shop: PricedShop, quantity: int = 4, *, paid: str = "2.00", delivery: str = "pickup", **how: object) -> OrderLineRef:
    ref = shop.is_ordered(line("MILK", quantity), paid=paid, delivery=delivery, **how)
    shop.comes_in()
    return ref


def test_a_reversed_delivery_leaves_the_order_as_it_was_taken(priced: PricedShop) -> None:
    ref = ordered(priced)
    before = standing(priced)
    held = list(Reservation.objects.values_list("batch__number", "quantity"))
    assert priced.invoices().status == DONE
    assert priced.shelf() == {"A": "6"}
    answer = reverses(priced, "--order", ref.order, "--delivery", "1")
    assert answer.data["reversed"][0]["invoice"] == f"{ref.order}-I1-R"
    assert standing(priced) == before
    order = CustomerOrder.objects.get()
    assert (order.invoiced, order.deposit_used, order.order.status) == (Decimal(0), Decimal(0), "created")
    assert list(Reservation.objects.values_list("batch__number", "quantity")) == held
    assert sum(invoice.total for invoice in Invoice.objects.all()) == 0
    priced.must_be_worth_what_it_costs()
    assert refused(priced, "--order", ref.order, "--delivery", "1") == {"REVERSED_ALREADY"}
    assert refused(priced, "--order", ref.order, "--delivery", "2") == {"NOT_POSTED"}
    assert refused(priced, "--order", ref.order, "--delivery", "3") == {"NOT_POSTED"}


def test_it_is_delivered_and_reversed_anew(priced: PricedShop) -> None:
    ref = ordered(priced, 12)
    priced.invoices()
    posted = standing(priced)
    reverses(priced, "--order", ref.order)
    priced.invoices()
    assert standing(priced) == posted
    priced.must_be_worth_what_it_costs()
    reverses(priced, "--order", ref.order)
    assert priced.shelf() == {"A": "10"}
    assert priced.debts() == []
    priced.must_be_worth_what_it_costs()


def test_what_is_owed_on_account_is_owed_no_longer(priced: PricedShop) -> None:
    ref = ordered(priced, paid="0")
    priced.invoices()
    assert balances(priced)["on account"] == "6.36"
    reverses(priced, "--order", ref.order)
    assert sum(row.amount for row in CustomerTransaction.objects.all()) == 0
    assert "on account" not in balances(priced)
    priced.must_be_worth_what_it_costs()


def test_a_return_goes_first(priced: PricedShop) -> None:
    sold = ordered(priced, paid="0")
    priced.invoices()
    back = ordered(priced, -1, paid="0", back=sold)
    priced.invoices()
    assert priced.shelf() == {"A": "7"}
    assert refused(priced, "--order", sold.order, "--delivery", "1") == {"CAME_BACK_SINCE"}
    reverses(priced, "--order", back.order, "--delivery", "1")
    assert priced.shelf() == {"A": "6"}
    reverses(priced, "--order", sold.order, "--delivery", "1")
    assert priced.shelf() == {"A": "10"}
    priced.must_be_sound()


def test_what_was_not_delivered_is_not_reversed(priced: PricedShop) -> None:
    ref = ordered(priced)
    assert refused(priced, "--order", ref.order, "--delivery", "1") == {"NOT_POSTED"}
    assert refused(priced, "--order", "CO99", "--delivery", "1") == {"UNKNOWN_ORDER"}


def test_the_api_reverses_a_delivery_once(priced: PricedShop) -> None:
    ref = ordered(priced)
    priced.invoices()
    priced.journal.not_followed("a delivery is reversed by the API")
    till, other, reader = Till(), Till(stores=["S2"]), Till(Token.Verb.VIEW_ORDERS)
    address = f"customer-orders/{ref.order}/deliveries/1/reverse"
    why = {"reason": "The wrong order"}
    assert (other.post(address, why).status, other.post(address, why).body["code"]) == (404, "UNKNOWN_ORDER")
    assert reader.post(address, why).body["code"] == "VERB_NOT_ALLOWED"
    assert till.post(address, {"reason": " "}).body["code"] == "MISSING_FIELD"
    assert till.post(address, {**why, "date": "2024-04-30"}).body["code"] == "REVERSAL_DATE_TOO_EARLY"
    assert till.post(address.replace("/1/", "/2/"), why).body["code"] == "NOT_POSTED"
    assert priced.shelf() == {"A": "6"}
    for _ in range(2):
        answer = till.post(address, why, key="one")
        assert (answer.status, answer.body["document"], answer.body["invoice"]) == (200, f"{ref.order}/1", f"{ref.order}-I1-R")
    assert priced.shelf() == {"A": "10"}
    assert till.post(address, why).body["code"] == "REVERSED_ALREADY"
    assert till.get(f"customer-orders/{ref.order}").body["status"] == "created"
    priced.must_be_sound()


def test_the_page_shows_what_is_booked_and_asks_why(client: Client, priced: PricedShop) -> None:
    ordered(priced)
    priced.invoices()
    priced.journal.not_followed("a delivery is reversed on its page")
    delivery = Delivery.objects.get()
    client.force_login(make_person("paul", "poster"))
    address = f"/customer-orders/deliveries/{delivery.pk}/reverse/"
    assert address in client.get(f"/customer-orders/{delivery.order_id}/?tab=deliveries").content.decode()
    page = client.get(address)
    assert {row.number: row.credit for row in page.context["accounts"]}["1050"] == Decimal("4.36")
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "The wrong order"}).status_code == 302
    assert "The wrong order" in client.get(f"/customer-orders/{delivery.order_id}/?tab=history").content.decode()
    assert client.post(address, {"reason": "Twice"}).status_code == 422
    assert client.get("/customer-orders/deliveries/999999/reverse/").status_code == 404
    client.force_login(make_person("carl", "clerk"))
    assert client.get(address).status_code == 403
    priced.must_be_sound()
