"""Setting stock aside for customer orders, and issuing what was reserved.

A reservation takes real batches by the policy of the item, never the default batch, and may cover less than is wanted. What is issued
later comes first from the line's own reservations, as far as their batches are still valid, and is decided like any sale for the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from inventory.rules.allocation import REASON_OF_POLICY, Earlier, decide, real_batches, rejection_reason
from inventory.rules.stock import (
    Allocation,
    BatchStock,
    Decision,
    Demand,
    Failure,
    FallbackSettings,
    Reason,
    Source,
    Stock,
    StockKey,
)

_DEPENDENT = frozenset({"FINANCIAL_NEGATIVE_NOT_ALLOWED", "CAPTURED_BATCH_SHORT"})


class Reserved(NamedTuple):
    """What is reserved for an order line, in the order in which it is used; `reason` is the policy that chose the batch."""

    batch_id: int | None
    quantity: Decimal
    reason: str


class Used(NamedTuple):
    """This much of a line's reservation is issued."""

    order_line_id: int
    warehouse_id: int
    item_id: int
    batch_id: int | None
    quantity: Decimal


Reservations = Mapping[int, Sequence[Reserved]]


@dataclass(slots=True)
class ReservedDecision:
    """A decision, and what it uses up of the reservations of the orders that go through."""

    decision: Decision
    used: list[Used] = field(default_factory=list)


def reserve(needs: Sequence[Demand], stocks: Mapping[StockKey, Stock], settings: FallbackSettings) -> list[Allocation]:
    """Takes of real batches for needs in their order; a need that stock does not cover gets less or nothing."""
    left_in: dict[StockKey, dict[int | None, Decimal]] = {}
    takes: list[Allocation] = []
    for need in needs:
        if need.quantity <= 0:
            continue
        pool = (need.warehouse_id, need.item_id)
        left = left_in.get(pool)
        if left is None:
            left = left_in[pool] = unreserved(stocks[pool])
        takes += _reserve_one(need, stocks[pool], left, settings)
    return takes


def unreserved(stock: Stock) -> dict[int | None, Decimal]:
    """What nobody has reserved, by batch; None is what lies here without a batch."""
    free: dict[int | None, Decimal] = {batch.batch_id: batch.physical - batch.reserved for batch in stock.batches}
    free[None] = stock.physical - sum((batch.physical for batch in stock.batches), ZERO) - stock.reserved_loose
    return free


def _reserve_one(need: Demand, stock: Stock, left: dict[int | None, Decimal], settings: FallbackSettings) -> list[Allocation]:
    wanted = need.quantity
    takes: list[Allocation] = []
    for batch_id, reason in _choices(need, stock, settings):
        part = min(left.get(batch_id, ZERO), wanted)
        if part > 0:
            takes.append(Allocation(need, len(takes) + 1, batch_id, part, Source.ALLOCATED, reason))
            left[batch_id] -= part
            wanted -= part
    return takes


def _choices(need: Demand, stock: Stock, settings: FallbackSettings) -> list[tuple[int | None, Reason]]:
    if not stock.policy.tracked:
        return [(None, Reason.NOT_TRACKED)]
    if need.batch_id is not None:
        return [(need.batch_id, Reason.CAPTURED)]
    reason = REASON_OF_POLICY[stock.policy.policy]
    return [(batch.batch_id, reason) for batch in real_batches(stock) if rejection_reason(batch, need, settings) is None]


def decide_reserved(
    needs: Sequence[Demand], stocks: Mapping[StockKey, Stock], earlier: Earlier, settings: FallbackSettings, reservations: Reservations
) -> ReservedDecision:
    """As `allocation.decide`, with reservations by order line.

    What a line takes from its own reservation leaves the unreserved stock of everybody else as it is, so orders that fail are taken out
    with their reservations untouched and the rest is decided again.
    """
    if not reservations:
        return ReservedDecision(decide(needs, stocks, earlier, settings))
    out: dict[int, Sequence[Failure]] = {}
    while True:
        here = [need for need in needs if need.order_id not in out]
        own, used, rest, left = take_reserved(here, stocks, settings, reservations)
        decision = decide(rest, left, earlier, settings)
        if not decision.failures:
            return ReservedDecision(Decision([*own, *_after(own, decision.takes)], out), used)
        out |= _certain(decision.failures)


