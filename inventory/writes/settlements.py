"""Set-based writes of settlements: the document, its lines, their movements."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import copy_rows, fetch_all, reserve_ids
from core.db.history import record_history
from core.lib.document_kinds import SourceKind
from inventory.models import Batch
from inventory.rules.default_stock import Place
from inventory.writes.movements import Movement, copy_movements


class NewLine(NamedTuple):
    """A line to write: what the default batch of the place gets and the real batch gives, and what that cost."""

    debt_id: int | None
    credit_id: int | None
    place: Place
    to_batch_id: int
    quantity: Decimal
    cost: Decimal


def insert_settlement(
    warehouse_id: int, day: date, reason: str, actor: str, lines: Sequence[NewLine], undoes: tuple[int, str] | None = None
) -> tuple[int, str]:
    """A settlement with its lines and two movements for each; gives its id and number. Six queries.

    The warehouse's SETTLEMENT lock is held: numbers of a warehouse have no gaps. Raises IntegrityError when `undoes` (id and number) was
    undone before.
    """
    (row,) = fetch_all(
        """
        INSERT INTO inventory_debtsettlement (number, warehouse_id, ordinal, date, reason, actor, undoes_id)
        SELECT COALESCE(%s || '-U', w.code || '-S' || lpad(n.ordinal::text, 6, '0')), w.id, n.ordinal, %s, %s, %s, %s
        FROM inventory_warehouse w
        CROSS JOIN LATERAL (
            SELECT COALESCE(max(s.ordinal), 0) + 1 AS ordinal FROM inventory_debtsettlement s WHERE s.warehouse_id = w.id
        ) n
        WHERE w.id = %s RETURNING id, number
        """,
        [undoes[1] if undoes else None, day, reason, actor, undoes[0] if undoes else None, warehouse_id],
    )
    settlement_id, number = row
    ids = reserve_ids("inventory_debtsettlementline", len(lines))
    copy_rows(
        "inventory_debtsettlementline",
        ("id", "settlement_id", "line_number", "debt_id", "credit_id", "to_batch_id", "quantity", "cost_amount"),
        (
            (row_id, settlement_id, ordinal, line.debt_id, line.credit_id, line.to_batch_id, line.quantity, line.cost)
            for ordinal, (row_id, line) in enumerate(zip(ids, lines, strict=True), 1)
        ),
    )
    copy_movements(
        Movement(*line.place[:2], batch_id, quantity, day, SourceKind.SETTLEMENT_LINE, row_id, cost)
        for row_id, line in zip(ids, lines, strict=True)
        for batch_id, quantity, cost in (
            (line.place.batch_id, line.quantity, line.cost),
            (line.to_batch_id, -line.quantity, -line.cost),
        )
    )
    return settlement_id, number


def make_inspected_batch(item_id: int, number: str) -> int:
    """A batch that is not sold until somebody has looked at it; with its history. Two queries."""
    (row,) = fetch_all(
        """
        INSERT INTO inventory_batch (item_id, number, disposition_id, is_default_batch)
        SELECT %s, %s, d.id, false FROM inventory_disposition d WHERE d.code = 'inspect' RETURNING id
        """,
        [item_id, number],
    )
    record_history(Batch, [row[0]], "+", "goods on the default batch were moved")
    return int(row[0])
