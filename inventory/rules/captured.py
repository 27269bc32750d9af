"""A batch that somebody captured is used as it is; one that is blocked or expired is an alert, for tills and customer orders alike."""

from datetime import date
from typing import NamedTuple

from core.lib.messages import Params
from core.lib.problems import Code, Problem, Severity, register
from inventory.rules.expiry import is_expired

BLOCKED = Code(
    "B03",
    "validation",
    "The captured batch is blocked for sale.",
    "Look into how it was sold.",
    "Batch {batch} of item {item} was sold although it is {disposition}; look into it.",
    severity=Severity.WARNING,
)
EXPIRED = Code(
    "B04",
    "validation",
    "The captured batch was expired.",
    "Look into how it was sold.",
    "Batch {batch} of item {item} expired on {expired} and was sold on {date}; look into it.",
    severity=Severity.WARNING,
)
DIFFERS = Code(
    "B07",
    "validation",
    "The scan says another expiry than the batch has.",
    "Look at the goods: correct the dates of the batch, or the batch on the line.",
    "Batch {batch} of item {item} was scanned with the expiry {scanned} and has {expires}; look at the goods and correct one of them.",
    severity=Severity.WARNING,
)
CAPTURE_CODES = (BLOCKED, EXPIRED, DIFFERS)
register(*CAPTURE_CODES)


class CapturedBatch(NamedTuple):
    """A captured batch as it stands now; `scanned_expiry` is what its 2D code said when it was captured."""

    batch: str
    item: str
    disposition: str
    blocks_sale: bool
    expires_on: date | None
    scanned_expiry: date | None = None


def capture_alerts(captured: CapturedBatch, line: int, day: date, sellable_on_the_day: bool) -> list[Problem]:
    """What is to be looked into when the batch is sold on the day."""
    batch, item, disposition, blocks_sale, known, scanned = captured
    expires_on = known or scanned
    alerts = []
    if blocks_sale:
        alerts.append(Problem("B03", {"batch": batch, "item": item, "disposition": disposition}, line=line, severity=BLOCKED.severity))
    if expires_on is not None and is_expired(expires_on, day, sellable_on_the_day):
        said: Params = {"batch": batch, "item": item, "expired": expires_on, "date": day}
        alerts.append(Problem("B04", said, line=line, severity=EXPIRED.severity))
    if differs := differing_expiry(item, batch, known, scanned):
        alerts.append(expiry_differs(differs, line))
    return alerts


def expiry_differs(said: Params, line: int | None = None) -> Problem:
    """The warning of goods that were scanned with another expiry than their batch has."""
    return Problem("B07", said, line=line, severity=DIFFERS.severity)


def differing_expiry(item: str, batch: str, known: date | None, scanned: date | None) -> Params | None:
    """What is said of goods that were scanned with another expiry than their batch has; None where they agree or one is not known."""
    if known is None or scanned is None or known == scanned:
        return None
    return {"batch": batch, "item": item, "scanned": scanned, "expires": known}
