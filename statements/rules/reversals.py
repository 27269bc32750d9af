"""Why a posted statement or transaction cannot be taken back now, and what one transaction booked (docs/posting.md#reversals)."""

from collections.abc import Mapping, Sequence

from core.lib.problems import Problem, register_texts
from ledger.rules.vouchers import Entry, merged

register_texts(
    "NOT_POSTED",
    {
        "in_part": "{document} stands on statement {statement}, which is posted only in part; post it to its end, then reverse.",
    },
)


def came_back_since(sale: str, line: int, returned_by: str, statement: str) -> Problem:
    """A return of it is posted."""
    return Problem("CAME_BACK_SINCE", {"sale": sale, "line": line, "returned_by": returned_by, "statement": statement})


def reversed_entries(*booked: Sequence[Entry]) -> list[Entry]:
    """What was booked, with the other sign, as the entries of one voucher."""
    return merged(Entry(entry.account_id, -entry.amount, entry.text) for entries in booked for entry in entries)


def account_of(accounts: Mapping[tuple[int, str, str], int], legal_entity_id: int) -> dict[str, int]:
    """Accounts of a legal entity by posting type."""
    return {kind: account for (entity, kind, method), account in accounts.items() if entity == legal_entity_id and not method}
