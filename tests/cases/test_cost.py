"""Cases 13c, 13d, 14, 15: what goods cost when they leave, come back, and come in (docs/domain.md#cost)."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from core.lib.document_kinds import SourceKind
from inventory.rules.costing import PoolCost
from tests.cases.world import PricedShop
from tests.scenarios.world import NOON, milk

D = Decimal
SOLD = (SourceKind.SALES_ORDER_LINE, SourceKind.DELIVERY_LINE)
EARLY, LATER = NOON - timedelta(days=30), NOON - timedelta(days=2)


def test_14_a_linked_return_brings_back_what_its_sale_cost(shop: PricedShop) -> None:
    """Ten at 1.00 sold, one bought at 100.00, ten back: +10.00, not +1,000.00."""
    shop.sells_at_cost()
    shop.averages()
    shop.receives(10, "1.00")
    sale = shop.sells(10)
    shop.posts()
    shop.receives(1, "100.00")
    shop.takes_back(sale, 10, at=NOON + timedelta(days=1))
    shop.posts()
    assert shop.costs_of_movements(*SOLD) == [D("-10.00"), D("10.00")]
    assert (shop.account("inventory"), shop.unit_cost()) == (D("110.00"), D(10))
    shop.must_be_worth_what_it_costs()


def test_14_parts_of_a_sale_bring_back_all_of_its_cost_and_no_more(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.averages()
    shop.receives(3, "0.335")
    sale = shop.sells(3)
    shop.posts()
    for day in (1, 2, 3):
        shop.takes_back(sale, 1, at=NOON + timedelta(days=day))
    shop.posts()
    out, *back = shop.costs_of_movements(*SOLD)
    assert out == D("-1.01")
    assert sum(back) == D("1.01")
    shop.must_be_worth_what_it_costs()


def test_14_sale_and_return_of_one_day_cancel_each_other(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.averages()
    shop.receives(4, "1.00")
    shop.receives(4, "3.00")
    shop.takes_back(shop.sells(5), 5)
    shop.posts()
    assert shop.account("cost_of_goods") == 0
    shop.must_be_worth_what_it_costs()


def test_14_each_batch_brings_back_its_own_cost(shop: PricedShop) -> None:
    """A line that was sold of two batches, one of them the default batch: the last taken comes back first."""
    shop.sells_at_cost()
    shop.falls_back()
    shop.averages()
    shop.receives(2, "1.00", "A")
    sale = shop.sells(5)
    shop.posts()
    shop.receives(10, "7.00", "C", at=NOON)
    shop.takes_back(sale, 3, at=NOON + timedelta(days=1))
    shop.takes_back(sale, 2, at=NOON + timedelta(days=2))
    shop.posts()
    assert sum(shop.costs_of_movements(*SOLD)) == 0
    shop.must_be_worth_what_it_costs()


def test_14_a_return_in_another_store_brings_the_cost_there(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.averages()
    shop.receives(10, "1.00")
    shop.receives(1, "50.00", warehouse="W2")
    sale = shop.sells(4)
    shop.posts()
    shop.takes_back(sale, 4, at=NOON + timedelta(days=1), store="S2")
    shop.posts()
    assert shop.costs_of_movements(*SOLD) == [D("-4.00"), D("4.00")]
    assert shop.unit_cost(warehouse="W2") == D("10.8")
    shop.must_be_worth_what_it_costs()


@pytest.mark.parametrize("averages", [True, False])
def test_14_a_customer_order_that_comes_back_brings_back_what_it_cost(shop: PricedShop, averages: bool) -> None:
    shop.sells_at_cost("1.00")
    if averages:
        shop.averages()
    shop.receives(10, "1.00")
    sold = shop.is_ordered(milk(10))
    shop.invoices()
    if averages:
        shop.receives(1, "100.00")
    else:
        shop.costs_from_now_on("100.00")
    shop.is_ordered(milk(-10), back=sold)
    shop.invoices()
    assert shop.costs_of_movements(*SOLD) == [D("-10.00"), D("10.00")]
    shop.must_be_worth_what_it_costs()


def test_15_a_linked_return_brings_back_the_standard_cost_of_its_sale(shop: PricedShop) -> None:
    """Ten at 0.60 sold, the standard becomes 6.00: 6.00 come back; what lies there is worth the standard of today by a voucher."""
    shop.sells_at_cost("0.60")
    shop.receives(10, "0.60")
    sale = shop.sells(10)
    shop.posts()
    shop.costs_from_now_on("6.00")
    shop.takes_back(sale, 10, at=NOON + timedelta(days=1))
    shop.posts()
    assert shop.costs_of_movements(*SOLD) == [D("-6.00"), D("6.00")]
    assert shop.account("cost_of_goods") == 0
    assert (shop.account("inventory"), shop.account("cost_adjustment")) == (D("60.00"), D("-54.00"))
    shop.must_be_worth_what_it_costs()


def test_15_a_new_standard_cost_revalues_what_lies_there(shop: PricedShop) -> None:
    shop.sells_at_cost("0.60")
    shop.receives(10, "0.60")
    shop.sells(4)
    shop.posts()
    shop.costs_from_now_on("6.00")
    assert (shop.account("inventory"), shop.account("cost_adjustment")) == (D("36.00"), D("-32.40"))
    shop.must_be_worth_what_it_costs()
    shop.costs_from_now_on("6.00")
    assert shop.account("inventory") == D("36.00")


def test_a_blind_return_costs_what_stock_costs_today(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    shop.averages()
    shop.receives(10, "2.50")
    shop.takes_back(None, 2)
    shop.posts()
    assert shop.costs_of_movements(*SOLD) == [D("5.00")]
    shop.must_be_worth_what_it_costs()


def test_goods_received_post_a_voucher(shop: PricedShop) -> None:
    """At standard cost what was paid above it is a price variance."""
    shop.sells_at_cost("0.60")
    shop.receives(10, "0.75")
    shop.comes_in()
    assert (shop.account("inventory"), shop.account("price_variance"), shop.account("goods_received")) == (D("6.00"), D("1.50"), D("-7.50"))
    shop.must_be_worth_what_it_costs()


@pytest.mark.parametrize("newest_first", [True, False])
def test_13c_the_order_of_rows_does_not_matter(shop: PricedShop, newest_first: bool) -> None:
    """Stock -5; 5 at 1.00 and then 10 at 2.00: what is there costs 2.00, what was issued below zero is caught up at 1.00."""
    shop.sells_at_cost("0")
    shop.falls_back()
    shop.averages()
    shop.sells(5)
    shop.posts()
    rows = [(5, "1.00", EARLY), (10, "2.00", LATER)]
    for quantity, cost, at in reversed(rows) if newest_first else rows:
        shop.receives(quantity, cost, at=at)
    shop.comes_in()
    assert shop.unit_cost() == 2
    assert (shop.account("inventory"), shop.account("cost_adjustment")) == (D("20.00"), D("5.00"))
    shop.must_be_worth_what_it_costs()


ROWS = [("5", "1.00", EARLY), ("3", "7.005", EARLY + timedelta(hours=1)), ("10", "2.00", LATER)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("issued", ["2", "5", "7", "8", "20"])
def test_13c_the_order_of_files_does_not_matter(shop: PricedShop, issued: str, order: tuple[int, ...]) -> None:
    """Each receipt in a file of its own, in any order: books and cost are as by the instants."""
    shop.sells_at_cost("0")
    shop.falls_back()
    shop.averages()
    shop.sells(issued)
    shop.posts()
    for place in order:
        quantity, cost, at = ROWS[place]
        shop.receives(quantity, cost, at=at, receipt=f"R-{place}")
        shop.comes_in()
        shop.must_be_worth_what_it_costs()
    assert (shop.account("inventory"), shop.account("cost_adjustment"), shop.unit_cost()) == in_one_file(issued)


def in_one_file(issued: str) -> tuple[Decimal, Decimal, Decimal]:
    """Inventory, cost adjustments and unit cost when all is taken in in order."""
    cost = PoolCost(D(0), D(0), D(0), moving_average=True)
    cost.issue(D(issued))
    adjusted = sum((cost.receive(D(quantity), D(price)).adjustment for quantity, price, _ in ROWS), D(0))
    return cost.value, -adjusted, cost.unit_cost


def test_13c_what_was_issued_since_keeps_its_cost(shop: PricedShop) -> None:
    """5 below zero caught up at 2.00, one more sold at 2.00; then 5 at 1.00 come in that were there before: nothing is valued anew."""
    shop.sells_at_cost("0")
    shop.falls_back()
    shop.averages()
    shop.sells(5)
    shop.posts()
    shop.receives(10, "2.00", at=LATER)
    shop.sells(1)
    shop.posts()
    shop.receives(5, "1.00", at=EARLY)
    shop.comes_in()
    assert (shop.account("inventory"), shop.account("cost_adjustment")) == (D("13.00"), D("10.00"))
    shop.must_be_worth_what_it_costs()


@pytest.mark.parametrize("averages", [True, False])
def test_13d_nothing_is_left_at_zero_stock(shop: PricedShop, averages: bool) -> None:
    """Three at 0.335, sold one by one."""
    shop.sells_at_cost("0.335")
    if averages:
        shop.averages()
    shop.receives(3, "0.335")
    for day in range(3):
        shop.sells(1, at=NOON + timedelta(days=day))
    shop.posts()
    assert shop.account("inventory") == shop.moved_cost() == 0
    shop.must_be_worth_what_it_costs()


def test_a_change_of_the_costing_method_keeps_the_books_right(shop: PricedShop) -> None:
    from inventory.models import ItemModelGroup
    from inventory.records.policies import revalue_group

    shop.sells_at_cost("0.60")
    shop.averages()
    shop.receives(10, "1.00")
    shop.comes_in()
    before = ItemModelGroup.objects.get(item__code="MILK")
    after = ItemModelGroup.objects.get(item__code="MILK")
    after.costing_method = "standard"
    after.save()
    revalue_group(before, after)
    shop.journal.values_at(moving_average=False)
    assert shop.account("inventory") == D("6.00")
    shop.must_be_worth_what_it_costs()


def test_goods_that_came_before_the_method_changed_keep_what_they_cost(shop: PricedShop) -> None:
    """Seven are owed; one came at standard cost. Once averages are kept, an older receipt that comes in late is not taken in before it."""
    shop.sells_at_cost("1.00")
    shop.falls_back()
    shop.sells(7)
    shop.posts()
    shop.receives(1, "1.00", at=NOON)
    shop.comes_in()
    shop.is_valued_at("moving_average")
    shop.receives(1, "5.00", at=NOON - timedelta(days=1))
    shop.comes_in()
    assert shop.unit_cost() == 5
    shop.must_be_worth_what_it_costs()
