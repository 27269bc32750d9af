"""Set-based writes of vouchers."""

from collections.abc import Collection, Sequence
from datetime import date

from core.db.bulk import array, copy_rows, execute, fetch_all, text_array
from core.lib.document_kinds import SourceKind
from ledger.rules.chart import ChartAccount
from ledger.rules.reversals import REVERSAL_STEP, DocumentToReverse
from ledger.rules.vouchers import VoucherPlan


def insert_vouchers(vouchers: Sequence[VoucherPlan]) -> dict[tuple[int, str], int]:
    """Writes vouchers and their lines, and gives their ids by legal entity and number; two queries.

    Raises IntegrityError when the company has a voucher of that number, or of the same source and step, or one does not balance.
    """
    vouchers = [voucher for voucher in vouchers if voucher.entries]
    if not vouchers:
        return {}
    rows = fetch_all(
        """
            INSERT INTO ledger_voucher (legal_entity_id, number, date, source_kind, source_id, step)
            SELECT * FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::smallint[], %s::bigint[], %s::text[])
            RETURNING legal_entity_id, number, id
            """,
        [
            array(voucher.legal_entity_id for voucher in vouchers),
            text_array(voucher.number for voucher in vouchers),
            array(voucher.date for voucher in vouchers),
            array(int(voucher.source_kind) for voucher in vouchers),
            array(voucher.source_id for voucher in vouchers),
            text_array(voucher.step for voucher in vouchers),
        ],
    )
    ids: dict[tuple[int, str], int] = {(entity, number): voucher_id for entity, number, voucher_id in rows}
    of_voucher = [(ids[voucher.legal_entity_id, voucher.number], voucher) for voucher in vouchers]
    copy_rows(
        "ledger_voucherline",
        ("voucher_id", "line_number", "account_id", "debit", "credit", "text"),
        (
            (voucher_id, number, entry.account_id, max(entry.amount, 0), max(-entry.amount, 0), entry.text)
            for voucher_id, voucher in of_voucher
            for number, entry in enumerate(voucher.entries, 1)
        ),
    )
    return ids


def insert_chart(legal_entity_ids: Collection[int], chart: Sequence[ChartAccount]) -> None:
    """Accounts and posting profiles that are missing; two queries."""
    entities = list(legal_entity_ids)
    execute(
        """
        INSERT INTO ledger_mainaccount (legal_entity_id, number, name, account_type)
        SELECT e.id, a.number, a.name, a.account_type
        FROM unnest(%s::bigint[]) AS e (id) CROSS JOIN unnest(%s::text[], %s::text[], %s::text[]) AS a (number, name, account_type)
        ON CONFLICT (legal_entity_id, number) DO NOTHING
        """,
        [entities, [a.number for a in chart], [a.name for a in chart], [a.account_type for a in chart]],
    )
    postings = [(a.number, kind, method) for a in chart for kind, method in a.postings]
    execute(
        """
        INSERT INTO ledger_postingprofile (legal_entity_id, posting_type, payment_method, account_id)
        SELECT m.legal_entity_id, p.posting_type, p.payment_method, m.id
        FROM unnest(%s::text[], %s::text[], %s::text[]) AS p (number, posting_type, payment_method)
        JOIN ledger_mainaccount m ON m.number = p.number AND m.legal_entity_id = ANY(%s)
        ON CONFLICT (legal_entity_id, posting_type, payment_method) DO NOTHING
        """,
        [*([posting[column] for posting in postings] for column in range(3)), entities],
    )


def insert_months(dates: Collection[tuple[int, date]]) -> None:
    """Open periods for the months of (legal entity, date) where the month touches no period; one query.

    Nothing is opened before a closed period: once somebody has closed one, earlier months are theirs to open; of stock periods likewise.
    Nor for a date that is further ahead or back than the legal entity's Retail parameters take for possible: a till whose clock is wrong
    opens no year.
    """
    execute(
        """
        INSERT INTO ledger_fiscalperiod (legal_entity_id, starts_on, ends_on, status, stock_status)
        SELECT m.entity, m.first, (m.first + interval '1 month' - interval '1 day')::date, 'open', CASE WHEN EXISTS (
            SELECT FROM ledger_fiscalperiod p WHERE p.legal_entity_id = m.entity AND p.starts_on > m.first AND p.stock_status = 'closed'
        ) THEN 'closed' ELSE 'open' END
        FROM (
            SELECT DISTINCT d.entity, date_trunc('month', d.date)::date
            FROM unnest(%s::bigint[], %s::date[]) AS d (entity, date)
            LEFT JOIN parameters_retailparameters r ON r.legal_entity_id = d.entity
            WHERE d.date - CURRENT_DATE <= COALESCE(r.validation_days_ahead, 1)
              AND CURRENT_DATE - d.date <= COALESCE(r.validation_days_back, 3650)
        ) AS m (entity, first)
        WHERE NOT EXISTS (
            SELECT FROM ledger_fiscalperiod p
            WHERE p.legal_entity_id = m.entity AND p.ends_on >= m.first
              AND (p.starts_on < m.first + interval '1 month' OR p.status = 'closed')
        )
        ON CONFLICT DO NOTHING
        """,
        [[entity for entity, _ in dates], [day for _, day in dates]],
    )


def insert_reversals(documents: Sequence[DocumentToReverse]) -> dict[tuple[int, int], int]:
    """Keeps that documents are taken back; gives the reversals' ids by source, without those that somebody took back before. One query."""
    rows = fetch_all(
        """
        INSERT INTO ledger_reversal (legal_entity_id, source_kind, source_id, document, date, reason, actor)
        SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::text[], %s::date[], %s::text[], %s::text[])
        ON CONFLICT (source_kind, source_id) DO NOTHING RETURNING source_kind, source_id, id
        """,
        [
            array(what.legal_entity_id for what in documents),
            array(int(what.source_kind) for what in documents),
            array(what.source_id for what in documents),
            text_array(what.document for what in documents),
            array(what.on for what in documents),
            text_array(what.reason for what in documents),
            text_array(what.actor for what in documents),
        ],
    )
    return {(kind, source_id): row_id for kind, source_id, row_id in rows}


def mirror_vouchers(voucher_ids: Collection[int], on: date | None) -> list[int]:
    """Posts each voucher again with debit and credit changed over, on its own date or on this one; gives the new ids. Two queries.

    Raises IntegrityError when one of them was mirrored before.
    """
    if not voucher_ids:
        return []
    rows = fetch_all(
        """
        INSERT INTO ledger_voucher (legal_entity_id, number, date, source_kind, source_id, step)
        SELECT legal_entity_id, number || '-R', COALESCE(%s::date, date), %s, id, %s
        FROM ledger_voucher WHERE id = ANY(%s::bigint[]) ORDER BY id
        RETURNING id
        """,
        [on, int(SourceKind.REVERSAL), REVERSAL_STEP, array(voucher_ids)],
    )
    ids = [row[0] for row in rows]
    execute(
        """
        INSERT INTO ledger_voucherline (voucher_id, line_number, account_id, debit, credit, text)
        SELECT n.id, l.line_number, l.account_id, l.credit, l.debit, l.text
        FROM ledger_voucher n JOIN ledger_voucherline l ON l.voucher_id = n.source_id
        WHERE n.id = ANY(%s::bigint[])
        """,
        [array(ids)],
    )
    return ids
