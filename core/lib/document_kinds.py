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
    JOURNAL_LINE = 8
    SETTLEMENT_LINE = 9
    REVERSAL = 10
    # What a transfer brings to the other warehouse; the id is that of the journal line.
    JOURNAL_ARRIVAL = 11
    COST_ADJUSTMENT = 12
    # The document; what its lines moved and posted names the lines.
    JOURNAL = 13
    POS_TRANSACTION = 20
    VOUCHER = 21
    REVERSED_POS_LINE = 30

    @property
    def export_name(self) -> str:
        """The name that exports use."""
        named = {SourceKind.RECEIPT_LINE: "receipt", SourceKind.JOURNAL_ARRIVAL: "journal_line"}
        return named.get(self) or self.name.lower()


# Movements of goods that were sold, or came back from a sale.
SALES = (SourceKind.SALES_ORDER_LINE, SourceKind.DELIVERY_LINE)
