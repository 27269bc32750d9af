"""Recomputes in SQL what is stored and names every difference; it never repairs. One query per check, each over whole tables.

A check compares facts that one transaction writes, and reads them in one query, so it may run while statements are being posted.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.db.bulk import fetch_all
from retailhq.integrity.checks import costs, customer_orders, documents, gift_cards, keys, money, reversals, stock
from retailhq.integrity.checks.check import Check

CHECKS: tuple[Check, ...] = (
    *stock.CHECKS,
    *costs.CHECKS,
    *documents.CHECKS,
    *money.CHECKS,
    *customer_orders.CHECKS,
    *gift_cards.CHECKS,
    *reversals.CHECKS,
    *keys.CHECKS,
)
HOLDS = {check.name: check.holds for check in CHECKS}


class Difference(NamedTuple):
    """What is stored (`found`) is not what follows from other rows (`expected`); `key` names the row."""

    check: str
    key: str
    expected: str
    found: str


def differences(progress: Callable[[int, int, str], None] = lambda done, total, name: None) -> Iterator[Difference]:
    """All differences, check by check, by key; as many queries as there are checks, whatever the size of the tables."""
    for number, check in enumerate(CHECKS):
        progress(number, len(CHECKS), check.name)
        for row in sorted(fetch_all(check.sql)):
            yield Difference(check.name, *row)