def _certain(failures: Mapping[int, Sequence[Failure]]) -> Mapping[int, Sequence[Failure]]:
    """Orders that fail whatever the others do; where there are none, all of them.

    The goods of an order that fails stay here, which may be what another one, refused for the item's total or for its captured batch,
    was lacking.
    """
    certain = {order: failed for order, failed in failures.items() if any(failure.code not in _DEPENDENT for failure in failed)}
    return certain or failures


def take_reserved(
    needs: Sequence[Demand], stocks: Mapping[StockKey, Stock], settings: FallbackSettings, reservations: Reservations
) -> tuple[list[Allocation], list[Used], list[Demand], dict[StockKey, Stock]]:
    """What the lines' own valid reservations give, what they use up, the needs that remain, and the stock that is left for them."""
    own: list[Allocation] = []
    used: list[Used] = []
    rest: list[Demand] = []
    given: dict[StockKey, dict[int | None, Decimal]] = {}
    left = {line: list(parts) for line, parts in reservations.items()}
    for need in needs:
        pool = (need.warehouse_id, need.item_id)
        wanted = need.quantity
        known = {batch.batch_id: batch for batch in stocks[pool].batches}
        ordinal = 0
        parts = left.get(need.order_line_id, []) if wanted > 0 and need.batch_id is None else []
        for place, part in enumerate(parts):
            take = min(part.quantity, wanted)
            of_pool = given.get(pool, {})
            if take <= 0 or not _still_valid(part, take + of_pool.get(part.batch_id, ZERO), known, need, settings):
                continue
            parts[place] = part._replace(quantity=part.quantity - take)
            used.append(Used(need.order_line_id, *pool, part.batch_id, take))
            given[pool] = of_pool
            of_pool[part.batch_id] = of_pool.get(part.batch_id, ZERO) + take
            if part.batch_id is not None:
                ordinal += 1
                own.append(Allocation(need, ordinal, part.batch_id, take, Source.ALLOCATED, Reason(part.reason)))
                wanted -= take
        if wanted:
            rest.append(need._replace(quantity=wanted))
    return own, used, rest, {pool: _without(stock, given.get(pool, {})) for pool, stock in stocks.items()}


def _still_valid(part: Reserved, out: Decimal, known: Mapping[int, BatchStock], need: Demand, settings: FallbackSettings) -> bool:
    """A batch may have expired or been blocked since it was reserved, or a statement's captured line may have emptied it.

    `out` is what leaves it with this part and those before.
    """
    if part.batch_id is None:
        return True
    batch = known.get(part.batch_id)
    return batch is not None and batch.physical >= out and rejection_reason(batch, need, settings) is None


def _without(stock: Stock, given: Mapping[int | None, Decimal]) -> Stock:
    """Stock after its own reservations were used: physical and reserved fall alike, what is unreserved stays."""
    if not given:
        return stock
    batches = tuple(
        batch._replace(physical=batch.physical - given[batch.batch_id], reserved=batch.reserved - given[batch.batch_id])
        if batch.batch_id in given
        else batch
        for batch in stock.batches
    )
    out = sum((quantity for batch_id, quantity in given.items() if batch_id is not None), ZERO)
    return replace(stock, physical=stock.physical - out, batches=batches, reserved_loose=stock.reserved_loose - given.get(None, ZERO))


def _after(own: Sequence[Allocation], takes: Sequence[Allocation]) -> list[Allocation]:
    """The takes with ordinals that go on after those from the line's reservation, and the whole need of the line."""
    last: dict[int, Allocation] = {take.need.line_id: take for take in own}
    return [
        take._replace(need=before.need, ordinal=take.ordinal + before.ordinal) if (before := last.get(take.need.line_id)) else take
        for take in takes
    ]
