"""How much of an item group may be owed on default batches in a week, by warehouse (docs/domain.md#fallback-limits)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.messages import Message
from inventory.rules.stock import Allocation, Failure, FallbackSettings, Source


class BudgetKey(NamedTuple):
    """An item group in a warehouse, in the week that begins on that Monday."""

    item_group: str
    warehouse_id: int
    week: date


class Spent(NamedTuple):
    """What went to default batches: quantity in the items' units, and value at cost."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO


class OverLimit(NamedTuple):
    """A budget that is passed: what was spent with what is to come, and the orders that it comes from."""

    key: BudgetKey
    spent: Spent
    order_ids: frozenset[int]

    @property
    def message(self) -> Message:
        """What the document says that passed it and was let through."""
        return Message(
            "Item group {group}, week from {week}: {quantity} units worth {value} on default batches, above the limit.",
            {
                "group": self.key.item_group,
                "week": self.key.week,
                "quantity": self.spent.quantity.normalize(),
                "value": self.spent.value,
            },
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """What was spent before, by budget, and the item group of each item."""

    spent: Mapping[BudgetKey, Spent] = field(default_factory=dict)
    group_of_item: Mapping[int, str] = field(default_factory=dict)

    def key_of(self, take: Allocation) -> BudgetKey:
        """The budget that a take is paid from."""
        need = take.need
        return BudgetKey(self.group_of_item[need.item_id], need.warehouse_id, week_of(need.day))


def week_of(day: date) -> date:
    """The Monday of the calendar week."""
    return day - timedelta(days=day.weekday())


def is_limited(settings: FallbackSettings) -> bool:
    """There is a limit at all."""
    return settings.limit_quantity is not None or settings.limit_value is not None


def falls_back(take: Allocation) -> bool:
    """The take puts something sold on a default batch."""
    return take.source is Source.DEFAULT and take.quantity > 0


def over_limit(
    takes: Iterable[Allocation], budget: Budget, settings: FallbackSettings, worth_of: Callable[[Allocation], Decimal]
) -> dict[BudgetKey, OverLimit]:
    """Budgets that the takes pass; what was over before by itself is passed by the least that comes on top."""
    fresh: dict[BudgetKey, Spent] = {}
    order_ids: dict[BudgetKey, set[int]] = {}
    for take in takes:
        if falls_back(take):
            key = budget.key_of(take)
            quantity, value = fresh.get(key, Spent())
            fresh[key] = Spent(quantity + take.quantity, value + worth_of(take))
            order_ids.setdefault(key, set()).add(take.need.order_id)
    found: dict[BudgetKey, OverLimit] = {}
    for key, more in fresh.items():
        before = budget.spent.get(key, Spent())
        spent = Spent(before.quantity + more.quantity, before.value + more.value)
        if _above(spent.quantity, settings.limit_quantity) or _above(spent.value, settings.limit_value):
            found[key] = OverLimit(key, spent, frozenset(order_ids[key]))
    return found


def _above(amount: Decimal, limit: Decimal | None) -> bool:
    return limit is not None and amount > limit


def refused_orders(takes: Sequence[Allocation], budget: Budget, over: Mapping[BudgetKey, OverLimit]) -> dict[int, list[Failure]]:
    """Failures, by order, of all that would go to a default batch out of a passed budget: none of it is posted, the rest goes on."""
    failures: dict[int, list[Failure]] = {}
    for take in takes:
        if falls_back(take) and budget.key_of(take) in over:
            failures.setdefault(take.need.order_id, []).append(Failure(take.need, "FALLBACK_OVER_LIMIT", take.quantity))
    return failures
