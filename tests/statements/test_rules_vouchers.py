"""Ledger entries of a statement: they balance whatever the money was, and say what happened to it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.rules.vouchers import Entry
from statements.rules.counting import INTO_TILL
from statements.rules.vouchers import (
    Accounts,
    MoneyMove,
    StatementMoney,
    discount_entries,
    gift_card_entries,
    income_expense_entries,
    payment_entries,
)
from tests.ledger.entries import imbalance

NAMES = ("clearing", "revenue", "over_short", "rounding", "income", "expense", "bank", "safe", "float", "gift_card", "discount")
METHODS = ("cash", "card", "gift_card", "voucher", "on_account")
OF = {name: number for number, name in enumerate(NAMES, 1)}
OF_METHOD = {name: number for number, name in enumerate(METHODS, 100)}
ACCOUNTS = Accounts(OF, OF_METHOD)
NAME_OF = {number: name for name, number in OF.items()} | {number: name for name, number in OF_METHOD.items()}
NAME_OF[OF_METHOD["gift_card"]] = "redeemed"

AMOUNTS = st.integers(-99_999, 99_999).map(lambda cents: Decimal(cents) / 100)
MONEY = st.builds(
    StatementMoney,
    totals=st.dictionaries(st.sampled_from(("sale", "income", "expense", "float", "bank_drop")), AMOUNTS),
    moves=st.lists(st.builds(MoneyMove, st.sampled_from(sorted(INTO_TILL)), st.sampled_from(METHODS), AMOUNTS), max_size=8),
    differences=st.dictionaries(st.sampled_from(METHODS), AMOUNTS),
    discount=AMOUNTS,
)


def named(entries: list[Entry]) -> dict[str, Decimal]:
    """Amount by account, texts aside."""
    found: dict[str, Decimal] = {}
    for entry in entries:
        name = NAME_OF[entry.account_id]
        found[name] = found.get(name, Decimal(0)) + entry.amount
    return {name: amount for name, amount in found.items() if amount}


def money(*moves: tuple[str, str, str], differences: dict[str, str] | None = None, discount: str = "0", **totals: str) -> StatementMoney:
    return StatementMoney(
        {kind: Decimal(total) for kind, total in totals.items()},
        [MoneyMove(kind, method, Decimal(amount)) for kind, method, amount in moves],
        {method: Decimal(amount) for method, amount in (differences or {}).items()},
        Decimal(discount),
    )


@settings(deadline=None)
@given(MONEY)
def test_every_voucher_balances_and_has_no_empty_line(of: StatementMoney) -> None:
    for entries_of in (discount_entries, income_expense_entries, payment_entries, gift_card_entries):
        entries = entries_of(of, ACCOUNTS)
        assert imbalance(entries) == 0
        assert all(entry.amount for entry in entries)
        assert len({(entry.account_id, entry.text) for entry in entries}) == len(entries)


@settings(deadline=None)
@given(MONEY)
def test_payments_leave_nothing_open_on_clearing(of: StatementMoney) -> None:
    """What invoices, income and expense put on clearing goes away again, by payments or as a rounding difference."""
    open_amount = sum((INTO_TILL[kind] * of.totals.get(kind, Decimal(0)) for kind in ("sale", "income", "expense")), Decimal(0))
    assert named(payment_entries(of, ACCOUNTS)).get("clearing", Decimal(0)) == -open_amount


@settings(deadline=None)
@given(MONEY)
def test_the_till_holds_what_was_counted(of: StatementMoney) -> None:
    """Per method: payments, cash moves and over/short together are what is in the drawer."""
    found = named(payment_entries(of, ACCOUNTS))
    for method in METHODS:
        moved = sum((INTO_TILL[move.kind] * move.amount for move in of.moves if move.method == method), Decimal(0))
        if method == "on_account":
            moved -= sum((move.amount for move in of.moves if move.kind == "payment"), Decimal(0))
        name = NAME_OF[OF_METHOD[method]]
        assert found.get(name, Decimal(0)) == moved + of.differences.get(method, Decimal(0))


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (money(("sale", "cash", "5.00"), sale="5.00"), {"cash": "5.00", "clearing": "-5.00"}),
        (money(("sale", "cash", "-5.00"), sale="-5.00"), {"cash": "-5.00", "clearing": "5.00"}),
        (money(("sale", "cash", "5.00"), sale="5.02"), {"cash": "5.00", "clearing": "-5.02", "rounding": "0.02"}),
        (money(("sale", "cash", "5.05"), sale="5.02"), {"cash": "5.05", "clearing": "-5.02", "rounding": "-0.03"}),
        (money(("expense", "cash", "3.00"), expense="3.00"), {"cash": "-3.00", "clearing": "3.00"}),
        (money(("income", "cash", "3.00"), income="3.00"), {"cash": "3.00", "clearing": "-3.00"}),
        (money(("float", "cash", "100")), {"cash": "100", "float": "-100"}),
        (money(("removal", "cash", "60")), {"cash": "-60", "float": "60"}),
        (money(("bank_drop", "cash", "60")), {"cash": "-60", "bank": "60"}),
        (money(("safe_drop", "cash", "60")), {"cash": "-60", "safe": "60"}),
        (money(differences={"cash": "-0.50"}), {"cash": "-0.50", "over_short": "0.50"}),
        (money(), {}),
    ],
)
def test_payments(of: StatementMoney, expected: dict[str, str]) -> None:
    assert named(payment_entries(of, ACCOUNTS)) == {name: Decimal(amount) for name, amount in expected.items()}


def test_a_sale_without_payment_leaves_its_total_to_rounding() -> None:
    """Within the store's tolerance a sale of two cents may be given away; it must not stay open on clearing for ever."""
    assert named(payment_entries(money(sale="0.02"), ACCOUNTS)) == {"rounding": Decimal("0.02"), "clearing": Decimal("-0.02")}


def test_income_and_expense_stay_apart() -> None:
    entries = income_expense_entries(money(income="7.00", expense="3.00"), ACCOUNTS)
    assert named(entries) == {"clearing": Decimal("4.00"), "income": Decimal("-7.00"), "expense": Decimal("3.00")}
    assert {entry.text for entry in entries} == {"income", "expense"}


def test_discounts_are_shown_beside_gross_revenue() -> None:
    assert named(discount_entries(money(discount="2.50"), ACCOUNTS)) == {"discount": Decimal("2.50"), "revenue": Decimal("-2.50")}
    without = Accounts({name: number for name, number in OF.items() if name != "discount"}, OF_METHOD)
    assert discount_entries(money(discount="2.50"), without) == []


def test_redeemed_gift_cards_reduce_the_liability() -> None:
    of = money(("sale", "gift_card", "20"), ("sale", "cash", "5"), ("expense", "gift_card", "4"), ("float", "gift_card", "9"))
    assert named(gift_card_entries(of, ACCOUNTS)) == {"gift_card": Decimal("16"), "redeemed": Decimal("-16")}
