"""How much of an item group may go to default batches in a week and warehouse (docs/domain.md#fallback-limits)."""

from datetime import timedelta

import pytest

from orders.models import OrderEvent
from statements.models import StatementEvent
from tests.cases.world import PricedShop
from tests.oracle.commands import PARTLY, WRONG_USE, run
from tests.scenarios.world import CREATED, INVOICED, NOON, milk

WEEK = timedelta(days=7)
CODE = "FALLBACK_OVER_LIMIT"


@pytest.fixture
def limited(shop: PricedShop) -> PricedShop:
    """At most 5 units a week, 0.60 each; what passes that is stopped."""
    shop.sells_at_cost("0.60")
    shop.sells_at_cost("0.60", item="TEA")
    shop.falls_back()
    shop.parameters(inventory__fallback_limit_quantity="5", inventory__fallback_over_limit="stop")
    return shop


def codes(shop: PricedShop) -> list[str]:
    return [row["error_code"] for row in shop.exports("statements")]


def test_up_to_the_limit_everything_is_posted(limited: PricedShop) -> None:
    limited.sells(2)
    limited.sells(3, item="TEA")
    limited.posts()
    limited.must_be_posted()
    assert codes(limited) == [""]


def test_items_of_a_group_share_the_limit_and_what_passes_it_stops_with_its_item_and_a_way_out(limited: PricedShop) -> None:
    limited.sells(3)
    limited.sells(3, item="TEA")
    assert limited.posts().status == PARTLY
    row = limited.statement()
    assert (row["post_state"], row["failed_state"], row["error_code"]) == (CREATED, INVOICED, CODE)
    assert limited.debts() == []
    limited.parameters(inventory__fallback_limit_quantity="6")
    limited.posts()
    limited.must_be_posted()


def test_what_was_owed_before_in_the_week_counts_and_another_week_or_warehouse_does_not(limited: PricedShop) -> None:
    limited.sells(4)
    limited.posts()
    limited.sells(2, at=NOON + WEEK)
    limited.sells(2, store="S2")
    limited.posts()
    assert codes(limited) == ["", "", ""]
    limited.sells(2)
    limited.posts()
    assert sorted(codes(limited)) == ["", "", "", CODE]


def test_sales_with_real_batches_go_on(limited: PricedShop) -> None:
    limited.receives(3, "0.60", "A")
    limited.parameters(posting__hold_failing_transactions="true", posting__aggregate_lines="false")
    sold = limited.sells(3)
    limited.sells(9)
    limited.posts()
    assert limited.batches_of(sold) == {"A": "3"}
    assert sorted(codes(limited)) == ["", CODE]
    assert limited.debts() == []


def test_a_receipt_is_another_way_out(limited: PricedShop) -> None:
    limited.sells(9)
    limited.posts()
    limited.receives(9, "0.60", "A")
    limited.posts()
    limited.must_be_posted()
    assert limited.debts() == []


def test_the_value_is_limited_too(limited: PricedShop) -> None:
    limited.parameters(inventory__fallback_limit_quantity="", inventory__fallback_limit_value="1.79")
    limited.sells(3)
    limited.posts()
    assert codes(limited) == [CODE]
    limited.parameters(inventory__fallback_limit_value="1.80")
    limited.posts()
    limited.must_be_posted()


def test_where_it_only_warns_the_statement_says_so(limited: PricedShop) -> None:
    limited.parameters(inventory__fallback_over_limit="warn")
    limited.sells(9)
    limited.posts()
    limited.must_be_posted()
    (event,) = StatementEvent.objects.filter(event="fallback limit")
    monday = NOON.date() - timedelta(days=NOON.weekday())
    said = f"Item group GROUP, week from {monday}: 9 units worth 5.40 on default batches, above the limit."
    assert str(event.text) == said


def test_where_it_only_warns_statements_and_orders_that_put_nothing_there_say_nothing(limited: PricedShop) -> None:
    limited.parameters(inventory__fallback_over_limit="warn")
    limited.orders_fall_back()
    limited.receives(4, "0.60", "A")
    covered = limited.is_ordered(milk(4))
    passing = limited.is_ordered(milk(9))
    assert limited.invoices().status == 0
    alerts = OrderEvent.objects.filter(what=OrderEvent.What.ALERT, order__number__in=(covered.order, passing.order))
    (alert,) = alerts.select_related("order")
    assert (alert.order.number, alert.data["code"]) == (passing.order, CODE)
    assert ": 9 units worth 5.40 on default batches, above the limit." in str(alert.message)


def test_customer_orders_and_tills_share_the_limit(limited: PricedShop) -> None:
    limited.orders_fall_back()
    limited.sells(4)
    limited.posts()
    limited.is_ordered(milk(2))
    answer = limited.invoices()
    # The day of an order is today, whose week is another one than that of the sale.
    assert answer.status == 0, answer
    limited.is_ordered(milk(4))
    assert limited.invoices().status == PARTLY


def test_the_preview_decides_alike(limited: PricedShop) -> None:
    limited.sells(9)
    limited.calculates()
    answer = run("preview_posting")
    assert CODE in str(answer.data)


def test_bad_values_are_refused(limited: PricedShop) -> None:
    limited.comes_in()
    for assignment in ("inventory.fallback_limit_quantity=-1", "inventory.fallback_over_limit=ask", "inventory.fallback_limit_value=x"):
        answer = run("set_parameters", assignment)
        assert (answer.status, answer.data["problems"][0]["code"]) == (WRONG_USE, "BAD_PARAMETER_VALUE")
