"""Taking back what was posted: what a reversal is called, when it is refused, and what is said then."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from core.lib.document_kinds import SourceKind
from core.lib.problems import Code, Problem, register, register_texts
from ledger.rules.vouchers import period_closed

register(
    Code(
        "REVERSED_ALREADY",
        "posting",
        "What was posted has been reversed already; it is reversed once.",
        "Look at its reversal; what is to be posted instead is calculated and posted anew.",
        "{document} was reversed already, by {actor}; it is reversed once.",
    ),
    Code(
        "NOT_POSTED",
        "posting",
        "The document is not posted, so that there is nothing to reverse.",
        "Correct, clear or cancel it as it stands; only what is posted is reversed.",
        {
            "": "{document} is not posted, so that there is nothing to reverse; correct or clear it as it stands.",
            "unknown": "{document} is not known; check its number.",
        },
    ),
    Code(
        "NOTHING_TO_REVERSE",
        "posting",
        "The command names no document.",
        "Name a statement, a transaction, an order with its delivery, or a journal.",
        "Name what is to be reversed: --statement N, --transaction STORE/TERMINAL/NUMBER, --order N --delivery N, or --journal N.",
    ),
    Code(
        "REASON_NEEDED",
        "posting",
        "A posted document is only reversed with a reason.",
        "Say why it is taken back.",
        "Say why {document} is taken back.",
    ),
    Code(
        "REVERSAL_DATE_TOO_EARLY",
        "posting",
        "A reversal cannot be dated before what it takes back.",
        "Give the date of what is taken back, or a later one.",
        "{document} was posted on {posted}; it cannot be reversed on {day}, which is before that.",
    ),
)
register_texts(
    "PERIOD_CLOSED",
    {
        "reversal": "{document} was posted on {day}, which lies in a closed fiscal period; open the period, or give a date in an open one "
        "(--date), and it is taken back on that date with a reference.",
    },
)
register_texts(
    "STOCK_PERIOD_CLOSED",
    {
        "reversal": "{document} moved goods on {day}, which lies in a closed stock period; open the period, or give a date in an open one "
        "(--date), and it is taken back on that date with a reference.",
    },
)

register(
    Code(
        "CAME_BACK_SINCE",
        "posting",
        "Goods that the document sold came back on another transaction that is posted.",
        "Reverse the return first (reverse --transaction), then this.",
        {
            "": "What line {line} of {sale} sold came back on {returned_by} (statement {statement}); reverse that first "
            "(reverse --transaction {returned_by} --reason R).",
            "delivery": "What delivery {delivery} of order {order} handed out came back with order {returned_by}, delivery {back}; reverse "
            "that first (reverse --order {returned_by} --delivery {back} --reason R).",
        },
    ),
)

REVERSAL_STEP = "reversal"


class DocumentToReverse(NamedTuple):
    """A document that is taken back, as its reversal keeps it; `on` is None where entries keep the dates of those that they mirror."""

    legal_entity_id: int
    source_kind: SourceKind
    source_id: int
    document: str
    reason: str
    actor: str
    on: date | None = None


def reversed_already(document: str, actor: str) -> Problem:
    """It was reversed before."""
    return Problem("REVERSED_ALREADY", {"document": document, "actor": actor})


def not_posted(document: str) -> Problem:
    """There is nothing to take back."""
    return Problem("NOT_POSTED", {"document": document})


def reversal_refusal(document: str, reason: str, on: date | None, posted: Mapping[date, str]) -> Problem | None:
    """Why the document cannot be taken back with this reason and date.

    `posted` says of each date of its entries by which code it is closed ('': open); with a date of its own, it also has that one.
    """
    if not reason.strip():
        return Problem("REASON_NEEDED", {"document": document})
    if on is not None:
        last = max((day for day in posted if day != on), default=on)
        if on < last:
            return Problem("REVERSAL_DATE_TOO_EARLY", {"document": document, "posted": last, "day": on})
        return period_closed(on, code) if (code := posted.get(on)) else None
    closed = sorted(day for day, code in posted.items() if code)
    return Problem(posted[closed[0]], {"document": document, "day": closed[0]}, variant="reversal") if closed else None
