"""Checks of keys: nothing is there twice, and everything that is referred to exists."""

from django.apps import apps
from django.db import models

from core.lib.messages import Message
from inventory.models import (
    BatchCredit,
    BatchDebt,
    CostAdjustment,
    DebtSettlement,
    DebtSettlementLine,
    InventoryTransaction,
    Journal,
    JournalLine,
    ReceiptLine,
    WarehouseItemCost,
)
from ledger.models import Reversal, Voucher, VoucherLine
from orders.models import BatchAllocation, DeliveryLine, Invoice, InvoiceLine, PaymentJournal, SalesOrder, SalesOrderLine
from retailhq.integrity.checks.check import (
    COST_ADJUSTMENT,
    CUSTOMER_ORDER,
    DELIVERY_LINE,
    INVOICE,
    JOURNAL_ARRIVAL,
    JOURNAL_LINE,
    ORDER_LINE,
    POS_LINE,
    RECEIPT,
    REVERSAL,
    REVERSED_POS_LINE,
    SETTLEMENT_LINE,
    STATEMENT,
    TILL,
    Check,
)
from statements.models import OrderTransaction, PosPayment, PosTransaction, PosTransactionLine, Statement

OUR_APPS = ("parameters", "ledger", "inventory", "orders", "statements")

# The natural key of everything that posting and import write: a second row of the same key would be a second posting.
NATURAL_KEYS: tuple[tuple[type[models.Model], tuple[str, ...]], ...] = (
    (PosTransaction, ("store_id", "terminal_id", "number", "reversal_id")),
    (PosTransactionLine, ("transaction_id", "number")),
    (PosPayment, ("transaction_id", "number")),
    (ReceiptLine, ("receipt", "line_number", "legal_entity_id")),
    (Journal, ("number", "legal_entity_id")),
    (JournalLine, ("journal_id", "line_number")),
    (Statement, ("store_id", "business_date", "ordinal")),
    (OrderTransaction, ("transaction_id",)),
    (SalesOrder, ("source_kind", "source_id", "ordinal")),
    (SalesOrderLine, ("order_id", "line_number")),
    (Invoice, ("order_id", "ordinal")),
    (InvoiceLine, ("invoice_id", "line_number")),
    (BatchAllocation, ("source_kind", "source_id", "ordinal")),
    (InventoryTransaction, ("source_kind", "source_id", "batch_id")),
    (BatchDebt, ("source_kind", "source_id")),
    (BatchCredit, ("source_kind", "source_id", "batch_id")),
    (DebtSettlement, ("warehouse_id", "ordinal")),
    (DebtSettlementLine, ("settlement_id", "line_number")),
    (WarehouseItemCost, ("warehouse_id", "item_id")),
    (Voucher, ("source_kind", "source_id", "step")),
    (VoucherLine, ("voucher_id", "line_number")),
    (PaymentJournal, ("source_kind", "source_id")),
)

# What rows say they were made from, by kind and id: the tables that the kinds stand for.
SOURCES: tuple[tuple[type[models.Model], dict[int, type[models.Model]]], ...] = (
    (BatchAllocation, {POS_LINE: PosTransactionLine, DELIVERY_LINE: DeliveryLine}),
    (
        InventoryTransaction,
        {
            RECEIPT: ReceiptLine,
            ORDER_LINE: SalesOrderLine,
            DELIVERY_LINE: DeliveryLine,
            COST_ADJUSTMENT: CostAdjustment,
            JOURNAL_LINE: JournalLine,
            JOURNAL_ARRIVAL: JournalLine,
            SETTLEMENT_LINE: DebtSettlementLine,
            **{REVERSAL: InventoryTransaction, REVERSED_POS_LINE: PosTransactionLine},
        },
    ),
    (BatchDebt, {POS_LINE: PosTransactionLine, DELIVERY_LINE: DeliveryLine, JOURNAL_LINE: JournalLine}),
    # Credits of order lines are those that were there before credits were kept.
    (BatchCredit, {POS_LINE: PosTransactionLine, DELIVERY_LINE: DeliveryLine, ORDER_LINE: SalesOrderLine, JOURNAL_LINE: JournalLine}),
    (
        CostAdjustment,
        {RECEIPT: ReceiptLine, INVOICE: Invoice, COST_ADJUSTMENT: CostAdjustment, JOURNAL_LINE: JournalLine, REVERSAL: Reversal},
    ),
    (
        Voucher,
        {
            INVOICE: Invoice,
            STATEMENT: Statement,
            CUSTOMER_ORDER: SalesOrder,
            RECEIPT: ReceiptLine,
            COST_ADJUSTMENT: CostAdjustment,
            JOURNAL_LINE: JournalLine,
            REVERSAL: Voucher,
            TILL: PosTransaction,
        },
    ),
    (PaymentJournal, {STATEMENT: Statement}),
)


