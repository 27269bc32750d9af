"""What becomes of stock with an expiration date: it sells in time, where it would sell, or what to do with it (docs/domain.md).

A place sells what expires first. What it will not have sold by then goes to the place that has the most room for it, as long as nothing
that lies there is pushed out of its own time by it; what nobody sells in time is marked down, what is expired is written off.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import NamedTuple

from core.lib.decimals import ZERO

# What goes to another place is not sold on the day that it travels.
DAYS_OF_TRANSFER = 1


class Advice(StrEnum):
    """What to do with stock that has a date."""

    SELLS = "sells"
    TRANSFER = "transfer"
    MARK_DOWN = "mark_down"
    WRITE_OFF = "write_off"
    BLOCKED = "blocked"


class DatedStock(NamedTuple):
    """A batch in a warehouse: what nobody reserved of it, and on how many days it may still be sold (0: expired)."""

    on_hand_id: int
    warehouse_id: int
    number: str
    quantity: Decimal
    days: int
    blocked: bool = False


class Suggestion(NamedTuple):
    """What to do with `quantity` of a batch; `in_time` sells by itself. What a transfer leaves over, `rest`, is marked down."""

    advice: Advice
    quantity: Decimal
    in_time: Decimal = ZERO
    to_warehouse_id: int | None = None
    rest: Decimal = ZERO


@dataclass(slots=True)
class SellingPlace:
    """What a warehouse will sell: `pace` a day, `planned` of what lies there and comes in, `arriving` only of what comes in, by days left.

    All of it sells in time if, for every number of days, what must be sold within them is no more than what is sold within them; and what
    comes in, no more than what is sold once it is there.
    """

    pace: Decimal
    planned: dict[int, Decimal]
    arriving: dict[int, Decimal]

    def room(self, days: int) -> Decimal:
        """How much more it sells within so many days, in whole units, with everything planned still sold in its own time."""
        ends = {days, *(at for at in self.planned if at > days)}
        return max(min(self._sold_in(at) - _within(self.planned, at) for at in ends), ZERO)

    def room_for_arrivals(self, days: int) -> Decimal:
        """The same for what has to be brought there first."""
        ends = {days, *(at for at in self.arriving if at > days)}
        arrived = min(self._sold_in(at - DAYS_OF_TRANSFER) - _within(self.arriving, at) for at in ends)
        return max(min(self.room(days), arrived), ZERO)

    def plan(self, days: int, quantity: Decimal, *, arrives: bool = False) -> None:
        """Counts so much as sold there within the days."""
        for planned in (self.planned, self.arriving) if arrives else (self.planned,):
            planned[days] = planned.get(days, ZERO) + quantity

    def _sold_in(self, days: int) -> Decimal:
        return (self.pace * max(days, 0)).to_integral_value(ROUND_FLOOR)


def _within(planned: Mapping[int, Decimal], days: int) -> Decimal:
    return sum((quantity for at, quantity in planned.items() if at <= days), ZERO)


def suggest(stock: Iterable[DatedStock], paces: Mapping[int, Decimal], company_of: Mapping[int, int]) -> dict[int, Suggestion]:
    """Suggestions for the dated stock of one item, by on-hand row; paces are units sold a day by warehouse. Goods stay in their company."""
    found: dict[int, Suggestion] = {}
    places: dict[int, SellingPlace] = defaultdict(lambda: SellingPlace(ZERO, {}, {}))
    places.update({warehouse: SellingPlace(pace, {}, {}) for warehouse, pace in paces.items()})
    waiting: list[tuple[DatedStock, Decimal, Decimal]] = []
    for row in sorted(stock, key=lambda one: (one.days, one.number, one.warehouse_id)):
        if not row.days:
            found[row.on_hand_id] = Suggestion(Advice.WRITE_OFF, row.quantity)
        elif row.blocked:
            found[row.on_hand_id] = Suggestion(Advice.BLOCKED, row.quantity)
        else:
            place = places[row.warehouse_id]
            in_time = min(place.room(row.days), row.quantity)
            place.plan(row.days, in_time)
            found[row.on_hand_id] = Suggestion(Advice.SELLS, row.quantity, in_time)
            if in_time < row.quantity:
                waiting.append((row, row.quantity - in_time, in_time))
    for row, left, in_time in waiting:
        target = _roomiest(row, places, company_of)
        room = places[target].room_for_arrivals(row.days) if target is not None else ZERO
        moved = min(left, room)
        if target is not None and moved > 0:
            places[target].plan(row.days, moved, arrives=True)
            found[row.on_hand_id] = Suggestion(Advice.TRANSFER, moved, in_time, target, left - moved)
        else:
            found[row.on_hand_id] = Suggestion(Advice.MARK_DOWN, left, in_time)
    return found


def _roomiest(row: DatedStock, places: Mapping[int, SellingPlace], company_of: Mapping[int, int]) -> int | None:
    """The other warehouse of the company that sells the most more in time."""
    own = company_of.get(row.warehouse_id)
    others: Sequence[int] = sorted(at for at in places if at != row.warehouse_id and company_of.get(at) == own)
    return max(others, key=lambda at: places[at].room_for_arrivals(row.days), default=None)
