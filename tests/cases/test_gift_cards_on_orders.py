"""Gift cards on customer orders: sold, reloaded, paid with, given back; one balance by number with what tills do (docs/domain.md#money)."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from core.lib.problems import BusinessError
from orders.models import GiftCard, SalesOrder
from orders.rules.edits import OrderEdit
from orders.rules.till_lines import OrderPaymentData
from orders.services.cancellation import cancel_order
from orders.services.edits import edit_order
from orders.services.gift_cards import block_card
from orders.services.reversals import reverse_delivery
from tests.cases.books import balances
from tests.cases.test_gift_cards import Till, held
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, PARTLY, rejected, run
from tests.oracle.rows import Item
from tests.orders.test_returns import takes_back
from tests.orders.till import hands_over
from tests.retailhq.api.calling import Till as ApiTill
from tests.scenarios.world import LONG_AGO, OrderLineRef, Shop

D = Decimal


class Desk(Till):
    """Orders with card numbers as a file has them, beside the tickets of a till."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        super().__init__(shop, folder)
        self.orders = 0

    def takes(self, item: str, quantity: int = 1, *, card: str = "", paid: str = "0", paid_with: str = "", **more: Any) -> dict[str, Any]:
        """One order of an item at 10.00 each, or of a card that gets it, with a deposit."""
        self.orders += 1
        line: dict[str, Any] = {"number": 1, "item": item, "quantity": str(quantity), "unit": "pcs", "price": "10.00"}
        amount = f"{quantity * 10}.00"
        line |= {"net": amount, "tax": "0"} | ({"gift_card": card} if card else {})
        payments = [{"number": 1, "method": "gift_card" if paid_with else "cash", "amount": paid}] if Decimal(paid) else []
        if paid_with:
            payments[0]["gift_card"] = paid_with
        head = {"store": "S1", "order": f"G{self.orders}", "customer": "C1", "ordered_at": LONG_AGO.isoformat(), "delivery": "pickup"}
        money = {"currency": "USD", "net": amount, "tax": "0", "total": amount}
        return head | money | {"lines": [line], "payments": payments} | more

    def sends_orders(self, *rows: dict[str, Any]) -> list[str]:
        """Imports orders; the codes of those that are refused."""
        path = self.folder / f"orders{self.orders}.ndjson"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        assert run("import_data", "customer-orders", str(path)).status in (DONE, PARTLY)
        return [row["code"] for row in rejected(path)]

    def orders_of(self, *rows: dict[str, Any]) -> list[OrderLineRef]:
        """Orders that must be taken."""
        assert self.sends_orders(*rows) == []
        return [OrderLineRef(row["order"], 1) for row in rows]

    def sold_card(self, number: str, amount: str) -> None:
        """A till sells a card."""
        self.rings("CARD", amount, card=number)
        assert self.sends() == set()


@pytest.fixture
def desk(tmp_path: Path, db: None) -> Desk:
    shop = Shop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.pending.items.append(Item("CARD", batch_tracked=False, kind="gift_card"))
    shop.comes_in()
    return Desk(shop, tmp_path)


def by_card(amount: str, card: str, number: int = 1) -> OrderPaymentData:
    return OrderPaymentData(number, "gift_card", D(amount), card)


def left_on(client: Client, number: str) -> Decimal:
    return held(client, number)[0][1]


def order_of(ref: OrderLineRef) -> SalesOrder:
    return SalesOrder.objects.get(number=ref.order)


def sound(desk: Desk) -> None:
    desk.shop.posts()
    desk.shop.must_be_sound()


def test_deposit_payment_and_cancellation_move_the_card(desk: Desk, client: Client) -> None:
    desk.sold_card("GC1", "50.00")
    (order,) = desk.orders_of(desk.takes("BAG", 4, paid="20.00", paid_with="GC1"))
    assert left_on(client, "GC1") == D(30)
    # Half of it: half of the deposit is used, the rest is paid with the card.
    assert hands_over(order, quantities={1: 2}, payments=(by_card("10.00", "GC1"),)) == ()
    assert left_on(client, "GC1") == D(20)
    assert cancel_order(order_of(order).pk, None, "cash", actor="anna").refund == D(10)
    assert held(client, "GC1")[0] == (D(10), D(30))
    sound(desk)
    assert balances(desk.shop) == {"cash": "50.00", "gift card liability": "-30.00", "revenue": "-20.00"}


