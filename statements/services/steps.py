"""The ten posting states as steps over a chunk of statements; each runs inside one transaction of the runner (docs/posting.md).

A step gets the statements that it holds and has something to do for, and gives those that failed with their problem. It never commits,
never retries and never looks at other steps: resume, claims, the event log and bisecting live in the runner.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from core.jobs.chunks import RetryableError, SplitChunk, part_culprits, reason_of
from core.lib.document_kinds import SourceKind
from core.lib.messages import Message, together
from core.lib.problems import AS_WRITTEN, Problem
from inventory.rules.fallback import statement_fallback
from inventory.rules.fallback_budget import OverLimit
from inventory.rules.issues import Taken
from inventory.rules.stock import Demand, FallbackSettings
from ledger.queries import closed_dates
from ledger.rules.vouchers import STOCK_PERIOD_CLOSED, VoucherPlan
from ledger.writes import insert_vouchers
from orders.models import SalesOrder
from orders.services.invoices import FailedOrder, Issuing, invoice_orders, invoice_placed_orders, issue_needs, record_unforeseen
from statements.queries import needs as needs_reads
from statements.queries import posting as reads
from statements.queries.counting import load_day_counts, load_unit_names
from statements.queries.posting import StepApplicability
from statements.queries.proof import Broken, broken_chains, orders_that_differ
from statements.rules import vouchers as entries
from statements.rules.aggregation import Sale, group_sales
from statements.rules.checks import (
    NEEDED_POSTINGS,
    CountedLine,
    Flaw,
    check_proof,
    check_statement,
    closed_period,
    flaw_found,
    limits_counts,
)
from statements.rules.counting import Counted, UnitNames
from statements.rules.states import PostState
from statements.services.chunks import Chunk
from statements.services.hold import hold_failing_transactions, holds_failing
from statements.writes import posting as writes
from statements.writes.calculation import flag_blocked_captures, forget_invalid_money, write_counts

Failed = dict[int, Problem]
CURRENT = "current"


class Step(NamedTuple):
    """One posting state: `applies` picks the statements that have something to do, `run` does it."""

    state: PostState
    applies: Callable[[StepApplicability], Collection[int] | None]
    run: Callable[[Chunk, list[int]], Failed]
    # Whether it can part what it does of one statement (`Chunk.parted`).
    parts: bool = False
    # Whether it has something to say in event logs itself: what was reached before stands there first.
    tells: bool = False


def run_check(chunk: Chunk, ids: list[int]) -> Failed:
    """P1: parameters, period, accounts, counted difference; the day is counted as it stands now."""
    forget_invalid_money(ids)
    checked = check_statements(chunk, ids)
    late = {statement_id: chunk.heads[statement_id].posting_date for statement_id in ids}
    writes.add_late_events({row: day for row, day in late.items() if day != chunk.heads[row].business_date and row not in checked.failed})
    writes.set_posting_dates({row: None if day == chunk.heads[row].business_date else day for row, day in late.items()})
    write_counts(checked.counted)
    flag_blocked_captures(ids)
    return checked.failed


@dataclass(slots=True)
class CheckedStatements:
    """What keeps statements from being posted, and what each of them books of its day's counts."""

    failed: Failed = field(default_factory=dict)
    counted: dict[int, Counted] = field(default_factory=dict)
    # The same by unit and payment method, as limits and acceptances look at it.
    lines: dict[int, tuple[CountedLine, ...]] = field(default_factory=dict)


