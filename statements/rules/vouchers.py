"""Ledger entries of a statement besides its invoices: discounts, income and expense, payments, gift cards (docs/domain.md#posting-states).

Amounts of a till event are given in its natural direction: an expense, a removal and a drop take money out and are written positive.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from ledger.rules.vouchers import Entry, merged
from statements.rules.counting import INTO_TILL
from statements.rules.states import PostState
from statements.rules.till import CARD_SIGNS

OTHER_SIDE = {"float": "float", "removal": "float", "bank_drop": "bank", "safe_drop": "safe"}
SETTLED_BY_PAYMENT = ("sale", "income", "expense")
PAYMENT, ON_ACCOUNT = "payment", "on_account"


class MoneyMove(NamedTuple):
    """Sum of payments of a statement by kind of transaction and method."""

    kind: str
    method: str
    amount: Decimal


@dataclass(slots=True)
class StatementMoney:
    """All sums of a statement that its vouchers are made from."""

    totals: dict[str, Decimal] = field(default_factory=dict)
    moves: list[MoneyMove] = field(default_factory=list)
    differences: dict[str, Decimal] = field(default_factory=dict)
    discount: Decimal = Decimal(0)


class Accounts(NamedTuple):
    """Accounts of one legal entity by posting type, and by payment method."""

    of: Mapping[str, int]
    of_method: Mapping[str, int]


def accounts_of(accounts: Mapping[tuple[int, str, str], int], legal_entity_id: int) -> Accounts:
    """Accounts of one legal entity, of those by (legal entity, posting type, payment method)."""
    own = {(kind, method): account for (entity, kind, method), account in accounts.items() if entity == legal_entity_id}
    return Accounts(
        {kind: account for (kind, method), account in own.items() if not method},
        {method: account for (kind, method), account in own.items() if kind == "payment" and method},
    )


def discount_entries(money: StatementMoney, accounts: Accounts) -> list[Entry]:
    """Discounts given, shown beside gross revenue; nothing where no discount account is set."""
    if "discount" not in accounts.of:
        return []
    return merged((Entry(accounts.of["discount"], money.discount), Entry(accounts.of["revenue"], -money.discount)))


def income_expense_entries(money: StatementMoney, accounts: Accounts) -> list[Entry]:
    """Income and expense against clearing; their payments clear it again."""
    income, expense = money.totals.get("income", Decimal(0)), money.totals.get("expense", Decimal(0))
    return merged(
        (
            Entry(accounts.of["clearing"], income, "income"),
            Entry(accounts.of["income"], -income, "income"),
            Entry(accounts.of["expense"], expense, "expense"),
            Entry(accounts.of["clearing"], -expense, "expense"),
        )
    )


def payment_entries(money: StatementMoney, accounts: Accounts) -> list[Entry]:
    """Payments by method against clearing, what rounding left over, cash moved, payments on account, and over/short."""
    return merged(
        [
            *_settlements(money, accounts),
            *_cash_moves(money, accounts),
            *_payments_on_account(money, accounts),
            *_over_short(money, accounts),
        ]
    )


def _settlements(money: StatementMoney, accounts: Accounts) -> Iterable[Entry]:
    open_amount = sum((INTO_TILL[kind] * money.totals.get(kind, Decimal(0)) for kind in SETTLED_BY_PAYMENT), Decimal(0))
    for kind, method, amount in money.moves:
        if kind in SETTLED_BY_PAYMENT:
            signed = INTO_TILL[kind] * amount
            open_amount -= signed
            yield Entry(accounts.of_method[method], signed, "payments")
            yield Entry(accounts.of["clearing"], -signed, "payments")
    yield Entry(accounts.of["rounding"], open_amount, "rounding difference")
    yield Entry(accounts.of["clearing"], -open_amount, "rounding difference")


def _cash_moves(money: StatementMoney, accounts: Accounts) -> Iterable[Entry]:
    for kind, method, amount in money.moves:
        if kind in OTHER_SIDE:
            signed = INTO_TILL[kind] * amount
            yield Entry(accounts.of_method[method], signed, kind)
            yield Entry(accounts.of[OTHER_SIDE[kind]], -signed, kind)


def _payments_on_account(money: StatementMoney, accounts: Accounts) -> Iterable[Entry]:
    """Customers pay what they owe on account."""
    for kind, method, amount in money.moves:
        if kind == PAYMENT:
            yield Entry(accounts.of_method[method], amount, "payments on account")
            yield Entry(accounts.of_method[ON_ACCOUNT], -amount, "payments on account")


def _over_short(money: StatementMoney, accounts: Accounts) -> Iterable[Entry]:
    for method, difference in money.differences.items():
        yield Entry(accounts.of_method[method], difference, "over/short")
        yield Entry(accounts.of["over_short"], -difference, "over/short")


def gift_card_entries(money: StatementMoney, accounts: Accounts) -> list[Entry]:
    """Redeemed gift cards reduce the liability."""
    redeemed = sum(
        (-CARD_SIGNS[move.kind] * move.amount for move in money.moves if move.method == "gift_card" and move.kind in CARD_SIGNS),
        Decimal(0),
    )
    return merged((Entry(accounts.of["gift_card"], redeemed), Entry(accounts.of_method["gift_card"], -redeemed)))


class OwnVoucher(NamedTuple):
    """A voucher of a statement besides those of its invoices: its step, the state that posts it, and what it holds."""

    step: str
    state: PostState
    entries_of: Callable[[StatementMoney, Accounts], list[Entry]]


OWN_VOUCHERS = (
    OwnVoucher("discounts", PostState.DISCOUNTS_POSTED, discount_entries),
    OwnVoucher("income_expense", PostState.INCOME_EXPENSE_POSTED, income_expense_entries),
    OwnVoucher("payments", PostState.PAYMENTS_POSTED, payment_entries),
    OwnVoucher("gift_cards", PostState.GIFT_CARDS_POSTED, gift_card_entries),
)


def own_voucher(state: PostState) -> OwnVoucher:
    """The voucher of a state, which preview and proof sheet know from OWN_VOUCHERS as well. Raises KeyError for a state without one."""
    return {own.state: own for own in OWN_VOUCHERS}[state]
