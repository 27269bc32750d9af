"""Which real batches pay open batch debt, and what an undone settlement leaves (docs/domain.md#settlement).

A batch may pay a debt that it could physically have been: valid for the sale then (`rejection_reason`), with unreserved stock today. Of all
ways to pay, `propose` gives one that pays the most; the oldest debt first, batches in the order of the item's policy.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.problems import Code, register
from inventory.rules.allocation import real_batches, rejection_reason
from inventory.rules.default_stock import Posting
from inventory.rules.stock import BatchStock, FallbackSettings, Stock

register(
    Code(
        "PROPOSAL_CHANGED",
        "settlement",
        "Stock or debt changed since the proposal was shown; nothing was settled.",
        "Look at the new proposal, then approve it.",
        "Stock or debt changed since the proposal was shown; nothing was settled.",
    ),
    Code(
        "UNKNOWN_SETTLEMENT",
        "settlement",
        "There is no settlement of that number that could be undone.",
        "Take the number from the list of settlements or export_data debt-settlements; what undid one is not undone, settle again instead.",
        "Settlement {number} is not known.",
    ),
    Code(
        "SETTLEMENT_UNDONE",
        "settlement",
        "The settlement was undone before.",
        "Settle the debt again, if it is to be paid.",
        "Settlement {number} was undone by {by}.",
    ),
    Code(
        "SETTLED_STOCK_GONE",
        "settlement",
        "Goods that the settlement moved to a real batch left it, so that it cannot be undone.",
        "Register what is missing of the batch, or cancel what is reserved of it, then undo again.",
        "Batch {batch} of item {item} has {free} left that nobody reserved; {wanted} would go back to the default batch.",
    ),
    Code(
        "NO_CREDIT",
        "settlement",
        "Nothing lies on the default batch there.",
        "See what lies on default batches, then move at most that.",
        "Nothing of item {item} lies on a default batch in {warehouse}.",
    ),
    Code(
        "NOT_A_REAL_BATCH",
        "settlement",
        "The batch number is a default batch id, or no batch number at all.",
        "Name the batch that the goods are of, or a number of your own for goods to be inspected.",
        "{batch} is no batch number that goods of item {item} can be moved to.",
    ),
)


class OpenDebt(NamedTuple):
    """What a sold line still owes on a default batch: business date and instant of the sale, open quantity, unit cost of then."""

    debt_id: int
    batch_id: int
    day: date
    at: datetime
    quantity: Decimal
    unit_cost: Decimal = ZERO


class BlockedPeriod(NamedTuple):
    """From when a batch was blocked for sale, and until when; None: from the beginning, until now."""

    since: datetime | None
    until: datetime | None

    def covers(self, at: datetime) -> bool:
        """The batch was blocked at that instant."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


class Payment(NamedTuple):
    """This much of a debt is paid by that batch."""

    debt: OpenDebt
    batch_id: int
    quantity: Decimal


Blocked = Mapping[int, Sequence[BlockedPeriod]]


class _Run:
    """Debts in a row, oldest first, that the same batches could have been."""

    __slots__ = ("batches", "debts", "taken")

    def __init__(self, debts: list[OpenDebt], batches: tuple[int, ...]) -> None:
        self.debts = debts
        self.batches = batches
        self.taken: dict[int, Decimal] = {}


def could_be(batch: BatchStock, debt: OpenDebt, blocked: Sequence[BlockedPeriod], settings: FallbackSettings) -> bool:
    """The batch was valid for the sale when it happened, stock aside; whether it is blocked today does not matter."""
    then = batch._replace(blocked=any(period.covers(debt.at) for period in blocked))
    return rejection_reason(then, debt, settings) is None


def propose(debts: Collection[OpenDebt], stock: Stock, blocked: Blocked, settings: FallbackSettings) -> list[Payment]:
    """What pays the debts of one (warehouse, item): as much as any assignment could, oldest debt first, then policy order.

    Debts are looked at oldest first; each takes what can be had without taking back from an older one, if need be by giving an older one
    another batch. Such a choice is of the largest sum, too (matroid of what can be paid together).
    """
    batches = [batch for batch in real_batches(stock) if batch.physical - batch.reserved > 0]
    free = {batch.batch_id: batch.physical - batch.reserved for batch in batches}
    runs = _runs(sorted(debts, key=lambda debt: (debt.day, debt.at, debt.debt_id)), batches, blocked, settings)
    rerouted = False
    for place, run in enumerate(runs):
        left = sum((debt.quantity for debt in run.debts), ZERO)
        while left and (path := _path(runs, place, free)):
            left -= _follow(runs, path, free, left)
            rerouted = rerouted or len(path) > 1
    if rerouted:
        _in_policy_order(runs, free)
    return [payment for run in runs for payment in _payments(run)]


def _runs(debts: Sequence[OpenDebt], batches: Sequence[BatchStock], blocked: Blocked, settings: FallbackSettings) -> list[_Run]:
    """Debts that the same batches could have been, side by side; judged once per span between two moments at which anything changed."""
    moments = {batch.first_received_at for batch in batches}
    moments |= {moment for batch in batches for period in blocked.get(batch.batch_id, ()) for moment in period}
    instants = sorted(moment for moment in moments if moment is not None)
    days = sorted({batch.expires_on for batch in batches if batch.expires_on is not None})
    known: dict[tuple[int, int, int], tuple[int, ...]] = {}

    def could_have_been(debt: OpenDebt) -> tuple[int, ...]:
        span = (bisect_right(instants, debt.at), bisect_left(days, debt.day), bisect_right(days, debt.day))
        if span not in known:
            known[span] = tuple(b.batch_id for b in batches if could_be(b, debt, blocked.get(b.batch_id, ()), settings))
        return known[span]

    return [_Run(list(of), found) for found, of in groupby(debts, key=could_have_been) if found]