def check_statements(chunk: Chunk, ids: Sequence[int], *, named: bool = False) -> CheckedStatements:
    """Judges statements; reads only, a date without fiscal period counts as open since posting makes one.

    Of several statements of one day the first books what is new of the counts, unless it fails; a fixed number of queries. `named` has
    the units of its lines named although no limit needs them.
    """
    closed = choose_posting_dates(chunk, ids)
    checked = CheckedStatements()
    counts = load_day_counts(ids)
    names = load_unit_names(ids) if named or any(limits_counts(own) for own in chunk.settings.values()) else UnitNames()
    flaws: dict[int, list[Flaw]] = {}
    for flaw in reads.flawed_transactions(ids):
        flaws.setdefault(flaw.statement_id, []).append(flaw)
    for statement in reads.statements_to_check(ids):
        entity = statement.legal_entity_id
        day = counts.days.get(statement.statement_id)
        counted = Counted() if day is None else counts.decide(statement.statement_id, day)
        missing = [kind for kind in NEEDED_POSTINGS if (entity, kind, "") not in chunk.accounts]
        missing += [f"payment {method}" for method in statement.methods if (entity, "payment", method) not in chunk.accounts]
        head = chunk.heads[statement.statement_id]
        lines = counted_lines(counted, head.store, counts.rules[head.store_id].statement_method, names)
        problem = check_statement(
            replace(statement, difference=counted.total_difference, counted=lines),
            chunk.settings.get(entity),
            closed=closed.get(statement.statement_id, ""),
            missing_accounts=tuple(sorted(missing)),
        )
        if problem is None and statement.statement_id in flaws:
            problem = flaw_found(flaws[statement.statement_id])
        if problem:
            checked.failed[statement.statement_id] = problem
        elif day is not None:
            counts.book(statement.statement_id, counted)
        if day is not None:
            checked.counted[statement.statement_id], checked.lines[statement.statement_id] = counted, lines
    return checked


def choose_posting_dates(chunk: Chunk, ids: Sequence[int]) -> dict[int, str]:
    """Gives heads whose period is closed today's date where the parameter *Late documents* says so.

    Gives statements that stay closed, with the code that says why; one query, two where some are moved.
    """
    today = timezone.now().date()
    for statement_id in ids:
        chunk.heads[statement_id] = chunk.heads[statement_id].on(chunk.heads[statement_id].business_date)
    closed = closed_heads(chunk, ids)
    moved = []
    for statement_id in closed:
        head, settings = chunk.heads[statement_id], chunk.settings_of(statement_id)
        if head.business_date < today and settings is not None and settings.statements_late_documents == CURRENT:
            chunk.heads[statement_id] = head.on(today)
            moved.append(statement_id)
    return closed_heads(chunk, ids) if moved else closed


def closed_heads(chunk: Chunk, ids: Sequence[int], *, goods: bool = True) -> dict[int, str]:
    """Statements that nothing may be posted for because of their date, with the code that says why; one query."""
    heads = [chunk.heads[statement_id] for statement_id in ids]
    closed = closed_dates({(head.legal_entity_id, head.posting_date) for head in heads}, goods=goods)
    codes = [(head, closed.get((head.legal_entity_id, head.posting_date), "")) for head in heads]
    return {head.statement_id: code for head, code in codes if code and (head.moves_goods or code != STOCK_PERIOD_CLOSED)}


def counted_lines(counted: Counted, store: str, statement_method: str, names: UnitNames) -> tuple[CountedLine, ...]:
    """What the statement would book of each payment method of each unit, zero ones left out."""
    return tuple(
        CountedLine(names.of(store, statement_method, unit), method, amount) for (unit, method), amount in counted.by_unit.items() if amount
    )


def in_open_period(
    run: Callable[[Chunk, list[int]], Failed], *, goods: bool = False, payments: bool = False
) -> Callable[[Chunk, list[int]], Failed]:
    """The step, but for statements whose period is closed by now: a posting that is resumed may have passed the check months ago.

    With `goods` for a step that moves them: the stock period counts too. Where all steps stand in one transaction it is asked there and
    with the payments, not by every step between.
    """

    def guarded(chunk: Chunk, ids: list[int]) -> Failed:
        if chunk.at_once and not (goods or payments):
            return run(chunk, ids)
        closed = in_closed_periods(chunk, ids, goods=goods)
        rest = [statement_id for statement_id in ids if statement_id not in closed]
        return closed | (run(chunk, rest) if rest else {})

    return guarded


def in_closed_periods(chunk: Chunk, ids: Sequence[int], *, goods: bool) -> Failed:
    """Statements that nothing may be posted for because of their date, or no `goods` may move for; one query."""
    return {row: closed_period(chunk.heads[row].posting_date, code) for row, code in closed_heads(chunk, ids, goods=goods).items()}


def run_aggregate(chunk: Chunk, ids: list[int]) -> Failed:
    """Aggregated: groups sales into sales orders, as sets; by the rule those of statements with an order that would become too long."""
    entities = {chunk.heads[statement_id].legal_entity_id for statement_id in ids}
    how = {
        entity: (chunk.settings[entity].posting_aggregate_lines, chunk.settings[entity].posting_max_lines_per_order) for entity in entities
    }
    if by_rule := writes.group_into_orders(ids, how):
        group_by_rule(chunk, by_rule)
    return {}


