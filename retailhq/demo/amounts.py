"""Whole-number money and quantities of the derivation, and how they are written into the files.

Money is counted in cents, prices in millionths of the currency unit and quantities in thousandths of the unit, so sums are exact and
fast over a year of tickets.
"""

MILLI = 1_000


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round half away from zero; `denominator` is positive."""
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def money_text(cents: int) -> str:
    """Write cents as an amount with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def quantity_text(milli: int) -> str:
    """Write thousandths as a quantity without trailing zeros."""
    sign = "-" if milli < 0 else ""
    whole, rest = divmod(abs(milli), MILLI)
    return f"{sign}{whole}.{rest:03d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"


def price_text(micro: int) -> str:
    """Write millionths as a price with at least two and at most six decimals."""
    whole, rest = divmod(micro, 1_000_000)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{decimals}"


def unit_price(cents: int, milli: int) -> int:
    """Return the price of one unit in millionths: `cents` paid for `milli` thousandths of a unit (0 when there is no quantity)."""
    return half_up(cents * 10_000 * MILLI, milli) if milli else 0
