"""Untidy weeks: returns, exchanges, costs and counts over several days and stores, each with books that were derived by hand."""

from datetime import timedelta

import pytest

from tests.cases.test_untidy_days import back, balances, event, paid, sends, sold, ticket, till
from tests.cases.untidy import DAY, D, Row, on, posted
from tests.cases.world import PricedShop
from tests.oracle.commands import DONE, done
from tests.oracle.rows import Store
from tests.scenarios.world import NOON

__all__ = ["till"]


@pytest.fixture
def week(till: PricedShop) -> PricedShop:
    """Fifty bags at 4.00 in W1."""
    till.receives("50", "4.00", item="BAG", batch=" ")
    till.comes_in()
    return till


# -- returns and exchanges of tills ------------------------------------------------------------------------------------


def test_thirds_of_net_tax_and_discount_come_back_to_nothing(week: PricedShop) -> None:
    """3 at 3.34 less 0.02, tax 0.61: they come back one by one, each ticket rounded its own way."""
    posted(week, ticket(1, [sold("BAG", "3", "3.34", net="10.00", tax="0.61", discount="0.02")]))
    assert balances(week) == {"cash": "10.61", "revenue": "-10.02", "tax": "-0.61", "discounts": "0.02"}
    for day, (net, tax, off) in enumerate((("-3.33", "-0.20", "-0.01"), ("-3.33", "-0.21", "-0.01"), ("-3.34", "-0.20", "0")), 1):
        posted(week, on(day, 1 + day, sold("BAG", "-1", "3.34", net=net, tax=tax, discount=off, return_of=back(1))))
    assert balances(week) == {}
    week.must_be_worth_what_it_costs()


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_discount_comes_back_whatever_sign_the_till_writes(week: PricedShop, sign: str) -> None:
    posted(week, ticket(1, [sold("BAG", "2", "10.00", net="17.00", discount="3.00")]))
    posted(week, on(1, 2, sold("BAG", "-2", "10.00", net="-17.00", discount=f"{sign}3.00", return_of=back(1))))
    assert balances(week) == {}


def test_parts_come_back_in_two_stores_after_the_standard_cost_changed_twice(week: PricedShop) -> None:
    """5 sold at 4.00; 2 come back in S2 at 4.00 while the standard is 5.00 (2.00 revalued up), 3 in S1 while it is 3.00."""
    posted(week, ticket(1, [sold("BAG", "5", "10.00")]))
    week.costs_from_now_on("5.00", "BAG", tracked=False)
    posted(week, on(1, 2, sold("BAG", "-2", "10.00", return_of=back(1)), store="S2"))
    week.costs_from_now_on("3.00", "BAG", tracked=False)
    posted(week, on(2, 3, sold("BAG", "-3", "10.00", return_of=back(1))))
    assert balances(week) == {}
    assert week.stock() == {("W1", "BAG"): D(48), ("W2", "BAG"): D(2)}
    assert week.account("cost_of_goods") == 0
    assert week.account("inventory") == D("150.00")
    week.must_be_worth_what_it_costs()


def test_an_exchange_in_another_store_for_another_batch_and_a_dearer_item(week: PricedShop) -> None:
    posted(week, ticket(1, [sold("BAG", "2", "10.00", tax="1.20")]))
    lines = [sold("BAG", "-1", "10.00", tax="-0.60", return_of=back(1)), sold("COUPON", "1", "12.00", tax="0.72")]
    posted(week, on(1, 2, *lines, store="S2", payments=[paid("card", "2.12")]))
    assert balances(week) == {"cash": "21.20", "card": "2.12", "revenue": "-22.00", "tax": "-1.32"}
    assert week.stock() == {("W1", "BAG"): D(48), ("W2", "BAG"): D(1)}
    week.must_be_worth_what_it_costs()


def test_a_return_of_two_tickets_on_one(week: PricedShop) -> None:
    posted(week, ticket(1, [sold("BAG", "1", "9.99")]), ticket(2, [sold("BAG", "1", "8.01")]))
    lines = [sold("BAG", "-1", "9.99", return_of=back(1)), sold("BAG", "-1", "8.01", return_of=back(2))]
    posted(week, on(1, 3, *lines))
    assert balances(week) == {}
    week.must_be_worth_what_it_costs()


