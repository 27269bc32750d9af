"""Columns of the kinds of files that are tables, or that a profile may make of one."""

from typing import Any

from core.lib.csv_columns import FileFormat
from inventory.rules import file_columns as inventory_columns
from inventory.rules.journal_columns import JOURNALS
from orders.rules import file_columns as orders_columns
from parameters.rules.file_columns import LEGAL_ENTITIES
from statements.rules.till_table import TILL_ROWS
from statements.rules.z_report import Z_REPORTS

TABLES: dict[str, FileFormat[Any]] = {
    table.kind: table
    for table in (
        LEGAL_ENTITIES,
        inventory_columns.WAREHOUSES,
        orders_columns.STORES,
        orders_columns.CUSTOMERS,
        inventory_columns.ITEMS,
        inventory_columns.DISPOSITIONS,
        inventory_columns.BATCHES,
        inventory_columns.UNIT_CONVERSIONS,
        inventory_columns.RECEIPTS,
        JOURNALS,
        TILL_ROWS,
        Z_REPORTS,
    )
}


def columns_of(kind: str) -> list[str]:
    """Names of the columns of a kind; none for documents that are no table."""
    return [column.name for column in TABLES[kind].columns] if kind in TABLES else []
