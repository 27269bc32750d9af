"""Vouchers as values: signed entries become debit and credit lines that balance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.lib.document_kinds import SourceKind
from core.lib.problems import Code, Problem, register

PERIOD_CLOSED, STOCK_PERIOD_CLOSED = "PERIOD_CLOSED", "STOCK_PERIOD_CLOSED"

register(
    Code(
        "ACCOUNT_MISSING",
        "posting",
        "No account is set for this kind of posting.",
        "Add the posting profile under Ledger, then post again.",
        "No account is set for {kinds}; add the posting profile under Ledger, then try again.",
    ),
    Code(
        "PERIOD_CLOSED",
        "posting",
        "The business date lies in a closed fiscal period.",
        "Open the period, move the business date, or set Late documents in Retail parameters to post today; then post again.",
        "{day} lies in a closed fiscal period; open it or give a date in an open one, then try again.",
    ),
    Code(
        "STOCK_PERIOD_CLOSED",
        "posting",
        "Goods would move on a day of a closed stock period.",
        "Open the stock period, give a later date, or set Late documents in Retail parameters to post today; then try again.",
        "{day} lies in a closed stock period, in which no goods move; open it or give a date in an open one, then try again.",
    ),
)


def account_missing(kinds: Iterable[str]) -> Problem:
    """Posting profiles are missing; `kinds` are posting types, payments with their method."""
    return Problem("ACCOUNT_MISSING", {"kinds": tuple(kinds)})


def period_closed(day: date, code: str = PERIOD_CLOSED) -> Problem:
    """Nothing is posted on this day, or with the other code: no goods move on it."""
    return Problem(code, {"day": day})


class Entry(NamedTuple):
    """An amount on an account: debit positive, credit negative."""

    account_id: int
    amount: Decimal
    text: str = ""


@dataclass(frozen=True, slots=True)
class VoucherPlan:
    """A voucher to be posted; (source_kind, source_id, step) is its natural key."""

    legal_entity_id: int
    number: str
    date: date
    source_kind: SourceKind
    source_id: int
    step: str
    entries: Sequence[Entry]


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """Entries of one account and text as one, in order of first appearance, without zero ones."""
    sums: dict[tuple[int, str], Decimal] = {}
    for account_id, amount, text in entries:
        sums[account_id, text] = sums.get((account_id, text), Decimal(0)) + amount
    return [Entry(account_id, amount, text) for (account_id, text), amount in sums.items() if amount]
