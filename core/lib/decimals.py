"""Exact numbers: nothing at all, a number as files and sentences write it, and how many decimals a currency leaves it."""

from decimal import Decimal

ZERO = Decimal(0)


def plain_text(number: Decimal) -> str:
    """The number without exponent and without zeros behind its last digit, with a point."""
    return f"{number.normalize():f}" if number else "0"


def fits(amount: Decimal, decimals: int) -> bool:
    """The amount has no more decimals than the currency."""
    return not amount % Decimal(1).scaleb(-decimals)
