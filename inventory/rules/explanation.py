"""Why a line got these batches: the decision of its run taken again up to the line, with what each batch held at that moment.

Nothing of this is kept when a day is posted. The same rule over the stock, the settings and the lines of that moment gives the same answer,
so an explanation that differs from what was posted says that something was changed behind the books.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from core.lib.decimals import ZERO
from inventory.rules.allocation import Earlier, PoolLedger, in_order_of_choice, in_order_of_decision, rejection_reason
from inventory.rules.reservations import Reservations, take_reserved
from inventory.rules.stock import (
    DEFAULT_BATCH,
    Allocation,
    BatchStock,
    Demand,
    FallbackSettings,
    Reason,
    Stock,
    StockPolicy,
)


class Outcome(StrEnum):
    """What became of a batch that could have been considered."""

    TAKEN = "taken"
    COVERED = "covered"
    USED_UP = "used_up"
    RESERVED = "reserved"
    RECEIVED_LATER = "received_later"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    OTHER_CAPTURED = "other_captured"
    NOT_SOLD_FROM = "not_sold_from"


_OUTCOME_OF_REASON = {
    Reason.BLOCKED: Outcome.BLOCKED,
    Reason.EXPIRED: Outcome.EXPIRED,
    Reason.RECEIVED_LATER: Outcome.RECEIVED_LATER,
}


class Candidate(NamedTuple):
    """A batch at the moment of the decision, in the item's unit; `rank` is its place in the order of choice.

    `own` is what was reserved for the line itself and is counted in neither `physical` nor `reserved`.
    """

    batch_id: int
    number: str
    rank: int
    physical: Decimal
    reserved: Decimal
    own: Decimal
    taken: Decimal
    outcome: Outcome
    batch: BatchStock


class Taken(NamedTuple):
    """A part of the line as it is decided again."""

    batch_id: int | None
    quantity: Decimal
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line's decision taken again.

    `total` is the item's stock in the warehouse before the line, `credit` what lay on the default batch (below zero it was owed),
    `lines_before` how many lines of the same run were decided before it. `failure` is a code where the line would fail now.
    """

    need: Demand
    policy: StockPolicy
    settings: FallbackSettings
    candidates: tuple[Candidate, ...]
    takes: tuple[Taken, ...]
    total: Decimal
    credit: Decimal
    lines_before: int
    failure: str = ""


def explain(
    line_id: int, needs: Sequence[Demand], stock: Stock, earlier: Earlier, settings: FallbackSettings, reservations: Reservations
) -> Explanation:
    """Decides all lines of a run in one (warehouse, item) up to this one, and says what each batch was to it.

    `needs` are the lines that went through, in data order, `stock` is what there was before the run. Raises KeyError for a line that is
    none of them.
    """
    need = {one.line_id: one for one in needs}[line_id]
    pool = (need.warehouse_id, need.item_id)
    own, _, rest, left = take_reserved(needs, {pool: stock}, settings, reservations)
    ledger = PoolLedger(left[pool], earlier, settings)
    ordered = list(in_order_of_decision(rest, earlier))
    place = next((at for at, one in enumerate(ordered) if one.line_id == line_id), None)
    ledger.decide(ordered[:place] if place is not None else ordered)
    before, total, credit = dict(ledger.on_hand), ledger.total, ledger.credit
    known = ledger.candidates
    decided = len(ledger.takes), len(ledger.failures)
    if place is not None:
        ledger.decide([ordered[place]])
    own_takes = [take for take in own if take.need.line_id == line_id]
    takes = [*own_takes, *ledger.takes[decided[0] :]]
    failed = ledger.failures[decided[1] :]
    return Explanation(
        need,
        stock.policy,
        settings,
        _candidates(need, known, before, own_takes, takes, stock, settings),
        tuple(Taken(take.batch_id, take.quantity, str(take.source), str(take.reason)) for take in takes),
        total,
        credit,
        place if place is not None else len(needs) - 1,
        failed[0].code if failed else "",
    )


def _candidates(
    need: Demand,
    known: Sequence[BatchStock],
    before: Mapping[int | None, Decimal],
    own: Sequence[Allocation],
    takes: Sequence[Allocation],
    stock: Stock,
    settings: FallbackSettings,
) -> tuple[Candidate, ...]:
    found = []
    for rank, batch in enumerate(in_order_of_choice(known, stock.policy.policy), 1):
        held = before.get(batch.batch_id, ZERO)
        reserved_own = sum((take.quantity for take in own if take.batch_id == batch.batch_id), ZERO)
        taken = sum((take.quantity for take in takes if take.batch_id == batch.batch_id), ZERO)
        outcome = Outcome.TAKEN if taken else _why_not(need, batch, held, settings)
        found.append(Candidate(batch.batch_id, batch.number, rank, held, batch.reserved, reserved_own, taken, outcome, batch))
    return tuple(found)


def _why_not(need: Demand, batch: BatchStock, held: Decimal, settings: FallbackSettings) -> Outcome:
    """Why the line took nothing of a batch."""
    if need.quantity < 0:
        return Outcome.NOT_SOLD_FROM
    if need.batch_id is not None:
        return Outcome.OTHER_CAPTURED
    if held <= 0:
        return Outcome.USED_UP
    if (reason := rejection_reason(batch, need, settings)) is not None:
        return _OUTCOME_OF_REASON[reason]
    return Outcome.RESERVED if held <= batch.reserved else Outcome.COVERED


def agrees(explanation: Explanation, posted: Sequence[Taken], default_batches: Mapping[int, str]) -> bool:
    """Whether what was posted is what is decided again; `default_batches` are numbers by id, which the decision knows by its stand-in."""

    def plain(taken: Taken) -> tuple[object, ...]:
        number = default_batches.get(taken.batch_id or 0)
        is_default = taken.batch_id == DEFAULT_BATCH or number == explanation.settings.default_batch_id
        return DEFAULT_BATCH if is_default else taken.batch_id, taken.quantity, taken.source, taken.reason

    return [plain(one) for one in explanation.takes] == [plain(one) for one in posted]
