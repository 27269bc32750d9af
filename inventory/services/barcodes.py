"""Rows of goods that name their item by its barcode, as a scanner reads it."""

from collections.abc import Sequence
from typing import TypeVar

from core.lib.imports import Row
from inventory.queries.named import items_by_barcode
from inventory.rules.file_columns import ReceiptRow
from inventory.rules.journal_columns import JournalRow

GoodsT = TypeVar("GoodsT", ReceiptRow, JournalRow)


def with_named_items(rows: Sequence[Row[GoodsT]]) -> Sequence[Row[GoodsT]]:
    """The rows with the codes of their items, so that a row is the same whichever of the two it names; one query."""
    items = items_by_barcode({row.value.item for row in rows})
    if not items:
        return rows
    return [row._replace(value=row.value._replace(item=items.get(row.value.item, row.value.item))) for row in rows]