def group_by_rule(chunk: Chunk, ids: Sequence[int]) -> None:
    """Sales orders of the statements by `group_sales`; four queries."""
    of_statement: dict[int, list[Sale]] = {}
    for sale in reads.sales_without_order(ids):
        of_statement.setdefault(sale.statement_id, []).append(sale)
    ordinals = reads.last_ordinals(ids)
    groups = []
    for statement_id, sales in of_statement.items():
        settings = chunk.settings[chunk.heads[statement_id].legal_entity_id]
        groups += group_sales(
            sales,
            aggregate=settings.posting_aggregate_lines,
            max_lines=settings.posting_max_lines_per_order,
            first_ordinal=ordinals.get(statement_id, 0) + 1,
        )
    writes.insert_orders(
        groups,
        {statement_id: chunk.settings[chunk.heads[statement_id].legal_entity_id].posting_aggregate_lines for statement_id in of_statement},
    )


def run_create_orders(chunk: Chunk, ids: list[int]) -> Failed:
    """Customer order created: lines of the aggregated orders."""
    orders = reads.open_orders(ids, SalesOrder.Status.AGGREGATED)
    if orders:
        writes.insert_order_lines(orders)
    return {}


def run_invoice(chunk: Chunk, ids: list[int]) -> Failed:
    """Customer order invoiced: allocates batches, falls back, issues stock, invoices; orders already invoiced are left alone.

    One failed order fails its statement, the others are invoiced.
    """
    # Orders that were made in this transaction are proven with the whole chain at its end, and nothing is in the ledger before it ends.
    broken = {} if chunk.at_once else broken_before_invoices(ids)
    ids = [statement_id for statement_id in ids if statement_id not in broken]
    orders = reads.open_orders(ids, SalesOrder.Status.CREATED)
    if not orders:
        return broken
    fallback = {entity: statement_fallback(settings) for entity, settings in chunk.settings.items()}
    how = Issuing(SourceKind.POS_LINE, fallback, chunk.policies, approved=approved_lines(set(orders.values()), fallback.values()))
    if move_failing_transactions(orders, ids, chunk, how):
        orders = reads.open_orders(ids, SalesOrder.Status.CREATED)
    failed_orders: dict[int, list[FailedOrder]] = {}
    invoice = invoice_parted if chunk.parted.issuperset(orders.values()) else invoice_together
    failed = invoice(orders, ids, chunk, how)
    for order_id, why in failed.items():
        failed_orders.setdefault(orders[order_id], []).append(why)
    invoiced = {order_id: statement_id for order_id, statement_id in orders.items() if order_id not in failed}
    writes.add_events(passed_limits(invoiced, how.over), "")
    return broken | {statement_id: summary(found) for statement_id, found in sorted(failed_orders.items())}


def broken_before_invoices(ids: Sequence[int]) -> Failed:
    """Statements whose sales orders are not what their transactions say: nothing of them goes to the ledger."""
    found = orders_that_differ(ids)
    return {statement_id: Problem("PROOF_MISMATCH", {"items": items}, variant="orders") for statement_id, items in found.items()}


def approved_lines(statement_ids: Collection[int], settings: Iterable[FallbackSettings]) -> frozenset[int]:
    """Lines of those of the statements that somebody let pass a fallback limit; one query, none where no limit asks for approval."""
    return reads.approved_lines(statement_ids) if any(one.asks_over_limit for one in settings) else frozenset()


def passed_limits(orders: Mapping[int, int], over: Sequence[OverLimit]) -> list[tuple[int, str, str, Message]]:
    """What the event logs of statements say of fallback limits that were passed and let through; `orders` are statements by order."""
    return [
        (statement_id, "fallback limit", "", limit.message)
        for limit in dict.fromkeys(over)
        for statement_id in sorted({orders[order_id] for order_id in limit.order_ids if order_id in orders})
    ]