# A step of a path: the run, the batch that it takes, and the batch that it leaves for that (None for the run that wants more).
_Step = tuple[int, int, int | None]


def _path(runs: Sequence[_Run], start: int, free: Mapping[int, Decimal]) -> list[_Step]:
    """The shortest way to a batch with something left, over batches that other runs could leave for another; empty without one."""
    came: dict[int, _Step] = {}
    waiting: deque[tuple[int, int | None]] = deque([(start, None)])
    while waiting:
        place, leaves = waiting.popleft()
        for batch in runs[place].batches:
            if batch in came:
                continue
            came[batch] = (place, batch, leaves)
            if free[batch] > 0:
                path = [came[batch]]
                while (before := path[-1][2]) is not None:
                    path.append(came[before])
                return path[::-1]
            waiting.extend((other, batch) for other, run in enumerate(runs) if run.taken.get(batch))
    return []


def _follow(runs: Sequence[_Run], path: Sequence[_Step], free: dict[int, Decimal], most: Decimal) -> Decimal:
    """Gives the first run of the path what can be had along it, `most` at most; gives how much that was."""
    moved = min(most, free[path[-1][1]], *(runs[place].taken[leaves] for place, _, leaves in path if leaves is not None))
    for place, batch, leaves in path:
        taken = runs[place].taken
        taken[batch] = taken.get(batch, ZERO) + moved
        if leaves is not None:
            taken[leaves] -= moved
    free[path[-1][1]] -= moved
    return moved


def _in_policy_order(runs: Sequence[_Run], free: dict[int, Decimal]) -> None:
    """Exchanges batches, what is paid of each debt left as it is, until the oldest runs have the first batches of the policy."""
    for place, run in enumerate(runs):
        for number, batch in enumerate(run.batches):
            for later in run.batches[:number:-1]:
                while run.taken.get(later) and (way := _way(runs, place, batch, later, free)):
                    _exchange(runs, place, later, way, free)


def _way(runs: Sequence[_Run], place: int, batch: int, later: int, free: Mapping[int, Decimal]) -> list[tuple[int, int, int]]:
    """How `batch` becomes free for a run that leaves `later`: runs after it with what they leave and take instead, or nothing if it is.

    The last step takes `later` or something free. Empty also when there is no way: then nothing of `batch` is free.
    """
    if free[batch] > 0:
        return [(place, batch, batch)]
    came: dict[int, tuple[int, int, int]] = {}
    waiting = deque([batch])
    while waiting:
        leaves = waiting.popleft()
        for other in range(place + 1, len(runs)):
            if not runs[other].taken.get(leaves):
                continue
            for takes in runs[other].batches:
                if takes == batch or takes in came:
                    continue
                came[takes] = (other, leaves, takes)
                if takes == later or free[takes] > 0:
                    steps = [came[takes]]
                    while steps[-1][1] != batch:
                        steps.append(came[steps[-1][1]])
                    return steps[::-1]
                waiting.append(takes)
    return []


def _exchange(runs: Sequence[_Run], place: int, later: int, way: Sequence[tuple[int, int, int]], free: dict[int, Decimal]) -> None:
    """The run takes the first batch of the way for `later`; the runs on the way move along."""
    first, last = way[0][1], way[-1][2]
    run = runs[place].taken
    steps = [step for step in way if step[0] != place]
    moved = min(run[later], *(runs[other].taken[leaves] for other, leaves, _ in steps), *([free[last]] if last != later else []))
    for other, leaves, takes in steps:
        taken = runs[other].taken
        taken[leaves] -= moved
        taken[takes] = taken.get(takes, ZERO) + moved
    run[later] -= moved
    run[first] = run.get(first, ZERO) + moved
    free[last] -= moved
    free[later] += moved


def _payments(run: _Run) -> list[Payment]:
    """What the run has, spread over its debts: the oldest first, batches in policy order."""
    shelf = [(batch, run.taken[batch]) for batch in run.batches if run.taken.get(batch)]
    found: list[Payment] = []
    for debt in run.debts:
        left = debt.quantity
        while left and shelf:
            batch, there = shelf[0]
            part = min(left, there)
            found.append(Payment(debt, batch, part))
            left -= part
            if part == there:
                shelf.pop(0)
            else:
                shelf[0] = (batch, there - part)
    return found


class Reopened(NamedTuple):
    """What is open of debts and credits once a settlement is undone, by id; only what changes."""

    debts: dict[int, Decimal]
    credits: dict[int, Decimal]


def reopen(debts: Sequence[Posting], credits_: Sequence[Posting], owed: Mapping[int, Decimal], lying: Mapping[int, Decimal]) -> Reopened:
    """Opens debts and credits of one place again by so much each; then the oldest credit pays the oldest debt, never are both open.

    `debts` and `credits_` are those of the place, the oldest first: what is open, and what is opened.
    """
    sides = []
    for postings, more in ((debts, owed), (credits_, lying)):
        before = {posting.id: posting.open_quantity for posting in postings if posting.id is not None}
        sides.append((before, {key: quantity + more.get(key, ZERO) for key, quantity in before.items()}))
    both = min(sum(after.values(), ZERO) for _, after in sides)
    for _, after in sides:
        left = both
        for key, quantity in after.items():
            part = min(left, quantity)
            after[key] -= part
            left -= part
    changed = [{key: quantity for key, quantity in after.items() if quantity != before[key]} for before, after in sides]
    return Reopened(*changed)
