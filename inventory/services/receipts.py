"""Import of receipts: what comes in is in stock at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from core.db.locks import IMPORT, lock_for_transaction
from core.db.upsert import ids_by_code
from core.lib.digests import content_digest
from core.lib.imports import BatchResult, ImportKind, Row
from core.lib.parsing import utc_text
from core.lib.problems import Problem
from inventory.queries import receipts as stock_reads
from inventory.queries.imports import ReceiptItem, items_to_receive, receipt_digests
from inventory.queries.receipts import Pool, Received, StockKey
from inventory.rules.file_columns import ReceiptRow
from inventory.rules.receipts import AVAILABLE, BatchCards, moving_average
from inventory.writes import receipts as writes
from inventory.writes.receipts import ReceiptToWrite


@dataclass(frozen=True, slots=True)
class _Known:
    """The master data that the rows of a batch name."""

    warehouses: Mapping[str, int]
    items: Mapping[str, ReceiptItem]
    dispositions: Mapping[str, int]


@transaction.atomic
def import_receipts(rows: Sequence[Row[ReceiptRow]]) -> BatchResult:
    """Posts one batch of receipt lines: batches, receipt lines, movements, on-hand, moving average.

    A repeat with the same content counts as unchanged. Takes the import lock of its kind and the on-hand rows in posting's order; a fixed
    number of statements. Raises IntegrityError when somebody made a batch of the same number meanwhile; the caller tries again.
    """
    lock_for_transaction(IMPORT, [ImportKind.RECEIPTS])
    result = BatchResult()
    before = receipt_digests([(row.value.receipt, row.value.line) for row in rows])
    fresh = {(row.value.receipt, row.value.line): row.value for row in rows if (row.value.receipt, row.value.line) not in before}
    known = _Known(
        ids_by_code("inventory_warehouse", {row.warehouse for row in fresh.values()}),
        items_to_receive({row.item for row in fresh.values()}),
        ids_by_code("inventory_disposition", {row.disposition for row in fresh.values()} | {AVAILABLE}),
    )
    cards = BatchCards(stock_reads.batch_cards({(row.item, row.batch) for row in fresh.values() if row.batch}))
    accepted: list[tuple[ReceiptRow, UUID]] = []
    for row in rows:
        key = (row.value.receipt, row.value.line)
        digest = _digest(row.value)
        if key in before and before[key] == digest:
            result.unchanged += 1
        elif key in before:
            result.reject(row, "CONFLICT", f"Receipt {key[0]} line {key[1]} came in before with other values; give it a new number.")
        elif problem := _refusal(row.value, known, cards):
            result.reject(row, problem.code, problem.message)
        else:
            before[key] = digest
            accepted.append((row.value, digest))
    if accepted:
        _post(accepted, known, cards)
    result.new = len(accepted)
    return result


def _digest(row: ReceiptRow) -> UUID:
    """Everything but the key and what follows from the rest; the offset in which the moment is written does not matter."""
    return content_digest((*row[2:7], utc_text(row.received_at), *row[8:11]))


def _refusal(row: ReceiptRow, known: _Known, cards: BatchCards) -> Problem | None:
    """Why a row is not taken; a row that is taken has made or completed its batch card."""
    item = known.items.get(row.item)
    if row.warehouse not in known.warehouses:
        return Problem("UNKNOWN_WAREHOUSE", f"Warehouse {row.warehouse} is not known; import it first.")
    if item is None:
        return Problem("UNKNOWN_ITEM", f"Item {row.item} is not known; import it first.")
    if row.disposition and row.disposition not in known.dispositions:
        return Problem("UNKNOWN_DISPOSITION", f"Disposition {row.disposition} is not known; import it first.")
    if item.batch_tracked and not row.batch:
        return Problem("BATCH_REQUIRED", f"Item {row.item} is batch-tracked; give the batch number of the goods.")
    if row.batch and not item.batch_tracked:
        return Problem("BATCH_NOT_ALLOWED", f"Item {row.item} is not batch-tracked; leave batch {row.batch} out.")
    return cards.receive(row, item.shelf_life_days) if row.batch else None


def _post(accepted: Sequence[tuple[ReceiptRow, UUID]], known: _Known, cards: BatchCards) -> None:
    item_ids = {code: item.id for code, item in known.items.items()}
    new = {(item_ids[item], number): card for (item, number), card in cards.cards.items() if card.id is None}
    made = writes.insert_batches(new, known.dispositions)
    writes.fill_batch_dates([card for card in cards.cards.values() if card.id is not None and card.filled])
    batch_ids: dict[tuple[str, str], int | None] = {
        key: card.id if card.id is not None else made[item_ids[key[0]], key[1]] for key, card in cards.cards.items()
    }
    receipts: list[ReceiptToWrite] = [
        (row, known.warehouses[row.warehouse], item_ids[row.item], batch_ids[row.item, row.batch] if row.batch else None, digest)
        for row, digest in accepted
    ]
    averaged = {(receipt[1], receipt[2]) for receipt in receipts if known.items[receipt[0].item].moving_average}
    received = _sums(receipts)
    if averaged:
        writes.save_unit_costs(_new_averages(receipts, received.keys(), averaged))
    writes.add_stock(received)
    writes.insert_receipts(receipts)


def _sums(receipts: Sequence[ReceiptToWrite]) -> dict[StockKey, Received]:
    """Quantity and earliest moment per on-hand row."""
    sums: dict[StockKey, tuple[Decimal, datetime]] = {}
    for row, warehouse_id, item_id, batch_id, _ in receipts:
        key = (warehouse_id, item_id, batch_id)
        if key in sums:
            quantity, first = sums[key]
            sums[key] = (quantity + row.quantity, min(first, row.received_at))
        else:
            sums[key] = (row.quantity, row.received_at)
    return {key: Received(*values) for key, values in sums.items()}


def _new_averages(receipts: Sequence[ReceiptToWrite], keys: Collection[StockKey], averaged: Collection[Pool]) -> dict[Pool, Decimal]:
    """Unit costs of moving-average items after the receipts; locks all rows that the receipts touch, so that the stock stands still."""
    stock = stock_reads.lock_stock(keys, averaged)
    costs = stock_reads.unit_costs(averaged)
    lines: dict[Pool, list[tuple[Decimal, Decimal]]] = {}
    for row, warehouse_id, item_id, _, _ in receipts:
        lines.setdefault((warehouse_id, item_id), []).append((row.quantity, row.unit_cost))
    return {pool: moving_average(costs[pool], stock[pool], lines[pool]) for pool in averaged}
