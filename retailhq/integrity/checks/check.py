"""What a check is, and the pieces of SQL that several of them share."""

from dataclasses import dataclass

from core.lib.document_kinds import SourceKind
from core.lib.messages import Message

RECEIPT, POS_LINE, ORDER_LINE, INVOICE, STATEMENT, CUSTOMER_ORDER, DELIVERY_LINE, COST_ADJUSTMENT = (
    int(SourceKind[name])
    for name in (
        *("RECEIPT_LINE", "POS_LINE", "SALES_ORDER_LINE", "INVOICE", "STATEMENT", "CUSTOMER_ORDER", "DELIVERY_LINE"),
        "COST_ADJUSTMENT",
    )
)
SETTLEMENT_LINE = int(SourceKind.SETTLEMENT_LINE)
JOURNAL_LINE, JOURNAL_ARRIVAL, REVERSAL, TILL, REVERSED_POS_LINE = (
    int(SourceKind[name]) for name in ("JOURNAL_LINE", "JOURNAL_ARRIVAL", "REVERSAL", "POS_TRANSACTION", "REVERSED_POS_LINE")
)


@dataclass(frozen=True, slots=True)
class Check:
    """A comparison: its name, what holds when it finds nothing, and the query whose rows (key, expected, found) are the differences."""

    name: str
    holds: Message
    sql: str


def number(value: str) -> str:
    """An SQL number as text without trailing zeros, nothing as 0."""
    return f"trim_scale(COALESCE({value}, 0))::text"


# Keys as people know them; each needs the aliases that it names. A parent that is gone leaves its part of the key blank.
POS_LINE_KEY = "concat(s.code, '/', m.code, '/', t.number, '/', l.number)"
POS_LINE_KEY_TABLES = """
    LEFT JOIN statements_postransaction t ON t.id = l.transaction_id
    LEFT JOIN orders_store s ON s.id = t.store_id
    LEFT JOIN orders_terminal m ON m.id = t.terminal_id
"""
STOCK_KEY = "concat(w.code, '/', i.code, '/', b.number)"


def stock_key_tables(row: str) -> str:
    """The joins of STOCK_KEY, for columns warehouse_id, item_id and batch_id of `row`."""
    return f"""
        LEFT JOIN inventory_warehouse w ON w.id = {row}.warehouse_id
        LEFT JOIN inventory_item i ON i.id = {row}.item_id
        LEFT JOIN inventory_batch b ON b.id = {row}.batch_id
    """