def test_goods_that_come_back_give_the_card_back_what_it_paid(desk: Desk, client: Client) -> None:
    desk.sold_card("GC1", "15.00")
    desk.sold_card("GC2", "5.00")
    (order,) = desk.orders_of(desk.takes("BAG", 3))
    assert hands_over(order, payments=(by_card("15.00", "GC1"), by_card("5.00", "GC2", 2), OrderPaymentData(3, "cash", D(10)))) == ()
    takes_back(order, {1: 2}, "gift_card")
    assert (left_on(client, "GC1"), left_on(client, "GC2")) == (D(15), D(5))
    takes_back(order, None, "gift_card")
    sound(desk)
    assert balances(desk.shop) == {"cash": "20.00", "gift card liability": "-20.00"}


def test_an_order_sells_reloads_and_takes_back_a_card(desk: Desk, client: Client) -> None:
    desk.sold_card("GC2", "5.00")
    sale, reload = desk.orders_of(desk.takes("CARD", 3, card="GC1"), desk.takes("CARD", 1, card="GC2"))
    client.force_login(make_person("dora", "administrator"))
    assert client.get(f"/gift-cards/{GiftCard.objects.get(number='GC1').pk}/").status_code == 404, (
        "nothing is on it before it is handed over"
    )
    assert hands_over(sale, payments=(OrderPaymentData(1, "cash", D(30)),)) == ()
    assert hands_over(reload, payments=(OrderPaymentData(1, "cash", D(10)),)) == ()
    assert (left_on(client, "GC1"), left_on(client, "GC2")) == (D(30), D(15))
    spent = desk.rings("BAG", "12.00", paid_with="GC1")
    assert desk.sends() == set(), spent
    with pytest.raises(BusinessError, match="GIFT_CARD_SHORT"):
        takes_back(sale)
    takes_back(sale, {1: 1})
    assert left_on(client, "GC1") == D(8)
    with pytest.raises(BusinessError, match="GIFT_CARD_SHORT"):
        takes_back(sale, {1: 1})
    sound(desk)


def test_a_delivery_that_is_reversed_gives_back_and_takes_back(desk: Desk, client: Client) -> None:
    desk.sold_card("GC1", "50.00")
    (order,) = desk.orders_of(desk.takes("BAG", 2))
    assert hands_over(order, payments=(by_card("20.00", "GC1"),)) == ()
    reverse_delivery(order_of(order).pk, 1, "typing error", "anna")
    assert left_on(client, "GC1") == D(50)
    (sale,) = desk.orders_of(desk.takes("CARD", 3, card="GC3"))
    assert hands_over(sale, payments=(OrderPaymentData(1, "cash", D(30)),)) == ()
    desk.rings("BAG", "1.00", paid_with="GC3")
    assert desk.sends() == set()
    with pytest.raises(BusinessError, match="GIFT_CARD_SHORT"):
        reverse_delivery(order_of(sale).pk, 1, "typing error", "anna")
    sound(desk)


@pytest.mark.parametrize(("card", "code"), [("GC9", "UNKNOWN_GIFT_CARD"), ("SMALL", "GIFT_CARD_SHORT"), ("LOST", "GIFT_CARD_BLOCKED")])
@pytest.mark.parametrize("door", ["file", "pick-up", "edit", "api", "page"])
def test_no_door_takes_what_a_card_cannot_give(desk: Desk, client: Client, door: str, card: str, code: str) -> None:
    desk.sold_card("SMALL", "5.00")
    desk.sold_card("LOST", "50.00")
    block_card(GiftCard.objects.get(number="LOST").pk, blocked=True, actor="anna")
    before = balances(desk.shop)
    assert code in DOORS[door](desk, client, card)
    assert balances(desk.shop) == before
    assert not GiftCard.objects.filter(number="GC9").exists()


def at_the_file(desk: Desk, client: Client, card: str) -> str:
    return str(desk.sends_orders(desk.takes("BAG", 2, paid="10.00", paid_with=card)))


def at_the_pick_up(desk: Desk, client: Client, card: str) -> str:
    (order,) = desk.orders_of(desk.takes("BAG", 2))
    with pytest.raises(BusinessError) as refused:
        hands_over(order, payments=(by_card("20.00", card),))
    return refused.value.problems[0].code


