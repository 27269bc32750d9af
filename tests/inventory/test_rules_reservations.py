"""Reservations: real batches only, never more than is free; issued first by the line that they are for, and by nobody else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.allocation import decide
from inventory.rules.reservations import Reserved, decide_reserved, reserve, unreserved
from inventory.rules.stock import DEFAULT_BATCH, Stock
from tests.inventory.shelf import DAY, FALLS_BACK, ITEM, NO_FALLBACK, OPEN, STRICT, WAREHOUSE, batch, need, stock, taken

D = Decimal
POOL = (WAREHOUSE, ITEM)
A, B = batch("A", 0).batch_id, batch("B", 0).batch_id
UNTRACKED = OPEN.__class__(
    tracked=False, policy=OPEN.policy, negative_physical=False, negative_financial=True, advanced=False, plate_controlled=False
)


def test_the_first_to_expire_is_set_aside_and_the_rest_stays_open() -> None:
    shelf = stock(batch("A", 3, expires=DAY + timedelta(days=30)), batch("B", 5, expires=DAY + timedelta(days=2)))
    takes = reserve([need(1, 6), need(2, 9)], {POOL: shelf}, NO_FALLBACK)
    assert taken(takes, 1) == [(B, D(5)), (A, D(1))]
    assert taken(takes, 2) == [(A, D(2))]


@pytest.mark.parametrize(
    "shelf",
    [
        stock(batch("A", 5, reserved=5)),
        stock(batch("A", 5, blocked=True)),
        stock(batch("A", 5, expires=DAY - timedelta(days=1))),
        stock(batch("A", 5, is_default_batch=True)),
        stock(batch("A", -5)),
    ],
    ids=["set aside already", "blocked", "expired", "default batch", "negative"],
)
def test_what_cannot_be_set_aside(shelf: Stock) -> None:
    assert reserve([need(1, 1)], {POOL: shelf}, FALLS_BACK) == []


def test_an_untracked_item_is_set_aside_without_a_batch() -> None:
    shelf = Stock(UNTRACKED, D(5), (), False, D(2))
    assert taken(reserve([need(1, 4)], {POOL: shelf}, NO_FALLBACK), 1) == [(None, D(3))]


def test_a_line_gets_what_was_set_aside_for_it() -> None:
    """B would be first to expire by now; A is what the picker has in hand."""
    shelf = stock(batch("A", 4, reserved=4), batch("B", 4, expires=DAY + timedelta(days=1)))
    result = decide_reserved([need(1, 3)], {POOL: shelf}, {}, NO_FALLBACK, {need(1, 3).order_line_id: [Reserved(A, D(4), "FEFO")]})
    assert taken(result.decision.takes, 1) == [(A, D(3))]
    assert [(used.batch_id, used.quantity) for used in result.used] == [(A, D(3))]


def test_nobody_else_gets_it() -> None:
    shelf = stock(batch("A", 4, reserved=4))
    result = decide_reserved(
        [need(2, 1), need(1, 4)], {POOL: shelf}, {}, NO_FALLBACK, {need(1, 1).order_line_id: [Reserved(A, D(4), "FEFO")]}
    )
    assert list(result.decision.failures) == [2]
    assert taken(result.decision.takes, 1) == [(A, D(4))]


def test_the_rest_of_a_line_is_decided_as_any_sale() -> None:
    shelf = stock(batch("A", 2, reserved=2), batch("B", 1))
    result = decide_reserved([need(1, 5)], {POOL: shelf}, {}, FALLS_BACK, {need(1, 5).order_line_id: [Reserved(A, D(2), "FEFO")]})
    takes = result.decision.takes
    assert taken(takes, 1) == [(A, D(2)), (B, D(1)), (DEFAULT_BATCH, D(2))]
    assert [take.ordinal for take in takes] == [1, 2, 3]
    assert {take.need.quantity for take in takes} == {D(5)}


@pytest.mark.parametrize(
    "spoilt",
    [batch("A", 2, reserved=2, blocked=True), batch("A", 2, reserved=2, expires=DAY - timedelta(days=1)), batch("A", -1, reserved=2)],
)
def test_a_batch_that_went_bad_since_is_replaced_and_its_reservation_stays(spoilt: object) -> None:
    shelf = stock(spoilt, batch("B", 9))  # type: ignore[arg-type]
    result = decide_reserved([need(1, 2)], {POOL: shelf}, {}, NO_FALLBACK, {need(1, 2).order_line_id: [Reserved(A, D(2), "FEFO")]})
    assert taken(result.decision.takes, 1) == [(B, D(2))]
    assert result.used == []


def test_lines_share_what_is_left_of_a_batch_that_was_emptied_since() -> None:
    shelf = stock(batch("A", 4, reserved=6), batch("B", 9))
    lines = [need(1, 3), need(2, 3)]
    result = decide_reserved(lines, {POOL: shelf}, {}, NO_FALLBACK, {one.order_line_id: [Reserved(A, D(3), "FEFO")] for one in lines})
    assert taken(result.decision.takes, 1) == [(A, D(3))]
    assert sum(quantity for batch_id, quantity in taken(result.decision.takes, 2) if batch_id == A) <= 1
    assert sum(quantity for _, quantity in taken(result.decision.takes, 2)) == 3


def test_an_order_that_fails_keeps_what_was_set_aside_for_it() -> None:
    """Order 1 has a second line that nothing covers; order 2 is decided as if order 1 were not there."""
    shelf = stock(batch("A", 3, reserved=2), policy=STRICT)
    lines = [need(1, 2, order=1), need(2, 9, order=1), need(3, 1, order=2)]
    result = decide_reserved(lines, {POOL: shelf}, {}, NO_FALLBACK, {lines[0].order_line_id: [Reserved(A, D(2), "FEFO")]})
    assert list(result.decision.failures) == [1]
    assert taken(result.decision.takes, 3) == [(A, D(1))]
    assert result.used == []


QUANTITY = st.integers(1, 6)


@given(st.lists(st.tuples(QUANTITY, QUANTITY), min_size=1, max_size=6), st.lists(st.integers(0, 8), min_size=1, max_size=3), st.booleans())
def test_reserving_then_issuing_keeps_all_promises(lines: list[tuple[int, int]], batches: list[int], falls_back: bool) -> None:
    """Every line gets at least what was reserved for it; no batch gives more than it has; need = takes for who goes through."""
    settings = FALLS_BACK if falls_back else NO_FALLBACK
    empty = stock(*(batch(f"B{place}", quantity) for place, quantity in enumerate(batches)), policy=OPEN)
    wanted = [need(place, reserved) for place, (reserved, _) in enumerate(lines, 1)]
    reserved = reserve(wanted, {POOL: empty}, settings)
    free = unreserved(empty)
    of_batch = {row.batch_id: sum((take.quantity for take in reserved if take.batch_id == row.batch_id), D(0)) for row in empty.batches}
    assert all(of_batch[row.batch_id] <= row.physical for row in empty.batches)
    shelf = Stock(empty.policy, empty.physical, tuple(row._replace(reserved=of_batch[row.batch_id]) for row in empty.batches), True)
    reservations: dict[int, list[Reserved]] = {}
    for take in reserved:
        reservations.setdefault(take.need.order_line_id, []).append(Reserved(take.batch_id, take.quantity, take.reason))
    issued = [need(place, quantity) for place, (_, quantity) in enumerate(lines, 1)]
    result = decide_reserved(issued, {POOL: shelf}, {}, settings, reservations)
    given_out: dict[int | None, Decimal] = {}
    for take in result.decision.takes:
        given_out[take.batch_id] = given_out.get(take.batch_id, D(0)) + take.quantity
    assert all(quantity <= free[batch_id] for batch_id, quantity in given_out.items() if batch_id != DEFAULT_BATCH)
    for line in issued:
        got = taken(result.decision.takes, line.line_id)
        if line.order_id in result.decision.failures:
            assert not got
            continue
        assert sum(quantity for _, quantity in got) == line.quantity
        promised = sum((part.quantity for part in reservations.get(line.order_line_id, ())), D(0))
        assert sum(quantity for batch_id, quantity in got if batch_id != DEFAULT_BATCH) >= min(promised, line.quantity)


@given(st.lists(QUANTITY, min_size=1, max_size=6), st.lists(st.integers(0, 8), max_size=3))
def test_without_reservations_it_is_the_decision_that_statements_make(lines: list[int], batches: list[int]) -> None:
    shelf = stock(*(batch(f"B{place}", quantity) for place, quantity in enumerate(batches)))
    needs = [need(place, quantity) for place, quantity in enumerate(lines, 1)]
    assert decide_reserved(needs, {POOL: shelf}, {}, FALLS_BACK, {}).decision == decide(needs, {POOL: shelf}, {}, FALLS_BACK)
