"""Imports of inventory master data, one batch of rows at a time; each function is one transaction with a fixed number of queries."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction

from core.db.history import record_as_found, record_history, record_upsert
from core.db.locks import IMPORT, lock_for_transaction
from core.db.meant_codes import name_meant_in
from core.db.upsert import Upserted, filled, ids_by_code, optional_values, upsert
from core.files.repeats import first_of_each_key
from core.lib.imports import BatchResult, ImportKind, Row
from core.lib.problems import Problem
from inventory.models import Batch, Disposition, Item, Warehouse
from inventory.queries.imports import (
    KnownBatch,
    KnownDisposition,
    KnownItem,
    barcode_owners,
    dispositions_by_code,
    hold_batches,
    known_items,
    known_warehouses,
)
from inventory.queries.named import NAMED_BY, conversions_between
from inventory.rules.barcodes import barcode_refusals
from inventory.rules.facts import Ratio
from inventory.rules.file_columns import NO_DATE, STOCKED, BatchRow, DispositionRow, ItemRow, UnitConversionRow, WarehouseRow
from inventory.rules.master_data import (
    BatchDates,
    Counted,
    batch_problem,
    by_pair,
    conversion_problem,
    item_problem,
    kind_problem,
    open_sales_problem,
    warehouse_company_problem,
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
            and (problem := warehouse_company_problem(row.value.code, before.company, row.value.legal_entity))
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
    ITEM_HAS_OPEN_SALES when open documents rely on unit or tracking, BARCODE_IN_USE when another item has the barcode. A new standard cost
    or costing method revalues what lies in stock; where that cannot be posted the row is refused. Takes the import lock of its kind, then
    cost rows.
    """
    lock_for_transaction(IMPORT, [ImportKind.ITEMS])
    result = BatchResult()
    known = known_items({row.value.code for row in rows})
    kinds = optional_values("inventory_item", ("kind",), known)
    revalued = {row.value.code for row in rows if row.value.code in known and _is_valued_anew(known[row.value.code], row.value)}
    not_revalued = revaluation_refusals(revalued) if revalued else {}
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
            and (problem := kind_problem(row.value.code, kinds[row.value.code][0], row.value.kind))
        ):
            result.reject(row, problem)
            continue
        wanted = Counted(row.value.unit, row.value.batch_tracked)
        if before and before.in_use and (problem := item_problem(row.value.code, Counted(before.unit, before.batch_tracked), wanted)):
            result.reject(row, problem)
        elif before and before.id in relied_on and wanted != Counted(before.unit, before.batch_tracked):
            result.reject(row, open_sales_problem(row.value.code))
        elif row.value.code in not_revalued:
            result.reject(row, not_revalued[row.value.code])
        else:
            accepted.append(row)
    kept = [row.value for row in first_of_each_key(_with_free_barcodes(accepted, result), result, "inventory_item")]
    touched = upsert(master_data.ITEM, _item_values(kept))
    record_upsert(Item, touched, REASON)
    revalue_items([known[value.code].id for value in kept if value.code in revalued])
    return _counted(result, len(kept), touched)


def _with_free_barcodes(rows: Sequence[Row[ItemRow]], result: BatchResult) -> Sequence[Row[ItemRow]]:
    """The rows without those whose barcode another item has, which are refused; one query."""
    barcodes = [(row.value.code, row.value.barcode) for row in rows if row.value.barcode]
    taken = dict(barcode_refusals(barcodes, barcode_owners({code for _, code in barcodes})))
    for row in rows:
        if row.value.code in taken:
            result.reject(row, taken[row.value.code])
    return [row for row in rows if row.value.code not in taken] if taken else rows


def _is_valued_anew(before: KnownItem, after: ItemRow) -> bool:
    """Whether what lies in stock of the item is worth something else after the import."""
    return before.standard_cost != after.standard_cost or after.costing not in (None, before.model_flags.costing_method)


