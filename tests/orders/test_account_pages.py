"""The list of customer accounts, and one with everything booked on it, running balance and links to documents."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from orders.models import Customer
from orders.services.cancellation import cancel_order
from tests.core.access.people import make_person
from tests.oracle.building import line
from tests.oracle.commands import DONE
from tests.oracle.rows import Payment
from tests.orders.till import hands_over, order_id
from tests.scenarios.world import Shop

D = Decimal


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    """C1 bought at a till for 10.60, paid 4.00 of it, has an invoice with 5.60 on account, of which 5.00 were credited."""
    shop = Shop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.rings(line("BAG", 1, price="10.00"), customer="C1")
    shop.pending.transactions[-1] = replace(shop.pending.transactions[-1], payments=(Payment(1, "on_account", D("10.60")),))
    shop.till_event("payment", "4.00")
    shop.pending.transactions[-1] = replace(shop.pending.transactions[-1], customer="C1")
    assert shop.posts().status == DONE
    order = shop.is_ordered(line("BAG", 2, price="10.00"), paid="10.00")
    shop.comes_in()
    assert hands_over(order, quantities={1: 1}) == ()
    cancel_order(order_id(order), None, "cash", actor="anna")
    return shop


@pytest.fixture
def desk(client: Client, shop: Shop) -> Client:
    client.force_login(make_person("otto", "order_desk"))
    return client


def page_of(code: str) -> str:
    return f"/orders/accounts/{Customer.objects.get(code=code).pk}/"


def test_everything_that_was_booked_with_a_running_balance(desk: Client) -> None:
    answer = desk.get(page_of("C1"))
    entries = answer.context["entries"]
    assert sum(view.entry.amount for view in entries) == D("7.20")
    balance = D(0)
    for view in reversed(entries):
        balance += view.entry.amount
        assert view.balance == balance
    assert {view.origin.text for view in entries} == {"S1/T1/1", "S1/T1/2", "CO1-I1", "CO1-CAN1"}
    assert {view.entry.amount for view in entries} == {D("10.60"), D("-4.00"), D("5.60"), D("-5.00")}
    assert (answer.context["booked"], answer.context["waiting"]) == (D("7.20"), 0)


def test_documents_are_linked_for_those_who_may_open_them(client: Client, shop: Shop) -> None:
    client.force_login(make_person("ada", "administrator"))
    assert all(view.origin.url for view in client.get(page_of("C1")).context["entries"])


def test_limit_hold_and_what_waits(desk: Client, shop: Shop) -> None:
    Customer.objects.filter(code="C1").update(credit_limit="20.00", on_hold=True)
    assert desk.get(page_of("C1")).context["free"] == D("12.80")
    shop.till_event("payment", "1.20")
    shop.pending.transactions[-1] = replace(shop.pending.transactions[-1], customer="C1")
    shop.validates()
    answer = desk.get(page_of("C1"))
    assert (answer.context["booked"], answer.context["waiting"], answer.context["free"]) == (D("7.20"), D("-1.20"), D("14.00"))
    assert "On hold" in answer.content.decode()


def test_the_list(desk: Client) -> None:
    rows = desk.get("/orders/accounts/").context["page"].rows
    assert [(row.code, row.open_amount) for row in rows] == [("C1", D("7.20"))]
    assert not desk.get("/orders/accounts/?state=on_hold").context["page"].rows
    Customer.objects.filter(code="C2").update(on_hold=True)
    assert [row.code for row in desk.get("/orders/accounts/?state=on_hold").context["page"].rows] == ["C2"]


def test_no_such_customer_and_no_right(desk: Client, client: Client) -> None:
    assert desk.get("/orders/accounts/999999/").status_code == 404
    client.force_login(make_person("ivo", "inventory_controller"))
    assert client.get(page_of("C1")).status_code == 403
    assert client.get("/orders/accounts/").status_code == 403
