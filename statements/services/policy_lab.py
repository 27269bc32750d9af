"""Policy lab: a past period decided again under other settings; reads only (docs/domain.md#policy-lab)."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext_lazy

from core.db.history import Versions
from core.jobs.kinds import JobResult, register_kind, written_problems
from core.jobs.models import Job
from core.jobs.run import Run as JobRun
from core.jobs.services import request_work
from core.lib.decimals import ZERO, plain_text
from core.lib.document_kinds import SourceKind
from core.lib.messages import Message
from core.lib.problems import BusinessError, Code, Problem, register
from inventory.models import Item, Warehouse
from inventory.queries.as_of import PoolMasters, default_batches_of, load_pool_history, load_pool_masters
from inventory.queries.expiring import unit_costs_of
from inventory.queries.waste import wasted
from inventory.rules.fallback import order_fallback, statement_fallback
from inventory.rules.policy_lab import Replay, Run, Scenario, Tally, decide_run, replay
from inventory.rules.stock import DEFAULT_BATCH, Policy, StockKey
from orders.queries import explanations as reads
from orders.queries.explanations import PostedRun
from orders.services.explanations import judged_instants, lines_of_deliveries
from parameters.queries import settings_versions
from parameters.rules.settings import RetailSettings
from statements.services.explanations import lines_of_run

POLICY_LAB = "policy_lab"
MOST_RUNS = 20_000
ROWS_KEPT = 100
_LINES_OF = {SourceKind.POS_LINE: lines_of_run, SourceKind.DELIVERY_LINE: lines_of_deliveries}
_FALLBACK_OF = {SourceKind.POS_LINE: statement_fallback, SourceKind.DELIVERY_LINE: order_fallback}
Progress = Callable[[int, int], None]

register(
    Code(
        "PERIOD_TOO_LARGE",
        "policy lab",
        "More was decided in these days than can be replayed at once.",
        "Name fewer days, a warehouse or an item.",
        "More than {most} times something was decided in these days; name fewer days, a warehouse or an item.",
    ),
)


@dataclass(frozen=True, slots=True)
class Period:
    """Which sales are replayed: business dates, warehouses, items (None: all)."""

    first: date
    last: date
    warehouse_ids: Collection[int]
    item_ids: Collection[int] | None = None


@dataclass(slots=True)
class Side:
    """One side of the comparison: what went to default batches, failed, and expired; values at the cost of today."""

    fallback_lines: int = 0
    fallback_quantity: Decimal = ZERO
    fallback_value: Decimal = ZERO
    failed_lines: int = 0
    expired_quantity: Decimal = ZERO
    expired_value: Decimal = ZERO

    def add(self, tally: Tally, expired: Decimal, unit_cost: Decimal) -> None:
        """Adds what one (warehouse, item) came to."""
        self.fallback_lines += tally.fallback_lines
        self.fallback_quantity += tally.fallback_quantity
        self.fallback_value += tally.fallback_quantity * unit_cost
        self.failed_lines += tally.failed_lines
        self.expired_quantity += expired
        self.expired_value += expired * unit_cost

    def values(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "fallback_lines": self.fallback_lines,
            "failed_lines": self.failed_lines,
            **{name: plain_text(getattr(self, name)) for name in ("fallback_quantity", "expired_quantity")},
            **{name: str(getattr(self, name).quantize(Decimal("0.01"))) for name in ("fallback_value", "expired_value")},
        }


@dataclass(slots=True)
class Comparison:
    """What was, beside what would have been; `rows` are those of (warehouse, item) where anything differs, the largest first."""

    runs: int = 0
    lines: int = 0
    changed_lines: int = 0
    actual: Side = field(default_factory=Side)
    supposed: Side = field(default_factory=Side)
    rows: list[tuple[StockKey, Side, Side]] = field(default_factory=list)


def compare(period: Period, scenario: Scenario, progress: Progress = lambda done, total: None) -> Comparison:
    """Replays the period; up to nine queries for each time that something was decided, more where much came back, seven for each pool.

    Raises BusinessError PERIOD_TOO_LARGE.
    """
    runs = reads.runs_between(period.warehouse_ids, period.item_ids, period.first, period.last, MOST_RUNS + 1)
    if len(runs) > MOST_RUNS:
        raise BusinessError(Problem("PERIOD_TOO_LARGE", {"most": Decimal(MOST_RUNS)}))
    found = Comparison(runs=len(runs))
    pools = sorted({(run.warehouse_id, run.item_id) for _, run in runs})
    expired = wasted(pools, period.first, period.last)
    costs = unit_costs_of({pool[1] for pool in pools}, {pool[0] for pool in pools})
    settings: dict[int, Versions | None] = {}
    done = 0
    for pool, own in groupby(runs, key=lambda pair: (pair[1].warehouse_id, pair[1].item_id)):
        of_pool = list(own)
        result = replay(_loaded(pool, of_pool, settings), scenario)
        done += len(of_pool)
        progress(done, len(runs))
        _add(found, pool, result, {key[2]: quantity for key, quantity in expired.items() if key[:2] == pool}, costs.get(pool, ZERO))
    found.rows.sort(key=lambda row: (-_weight(row[1], row[2]), row[0]))
    return found


def _loaded(pool: StockKey, runs: Collection[tuple[SourceKind, PostedRun]], settings: dict[int, Versions | None]) -> Iterator[Run]:
    masters, default_batches = load_pool_masters(pool), frozenset(default_batches_of(pool[1]))
    for kind, run in runs:
        if run.legal_entity_id not in settings:
            settings[run.legal_entity_id] = settings_versions(run.legal_entity_id)
        versions = settings[run.legal_entity_id]
        if versions is not None:
            yield load_run(kind, run, versions, masters, default_batches)


def load_run(kind: SourceKind, run: PostedRun, settings: Versions, masters: PoolMasters, default_batches: frozenset[int]) -> Run:
    """A run as it saw stock and settings; where these changed while it worked, as they give what was posted."""
    pool = (run.warehouse_id, run.item_id)
    history = load_pool_history(pool, run.before, (), masters)
    lines = _LINES_OF[kind](run, history)
    needs = [need for need in lines.needs if (need.warehouse_id, need.item_id) == pool]
    posted = reads.posted_of_lines(kind, {need.line_id for need in needs})
    named = {part.batch_id for parts in posted.values() for part in parts if part.batch_id is not None}
    if named - history.batches.keys():
        history = load_pool_history(pool, run.before, named, masters)
    reversed_since = reads.reversed_sources(run, kind)
    left_out = {
        need.line_id for need in needs if (need.line_id if kind is SourceKind.DELIVERY_LINE else need.order_line_id) in reversed_since
    }
    first: Run | None = None
    for instant in judged_instants(run, history, settings):
        used = _FALLBACK_OF[kind](RetailSettings(**settings.at(instant)))
        stock = history.stock_at(instant, lines.first_returns)
        found = Run(needs, stock, lines.earlier, lines.reservations, used, posted, default_batches, left_out)
        if _agrees(found):
            return found
        first = first or found
    assert first is not None
    return first


def _agrees(run: Run) -> bool:
    again: dict[int, list[tuple[int | None, Decimal]]] = {}
    for take in decide_run(run, Scenario(), {}, run.earlier):
        batch = DEFAULT_BATCH if take.batch_id in run.default_batches else take.batch_id
        again.setdefault(take.need.line_id, []).append((batch, take.quantity))
    posted = {
        line: [(DEFAULT_BATCH if part.batch_id in run.default_batches else part.batch_id, part.quantity) for part in parts]
        for line, parts in run.posted.items()
    }
    return again == posted


def _add(found: Comparison, pool: StockKey, result: Replay, expired: dict[int, Decimal], unit_cost: Decimal) -> None:
    left = sum(expired.values(), ZERO)
    supposed_left = sum((max(quantity + result.drift.get(batch, ZERO), ZERO) for batch, quantity in expired.items()), ZERO)
    actual, supposed = Side(), Side()
    actual.add(result.actual, left, unit_cost)
    supposed.add(result.supposed, supposed_left, unit_cost)
    found.actual.add(result.actual, left, unit_cost)
    found.supposed.add(result.supposed, supposed_left, unit_cost)
    found.lines += result.actual.lines
    found.changed_lines += result.changed_lines
    if result.changed_lines:
        found.rows.append((pool, actual, supposed))


def _weight(actual: Side, supposed: Side) -> Decimal:
    return abs(actual.fallback_value - supposed.fallback_value) + abs(actual.expired_value - supposed.expired_value)


def run_lab(run: JobRun) -> JobResult:
    """The work: the comparison as the result of the job. A second run finds the same, as long as nobody reverses or settles meanwhile."""
    asked = run.arguments
    period = Period(date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"]), asked["warehouses"], asked["items"])
    scenario = scenario_of(asked["scenario"])
    try:
        found = compare(period, scenario, run.progress)
    except BusinessError as error:
        return JobResult({"problems": written_problems(error.problems)}, failed=True)
    return JobResult({"lines": found.lines, "changed": found.changed_lines, "comparison": comparison_values(found)})


def request_lab(period: Period, scenario: dict[str, Any], user: User | AnonymousUser) -> Job:
    """Asks for a replay; `scenario` holds what is supposed, by the names of `Scenario`."""
    arguments = {
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "warehouses": sorted(period.warehouse_ids),
        "items": None if period.item_ids is None else sorted(period.item_ids),
        "scenario": scenario,
    }
    return request_work(POLICY_LAB, Message("Policy lab {first} to {last}", {"first": period.first, "last": period.last}), arguments, user)


def scenario_of(supposed: dict[str, Any]) -> Scenario:
    """A scenario from its values of JSON."""
    policy = supposed.get("policy")
    return Scenario(**{**supposed, "policy": Policy(policy) if policy else None})


def comparison_values(found: Comparison) -> dict[str, Any]:
    """A comparison as values of JSON, with the largest differences by warehouse and item; two queries."""
    shown = found.rows[:ROWS_KEPT]
    items = {
        pk: (code, name)
        for pk, code, name in Item.objects.filter(pk__in={pool[1] for pool, _, _ in shown}).values_list("pk", "code", "name")
    }
    warehouses = dict(Warehouse.objects.filter(pk__in={pool[0] for pool, _, _ in shown}).values_list("pk", "code"))
    return {
        "runs": found.runs,
        "lines": found.lines,
        "changed_lines": found.changed_lines,
        "actual": found.actual.values(),
        "supposed": found.supposed.values(),
        "rows": [
            {
                "warehouse": warehouses[pool[0]],
                "item": items[pool[1]][0],
                "name": items[pool[1]][1],
                "actual": actual.values(),
                "supposed": supposed.values(),
            }
            for pool, actual, supposed in shown
        ],
    }


register_kind(POLICY_LAB, run_lab, unit=gettext_lazy("decisions"), page="statements:policy_lab_result")
