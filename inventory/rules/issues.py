"""What a decision moves: the cost of each take, stock deltas, debt and credit of default batches."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from inventory.rules.costing import PoolCost, share_of
from inventory.rules.default_stock import DefaultStock, Place
from inventory.rules.stock import DEFAULT_BATCH, Allocation, PriorAllocation, Reason, Source, Stock, StockKey


@dataclass(slots=True)
class Delta:
    """What an on-hand row changes by, and the lowest that it stands at on the way. `came_back_at` is set when a return brought stock.

    The stock of a default batch (`is_default`) follows its debts and credits, so nothing is added to it here.
    """

    quantity: Decimal = ZERO
    may_go_negative: bool = False
    came_back_at: datetime | None = None
    is_default: bool = False
    lowest: Decimal = ZERO


class Adjustment(NamedTuple):
    """What returns of one order change of the value of stock beside the cost that they bring back; `cost` is the pool as it is then."""

    pool: StockKey
    order_id: int
    date: date
    amount: Decimal
    quantity: Decimal
    unit_cost: Decimal


@dataclass(slots=True)
class IssuePlan:
    """All stock effects of a chunk. `costs` are the costs of the takes, in their order and with their sign."""

    default_stock: DefaultStock
    deltas: dict[tuple[int, int, int | None], Delta] = field(default_factory=dict)
    costs: list[Decimal] = field(default_factory=list)
    cost_of_order: dict[int, Decimal] = field(default_factory=dict)
    adjustments: list[Adjustment] = field(default_factory=list)


def with_default_batch(takes: Iterable[Allocation], default_batch_of_item: Mapping[int, int]) -> list[Allocation]:
    """The takes with the default batch's row in place of its stand-in."""
    return [take if take.batch_id != DEFAULT_BATCH else take._replace(batch_id=default_batch_of_item[take.need.item_id]) for take in takes]


class _Issued:
    """What sold lines took of each batch and what it cost, less what came back; by (line, batch)."""

    __slots__ = ("_left",)

    def __init__(self, earlier: Mapping[int, Sequence[PriorAllocation]]) -> None:
        self._left: dict[tuple[int, int | None], tuple[Decimal, Decimal]] = {}
        for line_id, takes in earlier.items():
            for take in takes:
                self.add(line_id, take.batch_id, take.quantity, take.cost)

    def add(self, line_id: int, batch_id: int | None, quantity: Decimal, cost: Decimal) -> None:
        before = self._left.get((line_id, batch_id), (ZERO, ZERO))
        self._left[line_id, batch_id] = (before[0] + quantity, before[1] + cost)

    def return_line(self, line_id: int, batch_id: int | None, quantity: Decimal, decimals: int) -> Decimal:
        """The cost of what comes back; with the last of it, all that is left of the cost."""
        left, cost = self._left[line_id, batch_id]
        back = share_of(cost, quantity, left, decimals)
        self._left[line_id, batch_id] = (left - quantity, cost - back)
        return back


def plan_issue(
    takes: Iterable[Allocation],
    stocks: Mapping[StockKey, Stock],
    costs: Mapping[StockKey, PoolCost],
    earlier: Mapping[int, Sequence[PriorAllocation]],
    default_stock: DefaultStock,
    default_batches: Collection[int],
) -> IssuePlan:
    """Stock effects of takes (default batches resolved).

    Sales and blind returns cost what stock costs at that moment, in the order of the takes; linked returns bring back what their sale
    cost. Moves `costs` and `default_stock` along.
    """
    plan = IssuePlan(default_stock)
    issued = _Issued(earlier)
    adjusted: dict[tuple[int, StockKey], Decimal] = {}
    dates: dict[int, date] = {}
    deltas = plan.deltas
    for take in takes:
        need, _, batch_id, quantity, source, reason = take
        pool = (need.warehouse_id, need.item_id)
        pool_cost = costs[pool]
        if quantity < 0 and need.return_of is not None:
            back = issued.return_line(need.return_of, batch_id, -quantity, pool_cost.decimals)
            change = pool_cost.take_back(-quantity, back)
            cost = -back
            if change:
                adjusted[need.order_id, pool] = adjusted.get((need.order_id, pool), ZERO) + change
                dates[need.order_id] = need.day
        else:
            cost = pool_cost.issue(quantity)
            if quantity > 0:
                issued.add(need.line_id, batch_id, quantity, cost)
        plan.costs.append(cost)
        plan.cost_of_order[need.order_id] = plan.cost_of_order.get(need.order_id, ZERO) + cost
        delta = deltas.get((*pool, batch_id))
        if delta is None:
            delta = deltas[*pool, batch_id] = Delta()
        if quantity < 0:
            delta.came_back_at = min(delta.came_back_at or need.at, need.at)
        if batch_id in default_batches:
            assert batch_id is not None
            delta.is_default = True
            place = Place(*pool, batch_id)
            if quantity < 0:
                default_stock.come_back(place, need, -quantity)
            elif default_stock.take(place, need, quantity, pool_cost.unit_cost, reason):
                delta.may_go_negative = True
            continue
        delta.quantity -= quantity
        if delta.quantity < delta.lowest:
            delta.lowest = delta.quantity
        if source is Source.UNTRACKED or reason is Reason.CAPTURED_NEGATIVE:
            delta.may_go_negative = stocks[pool].policy.negative_physical
    plan.adjustments = [
        Adjustment(pool, order_id, dates[order_id], amount, costs[pool].quantity, costs[pool].unit_cost)
        for (order_id, pool), amount in adjusted.items()
        if amount
    ]
    return plan


