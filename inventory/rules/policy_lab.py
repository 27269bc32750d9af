"""A past period decided again under other settings: what would have fallen back, failed or expired (docs/domain.md#policy-lab).

The books are not replayed from the beginning. Each run starts from what really lay there, corrected by what the runs before it would have
taken otherwise (`drift`): goods, journals, reservations and settlements stay as they were. Under the settings of then nothing drifts, and
every line gets what was posted.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from inventory.rules.allocation import Earlier, PoolLedger, in_order_of_decision
from inventory.rules.explanation import Taken
from inventory.rules.reservations import Reservations, take_reserved
from inventory.rules.stock import DEFAULT_BATCH, Allocation, BatchStock, Demand, FallbackSettings, Policy, PriorAllocation, Stock


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is supposed; None leaves what applied then."""

    policy: Policy | None = None
    use_default_batch: bool | None = None
    scope_advanced_only: bool | None = None
    use_batches_received_after_sale: bool | None = None
    sellable_on_expiration_date: bool | None = None

    def settings(self, used: FallbackSettings) -> FallbackSettings:
        """The settings of then with what is supposed; limits do not stop a replay."""
        supposed = {
            name: value
            for name in ("use_default_batch", "scope_advanced_only", "use_batches_received_after_sale", "sellable_on_expiration_date")
            if (value := getattr(self, name)) is not None
        }
        return replace(used, **supposed)

    def stock(self, stock: Stock) -> Stock:
        """The stock of then under the supposed policy."""
        return replace(stock, policy=replace(stock.policy, policy=self.policy)) if self.policy else stock


class Run(NamedTuple):
    """Lines of one (warehouse, item) that one run decided, with all that it saw, and what was posted for each.

    `left_out` are lines that were reversed since: they take what they took. `default_batches` are the default batches of the item.
    """

    needs: Sequence[Demand]
    stock: Stock
    earlier: Earlier
    reservations: Reservations
    settings: FallbackSettings
    posted: Mapping[int, Sequence[Taken]]
    default_batches: Collection[int]
    left_out: Collection[int] = ()


@dataclass(slots=True)
class Tally:
    """What went to default batches and what failed: lines and quantity, in the items' units."""

    lines: int = 0
    fallback_lines: int = 0
    fallback_quantity: Decimal = ZERO
    failed_lines: int = 0
    failed_quantity: Decimal = ZERO

    def add(self, need: Demand, parts: Iterable[tuple[int | None, Decimal]], default_batches: Collection[int]) -> None:
        """Counts a sale by what it takes; one that takes nothing failed."""
        if need.quantity <= 0:
            return
        taken = list(parts)
        self.lines += 1
        fallback = sum((quantity for batch, quantity in taken if batch in default_batches or batch == DEFAULT_BATCH), ZERO)
        if fallback:
            self.fallback_lines += 1
            self.fallback_quantity += fallback
        if not taken:
            self.failed_lines += 1
            self.failed_quantity += need.quantity


@dataclass(slots=True)
class Replay:
    """A replay of one (warehouse, item): both tallies, and by batch how much more of it would lie there in the end."""

    actual: Tally = field(default_factory=Tally)
    supposed: Tally = field(default_factory=Tally)
    drift: dict[int | None, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    changed_lines: int = 0


def replay(runs: Iterable[Run], scenario: Scenario) -> Replay:
    """Decides the runs of one (warehouse, item) again, in their order."""
    found = Replay()
    taken: dict[int, list[PriorAllocation]] = {}
    for run in runs:
        known = {line: taken.get(line, parts) for line, parts in run.earlier.items()}
        takes = decide_run(run, scenario, found.drift, known)
        by_line: dict[int, list[Allocation]] = defaultdict(list)
        for take in takes:
            by_line[take.need.line_id].append(take)
        for need in run.needs:
            posted = run.posted.get(need.line_id, ())
            parts = [(take.batch_id, take.quantity) for take in by_line.get(need.line_id, ())]
            was = [(part.batch_id, part.quantity) for part in posted]
            if need.line_id in run.left_out:
                parts = was
            found.actual.add(need, was, run.default_batches)
            found.supposed.add(need, parts, run.default_batches)
            found.changed_lines += _by_batch(parts, run.default_batches) != _by_batch(was, run.default_batches)
            for batch, quantity in was:
                found.drift[_batch_key(batch, run.default_batches)] += quantity
            for batch, quantity in parts:
                found.drift[_batch_key(batch, run.default_batches)] -= quantity
            _remember(taken, need, parts, known)
    return found


def decide_run(run: Run, scenario: Scenario, drift: Mapping[int | None, Decimal], earlier: Earlier) -> list[Allocation]:
    """What the lines of a run take under the scenario, from stock that drifted; a line that fails takes nothing."""
    settings = scenario.settings(run.settings)
    stock = scenario.stock(drifted(run.stock, drift, run.default_batches))
    needs = list(run.needs)
    if not needs:
        return []
    pool = (needs[0].warehouse_id, needs[0].item_id)
    own, _, rest, left = take_reserved(needs, {pool: stock}, settings, run.reservations)
    ledger = PoolLedger(left[pool], earlier, settings)
    ledger.decide(in_order_of_decision(rest, earlier))
    return [*own, *ledger.takes]


def drifted(stock: Stock, drift: Mapping[int | None, Decimal], default_batches: Collection[int]) -> Stock:
    """The stock with what would lie there more or less; what was reserved of a batch stays so."""

    def moved(batch: BatchStock) -> BatchStock:
        change = drift.get(_batch_key(batch.batch_id, default_batches), ZERO)
        return batch._replace(physical=batch.physical + change) if change else batch

    total = sum(drift.values(), ZERO)
    return replace(stock, physical=stock.physical + total, batches=[moved(batch) for batch in stock.batches])


def _batch_key(batch_id: int | None, default_batches: Collection[int]) -> int | None:
    return DEFAULT_BATCH if batch_id in default_batches else batch_id


def _by_batch(parts: Iterable[tuple[int | None, Decimal]], default_batches: Collection[int]) -> list[tuple[int | None, Decimal]]:
    return [(_batch_key(batch, default_batches), quantity) for batch, quantity in parts]


def _remember(taken: dict[int, list[PriorAllocation]], need: Demand, parts: Sequence[tuple[int | None, Decimal]], earlier: Earlier) -> None:
    """What a sale took under the scenario, less what a return brings back, the last part first."""
    if need.quantity > 0:
        taken[need.line_id] = [PriorAllocation(batch, quantity) for batch, quantity in parts]
    elif need.return_of is not None and (need.return_of in taken or need.return_of in earlier):
        remaining = list(taken.get(need.return_of) or earlier.get(need.return_of, ()))
        left = -sum((quantity for _, quantity in parts), ZERO)
        while left > 0 and remaining:
            last = remaining.pop()
            if last.quantity > left:
                remaining.append(PriorAllocation(last.batch_id, last.quantity - left))
            left -= min(last.quantity, left)
        taken[need.return_of] = remaining
