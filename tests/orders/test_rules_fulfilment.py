"""Stages of a customer order line: nothing is lost, nothing is moved twice, the nearest stage goes first."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lib.problems import Problem
from orders.rules.fulfilment import TRANSITIONS, DeliveryMode, Stage, Stages, Verb, movable, move

D = Decimal
QUANTITIES = st.decimals(D("0.0001"), D(500), places=4)
AMOUNTS = st.decimals(0, D(100), places=4)
STAGES = st.builds(
    lambda opened, picked, packed, invoiced, cancelled: Stages(
        opened + picked + packed + invoiced + cancelled, picked, packed, invoiced, cancelled
    ),
    *[AMOUNTS] * 5,
)


def moved(stages: Stages, verb: Verb, quantity: str, mode: DeliveryMode = DeliveryMode.SHIP) -> Stages:
    after = move(stages, verb, D(quantity), mode)
    assert isinstance(after, Stages)
    return after


def test_shipping_201_of_200_packed_uses_the_packed_first() -> None:
    after = moved(Stages(D(300), packed=D(200)), Verb.SHIP, "201")
    assert (after.packed, after.invoiced, after.open) == (D(0), D(201), D(99))


def test_picked_comes_before_open() -> None:
    after = moved(Stages(D(10), picked=D(2), packed=D(3)), Verb.PICK_UP, "7", DeliveryMode.PICKUP)
    assert (after.packed, after.picked, after.invoiced, after.open) == (D(0), D(0), D(7), D(3))


def test_cancelling_takes_what_nobody_worked_on_first() -> None:
    after = moved(Stages(D(10), picked=D(4), packed=D(3)), Verb.CANCEL, "5")
    assert (after.open, after.picked, after.packed, after.cancelled) == (D(0), D(2), D(3), D(5))


@pytest.mark.parametrize(
    ("stages", "verb", "quantity", "mode", "code"),
    [
        (Stages(D(5)), Verb.SHIP, "5.0001", DeliveryMode.SHIP, "QUANTITY_NOT_OPEN"),
        (Stages(D(5), invoiced=D(5)), Verb.SHIP, "1", DeliveryMode.SHIP, "QUANTITY_NOT_OPEN"),
        (Stages(D(5), cancelled=D(5)), Verb.PICK, "1", DeliveryMode.SHIP, "QUANTITY_NOT_OPEN"),
        (Stages(D(5), packed=D(5)), Verb.UNPICK, "1", DeliveryMode.SHIP, "QUANTITY_NOT_OPEN"),
        (Stages(D(5)), Verb.SHIP, "0", DeliveryMode.SHIP, "BAD_QUANTITY"),
        (Stages(D(5)), Verb.SHIP, "-1", DeliveryMode.SHIP, "BAD_QUANTITY"),
        (Stages(D(5)), Verb.SHIP, "1", DeliveryMode.PICKUP, "WRONG_DELIVERY_MODE"),
        (Stages(D(5)), Verb.PICK_UP, "1", DeliveryMode.SHIP, "WRONG_DELIVERY_MODE"),
        (Stages(D(5)), Verb.PICK, "1", DeliveryMode.CARRY_OUT, "WRONG_DELIVERY_MODE"),
    ],
)
def test_what_cannot_be_moved(stages: Stages, verb: Verb, quantity: str, mode: DeliveryMode, code: str) -> None:
    refused = move(stages, verb, D(quantity), mode, 7)
    assert isinstance(refused, Problem)
    assert (refused.code, refused.line) == (code, 7)


@given(STAGES, st.sampled_from(Verb), QUANTITIES, st.sampled_from(DeliveryMode), st.booleans())
def test_a_move_keeps_the_sum_and_no_stage_goes_below_zero(
    stages: Stages, verb: Verb, quantity: Decimal, mode: DeliveryMode, is_return: bool
) -> None:
    after = move(stages, verb, quantity, mode, is_return=is_return)
    if isinstance(after, Problem):
        assert not TRANSITIONS[verb].serves(mode, is_return=is_return) or quantity > movable(stages, verb)
        return
    assert after.ordered == stages.ordered
    assert sum(after.at(stage) for stage in Stage) == after.ordered
    assert all(after.at(stage) >= 0 for stage in Stage)
    target = TRANSITIONS[verb].target
    assert after.at(target) - stages.at(target) == quantity


@given(STAGES, st.sampled_from(Verb), st.sampled_from(DeliveryMode))
def test_a_later_source_is_touched_only_when_the_earlier_are_empty(stages: Stages, verb: Verb, mode: DeliveryMode) -> None:
    quantity = movable(stages, verb) / 2
    after = move(stages, verb, quantity, mode)
    if isinstance(after, Stages):
        sources = TRANSITIONS[verb].sources
        for earlier, later in itertools.pairwise(sources):
            assert after.at(later) == stages.at(later) or after.at(earlier) == 0


@pytest.mark.parametrize(
    ("verb", "sales", "returns"),
    [(Verb.PICK, True, False), (Verb.SHIP, True, False), (Verb.RETURN, False, True), (Verb.INVOICE, True, True), (Verb.CANCEL, True, True)],
)
def test_what_leaves_and_what_comes_back(verb: Verb, sales: bool, returns: bool) -> None:
    line = Stages(D(5))
    assert isinstance(move(line, verb, D(1), DeliveryMode.SHIP), Stages) == sales
    assert isinstance(move(line, verb, D(1), DeliveryMode.SHIP, is_return=True), Stages) == returns


def test_every_stage_has_a_way_out_but_the_two_ends() -> None:
    left = {source for transition in TRANSITIONS.values() for source in transition.sources}
    assert set(Stage) - left == {Stage.INVOICED, Stage.CANCELLED}
