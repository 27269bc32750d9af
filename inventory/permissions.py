"""Who may open the pages of inventory."""

from core.access.pages import Need

PAGES: dict[str, Need] = {
    # Inventory
    "inventory:items": "inventory.view_item",
    "inventory:item": "inventory.view_item",
    "inventory:batches": "inventory.view_batch",
    "inventory:batch": "inventory.view_batch",
    "inventory:batch_edit": ("inventory.view_batch", "inventory.change_batch"),
    "inventory:batch_history": "inventory.view_batch",
    "inventory:on_hand": "inventory.view_onhand",
    "inventory:transactions": "inventory.view_inventorytransaction",
    "inventory:default_batch_note": "parameters.view_retailparameters",
    "inventory:policies": "parameters.view_retailparameters",
}
