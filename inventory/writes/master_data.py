"""Set-based writes of master data: what files set, and the groups, sites and units that they name."""

from collections.abc import Collection, Sequence
from datetime import date

from core.db.bulk import array, fetch_all
from core.db.history import record_history
from core.db.upsert import Target, add_missing, ensure_by_code
from inventory.models import ItemModelGroup
from inventory.queries.imports import model_groups, site_ids
from inventory.rules.policy_groups import ModelGroupFlags, free_code

WAREHOUSE = Target(
    "inventory_warehouse",
    ("code",),
    {
        "code": "text",
        "name": "text",
        "site_id": "bigint",
        "legal_entity_id": "bigint",
        "wms_enabled": "bool",
        "store_negative_physical": "bool",
        "location_plate_controlled": "bool",
    },
    {"store_negative_financial": "store_negative_physical"},
)

ITEM = Target(
    "inventory_item",
    ("code",),
    {
        "code": "text",
        "name": "text",
        "item_group_id": "bigint",
        "model_group_id": "bigint",
        "tracking_group_id": "bigint",
        "storage_group_id": "bigint",
        "unit_id": "text",
        "shelf_life_days": "int",
        "standard_cost": "numeric",
        "kind": "text",
        "barcode": "text",
    },
)

DISPOSITION = Target("inventory_disposition", ("code",), {"code": "text", "name": "text", "blocks_sale": "bool"})

UNIT_CONVERSION = Target(
    "inventory_unitconversion",
    ("item_id", "from_unit_id", "to_unit_id"),
    {"item_id": "bigint", "from_unit_id": "text", "to_unit_id": "text", "factor": "numeric", "denominator": "numeric"},
)


def change_batches(rows: Sequence[tuple[int, int, date | None, date | None]]) -> list[int]:
    """Gives batches their disposition, expiry and best before, by id; the ids of those that were otherwise. One query."""
    if not rows:
        return []
    touched = fetch_all(
        """
        UPDATE inventory_batch b
        SET disposition_id = r.disposition_id, expires_on = r.expires_on, best_before = r.best_before
        FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[]) AS r (id, disposition_id, expires_on, best_before)
        WHERE b.id = r.id
          AND (b.disposition_id, b.expires_on, b.best_before) IS DISTINCT FROM (r.disposition_id, r.expires_on, r.best_before)
        RETURNING b.id
        """,
        [array(column) for column in zip(*rows, strict=True)],
    )
    return [batch_id for (batch_id,) in touched]


def ensure_sites(wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Ids of sites by (legal entity id, code), made where missing; at most three queries."""
    known = site_ids(wanted)
    if missing := set(wanted) - known.keys():
        columns = {"legal_entity_id": "bigint", "code": "text", "name": "text"}
        add_missing("inventory_site", columns, {(entity_id, code, code) for entity_id, code in missing})
        known |= site_ids(missing)
    return known


def ensure_item_groups(codes: Collection[str]) -> dict[str, int]:
    """Ids of item groups by code, made where missing; at most three queries."""
    return ensure_by_code("inventory_itemgroup", {"code": "text", "name": "text"}, {code: (code, code) for code in codes})


def ensure_model_groups(wanted: Collection[ModelGroupFlags]) -> dict[ModelGroupFlags, int]:
    """The oldest item model group of each set of flags, made where there is none; at most four queries."""
    groups = model_groups()
    found = {flags: group_id for group_id, _, flags in reversed(groups)}
    taken = {code for _, code, _ in groups}
    rows = []
    for flags in sorted(set(wanted) - found.keys()):
        code = free_code(flags.code, taken)
        taken.add(code)
        rows.append((code, flags.name, *flags))
    if rows:
        columns = {
            "code": "text",
            "name": "text",
            "negative_physical": "bool",
            "negative_financial": "bool",
            "allocation_policy": "text",
            "costing_method": "text",
        }
        add_missing("inventory_itemmodelgroup", columns, rows)
        found = {flags: group_id for group_id, _, flags in reversed(model_groups())}
        record_history(ItemModelGroup, [found[ModelGroupFlags(*row[2:])] for row in rows], "+", "import_data")
    return {flags: found[flags] for flags in wanted}


def ensure_flag_groups(table: str, column: str, codes: dict[bool, str]) -> dict[bool, int]:
    """The oldest group that says yes and the oldest that says no, made under `codes` where missing; at most four queries."""
    sql = f"SELECT {column}, min(id) FROM {table} GROUP BY {column}"
    found: dict[bool, int] = dict(fetch_all(sql))
    if len(found) < len(codes):
        taken = {code for (code,) in fetch_all(f"SELECT code FROM {table}")}
        rows = [(free_code(code, taken), code.capitalize(), flag) for flag, code in codes.items() if flag not in found]
        add_missing(table, {"code": "text", "name": "text", column: "bool"}, rows)
        found = dict(fetch_all(sql))
    return found


def ensure_tracking_groups() -> dict[bool, int]:
    """Tracking groups with and without batch numbers."""
    return ensure_flag_groups("inventory_trackinggroup", "batch_active", {True: "BATCH", False: "NONE"})


def ensure_storage_groups() -> dict[bool, int]:
    """Storage groups with and without warehouse management."""
    return ensure_flag_groups("inventory_storagegroup", "wms_enabled", {True: "WMS", False: "STANDARD"})