def move_failing_transactions(orders: Mapping[int, int], ids: Sequence[int], chunk: Chunk, how: Issuing) -> bool:
    """Holds failing transactions where parameters say so; says whether any went. No query where nobody holds."""
    if not any(holds_failing(chunk, statement_id) for statement_id in set(orders.values())):
        return False
    needs = needs_reads.needs_of_orders(orders)
    earlier = needs_reads.earlier_takes(needs, lock=True)
    keep_apart_returns_of_one_line(needs, earlier.lines, chunk, ids)
    return hold_failing_transactions(chunk, orders, needs, earlier, how)


def invoice_together(orders: Mapping[int, int], ids: Sequence[int], chunk: Chunk, how: Issuing) -> dict[int, FailedOrder]:
    """Invoices orders in one go."""
    returns = writes.place_demands(orders)
    earlier = needs_reads.earlier_takes(returns, lock=True)
    keep_apart_returns_of_one_line(returns, earlier.lines, chunk, ids)
    return invoice_placed_orders(orders, earlier, entity_of_warehouse(chunk), chunk.accounts, how)


def invoice_parted(orders: Mapping[int, int], ids: Sequence[int], chunk: Chunk, how: Issuing) -> dict[int, FailedOrder]:
    """Invoices orders; one with an error that nobody foresaw fails alone and names its items. All of it by the rule."""
    needs = needs_reads.needs_of_orders(orders)
    earlier = needs_reads.earlier_takes(needs, lock=True)
    keep_apart_returns_of_one_line(needs, earlier.lines, chunk, ids)
    failed: dict[int, FailedOrder] = {}

    def invoice(part: Sequence[int], wanted: Sequence[Demand]) -> dict[int, FailedOrder]:
        with transaction.atomic():
            return invoice_orders(part, wanted, earlier, chunk.accounts, how)

    def invoice_part(part: list[int]) -> None:
        own = set(part)
        failed.update(invoice(part, [need for need in needs if need.order_id in own]))

    def blame(order_id: int, error: Exception) -> None:
        own = [need for need in needs if need.order_id == order_id]
        failed[order_id] = record_unforeseen(order_id, culprits(own, earlier, chunk, how), own, reason_of(error), how.source_kind)

    part_culprits(sorted(orders), invoice_part, blame)
    return failed


def culprits(needs: Sequence[Demand], earlier: Taken, chunk: Chunk, how: Issuing) -> list[Demand]:
    """Those of an order's needs whose item cannot be issued even alone; all of them where each item can. Nothing stays written."""
    entities = entity_of_warehouse(chunk)
    found: list[Demand] = []
    for item_id in dict.fromkeys(need.item_id for need in needs):
        own = [need for need in needs if need.item_id == item_id]
        try:
            with transaction.atomic():
                issue_needs(own, earlier, entities, how)
                transaction.set_rollback(True)
        except (OperationalError, InterfaceError, RetryableError):
            raise
        except Exception:
            found += own
    return found or list(needs)


def entity_of_warehouse(chunk: Chunk) -> dict[int, int]:
    """Legal entities of the chunk's warehouses."""
    return {head.warehouse_id: head.legal_entity_id for head in chunk.heads.values()}


def keep_apart_returns_of_one_line(needs: Sequence[Demand], earlier: Collection[int], chunk: Chunk, ids: Sequence[int]) -> None:
    """Raises SplitChunk, one part per warehouse, when two warehouses take back parts of one posted line.

    The second must see what the first brought back; and all statements of one warehouse and date are one unit of decision.
    """
    warehouse_of: dict[int, int] = {}
    for need in needs:
        original = need.return_of
        if original is not None and original in earlier and warehouse_of.setdefault(original, need.warehouse_id) != need.warehouse_id:
            by_warehouse: dict[int, list[int]] = {}
            for statement_id in ids:
                by_warehouse.setdefault(chunk.heads[statement_id].warehouse_id, []).append(statement_id)
            raise SplitChunk(f"receipt line {original} is returned to several warehouses", list(by_warehouse.values()))


def summary(failed_orders: Sequence[FailedOrder]) -> Problem:
    """One problem for a statement whose orders failed: what its first failing line says, and how many lines and orders fail."""
    first = failed_orders[0]
    lines = sum(failed.lines for failed in failed_orders)
    if lines == 1:
        return first.problem
    concerned = Message("{lines} lines of {orders} orders are concerned.", {"lines": lines, "orders": len(failed_orders)})
    return Problem(first.problem.code, {"text": together([first.problem.message, concerned])}, variant=AS_WRITTEN)


