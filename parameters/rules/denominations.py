"""Coins and notes of currencies, to count a drawer by (docs/domain.md#counting)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from core.lib.decimals import ZERO
from core.lib.parsing import FieldError, money, shown

# What is in circulation, from the highest value down. A currency that is not here is counted by its amount alone.
DENOMINATIONS: Mapping[str, tuple[Decimal, ...]] = {
    currency: tuple(Decimal(value) for value in values.split())
    for currency, values in {
        "EUR": "500 200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01",
        "USD": "100 50 20 10 5 2 1 0.50 0.25 0.10 0.05 0.01",
        "CHF": "1000 200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05",
        "GBP": "50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01",
        "CAD": "100 50 20 10 5 2 1 0.25 0.10 0.05",
        "NOK": "1000 500 200 100 50 20 10 5 1",
        "SEK": "1000 500 200 100 50 20 10 5 2 1",
        "DKK": "1000 500 200 100 50 20 10 5 2 1 0.50",
        "PLN": "500 200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01",
        "CZK": "5000 2000 1000 500 200 100 50 20 10 5 2 1",
        "JPY": "10000 5000 2000 1000 500 100 50 10 5 1",
        "KWD": "20 10 5 1 0.500 0.250 0.100 0.050 0.020 0.010 0.005",
    }.items()
}
MOST_PIECES = 1_000_000
Pieces = tuple[tuple[Decimal, int], ...]


def read_pieces(given: Iterable[tuple[str, int]]) -> Pieces:
    """How many of each value, those of which there are none left out. Raises FieldError."""
    found = []
    for value, pieces in given:
        if not 0 <= pieces <= MOST_PIECES:
            raise FieldError("BAD_VALUE", {"value": shown(str(pieces)), "words": [f"0-{MOST_PIECES}"]}, "none_of")
        if pieces:
            found.append((money(value), pieces))
    return tuple(found)


def total_of(pieces: Pieces) -> Decimal:
    """What coins and notes come to."""
    return sum((value * count for value, count in pieces), ZERO)
