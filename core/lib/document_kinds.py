"""What a posted row was made from: lower apps name their origin by kind and id, never by a foreign key upward."""

from enum import IntEnum


class SourceKind(IntEnum):
    """Kinds of origin; the number is stored, so a number is never reused."""

    RECEIPT_LINE = 1
    POS_LINE = 2
    SALES_ORDER_LINE = 3
    INVOICE = 4
    STATEMENT = 5
    CUSTOMER_ORDER = 6
    DELIVERY_LINE = 7
    POS_TRANSACTION = 20

    @property
    def export_name(self) -> str:
        """The name that exports use."""
        return {
            1: "receipt",
            2: "pos_line",
            3: "sales_order_line",
            4: "invoice",
            5: "statement",
            6: "customer_order",
            7: "delivery_line",
            20: "pos_transaction",
        }[self.value]
