"""Untidy weeks of orders, default batches, cards and accounts, each with books that were derived by hand."""

from decimal import Decimal

import pytest

from inventory.models import OnHand, WarehouseItemCost
from tests.cases.test_untidy_days import back, balances, event, paid, sends, sold, ticket, till
from tests.cases.test_untidy_weeks import week
from tests.cases.untidy import DAY, D, of, on, order, orders, posted
from tests.cases.world import PricedShop
from tests.oracle.commands import done, set_parameters
from tests.oracle.rows import Customer, Item, Warehouse
from tests.scenarios.world import NOON

__all__ = ["till", "week"]


# -- orders ------------------------------------------------------------------------------------------------------------


def test_an_order_line_is_exchanged_on_another_order(week: PricedShop) -> None:
    """20.00 owed; one bag comes back for something at 15.00: 5.00 more are owed, one bag lies there again."""
    assert orders(week, order("A", sold("BAG", "2", "10.00"))) == set()
    exchange = order("B", sold("BAG", "-1", "10.00", return_of=of("A")), sold("COUPON", "1", "15.00"))
    assert orders(week, exchange) == set()
    assert balances(week) == {"on account": "25.00", "revenue": "-25.00"}
    assert week.stock() == {("W1", "BAG"): D(49)}
    week.must_be_worth_what_it_costs()


def test_an_exchange_of_a_paid_order_for_the_same_price_moves_no_money(week: PricedShop) -> None:
    assert orders(week, order("A", sold("BAG", "1", "10.00"), pays=paid("card", "10.00"))) == set()
    assert orders(week, order("B", sold("BAG", "-1", "10.00", return_of=of("A")), sold("COUPON", "1", "10.00"))) == set()
    assert balances(week) == {"card": "10.00", "revenue": "-10.00"}
    week.must_be_worth_what_it_costs()


def test_parts_of_an_order_come_back_in_two_stores_to_the_cent(week: PricedShop) -> None:
    """7 for 10.00 and 0.61 tax; 3, 3 and 1 come back, in two stores, after the standard cost changed."""
    assert orders(week, order("A", sold("BAG", "7", "1.428571", net="10.00", tax="0.61"))) == set()
    week.costs_from_now_on("5.00", "BAG", tracked=False)
    parts = (("3", "-4.29", "-0.26", "S2"), ("3", "-4.28", "-0.26", "S1"), ("1", "-1.43", "-0.09", "S2"))
    for place, (quantity, net, tax, store) in enumerate(parts):
        line = sold("BAG", f"-{quantity}", "1.428571", net=net, tax=tax, return_of=of("A"))
        assert orders(week, order(f"B{place}", line, store=store)) == set()
    assert balances(week) == {}
    assert week.account("cost_of_goods") == 0
    assert week.stock() == {("W1", "BAG"): D(46), ("W2", "BAG"): D(4)}
    week.must_be_worth_what_it_costs()


def test_a_return_of_an_order_gives_no_cent_more_than_was_invoiced(week: PricedShop) -> None:
    assert orders(week, order("A", sold("BAG", "3", "3.333333", net="10.00"))) == set()
    more = order("B", sold("BAG", "-3", "3.333333", net="-10.01", return_of=of("A")))
    assert orders(week, more) == {("B", "RETURN_EXCEEDS_SALE")}
    assert orders(week, order("C", sold("BAG", "-2", "3.333333", net="-6.67", return_of=of("A")))) == set()
    assert orders(week, order("D", sold("BAG", "-1", "3.333333", net="-3.34", return_of=of("A")))) == {("D", "RETURN_EXCEEDS_SALE")}
    assert orders(week, order("E", sold("BAG", "-1", "3.333333", net="-3.33", return_of=of("A")))) == set()
    assert balances(week) == {}


THIRDS = [("JPY", "100", ("-33", "-33", "-34")), ("KWD", "1.000", ("-0.333", "-0.334", "-0.333"))]


@pytest.mark.parametrize(("currency", "net", "parts"), THIRDS)
def test_an_order_of_another_currency_comes_back_by_thirds(till: PricedShop, currency: str, net: str, parts: tuple[str, ...]) -> None:
    till.trades_in(currency, 0 if currency == "JPY" else 3)
    till.receives("9", "4", item="BAG", batch=" ")
    price = f"{D(net) / 3:.6f}"
    assert orders(till, order("A", sold("BAG", "3", price, net=net), currency=currency)) == set()
    for place, part in enumerate(parts):
        line = sold("BAG", "-1", price, net=part, return_of=of("A"))
        assert orders(till, order(f"B{place}", line, currency=currency)) == set()
    assert balances(till) == {}
    till.must_be_worth_what_it_costs()


# -- the default batch -------------------------------------------------------------------------------------------------


def places(warehouse: str = "W1") -> dict[str, Decimal]:
    rows = OnHand.objects.filter(warehouse__code=warehouse, batch__isnull=False).exclude(physical=0)
    return dict(rows.values_list("batch__number", "physical"))


