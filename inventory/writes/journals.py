"""Set-based writes of journals: documents, lines, movements."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from core.db.bulk import array, copy_rows, execute, fetch_all, text_array
from core.lib.document_kinds import SourceKind
from inventory.rules.journals import PostedLine
from inventory.writes.movements import Movement, copy_movements


def ensure_journals(keys: Collection[tuple[int, str]], actor: str) -> dict[tuple[int, str], int]:
    """Ids of the journals by (legal entity, number), made where they are missing; two queries."""
    ordered = sorted(keys)
    given = [array(entity for entity, _ in ordered), text_array(number for _, number in ordered)]
    execute(
        """
        INSERT INTO inventory_journal (legal_entity_id, number, actor)
        SELECT k.entity, k.number, %s FROM unnest(%s::bigint[], %s::text[]) AS k (entity, number)
        ON CONFLICT (number, legal_entity_id) DO NOTHING
        """,
        [actor, *given],
    )
    rows = fetch_all(
        """
        SELECT j.legal_entity_id, j.number, j.id FROM unnest(%s::bigint[], %s::text[]) AS k (entity, number)
        JOIN inventory_journal j ON j.number = k.number AND j.legal_entity_id = k.entity
        """,
        given,
    )
    return {(entity, number): row_id for entity, number, row_id in rows}


def insert_lines(posted: Sequence[PostedLine], journals: Mapping[tuple[int, str], int], digests: Mapping[int, UUID], actor: str) -> None:
    """Journal lines, whose ids are those that they were decided with, and their movements; `digests` by line id. Two COPYs."""
    copy_rows(
        "inventory_journalline",
        (
            *("id", "journal_id", "line_number", "kind", "warehouse_id", "to_warehouse_id", "item_id", "batch_id", "quantity", "change"),
            *("cost_amount", "date", "receipt_line_id", "reason", "content_hash", "actor"),
        ),
        (
            (
                *(line.line_id, journals[line.legal_entity_id, line.row.journal], line.row.line, line.row.kind.value),
                *(line.pool[0], line.to_pool[0] if line.to_pool else None, line.pool[1], line.batch_id, line.row.quantity, one.change),
                *(one.cost, line.row.date, line.received.id if line.received else None, line.row.reason, digests[line.line_id], actor),
            )
            for one in posted
            for line in (one.line,)
        ),
    )
    copy_movements(movement for one in posted if one.change for movement in _movements(one))


def _movements(one: PostedLine) -> list[Movement]:
    line = one.line
    moved = [Movement(*line.pool, line.batch_id, one.change, line.row.date, SourceKind.JOURNAL_LINE, line.line_id, one.cost)]
    if line.to_pool is not None:
        moved.append(
            Movement(*line.to_pool, line.batch_id, -one.change, line.row.date, SourceKind.JOURNAL_ARRIVAL, line.line_id, one.arrived)
        )
    return moved