def test_the_same_line_twice_on_one_ticket_is_counted_twice(week: PricedShop) -> None:
    posted(week, ticket(1, [sold("BAG", "3", "10.00")]))
    twice = [sold("BAG", "-2", "10.00", return_of=back(1)), sold("BAG", "-2", "10.00", return_of=back(1))]
    assert sends(week, on(1, 2, *twice)) == {("2", "L17")}


def test_a_return_that_is_reversed_waits_to_be_posted_again(week: PricedShop) -> None:
    """It stands anew under its number, so another return of the same goods is one too many; posted again, all is as it was."""
    posted(week, ticket(1, [sold("BAG", "1", "10.00")]))
    posted(week, on(1, 2, sold("BAG", "-1", "10.00", return_of=back(1))))
    done("reverse", "--transaction", "S1/T1/2", "--reason", "wrong ticket")
    assert balances(week) == {"cash": "10.00", "revenue": "-10.00"}
    assert sends(week, on(2, 3, sold("BAG", "-1", "10.00", return_of=back(1)))) == {("3", "L17")}
    week.posts()
    assert balances(week) == {}
    week.must_be_worth_what_it_costs()


# -- cost --------------------------------------------------------------------------------------------------------------


def test_the_standard_changes_while_a_place_is_below_zero(till: PricedShop) -> None:
    """-3 at 4.00 are worth -12.00; at 5.00 they are worth -15.00; three that come for 4.50 leave nothing of stock and value."""
    posted(till, ticket(1, [sold("BAG", "3", "10.00")]))
    till.costs_from_now_on("5.00", "BAG", tracked=False)
    assert till.account("inventory") == D("-15.00")
    till.receives("3", "4.50", item="BAG", batch=" ", at=NOON + DAY)
    till.comes_in()
    assert till.account("inventory") == 0
    assert till.account("price_variance") == D("-1.50")
    till.must_be_worth_what_it_costs()


def test_below_zero_a_return_then_goods_at_another_price(till: PricedShop) -> None:
    """Average: 5 sold at the standard of 4.00, 2 come back at it; 10 come for 6.00: 3 are caught up to 18.00, 7 are worth 42.00."""
    till.averages()
    posted(till, ticket(1, [sold("BAG", "5", "10.00")]))
    posted(till, on(1, 2, sold("BAG", "-2", "10.00", return_of=back(1))))
    till.receives("10", "6.00", item="BAG", batch=" ", at=NOON + 2 * DAY)
    till.comes_in()
    assert till.account("inventory") == D("42.00")
    assert till.unit_cost("BAG") == D("6")
    till.must_be_worth_what_it_costs()


def test_three_for_a_price_without_thirds_leave_no_value(till: PricedShop) -> None:
    """3 for 3.333333 each are worth 10.00; sold 1, 1, 1 they leave nothing; one that comes back is worth what it cost."""
    till.averages()
    till.receives("3", "3.333333", item="BAG", batch=" ")
    for number in (1, 2, 3):
        posted(till, on(number, number, sold("BAG", "1", "10.00")))
    assert (till.account("inventory"), till.account("cost_of_goods")) == (D(0), D("10.00"))
    posted(till, on(4, 4, sold("BAG", "-1", "10.00", return_of=back(1))))
    assert till.account("inventory") == D("3.33")
    till.must_be_worth_what_it_costs()


def test_goods_that_come_with_an_earlier_instant_after_the_sale(till: PricedShop) -> None:
    """Average: 10 at 1.00, 5 sold; then 10 for 3.00 come in that were there before the sale: 40.00 are stock or cost of goods."""
    till.averages()
    till.receives("10", "1.00", item="BAG", batch=" ", at=NOON - 2 * DAY)
    posted(till, ticket(1, [sold("BAG", "5", "10.00")]))
    till.receives("10", "3.00", item="BAG", batch=" ", at=NOON - DAY)
    till.comes_in()
    assert till.account("inventory") + till.account("cost_of_goods") + till.account("cost_adjustment") == D("40.00")
    assert till.account("cost_of_goods") > 0
    till.must_be_worth_what_it_costs()


def test_a_free_sample_comes_in_for_nothing(till: PricedShop) -> None:
    till.averages()
    till.receives("2", "0", item="BAG", batch=" ")
    posted(till, ticket(1, [sold("BAG", "1", "10.00")]))
    assert (till.account("inventory"), till.account("cost_of_goods")) == (D(0), D(0))
    till.receives("1", "3.00", item="BAG", batch=" ", at=NOON + DAY)
    till.comes_in()
    assert till.account("inventory") == D("3.00")
    till.must_be_worth_what_it_costs()


