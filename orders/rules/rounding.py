"""What rounding may leave on a document, one rule for tills and customer orders (docs/domain.md#posting-states).

The tax of a receipt is rounded once, its lines each, and cash has no coins for every cent. What lines, header and payments differ by, up
to the rounding limit of the store each, is booked as rounding difference.
"""

from decimal import Decimal


def within_rounding(difference: Decimal, limit: Decimal) -> bool:
    """Whether two sums that differ by so much may stand beside each other; `limit` is the store's."""
    return abs(difference) <= limit


def is_covered(paid: Decimal, wanted: Decimal, limit: Decimal) -> bool:
    """Whether what is paid ahead is enough; cents that rounding leaves are no reason to refuse, but nothing is not enough."""
    return paid >= wanted or (paid > 0 and within_rounding(wanted - paid, limit))
