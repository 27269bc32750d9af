"""Set-based writes of receipts: batches, receipt lines, movements, on-hand."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from core.db.bulk import array, copy_rows, execute, fetch_all, reserve_ids, text_array
from core.db.history import record_as_found, record_history
from core.lib.document_kinds import SourceKind
from inventory.models import Batch
from inventory.queries.receipts import Received
from inventory.rules.file_columns import ReceiptRow
from inventory.rules.receipts import BatchCard
from inventory.rules.stock import OnHandKey

ReceiptToWrite = tuple[ReceiptRow, int, int, int | None, UUID]


def insert_batches(cards: Mapping[tuple[int, str], BatchCard], dispositions: Mapping[str, int]) -> dict[tuple[int, str], int]:
    """Makes batches by (item id, number) and gives their ids; one query. Raises IntegrityError when one was made meanwhile."""
    if not cards:
        return {}
    ordered = sorted(cards.items(), key=lambda pair: pair[0])
    rows = fetch_all(
        """
        INSERT INTO inventory_batch (item_id, number, manufactured_on, expires_on, disposition_id, is_default_batch)
        SELECT r.*, false FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::date[], %s::bigint[]) AS r
        RETURNING item_id, number, id
        """,
        [
            array(item_id for (item_id, _), _ in ordered),
            text_array(number for (_, number), _ in ordered),
            array(card.manufactured_on for _, card in ordered),
            array(card.expires_on for _, card in ordered),
            array(dispositions[card.disposition] for _, card in ordered),
        ],
    )
    return {(item_id, number): batch_id for item_id, number, batch_id in rows}


def fill_batch_dates(cards: Sequence[BatchCard]) -> None:
    """Fills empty dates of batches and notes it in their history; at most three queries."""
    if cards:
        ids = [card.id for card in cards if card.id is not None]
        record_as_found(Batch, ids)
        execute(
            """
            UPDATE inventory_batch b
            SET manufactured_on = COALESCE(b.manufactured_on, r.manufactured_on), expires_on = COALESCE(b.expires_on, r.expires_on)
            FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS r (id, manufactured_on, expires_on)
            WHERE b.id = r.id
            """,
            [array(card.id for card in cards), array(card.manufactured_on for card in cards), array(card.expires_on for card in cards)],
        )
        record_history(Batch, ids, "~", "import_data")


def insert_receipts(receipts: Sequence[ReceiptToWrite], entities: Mapping[str, int], values: Sequence[Decimal]) -> list[int]:
    """Receipt lines (`entities` by warehouse) with their movements, whose values go into stock; gives their ids. Three statements."""
    ids = reserve_ids("inventory_receiptline", len(receipts))
    copy_rows(
        "inventory_receiptline",
        (
            *("id", "receipt", "line_number", "legal_entity_id", "warehouse_id", "item_id", "batch_id"),
            *("quantity", "unit_cost", "received_at", "content_hash"),
        ),
        (
            (
                *(row_id, row.receipt, row.line, entities[row.warehouse], warehouse_id, item_id, batch_id),
                *(row.quantity, row.unit_cost, row.received_at, digest),
            )
            for row_id, (row, warehouse_id, item_id, batch_id, digest) in zip(ids, receipts, strict=True)
        ),
    )
    copy_rows(
        "inventory_inventorytransaction",
        ("warehouse_id", "item_id", "batch_id", "quantity", "date", "source_kind", "source_id", "cost_amount"),
        (
            # The date as the receipt was written, in its own offset: the day that people in the warehouse would name.
            (warehouse_id, item_id, batch_id, row.quantity, row.received_at.date(), SourceKind.RECEIPT_LINE.value, row_id, value)
            for row_id, (row, warehouse_id, item_id, batch_id, _), value in zip(ids, receipts, values, strict=True)
        ),
    )
    return ids


def add_stock(received: Mapping[OnHandKey, Received]) -> None:
    """Adds quantities to on-hand and keeps the earliest moment of receipt; one query, rows in (warehouse, item, batch) order."""
    ordered = sorted(received.items(), key=lambda pair: (*pair[0][:2], pair[0][2] or 0))
    execute(
        """
        INSERT INTO inventory_onhand AS o (warehouse_id, item_id, batch_id, physical, reserved, negative_allowed, first_received_at)
        SELECT r.warehouse_id, r.item_id, r.batch_id, r.quantity, 0, false, r.received_at
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::timestamptz[])
            AS r (warehouse_id, item_id, batch_id, quantity, received_at)
        ON CONFLICT (warehouse_id, item_id, batch_id) DO UPDATE
        SET physical = o.physical + EXCLUDED.physical, first_received_at = least(o.first_received_at, EXCLUDED.first_received_at)
        """,
        [
            *(array(key[column] for key, _ in ordered) for column in range(3)),
            array(part.quantity for _, part in ordered),
            array(part.first_received_at for _, part in ordered),
        ],
    )