@pytest.fixture
def milk(shop: PricedShop) -> PricedShop:
    """Milk is tracked, may go below zero, and falls back on DEF."""
    shop.sells_at_cost()
    shop.falls_back()
    shop.orders_fall_back("DEF")
    shop.comes_in()
    return shop


def test_a_credit_serves_an_order_before_it_owes(milk: PricedShop) -> None:
    """2 lie on the default batch; an order of 3 takes them and owes 1; its return of 2 pays that debt and leaves 1 there."""
    milk.takes_back(None, 2)
    milk.posts()
    assert orders(milk, order("A", sold("MILK", "3", "1.00"))) == set()
    assert (places(), milk.debts()) == ({"DEF": D(-1)}, [("A", "1")])
    assert orders(milk, order("B", sold("MILK", "-2", "1.00", return_of=of("A")))) == set()
    assert (places(), milk.debts()) == ({"DEF": D(1)}, [])
    milk.must_be_worth_what_it_costs()


def test_another_default_batch_while_units_lie_on_the_old_one(milk: PricedShop) -> None:
    """The old one keeps its 2; what is missing from now on is owed by the new one."""
    milk.takes_back(None, 2)
    milk.posts()
    milk.falls_back("NEW")
    milk.sells(3)
    milk.posts()
    milk.must_be_posted()
    assert sum(places().values()) == D(-1)
    assert places().get("NEW", D(0)) in (D(-3), D(-1))
    milk.must_be_worth_what_it_costs()


def test_goods_under_the_number_of_an_old_default_batch_that_is_owed(milk: PricedShop) -> None:
    """3 are owed by DEF; the parameter changes; a delivery under the number DEF would make units of debts: it is refused."""
    milk.sells(3)
    milk.posts()
    milk.falls_back("NEW")
    milk.comes_in()
    columns = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at,manufactured_on,expires_on,disposition\n"
    milk.must_refuse("receipts", columns + "R1,1,W1,MILK,DEF,5,1.00,2024-05-02T06:00:00+00:00,,,\n", "DEFAULT_BATCH_IS_REAL")
    assert (places(), len(milk.debts())) == ({"DEF": D(-3)}, 1)


def test_a_settled_debt_comes_back_to_the_batch_that_paid_it(milk: PricedShop) -> None:
    sale = milk.sells(3)
    milk.posts()
    milk.receives(5, "1.00", "A", at=NOON - DAY)
    milk.comes_in()
    done("settle_batch_debt")
    assert places() == {"A": D(2)}
    milk.takes_back(sale, 2, store="S2")
    milk.posts()
    milk.must_be_posted()
    assert (places(), places("W2")) == ({"A": D(2)}, {"A": D(2)})
    milk.must_be_worth_what_it_costs()


def test_default_batch_off_while_debts_are_open(milk: PricedShop) -> None:
    """What is owed stays owed, a return pays it, and a new sale that nothing covers stops with a way out."""
    sale = milk.sells(3)
    milk.posts()
    set_parameters({"posting.use_default_batch_id": "false"})
    milk.takes_back(sale, 1)
    milk.posts()
    assert (places(), [left for _, left in milk.debts()]) == ({"DEF": D(-2)}, ["2"])
    milk.must_be_sound()


# -- cards and accounts ------------------------------------------------------------------------------------------------


def test_a_card_that_was_spent_in_part_does_not_come_back_whole(week: PricedShop) -> None:
    """50.00 sold, 30.00 spent: the card cannot be given back for 50.00, its 20.00 can."""
    posted(week, ticket(1, [sold("CARD", "1", "50.00", gift_card="GC1")]))
    posted(week, on(1, 2, sold("BAG", "3", "10.00"), payments=[paid("gift_card", "30.00", gift_card="GC1")]))
    whole = on(2, 3, sold("CARD", "-1", "50.00", gift_card="GC1", return_of=back(1)))
    assert {code for _, code in sends(week, whole)} == {"G02"}
    rest = on(2, 4, sold("CARD", "-1", "20.00", gift_card="GC1"))
    assert {code for _, code in sends(week, rest)} == {"G02"}
    week.posts()
    assert balances(week) == {"cash": "30.00", "revenue": "-30.00"}


def test_a_card_is_reloaded_on_an_order_that_is_paid_with_another_card(week: PricedShop) -> None:
    posted(week, ticket(1, [sold("CARD", "1", "50.00", gift_card="GC1")]))
    lines = (sold("CARD", "1", "20.00", gift_card="GC2"), sold("BAG", "1", "10.00"))
    reload = order("A", *lines, pays=paid("gift_card", "30.00", gift_card="GC1"))
    assert orders(week, reload) == set()
    assert {row["gift_card"]: row["balance"] for row in week.exports("gift-cards")} == {"GC1": "20", "GC2": "20"}
    assert balances(week) == {"cash": "50.00", "gift card liability": "-40.00", "revenue": "-10.00"}


