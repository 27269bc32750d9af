"""What posting would write into the ledger for previewed statements: by step and account, nothing written."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal

from core.lib.decimals import ZERO
from inventory.rules.default_stock import DefaultStock
from inventory.rules.issues import IssuePlan, plan_issue
from inventory.rules.stock import DEFAULT_BATCH
from ledger.queries import Accounts
from ledger.rules.vouchers import Entry, merged
from orders.rules.invoices import OrderHead, plan_adjustment_voucher, plan_invoice_voucher
from orders.services.invoices import INVOICE_ACCOUNTS, Decided
from statements.queries.posting import StatementHead, load_money
from statements.queries.preview import SaleSums, sums_of_sales
from statements.rules import vouchers as entries
from statements.rules.counting import Counted
from statements.rules.preview import ExpectedEntry
from statements.rules.states import POST_STATES, PostState


def plan_takes(decided: Decided) -> IssuePlan:
    """What the decided takes would move and cost, in the order in which posting issues them; moves the costs of `decided` along."""
    takes = list(decided.takes())
    loaded = decided.loaded
    default_batches = {DEFAULT_BATCH, *loaded.default_batches}
    return plan_issue(takes, loaded.stocks, loaded.costs, decided.earlier, DefaultStock(), default_batches)


def expected_entries(
    heads: Mapping[int, StatementHead],
    ends: Collection[int],
    accounts: Accounts,
    counted: Mapping[int, Counted],
    failing: Collection[int],
    order_of: Callable[[SaleSums], int],
    plan: IssuePlan,
) -> dict[int, list[ExpectedEntry]]:
    """Entries by statement, of the statements that posting would begin or go on with (`heads`); six queries.

    `ends` are those that would be posted to the end, `failing` the orders that would not be invoiced, `order_of` gives the order of a
    sale. What is booked of the day's counts is in `counted`, where posting would count anew.
    """
    found: dict[int, list[ExpectedEntry]] = {statement_id: [] for statement_id in heads}
    discounts: dict[int, Decimal] = defaultdict(Decimal)
    going: dict[int, list[SaleSums]] = defaultdict(list)
    statement_of: dict[int, int] = {}
    for sale in sums_of_sales(list(heads)):
        discounts[sale.statement_id] += sale.discount
        order = order_of(sale)
        if not sale.is_invoiced and order not in failing:
            going[sale.statement_id].append(sale)
            statement_of[order] = sale.statement_id
    cost = _costs_by_statement(plan.cost_of_order, statement_of)
    worth = _costs_by_statement(
        {order: sum((a.amount for a in plan.adjustments if a.order_id == order), ZERO) for order in {a.order_id for a in plan.adjustments}},
        statement_of,
    )
    for statement_id, own in going.items():
        head = heads[statement_id]
        of = {kind: accounts[head.legal_entity_id, kind, ""] for kind in INVOICE_ACCOUNTS}
        net, tax, cards = (sum((part[place] for part in ((s.net, s.tax, s.gift_cards) for s in own)), ZERO) for place in range(3))
        invoiced = OrderHead(0, head.number, head.legal_entity_id, head.store, head.posting_date, net, tax, cards)
        found[statement_id] += _said("invoice", plan_invoice_voucher(invoiced, 0, cost.get(statement_id, ZERO), of).entries)
        found[statement_id] += _said("cost", plan_adjustment_voucher(invoiced, 0, worth.get(statement_id, ZERO), of).entries)
    ending = [statement_id for statement_id in heads if statement_id in ends]
    sums = load_money(ending) if ending else {}
    for statement_id, money in sums.items():
        if statement_id in counted:
            money.differences = {method: amount for method, _, amount in counted[statement_id].by_method() if amount}
        money.discount = discounts[statement_id]
        own_accounts = entries.accounts_of(accounts, heads[statement_id].legal_entity_id)
        for step, state, entries_of in entries.OWN_VOUCHERS:
            if _is_before(heads[statement_id].post_state, state):
                found[statement_id] += _said(step, entries_of(money, own_accounts))
    return found


def _costs_by_statement(of_order: Mapping[int, Decimal], statement_of: Mapping[int, int]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for order, amount in of_order.items():
        if order in statement_of:
            sums[statement_of[order]] = sums.get(statement_of[order], ZERO) + amount
    return sums


def _is_before(reached: str, state: PostState) -> bool:
    return not reached or POST_STATES.index(PostState(reached)) < POST_STATES.index(state)


def _said(step: str, lines: Sequence[Entry]) -> list[ExpectedEntry]:
    sums: dict[int, Decimal] = {}
    for line in merged(lines):
        sums[line.account_id] = sums.get(line.account_id, ZERO) + line.amount
    return [ExpectedEntry(step, account, amount) for account, amount in sums.items() if amount]
