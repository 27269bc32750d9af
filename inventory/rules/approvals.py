"""When a statement may be let pass a fallback limit (docs/domain.md#fallback-limits)."""

from core.lib.problems import Code, Problem, register

OVER_LIMIT = "FALLBACK_OVER_LIMIT"
LONGEST_NOTE = 200

register(
    Code(
        "NOTHING_TO_APPROVE",
        "fallback",
        "The statement does not wait for an approval.",
        "Look at the statement: what stops it, if anything, is said there.",
        {
            "other": "Statement {statement} is not stopped by a fallback limit.",
            "approved": "Statement {statement} was approved already; post it again.",
            "stops": "The fallback limits of its company stop what passes them and ask nobody; raise them, or let them ask for approval.",
        },
    ),
)


def approval_refusal(statement: str, error_code: str, over_limit: str, *, is_approved: bool, is_open: bool) -> Problem | None:
    """Why a statement cannot be approved; None when it can. `over_limit` is the parameter, `is_open`: neither posted nor being posted."""
    if not is_open or error_code != OVER_LIMIT:
        variant = "other"
    elif is_approved:
        variant = "approved"
    elif over_limit != "ask":
        variant = "stops"
    else:
        return None
    return Problem("NOTHING_TO_APPROVE", {"statement": statement} if variant != "stops" else {}, variant=variant)
