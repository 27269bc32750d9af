"""The dry run: the decisions that posting would make now, and nothing written."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from core.lib.document_kinds import SourceKind
from core.lib.messages import Message
from core.lib.problems import Problem
from inventory.queries.policies import Policies
from inventory.rules.fallback import statement_fallback
from inventory.rules.stock import Allocation, Source
from ledger.queries import posting_accounts
from orders.queries.invoices import item_names, reserved_in
from orders.rules.invoices import failure_problem, set_aside_for_others
from orders.services.invoices import Decided, Issuing, decide_needs
from parameters.queries import settings_of
from parameters.rules.settings import RetailSettings
from statements.queries import posting as reads
from statements.queries.needs import earlier_takes
from statements.queries.posting import StatementHead
from statements.queries.preview import SoldOn, StatementDemands, read_demands, transactions_in
from statements.rules.aggregation import Sale, group_sales
from statements.rules.preview import ExpectedEntry, Fallback
from statements.rules.states import POST_STATES, PostState, next_state
from statements.services.chunks import Chunk
from statements.services.hold import holds_failing
from statements.services.preview_vouchers import ExpectedCosts, expected_entries, plan_takes
from statements.services.steps import approved_lines, check_statements, in_closed_periods
from statements.writes.calculation import blocked_capture


@dataclass(frozen=True, slots=True)
class PreviewedFailure:
    """A line that would fail, in the words that posting would use."""

    line_id: int
    code: str
    item: str
    missing: Decimal
    message: Message


@dataclass(slots=True)
class PreviewedStatement:
    """What posting would do with one statement: lines by source, cost on the default batch, what would stop it and in which state.

    `warnings` are the alerts on its transactions, by transaction id. `held` sales would move to a supplement so that the rest posts;
    their lines are among the failures.
    """

    head: StatementHead
    # Number of lines that take from each source; what takes from two counts in both.
    lines_by_source: Counter[str] = field(default_factory=Counter)
    # Quantity that would go to the default batch, in the items' units, and its value at cost.
    default_quantity: Decimal = Decimal(0)
    default_value: Decimal = Decimal(0)
    # Every batch of every line, where it was asked for.
    takes: list[Allocation] = field(default_factory=list)
    failures: list[PreviewedFailure] = field(default_factory=list)
    failed_state: str = ""
    error_code: str = ""
    held: int = 0
    warnings: list[tuple[int, Problem]] = field(default_factory=list)
    # What stops the statement as a whole; lines that fail say it themselves.
    problem: Problem | None = None
    # What falls back, by item.
    fallback: dict[int, Fallback] = field(default_factory=dict)
    # What would be posted, by step and account, where it was asked for; of a statement that holds sales only its invoices.
    entries: list[ExpectedEntry] = field(default_factory=list)

    def stop(self, state: PostState, problem: Problem) -> None:
        """Nothing of it is posted from this state on."""
        self.failed_state, self.error_code, self.problem = state, problem.code, problem

    def fall_back(self, take: Allocation, value: Decimal) -> None:
        """Adds a take of the default batch."""
        item_id = take.need.item_id
        _, quantity, before = self.fallback.get(item_id, (item_id, Decimal(0), Decimal(0)))
        self.fallback[item_id] = Fallback(item_id, quantity + take.quantity, before + value)
        self.default_quantity += take.quantity
        self.default_value += value


def preview_posting(
    statement_ids: Sequence[int],
    supposed: Mapping[int, RetailSettings] | None = None,
    *,
    with_vouchers: bool = False,
    with_takes: bool = False,
) -> list[PreviewedStatement]:
    """Decides as posting would, statements in partition order; takes no locks and writes nothing. A fixed number of queries.

    `supposed` replaces the stored settings of a legal entity: what would happen if they were like that. `with_vouchers` says what would be
    posted too, and what falls back at the cost of its moment. `with_takes` says which batches each line takes; without it only lines that
    may fall back, fail or come back are decided one by one, which is many times cheaper.
    """
    heads = {head.statement_id: head for head in reads.statement_heads(statement_ids)}
    entities = {head.legal_entity_id for head in heads.values()}
    settings = settings_of(entities) | dict(supposed or {})
    previewed = {statement_id: PreviewedStatement(head) for statement_id, head in heads.items()}
    unchecked = [statement_id for statement_id, head in heads.items() if not head.post_state]
    chunk = Chunk(heads, settings, posting_accounts(entities), reads.StepApplicability())
    checked = check_statements(chunk, unchecked)
    for statement_id, problem in checked.failed.items():
        previewed[statement_id].stop(PostState.CHECKED, problem)
    resumed = [key for key in heads if key not in unchecked]
    before = [key for key in resumed if POST_STATES.index(heads[key].post_state) < POST_STATES.index(PostState.ORDER_INVOICED)]
    after = [key for key in resumed if key not in before]
    closed = in_closed_periods(chunk, before, goods=True) | in_closed_periods(chunk, after, goods=False)
    for statement_id, problem in closed.items():
        state = max(next_state(heads[statement_id].post_state) or PostState.POSTED, PostState.ORDER_INVOICED, key=POST_STATES.index)
        previewed[statement_id].stop(state, problem)
    for capture in reads.blocked_captures(statement_ids):
        previewed[capture.statement_id].warnings.append((capture.transaction_id, blocked_capture(capture)))
    going = [statement_id for statement_id in heads if previewed[statement_id].problem is None]
    decided = _decide(chunk, going, with_costs=with_vouchers, every_line=with_takes)
    costs = _add_takes(previewed, decided, with_vouchers=with_vouchers, with_takes=with_takes)
    _add_failures(previewed, decided)
    _leave_held(previewed, decided)
    if with_vouchers:
        ends = [key for key in going if not previewed[key].failed_state and not previewed[key].held]
        of_going = {key: heads[key] for key in going}
        found = expected_entries(of_going, ends, chunk.accounts, checked.counted, decided.failing_sales, costs)
        for statement_id, entries in found.items():
            previewed[statement_id].entries = entries
    return list(previewed.values())


@dataclass(frozen=True, slots=True)
class _DecidedLines:
    """What was decided of statements. `holding` are those that hold failing sales; `failing_sales` would not be invoiced."""

    demands: StatementDemands
    decided: Decided
    holding: Collection[int]
    failing_sales: Collection[int]


def _decide(chunk: Chunk, statement_ids: Sequence[int], *, with_costs: bool, every_line: bool) -> _DecidedLines:
    """Decides what is not plain. Which sales share an order matters only where one fails, so it is asked only then."""
    heads = [chunk.heads[statement_id] for statement_id in statement_ids]
    days = {head.statement_id: head.posting_date for head in heads}
    fallback = {entity: statement_fallback(own) for entity, own in chunk.settings.items()}
    demands = read_demands(days, fallback, with_costs=with_costs, every_line=every_line)
    taken = earlier_takes(demands.to_decide, lock=False)
    how = Issuing(SourceKind.POS_LINE, fallback, Policies(), approved=approved_lines(statement_ids, fallback.values()))
    entity_of_warehouse = {head.warehouse_id: head.legal_entity_id for head in heads}
    decided = decide_needs(demands.to_decide, taken, entity_of_warehouse, how, lock=False)
    holding = {key for key in statement_ids if holds_failing(chunk, key)}
    if not decided.failures:
        return _DecidedLines(demands, decided, holding, ())
    orders = _ExpectedOrders(holding, _planned_orders(chunk, statement_ids))
    demands.to_decide = [
        demand._replace(order_id=orders.order_of(demands.sold_on[demand.line_id], demand.order_id)) for demand in demands.to_decide
    ]
    decided = decide_needs(demands.to_decide, taken, entity_of_warehouse, how, lock=False)
    failing_sales = orders.sales_in(decided.failures)
    demands.plain = read_demands(days, fallback, failing_sales, with_costs=with_costs, every_line=every_line).plain
    return _DecidedLines(demands, decided, holding, failing_sales)


@dataclass(frozen=True, slots=True)
class _ExpectedOrders:
    """The orders that posting would decide: of `holding` statements, which hold failing sales, each sale by itself.

    `planned` are the orders that aggregation would make of sales that are in none yet.
    """

    holding: Collection[int]
    planned: Mapping[int, int]

    def order_of(self, sold_on: SoldOn, order_id: int) -> int:
        """The order of a sale that is in this one, or in none yet (minus the sale)."""
        if sold_on.statement_id in self.holding:
            return -sold_on.transaction_id
        return self.planned.get(sold_on.transaction_id, order_id)

    def sales_in(self, orders: Collection[int]) -> set[int]:
        """Sales in these orders; one query, none where no order stands yet."""
        found = {-order for order in orders if order < 0} | {sale for sale, order in self.planned.items() if order in orders}
        return found | set(transactions_in([order for order in orders if order > 0]))


def _planned_orders(chunk: Chunk, statement_ids: Sequence[int]) -> dict[int, int]:
    """Of sales that are in no order yet: minus a number for the order that aggregation would make."""
    by_statement: dict[int, list[Sale]] = {}
    for sale in reads.sales_without_order(statement_ids):
        by_statement.setdefault(sale.statement_id, []).append(sale)
    planned: dict[int, int] = {}
    for statement_id, sales in by_statement.items():
        own = chunk.settings[chunk.heads[statement_id].legal_entity_id]
        for group in group_sales(sales, aggregate=own.posting_aggregate_lines, max_lines=own.posting_max_lines_per_order):
            planned |= dict.fromkeys(group.transaction_ids, -group.transaction_ids[0])
    return planned


def _add_takes(
    previewed: Mapping[int, PreviewedStatement], lines: _DecidedLines, *, with_vouchers: bool, with_takes: bool
) -> dict[int, ExpectedCosts]:
    """Counts lines and sums what falls back; gives what the goods of each statement cost where vouchers are asked for."""
    demands, decided = lines.demands, lines.decided
    plan = plan_takes(decided) if with_vouchers else None
    costs: dict[int, ExpectedCosts] = defaultdict(ExpectedCosts)
    for statement_id, plain in demands.plain.items():
        previewed[statement_id].lines_by_source += Counter(
            {Source.ALLOCATED.value: plain.allocated, Source.UNTRACKED.value: plain.untracked}
        )
        costs[statement_id].issued = plain.cost
    counted: tuple[int, Source] | None = None
    for place, take in enumerate(decided.takes()):
        statement_id = demands.sold_on[take.need.line_id].statement_id
        statement = previewed[statement_id]
        if with_takes:
            statement.takes.append(take)
        # The takes of a line stand together, those of a source too.
        if counted != (take.need.line_id, take.source):
            counted = take.need.line_id, take.source
            statement.lines_by_source[take.source.value] += 1
        if plan:
            costs[statement_id].issued += plan.costs[place]
        if take.source is Source.DEFAULT:
            pool = (take.need.warehouse_id, take.need.item_id)
            statement.fall_back(take, plan.costs[place] if plan else decided.loaded.costs[pool].worth_of(take.quantity))
    if plan and plan.adjustments:
        statement_of = {demand.order_id: demands.sold_on[demand.line_id].statement_id for demand in demands.to_decide}
        for adjustment in plan.adjustments:
            costs[statement_of[adjustment.order_id]].adjusted += adjustment.amount
    return costs


def _add_failures(previewed: Mapping[int, PreviewedStatement], lines: _DecidedLines) -> None:
    failures, sold_on = lines.decided.failures, lines.demands.sold_on
    names = item_names({failure.need.item_id for failed in failures.values() for failure in failed})
    reserved = reserved_in({(failure.need.warehouse_id, failure.need.item_id) for failed in failures.values() for failure in failed})
    for failed in failures.values():
        for failure in failed:
            statement = previewed[sold_on[failure.need.line_id].statement_id]
            item, unit = names[failure.need.item_id]
            pool = (failure.need.warehouse_id, failure.need.item_id)
            problem = failure_problem(failure, item, unit, statement.head.store, set_aside_for_others(reserved.get(pool, ()), 0))
            statement.failures.append(PreviewedFailure(failure.need.line_id, failure.code, item, failure.missing, problem.message))
            statement.failed_state = PostState.ORDER_INVOICED
            statement.error_code = statement.error_code or failure.code


def _leave_held(previewed: Mapping[int, PreviewedStatement], lines: _DecidedLines) -> None:
    """Statements that hold failing sales post without them, but for those of which every sale fails."""
    failed = [statement_id for statement_id in lines.holding if previewed[statement_id].failures]
    if not failed:
        return
    statement_of_sale = reads.sales_on_statements(failed)
    sales = Counter(statement_of_sale.values())
    held = Counter(statement_of_sale[-unit] for unit in lines.decided.failures if -unit in statement_of_sale)
    for statement_id in failed:
        if held[statement_id] < sales[statement_id]:
            statement = previewed[statement_id]
            statement.held, statement.failed_state, statement.error_code = held[statement_id], "", ""