def test_a_card_does_not_pay_for_its_own_reload(week: PricedShop) -> None:
    """What it pays is there; what it gets comes with the invoice: in the end it holds what it held."""
    posted(week, ticket(1, [sold("CARD", "1", "50.00", gift_card="GC1")]))
    posted(week, on(1, 2, sold("CARD", "1", "20.00", gift_card="GC1"), payments=[paid("gift_card", "20.00", gift_card="GC1")]))
    assert [row["balance"] for row in week.exports("gift-cards")] == ["50"]
    assert balances(week) == {"cash": "50.00", "gift card liability": "-50.00"}


def test_a_credit_limit_counts_what_waits_at_every_door(week: PricedShop) -> None:
    """Limit 25.00: 10.00 wait at a till, an order of 10.00 is invoiced, another one of 10.00 is not; a payment of 5.00 makes room."""
    week.pending.customers.append(Customer("C9", credit_limit=D("25.00")))
    assert sends(week, ticket(1, [sold("BAG", "1", "10.00")], [paid("on_account", "10.00")], customer="C9")) == set()
    assert orders(week, order("A", sold("BAG", "1", "10.00"), customer="C9")) == set()
    orders(week, order("B", sold("BAG", "1", "10.00"), customer="C9"))
    assert balances(week)["on account"] == "10.00"
    assert sends(week, ticket(2, [sold("BAG", "1", "6.00")], [paid("on_account", "6.00")], customer="C9")) == {("2", "H21")}
    again = ticket(4, [sold("BAG", "1", "6.00")], [paid("on_account", "6.00")], customer="C9")
    assert sends(week, event(3, "payment", paid("cash", "5.00"), customer="C9"), again) == {("2", "H21")}


# -- plausible, and sentences ------------------------------------------------------------------------------------------


def test_a_return_of_too_many_is_as_implausible_as_a_sale(week: PricedShop) -> None:
    week.parameters(validation__largest_quantity="100")
    week.comes_in()
    sends(week, ticket(1, [sold("BAG", "-101", "1.00")]), ticket(2, [sold("BAG", "101", "1.00")]))
    found = {(row["transaction"], row["code"]) for row in week.exports("problems")}
    assert {code for transaction, code in found if transaction == "1"} >= {code for transaction, code in found if transaction == "2"}
    assert found


def test_what_is_missing_of_boxes_is_said_in_pieces(shop: PricedShop) -> None:
    """A box of twelve where 5 lie: 7 pcs are missing; once they come in the sale is posted."""
    shop.sells_at_cost(negative=False)
    shop.converts("box", 12)
    shop.receives(5, "1.00", "A")
    shop.sells(1, unit="box")
    answer = shop.posts()
    assert "7 pcs missing" in str(answer.data["failures"]), answer
    shop.receives(7, "1.00", "B", at=NOON - DAY)
    shop.posts()
    shop.must_be_posted()


def test_what_is_missing_of_an_order_is_said_after_others_took_theirs(shop: PricedShop) -> None:
    """5 lie there, 3 are reserved for an order, a ticket of 4 lacks 2."""
    shop.sells_at_cost(negative=False)
    shop.receives(5, "1.00", "A")
    shop.comes_in()
    shop.is_ordered(shop.line(D(3), D(1)), number="KEEP")
    shop.comes_in()
    shop.sells(4)
    answer = shop.posts()
    assert "2 pcs missing" in str(answer.data["failures"]), answer
    assert "KEEP" in str(answer.data["failures"])


def test_a_store_warehouse_may_go_below_zero_by_its_own_flag_at_both_doors(shop: PricedShop) -> None:
    shop.warehouse(Warehouse("W2", "LE", store_negative_physical=True))
    shop.sells_at_cost("4.00", "BAG", negative=False, tracked=False)
    shop.comes_in()
    sale = sold("BAG", "1", "10.00")
    assert orders(shop, order("A", sale, store="S2"), order("B", sale)) == set()
    assert shop.stock() == {("W2", "BAG"): D(-1)}
    posted(shop, ticket(1, [sale], store="S2"))
    assert shop.stock() == {("W2", "BAG"): D(-2)}
    assert WarehouseItemCost.objects.get(warehouse__code="W2").unit_cost == D(4)


def test_a_service_is_returned_without_its_sale_and_a_card_is_not_lent(till: PricedShop) -> None:
    till.pending.items.append(Item("HOUR", batch_tracked=False, kind="service", unit="hour"))
    posted(till, ticket(1, [sold("HOUR", "2", "30.00", unit="hour")]))
    posted(till, on(1, 2, sold("HOUR", "-0.5", "30.00", unit="hour", return_of=back(1))))
    assert balances(till) == {"cash": "45.00", "revenue": "-45.00"}
    assert till.stock() == {}
