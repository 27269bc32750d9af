"""Warehouses, items and their policy groups, batches, stock and what moved it, journals; no rules."""

from inventory.models.journals import Journal, JournalLine
from inventory.models.settlements import DebtSettlement, DebtSettlementLine
from inventory.models.stock import (
    Batch,
    BatchCredit,
    BatchDebt,
    CostAdjustment,
    DefaultStockUse,
    Disposition,
    InventoryTransaction,
    Item,
    ItemGroup,
    ItemModelGroup,
    OnHand,
    ReceiptLine,
    Site,
    StorageGroup,
    TrackingGroup,
    UnitConversion,
    Warehouse,
    WarehouseItemCost,
)

__all__ = (
    "Batch",
    "BatchCredit",
    "BatchDebt",
    "CostAdjustment",
    "DebtSettlement",
    "DebtSettlementLine",
    "DefaultStockUse",
    "Disposition",
    "InventoryTransaction",
    "Item",
    "ItemGroup",
    "ItemModelGroup",
    "Journal",
    "JournalLine",
    "OnHand",
    "ReceiptLine",
    "Site",
    "StorageGroup",
    "TrackingGroup",
    "UnitConversion",
    "Warehouse",
    "WarehouseItemCost",
)
