"""What tests ask of entries of vouchers."""

from collections.abc import Iterable
from decimal import Decimal

from ledger.rules.vouchers import Entry


def imbalance(entries: Iterable[Entry]) -> Decimal:
    """Debits less credits; a voucher is posted at zero only."""
    return sum((entry.amount for entry in entries), Decimal(0))
