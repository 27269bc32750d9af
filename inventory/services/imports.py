"""Imports of inventory master data, one batch of rows at a time; each function is one transaction with a fixed number of queries."""

from collections.abc import Sequence

from django.db import transaction

from core.db.history import record_as_found, record_upsert
from core.db.locks import IMPORT, lock_for_transaction
from core.db.meant_codes import name_meant_in
from core.db.upsert import Upserted, filled, ids_by_code, optional_values, upsert
from core.files.repeats import first_of_each_key
from core.lib.imports import BatchResult, ImportKind, Row
from core.lib.problems import Problem
from inventory.models import Disposition, Item, Warehouse
from inventory.queries.imports import known_items, known_warehouses
from inventory.queries.named import NAMED_BY, conversions_between
from inventory.rules.facts import Ratio
from inventory.rules.file_columns import STOCKED, DispositionRow, ItemRow, UnitConversionRow, WarehouseRow
from inventory.rules.master_data import (
    Counted,
    by_pair,
    conversion_refused,
    item_refused,
    kind_refused,
    open_sales_problem,
    warehouse_company_refused,
)
from inventory.rules.policy_groups import wanted_flags
from inventory.services.costing import revaluation_refusals, revalue_items
from inventory.services.open_documents import (
    items_with_documents,
    items_with_open_documents,
    units_on_open_documents,
    warehouses_with_documents,
)
from inventory.writes import master_data
from parameters.writes import add_units

REASON = "import_data"


@transaction.atomic
def import_warehouses(rows: Sequence[Row[WarehouseRow]]) -> BatchResult:
    """Makes or changes warehouses and makes their sites.

    Refuses UNKNOWN_LEGAL_ENTITY, and WAREHOUSE_IN_USE where stock or documents rely on the company. Takes the import lock of its kind.
    """
    lock_for_transaction(IMPORT, [ImportKind.WAREHOUSES])
    result = BatchResult()
    entities = ids_by_code("parameters_legalentity", {row.value.legal_entity for row in rows})
    known = known_warehouses({row.value.code for row in rows})
    moving = {known[row.value.code] for row in rows if row.value.code in known and known[row.value.code].company != row.value.legal_entity}
    relied_on = warehouses_with_documents([before.id for before in moving])
    accepted = []
    for row in rows:
        before = known.get(row.value.code)
        if row.value.legal_entity not in entities:
            result.reject(row, Problem("UNKNOWN_LEGAL_ENTITY", {"legal_entity": row.value.legal_entity}, variant="imported"))
        elif (
            before
            and (before.in_stock or before.id in relied_on)
            and (problem := warehouse_company_refused(row.value.code, before.company, row.value.legal_entity))
        ):
            result.reject(row, problem)
        else:
            accepted.append(row)
    kept = [row.value for row in first_of_each_key(accepted, result, "inventory_warehouse")]
    sites = master_data.ensure_sites({(entities[value.legal_entity], value.site) for value in kept})
    values = []
    for value in kept:
        entity_id = entities[value.legal_entity]
        values.append((value.code, value.name, sites[entity_id, value.site], entity_id, *value[4:]))
    touched = upsert(master_data.WAREHOUSE, values)
    record_upsert(Warehouse, touched, REASON)
    return _counted(result, len(kept), touched)


@transaction.atomic
def import_items(rows: Sequence[Row[ItemRow]]) -> BatchResult:
    """Makes or changes items; their flags choose policy groups, which are made where missing, as are units and item groups.

    Refuses ITEM_IN_USE when unit or batch tracking of an item with stock, or the kind of one with stock or documents would change,
    ITEM_HAS_OPEN_SALES when open documents rely on unit or tracking. A new standard cost revalues what lies in stock; where that cannot be
    posted the row is refused. Takes the import lock of its kind, then cost rows.
    """
    lock_for_transaction(IMPORT, [ImportKind.ITEMS])
    result = BatchResult()
    known = known_items({row.value.code for row in rows})
    kinds = optional_values("inventory_item", ("kind",), known)
    dearer = {row.value.code for row in rows if row.value.code in known and known[row.value.code].standard_cost != row.value.standard_cost}
    not_revalued = revaluation_refusals(dearer) if dearer else {}
    recounted = {
        known[row.value.code].id
        for row in rows
        if (before := known.get(row.value.code)) and (before.unit, before.batch_tracked) != (row.value.unit, row.value.batch_tracked)
    }
    relied_on = items_with_open_documents(recounted)
    sold = items_with_documents(
        {known[row.value.code].id for row in rows if row.value.code in known and row.value.kind not in (None, kinds[row.value.code][0])}
    )
    accepted = []
    for row in rows:
        before = known.get(row.value.code)
        if (
            before
            and (before.in_use or before.id in sold)
            and (problem := kind_refused(row.value.code, kinds[row.value.code][0], row.value.kind))
        ):
            result.reject(row, problem)
            continue
        wanted = Counted(row.value.unit, row.value.batch_tracked)
        if before and before.in_use and (problem := item_refused(row.value.code, Counted(before.unit, before.batch_tracked), wanted)):
            result.reject(row, problem)
        elif before and before.id in relied_on and wanted != Counted(before.unit, before.batch_tracked):
            result.reject(row, open_sales_problem(row.value.code))
        elif row.value.code in not_revalued:
            result.reject(row, not_revalued[row.value.code])
        else:
            accepted.append(row)
    kept = [row.value for row in first_of_each_key(accepted, result, "inventory_item")]
    touched = upsert(master_data.ITEM, _item_values(kept))
    record_upsert(Item, touched, REASON)
    revalue_items([known[value.code].id for value in kept if value.code in dearer])
    return _counted(result, len(kept), touched)


