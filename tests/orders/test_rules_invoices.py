"""What an order posts to the ledger, and the words for a line that could not be issued."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lib.document_kinds import SourceKind
from inventory.rules.stock import Failure
from orders.rules.invoices import OrderHead, failure_problem, plan_invoice_voucher
from tests.inventory.shelf import need
from tests.ledger.entries import imbalance

ACCOUNTS = {"clearing": 1, "revenue": 2, "sales_tax": 3, "cost_of_goods": 4, "inventory": 5, "gift_card": 6}
MONEY = st.integers(-99_999_99, 99_999_99).map(lambda cents: Decimal(cents) / 100)


def head(net: str = "3.00", tax: str = "0.30") -> OrderHead:
    return OrderHead(7, "S1-000001-0001", 1, "S1", date(2024, 5, 1), Decimal(net), Decimal(tax))


def amounts(net: str, tax: str, cost: str) -> dict[int, Decimal]:
    plan = plan_invoice_voucher(head(net, tax), 9, Decimal(cost), ACCOUNTS)
    return {entry.account_id: entry.amount for entry in plan.entries}


def test_gift_cards_are_owed_and_not_earned() -> None:
    cards = replace(head("53.00", "0.30"), gift_cards=Decimal(50))
    found = {entry.account_id: entry.amount for entry in plan_invoice_voucher(cards, 9, Decimal(0), ACCOUNTS).entries}
    assert found == {1: Decimal("53.30"), 2: Decimal("-3.00"), 3: Decimal("-0.30"), 6: Decimal(-50)}


@settings(deadline=None)
@given(MONEY, MONEY, MONEY)
def test_every_invoice_voucher_balances(net: Decimal, tax: Decimal, cost: Decimal) -> None:
    plan = plan_invoice_voucher(head(str(net), str(tax)), 9, cost, ACCOUNTS)
    assert imbalance(plan.entries) == 0
    assert all(entry.amount for entry in plan.entries)


@pytest.mark.parametrize(
    ("net", "tax", "cost", "expected"),
    [
        ("3.00", "0.30", "1.50", {1: "3.30", 2: "-3.00", 3: "-0.30", 4: "1.50", 5: "-1.50"}),
        ("-3.00", "-0.30", "-1.50", {1: "-3.30", 2: "3.00", 3: "0.30", 4: "-1.50", 5: "1.50"}),
        ("3.00", "0", "0", {1: "3.00", 2: "-3.00"}),
        ("0", "0", "1.50", {4: "1.50", 5: "-1.50"}),
        ("0", "0", "0", {}),
        ("3.00", "-3.00", "0", {2: "-3.00", 3: "3.00"}),
    ],
    ids=["sale", "return", "service", "given away", "nothing", "net and tax cancel out"],
)
def test_what_is_posted(net: str, tax: str, cost: str, expected: dict[int, str]) -> None:
    assert amounts(net, tax, cost) == {account: Decimal(amount) for account, amount in expected.items()}


def test_the_voucher_is_known_by_its_invoice() -> None:
    plan = plan_invoice_voucher(head(), 9, Decimal(0), ACCOUNTS)
    assert (plan.number, plan.source_kind, plan.source_id, plan.step) == ("S1-000001-0001-INV", SourceKind.INVOICE, 9, "invoice")
    assert plan.date == date(2024, 5, 1)


@pytest.mark.parametrize(("missing", "written"), [("3.0000", "3"), ("0.2500", "0.25"), ("100", "100"), ("1E+2", "100")])
def test_a_failure_names_item_store_quantity_and_remedy(missing: str, written: str) -> None:
    message = str(failure_problem(Failure(need(1, 5), "NO_VALID_BATCH", Decimal(missing)), "MILK", "pcs", "S1").message)
    assert message.startswith(f"Item MILK in store S1: {written} pcs missing. ")
    assert message.endswith("then post again.")
