"""The recount follows orders delivery by delivery: what is invoiced of each line, what customers owe, and what lies on gift cards."""

from decimal import Decimal
from typing import Any

import pytest

from tests.cases.world import PricedShop
from tests.oracle.recount import Books, recount
from tests.oracle.rows import Item, Line
from tests.oracle.test_recount_has_teeth import shop, with_changed
from tests.orders.test_returns import work
from tests.orders.till import hands_over, pays
from tests.scenarios.world import OrderLineRef

__all__ = ["shop"]
D = Decimal


def bag(quantity: str, price: str = "3.333333", net: str = "") -> Line:
    return Line(0, "BAG", D(quantity), price=D(price), net=D(net) if net else (D(quantity) * D(price)).quantize(D("0.01")))


def card(number: str, amount: str) -> dict[str, str]:
    return {"item": "CARD", "price": amount, "net": amount, "gift_card": number}


def ordered(
    shop: PricedShop, *lines: Line, cards: tuple[dict[str, str], ...] = (), carried: tuple[int, ...] = (), **how: Any
) -> OrderLineRef:
    """An order of bags and of gift cards by number; the lines of `carried` go at once."""
    blank = [bag("1", one["net"], one["net"]) for one in cards]
    ref = shop.is_ordered(*lines, *blank, **how)
    rows: Any = shop.orders[-1]["lines"]
    for row, one in zip(rows[len(lines) :], cards, strict=True):
        row.update(one)
    for number in carried:
        rows[number - 1]["delivery"] = "carry_out"
    return ref


@pytest.fixture
def desk(shop: PricedShop) -> PricedShop:
    shop.pending.items.append(Item("CARD", batch_tracked=False, kind="gift_card"))
    return shop


def right(shop: PricedShop) -> Books:
    books = shop.journal.books()
    assert recount(shop.journal.history, books) == []
    return books


def test_an_order_in_three_parts_is_counted_part_by_part(desk: PricedShop) -> None:
    """Three for 10.00, 1.00 paid ahead: each part settles its share of it; the second is paid, the last one owed."""
    order = ordered(desk, bag("3"), paid="1.00")
    desk.comes_in()
    assert hands_over(order, quantities={1: 1}) == ()
    books = right(desk)
    assert [row["amount"] for row in books.of("customer-accounts")] == ["3"]
    wrong = with_changed(books, "customer-accounts", lambda row: row | {"amount": "3.33"})
    assert any("account of LE C1" in words for words in recount(desk.journal.history, wrong))
    assert hands_over(order, quantities={1: 1}, payments=pays("3.01")) == ()
    assert hands_over(order) == ()
    right(desk)


def test_cards_of_a_partly_invoiced_order_hold_what_was_invoiced(desk: PricedShop) -> None:
    order = ordered(desk, bag("1", "10.00"), cards=(card("G1", "50.00"), card("G2", "20.00")))
    desk.comes_in()
    assert hands_over(order, quantities={1: 1, 2: 1}, payments=pays("60.00")) == ()
    books = right(desk)
    assert {row["gift_card"]: row["balance"] for row in books.of("gift-cards")} == {"G1": "50"}
    wrong = with_changed(books, "gift-cards", lambda row: row | {"balance": "70.00"})
    assert any("gift card LE G1" in words for words in recount(desk.journal.history, wrong))
    assert hands_over(order) == ()
    right(desk)


def test_what_is_carried_out_is_counted_while_the_rest_waits(desk: PricedShop) -> None:
    """10.00 are carried out and paid ahead in full; 20.00 wait with 2.00 of their own."""
    ordered(desk, bag("1", "10.00"), bag("2", "10.00"), carried=(1,), paid="12.00")
    desk.comes_in()
    assert work() == []
    desk.journal.note("invoice_orders", ())
    right(desk)


def test_an_invoice_of_something_else_is_named(desk: PricedShop) -> None:
    order = ordered(desk, bag("3"))
    desk.comes_in()
    assert hands_over(order, quantities={1: 1}) == ()
    books = right(desk)
    wrong = with_changed(books, "invoices", lambda row: row | {"net": "3.34", "total": "3.34"})
    assert any("nothing left of the order comes to that" in words for words in recount(desk.journal.history, wrong))
    wrong = with_changed(books, "vouchers", lambda row: row | {"credit": "3.34"} if row["account"] == "4000" else row)
    assert any("order CO1" in words for words in recount(desk.journal.history, wrong))


def test_a_part_paid_with_a_gift_card_takes_from_it(desk: PricedShop) -> None:
    order = ordered(desk, bag("1", "10.00"), bag("1", "5.00"), cards=(card("G1", "50.00"),))
    desk.comes_in()
    assert hands_over(order, quantities={3: 1}, payments=pays("50.00")) == ()
    paid = tuple(one._replace(gift_card="G1") for one in pays("10.00", method="gift_card"))
    assert hands_over(order, quantities={1: 1}, payments=paid) == ()
    books = right(desk)
    assert [row["balance"] for row in books.of("gift-cards")] == ["40"]
