"""The dry run: the decisions that posting would make now, and nothing written."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypedDict

from core.lib.document_kinds import SourceKind
from core.lib.messages import Message
from core.lib.problems import Problem
from inventory.queries.policies import Policies
from inventory.rules.fallback import statement_fallback
from inventory.rules.issues import IssuePlan
from inventory.rules.stock import Allocation, Failure, Source
from ledger.queries import posting_accounts
from orders.queries.invoices import item_names, reserved_in
from orders.rules.invoices import failure_problem, set_aside_for_others
from orders.services.invoices import Issuing, decide_needs
from parameters.queries import settings_of
from parameters.rules.settings import RetailSettings
from statements.queries import posting as reads
from statements.queries.posting import StatementHead
from statements.queries.preview import orders_of_sales
from statements.rules.aggregation import Sale, group_sales
from statements.rules.preview import ExpectedEntry, Fallback
from statements.rules.states import POST_STATES, PostState, next_state
from statements.services.chunks import Chunk
from statements.services.preview_vouchers import expected_entries, plan_takes
from statements.services.steps import CheckedStatements, approved_lines, check_statements, in_closed_periods
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
    """What posting would do with one statement: takes by source, cost on the default batch, what would stop it and in which state.

    `warnings` are the alerts on its transactions, by transaction id. `held` receipts would move to a supplement so that the rest posts;
    their lines are among the failures.
    """

    head: StatementHead
    takes: list[Allocation] = field(default_factory=list)
    failures: list[PreviewedFailure] = field(default_factory=list)
    failed_state: str = ""
    error_code: str = ""
    default_value: Decimal = Decimal(0)
    held: int = 0
    warnings: list[tuple[int, Problem]] = field(default_factory=list)
    # What stops the statement as a whole; lines that fail say it themselves.
    problem: Problem | None = None
    # What falls back, by item.
    fallback: dict[int, Fallback] = field(default_factory=dict)
    # What would be posted, by step and account, where it was asked for; of a statement that holds sales only its invoices.
    entries: list[ExpectedEntry] = field(default_factory=list)

    def fall_back(self, take: Allocation, value: Decimal) -> None:
        """Adds a take of the default batch."""
        item_id = take.need.item_id
        _, quantity, before = self.fallback.get(item_id, (item_id, Decimal(0), Decimal(0)))
        self.fallback[item_id] = Fallback(item_id, quantity + take.quantity, before + value)
        self.default_value += value

    @property
    def lines_by_source(self) -> Counter[str]:
        """Number of takes by source."""
        return Counter(take.source.value for take in self.takes)

    @property
    def default_quantity(self) -> Decimal:
        """Quantity that would go to the default batch, in the items' units."""
        return sum((take.quantity for take in self.takes if take.source is Source.DEFAULT), Decimal(0))


def preview_posting(
    statement_ids: Sequence[int], supposed: Mapping[int, RetailSettings] | None = None, *, with_vouchers: bool = False
) -> list[PreviewedStatement]:
    """Decides as posting would, statements in partition order; takes no locks and writes nothing. A fixed number of queries.

    `supposed` replaces the stored settings of a legal entity: what would happen if they were like that. `with_vouchers` says what would be
    posted too, and what falls back at the cost of its moment.
    """
    heads = {head.statement_id: head for head in reads.statement_heads(statement_ids)}
    entities = {head.legal_entity_id for head in heads.values()}
    settings = settings_of(entities) | dict(supposed or {})
    previewed = {statement_id: PreviewedStatement(head) for statement_id, head in heads.items()}
    unchecked = [statement_id for statement_id, head in heads.items() if not head.post_state]
    chunk = Chunk(heads, settings, posting_accounts(entities), reads.StepApplicability())
    checked = check_statements(chunk, unchecked)
    problems = checked.failed
    for statement_id, problem in problems.items():
        previewed[statement_id].failed_state, previewed[statement_id].error_code = PostState.CHECKED, problem.code
        previewed[statement_id].problem = problem
    resumed = [key for key in heads if key not in unchecked]
    before = [key for key in resumed if POST_STATES.index(heads[key].post_state) < POST_STATES.index(PostState.ORDER_INVOICED)]
    after = [key for key in resumed if key not in before]
    closed = in_closed_periods(chunk, before, goods=True) | in_closed_periods(chunk, after, goods=False)
    for statement_id, problem in closed.items():
        state = max(next_state(heads[statement_id].post_state) or PostState.POSTED, PostState.ORDER_INVOICED, key=POST_STATES.index)
        previewed[statement_id].failed_state, previewed[statement_id].error_code = state, problem.code
        previewed[statement_id].problem = problem
        problems[statement_id] = problem
    for capture in reads.blocked_captures(statement_ids):
        previewed[capture.statement_id].warnings.append((capture.transaction_id, blocked_capture(capture)))
    going = [statement_id for statement_id in heads if statement_id not in problems]
    needs, statement_of = reads.needs_before_orders(going)
    holding = {key for key in going if settings[heads[key].legal_entity_id].posting_hold_failing_transactions}
    receipt_of = (
        reads.receipts_of_lines([line for line, statement_id in statement_of.items() if statement_id in holding]) if holding else {}
    )
    order_of = _orders_of(going, heads, settings)
    needs = [
        need._replace(order_id=-receipt_of[need.line_id] if need.line_id in receipt_of else order_of.get(need.order_id, need.order_id))
        for need in needs
    ]
    fallback = {entity: statement_fallback(own) for entity, own in settings.items()}
    by_order = {need.order_id: statement_of[need.line_id] for need in needs}
    approved = approved_lines(needs, by_order, fallback.values())
    decided = decide_needs(
        needs,
        reads.earlier_takes(needs, lock=False),
        {head.warehouse_id: head.legal_entity_id for head in heads.values()},
        Issuing(SourceKind.POS_LINE, fallback, Policies(), approved=approved),
        lock=False,
    )
    plan = plan_takes(decided) if with_vouchers else None
    for place, take in enumerate(decided.takes()):
        statement = previewed[statement_of[take.need.line_id]]
        statement.takes.append(take)
        if take.source is Source.DEFAULT:
            pool = (take.need.warehouse_id, take.need.item_id)
            statement.fall_back(take, plan.costs[place] if plan else decided.loaded.costs[pool].worth_of(take.quantity))
    _add_failures(previewed, statement_of, decided.failures)
    _leave_held(previewed, holding, decided.failures)
    if plan:
        _add_entries(previewed, going, chunk, checked, {"holding": holding, "failing": decided.failures.keys(), "order_of": order_of}, plan)
    return list(previewed.values())


