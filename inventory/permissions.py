"""Rights: who may open the pages of inventory."""

from core.access.pages import Requirement
from core.access.rights import rights

PAGES: dict[str, Requirement] = {
    # Inventory
    "inventory:items": "inventory.view_item",
    "inventory:item": "inventory.view_item",
    "inventory:batches": "inventory.view_batch",
    "inventory:batch": "inventory.view_batch",
    "inventory:batch_edit": ("inventory.view_batch", "inventory.change_batch"),
    "inventory:batch_history": "inventory.view_batch",
    "inventory:on_hand": "inventory.view_onhand",
    "inventory:expiring": "inventory.view_onhand",
    "inventory:transactions": "inventory.view_inventorytransaction",
    "inventory:receipts": "inventory.view_receiptline",
    "inventory:receipt_new": "inventory.add_receiptline",
    "inventory:journals": "inventory.view_journal",
    "inventory:journal": "inventory.view_journal",
    "inventory:journal_new": "inventory.add_journal",
    "inventory:journal_reverse": "inventory.add_journal",
    "inventory:suggestions": "inventory.view_item",
    "inventory:debt": "inventory.view_batchdebt",
    "inventory:fallback_budget": "inventory.view_batchdebt",
    "inventory:settle": "inventory.change_batchdebt",
    "inventory:credit": ("inventory.view_batchdebt", "inventory.change_batchdebt"),
    "inventory:put_aside": "inventory.change_batchdebt",
    "inventory:settlements": "inventory.view_batchdebt",
    "inventory:settlement": "inventory.view_batchdebt",
    "inventory:settlement_undo": "inventory.change_batchdebt",
    "inventory:default_batch_note": "parameters.view_retailparameters",
    "inventory:policies": "parameters.view_retailparameters",
}

_MASTERS = "site warehouse item itemgroup itemmodelgroup trackinggroup storagegroup unitconversion disposition batch"
_STOCK = f"{_MASTERS} onhand receiptline journal inventorytransaction batchdebt"
RIGHTS = (
    ("clerk poster inventory_controller auditor administrator", rights("inventory", "view", _STOCK)),
    ("order_desk", rights("inventory", "view", "item batch onhand")),
    ("inventory_controller administrator", rights("inventory", "add change", _MASTERS)),
    # Goods that come in, and what journals change.
    ("clerk poster inventory_controller administrator", rights("inventory", "add", "receiptline journal")),
    ("inventory_controller administrator", rights("inventory", "change", "batchdebt")),
)
