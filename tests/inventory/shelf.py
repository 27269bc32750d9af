"""Short words for needs, batches and stocks, and Hypothesis strategies for whole decisions; no database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from core.lib.decimals import ZERO
from inventory.rules.expiry import is_expired
from inventory.rules.stock import (
    Allocation,
    BatchStock,
    Decision,
    Demand,
    FallbackSettings,
    Policy,
    PriorAllocation,
    Stock,
    StockKey,
    StockPolicy,
)

DAY = date(2024, 5, 1)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=30)
WAREHOUSE, ITEM = 1, 10
DEFAULT = "DEF"

OPEN = StockPolicy(
    tracked=True, policy=Policy.FEFO, negative_physical=True, negative_financial=True, advanced=False, plate_controlled=False
)
STRICT = replace(OPEN, negative_physical=False, negative_financial=False)
FALLS_BACK = FallbackSettings(use_default_batch=True, default_batch_id=DEFAULT, scope_advanced_only=False)
NO_FALLBACK = FallbackSettings(use_default_batch=False, default_batch_id="", scope_advanced_only=False)


def need(
    line: int,
    quantity: int | str,
    *,
    order: int = 0,
    item: int = ITEM,
    warehouse: int = WAREHOUSE,
    day: int = 0,
    batch: int | None = None,
    return_of: int | None = None,
    at: datetime | None = None,
) -> Demand:
    """A line; its order is its own number where none is given, `day` counts from DAY."""
    moment = at or NOON + timedelta(days=day, minutes=line)
    order_line = 1000 * (order or line) + item  # an order line has one item
    return Demand(line, order or line, order_line, warehouse, item, Decimal(quantity), DAY + timedelta(days=day), moment, batch, return_of)


def batch(
    number: str,
    quantity: int | str,
    *,
    expires: date | None = None,
    received: datetime | None = LONG_AGO,
    reserved: int | str = 0,
    blocked: bool = False,
    is_default_batch: bool = False,
) -> BatchStock:
    """A batch in stock; its id follows from its number."""
    row = sum(ord(letter) * 7**place for place, letter in enumerate(number))
    return BatchStock(row, number, Decimal(quantity), Decimal(reserved), expires, received, blocked, is_default_batch)


def stock(*batches: BatchStock, policy: StockPolicy = OPEN, blank: int | str = 0, had_batches: bool = False) -> Stock:
    """The stock of one item; `blank` is what is there without a batch."""
    return Stock(policy, sum((row.physical for row in batches), Decimal(blank)), batches, had_batches or bool(batches))


def taken(takes: Sequence[Allocation], line: int) -> list[tuple[int | None, Decimal]]:
    """Batch and quantity of each take of a line, in order."""
    return [(take.batch_id, take.quantity) for take in takes if take.need.line_id == line]


@dataclass(frozen=True)
class Case:
    """Everything that one call of `decide` is given."""

    needs: tuple[Demand, ...]
    stocks: dict[StockKey, Stock]
    earlier: dict[int, list[PriorAllocation]]
    settings: FallbackSettings


def is_valid(row: BatchStock, of: Demand, settings: FallbackSettings) -> bool:
    """docs/domain.md#valid-batch, written a second time: whether the batch may be chosen for the line, stock aside."""
    if row.blocked or row.is_default_batch:
        return False
    if row.expires_on is not None and is_expired(row.expires_on, of.day, settings.sellable_on_expiration_date):
        return False
    return settings.use_batches_received_after_sale or (row.first_received_at is not None and row.first_received_at <= of.at)


def total_of(decision: Decision, source: str) -> Decimal:
    """Quantity taken from one kind of source."""
    return sum((take.quantity for take in decision.takes if take.source == source), ZERO)


# -- strategies --------------------------------------------------------------------------------------------------------

