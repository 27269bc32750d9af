"""Imports of stores and customers, one batch of rows at a time; each function is one transaction with a fixed number of queries."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from core.db.history import record_upsert
from core.db.locks import IMPORT, lock_for_transaction
from core.db.meant_codes import name_meant_in
from core.db.upsert import filled, optional_values, upsert
from core.files.repeats import first_of_each_key
from core.lib.imports import BatchResult, ImportKind, Row
from core.lib.problems import Problem
from orders.models import Customer, Store
from orders.queries.place_orders import NAMED_BY
from orders.queries.stores import WarehouseCompany, known_stores, warehouse_companies
from orders.rules.file_columns import CustomerRow, StoreRow, closing_problem, rounding_limit_problem, store_currency_problem
from orders.services.store_documents import move_problems
from orders.writes import master_data
from parameters.writes import add_currencies

REASON = "import_data"
STORE_DEFAULTS = {
    **{"rounding_limit": Decimal("0.05"), "count": "last", "statement_method": "total", "number_series": "terminal"},
    **{"statement_model": "", "closing_method": "time"},
}
CUSTOMER_DEFAULTS = {"credit_limit": None, "email": "", "phone": "", "address": ""}


@transaction.atomic
def import_stores(rows: Sequence[Row[StoreRow]]) -> BatchResult:
    """Makes or changes stores; every store gets its own walk-in customer.

    Refuses UNKNOWN_WAREHOUSE, CURRENCY_MISMATCH, and STORE_IN_USE where a store with documents would go to another company.

    Takes the import lock of its kind.
    """
    lock_for_transaction(IMPORT, [ImportKind.STORES])
    result = BatchResult()
    places = warehouse_companies({row.value.warehouse for row in rows})
    known = known_stores({row.value.code for row in rows})
    companies = {(row.value.code, places[row.value.warehouse].company) for row in rows if row.value.warehouse in places}
    moves = [(known[code].store_id, code, company) for code, company in companies if code in known and known[code].company != company]
    refused = move_problems(moves)
    before = optional_values("orders_store", STORE_DEFAULTS, {row.value.code for row in rows})
    accepted = []
    for row in rows:
        place = places.get(row.value.warehouse)
        if place is None:
            result.reject(row, Problem("UNKNOWN_WAREHOUSE", {"warehouse": row.value.warehouse}))
        elif problem := refused.get((row.value.code, place.company)) or _store_problem(row.value, place, _optional(row.value, before)):
            result.reject(row, problem)
        else:
            accepted.append(row)
    name_meant_in(result, NAMED_BY)
    warehouses = {code: place.warehouse_id for code, place in places.items()}
    kept = [row.value for row in first_of_each_key(accepted, result, "orders_store")]
    add_currencies({value.currency for value in kept})
    walk_ins = master_data.ensure_walk_in_customers([value.code for value in kept])
    touched = upsert(
        master_data.STORE,
        [
            (
                *(value.code, value.name, warehouses[value.warehouse], *value[3:6]),
                *_optional(value, before),
                walk_ins[value.code],
            )
            for value in kept
        ],
    )
    record_upsert(Store, touched, REASON)
    result.count(len(kept), len(touched.new), len(touched.updated))
    return result


def _optional(store: StoreRow, before: Mapping[str, tuple[Any, ...]]) -> tuple[Any, ...]:
    """What the store will hold in the columns of `STORE_DEFAULTS`."""
    return filled(store[6:], before.get(store.code, tuple(STORE_DEFAULTS.values())))


def _store_problem(store: StoreRow, place: WarehouseCompany, optional: tuple[Any, ...]) -> Problem | None:
    """Why the store does not go with the company of its warehouse, or closes by what it does not count by."""
    values = dict(zip(STORE_DEFAULTS, optional, strict=True))
    return (
        store_currency_problem(store.code, store.currency, place.company, place.currency)
        or rounding_limit_problem(store.rounding_limit, place.currency, place.decimals)
        or closing_problem(store.code, values["closing_method"], values["statement_method"])
    )


@transaction.atomic
def import_customers(rows: Sequence[Row[CustomerRow]]) -> BatchResult:
    """Makes or changes customers. Takes the import lock of its kind."""
    lock_for_transaction(IMPORT, [ImportKind.CUSTOMERS])
    result = BatchResult()
    kept = [row.value for row in first_of_each_key(rows, result, "orders_customer")]
    before = optional_values("orders_customer", CUSTOMER_DEFAULTS, [value.code for value in kept])
    touched = upsert(
        master_data.CUSTOMER,
        [(*value[:3], *filled(value[3:], before.get(value.code, tuple(CUSTOMER_DEFAULTS.values())))) for value in kept],
    )
    record_upsert(Customer, touched, REASON)
    result.count(len(kept), len(touched.new), len(touched.updated))
    return result