def voucher_step(state: PostState, letters: str) -> Callable[[Chunk, list[int]], Failed]:
    """The step that posts a state's voucher of each statement (`OWN_VOUCHERS`) from its sums."""
    own = entries.own_voucher(state)

    def run(chunk: Chunk, ids: list[int]) -> Failed:
        post_vouchers(chunk, ids, own, letters)
        return {}

    return in_open_period(run)


def post_vouchers(chunk: Chunk, ids: list[int], own: entries.OwnVoucher, letters: str) -> dict[int, int]:
    """Posts one voucher per statement that has entries; gives voucher ids by statement."""
    accounts = {entity: entries.accounts_of(chunk.accounts, entity) for entity in chunk.settings}
    vouchers: dict[tuple[int, str], VoucherPlan] = {}
    for statement_id, money in chunk.money_of(ids).items():
        head = chunk.heads[statement_id]
        lines = own.entries_of(money, accounts[head.legal_entity_id])
        number = f"{head.number}-{letters}"
        entity = head.legal_entity_id
        vouchers[entity, number] = VoucherPlan(entity, number, head.posting_date, SourceKind.STATEMENT, statement_id, own.step, lines)
    posted = insert_vouchers(list(vouchers.values()))
    return {vouchers[key].source_id: voucher_id for key, voucher_id in posted.items()}


def run_link_vouchers(chunk: Chunk, ids: list[int]) -> Failed:
    """Vouchers linked: payment journals tied to invoices."""
    writes.insert_payment_journals(ids)
    return {}


def run_post_payments(chunk: Chunk, ids: list[int]) -> Failed:
    """Payments posted: payment vouchers with cash moves, over/short and rounding; journals become posted."""
    posted = post_vouchers(chunk, ids, entries.own_voucher(PostState.PAYMENTS_POSTED), "PAY")
    writes.link_payment_vouchers(posted)
    writes.insert_customer_transactions(ids)
    return {}


def run_finish(chunk: Chunk, ids: list[int]) -> Failed:
    """Posted: counted in must equal counted out, in all, item by item with its cost, and on the accounts of the invoices."""
    found = {statement_id: chain_problem(broken) for statement_id, broken in broken_chains(ids).items()}
    totals = reads.proof_sums(ids)
    return found | {statement_id: problem for statement_id, sums in totals.items() if (problem := check_proof(sums)) is not None}


def chain_problem(broken: Broken) -> Problem:
    """What keeps a statement with a broken chain from being posted: items first, for what they lack is lacking on accounts, too."""
    if broken.items:
        return Problem("PROOF_MISMATCH", {"items": broken.items}, variant="items")
    return Problem("PROOF_MISMATCH", {"postings": broken.postings}, variant="vouchers")


def everything(facts: StepApplicability) -> None:
    """Says that a step applies to every statement."""


POSTING_STEPS: tuple[Step, ...] = (
    Step(PostState.CHECKED, everything, run_check),
    Step(PostState.AGGREGATED, lambda facts: facts.sales, run_aggregate),
    Step(PostState.ORDER_CREATED, lambda facts: facts.sales, run_create_orders),
    Step(PostState.ORDER_INVOICED, lambda facts: facts.sales, in_open_period(run_invoice, goods=True), parts=True, tells=True),
    Step(PostState.DISCOUNTS_POSTED, lambda facts: facts.sales, voucher_step(PostState.DISCOUNTS_POSTED, "DIS")),
    Step(
        PostState.INCOME_EXPENSE_POSTED,
        lambda facts: facts.income_expense,
        voucher_step(PostState.INCOME_EXPENSE_POSTED, "INX"),
    ),
    Step(PostState.VOUCHERS_LINKED, lambda facts: facts.sales, run_link_vouchers),
    # A sale within the payment tolerance may have no payment at all; what it leaves open is a rounding difference.
    Step(
        PostState.PAYMENTS_POSTED,
        lambda facts: facts.payments | facts.sales | facts.income_expense,
        in_open_period(run_post_payments, payments=True),
    ),
    Step(PostState.GIFT_CARDS_POSTED, lambda facts: facts.gift_cards, voucher_step(PostState.GIFT_CARDS_POSTED, "GFT")),
    Step(PostState.POSTED, everything, run_finish),
)
