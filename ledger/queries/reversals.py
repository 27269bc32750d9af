"""Reads for whoever looks at a reversal before or after it."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_as
from core.lib.document_kinds import SourceKind
from ledger.rules.vouchers import Entry


class AccountSum(NamedTuple):
    """What a reversal books on an account."""

    number: str
    name: str
    debit: Decimal
    credit: Decimal


def sums_of_vouchers(voucher_ids: Collection[int]) -> list[AccountSum]:
    """What mirroring vouchers would book, by account; one query."""
    return fetch_as(
        AccountSum,
        """
        SELECT a.number, a.name, GREATEST(-sum(l.debit - l.credit), 0) AS debit, GREATEST(sum(l.debit - l.credit), 0) AS credit
        FROM ledger_voucherline l JOIN ledger_mainaccount a ON a.id = l.account_id
        WHERE l.voucher_id = ANY(%s::bigint[]) GROUP BY a.number, a.name HAVING sum(l.debit - l.credit) <> 0
        ORDER BY a.number COLLATE "C"
        """,
        [array(voucher_ids)],
    )


def sums_of_entries(entries: Iterable[Entry]) -> list[AccountSum]:
    """Entries by account; one query."""
    sums: dict[int, Decimal] = {}
    for entry in entries:
        sums[entry.account_id] = sums.get(entry.account_id, Decimal(0)) + entry.amount
    return fetch_as(
        AccountSum,
        """
        SELECT a.number, a.name, GREATEST(n.amount, 0) AS debit, GREATEST(-n.amount, 0) AS credit
        FROM unnest(%s::bigint[], %s::numeric[]) AS n (id, amount) JOIN ledger_mainaccount a ON a.id = n.id
        WHERE n.amount <> 0 ORDER BY a.number COLLATE "C"
        """,
        [array(sums), array(sums.values())],
    )


class Opposite(NamedTuple):
    """A voucher that takes another one back, or is taken back by it; `takes_back` says which."""

    id: int
    number: str
    takes_back: bool


def opposites_of(voucher_id: int) -> list[Opposite]:
    """The voucher that this one takes back, and the one that takes it back; one query."""
    return fetch_as(
        Opposite,
        """
        SELECT o.id, o.number, true AS takes_back
        FROM ledger_voucher v JOIN ledger_voucher o ON o.id = v.source_id WHERE v.id = %(id)s AND v.source_kind = %(kind)s
        UNION ALL
        SELECT o.id, o.number, false FROM ledger_voucher o WHERE o.source_kind = %(kind)s AND o.source_id = %(id)s
        """,
        {"id": voucher_id, "kind": int(SourceKind.REVERSAL)},
    )


class BookedVoucher(NamedTuple):
    """A voucher as it was booked."""

    number: str
    date: date
    step: str
    entries: list[Entry]


def booked_vouchers(source_kind: int, source_id: int) -> list[BookedVoucher]:
    """All vouchers of one source, with their entries; one query."""
    rows = fetch_all(
        """
        SELECT v.number, v.date, v.step, l.account_id, l.debit - l.credit, l.text
        FROM ledger_voucher v JOIN ledger_voucherline l ON l.voucher_id = v.id
        WHERE v.source_kind = %s AND v.source_id = %s ORDER BY v.id, l.line_number
        """,
        [source_kind, source_id],
    )
    found: dict[str, BookedVoucher] = {}
    for number, day, step, account_id, amount, text in rows:
        voucher = found.setdefault(number, BookedVoucher(number, day, step, []))
        voucher.entries.append(Entry(account_id, amount, text))
    return list(found.values())
