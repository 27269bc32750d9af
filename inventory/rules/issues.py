"""What a decision moves: movements per order line and batch with their cost, stock deltas, batch debt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from inventory.rules.stock import DEFAULT_BATCH, ZERO, Allocation, PriorAllocation, Reason, Source, Stock

CENT = Decimal("0.01")

Pool = tuple[int, int]


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
    """What an on-hand row changes by. `came_back_at` is set when a return brought stock."""

    quantity: Decimal = ZERO
    may_go_negative: bool = False
    came_back_at: datetime | None = None


class Debt(NamedTuple):
    """A quantity that one line took from the default batch."""

    warehouse_id: int
    item_id: int
    batch_id: int
    line_id: int
    quantity: Decimal
    business_date: date
    unit_cost: Decimal


@dataclass(slots=True)
class IssuePlan:
    """All stock effects of a chunk; `returned` is what came back of a sold line to a batch, by (line, batch)."""

    movements: list[Movement] = field(default_factory=list)
    deltas: dict[tuple[int, int, int | None], Delta] = field(default_factory=dict)
    debts: list[Debt] = field(default_factory=list)
    returned: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    cost_of_order: dict[int, Decimal] = field(default_factory=dict)


def cost_of(quantity: Decimal, unit_cost: Decimal) -> Decimal:
    """Cost of a quantity, rounded half up to the cent; the sign follows the quantity."""
    return (quantity * unit_cost).quantize(CENT, ROUND_HALF_UP)


def with_default_batch(takes: Iterable[Allocation], placeholder_of_item: Mapping[int, int]) -> list[Allocation]:
    """The takes with the default batch's row in place of its stand-in."""
    return [take if take.batch_id != DEFAULT_BATCH else take._replace(batch_id=placeholder_of_item[take.need.item_id]) for take in takes]


def plan_issue(
    takes: Iterable[Allocation], stocks: Mapping[Pool, Stock], unit_costs: Mapping[Pool, Decimal], *, by_line: bool = False
) -> IssuePlan:
    """Stock effects of takes (default batches resolved); one movement per batch and order line, or with `by_line` per line itself."""
    plan = IssuePlan()
    moved: dict[tuple[int, int | None], list[Decimal | Allocation]] = {}
    deltas = plan.deltas
    for take in takes:
        need, _, batch_id, quantity, source, reason = take
        warehouse_id, item_id = need.warehouse_id, need.item_id
        mover = need.line_id if by_line else need.order_line_id
        entry = moved.get((mover, batch_id))
        if entry is None:
            moved[mover, batch_id] = [quantity, take]
        else:
            entry[0] += quantity  # type: ignore[operator]
        delta = deltas.get((warehouse_id, item_id, batch_id))
        if delta is None:
            delta = deltas[warehouse_id, item_id, batch_id] = Delta()
        delta.quantity -= quantity
        if quantity < 0:
            delta.came_back_at = min(delta.came_back_at or need.at, need.at)
            if need.return_of is not None and batch_id is not None:
                back = (need.return_of, batch_id)
                plan.returned[back] = plan.returned.get(back, ZERO) - quantity
        elif source is Source.DEFAULT:
            delta.may_go_negative = True
            plan.debts.append(
                Debt(warehouse_id, item_id, batch_id or DEFAULT_BATCH, need.line_id, quantity, need.day, unit_costs[warehouse_id, item_id])
            )
        elif source is Source.UNTRACKED or reason is Reason.CAPTURED_NEGATIVE:
            delta.may_go_negative = stocks[warehouse_id, item_id].policy.negative_physical
    _add_movements(plan, moved, unit_costs)
    return plan


def _add_movements(
    plan: IssuePlan, moved: dict[tuple[int, int | None], list[Decimal | Allocation]], unit_costs: Mapping[Pool, Decimal]
) -> None:
    costs = plan.cost_of_order
    for (line_id, batch_id), (quantity, take) in moved.items():
        assert isinstance(quantity, Decimal)
        assert isinstance(take, Allocation)
        need = take.need
        cost = cost_of(-quantity, unit_costs[need.warehouse_id, need.item_id])
        costs[need.order_id] = costs.get(need.order_id, ZERO) - cost
        plan.movements.append(Movement(need.warehouse_id, need.item_id, batch_id, -quantity, need.day, line_id, cost))


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
