"""Who may import what: a file obeys the rights of the pages for its kind, and its rows the stores of the person.

One rule for check, import and matrix of rights; commands and the import folder have no person and no limit.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser, User

from core.access.access import Access
from core.access.rights import rights
from core.lib.imports import BatchResult, Row
from core.lib.problems import BusinessError, Code, Problem, register
from inventory.models import Warehouse
from orders.models import Store

register(
    Code(
        "KIND_NOT_ALLOWED",
        "import",
        "The person has no right to change on the pages what such a file changes.",
        "Let somebody import it who has the right (docs/roles.md), or ask an administrator for a role that has it.",
        {
            "": "Files of {kind} may be imported by who may change the same on the pages; {user} may not.",
            "all_stores": "Files of {kind} concern all stores; {user} sees only some.",
        },
    ),
    Code(
        "NOT_YOUR_STORE",
        "import",
        "The row belongs to a store or warehouse that the person was not given.",
        "Correct the code, let somebody import the row who has the store, or ask an administrator for it (Setup > Users).",
        {
            "store": "Store {store} is none of yours; correct its code, or let somebody import the row who has it.",
            "warehouse": "Warehouse {warehouse} is of none of your stores; correct its code, or let somebody import the row who has it.",
        },
    ),
)

# What the pages ask for, by kind of file; a kind that is not here is refused to everybody.
RIGHTS_OF_KIND: Mapping[str, frozenset[str]] = {
    "legal-entities": rights("parameters", "add change", "legalentity"),
    "warehouses": rights("inventory", "add change", "warehouse"),
    "stores": rights("orders", "add change", "store"),
    "customers": rights("orders", "add change", "customer"),
    "items": rights("inventory", "add change", "item"),
    "dispositions": rights("inventory", "add change", "disposition"),
    "batches": rights("inventory", "change", "batch"),
    "unit-conversions": rights("inventory", "add change", "unitconversion"),
    "receipts": rights("inventory", "add", "receiptline"),
    "journals": rights("inventory", "add", "journal"),
    "transactions": rights("statements", "add", "postransaction"),
    "customer-orders": rights("orders", "add", "customerorder"),
    "z-reports": frozenset({"statements.count_tender"}),
}
REPLACE = "statements.correct_transactions"
IMPORT = "statements.import_data"
# Companies have no store that one could have been given.
OF_ALL_STORES = frozenset({"legal-entities"})


class Places(NamedTuple):
    """Stores and warehouses by code: those that a row names, or those that a person has."""

    stores: Collection[str] = ()
    warehouses: Collection[str] = ()


# What of a row has to be the person's; kinds that are not here are of all stores alike, as on their pages.
PLACES_OF_ROW: Mapping[str, Callable[[Any], Places]] = {
    "stores": lambda row: Places((row.code,), (row.warehouse,)),
    "warehouses": lambda row: Places((), (row.code,)),
    "receipts": lambda row: Places((), (row.warehouse,)),
    "journals": lambda row: Places((), (row.warehouse, row.to_warehouse) if row.to_warehouse else (row.warehouse,)),
    "transactions": lambda incoming: Places((incoming.key.store,)),
    "z-reports": lambda row: Places((row.store,)),
    "customer-orders": lambda incoming: Places((incoming.order.store,), (incoming.order.warehouse,) if incoming.order.warehouse else ()),
}

Write = Callable[[Sequence[Row[Any]]], BatchResult]


def may_import(has: Callable[[str], bool], kind: str) -> bool:
    """Whether somebody with these rights may import files of the kind."""
    wanted = RIGHTS_OF_KIND.get(kind)
    return wanted is not None and has(IMPORT) and all(has(right) for right in wanted)


def require_right(access: Access, kind: str, *, replace: bool = False) -> None:
    """Raises BusinessError KIND_NOT_ALLOWED."""
    user = access.user.get_username()
    if not may_import(access.has, kind) or (replace and not access.has(REPLACE)):
        raise BusinessError(Problem("KIND_NOT_ALLOWED", {"kind": kind, "user": user}))
    if kind in OF_ALL_STORES and not access.grants.everything:
        raise BusinessError(Problem("KIND_NOT_ALLOWED", {"kind": kind, "user": user}, variant="all_stores"))


def places_of(access: Access) -> Places | None:
    """The stores and warehouses of a person, over all companies; None for all. Two queries."""
    if access.grants.everything:
        return None
    given = access.grants.places
    stores = Store.objects.filter(pk__in={place.store for place in given if place.store}).values_list("code", flat=True)
    warehouses = Warehouse.objects.filter(pk__in={place.warehouse for place in given if place.warehouse}).values_list("code", flat=True)
    return Places(frozenset(stores), frozenset(warehouses))


def places_for(user: "User | AnonymousUser | None", kind: str, *, replace: bool = False) -> Places | None:
    """What a person may import rows for; None for all, also where nobody asks. Raises BusinessError KIND_NOT_ALLOWED."""
    if user is None:
        return None
    access = Access(user)
    require_right(access, kind, replace=replace)
    return places_of(access)


def within(kind: str, places: Places | None, write: Write) -> Write:
    """`write` for rows of these places; the others are refused with NOT_YOUR_STORE."""
    named = PLACES_OF_ROW.get(kind)
    if places is None or named is None:
        return write

    def write_own(batch: Sequence[Row[Any]]) -> BatchResult:
        refused = [(row, problem) for row in batch if (problem := foreign(named(row.value), places))]
        if not refused:
            return write(batch)
        outside = {row.number for row, _ in refused}
        own = [row for row in batch if row.number not in outside]
        result = write(own) if own else BatchResult()
        for row, problem in refused:
            result.reject(row, problem)
        return result

    return write_own


def foreign(named: Places, own: Places) -> Problem | None:
    """The first place that is not the person's."""
    for store in named.stores:
        if store not in own.stores:
            return Problem("NOT_YOUR_STORE", {"store": store}, variant="store")
    for warehouse in named.warehouses:
        if warehouse not in own.warehouses:
            return Problem("NOT_YOUR_STORE", {"warehouse": warehouse}, variant="warehouse")
    return None
