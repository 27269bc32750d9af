"""Batch choice as a table of cases: what is there, what is wanted, what is taken (docs/domain.md#batch-choice)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from inventory.rules.allocation import decide, in_order_of_choice
from inventory.rules.expiry import is_expired
from inventory.rules.stock import DEFAULT_BATCH, BatchStock, Decision, Demand, FallbackSettings, Policy, PriorAllocation, Stock
from tests.inventory.shelf import (
    DAY,
    FALLS_BACK,
    ITEM,
    LONG_AGO,
    NO_FALLBACK,
    NOON,
    OPEN,
    STRICT,
    WAREHOUSE,
    batch,
    need,
    stock,
    taken,
)

TOMORROW, YESTERDAY = DAY + timedelta(days=1), DAY - timedelta(days=1)
LATER = NOON + timedelta(days=9)
POOL = (WAREHOUSE, ITEM)
UNTRACKED = replace(OPEN, tracked=False)


def decided(
    there: Stock, *needs: Demand, settings: FallbackSettings = FALLS_BACK, earlier: dict[int, list[PriorAllocation]] | None = None
) -> Decision:
    return decide(needs, {POOL: there}, earlier or {}, settings)


def what(decision: Decision, there: Stock, line: int = 1) -> list[str]:
    """Each take of a line as `batch quantity source REASON`."""
    names: dict[int | None, str] = {DEFAULT_BATCH: "default", None: "-"}
    names |= {row.batch_id: row.number for row in there.batches}
    return [f"{names[take.batch_id]} {take.quantity} {take.source} {take.reason}" for take in decision.takes if take.need.line_id == line]


def codes(decision: Decision, order: int = 1) -> list[str]:
    """Each failure of an order as `line CODE missing`."""
    return [f"{failure.need.line_id} {failure.code} {failure.missing}" for failure in decision.failures.get(order, ())]


EARLY, SOON = batch("SOON", 5, expires=TOMORROW), batch("LATE", 5, expires=DAY + timedelta(days=30))
OLD = batch("OLD", 5, expires=DAY + timedelta(days=60), received=LONG_AGO - timedelta(days=9))


@pytest.mark.parametrize(
    ("name", "batches", "quantity", "expected"),
    [
        ("one batch covers", [batch("A", 10)], 4, ["A 4 allocated FEFO"]),
        ("exactly", [batch("A", 4)], 4, ["A 4 allocated FEFO"]),
        ("fractions", [batch("A", "1.25")], "0.75", ["A 0.75 allocated FEFO"]),
        (
            "the sooner expiry first, then the next",
            [batch("A", 3, expires=TOMORROW + timedelta(days=9)), batch("B", 5, expires=TOMORROW)],
            6,
            ["B 5 allocated FEFO", "A 1 allocated FEFO"],
        ),
        ("without a date last", [batch("A", 3), batch("B", 5, expires=TOMORROW)], 6, ["B 5 allocated FEFO", "A 1 allocated FEFO"]),
        (
            "same expiry: first receipt",
            [batch("A", 5, expires=TOMORROW), batch("B", 5, expires=TOMORROW, received=LONG_AGO - timedelta(days=1))],
            1,
            ["B 1 allocated FEFO"],
        ),
        ("same expiry and receipt: number", [batch("B", 5), batch("A", 5)], 1, ["A 1 allocated FEFO"]),
        ("nothing ever here", [], 2, ["default 2 default NO_BATCH"]),
        ("real stock first, the rest on the default batch", [batch("A", 2)], 5, ["A 2 allocated FEFO", "default 3 default STOCK_USED_UP"]),
        ("used up", [batch("A", 0)], 1, ["default 1 default STOCK_USED_UP"]),
        ("below zero", [batch("A", -4)], 1, ["default 1 default STOCK_USED_UP"]),
        ("fully reserved", [batch("A", 3, reserved=3)], 1, ["default 1 default RESERVED"]),
        ("over-reserved", [batch("A", 3, reserved=4)], 1, ["default 1 default RESERVED"]),
        ("partly reserved", [batch("A", 3, reserved=2)], 2, ["A 1 allocated FEFO", "default 1 default RESERVED"]),
        ("expired", [batch("A", 3, expires=YESTERDAY)], 1, ["default 1 default EXPIRED"]),
        ("expires on the day", [batch("A", 3, expires=DAY)], 1, ["A 1 allocated FEFO"]),
        ("blocked", [batch("A", 3, blocked=True)], 1, ["default 1 default BLOCKED"]),
        ("received after the sale", [batch("A", 3, received=LATER)], 1, ["default 1 default RECEIVED_LATER"]),
        ("never received here", [batch("A", 3, received=None)], 1, ["default 1 default RECEIVED_LATER"]),
        ("only the placeholder", [batch("DEF", 3, is_default_batch=True)], 1, ["default 1 default STOCK_USED_UP"]),
        ("a real batch of the default number", [batch("DEF", 3)], 1, ["DEF 1 allocated FEFO"]),
        (
            "the nearest miss is told",
            [batch("A", 3, blocked=True), batch("B", 3, expires=YESTERDAY), batch("C", 3, received=LATER)],
            1,
            ["default 1 default RECEIVED_LATER"],
        ),
        (
            "reserved is nearer than anything else",
            [batch("A", 3, received=LATER), batch("B", 3, reserved=3)],
            1,
            ["default 1 default RESERVED"],
        ),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) and " " in value else None,
)
def test_a_sale(name: str, batches: list[BatchStock], quantity: int | str, expected: list[str]) -> None:
    there = stock(*batches)
    decision = decided(there, need(1, quantity))
    assert not decision.failures
    assert what(decision, there) == expected


@pytest.mark.parametrize(
    ("policy", "order"),
    [
        (Policy.FEFO, ["SOON", "LATE", "OLD", "NEVER"]),
        (Policy.FIFO, ["OLD", "LATE", "SOON", "NEVER"]),
        (Policy.LIFO, ["LATE", "SOON", "OLD", "NEVER"]),
        (Policy.BATCH_NUMBER, ["LATE", "NEVER", "OLD", "SOON"]),
    ],
)
def test_each_policy_has_its_order(policy: Policy, order: list[str]) -> None:
    """The two of the same receipt stand in order of their numbers under every policy."""
    rows = [SOON, EARLY, OLD, batch("NEVER", 5, received=None)]
    assert [row.number for row in in_order_of_choice(rows, policy)] == order


def test_the_reason_of_an_allocation_is_the_policy() -> None:
    for policy in Policy:
        there = stock(batch("A", 5), policy=replace(OPEN, policy=policy))
        assert what(decided(there, need(1, 1)), there) == [f"A 1 allocated {policy.value.upper()}"]


@pytest.mark.parametrize(("last_day_counts", "expected"), [(True, [False, False, True]), (False, [False, True, True])])
def test_the_last_day_counts_by_parameter(last_day_counts: bool, expected: list[bool]) -> None:
    assert [is_expired(DAY, DAY + timedelta(days=days), last_day_counts) for days in (-1, 0, 1)] == expected


def test_batches_received_after_the_sale_may_be_allowed() -> None:
    there = stock(batch("A", 3, received=LATER), batch("B", 3, received=None))
    decision = decided(there, need(1, 5), settings=replace(FALLS_BACK, use_batches_received_after_sale=True))
    assert what(decision, there) == ["A 3 allocated FEFO", "B 2 allocated FEFO"]


def test_received_at_the_very_moment_of_the_sale_is_in_time() -> None:
    there = stock(batch("A", 3, received=NOON))
    assert what(decided(there, need(1, 1, at=NOON)), there) == ["A 1 allocated FEFO"]


def test_two_lines_of_one_item_share_the_stock() -> None:
    """Two lines of one item share one stock: together they take no more than there is."""
    there = stock(batch("A", 5))
    decision = decided(there, need(1, 4, order=7), need(2, 4, order=7))
    assert what(decision, there, 1) == ["A 4 allocated FEFO"]
    assert what(decision, there, 2) == ["A 1 allocated FEFO", "default 3 default STOCK_USED_UP"]


def test_lines_are_served_in_data_order_whatever_their_order() -> None:
    there = stock(batch("A", 5), policy=STRICT)
    decision = decided(there, need(1, 3, order=2), need(2, 3, order=1), need(3, 2, order=3), settings=NO_FALLBACK)
    assert codes(decision, 1) == ["2 NO_VALID_BATCH 3"], "what lacks once the others have taken theirs"
    assert taken(decision.takes, 3) == [(there.batches[0].batch_id, Decimal(2))]


# -- orders fail as a whole ------------------------------------------------------------------------------------------------


def test_an_order_with_one_line_that_fails_takes_nothing() -> None:
    here, there = stock(batch("A", 5)), stock(policy=STRICT)
    needs = (need(1, 3, order=1), need(2, 1, order=1, item=20), need(3, 5, order=2))
    decision = decide(needs, {POOL: here, (WAREHOUSE, 20): there}, {}, NO_FALLBACK)
    assert codes(decision) == ["2 NO_VALID_BATCH 1"]
    assert what(decision, here, 3) == ["A 5 allocated FEFO"]


def test_what_a_failed_order_took_serves_the_next() -> None:
    """Order 2 would fail for want of what order 1 holds; order 1 fails first, so order 2 goes through."""
    cheese, milk = stock(batch("C", 1), policy=STRICT), stock(batch("M", 4), policy=STRICT)
    needs = (need(1, 3, order=1), need(2, 9, order=1, item=20), need(3, 3, order=2), need(4, 1, order=2, item=20))
    decision = decide(needs, {POOL: milk, (WAREHOUSE, 20): cheese}, {}, NO_FALLBACK)
    assert set(decision.failures) == {1}
    assert what(decision, milk, 3) == ["M 3 allocated FEFO"]


def test_the_order_whose_line_fails_first_goes_first() -> None:
    """Both fail at first; without the earlier one the later one is covered."""
    there = stock(batch("A", 4), policy=STRICT)
    needs = (need(1, 3, order=2), need(2, 3, order=1), need(3, 3, order=3))
    decision = decided(there, *needs, settings=NO_FALLBACK)
    assert set(decision.failures) == {1, 3}


def test_every_failing_line_of_an_order_is_told() -> None:
    needs = (need(1, 3, order=1), need(2, 2, order=1, item=20))
    decision = decide(needs, {POOL: stock(policy=STRICT), (WAREHOUSE, 20): stock(policy=STRICT)}, {}, NO_FALLBACK)
    assert codes(decision) == ["1 NO_VALID_BATCH 3", "2 NO_VALID_BATCH 2"]


def test_a_shortage_in_one_warehouse_leaves_the_other_alone() -> None:
    needs = (need(1, 3, order=1), need(2, 3, order=2, warehouse=2))
    here = stock(batch("A", 5))
    decision = decide(needs, {POOL: stock(policy=STRICT), (2, ITEM): here}, {}, NO_FALLBACK)
    assert set(decision.failures) == {1}
    assert what(decision, here, 2) == ["A 3 allocated FEFO"]


def test_nothing_to_decide() -> None:
    assert decide((), {}, {}, FALLS_BACK) == Decision([], {})


# -- captured batches ------------------------------------------------------------------------------------------------------


A, B = batch("A", 5, expires=TOMORROW), batch("B", 5, expires=TOMORROW + timedelta(days=9))


def test_a_captured_batch_is_used_before_any_inferred_line() -> None:
    there = stock(A, B)
    decision = decided(there, need(1, 4), need(2, 3, batch=A.batch_id))
    assert what(decision, there, 2) == ["A 3 captured CAPTURED"]
    assert what(decision, there, 1) == ["A 2 allocated FEFO", "B 2 allocated FEFO"]


@pytest.mark.parametrize(
    "row", [batch("A", 5, blocked=True), batch("A", 5, expires=YESTERDAY), batch("A", 5, received=LATER), batch("A", 5, reserved=5)]
)
def test_a_captured_batch_is_used_as_it_is(row: BatchStock) -> None:
    there = stock(row)
    assert what(decided(there, need(1, 5, batch=row.batch_id)), there) == ["A 5 captured CAPTURED"]


def test_a_captured_batch_that_is_short_goes_below_zero_where_that_is_allowed() -> None:
    there = stock(A, B)
    assert what(decided(there, need(1, 7, batch=A.batch_id)), there) == ["A 7 captured CAPTURED_NEGATIVE"]


def test_a_captured_batch_that_is_short_fails_otherwise() -> None:
    decision = decided(stock(A, B, policy=STRICT), need(1, 7, batch=A.batch_id))
    assert codes(decision) == ["1 CAPTURED_BATCH_SHORT 2"]


def test_a_captured_batch_never_falls_back() -> None:
    there = stock(batch("A", 0, received=None))
    assert what(decided(there, need(1, 2, batch=there.batches[0].batch_id)), there) == ["A 2 captured CAPTURED_NEGATIVE"]


def test_two_captured_lines_share_their_batch() -> None:
    decision = decided(stock(A, policy=STRICT), need(1, 3, batch=A.batch_id), need(2, 3, batch=A.batch_id))
    assert codes(decision, 2) == ["2 CAPTURED_BATCH_SHORT 1"]


# -- untracked items -------------------------------------------------------------------------------------------------------


def test_an_untracked_item_has_no_batch() -> None:
    there = stock(policy=UNTRACKED, blank=5)
    assert what(decided(there, need(1, 3)), there) == ["- 3 untracked NOT_TRACKED"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (UNTRACKED, []),
        (replace(UNTRACKED, negative_physical=False), ["1 NEGATIVE_NOT_ALLOWED 2"]),
        (replace(UNTRACKED, advanced=True, plate_controlled=True), ["1 LOCATION_CANNOT_GO_NEGATIVE 2"]),
        (replace(UNTRACKED, negative_financial=False), ["1 FINANCIAL_NEGATIVE_NOT_ALLOWED 2"]),
    ],
)
def test_an_untracked_item_that_is_short(policy: object, expected: list[str]) -> None:
    there = stock(policy=policy, blank=3)  # type: ignore[arg-type]  # the cases above are policies
    assert codes(decided(there, need(1, 5))) == expected


def test_an_untracked_item_cannot_use_what_lies_on_batches() -> None:
    """Stock from the days when the item was tracked: the row that is issued from is the one without a batch."""
    there = stock(batch("A", 5), policy=replace(UNTRACKED, negative_physical=False), blank=1)
    assert codes(decided(there, need(1, 3))) == ["1 NEGATIVE_NOT_ALLOWED 2"]


# -- returns ---------------------------------------------------------------------------------------------------------------


def test_returns_come_first() -> None:
    """Scenario 18: the sale of the day can only be met from what came back later that day."""
    there = stock(batch("A", 0), policy=STRICT)
    earlier = {99: [PriorAllocation(there.batches[0].batch_id, Decimal(1))]}
    decision = decided(there, need(1, 1), need(2, -1, return_of=99), settings=NO_FALLBACK, earlier=earlier)
    assert not decision.failures
    assert what(decision, there, 1) == ["A 1 allocated FEFO"]


def test_a_return_of_another_day_does_not_come_first() -> None:
    there = stock(batch("A", 0), policy=STRICT)
    earlier = {99: [PriorAllocation(there.batches[0].batch_id, Decimal(1))]}
    decision = decided(there, need(1, 1), need(2, -1, return_of=99, day=1), settings=NO_FALLBACK, earlier=earlier)
    assert codes(decision) == ["1 NO_VALID_BATCH 1"]


def test_a_linked_return_goes_back_last_allocated_first() -> None:
    there = stock(A, B)
    earlier = {99: [PriorAllocation(A.batch_id, Decimal(2)), PriorAllocation(B.batch_id, Decimal(2))]}
    decision = decided(there, need(1, -3, return_of=99), earlier=earlier)
    assert what(decision, there) == ["B -2 returned LINKED_RETURN", "A -1 returned LINKED_RETURN"]


def test_two_returns_of_one_line_go_on_where_the_first_ended() -> None:
    there = stock(A, B)
    earlier = {99: [PriorAllocation(A.batch_id, Decimal(2)), PriorAllocation(B.batch_id, Decimal(2))]}
    decision = decided(there, need(1, -1, return_of=99), need(2, -2, return_of=99), earlier=earlier)
    assert what(decision, there, 1) == ["B -1 returned LINKED_RETURN"]
    assert what(decision, there, 2) == ["B -1 returned LINKED_RETURN", "A -1 returned LINKED_RETURN"]


def test_more_than_was_taken_does_not_come_back() -> None:
    earlier = {99: [PriorAllocation(A.batch_id, Decimal(2))]}
    decision = decided(stock(A), need(1, -1, return_of=99), need(2, -2, return_of=99), earlier=earlier)
    assert codes(decision, 2) == ["2 RETURN_EXCEEDS_SALE 1"]
    assert not codes(decision, 1)


def test_a_return_of_a_sale_that_is_not_posted_waits() -> None:
    assert codes(decided(stock(A), need(1, -1, return_of=99))) == ["1 RETURN_OF_UNPOSTED_SALE 1"]


def test_the_sale_and_its_return_on_one_day() -> None:
    """The return follows its sale, here before it in data order, and goes back to what the sale took, default batch included."""
    there = stock(batch("A", 2))
    decision = decided(there, need(1, -3, return_of=2), need(2, 4), need(3, 1))
    assert what(decision, there, 2) == ["A 2 allocated FEFO", "default 2 default STOCK_USED_UP"]
    assert what(decision, there, 1) == ["default -2 returned LINKED_RETURN", "A -1 returned LINKED_RETURN"]
    assert what(decision, there, 3) == ["A 1 allocated FEFO"]


def test_the_sale_and_its_return_in_one_chunk_on_two_days() -> None:
    """On its own day the return comes before the sales of that day, and it knows what the sale of the day before took."""
    there = stock(batch("A", 2), policy=STRICT)
    decision = decided(there, need(1, 2), need(2, 1, day=1), need(3, -1, return_of=1, day=1), settings=NO_FALLBACK)
    assert not decision.failures
    assert what(decision, there, 3) == ["A -1 returned LINKED_RETURN"]
    assert what(decision, there, 2) == ["A 1 allocated FEFO"]


def test_a_return_falls_with_its_sale() -> None:
    decision = decided(stock(batch("A", 1), policy=STRICT), need(1, 2), need(2, -1, return_of=1), settings=NO_FALLBACK)
    assert codes(decision, 1) == ["1 NO_VALID_BATCH 1"]
    assert codes(decision, 2) == ["2 RETURN_OF_UNPOSTED_SALE 1"]


def test_a_return_within_the_order_of_its_sale() -> None:
    there = stock(batch("A", 1))
    decision = decided(there, need(1, 1, order=5), need(2, -1, order=5, return_of=1))
    assert what(decision, there, 2) == ["A -1 returned LINKED_RETURN"]


def test_a_batch_that_was_never_here_comes_with_its_return_and_can_be_sold() -> None:
    """Bought in one store, brought back to another."""
    there = stock(batch("A", 0, received=None), policy=STRICT)
    earlier = {99: [PriorAllocation(there.batches[0].batch_id, Decimal(1))]}
    decision = decided(there, need(1, -1, return_of=99), need(2, 1), settings=NO_FALLBACK, earlier=earlier)
    assert what(decision, there, 2) == ["A 1 allocated FEFO"]


def test_a_returned_batch_that_is_blocked_stays_blocked() -> None:
    there = stock(batch("A", 0, blocked=True), policy=STRICT)
    earlier = {99: [PriorAllocation(there.batches[0].batch_id, Decimal(1))]}
    decision = decided(there, need(1, -1, return_of=99), need(2, 1), settings=NO_FALLBACK, earlier=earlier)
    assert codes(decision, 2) == ["2 NO_VALID_BATCH 1"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (need(1, -2), ["default -2 returned BLIND_RETURN"]),
        (need(1, -2, batch=A.batch_id), ["A -2 returned CAPTURED"]),
    ],
)
def test_a_blind_return(line: Demand, expected: list[str]) -> None:
    there = stock(A, policy=STRICT)
    assert what(decided(there, line), there) == expected


def test_a_blind_return_of_an_untracked_item() -> None:
    there = stock(policy=UNTRACKED)
    assert what(decided(there, need(1, -2), settings=NO_FALLBACK), there) == ["- -2 returned BLIND_RETURN"]


# -- financial negative ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "missing"),
    [(need(1, 3), "1"), (need(1, 1), "1"), (need(1, 1, batch=A.batch_id), "1"), (need(1, 7, batch=A.batch_id), "2")],
    ids=["beyond the batch", "covered by a batch", "captured", "captured and short"],
)
def test_the_total_of_the_item_may_not_go_below_zero(line: Demand, missing: str) -> None:
    """A debt of ten on the default batch: each further piece makes the total of the item more negative, real batch or not."""
    rows = (batch("A", 2 if line.batch_id is None else 5), batch("DEF", -10, is_default_batch=True))
    decision = decided(stock(*rows, policy=replace(OPEN, negative_financial=False)), line)
    assert codes(decision) == [f"1 FINANCIAL_NEGATIVE_NOT_ALLOWED {missing}"]
