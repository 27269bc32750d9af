"""Where units of a batch could have been, and when: what a recall may not leave out (docs/domain.md#recall).

A till that records no batch sells any unit that is there. So a sale may have been of the batch if the batch was in the same place at that
moment: it had arrived, and it is not proven that every unit had left. Books prove nothing here: that other units were written down for the
batch says how stock was counted, not which unit a customer took. Only what somebody recorded by batch takes units away for certain.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.problems import Code, register, register_texts

ALWAYS = datetime(1, 1, 2, tzinfo=UTC)
FOR_EVER = datetime(9999, 12, 30, tzinfo=UTC)

register(
    Code(
        "RECALL_OF_DEFAULT_BATCH",
        "recall",
        "A default batch stands in for real ones and cannot be recalled.",
        "Name the real batch; sales on the default batch are among the possible ones.",
        "Batch {batch} of item {item} is a default batch; name the real one.",
    ),
    Code(
        "DATES_REVERSED",
        "recall",
        "The first day lies after the last.",
        "Turn the days round.",
        "{first} lies after {last}; turn the days round.",
    ),
)

register_texts("UNKNOWN_BATCH", {"recall": "Item {item} has no batch {batch}; nothing was looked up."})


class Certainty(IntEnum):
    """How sure it is that a sale was of the batch; the number is stored."""

    CERTAIN = 1
    PROBABLE = 2
    POSSIBLE = 3

    @property
    def label(self) -> str:
        """The word of the export."""
        return self.name.lower()


class Reason(StrEnum):
    """Why a sale is on the list beside the policies that choose batches, which are reasons of probable ones."""

    CAPTURED = "CAPTURED"
    SETTLED = "SETTLED"
    DEFAULT_BATCH = "DEFAULT_BATCH"
    OTHER_BATCH = "OTHER_BATCH"
    NOT_POSTED = "NOT_POSTED"


class Movement(NamedTuple):
    """Units of the batch came to a warehouse or left it, as somebody recorded by batch; quantity above zero."""

    warehouse_id: int
    at: datetime
    quantity: Decimal


class ReturnedLine(NamedTuple):
    """Units of the item came back to a warehouse without anybody saying of which batch, or saying it was of this one (`captured`).

    Of a linked return, `sold_in` and `sold_at` say where and when it was sold; `sold_surely`: the till recorded this batch, `sold_likely`:
    the books say so. Both are None and False for a blind return.
    """

    warehouse_id: int
    at: datetime
    quantity: Decimal
    captured: bool
    sold_in: int | None = None
    sold_at: datetime | None = None
    sold_surely: bool = False
    sold_likely: bool = False


class Window(NamedTuple):
    """Units of the batch may have been in the warehouse from `start` to `end`, both inclusive."""

    warehouse_id: int
    start: datetime
    end: datetime


def find_windows(
    arrived: Iterable[Movement], left: Iterable[Movement], returned: Collection[ReturnedLine], emptied: Iterable[tuple[int, datetime]] = ()
) -> list[Window]:
    """Where and when units of the batch may have been.

    `emptied` are places and instants at which a count found none of it. A return may bring the batch to a place that never received it,
    from where it may be sold and come back elsewhere: places are added until no return brings it anywhere else or earlier.
    """
    events: dict[int, list[_Event]] = defaultdict(list)
    for movements, kind in ((arrived, _COMES), (left, _GOES)):
        for movement in movements:
            events[movement.warehouse_id].append((movement.at, kind, movement.quantity))
    for place, at in emptied:
        events[place].append((at, _EMPTY, ZERO))
    first = min((at for found in events.values() for at, kind, _ in found if kind == _COMES), default=ALWAYS)
    waiting = sorted(returned, key=lambda line: line.at)
    while True:
        windows = {place: _windows(place, found, first) for place, found in events.items()}
        start = min((window.start for found in windows.values() for window in found), default=None)
        brought = [line for line in waiting if _may_be_of_it(line, windows, start)]
        if not brought:
            return sorted(window for found in windows.values() for window in found)
        taken = {id(line) for line in brought}
        waiting = [line for line in waiting if id(line) not in taken]
        for line in brought:
            events[line.warehouse_id].append((line.at, _COMES, line.quantity))


_Event = tuple[datetime, int, Decimal]
# At one instant goods come before they go, and a count looks at what is left.
_COMES, _GOES, _EMPTY = range(3)


def _may_be_of_it(line: ReturnedLine, windows: Mapping[int, Sequence[Window]], start: datetime | None) -> bool:
    if line.captured or line.sold_surely or line.sold_likely:
        return True
    if line.sold_in is not None and line.sold_at is not None:
        return any(window.start <= line.sold_at <= window.end for window in windows.get(line.sold_in, ()))
    return start is not None and start <= line.at


def _windows(place: int, events: Iterable[_Event], first: datetime) -> list[Window]:
    """Windows of one place. Where more left than had come, more was there than is registered: since when, and how much, nobody knows."""
    found: list[Window] = []
    start: datetime | None = None
    here = ZERO
    uncounted = False
    for at, kind, quantity in sorted(events):
        if kind == _COMES:
            start = at if start is None else start
            here += quantity
            continue
        here = ZERO if kind == _EMPTY else here - quantity
        if here < 0:
            found, start, uncounted = [], first, True
        elif kind == _EMPTY or (here == 0 and not uncounted):
            found += [Window(place, start, at)] if start is not None else []
            start, uncounted = None, False
    return [*found, Window(place, start, FOR_EVER)] if start is not None else found
