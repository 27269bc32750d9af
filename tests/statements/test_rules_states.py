"""No state without an exit, and every posting state in its place."""

from collections import defaultdict
from itertools import pairwise

import pytest

from statements.models import Statement
from statements.rules.states import (
    FAILED,
    FINAL,
    IDLE,
    POST_STATES,
    POSTED,
    QUEUED,
    QUEUED_AGAIN,
    RUNNING,
    TRANSITIONS,
    PostState,
    Situation,
    hold_refusal,
    next_state,
    post_refusal,
    take_back_refusal,
)
from statements.services.steps import POSTING_STEPS


def reachable() -> set[Situation]:
    """Every situation that a statement can come into from idle."""
    found, new = set(), {IDLE}
    while new:
        found |= new
        new = {row.after for row in TRANSITIONS if row.before in found} - found
    return found


def test_every_situation_that_is_not_final_has_an_exit() -> None:
    exits = {row.before for row in TRANSITIONS}
    assert reachable() - set(FINAL) <= exits
    assert not exits & set(FINAL)


def test_every_situation_can_be_reached_and_can_reach_the_end() -> None:
    assert {row.before for row in TRANSITIONS} | set(FINAL) == reachable()
    ends = set(FINAL)
    while True:
        more = {row.before for row in TRANSITIONS if row.after in ends} - ends
        if not more:
            break
        ends |= more
    assert ends == reachable()


def test_a_verb_leads_to_one_situation_only() -> None:
    after = defaultdict(set)
    for row in TRANSITIONS:
        after[row.before, row.verb].add(row.after)
    assert all(len(situations) == 1 for situations in after.values())


def test_only_a_user_starts_and_nobody_but_the_engine_ends() -> None:
    assert {row.by for row in TRANSITIONS if row.before.work_state == ""} == {"user"}
    assert {row.by for row in TRANSITIONS if row.before.work_state} == {"worker", "watchdog"}


def test_situations_are_those_of_the_table() -> None:
    assert {row.work_state for row in reachable()} == set(Statement.WorkState.values)


def test_the_ten_states_have_their_public_names() -> None:
    assert [str(state) for state in POST_STATES] == [
        "Checked", "Aggregated", "Customer order created", "Customer order invoiced", "Discounts posted", "Income/expense posted",
        "Vouchers linked", "Payments posted", "Gift cards posted", "Posted",
    ]  # fmt: skip
    assert tuple(step.state for step in POSTING_STEPS) == POST_STATES
    assert max(len(state) for state in POST_STATES) <= 25, "longer than the column"


def test_one_state_follows_the_other() -> None:
    assert next_state("") == PostState.CHECKED
    for state, following in pairwise(POST_STATES):
        assert next_state(state) == following
    assert next_state(PostState.POSTED) is None


def test_a_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="Invoiced"):
        next_state("Invoiced")


@pytest.mark.parametrize(
    ("situation", "calc_state", "refused"),
    [
        (IDLE, "Calculated", False),
        (FAILED, "Calculated", False),
        (IDLE, "Started", True),
        (IDLE, "Marked", True),
        (QUEUED, "Calculated", True),
        (QUEUED_AGAIN, "Calculated", True),
        (RUNNING, "Calculated", True),
        (POSTED, "Calculated", True),
    ],
)
def test_the_button_says_why_it_is_disabled(situation: Situation, calc_state: str, refused: bool) -> None:
    text = str(post_refusal(situation, calc_state) or "")
    assert bool(text) is refused
    if calc_state == "Calculated":
        may_post = any(row.before == situation and row.verb == "post" for row in TRANSITIONS)
        assert may_post is not refused


@pytest.mark.parametrize(
    ("situation", "post_state", "has_orders", "refusal"),
    [
        (Situation("", False, True), PostState.POSTED, True, "The statement is posted."),
        (Situation("running", False, False), PostState.CHECKED, False, "The statement is being posted."),
        (Situation("", True, False), PostState.CHECKED, True, "The statement has sales orders already"),
        (Situation("", True, False), PostState.ORDER_CREATED, False, "The statement has sales orders already"),
        (Situation("", True, False), PostState.CHECKED, False, ""),
    ],
)
def test_what_is_calculated_can_be_taken_back_until_there_are_orders(
    situation: Situation, post_state: str, has_orders: bool, refusal: str
) -> None:
    said = str(take_back_refusal(situation, post_state, has_orders=has_orders) or "")
    assert said.startswith(refusal)
    assert bool(said) == bool(refusal)


@pytest.mark.parametrize(
    ("situation", "failed_state", "refusal"),
    [
        (Situation("", False, True), "", "The statement is posted."),
        (Situation("queued", True, False), PostState.ORDER_INVOICED, "The statement is being posted."),
        (Situation("", True, False), PostState.CHECKED, "No sales order of the statement has failed."),
        (Situation("", True, False), PostState.ORDER_INVOICED, ""),
    ],
)
def test_transactions_are_held_when_an_order_of_theirs_failed(situation: Situation, failed_state: str, refusal: str) -> None:
    assert str(hold_refusal(situation, failed_state) or "") == refusal
