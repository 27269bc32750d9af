"""What a decision moves: movements, on-hand, debts and cost agree with the takes, whatever they are."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lib.decimals import ZERO
from inventory.rules.allocation import decide
from inventory.rules.costing import PoolCost, worth
from inventory.rules.default_stock import DefaultStock, Place, Posting
from inventory.rules.issues import Part, Taken, plan_issue, still_taken, with_default_batch
from inventory.rules.stock import DEFAULT_BATCH, Demand, FallbackSettings, PriorAllocation, Stock
from tests.inventory.shelf import FALLS_BACK, ITEM, OPEN, POOLS, WAREHOUSE, Case, batch, cases, need, stock

POOL = (WAREHOUSE, ITEM)
DEFAULT_ROW = 77


def planned(
    there: Stock,
    *needs: Demand,
    unit_cost: str = "1.5",
    earlier: dict[int, list[PriorAllocation]] | None = None,
    owed: Decimal = ZERO,
) -> Any:
    """The plan of a decision, at one unit cost; `owed` is an old debt of line 98 on the default batch."""
    decision = decide(needs, {POOL: there}, earlier or {}, FALLS_BACK)
    assert not decision.failures
    takes = with_default_batch(decision.takes, {ITEM: DEFAULT_ROW})
    debts = [Posting(Place(*POOL, DEFAULT_ROW), 98, owed, owed, need(1, 1).day, id=5)] if owed else []
    costs = {POOL: PoolCost(there.physical, worth(there.physical, Decimal(unit_cost)), Decimal(unit_cost), moving_average=False)}
    return plan_issue(takes, {POOL: there}, costs, earlier or {}, DefaultStock.of(debts, ()), {DEFAULT_ROW})


def test_an_issue_is_negative_and_so_is_its_cost() -> None:
    row = batch("A", 5)
    plan = planned(stock(row), need(1, 2))
    assert plan.costs == [Decimal("3.00")]
    assert {key: delta.quantity for key, delta in plan.deltas.items()} == {(*POOL, row.batch_id): -2}
    assert plan.cost_of_order == {1: Decimal("3.00")}
    assert not plan.default_stock.new_debts


def test_a_return_is_positive_and_lowers_the_cost() -> None:
    row = batch("A", 0)
    plan = planned(stock(row), need(1, -2, return_of=99), earlier={99: [PriorAllocation(row.batch_id, Decimal(2), Decimal("3.00"))]})
    assert plan.costs == [Decimal("-3.00")]
    assert plan.cost_of_order == {1: Decimal("-3.00")}
    assert plan.deltas[*POOL, row.batch_id].came_back_at == need(1, 1).at


def test_what_comes_back_is_valued_as_it_was_issued() -> None:
    """Half of it brings half of the cost, the rest what is left; standard cost of today is an adjustment."""
    row = batch("A", 0)
    earlier = {99: [PriorAllocation(row.batch_id, Decimal(3), Decimal("1.00"))]}
    plan = planned(stock(row), need(1, -1, return_of=99), need(2, -2, return_of=99), earlier=earlier)
    assert plan.costs == [Decimal("-0.33"), Decimal("-0.67")]
    assert sum(change.amount for change in plan.adjustments) == Decimal("3.50")


@pytest.mark.parametrize(
    ("returned", "left"),
    [
        ([], [PriorAllocation(5, Decimal(1), Decimal("0.01"))]),
        ([(1, 5, Decimal(1), Decimal("0.01"))], []),
        # All came back and another cost with it: there is no batch left to bear the difference.
        ([(1, 5, Decimal(1), Decimal("0.02"))], []),
    ],
)
def test_what_a_line_still_has_of_its_only_batch(returned: list[Part], left: list[PriorAllocation]) -> None:
    assert still_taken(Taken([(1, 5, Decimal(1), Decimal("0.01"))], returned)) == {1: left}


def test_lines_of_one_order_line_and_batch_come_to_one_rounding() -> None:
    """Two receipts of one merged order line: three times a third of a cent is a cent, not nothing."""
    row = batch("A", 5)
    lines = [need(line, 1, order=1) for line in (1, 2, 3)]
    plan = planned(stock(row), *lines, unit_cost="0.003333")
    assert sum(plan.costs) == Decimal("0.01")


@pytest.mark.parametrize(
    ("quantity", "unit_cost", "cost"),
    [("1", "0.005", "0.01"), ("-1", "0.005", "-0.01"), ("3", "0.333333", "1.00"), ("0.25", "0.10", "0.03"), ("2", "0", "0.00")],
)
def test_cost_is_rounded_half_up_away_from_zero(quantity: str, unit_cost: str, cost: str) -> None:
    assert worth(Decimal(quantity), Decimal(unit_cost)) == Decimal(cost)


def test_what_goes_to_the_default_batch_opens_a_debt() -> None:
    row = batch("A", 2)
    plan = planned(stock(row), need(1, 5))
    debts = [(debt.line_id, debt.place.batch_id, debt.quantity, debt.unit_cost) for debt in plan.default_stock.new_debts]
    assert debts == [(1, DEFAULT_ROW, 3, Decimal("1.5"))]
    assert plan.deltas[*POOL, DEFAULT_ROW].may_go_negative
    assert not plan.deltas[*POOL, row.batch_id].may_go_negative


def test_a_blind_return_opens_a_credit_where_nothing_is_owed() -> None:
    book = planned(stock(), need(1, -5)).default_stock
    assert not book.new_debts
    assert [(credit.line_id, credit.quantity, credit.open_quantity) for credit in book.new_credits] == [(1, 5, 5)]


def test_a_blind_return_pays_what_is_owed_first() -> None:
    book = planned(stock(), need(1, -5), owed=Decimal(3)).default_stock
    assert book.paid == {5: 0}
    assert [credit.quantity for credit in book.new_credits] == [2]


def test_a_sale_and_its_return_in_one_chunk_pay_the_debt_at_once() -> None:
    book = planned(stock(), need(1, 5), need(2, -2, return_of=1)).default_stock
    assert [(debt.quantity, debt.open_quantity) for debt in book.new_debts] == [(5, 3)]
    assert not book.new_credits


@pytest.mark.parametrize("allowed", [True, False])
def test_only_what_may_go_negative_says_so(allowed: bool) -> None:
    untracked = replace(OPEN, tracked=False, negative_physical=allowed)
    assert planned(stock(policy=untracked, blank=5), need(1, 5)).deltas[*POOL, None].may_go_negative is allowed
    row = batch("A", 5)
    policy = replace(OPEN, negative_physical=allowed)
    assert not planned(stock(row, policy=policy), need(1, 5, batch=row.batch_id)).deltas[*POOL, row.batch_id].may_go_negative


@settings(deadline=None, max_examples=60)
@given(cases(), st.sampled_from(["0", "0.005", "1.234567", "99999.999999"]))
def test_deltas_debts_and_cost_add_up_to_the_takes(case: Case, unit_cost: str) -> None:
    decision = decide(case.needs, case.stocks, case.earlier, case.settings)
    takes = with_default_batch(decision.takes, {10: 7710, 20: 7720})
    costs = {pool: PoolCost(ZERO, ZERO, Decimal(unit_cost), moving_average=False) for pool in POOLS}
    earlier = {
        line: [take._replace(cost=worth(take.quantity, Decimal(unit_cost))) for take in found] for line, found in case.earlier.items()
    }
    plan = plan_issue(takes, case.stocks, costs, earlier, DefaultStock(), {7710, 7720})
    taken: dict[tuple[int, int, int | None], Decimal] = defaultdict(Decimal)
    for take in takes:
        assert take.batch_id != DEFAULT_BATCH
        taken[take.need.warehouse_id, take.need.item_id, take.batch_id] -= take.quantity
    assert all(take.quantity * cost >= 0 for take, cost in zip(takes, plan.costs, strict=True))
    real = {key: quantity for key, quantity in taken.items() if key[2] not in (7710, 7720)}
    assert real == {key: delta.quantity for key, delta in plan.deltas.items() if not delta.is_default}
    assert sum(plan.cost_of_order.values(), ZERO) == sum(plan.costs, ZERO)
    assert all(pool.value == worth(pool.quantity, pool.unit_cost) for pool in costs.values())
    book = plan.default_stock
    lying = sum((credit.open_quantity for credit in book.new_credits), ZERO) - sum((debt.open_quantity for debt in book.new_debts), ZERO)
    assert lying == sum((quantity for key, quantity in taken.items() if key[2] in (7710, 7720)), ZERO)
    for pool in POOLS:
        debts = [debt for debt in book.new_debts if debt.place[:2] == pool and debt.open_quantity]
        assert not debts or not [credit for credit in book.new_credits if credit.place[:2] == pool and credit.open_quantity]


def test_a_default_batch_of_another_name_is_told_from_the_one_in_use() -> None:
    """The stand-in is replaced by the row of the item; what was captured on a real batch stays."""
    row = batch("A", 1)
    settings_of_other = FallbackSettings(True, "OTHER", False)
    decision = decide((need(1, 2),), {POOL: stock(row)}, {}, settings_of_other)
    assert [take.batch_id for take in with_default_batch(decision.takes, {ITEM: 5})] == [row.batch_id, 5]
