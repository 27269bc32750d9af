"""Rows of goods that name their item by its barcode, or by all that a 2D code said, as a scanner reads it."""

from collections.abc import Collection, Container, Iterator, Sequence
from datetime import date
from typing import TypeVar

from core.lib.imports import BatchResult, Row
from core.lib.parsing import FieldError
from inventory.queries.named import items_by_barcode
from inventory.rules.file_columns import ReceiptRow
from inventory.rules.journal_columns import JournalRow
from inventory.services.scans import scanned_line, scans_among

GoodsT = TypeVar("GoodsT", ReceiptRow, JournalRow)


def with_named_items(
    rows: Sequence[Row[GoodsT]], result: BatchResult, known: Container[str] = ()
) -> tuple[Sequence[Row[GoodsT]], dict[int, date]]:
    """The rows with the codes of their items, so that a row is the same whichever way it names them, and what scans say of expiry.

    `known` are texts of which no more than that has to be asked: they are codes of items. A scan names item and batch, of a receipt the
    expiry, too; rows that it contradicts, or that it cannot be read of, are refused. By number of the row are the expiries that were
    scanned. At most one query, two where something looks like a scan.
    """
    expiries: dict[int, date] = {}
    named: Sequence[Row[GoodsT]] = rows
    unknown = {row.value.item for row in rows if row.value.item not in known}
    if scans := scans_among(unknown):
        named = list(_with_scans(rows, scans, result, expiries))
        unknown = {row.value.item for row in named if row.value.item not in known}
    items = items_by_barcode(unknown)
    if not items:
        return named, expiries
    return [row._replace(value=row.value._replace(item=items.get(row.value.item, row.value.item))) for row in named], expiries


def _with_scans(
    rows: Sequence[Row[GoodsT]], scans: Collection[str], result: BatchResult, expiries: dict[int, date]
) -> Iterator[Row[GoodsT]]:
    for row in rows:
        if row.value.item not in scans:
            yield row
            continue
        try:
            yield _scanned(row, expiries)
        except FieldError as error:
            result.reject(row, error.at("item").problem)


def _scanned(row: Row[GoodsT], expiries: dict[int, date]) -> Row[GoodsT]:
    """The row with what its scan names in place of the scan. Raises FieldError."""
    value = row.value
    found = scanned_line(value.item, "", value.batch)
    value = value._replace(item=found.item, batch=found.batch)
    if found.expires_on is not None:
        expiries[row.number] = found.expires_on
        if isinstance(value, ReceiptRow):
            if value.expires_on not in (None, found.expires_on):
                raise FieldError("SCAN_CONTRADICTS", {"scanned": found.expires_on, "said": value.expires_on}, "expiry")
            value = value._replace(expires_on=found.expires_on)
    return row._replace(value=value)
