"""Exact numbers: nothing at all, and a number as files and sentences write it."""

from decimal import Decimal

ZERO = Decimal(0)


def plain_text(number: Decimal) -> str:
    """The number without exponent and without zeros behind its last digit, with a point."""
    return f"{number.normalize():f}" if number else "0"
