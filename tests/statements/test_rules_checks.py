"""What keeps a statement from being posted, in the order in which it is told."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from parameters.rules.settings import RetailSettings
from statements.rules.checks import StatementToCheck, check_proof, check_statement
from statements.rules.counting import Counted
from statements.rules.proof import ProofTotals

SETTINGS = RetailSettings(
    legal_entity_id=1,
    customer_orders_use_default_batch_id=False,
    customer_orders_default_batch_id="",
    posting_use_default_batch_id=False,
    posting_default_batch_id="",
    posting_aggregate_lines=True,
    posting_max_lines_per_order=1_000,
    posting_max_parallel_lanes=16,
    posting_hold_failing_transactions=False,
    inventory_default_batch_scope="all",
    inventory_sellable_on_expiration_date=True,
    inventory_use_batches_received_after_sale=False,
    statements_max_difference=Decimal("10.00"),
    statements_disable_counting=False,
)
UNCOUNTED = replace(SETTINGS, statements_disable_counting=True)
CLOSED, STOCK_CLOSED = "PERIOD_CLOSED", "STOCK_PERIOD_CLOSED"


def statement(difference: str = "0") -> StatementToCheck:
    return StatementToCheck(5, 1, date(2024, 5, 1), frozenset({"cash"}), Decimal(difference))


@pytest.mark.parametrize(
    ("difference", "settings", "closed", "missing", "code"),
    [
        ("0", SETTINGS, "", (), ""),
        ("10.00", SETTINGS, "", (), ""),
        ("10.01", SETTINGS, "", (), "DIFFERENCE_TOO_LARGE"),
        ("600", UNCOUNTED, "", (), ""),
        ("600", None, CLOSED, ("revenue",), "NO_PARAMETERS"),
        ("600", SETTINGS, CLOSED, ("revenue",), "PERIOD_CLOSED"),
        ("600", SETTINGS, STOCK_CLOSED, ("revenue",), "STOCK_PERIOD_CLOSED"),
        ("600", SETTINGS, "", ("revenue",), "ACCOUNT_MISSING"),
        ("0", UNCOUNTED, CLOSED, (), "PERIOD_CLOSED"),
    ],
)
def test_the_check(difference: str, settings: RetailSettings | None, closed: str, missing: tuple[str, ...], code: str) -> None:
    problem = check_statement(statement(difference), settings, closed=closed, missing_accounts=missing)
    assert (problem.code if problem else "") == code


def test_differences_do_not_cancel_out_between_methods() -> None:
    counted = Counted(by_unit={(None, "cash"): Decimal(6), (None, "card"): Decimal(-6)})
    assert (counted.total_difference, counted.differences) == (Decimal(12), {"cash": Decimal(6), "card": Decimal(-6)})


def test_a_method_is_booked_as_a_whole_and_judged_drawer_by_drawer() -> None:
    counted = Counted(by_unit={(1, "cash"): Decimal(6), (2, "cash"): Decimal(-6)})
    assert (counted.total_difference, counted.differences) == (Decimal(12), {})


def test_the_message_names_what_is_missing() -> None:
    problem = check_statement(statement(), SETTINGS, closed="", missing_accounts=("payment card", "revenue"))
    assert problem is not None
    assert "payment card, revenue" in str(problem.message)


@pytest.mark.parametrize(("on_orders", "invoiced", "code"), [(3, "9.99", ""), (2, "9.99", "PROOF_MISMATCH"), (3, "9.98", "PROOF_MISMATCH")])
def test_the_proof(on_orders: int, invoiced: str, code: str) -> None:
    problem = check_proof(ProofTotals(3, on_orders, Decimal("9.99"), Decimal(invoiced)))
    assert (problem.code if problem else "") == code
