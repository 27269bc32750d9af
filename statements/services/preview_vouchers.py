"""What posting would write into the ledger for previewed statements: by step and account, nothing written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
from statements.queries.preview import sums_of_sales
from statements.rules import vouchers as entries
from statements.rules.counting import Counted
from statements.rules.preview import ExpectedEntry
from statements.rules.states import POST_STATES, PostState


@dataclass(slots=True)
class ExpectedCosts:
    """What the goods of a statement cost, and what its returns change of the value of stock beside that."""

    issued: Decimal = ZERO
    adjusted: Decimal = ZERO


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
    costs: Mapping[int, ExpectedCosts],
) -> dict[int, list[ExpectedEntry]]:
    """Entries by statement, of the statements that posting would begin or go on with (`heads`); five queries.

    `ends` are those that would be posted to the end, `failing` the sales that would not be invoiced, `costs` what the goods of the others
    cost, by statement. What is booked of the day's counts is in `counted`, where posting would count anew.
    """
    found: dict[int, list[ExpectedEntry]] = {statement_id: [] for statement_id in heads}
    sales = sums_of_sales(heads, failing)
    for statement_id, own in sales.items():
        if not own.lines:
            continue
        head = heads[statement_id]
        of = {kind: accounts[head.legal_entity_id, kind, ""] for kind in INVOICE_ACCOUNTS}
        cost = costs.get(statement_id, ExpectedCosts())
        invoiced = OrderHead(0, head.number, head.legal_entity_id, head.store, head.posting_date, own.net, own.tax, own.gift_cards)
        found[statement_id] += _said("invoice", plan_invoice_voucher(invoiced, 0, cost.issued, of).entries)
        found[statement_id] += _said("cost", plan_adjustment_voucher(invoiced, 0, cost.adjusted, of).entries)
    ending = [statement_id for statement_id in heads if statement_id in ends]
    for statement_id, money in (load_money(ending) if ending else {}).items():
        if statement_id in counted:
            money.differences = {method: amount for method, _, amount in counted[statement_id].by_method() if amount}
        money.discount = sales[statement_id].discount if statement_id in sales else ZERO
        own_accounts = entries.accounts_of(accounts, heads[statement_id].legal_entity_id)
        for step, state, entries_of in entries.OWN_VOUCHERS:
            if _is_before(heads[statement_id].post_state, state):
                found[statement_id] += _said(step, entries_of(money, own_accounts))
    return found


def _is_before(reached: str, state: PostState) -> bool:
    return not reached or POST_STATES.index(PostState(reached)) < POST_STATES.index(state)


def _said(step: str, lines: Sequence[Entry]) -> list[ExpectedEntry]:
    sums: dict[int, Decimal] = {}
    for line in merged(lines):
        sums[line.account_id] = sums.get(line.account_id, ZERO) + line.amount
    return [ExpectedEntry(step, account, amount) for account, amount in sums.items() if amount]
