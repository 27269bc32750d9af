"""What may happen in a shop, one kind of step each: a file comes in, parameters are set, something is posted, settled or taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.oracle.rows import Payment

Rows = Sequence[Mapping[str, str]]
LineKey = tuple[str, ...]


@dataclass(frozen=True)
class File:
    """A file that was imported; `refused` are the numbers of its lines that headquarters did not take."""

    kind: str
    text: str
    refused: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Parameters:
    """Parameters that were set, of one legal entity or of the only one."""

    values: Mapping[str, str]
    legal_entity: str | None = None


@dataclass(frozen=True)
class Costing:
    """A page set the costing method of all items."""

    moving_average: bool


@dataclass(frozen=True)
class Posting:
    """Something was posted; the exports of allocations as they were after it."""

    allocations: Rows
    order_allocations: Rows


@dataclass(frozen=True)
class Settlements:
    """Batch debt was settled, or that was undone; the export of settlements as it was after it."""

    rows: Rows


@dataclass(frozen=True)
class TakingBack:
    """Something posted was reversed: transactions alone, or statements and deliveries; the exports as they were after it."""

    transactions: tuple[LineKey, ...]
    allocations: Rows
    order_allocations: Rows


@dataclass(frozen=True)
class HandOver:
    """A counter was asked to give out an order's goods: quantities by line number (None: all that is left), and what was paid for them."""

    order: str
    quantities: Mapping[int, Decimal] | None
    payments: tuple[Payment, ...]


Step = File | Parameters | Costing | Posting | Settlements | TakingBack | HandOver