POOLS = ((1, 10), (1, 20), (2, 10))
QUANTITIES = [Decimal(quarters) / 4 for quarters in (1, 3, 4, 6, 8, 8, 12, 20, 36)]
FLAGS = st.integers(0, 15)
POLICIES = st.builds(
    lambda flags, order, tracked: StockPolicy(tracked > 0, order, bool(flags & 1), bool(flags & 2), bool(flags & 4), bool(flags & 8)),
    FLAGS,
    st.sampled_from(Policy),
    st.integers(0, 4),
)
SETTINGS = st.builds(
    lambda flags, use, number: FallbackSettings(use > 0, number, bool(flags & 1), bool(flags & 2), bool(flags & 4)),
    FLAGS,
    st.integers(0, 3),
    st.sampled_from(["DEF", "DEF", "B1", ""]),
)
BATCHES = st.tuples(
    st.sampled_from([*QUANTITIES, ZERO, Decimal(-2)]),
    st.sampled_from([ZERO, ZERO, ZERO, Decimal(1), Decimal(9)]),
    st.sampled_from([None, *(DAY + timedelta(days=days) for days in (-1, 0, 1, 2))]),
    st.sampled_from([None, *(NOON + timedelta(hours=6 * hours) for hours in (-4, -3, -2, -1, 0, 1, 2, 3))]),
    st.integers(0, 4),
)
LINES = st.tuples(
    st.sampled_from(POOLS),
    st.sampled_from(QUANTITIES),
    st.integers(0, 1),  # day
    st.integers(0, 2),  # order
    st.integers(0, 9),  # kind of line
    st.integers(0, 5),  # which batch or line it names
    st.sampled_from(QUANTITIES),
)


@st.composite
def cases(
    draw: st.DrawFn,
    policies: st.SearchStrategy[StockPolicy] = POLICIES,
    settings: st.SearchStrategy[FallbackSettings] = SETTINGS,
    *,
    returns: bool = True,
) -> Case:
    """Up to ten lines over three pools and two days: sales, captured batches, blind returns, returns of posted lines and of these."""
    stocks = {pool: _stock(draw, draw(policies), 1000 * pool[0] + 10 * pool[1]) for pool in POOLS}
    earlier: dict[int, list[PriorAllocation]] = {}
    needs: list[Demand] = []
    lines = sorted(draw(st.lists(LINES, min_size=1, max_size=10)), key=lambda row: row[2])
    for line, (pool, quantity, day, order, kind, which, sold) in enumerate(lines, 1):
        captured = return_of = None
        known = [row.batch_id for row in stocks[pool].batches]
        # Of this pool, up to this day: a return may stand before its sale of the same day.
        sales = [place for place, row in enumerate(lines, 1) if row[0] == pool and row[2] <= day and row[4] in (0, 1, 2, 3, 7)]
        if kind in (7, 8) and known:
            captured = known[which % len(known)]
        if kind in (4, 5, 6, 8, 9) and returns:
            quantity = -quantity
        if kind == 4 and returns and sales:
            return_of = sales[which % len(sales)]
        if kind in (5, 6) and returns:
            return_of = 500 + pool[1] + pool[0] + 100 * (which % 2)
            if kind == 5 and return_of not in earlier:
                places: list[int | None] = [*known] or [None]
                earlier[return_of] = [PriorAllocation(batch, sold) for batch in {places[which % len(places)], places[0]}]
        number = 100 * pool[0] + 10 * day + order  # an order never spans warehouses or days
        needs.append(need(line, str(quantity), order=number, item=pool[1], warehouse=pool[0], day=day, batch=captured, return_of=return_of))
    return Case(tuple(needs), stocks, earlier, draw(settings))


def _stock(draw: st.DrawFn, policy: StockPolicy, first_batch: int) -> Stock:
    """The stock of one item: up to three batches, one that was never here, and perhaps a placeholder; some of them below zero."""
    if not policy.tracked:
        return Stock(policy, draw(st.sampled_from([*QUANTITIES, ZERO, Decimal(-1)])))
    rows = [
        BatchStock(first_batch + place, f"B{place}", physical, reserved, expires, received, not blocked, False)
        for place, (physical, reserved, expires, received, blocked) in enumerate(draw(st.lists(BATCHES, max_size=3)))
    ]
    # What the reads add for a batch that a line names and that was never in the warehouse.
    rows.append(BatchStock(first_batch + 8, "B8", ZERO, ZERO, None, None, False, False))
    on_default = draw(st.sampled_from([None, Decimal(5), Decimal(-3)]))
    if on_default is not None:
        rows.append(BatchStock(first_batch + 9, "DEF", on_default, ZERO, None, None, False, True))
    return Stock(policy, sum((row.physical for row in rows), ZERO), tuple(rows), True)