def _add_entries(
    previewed: Mapping[int, PreviewedStatement],
    going: Sequence[int],
    chunk: Chunk,
    checked: CheckedStatements,
    orders: "_Orders",
    plan: IssuePlan,
) -> None:
    """What posting would write into the ledger."""
    sales = reads.sales_on_statements(going).items()
    order_of = {
        sale: -sale if statement_id in orders["holding"] else orders["order_of"].get(-sale, 0) for sale, statement_id in sales
    } | orders_of_sales(going)
    found = expected_entries(
        {key: chunk.heads[key] for key in going},
        [key for key in going if not previewed[key].failed_state and not previewed[key].held],
        chunk.accounts,
        checked.counted,
        orders["failing"],
        order_of,
        plan,
    )
    for statement_id, entries in found.items():
        previewed[statement_id].entries = entries


class _Orders(TypedDict):
    """Statements that hold failing sales, orders that fail, and the order of each sale (by minus its id) that is in none yet."""

    holding: Collection[int]
    failing: Collection[int]
    order_of: Mapping[int, int]


def _orders_of(statement_ids: Sequence[int], heads: Mapping[int, StatementHead], settings: Mapping[int, RetailSettings]) -> dict[int, int]:
    """Of sales that are in no order yet, by minus their id: minus a number for the order that aggregation would make."""
    by_statement: dict[int, list[Sale]] = {}
    for receipt in reads.receipts_without_order(statement_ids):
        by_statement.setdefault(receipt.statement_id, []).append(receipt)
    order_of: dict[int, int] = {}
    for statement_id, receipts in by_statement.items():
        own = settings[heads[statement_id].legal_entity_id]
        for group in group_sales(receipts, aggregate=own.posting_aggregate_lines, max_lines=own.posting_max_lines_per_order):
            order_of |= {-transaction_id: -group.transaction_ids[0] for transaction_id in group.transaction_ids}
    return order_of


def _add_failures(
    previewed: Mapping[int, PreviewedStatement], statement_of: Mapping[int, int], failures: Mapping[int, Sequence[Failure]]
) -> None:
    names = item_names({failure.need.item_id for failed in failures.values() for failure in failed})
    reserved = reserved_in({(failure.need.warehouse_id, failure.need.item_id) for failed in failures.values() for failure in failed})
    for failed in failures.values():
        for failure in failed:
            statement = previewed[statement_of[failure.need.line_id]]
            item, unit = names[failure.need.item_id]
            pool = (failure.need.warehouse_id, failure.need.item_id)
            problem = failure_problem(failure, item, unit, statement.head.store, set_aside_for_others(reserved.get(pool, ()), 0))
            statement.failures.append(PreviewedFailure(failure.need.line_id, failure.code, item, failure.missing, problem.message))
            statement.failed_state = PostState.ORDER_INVOICED
            statement.error_code = statement.error_code or failure.code


def _leave_held(previewed: Mapping[int, PreviewedStatement], holding: Collection[int], failures: Mapping[int, Sequence[Failure]]) -> None:
    """Statements that hold failing receipts post without them, but for those of which every receipt fails."""
    failed = [statement_id for statement_id in holding if previewed[statement_id].failures]
    if not failed:
        return
    statement_of_sale = reads.sales_on_statements(failed)
    sales = Counter(statement_of_sale.values())
    held = Counter(statement_of_sale[-unit] for unit in failures if -unit in statement_of_sale)
    for statement_id in failed:
        if held[statement_id] < sales[statement_id]:
            statement = previewed[statement_id]
            statement.held, statement.failed_state, statement.error_code = held[statement_id], "", ""
