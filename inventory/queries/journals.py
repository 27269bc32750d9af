"""Reads for the posting of journals; one query each."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_by, text_array
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from inventory.rules.journals import ReceivedGoods


class JournalItem(NamedTuple):
    """What journals need to know of an item."""

    id: int
    unit: str
    kind: str
    batch_tracked: bool


def items_to_move(codes: Collection[str]) -> dict[str, JournalItem]:
    """What journals need of their items, by code."""
    return fetch_by(
        ("code",),
        JournalItem,
        """
        SELECT i.code, i.id, i.unit_id AS unit, i.kind, t.batch_active AS batch_tracked
        FROM inventory_item i JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
        WHERE i.code = ANY(%s::text[])
        """,
        [text_array(codes)],
    )


def journal_digests(keys: Sequence[tuple[int, str, int]]) -> dict[tuple[int, str, int], object]:
    """Content digests of journal lines that exist, by (legal entity, journal, line)."""
    rows = fetch_all(
        """
        SELECT j.legal_entity_id, j.number, l.line_number, l.content_hash
        FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS k (entity, journal, line)
        JOIN inventory_journal j ON j.number = k.journal AND j.legal_entity_id = k.entity
        JOIN inventory_journalline l ON l.journal_id = j.id AND l.line_number = k.line
        """,
        [array(key[0] for key in keys), text_array(key[1] for key in keys), array(key[2] for key in keys)],
    )
    return {(entity, journal, line): digest for entity, journal, line, digest in rows}


def received_goods(keys: Collection[tuple[int, str, int]]) -> dict[tuple[int, str, int], ReceivedGoods]:
    """Receipt lines by (legal entity, receipt, line), with what corrections left of them."""
    if not keys:
        return {}
    ordered = sorted(keys)
    rows = fetch_all(
        """
        SELECT r.legal_entity_id, r.receipt, r.line_number, r.id, w.code, i.code, COALESCE(b.number, ''), r.quantity, r.unit_cost,
               (
                   SELECT sum(l.change) FROM inventory_journalline l
                   LEFT JOIN ledger_reversal v ON v.source_kind = %s AND v.source_id = l.journal_id
                   WHERE l.receipt_line_id = r.id AND v.id IS NULL
               )
        FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS k (entity, receipt, line)
        JOIN inventory_receiptline r ON r.receipt = k.receipt AND r.line_number = k.line AND r.legal_entity_id = k.entity
        JOIN inventory_warehouse w ON w.id = r.warehouse_id
        JOIN inventory_item i ON i.id = r.item_id
        LEFT JOIN inventory_batch b ON b.id = r.batch_id
        """,
        [SourceKind.JOURNAL, array(key[0] for key in ordered), text_array(key[1] for key in ordered), array(key[2] for key in ordered)],
    )
    return {
        (entity, receipt, line): ReceivedGoods(row_id, warehouse, item, batch, quantity + (corrected or ZERO), cost)
        for entity, receipt, line, row_id, warehouse, item, batch, quantity, cost, corrected in rows
    }


def reversed_journals(keys: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of the journals, by (legal entity, number), that were taken back."""
    ordered = sorted(keys)
    rows = fetch_all(
        """
        SELECT j.legal_entity_id, j.number
        FROM unnest(%s::bigint[], %s::text[]) AS k (entity, journal)
        JOIN inventory_journal j ON j.number = k.journal AND j.legal_entity_id = k.entity
        JOIN ledger_reversal v ON v.source_kind = %s AND v.source_id = j.id
        """,
        [array(entity for entity, _ in ordered), text_array(number for _, number in ordered), SourceKind.JOURNAL],
    )
    return set(rows)
