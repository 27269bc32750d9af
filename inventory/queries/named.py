"""Items, unit conversions and batches that documents name, for a whole batch of documents; a fixed number of queries."""

from collections.abc import Collection

from core.db.bulk import array, fetch_all, fetch_by, text_array
from core.db.meant_codes import Named
from inventory.rules.barcodes import canonical_barcode
from inventory.rules.facts import BatchFacts, ItemFacts, Ratio

CODE_TABLES = {"item": "inventory_item", "warehouse": "inventory_warehouse", "to_warehouse": "inventory_warehouse"}
NAMED_BY = {"UNKNOWN_ITEM": Named("item", "inventory_item"), "UNKNOWN_WAREHOUSE": Named("warehouse", "inventory_warehouse")}


def items_by_code(codes: Collection[str]) -> dict[str, ItemFacts]:
    """Items with what their groups say; one query."""
    return fetch_by(
        ("code",),
        ItemFacts,
        """
        SELECT i.code, i.id, i.unit_id AS unit, t.batch_active AS tracked, m.negative_physical, m.negative_financial, s.wms_enabled, i.kind
        FROM inventory_item i
        JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
        JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
        JOIN inventory_storagegroup s ON s.id = i.storage_group_id
        WHERE i.code = ANY(%s::text[])
        """,
        [text_array(codes)],
    )


def items_by_barcode(codes: Collection[str]) -> dict[str, str]:
    """Codes of items by the barcodes that stand where an item is named; a code of an item is that item. At most one query."""
    if not codes:
        return {}
    rows = fetch_all(
        """
        SELECT k.given, i.code FROM unnest(%s::text[], %s::text[]) AS k (given, barcode)
        JOIN inventory_item i ON i.barcode = k.barcode AND i.barcode <> '' AND i.code <> k.given
        WHERE NOT EXISTS (SELECT FROM inventory_item own WHERE own.code = k.given)
        """,
        [text_array(codes), text_array(canonical_barcode(code) for code in codes)],
    )
    return dict(rows)


def conversions_between(units: Collection[str], item_codes: Collection[str]) -> dict[tuple[str, str, str], Ratio]:
    """Ratios from or to any of the units, of these items or of all, by (item or blank, from unit, to unit); one query."""
    rows = fetch_all(
        """
        SELECT COALESCE(i.code, ''), c.from_unit_id, c.to_unit_id, c.factor, c.denominator
        FROM inventory_unitconversion c LEFT JOIN inventory_item i ON i.id = c.item_id
        WHERE (c.from_unit_id = ANY(%s::text[]) OR c.to_unit_id = ANY(%s::text[])) AND (c.item_id IS NULL OR i.code = ANY(%s::text[]))
        """,
        [text_array(units), text_array(units), text_array(item_codes)],
    )
    return {row[:3]: Ratio(*row[3:]) for row in rows}


def batches_named(pairs: Collection[tuple[int, str]]) -> dict[tuple[int, str], BatchFacts]:
    """Batches by (item id, number); one query."""
    return fetch_by(
        ("item_id", "number"),
        BatchFacts,
        """
        SELECT b.item_id, b.number, b.id, d.code AS disposition, d.blocks_sale, b.expires_on, b.is_default_batch
        FROM unnest(%s::bigint[], %s::text[]) AS k (item_id, number)
        JOIN inventory_batch b ON b.item_id = k.item_id AND b.number = k.number
        JOIN inventory_disposition d ON d.id = b.disposition_id
        """,
        [array(item_id for item_id, _ in pairs), text_array(number for _, number in pairs)],
    )


def entities_of_warehouses(codes: Collection[str]) -> dict[str, int]:
    """Legal entity by warehouse code; one query."""
    return dict(fetch_all("SELECT code, legal_entity_id FROM inventory_warehouse WHERE code = ANY(%s::text[])", [text_array(codes)]))


def items_with_real_batch(number: str) -> tuple[list[str], int]:
    """The first ten items that have a real batch of that number, and how many have; one query."""
    rows = fetch_all(
        """
        SELECT i.code, count(*) OVER ()
        FROM inventory_batch b JOIN inventory_item i ON i.id = b.item_id
        WHERE b.number = %s AND NOT b.is_default_batch ORDER BY i.code COLLATE "C" LIMIT 10
        """,
        [number],
    )
    return [row[0] for row in rows], rows[0][1] if rows else 0
