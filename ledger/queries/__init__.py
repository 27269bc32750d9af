"""Reads of accounts and periods for posting."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Q

from core.db.bulk import array, fetch_all, text_array
from ledger.models import FiscalPeriod, PostingProfile, Reversal
from ledger.rules.vouchers import PERIOD_CLOSED, STOCK_PERIOD_CLOSED

Accounts = dict[tuple[int, str, str], int]


def posting_accounts(legal_entity_ids: Collection[int]) -> Accounts:
    """Account ids by (legal entity, posting type, payment method or ''); one query."""
    rows = PostingProfile.objects.filter(legal_entity_id__in=legal_entity_ids)
    return {
        (entity, kind, method): account
        for entity, kind, method, account in rows.values_list("legal_entity_id", "posting_type", "payment_method", "account_id")
    }


def payment_account(accounts: Accounts, legal_entity_id: int, method: str) -> int | None:
    """The account that a payment goes to; gift cards reduce what the company owes on them."""
    gift_cards = accounts.get((legal_entity_id, "gift_card", "")) if method == "gift_card" else None
    return gift_cards or accounts.get((legal_entity_id, "payment", method))


def currencies_with_vouchers(codes: Collection[str]) -> dict[str, str]:
    """Currency of those of the legal entities that have vouchers; one query."""
    return dict(
        fetch_all(
            """
            SELECT e.code, e.currency_id FROM parameters_legalentity e
            WHERE e.code = ANY(%s::text[]) AND EXISTS (SELECT FROM ledger_voucher v WHERE v.legal_entity_id = e.id)
            """,
            [text_array(codes)],
        )
    )


def closed_dates(dates: Collection[tuple[int, date]], *, goods: bool = False) -> dict[tuple[int, date], str]:
    """Those (legal entity, date) pairs that nothing may be posted on, with the code that says why; one query.

    PERIOD_CLOSED: in a closed fiscal period, or in none where none would be made. Where `goods` move, STOCK_PERIOD_CLOSED too: in a closed
    stock period. Every door that moves goods asks here.

    A date without period is open while its month touches no period, no later one is closed, and the date is plausible: then it gets one
    on first use (`ledger.writes.insert_months` has the same condition).
    """
    pairs = sorted(set(dates))
    rows = fetch_all(
        """
        SELECT legal_entity_id, date, CASE WHEN is_closed THEN %(period)s ELSE %(stock)s END
        FROM (
            SELECT d.legal_entity_id, d.date, COALESCE(own.status = %(closed)s, NOT (
                d.date - CURRENT_DATE <= COALESCE(r.validation_days_ahead, 1)
                AND CURRENT_DATE - d.date <= COALESCE(r.validation_days_back, 3650)
            ) OR EXISTS (
                SELECT FROM ledger_fiscalperiod p
                WHERE p.legal_entity_id = d.legal_entity_id AND p.ends_on >= date_trunc('month', d.date)
                  AND (p.starts_on < date_trunc('month', d.date) + interval '1 month' OR p.status = %(closed)s)
            )) AS is_closed, %(goods)s AND COALESCE(own.stock_status = %(closed)s, EXISTS (
                SELECT FROM ledger_fiscalperiod p
                WHERE p.legal_entity_id = d.legal_entity_id AND p.starts_on > d.date AND p.stock_status = %(closed)s
            )) AS is_stock_closed
            FROM unnest(%(entities)s::bigint[], %(dates)s::date[]) AS d (legal_entity_id, date)
            LEFT JOIN parameters_retailparameters r ON r.legal_entity_id = d.legal_entity_id
            LEFT JOIN ledger_fiscalperiod own ON own.legal_entity_id = d.legal_entity_id AND d.date BETWEEN own.starts_on AND own.ends_on
        ) AS days
        WHERE is_closed OR is_stock_closed
        """,
        {
            "entities": array(pair[0] for pair in pairs),
            "dates": array(pair[1] for pair in pairs),
            "closed": FiscalPeriod.Status.CLOSED.value,
            "period": PERIOD_CLOSED,
            "stock": STOCK_PERIOD_CLOSED,
            "goods": goods,
        },
    )
    return {(entity, day): code for entity, day, code in rows}


class VoucherOf(NamedTuple):
    """A voucher with its date and its source (kind, id)."""

    id: int
    date: date
    source: tuple[int, int]


def vouchers_of(sources: Collection[tuple[int, int]]) -> list[VoucherOf]:
    """Vouchers with these sources (kind, id); one query."""
    pairs = sorted(set(sources))
    rows = fetch_all(
        """
        SELECT v.id, v.date, v.source_kind, v.source_id
        FROM unnest(%s::smallint[], %s::bigint[]) AS s (kind, id)
        JOIN ledger_voucher v ON v.source_kind = s.kind AND v.source_id = s.id
        """,
        [array(pair[0] for pair in pairs), array(pair[1] for pair in pairs)],
    )
    return [VoucherOf(row[0], row[1], (row[2], row[3])) for row in rows]


def posting_accounts_at(legal_entity_id: int, at: datetime) -> Accounts:
    """Account ids as `posting_accounts` gives them, as they were set at that instant; one query.

    A profile whose first entry in the history came later was as that entry found it.
    """
    rows = fetch_all(
        """
        SELECT p.posting_type, p.payment_method, COALESCE(
            (SELECT h.account_id FROM ledger_historicalpostingprofile h WHERE h.id = p.id AND h.history_date < %(at)s
             ORDER BY h.history_date DESC, h.history_id DESC LIMIT 1),
            (SELECT h.account_id FROM ledger_historicalpostingprofile h WHERE h.id = p.id
             ORDER BY h.history_date, h.history_id LIMIT 1),
            p.account_id)
        FROM ledger_postingprofile p WHERE p.legal_entity_id = %(entity)s
        """,
        {"entity": legal_entity_id, "at": at},
    )
    return {(legal_entity_id, kind, method): account for kind, method, account in rows}


def reversal_of(source_kind: int, source_id: int) -> Reversal | None:
    """How a document was taken back; None where it was not. One query."""
    return Reversal.objects.filter(source_kind=source_kind, source_id=source_id).first()


def reversals_of(sources: Collection[tuple[int, int]]) -> dict[tuple[int, int], Reversal]:
    """How documents (kind, id) were taken back, of those that were; one query."""
    ids_by_kind: dict[int, list[int]] = {}
    for kind, row_id in sources:
        ids_by_kind.setdefault(kind, []).append(row_id)
    found = Q(pk__in=[])
    for kind, ids in ids_by_kind.items():
        found |= Q(source_kind=kind, source_id__in=ids)
    return {(row.source_kind, row.source_id): row for row in Reversal.objects.filter(found)}


def profiles_for_page(legal_entity_id: int, posting_types: Collection[str]) -> list[PostingProfile]:
    """Posting profiles of some kinds with their accounts, those of no payment method; one query."""
    rows = PostingProfile.objects.filter(legal_entity_id=legal_entity_id, posting_type__in=list(posting_types), payment_method="")
    return list(rows.select_related("account"))
