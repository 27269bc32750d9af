"""Issues stock for orders and invoices them: the one engine room of statements and customer orders."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.lib.messages import Params
from core.lib.problems import Problem
from inventory.queries.costing import pool_costs
from inventory.queries.fallback_budget import budget_for
from inventory.queries.policies import Policies
from inventory.queries.settlements import settled_of
from inventory.queries.stock import LoadedStock, load_default_stock, load_stock
from inventory.rules.allocation import Earlier
from inventory.rules.costing import AdjustmentReason
from inventory.rules.default_stock import DefaultStock, Place
from inventory.rules.fallback_budget import OverLimit, is_limited, over_limit, refused_orders
from inventory.rules.issues import Adjustment, IssuePlan, Taken, plan_issue, still_taken, with_default_batch
from inventory.rules.reservations import Reservations, ReservedDecision, Used, decide_reserved
from inventory.rules.stock import DEFAULT_BATCH, Allocation, Decision, Demand, Failure, FallbackSettings
from inventory.writes.costing import NewAdjustment, ensure_cost_rows, insert_adjustments, save_costs
from inventory.writes.default_stock import write_default_stock
from inventory.writes.issues import ensure_default_batches, release_on_hand
from inventory.writes.plain_pools import demands_by_rule, hold_pools, take_plain
from inventory.writes.takes import forget_takes, insert_movements, make_work_tables, put_takes, settle_plain, take_off_hand
from ledger.queries import Accounts
from ledger.rules.vouchers import VoucherPlan
from ledger.writes import insert_vouchers
from orders.queries.invoices import item_names, order_heads, reserved_in
from orders.rules.invoices import OrderHead, failure_problem, plan_adjustment_voucher, plan_invoice_voucher, set_aside_for_others
from orders.writes.invoices import clear_failures, insert_allocations, insert_invoices, record_failures
from orders.writes.reservations import use_reservations

INVOICE_ACCOUNTS = ("clearing", "revenue", "sales_tax", "cost_of_goods", "inventory", "cost_adjustment", "gift_card")


@dataclass(slots=True)
class Decided:
    """Decisions of a set of needs, by legal entity, with the stock that they were made on and the reservations that they use up.

    `earlier` is what lines that came back had taken, `over` are the fallback limits that are passed where that is allowed.
    """

    loaded: LoadedStock
    earlier: Earlier
    by_entity: dict[int, Decision] = field(default_factory=dict)
    used: list[Used] = field(default_factory=list)
    over: list[OverLimit] = field(default_factory=list)

    @property
    def failures(self) -> dict[int, Sequence[Failure]]:
        """Failures by order over all legal entities."""
        return {order: failed for decision in self.by_entity.values() for order, failed in decision.failures.items()}

    def takes(self) -> Iterable[Allocation]:
        """Takes of all legal entities."""
        for decision in self.by_entity.values():
            yield from decision.takes


@dataclass(frozen=True, slots=True)
class Issuing:
    """How a kind of documents issues stock: what its allocations name as their source, and the default batch settings that apply."""

    source_kind: SourceKind
    settings: Mapping[int, FallbackSettings]
    policies: Policies
    reservations: Reservations = field(default_factory=dict)
    # Fallback limits that what is issued passes, where that is allowed.
    over: list[OverLimit] = field(default_factory=list)
    # Lines that somebody let pass a limit that asks for approval.
    approved: Collection[int] = frozenset()


def decide_needs(needs: Sequence[Demand], taken: Taken, entity_of_warehouse: Mapping[int, int], how: Issuing, *, lock: bool) -> Decided:
    """Loads stock (locked in sorted order with `lock`) and decides; ten queries at most, whatever the number of needs.

    `taken` is what lines that come back took, and what came back of them: together with what was settled of it since.
    """
    pools = {(need.warehouse_id, need.item_id) for need in needs}
    named = [((need.warehouse_id, need.item_id), need.batch_id) for need in needs if need.batch_id is not None]
    if lock:
        # Before any cost row is held: who changes an item holds the item, and then its cost rows.
        ensure_cost_rows(pools)
    costs = pool_costs(pools, lock=lock)
    # While the cost rows are held, nothing is settled in these places.
    earlier = still_taken(taken, settled_of(how.source_kind, taken.lines)) if taken else {}
    named += [
        ((need.warehouse_id, need.item_id), take.batch_id)
        for need in needs
        if need.return_of is not None and need.return_of in earlier
        for take in earlier[need.return_of]
        if take.batch_id is not None
    ]
    numbers = sorted({how.settings[entity].default_batch_id for entity in set(entity_of_warehouse.values())})
    decided = Decided(load_stock(pools, named, how.policies, costs, numbers, lock=lock), earlier)
    of_entity: dict[int, list[Demand]] = defaultdict(list)
    for need in needs:
        of_entity[entity_of_warehouse[need.warehouse_id]].append(need)
    for entity, its_needs in of_entity.items():
        result = _decide_in_budget(its_needs, decided, how.settings[entity], how)
        decided.by_entity[entity] = result.decision
        decided.used += result.used
    return decided


def _decide_in_budget(needs: Sequence[Demand], decided: Decided, settings: FallbackSettings, how: Issuing) -> ReservedDecision:
    """Decides; orders that put more on default batches than the limits of the week allow fail, or are noted in `decided.over`.

    Without the orders that fail, the rest is decided again: their goods are there for the others. Two queries where there is a limit and
    something falls back, three where a share is limited.
    """
    result = decide_reserved(needs, decided.loaded.stocks, decided.earlier, settings, how.reservations)
    if not is_limited(settings):
        return result
    budget = budget_for(result.decision.takes, with_sales=settings.limit_share is not None)
    approved = how.approved if settings.asks_over_limit else ()
    refused: dict[int, Sequence[Failure]] = {}

    def worth_of(take: Allocation) -> Decimal:
        return decided.loaded.costs[take.need.warehouse_id, take.need.item_id].worth_of(take.quantity)

    while over := over_limit(result.decision.takes, budget, settings, worth_of):
        failing = refused_orders(result.decision.takes, budget, over, approved) if settings.stops_over_limit else {}
        if not failing:
            decided.over += over.values()
            break
        refused |= failing
        rest = [need for need in needs if need.order_id not in refused]
        result = decide_reserved(rest, decided.loaded.stocks, decided.earlier, settings, how.reservations)
    return ReservedDecision(Decision(result.decision.takes, {**refused, **result.decision.failures}), result.used)


@dataclass(slots=True)
class Issued:
    """What was issued: failures and cost by order, and what returns changed of the value of stock beside the cost they brought."""

    failures: dict[int, Sequence[Failure]]
    costs: dict[int, Decimal] = field(default_factory=dict)
    adjustments: Sequence[Adjustment] = ()


def issue_needs(needs: Sequence[Demand], taken: Taken, entity_of_warehouse: Mapping[int, int], how: Issuing) -> Issued:
    """Decides and issues stock in the caller's transaction: allocations, movements, on-hand, costs, batch debt, reservations used up.

    Locks the cost rows, then the on-hand rows of all needs in (warehouse, item, batch) order. A fixed number of queries. Raises
    StaleStock when stock changed in spite of the lock (the caller decides the chunk again), IntegrityError when a line is issued already.
    The caller posts the adjustments with the invoices (`post_adjustments`).
    """
    make_work_tables()
    forget_takes()
    issue = _put_decided(needs, taken, entity_of_warehouse, how)
    if issue.plan:
        _write_takes(issue, how)
    return issue.issued


def issue_placed(taken: Taken, entity_of_warehouse: Mapping[int, int], how: Issuing) -> Issued:
    """As `issue_needs`, of what was placed in the work table of demands (`inventory/writes/plain_pools.py`).

    Plain pools are decided and written as sets, the others by the rule. What fails is among the others, so it fails first, and plain
    pools are taken from without it. A fixed number of queries.
    """
    judged = hold_pools(how.settings)
    issue = _put_decided(demands_by_rule(), taken, entity_of_warehouse, how) if judged.by_rule else None
    issued = issue.issued if issue else Issued({})
    take_plain(judged, issued.failures)
    _write_takes(issue, how)
    for order_id, cost in settle_plain(how.source_kind, issued.failures).items():
        issued.costs[order_id] = issued.costs.get(order_id, ZERO) + cost
    return issued


def _write_takes(issue: "_Issue | None", how: Issuing) -> None:
    """What is in the work table of takes, and what of it the rule decided."""
    insert_allocations(how.source_kind)
    is_delivery = how.source_kind is SourceKind.DELIVERY_LINE
    insert_movements(SourceKind.DELIVERY_LINE if is_delivery else SourceKind.SALES_ORDER_LINE, by_line=is_delivery)
    if issue and issue.plan:
        _use_reserved(issue.decided)
    take_off_hand()
    if issue and issue.plan:
        _finish_decided(issue.decided, issue.plan, how)


class FailedOrder(NamedTuple):
    """Why an order was not invoiced: the problem of its first failing line, and how many lines fail."""

    problem: Problem
    lines: int


def invoice_orders(
    order_ids: Collection[int], needs: Sequence[Demand], taken: Taken, accounts: Accounts, how: Issuing
) -> dict[int, FailedOrder]:
    """Invoices whole orders whose needs can all be met, in the caller's transaction; gives the others, by order.

    Locks and raises as `issue_needs`, and IntegrityError when an order is invoiced already. A fixed number of queries.
    """
    heads = {head.order_id: head for head in order_heads(order_ids)}
    entity_of_warehouse = {need.warehouse_id: heads[need.order_id].legal_entity_id for need in needs}
    issued = issue_needs(needs, taken, entity_of_warehouse, how)
    return _invoice_issued(order_ids, heads, issued, accounts, how)


def invoice_placed_orders(
    order_ids: Collection[int], taken: Taken, entity_of_warehouse: Mapping[int, int], accounts: Accounts, how: Issuing
) -> dict[int, FailedOrder]:
    """As `invoice_orders`, for orders whose needs were placed in the work table of demands (`inventory/writes/plain_pools.py`).

    A fixed number of queries.
    """
    issued = issue_placed(taken, entity_of_warehouse, how)
    return _invoice_issued(order_ids, {head.order_id: head for head in order_heads(order_ids)}, issued, accounts, how)


def _invoice_issued(
    order_ids: Collection[int], heads: Mapping[int, OrderHead], issued: Issued, accounts: Accounts, how: Issuing
) -> dict[int, FailedOrder]:
    """Invoices and vouchers of the orders that were issued, problems of the others."""
    failures = issued.failures
    done = [order_id for order_id in order_ids if order_id not in failures]
    if done:
        clear_failures(done)
        invoices = insert_invoices(done)
        insert_vouchers(
            [
                plan_invoice_voucher(
                    heads[order_id], invoice_id, issued.costs.get(order_id, Decimal(0)), invoice_accounts(heads[order_id], accounts)
                )
                for order_id, invoice_id in invoices.items()
            ]
            + post_adjustments(issued.adjustments, {order_id: (heads[order_id], invoices[order_id]) for order_id in invoices}, accounts)
        )
    if not failures:
        return {}
    problems = record_failed_orders(failures, {order_id: (order_id, head.store) for order_id, head in heads.items()}, how.source_kind)
    return {key: FailedOrder(problems[key], len(failed)) for key, failed in failures.items()}


def post_adjustments(
    adjustments: Sequence[Adjustment], invoices: Mapping[int, tuple[OrderHead, int]], accounts: Accounts
) -> list[VoucherPlan]:
    """Writes what returns changed of the value of stock and gives its vouchers, one per invoice; `invoices` by `order_id`."""
    ids = insert_adjustments(
        [
            NewAdjustment(
                a.pool, a.date, AdjustmentReason.RETURNED_AT_ITS_COST, a.quantity, a.unit_cost, a.amount,
                (SourceKind.INVOICE, invoices[a.order_id][1]),
            )
            for a in adjustments
        ]
    )  # fmt: skip
    amounts: dict[int, Decimal] = {}
    first: dict[int, int] = {}
    for adjustment, adjustment_id in zip(adjustments, ids, strict=True):
        amounts[adjustment.order_id] = amounts.get(adjustment.order_id, Decimal(0)) + adjustment.amount
        first.setdefault(adjustment.order_id, adjustment_id)
    vouchers = []
    for order_id, amount in amounts.items():
        head, _ = invoices[order_id]
        vouchers.append(plan_adjustment_voucher(head, first[order_id], amount, invoice_accounts(head, accounts)))
    return vouchers


@dataclass(slots=True)
class _Issue:
    """What the rule decided and put into the work table; without a plan there is nothing to issue."""

    decided: Decided
    plan: IssuePlan | None

    @property
    def issued(self) -> Issued:
        """The same, as the caller sees it."""
        failures = self.decided.failures
        return Issued(failures, self.plan.cost_of_order, self.plan.adjustments) if self.plan else Issued(failures)


def _put_decided(needs: Sequence[Demand], taken: Taken, entity_of_warehouse: Mapping[int, int], how: Issuing) -> _Issue:
    """Decides by the rule, makes the default batches that are missing, and puts the takes into the work table."""
    decided = decide_needs(needs, taken, entity_of_warehouse, how, lock=True)
    how.over.extend(decided.over)
    wanted: dict[str, set[int]] = {}
    for entity, decision in decided.by_entity.items():
        items = {take.need.item_id for take in decision.takes if take.batch_id == DEFAULT_BATCH}
        wanted.setdefault(how.settings[entity].default_batch_id, set()).update(items)
    # By number and item, whatever the legal entity: another partition that makes the same rows must meet them in the same order.
    default_batches_of = {number: ensure_default_batches(items, number) for number, items in sorted(wanted.items())}
    takes: list[Allocation] = []
    for entity, decision in decided.by_entity.items():
        own = default_batches_of[how.settings[entity].default_batch_id]
        takes += with_default_batch(decision.takes, own) if own else decision.takes
    if not takes:
        return _Issue(decided, None)
    loaded = decided.loaded
    default_batches = loaded.default_batches.union(*(made.values() for made in default_batches_of.values()))
    default_stock = _default_stock(takes, default_batches, loaded, how.source_kind)
    plan = plan_issue(takes, loaded.stocks, loaded.costs, decided.earlier, default_stock, default_batches)
    put_takes(
        takes,
        plan,
        loaded.on_hand_ids,
        {warehouse: how.settings[entity].default_batch_id for warehouse, entity in entity_of_warehouse.items()},
    )
    return _Issue(decided, plan)


def _use_reserved(decided: Decided) -> None:
    """What was reserved for the lines is used up; three queries, none for nothing."""
    if decided.used:
        use_reservations(decided.used)
        release_on_hand(decided.used, decided.loaded.on_hand_ids)


def _finish_decided(decided: Decided, plan: IssuePlan, how: Issuing) -> None:
    """What the rule says beside takes, once these are written: debts and credits with their uses, what its pools are worth."""
    write_default_stock(plan.default_stock, how.source_kind)
    save_costs(decided.loaded.costs)


def _default_stock(
    takes: Sequence[Allocation], default_batches: Collection[int], loaded: LoadedStock, source_kind: SourceKind
) -> DefaultStock:
    """What is owed where goods come back to a default batch, and what lies where a sale takes from one."""
    owed: set[Place] = set()
    credit: set[Place] = set()
    for take in takes:
        if take.batch_id in default_batches and take.batch_id is not None:
            place = Place(take.need.warehouse_id, take.need.item_id, take.batch_id)
            (owed if take.quantity < 0 else credit).add(place)
    return load_default_stock(
        sorted(place for place in owed if loaded.credit(place) < 0),
        sorted(place for place in credit if loaded.credit(place) > 0),
        source_kind,
    )


def invoice_accounts(head: OrderHead, accounts: Accounts) -> dict[str, int]:
    """Accounts that an invoice posts to. Raises KeyError where a posting profile is missing, which is checked before."""
    return {kind: accounts[head.legal_entity_id, kind, ""] for kind in INVOICE_ACCOUNTS}


def record_unforeseen(
    order_id: int, needs: Sequence[Demand], all_needs: Sequence[Demand], reason: Mapping[str, str], source_kind: SourceKind
) -> FailedOrder:
    """Keeps that an order cannot be invoiced because of an error that nobody foresaw, at the lines whose items it comes with."""
    concerned = needs or all_needs
    names = item_names({need.item_id for need in concerned})
    number = order_heads([order_id])[0].number
    items = tuple(names[item_id][0] for item_id in dict.fromkeys(need.item_id for need in concerned))[:10]
    said: Params = {"order": number, "items": items, **reason}
    problem = Problem("UNEXPECTED_ERROR", said, variant="order")
    record_failures([(order_id, source_kind, need.line_id, need.item_id, problem.code, ZERO, problem.message) for need in concerned])
    return FailedOrder(problem, len(concerned))


def record_failed_orders(
    failures: Mapping[int, Sequence[Failure]], orders: Mapping[int, tuple[int, str]], source_kind: SourceKind
) -> dict[int, Problem]:
    """Keeps why orders failed; `orders` gives order and store by the id that failures go by. Gives the problem of each one's first line."""
    names = item_names({failure.need.item_id for failed in failures.values() for failure in failed})
    reserved = reserved_in({(failure.need.warehouse_id, failure.need.item_id) for failed in failures.values() for failure in failed})

    def problem_of(failure: Failure, order_id: int, store: str) -> Problem:
        others = set_aside_for_others(reserved.get((failure.need.warehouse_id, failure.need.item_id), ()), order_id)
        return failure_problem(failure, *names[failure.need.item_id], store, others)

    problems = {key: [problem_of(failure, *orders[key]) for failure in failed] for key, failed in failures.items()}
    record_failures(
        [
            (orders[key][0], source_kind, failure.need.line_id, failure.need.item_id, failure.code, failure.missing, problem.message)
            for key, failed in failures.items()
            for failure, problem in zip(failed, problems[key], strict=True)
        ]
    )
    return {key: found[0] for key, found in problems.items()}
