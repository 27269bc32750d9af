"""Which batch each line takes: real batches by policy, then the default batch, or a failure (docs/domain.md#batch-choice).

`decide` is the whole of it. Needs come in data order (business date, instant, store, terminal, transaction, line), which is part of the
input; the order of batches is not. Stocks of different (warehouse, item) never touch each other, except that an order fails as a whole.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from heapq import heappop, heappush
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol

from core.lib.decimals import ZERO
from inventory.rules.expiry import is_expired
from inventory.rules.fallback import NEEDS_NEGATIVE, blind_return_refusal, fallback_refusal, negative_refusal
from inventory.rules.stock import (
    DEFAULT_BATCH,
    Allocation,
    BatchStock,
    Decision,
    Demand,
    Failure,
    FallbackSettings,
    Policy,
    PriorAllocation,
    Reason,
    Source,
    Stock,
    StockKey,
)

Earlier = Mapping[int, Sequence[PriorAllocation]]
Result = tuple[list[Allocation], list[Failure]]

REASON_OF_POLICY = {
    Policy.FEFO: Reason.FEFO,
    Policy.FIFO: Reason.FIFO,
    Policy.LIFO: Reason.LIFO,
    Policy.BATCH_NUMBER: Reason.BATCH_NUMBER,
}
# The nearest miss wins: what would have served with the least change is what a controller wants to read.
_MISSES = (Reason.RESERVED, Reason.RECEIVED_LATER, Reason.EXPIRED, Reason.BLOCKED)


def decide(needs: Sequence[Demand], stocks: Mapping[StockKey, Stock], earlier: Earlier, settings: FallbackSettings) -> Decision:
    """Takes for all orders that can be met in full, failures of the others.

    The order with the earliest failing line (per warehouse) is taken out and what it took is decided again, until nothing fails: what
    remains is the decision for the surviving orders alone. `stocks` holds every (warehouse, item) that needs name.
    """
    pools: dict[StockKey, list[Demand]] = defaultdict(list)
    for need in needs:
        pools[need.warehouse_id, need.item_id].append(need)
    results = {pool: decide_pool(lines, stocks[pool], earlier, settings, ()) for pool, lines in pools.items()}
    out: dict[int, list[Failure]] = {}
    if any(failed for _, failed in results.values()):
        out = _take_out_failing_orders(needs, results, lambda pool: decide_pool(pools[pool], stocks[pool], earlier, settings, out), out)
        out = _missing_beside_the_others(pools, stocks, earlier, settings, out)
    return Decision([take for takes, _ in results.values() for take in takes], out)


def _missing_beside_the_others(
    pools: Mapping[StockKey, Sequence[Demand]],
    stocks: Mapping[StockKey, Stock],
    earlier: Earlier,
    settings: FallbackSettings,
    out: Mapping[int, Sequence[Failure]],
) -> dict[int, list[Failure]]:
    """What each failed order lacks once all orders that go through have taken theirs: so much more makes it post.

    While orders were taken out one after the other, what they had found short was what others left at that moment. A line that would go
    through by now, since another failed order left it enough, keeps what it was taken out for.
    """
    lacking: dict[int, Failure] = {}
    for pool, needs in pools.items():
        if not any(need.order_id in out for need in needs):
            continue
        ledger = PoolLedger(stocks[pool], earlier, settings)
        for _, of_day in groupby(needs, key=attrgetter("day")):
            failed: dict[int, list[Demand]] = defaultdict(list)
            going: list[Demand] = []
            for need in of_day:
                (failed[need.order_id] if need.order_id in out else going).append(need)
            ledger.decide(in_order_of_decision(going, earlier))
            for own in failed.values():
                lacking |= {failure.need.line_id: failure for failure in ledger.failures_of(in_order_of_decision(own, earlier))}
    return {
        order_id: [
            failure._replace(missing=now.missing) if (now := lacking.get(failure.need.line_id)) and now.code == failure.code else failure
            for failure in failures
        ]
        for order_id, failures in out.items()
    }


def _take_out_failing_orders(
    needs: Sequence[Demand], results: dict[StockKey, Result], decide_again: Callable[[StockKey], Result], out: dict[int, list[Failure]]
) -> dict[int, list[Failure]]:
    """Moves the order whose failing line comes first in data order to `out`, again and again, until no result has a failure.

    Warehouses do not touch each other, so each is done by itself. Only the pools of the order are decided again, and failures wait in a
    heap: looking through all of them for each order that fails would take minutes where nothing can be posted.
    """
    place = {need.line_id: at for at, need in enumerate(needs)}
    pools_of_order: dict[int, set[StockKey]] = defaultdict(set)
    for need in needs:
        pools_of_order[need.order_id].add((need.warehouse_id, need.item_id))
    version = dict.fromkeys(results, 0)
    waiting: dict[int, list[tuple[int, int, StockKey, int]]] = defaultdict(list)

    def note_failures(pool: StockKey) -> None:
        for failure in results[pool][1]:
            heappush(waiting[pool[0]], (place[failure.need.line_id], failure.need.order_id, pool, version[pool]))

    for pool in results:
        note_failures(pool)
    for heap in waiting.values():
        while heap:
            _, order_id, pool, seen = heappop(heap)
            if version[pool] != seen:
                continue  # decided again since
            own = pools_of_order[order_id]
            failed = [failure for one in own for failure in results[one][1] if failure.need.order_id == order_id]
            out[order_id] = sorted(failed, key=lambda failure: place[failure.need.line_id])
            for one in own:
                results[one] = decide_again(one)
                version[one] += 1
                note_failures(one)
    return out


def decide_pool(
    needs: Sequence[Demand], stock: Stock, earlier: Earlier, settings: FallbackSettings, without_orders: Collection[int]
) -> Result:
    """Takes and failures of one (warehouse, item) in data order; needs of `without_orders` do not exist."""
    if without_orders:
        needs = [need for need in needs if need.order_id not in without_orders]
    ledger = PoolLedger(stock, earlier, settings)
    ledger.decide(in_order_of_decision(needs, earlier))
    return ledger.takes, ledger.failures


def in_order_of_decision(needs: Sequence[Demand], earlier: Earlier) -> Iterable[Demand]:
    """Per day: returns first, then captured batches, then the rest; a return of a sale of the same day follows that sale."""
    if len(needs) == 1 or all(need.quantity > 0 and need.batch_id is None for need in needs):
        return needs
    ordered: list[Demand] = []
    for _, of_day in groupby(needs, key=attrgetter("day")):
        day = list(of_day)
        at = {need.line_id: index for index, need in enumerate(day)}
        ordered += (need for _, need in sorted(((_rank(need, at, earlier), need) for need in day), key=lambda pair: pair[0]))
    return ordered


def _rank(need: Demand, at: Mapping[int, int], earlier: Earlier) -> tuple[int, int, bool, int]:
    """Sort key inside a day: kind, place in data order, after what stands at that place, own place."""
    own = at[need.line_id]
    if need.quantity < 0:
        if need.return_of is not None and need.return_of in at and need.return_of not in earlier:
            return 2, max(own, at[need.return_of]), own < at[need.return_of], own
        return 0, own, False, own
    return (1 if need.batch_id is not None else 2), own, False, own


class PoolLedger:
    """Running stock of one (warehouse, item) while its needs are decided one after the other."""

    __slots__ = (
        *("candidates", "credit", "default_ids", "earlier", "failures", "on_hand", "policy"),
        *("settings", "stock", "taken", "takes", "total"),
    )

    def __init__(self, stock: Stock, earlier: Earlier, settings: FallbackSettings) -> None:
        self.policy = stock.policy
        self.settings = settings
        self.stock = stock
        self.earlier = earlier
        self.total = stock.physical
        # None is what lies here without a batch: all of an untracked item, unless it was tracked once.
        self.on_hand: dict[int | None, Decimal] = {batch.batch_id: batch.physical for batch in stock.batches}
        self.on_hand[None] = stock.physical - sum((batch.physical for batch in stock.batches), ZERO)
        self.candidates = real_batches(stock)
        # What lies on the default batch (docs/domain.md#batch-debt); below nothing it is owed.
        default = [batch for batch in stock.batches if batch.is_default_batch and batch.number == settings.default_batch_id]
        self.default_ids = {DEFAULT_BATCH, *(batch.batch_id for batch in default)}
        self.credit = sum((batch.physical for batch in default), ZERO)
        self.taken: dict[int, list[PriorAllocation]] = {}
        self.takes: list[Allocation] = []
        self.failures: list[Failure] = []

    def decide(self, needs: Iterable[Demand]) -> None:
        """Decides lines one after the other."""
        for need in needs:
            if need.quantity < 0:
                self.return_line(need)
            else:
                self.issue(need)

    def failures_of(self, needs: Iterable[Demand]) -> list[Failure]:
        """What further lines would lack; the stock stays as it is."""
        needs = list(needs)
        before = self.total, self.credit, dict(self.on_hand), self.candidates, self.failures
        taken = {need.return_of: self.taken.get(need.return_of) for need in needs if need.return_of is not None}
        self.failures = []
        self.decide(needs)
        failures = self.failures
        self.total, self.credit, self.on_hand, self.candidates, self.failures = before
        for line_id, parts in taken.items():
            if parts is not None:
                self.taken[line_id] = parts
            else:
                self.taken.pop(line_id, None)
        return failures

    def issue(self, need: Demand) -> None:
        """Decides a sale line."""
        if not self.policy.tracked:
            self._issue_untracked(need)
        elif need.batch_id is not None:
            self._issue_captured(need, need.batch_id)
        else:
            self._issue_by_policy(need)

    def _issue_untracked(self, need: Demand) -> None:
        missing = need.quantity - self.on_hand[None]
        refusal = (negative_refusal(self.policy, "NEGATIVE_NOT_ALLOWED") if missing > 0 else "") or self._financial_refusal(need)
        if refusal:
            self._fail(need, refusal, min(max(missing, ZERO), need.quantity) or need.quantity)
        else:
            self._take(need, ((None, need.quantity, Source.UNTRACKED, Reason.NOT_TRACKED),))

    def _issue_captured(self, need: Demand, batch_id: int) -> None:
        missing = need.quantity - self.on_hand.get(batch_id, ZERO)
        refusal = (negative_refusal(self.policy, "CAPTURED_BATCH_SHORT") if missing > 0 else "") or self._financial_refusal(need)
        if refusal:
            self._fail(need, refusal, min(max(missing, ZERO), need.quantity) or need.quantity)
        else:
            reason = Reason.CAPTURED_NEGATIVE if missing > 0 else Reason.CAPTURED
            self._take(need, ((batch_id, need.quantity, Source.CAPTURED, reason),))

    def _issue_by_policy(self, need: Demand) -> None:
        left = need.quantity
        parts: list[tuple[int | None, Decimal, Source, Reason]] = []
        for batch in self.candidates:
            available = self.on_hand[batch.batch_id] - batch.reserved
            if available <= 0 or rejection_reason(batch, need, self.settings) is not None:
                continue
            used = available if available < left else left
            parts.append((batch.batch_id, used, Source.ALLOCATED, REASON_OF_POLICY[self.policy.policy]))
            left -= used
            if not left:
                break
        # Units that lie on the default batch need no negative inventory.
        owed = max(left - max(self.credit, ZERO), ZERO)
        refusal = fallback_refusal(self.policy, self.settings, self._default_is_real, goes_negative=owed > 0) if left else ""
        refusal = refusal or self._financial_refusal(need)
        if refusal:
            self._fail(need, refusal, (owed if refusal in NEEDS_NEGATIVE else left) or need.quantity)
            return
        if left:
            parts.append((DEFAULT_BATCH, left, Source.DEFAULT, self._why_no_batch(need, parts)))
        self._take(need, parts)

    def return_line(self, need: Demand) -> None:
        """Decides a return line; quantities are negative."""
        if need.return_of is None:
            self._return_blind(need)
        else:
            self._return_linked(need, need.return_of)

    def _return_blind(self, need: Demand) -> None:
        if not self.policy.tracked:
            self._take(need, ((None, need.quantity, Source.RETURNED, Reason.BLIND_RETURN),))
        elif need.batch_id is not None:
            self._take(need, ((need.batch_id, need.quantity, Source.RETURNED, Reason.CAPTURED),))
        elif refusal := blind_return_refusal(self.policy, self.settings, self._default_is_real):
            self._fail(need, refusal, -need.quantity)
        else:
            self._take(need, ((DEFAULT_BATCH, need.quantity, Source.RETURNED, Reason.BLIND_RETURN),))

    def _return_linked(self, need: Demand, original: int) -> None:
        taken = self.taken.get(original)
        if taken is None:
            if original not in self.earlier:
                self._fail(need, "RETURN_OF_UNPOSTED_SALE", -need.quantity)
                return
            taken = list(self.earlier[original])
        left = -need.quantity
        parts: list[tuple[int | None, Decimal, Source, Reason]] = []
        remaining = list(taken)
        while left and remaining:
            batch_id, quantity, _ = remaining.pop()
            back = min(quantity, left)
            if back:
                parts.append((batch_id, -back, Source.RETURNED, Reason.LINKED_RETURN))
            if quantity > back:
                remaining.append(PriorAllocation(batch_id, quantity - back))
            left -= back
        if left:
            self._fail(need, "RETURN_EXCEEDS_SALE", left)
            return
        self.taken[original] = remaining
        self._take(need, parts)

    def _take(self, need: Demand, parts: Sequence[tuple[int | None, Decimal, Source, Reason]]) -> None:
        self.total -= need.quantity
        on_hand = self.on_hand
        for ordinal, (batch_id, quantity, source, reason) in enumerate(parts, 1):
            if batch_id in self.default_ids:
                self.credit -= quantity
            if batch_id != DEFAULT_BATCH:
                on_hand[batch_id] = on_hand.get(batch_id, ZERO) - quantity
                if quantity < 0 and batch_id is not None:
                    self._mark_received(batch_id, need)
            self.takes.append(Allocation(need, ordinal, batch_id, quantity, source, reason))
        if need.quantity > 0:
            self.taken[need.line_id] = [PriorAllocation(part[0], part[1]) for part in parts]

    def _mark_received(self, batch_id: int, need: Demand) -> None:
        """A batch that was never received here counts as received with its first return."""
        if any(batch.batch_id == batch_id and batch.first_received_at is None for batch in self.candidates):
            received = [batch._replace(first_received_at=need.at) if batch.batch_id == batch_id else batch for batch in self.candidates]
            self.candidates = in_order_of_choice(received, self.policy.policy)

    @property
    def _default_is_real(self) -> bool:
        return self.settings.default_batch_id in self.stock.real_numbers

    def _fail(self, need: Demand, code: str, missing: Decimal) -> None:
        self.failures.append(Failure(need, code, missing))

    def _financial_refusal(self, need: Demand) -> str:
        if self.policy.negative_financial or need.quantity <= self.total:
            return ""
        return "FINANCIAL_NEGATIVE_NOT_ALLOWED"

    def _why_no_batch(self, need: Demand, parts: Sequence[tuple[int | None, Decimal, Source, Reason]]) -> Reason:
        """Why no real batch serves what is left after `parts` of the line, the nearest miss first."""
        # A batch that some line captured, but that never came to this warehouse, is none of its batches.
        came_here = [batch for batch in self.candidates if batch.first_received_at is not None or self.on_hand[batch.batch_id] > 0]
        if not came_here:
            return Reason.STOCK_USED_UP if self.stock.had_batches else Reason.NO_BATCH
        used = {part[0]: part[1] for part in parts}
        left = (batch for batch in came_here if self.on_hand[batch.batch_id] > used.get(batch.batch_id, ZERO))
        found = {rejection_reason(batch, need, self.settings) or Reason.RESERVED for batch in left}
        return next((reason for reason in _MISSES if reason in found), Reason.STOCK_USED_UP)


class Sold(Protocol):
    """When something was sold: the date that batches are judged by, and the instant."""

    @property
    def day(self) -> date: ...

    @property
    def at(self) -> datetime: ...


def rejection_reason(batch: BatchStock, need: Sold, settings: FallbackSettings) -> Reason | None:
    """Why this batch is not valid for the line, stock aside; None when it is."""
    if batch.blocked:
        return Reason.BLOCKED
    if batch.expires_on is not None and is_expired(batch.expires_on, need.day, settings.sellable_on_expiration_date):
        return Reason.EXPIRED
    if not settings.use_batches_received_after_sale and (batch.first_received_at is None or batch.first_received_at > need.at):
        return Reason.RECEIVED_LATER
    return None


def real_batches(stock: Stock) -> list[BatchStock]:
    """Batches that may be chosen at all, in order of choice; a default batch never is, whatever its stock."""
    real = [batch for batch in stock.batches if not batch.is_default_batch]
    return in_order_of_choice(real, stock.policy.policy) if len(real) > 1 else real


def in_order_of_choice(batches: Iterable[BatchStock], policy: Policy) -> list[BatchStock]:
    """Batches in the order that the policy uses them; ties break on first receipt, then number; what has no date comes last."""
    if policy is Policy.LIFO:
        ordered = sorted(batches, key=attrgetter("number"))
        received = [batch for batch in ordered if batch.first_received_at is not None]
        never = [batch for batch in ordered if batch.first_received_at is None]
        return sorted(received, key=attrgetter("first_received_at"), reverse=True) + never
    return sorted(batches, key=_KEY_OF_POLICY[policy])


def _by_expiry(batch: BatchStock) -> tuple[date, datetime, str]:
    return batch.expires_on or date.max, batch.first_received_at or _NEVER, batch.number


def _by_receipt(batch: BatchStock) -> tuple[datetime, str]:
    return batch.first_received_at or _NEVER, batch.number


_NEVER = datetime.max.replace(tzinfo=UTC)
_KEY_OF_POLICY: Mapping[Policy, Callable[[BatchStock], Any]] = {
    Policy.FEFO: _by_expiry,
    Policy.FIFO: _by_receipt,
    Policy.BATCH_NUMBER: attrgetter("number"),
}
