"""Cost of stock where it crosses zero; values alone."""

from decimal import Decimal

from inventory.rules.costing import PoolCost

D = Decimal


def test_what_comes_back_to_an_average_below_zero_sets_the_cost_of_what_then_lies_there() -> None:
    short = PoolCost(D(-1), D("-2.00"), D("2.00"), moving_average=True)
    adjustment = short.take_back(D(3), D("9.00"))
    assert (short.quantity, short.unit_cost, short.value) == (D(2), D("3.000000"), D("6.00"))
    assert adjustment == D("-1.00")


def test_what_comes_back_and_leaves_an_average_below_zero_changes_no_cost() -> None:
    short = PoolCost(D(-3), D("-6.00"), D("2.00"), moving_average=True)
    adjustment = short.take_back(D(1), D("5.00"))
    assert (short.quantity, short.unit_cost, short.value, adjustment) == (D(-2), D("2.00"), D("-4.00"), D("-3.00"))
