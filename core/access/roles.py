"""The six roles and the rights they hold, as data; a migration writes them as groups, and a test compares the two.

A right is a Django permission, `app.codename`. Adding one: write it here, then add a migration whose only operation is
`write_groups.again`.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise


def rights(kinds: str, models: str) -> frozenset[str]:
    """`rights("view change", "orders.customer orders.store")`: every kind for every model."""
    named = [model.split(".") for model in models.split()]
    return frozenset(f"{app}.{kind}_{model}" for app, model in named for kind in kinds.split())


STOCK = (
    "inventory.site inventory.warehouse inventory.item inventory.itemgroup inventory.itemmodelgroup inventory.trackinggroup "
    "inventory.storagegroup inventory.unitconversion inventory.disposition inventory.batch inventory.onhand inventory.receiptline "
    "inventory.inventorytransaction "
    "inventory.batchdebt"
)
STORES = (
    "orders.store orders.terminal orders.staff orders.customer orders.paymentmethod orders.salesorder orders.customerorder orders.invoice "
    "orders.pendingorder statements.postransaction statements.validationproblem statements.statement"
)
BOOKS = "ledger.mainaccount ledger.postingprofile ledger.fiscalperiod ledger.voucher"
SETTINGS = "parameters.legalentity parameters.retailparameters parameters.numbersequence parameters.unit parameters.currency"
MASTERS = (
    "parameters.legalentity parameters.numbersequence parameters.unit parameters.currency inventory.site inventory.warehouse "
    "inventory.item inventory.itemgroup inventory.itemmodelgroup inventory.trackinggroup inventory.storagegroup "
    "inventory.unitconversion inventory.disposition inventory.batch "
    "orders.store orders.terminal orders.staff orders.customer orders.paymentmethod ledger.mainaccount "
    "ledger.postingprofile ledger.fiscalperiod"
)
KEPT_BY_CONTROLLER = (
    "inventory.item inventory.itemgroup inventory.batch inventory.disposition inventory.itemmodelgroup inventory.trackinggroup "
    "inventory.storagegroup inventory.unitconversion inventory.warehouse inventory.site"
)

# Rights of our own beside Django's view, add and change, with the model whose permission they are.
OWN_RIGHTS = {
    "statements.validate_transactions": "postransaction",
    "statements.hold_transactions": "postransaction",
    "statements.calculate_statement": "statement",
    "statements.post_statement": "statement",
    "statements.clear_statement": "statement",
    "statements.import_data": "statement",
    "jobs.manage_recurrence": "job",
    "orders.override_deposit": "customerorder",
}

_VIEW = rights("view", f"{STOCK} {STORES} {BOOKS} {SETTINGS}")
_CLERK = _VIEW | {"statements.validate_transactions", "statements.calculate_statement", "statements.import_data"}
_POSTER = _CLERK | {
    *("statements.post_statement", "statements.hold_transactions", "statements.clear_statement"),
    *("orders.add_delivery", "jobs.view_job"),
}
_CONTROLLER = (
    rights("view", f"{STOCK} {SETTINGS} orders.store statements.postransaction statements.validationproblem statements.statement")
    | rights("add change", KEPT_BY_CONTROLLER)
    | {"statements.import_data"}
)
_ORDER_DESK = (
    rights("view", "inventory.item inventory.batch inventory.onhand orders.store orders.salesorder orders.invoice")
    | rights("view add change", "orders.customer orders.customerorder")
    | rights("view change", "orders.pendingorder")
    | {"orders.add_delivery", "orders.override_deposit"}
)
_AUDITOR = _VIEW | rights("view", "jobs.job auth.user access.auditentry calls.token")
_ADMINISTRATOR = (
    _POSTER
    | _AUDITOR
    | rights("add change", f"{MASTERS} orders.customerorder orders.pendingorder")
    | {*OWN_RIGHTS, "parameters.change_retailparameters", "auth.add_user", "auth.change_user"}
    | rights("add change", "calls.token")
)

ALL_RIGHTS = _ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class Role:
    """A role: `key` is the name of its group, `title` and `does` are for people."""

    key: str
    title: StrPromise
    does: StrPromise
    rights: frozenset[str]


ADMINISTRATOR = "administrator"
ROLES = (
    Role(
        "clerk",
        gettext_lazy("Clerk"),
        gettext_lazy("Sees everything of stores, inventory and ledger; imports, validates and calculates."),
        _CLERK,
    ),
    Role(
        "poster",
        gettext_lazy("Poster"),
        gettext_lazy("What a clerk does, and posts, holds and clears statements, and invoices customer orders."),
        _POSTER,
    ),
    Role(
        "inventory_controller",
        gettext_lazy("Inventory controller"),
        gettext_lazy("Sees inventory and statements; keeps items, batches, dispositions, policy groups and warehouses; imports."),
        _CONTROLLER,
    ),
    Role(
        "order_desk",
        gettext_lazy("Order desk"),
        gettext_lazy("Takes, changes, hands out and cancels customer orders; sees items, on-hand stock and invoices; keeps customers."),
        _ORDER_DESK,
    ),
    Role(ADMINISTRATOR, gettext_lazy("Administrator"), gettext_lazy("Everything, users and roles included."), _ADMINISTRATOR),
    Role(
        "auditor",
        gettext_lazy("Auditor"),
        gettext_lazy("Sees everything, histories and the audit trail included; changes nothing."),
        _AUDITOR,
    ),
)
BY_KEY = {role.key: role for role in ROLES}
