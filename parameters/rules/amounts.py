"""Amounts have no more decimals than their currency; how many those are, the table of currencies says."""

from decimal import Decimal


def fits(amount: Decimal, decimals: int) -> bool:
    """The amount has no more decimals than the currency."""
    return not amount % Decimal(1).scaleb(-decimals)
