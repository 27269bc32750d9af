"""Why this batch: the decision of a posted line taken again from the append-only books; a fixed number of queries, nothing is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.db.history import Versions
from core.lib.document_kinds import SourceKind
from core.lib.problems import BusinessError, Code, Problem, register
from inventory.queries.as_of import PoolHistory, default_batches_of, journal_days, load_pool_history
from inventory.rules.allocation import Earlier
from inventory.rules.explanation import Explanation, Taken, agrees, explain
from inventory.rules.fallback import order_fallback
from inventory.rules.reservations import Reservations
from inventory.rules.stock import DEFAULT_BATCH, Demand, FallbackSettings
from inventory.services.time_zones import start_of_day, zones_of_warehouses
from orders.queries import explanations as reads
from orders.queries.explanations import PostedRun
from parameters.queries import settings_versions
from parameters.rules.settings import RetailSettings

register(
    Code(
        "NOT_ALLOCATED",
        "posting",
        "The line has no allocation to explain.",
        "Post its statement or deliver its order first; a line that moves no stock has none.",
        {"": "No stock moved for line {line} of {document}.", "unknown": "There is no {document} with a line {line}."},
    )
)

# Settings and policies are read when a run begins; what changed while it worked was not seen by it.
_RUN_LASTS = timedelta(hours=1)
_TRIES = 8
_JOURNALS = (SourceKind.JOURNAL_LINE, SourceKind.JOURNAL_ARRIVAL)
Fallback = Callable[[RetailSettings], FallbackSettings]


@dataclass(frozen=True, slots=True)
class RunLines:
    """The lines that a run decided in a (warehouse, item), in data order, and what they found."""

    needs: Sequence[Demand]
    earlier: Earlier
    reservations: Reservations
    first_returns: Mapping[int, datetime]


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation beside what was posted, and whether both are the same; `judged_at` is when settings were as they were used."""

    run: PostedRun
    posted: Sequence[Taken]
    explanation: Explanation
    agrees: bool
    judged_at: datetime
    default_batches: Mapping[int, str]

    def number_of(self, batch_id: int | None) -> str:
        """Number of a batch that the line took; blank for none."""
        if batch_id is None:
            return ""
        if batch_id == DEFAULT_BATCH:
            return self.explanation.settings.default_batch_id
        numbers = {candidate.batch_id: candidate.number for candidate in self.explanation.candidates}
        return numbers.get(batch_id) or self.default_batches.get(batch_id, "")


def explain_posted(
    kind: SourceKind, line_id: int, lines_of: Callable[[PostedRun, PoolHistory], RunLines], fallback: Fallback
) -> Explained | None:
    """Explains a posted line; None for one that moved nothing. `lines_of` reads what the run's lines wanted and had found."""
    run = reads.posted_run(kind, line_id)
    if run is None:
        return None
    posted = reads.posted_parts(kind, line_id)
    settings = settings_versions(run.legal_entity_id)
    if settings is None:
        return None
    named = {part.batch_id for part in posted if part.batch_id is not None}
    history = load_pool_history((run.warehouse_id, run.item_id), run.before, named)
    lines = lines_of(run, history)
    default_batches = default_batches_of(run.item_id)
    first: Explained | None = None
    for instant in judged_instants(run, history, settings):
        used = fallback(RetailSettings(**settings.at(instant)))
        stock = history.stock_at(instant, lines.first_returns)
        explanation = explain(line_id, lines.needs, stock, lines.earlier, used, lines.reservations)
        found = Explained(run, posted, explanation, agrees(explanation, posted, default_batches), instant, default_batches)
        if found.agrees:
            return found
        first = first or found
    return first


def judged_instants(run: PostedRun, history: PoolHistory, settings: Versions) -> list[datetime]:
    """Instants by which a run may have judged, the likeliest first: when it wrote, and before each change while it may have worked."""
    changes = [*history.changes, *(at for at, _ in settings.history)]
    before = [
        at - timedelta(microseconds=1) for at in sorted(set(changes), reverse=True) if run.posted_at - _RUN_LASTS < at <= run.posted_at
    ]
    return [run.posted_at, *before[:_TRIES]]


def explain_delivery_line(line_id: int) -> Explained | None:
    """Why a delivery line of a customer order got its batches; None where it moved nothing."""
    return explain_posted(SourceKind.DELIVERY_LINE, line_id, lines_of_deliveries, order_fallback)


def lines_of_deliveries(run: PostedRun, history: PoolHistory) -> RunLines:
    """What a run of deliveries decided in the (warehouse, item)."""
    needs = reads.needs_of_delivery_lines(run.sources, run.posted_at)
    sold = {need.return_of for need in needs if need.return_of is not None}
    earlier = reads.takes_before(SourceKind.DELIVERY_LINE, sold, reads.returns_of_delivery_lines(sold) if sold else (), run.before)
    reservations = reads.reservations_before({need.order_line_id for need in needs}, run.before)
    return RunLines(needs, earlier, reservations, first_returns(history))


def first_returns(history: PoolHistory) -> dict[int, datetime]:
    """When batches first came here by other ways than a receipt: journals with the beginning of their day, deliveries when posted."""
    by_kind: dict[int, list[tuple[int, int]]] = {}
    for batch_id, moved in history.moved.items():
        if batch_id is not None and moved.came_back_by:
            by_kind.setdefault(moved.came_back_by[0], []).append((batch_id, moved.came_back_by[1]))
    journals = [pair for kind in _JOURNALS for pair in by_kind.get(kind, ())]
    days = journal_days([line for _, line in journals])
    zone = zones_of_warehouses([history.pool[0]])[history.pool[0]] if journals else UTC
    delivered = [(batch, int(SourceKind.DELIVERY_LINE), line) for batch, line in by_kind.get(SourceKind.DELIVERY_LINE, ())]
    return {batch: start_of_day(days[line], zone) for batch, line in journals} | reads.movement_instants(delivered)


def not_allocated(document: str, line: int, *, known: bool = True) -> BusinessError:
    """There is nothing to explain."""
    return BusinessError(Problem("NOT_ALLOCATED", {"document": document, "line": line}, variant="" if known else "unknown"))