def _item_values(items: Sequence[ItemRow]) -> list[tuple[object, ...]]:
    """The items with the ids of their groups; an item stays in a group that says the same."""
    add_units({value.unit for value in items})
    item_groups = master_data.ensure_item_groups({value.item_group for value in items})
    known = known_items({value.code for value in items})
    flags = {
        value.code: wanted_flags(
            known[value.code].model_flags if value.code in known else None, value.negative_physical, value.allocation_policy
        )
        for value in items
    }
    model_groups = master_data.ensure_model_groups(set(flags.values()))
    tracking_groups = master_data.ensure_tracking_groups()
    storage_groups = master_data.ensure_storage_groups()
    kinds = optional_values("inventory_item", ("kind",), [value.code for value in items])
    values: list[tuple[object, ...]] = []
    for value in items:
        before = known.get(value.code)
        same_model = before is not None and before.model_flags == flags[value.code]
        same_tracking = before is not None and before.batch_tracked == value.batch_tracked
        same_storage = before is not None and before.wms_enabled == value.wms_enabled
        values.append(
            (
                value.code,
                value.name,
                item_groups[value.item_group],
                before.model_group_id if before and same_model else model_groups[flags[value.code]],
                before.tracking_group_id if before and same_tracking else tracking_groups[value.batch_tracked],
                before.storage_group_id if before and same_storage else storage_groups[value.wms_enabled],
                value.unit,
                value.shelf_life_days,
                value.standard_cost,
                *filled((value.kind,), kinds.get(value.code, (STOCKED,))),
            )
        )
    return values


@transaction.atomic
def import_dispositions(rows: Sequence[Row[DispositionRow]]) -> BatchResult:
    """Makes or changes batch dispositions. Takes the import lock of its kind."""
    lock_for_transaction(IMPORT, [ImportKind.DISPOSITIONS])
    result = BatchResult()
    kept = [row.value for row in first_of_each_key(rows, result, "inventory_disposition")]
    record_as_found(Disposition, list(ids_by_code("inventory_disposition", {value.code for value in kept}).values()))
    touched = upsert(master_data.DISPOSITION, kept)
    record_upsert(Disposition, touched, REASON)
    return _counted(result, len(kept), touched)


@transaction.atomic
def import_unit_conversions(rows: Sequence[Row[UnitConversionRow]]) -> BatchResult:
    """Makes or changes unit conversions and makes their units. Takes the import lock of its kind.

    Refuses UNKNOWN_ITEM, and ITEM_HAS_OPEN_SALES where what open documents counted would be counted otherwise.
    """
    lock_for_transaction(IMPORT, [ImportKind.UNIT_CONVERSIONS])
    result = BatchResult()
    items = ids_by_code("inventory_item", {row.value.item for row in rows if row.value.item})
    units = {unit for row in rows for unit in (row.value.from_unit, row.value.to_unit)}
    used = by_pair(units_on_open_documents(units))
    conversions = conversions_between(units, {one.item for of_pair in used.values() for one in of_pair}) if used else {}
    accepted = []
    for row in rows:
        if row.value.item and row.value.item not in items:
            result.reject(row, Problem("UNKNOWN_ITEM", {"item": row.value.item}))
        elif problem := conversion_refused(conversions, row.value, used):
            result.reject(row, problem)
        else:
            conversions[row.value[:3]] = Ratio(row.value.factor, row.value.denominator)
            accepted.append(row)
    kept = [row.value for row in first_of_each_key(accepted, result)]
    add_units({value.from_unit for value in kept} | {value.to_unit for value in kept})
    touched = upsert(master_data.UNIT_CONVERSION, [(items.get(value.item), *value[1:]) for value in kept])
    name_meant_in(result, NAMED_BY)
    return _counted(result, len(kept), touched)


def _counted(result: BatchResult, accepted: int, touched: Upserted) -> BatchResult:
    result.count(accepted, len(touched.new), len(touched.updated))
    return result