def test_a_count_to_zero_writes_the_whole_value_off(till: PricedShop) -> None:
    till.averages()
    till.receives("3", "3.333333", item="BAG", batch=" ")
    till.comes_in()
    assert till.keeps_journal("count", "0", "", item="BAG", at=NOON).status == DONE
    assert till.account("inventory") == 0
    till.must_be_worth_what_it_costs()


# -- counts ------------------------------------------------------------------------------------------------------------


def day_of(shop: PricedShop, **values: str) -> None:
    shop.store(Store("S1", "W1", **values))  # type: ignore[arg-type]  # passed on as given
    shop.comes_in()


COUNTS: dict[str, tuple[dict[str, str], list[list[Row]], dict[str, str]]] = {
    "staff: one of two counts at the same till": (
        {"statement_method": "staff"},
        [
            [
                ticket(1, [sold("BAG", "1", "10.00")], staff="ann"),
                ticket(2, [sold("BAG", "1", "20.00")], staff="bob"),
                event(3, "tender_declaration", paid("cash", "9.50"), staff="ann"),
            ]
        ],
        {"cash": "29.50", "over/short": "0.50"},
    ),
    "shift: the second one is counted first": (
        {"statement_method": "shift"},
        [
            [ticket(1, [sold("BAG", "1", "10.00")], shift=1), ticket(2, [sold("BAG", "1", "20.00")], shift=2)],
            [event(3, "tender_declaration", paid("cash", "21.00"), shift=2)],
            [event(4, "tender_declaration", paid("cash", "9.00"), shift=1)],
        ],
        {"cash": "30.00"},
    ),
    "terminal: sums of counts by till, one never counts": (
        {"statement_method": "terminal", "count": "sum"},
        [
            [
                ticket(1, [sold("BAG", "1", "10.00")]),
                ticket(2, [sold("BAG", "1", "20.00")], terminal="T2"),
                event(3, "tender_declaration", paid("cash", "4.00")),
            ],
            [event(4, "tender_declaration", paid("cash", "5.00"))],
        ],
        {"cash": "29.00", "over/short": "1.00"},
    ),
    "split: sales, then a late sale, then one count": (
        {"statement_model": "split"},
        [
            [ticket(1, [sold("BAG", "1", "10.00")])],
            [ticket(2, [sold("BAG", "1", "5.00")]), event(3, "tender_declaration", paid("cash", "14.00"))],
        ],
        {"cash": "14.00", "over/short": "1.00"},
    ),
    "split: a refund of a counted day, after its count": (
        {"statement_model": "split"},
        [
            [ticket(1, [sold("BAG", "1", "10.00")]), event(2, "tender_declaration", paid("cash", "10.00"))],
            [ticket(3, [sold("BAG", "-1", "10.00", return_of=back(1))])],
        ],
        {"cash": "10.00", "over/short": "-10.00"},
    ),
    "a start amount that comes after the count": (
        {},
        [
            [ticket(1, [sold("BAG", "1", "10.00")]), event(5, "tender_declaration", paid("cash", "110.00"))],
            [event(2, "start_amount", paid("cash", "100.00"), sold_at=(NOON - timedelta(hours=4)).isoformat())],
        ],
        {"cash": "10.00"},
    ),
    "change given back from a voucher is counted apart": (
        {},
        [
            [
                ticket(1, [sold("BAG", "1", "12.50")], [paid("voucher", "20.00"), paid("cash", "-7.50")]),
                event(2, "tender_declaration", paid("voucher", "20.00"), paid("cash", "0")),
            ]
        ],
        {"vouchers": "20.00", "over/short": "-7.50"},
    ),
}


@pytest.mark.parametrize("story", sorted(COUNTS))
def test_money_is_as_it_was_counted(week: PricedShop, story: str) -> None:
    values, steps, books = COUNTS[story]
    day_of(week, **values)
    for rows in steps:
        assert sends(week, *rows) == set()
        week.posts()
    week.must_be_posted()
    found = balances(week)
    assert {name: amount for name, amount in found.items() if name in ("cash", "vouchers", "over/short")} == books
