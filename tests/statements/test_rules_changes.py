"""Where a transaction stands, and whether it can still be replaced or corrected there; values alone."""

import pytest

from statements.rules.changes import Stand, change_refusal
from statements.rules.states import PostState
from statements.rules.till import PosTransactionKey

KEY = PosTransactionKey("S1", "T1", "1")


@pytest.mark.parametrize(
    ("stand", "code"),
    [
        (Stand(), ""),
        (Stand(statement="S1-000001"), ""),
        (Stand(statement="S1-000001", post_state=PostState.ORDER_CREATED), ""),
        (Stand(statement="S1-000001", post_state=PostState.ORDER_CREATED, order_invoiced=True), "POSTED_ALREADY"),
        (Stand(statement="S1-000001", post_state=PostState.POSTED), "POSTED_ALREADY"),
        (Stand(statement="S1-000001", work_state="queued"), "BEING_POSTED"),
    ],
)
def test_what_is_posted_or_in_work_stays(stand: Stand, code: str) -> None:
    problem = change_refusal(KEY, stand)
    assert (problem.code if problem else "") == code