def _item_values(items: Sequence[ItemRow]) -> list[tuple[object, ...]]:
    """The items with the ids of their groups; an item stays in a group that says the same."""
    add_units({value.unit for value in items})
    item_groups = master_data.ensure_item_groups({value.item_group for value in items})
    known = known_items({value.code for value in items})
    flags = {
        value.code: wanted_flags(
            known[value.code].model_flags if value.code in known else None, value.negative_physical, value.allocation_policy, value.costing
        )
        for value in items
    }
    model_groups = master_data.ensure_model_groups(set(flags.values()))
    tracking_groups = master_data.ensure_tracking_groups()
    storage_groups = master_data.ensure_storage_groups()
    kept = optional_values("inventory_item", ("kind", "barcode"), [value.code for value in items])
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
                *filled((value.kind, value.barcode), kept.get(value.code, (STOCKED, ""))),
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
def import_batches(rows: Sequence[Row[BatchRow]]) -> BatchResult:
    """Changes disposition and dates of batches that are there; their history keeps what they were, and when that changed.

    Refuses UNKNOWN_ITEM, UNKNOWN_BATCH, UNKNOWN_DISPOSITION, BATCH_IS_DEFAULT and BATCH_DATES. Takes the import locks of batches and of
    receipts, which fill in dates, then the batches.
    """
    lock_for_transaction(IMPORT, [ImportKind.RECEIPTS, ImportKind.BATCHES])
    result = BatchResult()
    items = ids_by_code("inventory_item", {row.value.item for row in rows})
    known = hold_batches({(row.value.item, row.value.batch) for row in rows})
    dispositions = dispositions_by_code({row.value.disposition for row in rows if row.value.disposition})
    accepted = []
    for row in rows:
        if row.value.item not in items:
            result.reject(row, Problem("UNKNOWN_ITEM", {"item": row.value.item}))
        elif problem := _batch_problem(row.value, known, dispositions):
            result.reject(row, problem)
        else:
            accepted.append(row)
    kept = [row.value for row in first_of_each_key(accepted, result)]
    values = [_batch_after(value, known[value.item, value.batch], dispositions) for value in kept]
    record_as_found(Batch, [batch_id for batch_id, *_ in values])
    changed = master_data.change_batches(values)
    record_history(Batch, changed, "~", REASON)
    name_meant_in(result, NAMED_BY)
    result.count(len(kept), 0, len(changed))
    return result


Dispositions = Mapping[str, KnownDisposition]
BatchAfter = tuple[int, int, date | None, date | None]


def _batch_problem(row: BatchRow, known: Mapping[tuple[str, str], KnownBatch], dispositions: Dispositions) -> Problem | None:
    """Why a batch cannot become what the row says: the rule of the page."""
    before = known.get((row.item, row.batch))
    if before is None:
        return Problem("UNKNOWN_BATCH", {"item": row.item, "batch": row.batch})
    if row.disposition and row.disposition not in dispositions:
        return Problem("UNKNOWN_DISPOSITION", {"disposition": row.disposition})
    _, _, expires_on, best_before = _batch_after(row, before, dispositions)
    is_blocked = dispositions[row.disposition].blocks_sale if row.disposition else before.blocks_sale
    return batch_problem(row.batch, before.is_default_batch, BatchDates(before.manufactured_on, best_before, expires_on), is_blocked)


def _batch_after(row: BatchRow, before: KnownBatch, dispositions: Dispositions) -> BatchAfter:
    """Id, disposition, expiry and best before of the batch as the row leaves it."""
    expires_on, best_before = (
        None if day == NO_DATE else day for day in filled((row.expires_on, row.best_before), (before.expires_on, before.best_before))
    )
    return before.id, dispositions[row.disposition].id if row.disposition else before.disposition_id, expires_on, best_before


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
        elif problem := conversion_problem(conversions, row.value, used):
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
