"""A small made-up market: products of every sort that the loader treats differently, and tickets over some days."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from retailhq.demo.derive import Derivation, derive
from retailhq.demo.source import Product, RawLine
from retailhq.demo.stores import Slice

MILK, TUNA, GAS, PREPAID, COUPON, LETTUCE = 101, 102, 103, 104, 105, 106
FRUIT = range(200, 240)
PRODUCTS = (
    Product(MILK, "GROCERY", "Private", "FLUID MILK PRODUCTS", "FLUID MILK WHITE ONLY", "1 GA"),
    Product(TUNA, "GROCERY", "National", "SEAFOOD - SHELF STABLE", "TUNA", "6 OZ"),
    Product(GAS, "FUEL", "Private", "COUPON/MISC ITEMS", "GASOLINE-REG UNLEADED", ""),
    Product(PREPAID, "FUEL", "Private", "FUEL", "GASOLINE-REG UNLEADED", ""),
    Product(LETTUCE, "PRODUCE", "National", "SALAD MIX", "BAGGED SALAD", "10 OZ"),
    *(Product(fruit, "PRODUCE", "National", "TROPICAL FRUIT", f"FRUIT NUMBER {fruit}", "") for fruit in FRUIT),
)
MONDAY = datetime(2017, 3, 6, 12, 0)  # noqa: DTZ001 - the source's stamps have no zone
WEEK = Slice(first_day=date(2017, 3, 6), days=7, stores=2)


@dataclass(frozen=True)
class RowSource:
    """Rows in memory as a source."""

    rows: tuple[RawLine, ...]
    catalogue: tuple[Product, ...]

    def lines(self, first: datetime, until: datetime, stores: frozenset[int] | None) -> Iterator[RawLine]:
        """Yield the matching rows in the order in which they were given."""
        return (row for row in self.rows if first <= row.stamp < until and (stores is None or row.store in stores))

    def products(self) -> Iterator[Product]:
        """Yield the product rows."""
        return iter(self.catalogue)


def raw(product: int, quantity: int | None = 1, value: float | None = 2.5, **other: Any) -> RawLine:
    """Make one row of the source."""
    row = RawLine(1, 367, 9_000, product, quantity, value, 0.0, 0.0, 0.0, MONDAY)
    return row._replace(**other)


def market(stores: tuple[int, ...] = (367, 356, 292), days: int = 14, baskets: int = 6) -> RowSource:
    """Make tickets of some stores and days, a few of them dirty like the real ones."""
    return RowSource(tuple(sorted(rows(stores, days, baskets), key=lambda row: (row.stamp, row.basket))), PRODUCTS)


def rows(stores: tuple[int, ...], days: int, baskets: int) -> Iterator[RawLine]:
    """Yield the rows of the market, store by store."""
    number = 30_000
    for place, store in enumerate(stores):
        for day in range(days):
            for basket in range(baskets - place):
                number += 1
                stamp = MONDAY + timedelta(days=day, minutes=97 * basket + place)
                common = {"household": basket + 1, "store": store, "basket": number, "stamp": stamp}
                yield raw(MILK, 1 + basket % 3, 3.29 * (1 + basket % 3), **common)
                yield raw(LETTUCE, 1, 1.99, retail_disc=0.5, **common)
                yield raw(FRUIT[(7 * basket + 3 * day + place) % len(FRUIT)], 2, 1.58, **common)
                yield raw(TUNA, 4, 3.33, coupon_disc=0.25, coupon_match_disc=0.25, **common)
                if basket == 1:
                    yield raw(GAS, 8_977 + day, 24.5, **common)
                    yield raw(COUPON, 0, 0.0, coupon_disc=1.0, **common)
                if basket == 2:
                    yield raw(PREPAID, 1, 20.0, **common)
                    yield raw(999, 2, 0.0, **common)


def derived(folder: Path, source: RowSource | None = None, wanted: Slice = WEEK) -> Derivation:
    """Derive a slice of the market into `folder`."""
    return derive(source or market(), wanted, folder)


def table(path: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def transactions(folder: Path) -> list[dict[str, Any]]:
    """Read the transactions file."""
    return [json.loads(line) for line in (folder / "transactions.ndjson").read_text(encoding="utf-8").splitlines()]
