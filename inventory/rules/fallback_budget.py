"""How much of an item group may be owed on default batches in a week, by warehouse (docs/domain.md#fallback-limits)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
    """What went to default batches: quantity in the items' units, and value at cost; `sold` is all that was sold of the group there.

    It is added up only where a share is limited.
    """

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    sold: Decimal = ZERO

    @property
    def share(self) -> Decimal | None:
        """Percent of what was sold that went to default batches; None where nothing is known to be sold."""
        return self.quantity * 100 / self.sold if self.sold > 0 else None


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
    return any(limit is not None for limit in (settings.limit_quantity, settings.limit_value, settings.limit_share))


def falls_back(take: Allocation) -> bool:
    """The take puts something sold on a default batch."""
    return take.source is Source.DEFAULT and take.quantity > 0


def over_limit(
    takes: Iterable[Allocation], budget: Budget, settings: FallbackSettings, worth_of: Callable[[Allocation], Decimal]
) -> dict[BudgetKey, OverLimit]:
    """Budgets that the takes pass; what was over before by itself is passed by the least that comes on top.

    A share is one of everything that is sold of the group, so it counts real batches of the takes as well.
    """
    fresh: dict[BudgetKey, Spent] = {}
    order_ids: dict[BudgetKey, set[int]] = {}
    for take in takes:
        if take.quantity <= 0 or take.need.item_id not in budget.group_of_item:
            continue
        key = budget.key_of(take)
        quantity, value, sold = fresh.get(key, Spent())
        if falls_back(take):
            quantity, value = quantity + take.quantity, value + worth_of(take)
            order_ids.setdefault(key, set()).add(take.need.order_id)
        fresh[key] = Spent(quantity, value, sold + take.quantity)
    found: dict[BudgetKey, OverLimit] = {}
    for key, orders in order_ids.items():
        before, more = budget.spent.get(key, Spent()), fresh[key]
        spent = Spent(before.quantity + more.quantity, before.value + more.value, before.sold + more.sold)
        if is_over(spent, settings):
            found[key] = OverLimit(key, spent, frozenset(orders))
    return found


def is_over(spent: Spent, settings: FallbackSettings) -> bool:
    """Whether a limit is passed: of quantity, of value, or of the share in what was sold."""
    return (
        _above(spent.quantity, settings.limit_quantity)
        or _above(spent.value, settings.limit_value)
        or (settings.limit_share is not None and spent.share is not None and spent.share > settings.limit_share)
    )


def _above(amount: Decimal, limit: Decimal | None) -> bool:
    return limit is not None and amount > limit


def refused_orders(
    takes: Sequence[Allocation], budget: Budget, over: Mapping[BudgetKey, OverLimit], approved: Collection[int] = ()
) -> dict[int, list[Failure]]:
    """Failures, by order, of all that would go to a default batch out of a passed budget: none of it is posted, the rest goes on.

    `approved` are lines that somebody let pass.
    """
    failures: dict[int, list[Failure]] = {}
    for take in takes:
        if falls_back(take) and take.need.line_id not in approved and budget.key_of(take) in over:
            failures.setdefault(take.need.order_id, []).append(Failure(take.need, "FALLBACK_OVER_LIMIT", take.quantity))
    return failures


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a week's fallback comes to if it goes on as it began."""

    quantity: Decimal
    value: Decimal


def forecast(spent: Spent, days: int) -> Forecast:
    """The week at its pace so far, of which `days` have passed, today included; one that has not begun, or is over, stays as it is."""
    if not 0 < days < 7:
        return Forecast(spent.quantity, spent.value)
    return Forecast(spent.quantity * 7 / days, spent.value * 7 / days)
