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
CAPTURE_CODES = (BLOCKED, EXPIRED)
register(*CAPTURE_CODES)


class CapturedBatch(NamedTuple):
    """A captured batch as it stands now."""

    batch: str
    item: str
    disposition: str
    blocks_sale: bool
    expires_on: date | None


def capture_alerts(captured: CapturedBatch, line: int, day: date, sellable_on_the_day: bool) -> list[Problem]:
    """What is to be looked into when the batch is sold on the day."""
    batch, item, disposition, blocks_sale, expires_on = captured
    alerts = []
    if blocks_sale:
        alerts.append(Problem("B03", {"batch": batch, "item": item, "disposition": disposition}, line=line, severity=BLOCKED.severity))
    if expires_on is not None and is_expired(expires_on, day, sellable_on_the_day):
        said: Params = {"batch": batch, "item": item, "expired": expires_on, "date": day}
        alerts.append(Problem("B04", said, line=line, severity=EXPIRED.severity))
    return alerts
