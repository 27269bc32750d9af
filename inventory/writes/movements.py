"""Inventory transactions that come as rows; those of what is issued or taken back come from the work table of takes."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import copy_rows
from core.lib.document_kinds import SourceKind


class Movement(NamedTuple):
    """An inventory transaction; cost has the sign of the quantity."""

    warehouse_id: int
    item_id: int
    batch_id: int | None
    quantity: Decimal
    date: date
    source_kind: SourceKind
    source_id: int
    cost_amount: Decimal


def copy_movements(movements: Iterable[Movement]) -> None:
    """Writes inventory transactions; one COPY."""
    copy_rows("inventory_inventorytransaction", Movement._fields, movements)