class Settled(NamedTuple):
    """So much of what a line took from a default batch was a real batch's after all, with its cost (negative: that was undone)."""

    line_id: int
    default_batch_id: int
    batch_id: int
    quantity: Decimal
    cost: Decimal


Part = tuple[int, int | None, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Taken:
    """What posted lines took, (line, batch, quantity, cost) first taken first, and what came back of them since."""

    taken: Sequence[Part] = ()
    returned: Sequence[Part] = ()

    def __bool__(self) -> bool:
        return bool(self.taken)

    @property
    def lines(self) -> set[int]:
        """The lines that took something."""
        return {part[0] for part in self.taken}


def still_taken(what: Taken, settled: Iterable[Settled] = ()) -> dict[int, list[PriorAllocation]]:
    """What lines took of each batch less what came back, with its cost, first taken first; last taken comes back first.

    What was settled stands with its real batch, before what is still on the default batch. What came back of a batch that has less by
    now, because the sale was settled afterwards or that was undone, counts as come back of the last batch that has something.
    """
    lines: dict[int, dict[int | None, PriorAllocation]] = {}
    for line_id, batch_id, quantity, cost in what.taken:
        _add(lines.setdefault(line_id, {}), batch_id, quantity, cost)
    for one in settled:
        of_line = lines[one.line_id]
        if one.batch_id not in of_line:
            lines[one.line_id] = of_line = _before(of_line, one.default_batch_id, one.batch_id)
        _add(of_line, one.default_batch_id, -one.quantity, -one.cost)
        _add(of_line, one.batch_id, one.quantity, one.cost)
    for line_id, batch_id, quantity, cost in what.returned:
        _add(lines[line_id], batch_id, -quantity, -cost)
    return {line_id: _what_is_left(of_line) for line_id, of_line in lines.items()}


def _add(of_line: dict[int | None, PriorAllocation], batch_id: int | None, quantity: Decimal, cost: Decimal) -> None:
    _, before, cost_before = of_line.get(batch_id, (None, ZERO, ZERO))
    of_line[batch_id] = PriorAllocation(batch_id, before + quantity, cost_before + cost)


def _before(of_line: Mapping[int | None, PriorAllocation], place: int, batch_id: int) -> dict[int | None, PriorAllocation]:
    """The takes of a line with one of a further batch, nothing yet, before that of another batch."""
    found: dict[int | None, PriorAllocation] = {}
    for key, take in of_line.items():
        if key == place:
            found[batch_id] = PriorAllocation(batch_id, ZERO)
        found[key] = take
    return found


def _what_is_left(of_line: Mapping[int | None, PriorAllocation]) -> list[PriorAllocation]:
    """Takes with something left; what others have below nothing, in quantity or only in cost, goes to the last of these."""
    left = list(of_line.values())
    while any(take.quantity < 0 or (not take.quantity and take.cost) for take in left):
        place = next(place for place, take in enumerate(left) if take.quantity < 0 or (not take.quantity and take.cost))
        gone = left.pop(place)
        last = next((place for place in reversed(range(len(left))) if left[place].quantity > 0), None)
        if last is not None:
            take = left[last]
            left[last] = PriorAllocation(take.batch_id, take.quantity + gone.quantity, take.cost + gone.cost)
    return [take for take in left if take.quantity]
