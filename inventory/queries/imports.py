"""Reads for imports of master data and receipts; one query each."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_by, text_array
from inventory.models import ItemModelGroup
from inventory.rules.policy_groups import ModelGroupFlags


class KnownItem(NamedTuple):
    """An item as it is before an import."""

    unit: str
    model_group_id: int
    model_flags: ModelGroupFlags
    tracking_group_id: int
    batch_tracked: bool
    storage_group_id: int
    wms_enabled: bool
    in_use: bool
    standard_cost: Decimal
    id: int


def known_items(codes: Collection[str]) -> dict[str, KnownItem]:
    """Items by code, with their groups and whether they ever were in stock."""
    rows = fetch_all(
        """
        SELECT i.code, i.unit_id, m.id, m.negative_physical, m.negative_financial, m.allocation_policy, m.costing_method,
               t.id, t.batch_active, s.id, s.wms_enabled, EXISTS (SELECT FROM inventory_onhand o WHERE o.item_id = i.id),
               i.standard_cost, i.id
        FROM inventory_item i
        JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
        JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
        JOIN inventory_storagegroup s ON s.id = i.storage_group_id
        WHERE i.code = ANY(%s::text[])
        """,
        [text_array(codes)],
    )
    return {row[0]: KnownItem(row[1], row[2], ModelGroupFlags(*row[3:7]), *row[7:]) for row in rows}


def barcode_owners(barcodes: Collection[str]) -> dict[str, str]:
    """Codes of the items that have these barcodes, by barcode; one query."""
    if not barcodes:
        return {}
    return dict(fetch_all("SELECT barcode, code FROM inventory_item WHERE barcode = ANY(%s::text[])", [text_array(barcodes)]))


def model_groups() -> list[tuple[int, str, ModelGroupFlags]]:
    """All item model groups, oldest first."""
    rows = ItemModelGroup.objects.order_by("pk").values_list("pk", "code", *ModelGroupFlags._fields)
    return [(group_id, code, ModelGroupFlags(*flags)) for group_id, code, *flags in rows]


class KnownWarehouse(NamedTuple):
    """A warehouse as it is before an import."""

    id: int
    company: str
    in_stock: bool


def known_warehouses(codes: Collection[str]) -> dict[str, KnownWarehouse]:
    """Warehouses by code, with their company and whether anything ever lay there."""
    return fetch_by(
        ("code",),
        KnownWarehouse,
        """
        SELECT w.code, w.id, e.code AS company, EXISTS (SELECT FROM inventory_onhand o WHERE o.warehouse_id = w.id) AS in_stock
        FROM inventory_warehouse w JOIN parameters_legalentity e ON e.id = w.legal_entity_id WHERE w.code = ANY(%s::text[])
        """,
        [text_array(codes)],
    )


def site_ids(sites: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Sites by (legal entity id, code)."""
    rows = fetch_all(
        """
        SELECT s.legal_entity_id, s.code, s.id
        FROM unnest(%s::bigint[], %s::text[]) AS k (legal_entity_id, code)
        JOIN inventory_site s ON s.legal_entity_id = k.legal_entity_id AND s.code = k.code
        """,
        [array(entity_id for entity_id, _ in sites), text_array(code for _, code in sites)],
    )
    return {(entity_id, code): site_id for entity_id, code, site_id in rows}


class ReceiptItem(NamedTuple):
    """What receiving needs to know of an item."""

    id: int
    batch_tracked: bool
    shelf_life_days: int | None


def items_to_receive(codes: Collection[str]) -> dict[str, ReceiptItem]:
    """What receipts need of their items, by code; none for nothing."""
    if not codes:
        return {}
    return fetch_by(
        ("code",),
        ReceiptItem,
        """
        SELECT i.code, i.id, t.batch_active AS batch_tracked, i.shelf_life_days
        FROM inventory_item i
        JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
        WHERE i.code = ANY(%s::text[])
        """,
        [text_array(codes)],
    )


class KnownBatch(NamedTuple):
    """A batch as it is before an import."""

    id: int
    is_default_batch: bool
    disposition_id: int
    blocks_sale: bool
    manufactured_on: date | None
    expires_on: date | None
    best_before: date | None


def hold_batches(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], KnownBatch]:
    """Batches by (item code, number), held FOR NO KEY UPDATE in the order of their ids; one query."""
    return fetch_by(
        ("code", "number"),
        KnownBatch,
        """
        SELECT i.code, b.number, b.id, b.is_default_batch, b.disposition_id, d.blocks_sale, b.manufactured_on, b.expires_on, b.best_before
        FROM unnest(%s::text[], %s::text[]) AS k (item, number)
        JOIN inventory_item i ON i.code = k.item
        JOIN inventory_batch b ON b.item_id = i.id AND b.number = k.number
        JOIN inventory_disposition d ON d.id = b.disposition_id
        ORDER BY b.id FOR NO KEY UPDATE OF b
        """,
        [text_array(item for item, _ in keys), text_array(number for _, number in keys)],
    )


class KnownDisposition(NamedTuple):
    """A disposition of batches."""

    id: int
    blocks_sale: bool


def dispositions_by_code(codes: Collection[str]) -> dict[str, KnownDisposition]:
    """Dispositions by code; one query."""
    return fetch_by(
        ("code",),
        KnownDisposition,
        "SELECT code, id, blocks_sale FROM inventory_disposition WHERE code = ANY(%s::text[])",
        [text_array(codes)],
    )


def receipt_digests(keys: Collection[tuple[int, str, int]]) -> dict[tuple[int, str, int], str]:
    """Content digests of receipt lines that exist, by (legal entity, receipt, line); one query, by spans of lines."""
    spans: dict[tuple[int, str], tuple[int, int]] = {}
    for entity, receipt, line in keys:
        first, last = spans.get((entity, receipt), (line, line))
        spans[entity, receipt] = (min(first, line), max(last, line))
    rows = fetch_all(
        """
        SELECT r.legal_entity_id, r.receipt, r.line_number, r.content_hash
        FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[]) AS k (entity, receipt, first, last)
        JOIN inventory_receiptline r ON r.receipt = k.receipt AND r.line_number BETWEEN k.first AND k.last AND r.legal_entity_id = k.entity
        """,
        [
            array(entity for entity, _ in spans),
            text_array(receipt for _, receipt in spans),
            array(first for first, _ in spans.values()),
            array(last for _, last in spans.values()),
        ],
    )
    return {(entity, receipt, line): digest.hex for entity, receipt, line, digest in rows}
