"""When a document may be let pass a fallback limit (docs/domain.md#fallback-limits)."""

from typing import Literal

from core.lib.problems import Code, Problem, register

OVER_LIMIT = "FALLBACK_OVER_LIMIT"
LONGEST_NOTE = 200
# What waits for an approval: a statement, or a customer order.
Waiting = Literal["statement", "order"]

register(
    Code(
        "NOTHING_TO_APPROVE",
        "fallback",
        "The document does not wait for an approval.",
        "Look at the document: what stops it, if anything, is said there.",
        {
            "statement": "Statement {number} is not stopped by a fallback limit.",
            "statement_approved": "Statement {number} was approved already; post it again.",
            "order": "Order {number} is not stopped by a fallback limit.",
            "order_approved": "Order {number} was approved already; ask for the delivery again.",
            "stops": "The fallback limits of its company stop what passes them and ask nobody; raise them, or let them ask for approval.",
        },
    ),
)


def approval_refusal(what: Waiting, number: str, error_code: str, over_limit: str, *, is_approved: bool, is_open: bool) -> Problem | None:
    """Why a document cannot be approved; None when it can. `over_limit` is the parameter, `is_open`: neither posted nor being posted."""
    if not is_open or error_code != OVER_LIMIT:
        return Problem("NOTHING_TO_APPROVE", {"number": number}, variant=what)
    if is_approved:
        return Problem("NOTHING_TO_APPROVE", {"number": number}, variant=f"{what}_approved")
    return None if over_limit == "ask" else Problem("NOTHING_TO_APPROVE", variant="stops")
