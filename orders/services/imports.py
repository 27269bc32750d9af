"""Imports of stores and customers, one batch of rows at a time; each function is one transaction with a fixed number of statements."""

from collections.abc import Sequence

from django.db import transaction

from core.db.history import record_upsert
from core.db.locks import IMPORT, lock_for_transaction
from core.db.upsert import ids_by_code, upsert
from core.files.repeats import first_of_each_key
from core.lib.imports import BatchResult, ImportKind, Row
from orders.models import Customer, Store
from orders.rules.file_columns import CustomerRow, StoreRow
from orders.writes import master_data
from parameters.writes import add_currencies

REASON = "import_data"


@transaction.atomic
def import_stores(rows: Sequence[Row[StoreRow]]) -> BatchResult:
    """Makes or changes stores; every store gets its own walk-in customer. Refuses UNKNOWN_WAREHOUSE. Takes the import lock of its kind."""
    lock_for_transaction(IMPORT, [ImportKind.STORES])
    result = BatchResult()
    warehouses = ids_by_code("inventory_warehouse", {row.value.warehouse for row in rows})
    accepted = []
    for row in rows:
        if row.value.warehouse not in warehouses:
            result.reject(row, "UNKNOWN_WAREHOUSE", f"Warehouse {row.value.warehouse} is not known; import it first.")
        else:
            accepted.append(row)
    kept = [row.value for row in first_of_each_key(accepted, result)]
    add_currencies({value.currency for value in kept})
    walk_ins = master_data.ensure_walk_in_customers([value.code for value in kept])
    touched = upsert(
        master_data.STORE,
        [(value.code, value.name, warehouses[value.warehouse], *value[3:], walk_ins[value.code]) for value in kept],
    )
    record_upsert(Store, touched, REASON)
    result.count(len(kept), len(touched.new), len(touched.updated))
    return result


@transaction.atomic
def import_customers(rows: Sequence[Row[CustomerRow]]) -> BatchResult:
    """Makes or changes customers. Takes the import lock of its kind."""
    lock_for_transaction(IMPORT, [ImportKind.CUSTOMERS])
    result = BatchResult()
    kept = [row.value for row in first_of_each_key(rows, result)]
    touched = upsert(master_data.CUSTOMER, kept)
    record_upsert(Customer, touched, REASON)
    result.count(len(kept), len(touched.new), len(touched.updated))
    return result
