"""What a decision moves: movements per order line and batch with their cost, stock deltas, debt and credit of default batches."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from inventory.rules.costing import PoolCost, share_of
from inventory.rules.default_stock import DefaultStock, Place
from inventory.rules.stock import DEFAULT_BATCH, Allocation, PriorAllocation, Reason, Source, Stock, StockKey


class Movement(NamedTuple):
    """One inventory transaction of an order line or delivery line: issues negative, cost with the same sign."""

    warehouse_id: int
    item_id: int
    batch_id: int | None
    quantity: Decimal
    date: date
    line_id: int
    cost_amount: Decimal


@dataclass(slots=True)
class Delta:
    """What an on-hand row changes by. `came_back_at` is set when a return brought stock.

    The stock of a default batch (`is_default`) follows its debts and credits, so nothing is added to it here.
    """

    quantity: Decimal = ZERO
    may_go_negative: bool = False
    came_back_at: datetime | None = None
    is_default: bool = False


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
    movements: list[Movement] = field(default_factory=list)
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
    *,
    by_line: bool = False,
) -> IssuePlan:
    """Stock effects of takes (default batches resolved); one movement per batch and order line, or with `by_line` per line itself.

    Sales and blind returns cost what stock costs at that moment, in the order of the takes; linked returns bring back what their sale
    cost. Moves `costs` and `default_stock` along.
    """
    plan = IssuePlan(default_stock)
    issued = _Issued(earlier)
    moved: dict[tuple[int, int | None], list[Decimal | Allocation]] = {}
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
        mover = need.line_id if by_line else need.order_line_id
        entry = moved.get((mover, batch_id))
        if entry is None:
            moved[mover, batch_id] = [quantity, cost, take]
        else:
            entry[0] += quantity  # type: ignore[operator]
            entry[1] += cost  # type: ignore[operator]
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
            elif default_stock.take(place, need, quantity, pool_cost.unit_cost):
                delta.may_go_negative = True
            continue
        delta.quantity -= quantity
        if source is Source.UNTRACKED or reason is Reason.CAPTURED_NEGATIVE:
            delta.may_go_negative = stocks[pool].policy.negative_physical
    _add_movements(plan, moved)
    plan.adjustments = [
        Adjustment(pool, order_id, dates[order_id], amount, costs[pool].quantity, costs[pool].unit_cost)
        for (order_id, pool), amount in adjusted.items()
        if amount
    ]
    return plan


def _add_movements(plan: IssuePlan, moved: dict[tuple[int, int | None], list[Decimal | Allocation]]) -> None:
    costs = plan.cost_of_order
    for (line_id, batch_id), (quantity, cost, take) in moved.items():
        assert isinstance(quantity, Decimal)
        assert isinstance(cost, Decimal)
        assert isinstance(take, Allocation)
        need = take.need
        costs[need.order_id] = costs.get(need.order_id, ZERO) + cost
        plan.movements.append(Movement(need.warehouse_id, need.item_id, batch_id, -quantity, need.day, line_id, -cost))


def still_taken(
    taken: Iterable[tuple[int, int | None, Decimal, Decimal]], returned: Iterable[tuple[int, int | None, Decimal, Decimal]]
) -> dict[int, list[PriorAllocation]]:
    """What lines took, (line, batch, quantity, cost) first taken first, less what came back; last taken comes back first."""
    left: dict[int, list[PriorAllocation]] = {}
    cost_left: dict[tuple[int, int | None], Decimal] = {}
    for line_id, batch_id, quantity, cost in taken:
        left.setdefault(line_id, []).append(PriorAllocation(batch_id, quantity))
        cost_left[line_id, batch_id] = cost_left.get((line_id, batch_id), ZERO) + cost
    for line_id, batch_id, quantity, cost in returned:
        left[line_id] = less(left[line_id], batch_id, quantity)
        cost_left[line_id, batch_id] = cost_left.get((line_id, batch_id), ZERO) - cost
    # The cost of a batch stands on the first of its takes: whoever gives it back adds the takes of a batch up.
    return {
        line_id: [take._replace(cost=cost_left.pop((line_id, take.batch_id), ZERO)) for take in takes] for line_id, takes in left.items()
    }


def less(takes: Sequence[PriorAllocation], batch_id: int | None, quantity: Decimal) -> list[PriorAllocation]:
    """The takes without `quantity` of one batch, last taken first."""
    remaining: list[PriorAllocation] = []
    for take in reversed(takes):
        if take.batch_id == batch_id and quantity > 0:
            gone = min(quantity, take.quantity)
            quantity -= gone
            take = PriorAllocation(batch_id, take.quantity - gone)
        if take.quantity:
            remaining.append(take)
    return remaining[::-1]
