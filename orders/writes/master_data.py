"""Set-based writes of stores and customers."""

from collections.abc import Collection

from core.db.history import record_history
from core.db.upsert import Target, add_missing, ids_by_code
from orders.models import Customer
from orders.rules.file_columns import walk_in_code

STORE = Target(
    "orders_store",
    ("code",),
    {
        "code": "text",
        "name": "text",
        "warehouse_id": "bigint",
        "currency_id": "text",
        "time_zone": "text",
        "end_of_business_day": "time",
        "rounding_limit": "numeric",
        "count": "text",
        "statement_method": "text",
        "number_series": "text",
        "statement_model": "text",
        "closing_method": "text",
        "walk_in_customer_id": "bigint",
    },
)

CUSTOMER = Target(
    "orders_customer",
    ("code",),
    {
        **{"code": "text", "name": "text", "blocked": "bool", "credit_limit": "numeric"},
        **{"email": "text", "phone": "text", "address": "text"},
    },
)


def ensure_walk_in_customers(stores: Collection[str]) -> dict[str, int]:
    """The walk-in customer of each store code, made where missing; at most four queries."""
    codes = {store: walk_in_code(store) for store in stores}
    known = ids_by_code("orders_customer", codes.values())
    if missing := {store: code for store, code in codes.items() if code not in known}:
        rows = {(code, f"Walk-in customer of {store}", False) for store, code in missing.items()}
        add_missing("orders_customer", {"code": "text", "name": "text", "blocked": "bool"}, rows)
        made = ids_by_code("orders_customer", missing.values())
        record_history(Customer, made.values(), "+", "import_data")
        known |= made
    return {store: known[code] for store, code in codes.items()}