def _twice(model: type[models.Model], columns: tuple[str, ...]) -> Check:
    table, key = model._meta.db_table, ", ".join(columns)
    text = " || '/' || ".join(f"COALESCE({column}::text, '')" for column in columns)
    return Check(
        f"once_{model._meta.model_name}",
        Message("{columns} name one row of {table}.", {"columns": ", ".join(columns), "table": table}),
        f"SELECT {text}, '1', count(*)::text FROM {table} GROUP BY {key} HAVING count(*) > 1",
    )


def _key_text(model: type[models.Model], row: str) -> str:
    """The primary key of a row as text."""
    return " || '/' || ".join(f"{row}.{field.column}::text" for field in model._meta.pk_fields)


def unguarded_references() -> list["tuple[type[models.Model], models.ForeignKey[models.Model, models.Model]]"]:
    """References of our tables that no foreign key constraint protects; copies that keep history point to what may be gone."""
    return [
        (model, field)
        for app in OUR_APPS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and not field.deconstruct()[3].get("db_constraint", True)
        and not hasattr(model, "history_type")
    ]


def _references() -> tuple[Check, ...]:
    """One check per table, over all of its references."""
    parts: dict[type[models.Model], list[str]] = {}
    for model, field in unguarded_references():
        parent = field.target_field.model._meta.db_table
        parts.setdefault(model, []).append(
            f"SELECT '{field.column} of ' || {_key_text(model, 'c')}, 'a row of {parent}', c.{field.column}::text "
            f"FROM {model._meta.db_table} c LEFT JOIN {parent} p ON p.{field.target_field.column} = c.{field.column} "
            f"WHERE c.{field.column} IS NOT NULL AND p.{field.target_field.column} IS NULL"
        )
    return tuple(
        Check(
            f"references_{model._meta.model_name}",
            Message("Every row that {table} refers to exists.", {"table": model._meta.db_table}),
            " UNION ALL ".join(selects),
        )
        for model, selects in parts.items()
    )


def _source(model: type[models.Model], tables: dict[int, type[models.Model]]) -> Check:
    joins = " ".join(
        f"LEFT JOIN {parent._meta.db_table} p{kind} ON c.source_kind = {kind} AND p{kind}.id = c.source_id"
        for kind, parent in tables.items()
    )
    exists = " OR ".join(f"p{kind}.id IS NOT NULL" for kind in tables)
    return Check(
        f"sources_{model._meta.model_name}",
        Message("What a row of {table} was made from exists.", {"table": model._meta.db_table}),
        f"SELECT {_key_text(model, 'c')}, 'a source', c.source_kind || '/' || c.source_id FROM {model._meta.db_table} c {joins} "
        f"WHERE NOT ({exists})",
    )


CHECKS = (
    *(_twice(model, columns) for model, columns in NATURAL_KEYS),
    *_references(),
    *(_source(model, tables) for model, tables in SOURCES),
)
