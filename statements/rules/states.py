"""Kinds of statements (docs/domain.md#statement-kinds), their states and what leads from one to another (docs/posting.md)."""

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from core.lib.messages import Message

STARTED, MARKED, CALCULATED = "Started", "Marked", "Calculated"


class StatementKind(StrEnum):
    """What a statement states of its store day: all of it, what was sold and paid, or what drawers hold."""

    COMBINED = "combined"
    TRANSACTIONAL = "transactional"
    FINANCIAL = "financial"


# What a split store books on transactional statements; the rest of its documents is about drawers and goes to financial ones.
SALES_KINDS = ("sale", "income", "expense", "payment")


class PostState(StrEnum):
    """The ten posting states, in order (docs/domain.md#posting-states)."""

    CHECKED = "Checked"
    AGGREGATED = "Aggregated"
    ORDER_CREATED = "Customer order created"
    ORDER_INVOICED = "Customer order invoiced"
    DISCOUNTS_POSTED = "Discounts posted"
    INCOME_EXPENSE_POSTED = "Income/expense posted"
    VOUCHERS_LINKED = "Vouchers linked"
    PAYMENTS_POSTED = "Payments posted"
    GIFT_CARDS_POSTED = "Gift cards posted"
    POSTED = "Posted"


POST_STATES: tuple[PostState, ...] = tuple(PostState)


def next_state(post_state: str) -> PostState | None:
    """The posting state after the last completed one ('' before the first), or None when posted."""
    at = 0 if not post_state else POST_STATES.index(PostState(post_state)) + 1
    return POST_STATES[at] if at < len(POST_STATES) else None


class Situation(NamedTuple):
    """Where a statement stands: is it being worked on, has it failed, is it posted."""

    work_state: str
    failed: bool
    posted: bool


class Transition(NamedTuple):
    """`verb` leads from one situation to another; `by` tells who does it."""

    before: Situation
    verb: str
    after: Situation
    by: str


IDLE = Situation("", False, False)
FAILED = Situation("", True, False)
QUEUED = Situation("queued", False, False)
QUEUED_AGAIN = Situation("queued", True, False)
RUNNING = Situation("running", False, False)
POSTED = Situation("", False, True)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(IDLE, "post", QUEUED, "user"),
    Transition(FAILED, "post", QUEUED_AGAIN, "user"),
    # Clear, recalculate and revalidate, while there are no orders: what failed before them is forgotten.
    Transition(IDLE, "take back", IDLE, "user"),
    Transition(FAILED, "take back", IDLE, "user"),
    Transition(FAILED, "hold", FAILED, "user"),
    # Delete customer orders: what is invoiced stays, and posting goes on with it; without any of it the statement is calculated anew.
    Transition(FAILED, "discard the failed orders", FAILED, "user"),
    Transition(FAILED, "discard all orders", IDLE, "user"),
    Transition(QUEUED, "claim", RUNNING, "worker"),
    Transition(QUEUED_AGAIN, "claim", RUNNING, "worker"),
    # Reverse what was posted so far, where all orders are invoiced: nothing is left to post.
    Transition(FAILED, "reverse", POSTED, "user"),
    Transition(RUNNING, "fail", FAILED, "worker"),
    Transition(RUNNING, "finish", POSTED, "worker"),
    Transition(RUNNING, "interrupted", QUEUED, "watchdog"),
)
FINAL: Collection[Situation] = (POSTED,)

# Posting states in which a statement can have no sales orders and no vouchers yet.
BEFORE_ORDERS: tuple[str, ...] = ("", PostState.CHECKED)

# Posting states behind which a statement has no order that is not invoiced.
INVOICED_STATES: tuple[PostState, ...] = POST_STATES[POST_STATES.index(PostState.ORDER_INVOICED) :]


def is_reversible(situation: Situation, post_state: str) -> bool:
    """Whether what was posted of a statement can be taken back: one that is posted, or that stopped with all of its orders invoiced."""
    return situation == POSTED or (situation == FAILED and post_state in INVOICED_STATES)


def post_refusal(situation: Situation, calc_state: str) -> Message | None:
    """Why Post is not possible now, in words for a disabled button; None when it is."""
    if situation.posted:
        return Message("The statement is posted.")
    if situation.work_state:
        return Message("The statement is being posted already.")
    return None if calc_state == CALCULATED else Message("Calculate the statement first.")


def take_back_refusal(situation: Situation, post_state: str, *, has_orders: bool) -> Message | None:
    """Why Clear, Recalculate and Revalidate are not possible now; None when they are."""
    if situation.posted:
        return Message("The statement is posted.")
    if situation.work_state:
        return Message("The statement is being posted.")
    if has_orders or post_state not in BEFORE_ORDERS:
        return Message(
            "The statement has sales orders already: put right what failed, hold the failing transactions, or delete the orders."
        )
    return None


def discard_refusal(situation: Situation, *, has_open_orders: bool) -> Message | None:
    """Why Delete customer orders is not possible now; None when it is."""
    if situation.posted:
        return Message("The statement is posted.")
    if situation.work_state:
        return Message("The statement is being posted.")
    return None if has_open_orders else Message("The statement has no sales order that is not invoiced.")


def hold_refusal(situation: Situation, failed_state: str) -> Message | None:
    """Why Hold failing transactions is not possible now; None when it is."""
    if situation.posted:
        return Message("The statement is posted.")
    if situation.work_state:
        return Message("The statement is being posted.")
    return None if failed_state == PostState.ORDER_INVOICED else Message("No sales order of the statement has failed.")