def at_the_edit(desk: Desk, client: Client, card: str) -> str:
    (order,) = desk.orders_of(desk.takes("BAG", 2))
    with pytest.raises(BusinessError) as refused:
        edit_order(order_of(order).pk, OrderEdit(payments=(by_card("10.00", card),)), actor="anna", version=None)
    return refused.value.problems[0].code


def at_the_api(desk: Desk, client: Client, card: str) -> str:
    (order,) = desk.orders_of(desk.takes("BAG", 2))
    paid = {"payments": [{"method": "gift_card", "amount": "20.00", "gift_card": card}]}
    return str(ApiTill().post(f"customer-orders/{order.order}/pick-up", paid).codes)


def at_the_page(desk: Desk, client: Client, card: str) -> str:
    (order,) = desk.orders_of(desk.takes("BAG", 2))
    client.force_login(make_person("dora", "administrator"))
    typed = {"version": "1", "line_1": "2", "how": "now", "method_1": "gift_card", "amount_1": "20.00", "card_1": card}
    answer = client.post(f"/customer-orders/{order_of(order).pk}/pick-up/", typed)
    assert answer.status_code == 422, answer
    return str(answer.context["form"].errors.as_data()["card_1"][0].code)


DOORS: dict[str, Callable[[Desk, Client, str], str]] = {
    "file": at_the_file,
    "pick-up": at_the_pick_up,
    "edit": at_the_edit,
    "api": at_the_api,
    "page": at_the_page,
}


def test_a_card_is_named_where_one_is_sold_or_paid_with(desk: Desk) -> None:
    wrong = desk.takes("BAG", 1, card="GC1")
    other = desk.takes("BAG", 1, paid="10.00")
    other["payments"][0]["gift_card"] = "GC1"
    assert desk.sends_orders(wrong, other) == ["GIFT_CARD_MISPLACED", "GIFT_CARD_MISPLACED"]
    assert not GiftCard.objects.exists()


def test_two_orders_of_one_file_do_not_take_the_same_money(desk: Desk, client: Client) -> None:
    desk.sold_card("GC1", "15.00")
    rows = [desk.takes("BAG", 1, paid="10.00", paid_with="GC1"), desk.takes("BAG", 1, paid="10.00", paid_with="GC1")]
    assert desk.sends_orders(*rows) == ["GIFT_CARD_SHORT"]
    assert left_on(client, "GC1") == D(5)


def test_a_till_does_not_take_what_an_order_took(desk: Desk) -> None:
    desk.sold_card("GC1", "15.00")
    desk.orders_of(desk.takes("BAG", 1, paid="10.00", paid_with="GC1"))
    late = desk.rings("BAG", "6.00", paid_with="GC1")
    assert desk.sends() == {(str(late), "G02")}


def test_a_till_that_took_a_blocked_card_is_looked_into(desk: Desk, client: Client) -> None:
    desk.sold_card("GC1", "15.00")
    client.force_login(make_person("ada", "administrator"))
    card = GiftCard.objects.get(number="GC1")
    assert client.post(f"/gift-cards/{card.pk}/switch/", {"do": "block"}).status_code == 302
    taken = desk.rings("BAG", "6.00", paid_with="GC1")
    assert desk.sends() == {(str(taken), "G03")}
    assert client.post(f"/gift-cards/{card.pk}/switch/", {"do": "release"}).status_code == 302
    card.refresh_from_db()
    assert not card.blocked
    assert client.post("/gift-cards/0/switch/", {"do": "block"}).status_code == 404


def test_an_order_file_without_numbers_is_the_file_that_it_was(desk: Desk) -> None:
    row = desk.takes("BAG", 1, paid="10.00")
    desk.orders_of(row)
    again = row | {"lines": [row["lines"][0] | {"gift_card": None}]}
    path = desk.folder / "again.ndjson"
    path.write_text(json.dumps(again) + "\n", encoding="utf-8")
    assert run("import_data", "customer-orders", str(path)).data["unchanged"] == 1


def test_carried_out_and_paid_with_a_card(desk: Desk, client: Client) -> None:
    desk.sold_card("GC1", "15.00")
    (order,) = desk.orders_of(desk.takes("BAG", 1, paid="10.00", paid_with="GC1", delivery="carry_out"))
    desk.shop.invoices()
    assert order_of(order).status == "invoiced"
    takes_back(order, None, "cash")
    assert left_on(client, "GC1") == D(15)
    sound(desk)
