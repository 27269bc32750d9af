"""The values that allocation decides over: needs, batches in stock, policies, and the takes that come out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from core.lib.decimals import ZERO

# Stands for the default batch in takes until its row is known: the row is made per item on first use, after the decision.
DEFAULT_BATCH = -1

# Warehouse and item; with the batch of a row of on-hand, None for untracked items.
StockKey = tuple[int, int]
OnHandKey = tuple[int, int, int | None]


class Policy(StrEnum):
    """Order in which valid batches are used."""

    FEFO = "fefo"
    FIFO = "fifo"
    LIFO = "lifo"
    BATCH_NUMBER = "batch_number"


class Source(StrEnum):
    """Where the batch of a take came from."""

    CAPTURED = "captured"
    ALLOCATED = "allocated"
    DEFAULT = "default"
    RETURNED = "returned"
    UNTRACKED = "untracked"


class Reason(StrEnum):
    """Why this batch; for the default batch, why no real one."""

    FEFO = "FEFO"
    FIFO = "FIFO"
    LIFO = "LIFO"
    BATCH_NUMBER = "BATCH_NUMBER"
    CAPTURED = "CAPTURED"
    CAPTURED_NEGATIVE = "CAPTURED_NEGATIVE"
    LINKED_RETURN = "LINKED_RETURN"
    BLIND_RETURN = "BLIND_RETURN"
    NOT_TRACKED = "NOT_TRACKED"
    NO_BATCH = "NO_BATCH"
    STOCK_USED_UP = "STOCK_USED_UP"
    RESERVED = "RESERVED"
    RECEIVED_LATER = "RECEIVED_LATER"
    EXPIRED = "EXPIRED"
    BLOCKED = "BLOCKED"


class Demand(NamedTuple):
    """A line that wants stock, quantity in the item's unit; returns are negative.

    `day` is the date that batches are judged by (business date for statements, today for customer orders), `at` the instant of the sale.
    `batch_id` is what the till captured; `return_of` the line that came back, None for a blind return.
    """

    line_id: int
    order_id: int
    order_line_id: int
    warehouse_id: int
    item_id: int
    quantity: Decimal
    day: date
    at: datetime
    batch_id: int | None = None
    return_of: int | None = None


class BatchStock(NamedTuple):
    """A batch of an item in one warehouse, in the item's unit."""

    batch_id: int
    number: str
    physical: Decimal
    reserved: Decimal
    expires_on: date | None
    first_received_at: datetime | None
    blocked: bool
    is_default_batch: bool


class Allocation(NamedTuple):
    """This much of a line from that batch; negative goes back to it. `ordinal` counts the takes of a line from 1."""

    need: Demand
    ordinal: int
    batch_id: int | None
    quantity: Decimal
    source: Source
    reason: Reason


class PriorAllocation(NamedTuple):
    """What a posted line took from a batch, in order, and what that cost; less what was returned to it since."""

    batch_id: int | None
    quantity: Decimal
    cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """What item and warehouse say together about the stock of one (warehouse, item)."""

    tracked: bool
    policy: Policy
    negative_physical: bool
    negative_financial: bool
    advanced: bool
    plate_controlled: bool


@dataclass(frozen=True, slots=True)
class FallbackSettings:
    """The parameters of the path in question (statements or customer orders) that batch choice depends on."""

    use_default_batch: bool
    default_batch_id: str
    scope_advanced_only: bool
    sellable_on_expiration_date: bool = True
    use_batches_received_after_sale: bool = False
    limit_quantity: Decimal | None = None
    limit_value: Decimal | None = None
    stops_over_limit: bool = False
    limit_share: Decimal | None = None
    # What is stopped may be approved (`Issuing.approved`).
    asks_over_limit: bool = False


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything about one (warehouse, item) at the moment of decision.

    `physical` is the item's total over all batches; `reserved_loose` is reserved of what lies here without a batch. `had_batches` says
    whether a real batch was ever here. `real_numbers` are default batch ids that are real batches of the item.
    """

    policy: StockPolicy
    physical: Decimal = ZERO
    batches: Sequence[BatchStock] = ()
    had_batches: bool = False
    reserved_loose: Decimal = ZERO
    real_numbers: Collection[str] = ()


class Failure(NamedTuple):
    """A need that cannot be met, with its code and the quantity that is missing."""

    need: Demand
    code: str
    missing: Decimal


@dataclass(frozen=True, slots=True)
class Decision:
    """Takes of all orders that go through; failures by order that does not."""

    takes: Sequence[Allocation]
    failures: Mapping[int, Sequence[Failure]]
