"""Gift cards are owed, customers have accounts, dates that mean nothing are none, and an alert comes again once it is true."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from inventory.models import Batch, Disposition
from orders.models import Customer as CustomerRow
from orders.models import CustomerTransaction, Reservation
from orders.rules.edits import LineEdit, OrderEdit
from orders.rules.fulfilment import Verb
from orders.rules.place_orders import NewLine
from orders.services.edits import edit_order
from orders.services.pick_and_pack import handle_quantities
from parameters.models import DisabledRule, LegalEntity
from statements.models import Statement
from tests.cases.books import balances
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, PARTLY, run
from tests.oracle.rows import Customer, Item, LineRef, Payment
from tests.orders.test_returns import takes_back
from tests.orders.till import hands_over, order_id, pays
from tests.scenarios.world import Shop, milk


@pytest.fixture
def cards(shop: Shop) -> Shop:
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.pending.items.append(Item("CARD", batch_tracked=False, negative_physical=False, kind="gift_card"))
    shop.pending.items.append(Item("REPAIR", batch_tracked=False, negative_physical=False, kind="service"))
    return shop


def untaxed(shop: Shop, item: str, quantity: int, price: str, *, method: str = "cash", customer: str | None = None) -> LineRef:
    shop.clock += date.resolution / 1440
    shop.transactions_made += 1
    row = pos_transaction("S1", str(shop.transactions_made), shop.clock, line(item, quantity, price=price), customer=customer)
    sold = replace(row.lines[0], tax=Decimal(0))
    return shop.keeps(replace(row, lines=(sold,), tax=Decimal(0), total=sold.net, payments=(Payment(1, method, sold.net),)))


def test_a_gift_card_is_sold_and_redeemed(cards: Shop) -> None:
    """Case 02."""
    untaxed(cards, "CARD", 1, "50.00")
    untaxed(cards, "BAG", 10, "1.00", method="gift_card")
    assert cards.posts().status == DONE
    cards.must_be_posted()
    assert balances(cards) == {"cash": "50.00", "gift card liability": "-40.00", "revenue": "-10.00"}
    assert cards.shelf(item="CARD") == {}


def test_a_gift_card_is_given_back(cards: Shop) -> None:
    untaxed(cards, "CARD", 2, "50.00")
    untaxed(cards, "CARD", -1, "50.00")
    assert cards.posts().status == DONE
    cards.must_be_posted()
    assert balances(cards) == {"cash": "50.00", "gift card liability": "-50.00"}


def test_a_service_moves_no_stock(cards: Shop) -> None:
    untaxed(cards, "REPAIR", 1, "20.00")
    assert cards.posts().status == DONE
    cards.must_be_posted()
    assert balances(cards, without=()) == {"cash": "20.00", "revenue": "-20.00"}


def test_gift_cards_and_services_are_sold_on_customer_orders(cards: Shop) -> None:
    """Goods, a card and a repair on one order: stock moves for the goods alone, the card is owed to its holder, and all come back."""
    cards.journal.not_followed("a till delivers the order")
    cards.has("", 5, item="BAG")
    card = replace(line("CARD", 1, price="50.00"), tax=Decimal(0))
    order = cards.is_ordered(line("BAG", 2, price="10.00"), card, line("REPAIR", 1, price="30.00"), paid="40.00")
    cards.comes_in()
    assert [row.item.code for row in Reservation.objects.all()] == ["BAG"]
    handle_quantities(order_id(order), Verb.PICK, {1: Decimal(2), 2: Decimal(1), 3: Decimal(1)}, actor="anna")
    assert hands_over(order, quantities={2: 1, 3: 1}) == ()
    assert hands_over(order) == ()
    assert cards.shelf(item="BAG") == {"": "3"}
    assert cards.shelf(item="CARD") == cards.shelf(item="REPAIR") == {}
    books = balances(cards)
    assert (books["gift card liability"], books["revenue"]) == ("-50.00", "-50.00")
    cards.must_be_sound()
    takes_back(order, {2: 1, 3: 1})
    books = balances(cards)
    assert (books.get("gift card liability"), books["revenue"]) == (None, "-20.00")
    cards.must_be_sound()


def test_an_order_is_edited_to_sell_a_service(cards: Shop) -> None:
    cards.journal.not_followed("a till delivers the order")
    order = cards.is_ordered(line("REPAIR", 1, price="30.00"))
    cards.comes_in()
    row = line("CARD", 2, price="50.00")
    added = NewLine(2, "CARD", row.quantity, row.unit, row.price, Decimal(0), row.net, Decimal(0), "", "pickup", None)
    edit_order(order_id(order), OrderEdit((LineEdit(1, Decimal(2)),), (added,)), actor="anna", version=None)
    assert not Reservation.objects.exists()
    assert hands_over(order) == ()
    books = balances(cards)
    assert (books["gift card liability"], books["revenue"]) == ("-100.00", "-60.00")
    cards.must_be_sound()


def test_gift_cards_pay_for_customer_orders(cards: Shop) -> None:
    cards.journal.not_followed("a till delivers the order")
    order = cards.is_ordered(line("BAG", 2, price="10.00"))
    cards.comes_in()
    assert hands_over(order, payments=pays("21.20", method="gift_card")) == ()
    assert balances(cards)["gift card liability"] == "21.20"


def test_a_file_that_does_not_name_the_kind_leaves_it(cards: Shop) -> None:
    cards.comes_in()
    cards.pending.items.append(Item("CARD", name="Card", batch_tracked=False))
    untaxed(cards, "CARD", 1, "50.00")
    assert cards.posts().status == DONE
    assert balances(cards) == {"cash": "50.00", "gift card liability": "-50.00"}


# -- accounts ----------------------------------------------------------------------------------------------------------


def owes(customer: str) -> str:
    rows = CustomerTransaction.objects.filter(customer__code=customer)
    return str(sum((row.amount for row in rows), Decimal(0)))


def test_what_is_owed_is_paid_at_the_till(cards: Shop) -> None:
    untaxed(cards, "BAG", 10, "1.00", method="on_account", customer="C1")
    assert cards.posts().status == DONE
    assert owes("C1") == "10.00"
    paid = cards.till_event("payment", "4.00")
    cards.pending.transactions[-1] = replace(cards.pending.transactions[-1], customer="C1")
    assert cards.posts().status == DONE, paid
    cards.must_be_posted()
    assert owes("C1") == "6.00"
    assert balances(cards) == {"cash": "4.00", "on account": "6.00", "revenue": "-10.00"}


def test_what_is_owed_is_paid_with_a_gift_card(cards: Shop) -> None:
    """The card of 50.00 pays 10.00 of the account: 40.00 are owed to its holder, as its movements say."""
    untaxed(cards, "CARD", 1, "50.00")
    untaxed(cards, "BAG", 10, "1.00", method="on_account", customer="C1")
    cards.till_event("payment", "10.00")
    paid = replace(cards.pending.transactions[-1], customer="C1", payments=(Payment(1, "gift_card", Decimal("10.00")),))
    cards.pending.transactions[-1] = paid
    assert cards.posts().status == DONE
    cards.must_be_posted()
    assert owes("C1") == "0.00"
    assert balances(cards) == {"cash": "50.00", "gift card liability": "-40.00", "revenue": "-10.00"}


def test_the_credit_limit_counts_what_is_posted_and_what_waits(cards: Shop) -> None:
    cards.pending.customers = [Customer("C1", credit_limit=Decimal("25.00"))]
    untaxed(cards, "BAG", 10, "1.00", method="on_account", customer="C1")
    assert cards.posts().status == DONE
    untaxed(cards, "BAG", 10, "1.00", method="on_account", customer="C1")
    untaxed(cards, "BAG", 10, "1.00", method="on_account", customer="C1")
    assert cards.validates() == {"H21"}
    assert "would owe 30" in cards.exports("problems")[0]["message"]
    cards.comes_in()
    CustomerRow.objects.filter(code="C1").update(credit_limit="30.00")
    assert cards.validates() == set()


def test_a_customer_on_hold(cards: Shop) -> None:
    cards.comes_in()
    CustomerRow.objects.filter(code="C1").update(on_hold=True)
    untaxed(cards, "BAG", 1, "1.00", customer="C1")
    untaxed(cards, "BAG", 1, "2.00", method="on_account", customer="C1")
    cards.validates()
    assert [(row["transaction"], row["code"]) for row in cards.exports("problems")] == [("2", "H21")]


@pytest.mark.parametrize("state", ["on_hold", "blocked"])
def test_a_customer_who_is_stopped_after_the_sale_came_in(cards: Shop, state: str) -> None:
    """Judged again at posting; the remedy that is printed leads out: the transaction waits, and posts once the hold is lifted."""
    cards.comes_in()
    untaxed(cards, "BAG", 1, "2.00", method="on_account", customer="C1")
    assert cards.validates() == set()
    assert run("calculate_statements").status == DONE
    CustomerRow.objects.filter(code="C1").update(**{state: True})
    assert run("post_statements", "--inline").status != DONE
    statement = Statement.objects.get()
    assert (statement.failed_state, statement.error_code) == ("Checked", "H21")
    assert "Revalidate the statement" in str(statement.error_text)
    assert owes("C1") == "0"
    CustomerRow.objects.filter(code="C1").update(**{state: False})
    assert run("post_statements", "--inline").status == DONE
    assert owes("C1") == "2.00"


def test_a_rule_that_is_off_stops_no_account(cards: Shop) -> None:
    cards.comes_in()
    assert run("set_parameters", "validation.disabled_rules=H21").status == DONE
    untaxed(cards, "BAG", 1, "2.00", method="on_account", customer="C1")
    CustomerRow.objects.filter(code="C1").update(on_hold=True)
    assert cards.posts().status == DONE
    assert owes("C1") == "2.00"


def test_an_order_on_account_stands_in_the_account(cards: Shop) -> None:
    cards.is_ordered(line("BAG", 3, price="10.00"))
    cards.invoices()
    assert owes("C1") == "31.80"


# -- dates and alerts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [date(1900, 1, 1), date(2154, 12, 31), date(9999, 12, 31)])
def test_an_empty_date_of_another_system_is_none(shop: Shop, nothing: date) -> None:
    """Case 30."""
    shop.sells_item()
    shop.has("A", 9, expires=nothing)
    sold = shop.sells(2)
    assert shop.posts().status == DONE
    assert Batch.objects.get(number="A").expires_on is None
    assert shop.batches_of(sold) == {"A": "2"}


def test_a_batch_that_was_blocked_after_it_was_sold(shop: Shop) -> None:
    """Case W11: at calculation, in the preview, and at posting; the sale stays as it was captured."""
    shop.sells_item(negative=True)
    shop.has("A", 9)
    sold = shop.sells(2, batch="A")
    assert shop.validates() == set()
    Batch.objects.update(disposition=Disposition.objects.get(code="blocked"))
    assert run("calculate_statements").status == DONE
    assert [row["code"] for row in shop.exports("problems")] == ["B03"]
    assert [row["code"] for row in run("preview_posting").data["warnings"]] == ["B03"]
    assert run("post_statements", "--inline").status == DONE
    shop.must_be_posted()
    assert shop.allocated(sold)[0][:3] == ("A", "2", "captured")


def test_a_batch_that_was_blocked_after_calculation(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.has("A", 9)
    shop.rings(milk(2, batch="A"))
    assert shop.calculates().status == DONE
    Batch.objects.update(disposition=Disposition.objects.get(code="blocked"))
    assert run("post_statements", "--inline").status == DONE
    assert [(row["code"], row["severity"]) for row in shop.exports("problems")] == [("B03", "warning")]


def test_an_unknown_batch_is_never_replaced(shop: Shop) -> None:
    """Case VB01: with the rule off the captured batch is not taken for another one."""
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 9)
    shop.comes_in()
    DisabledRule.objects.create(legal_entity=LegalEntity.objects.get(), code="B01")
    shop.sells(2, batch="NOPE")
    assert shop.validates() == {"B01"}
    assert shop.posts().status in (DONE, PARTLY)
    assert shop.exports("allocations") == []
    assert shop.shelf() == {"A": "9"}
