"""What keeps a statement from being posted, in the order in which it is told."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from parameters.rules.settings import RetailSettings
from statements.rules.checks import StatementToCheck, check_proof, check_statement

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


def statement(**differences: str) -> StatementToCheck:
    return StatementToCheck(5, 1, date(2024, 5, 1), {method: Decimal(amount) for method, amount in differences.items()})


@pytest.mark.parametrize(
    ("differences", "settings", "period_open", "missing", "code"),
    [
        ({}, SETTINGS, True, (), ""),
        ({"cash": "10.00"}, SETTINGS, True, (), ""),
        ({"cash": "-10.00"}, SETTINGS, True, (), ""),
        ({"cash": "10.01"}, SETTINGS, True, (), "DIFFERENCE_TOO_LARGE"),
        ({"cash": "-10.01"}, SETTINGS, True, (), "DIFFERENCE_TOO_LARGE"),
        ({"cash": "6", "card": "-6"}, SETTINGS, True, (), "DIFFERENCE_TOO_LARGE"),
        ({"cash": "600"}, UNCOUNTED, True, (), ""),
        ({"cash": "600"}, None, False, ("revenue",), "NO_PARAMETERS"),
        ({"cash": "600"}, SETTINGS, False, ("revenue",), "PERIOD_CLOSED"),
        ({"cash": "600"}, SETTINGS, True, ("revenue",), "ACCOUNT_MISSING"),
        ({}, UNCOUNTED, False, (), "PERIOD_CLOSED"),
    ],
)
def test_the_check(
    differences: dict[str, str], settings: RetailSettings | None, period_open: bool, missing: tuple[str, ...], code: str
) -> None:
    problem = check_statement(statement(**differences), settings, period_open=period_open, missing_accounts=missing)
    assert (problem.code if problem else "") == code


def test_differences_do_not_cancel_out_between_methods() -> None:
    problem = check_statement(statement(cash="6", card="-6"), SETTINGS, period_open=True, missing_accounts=())
    assert problem is not None
    assert "differ by 12" in problem.message


def test_the_message_names_what_is_missing() -> None:
    problem = check_statement(statement(), SETTINGS, period_open=True, missing_accounts=("payment card", "revenue"))
    assert problem is not None
    assert "payment card, revenue" in problem.message


@pytest.mark.parametrize(("on_orders", "invoiced", "code"), [(3, "9.99", ""), (2, "9.99", "PROOF_MISMATCH"), (3, "9.98", "PROOF_MISMATCH")])
def test_the_proof(on_orders: int, invoiced: str, code: str) -> None:
    problem = check_proof(3, on_orders, Decimal("9.99"), Decimal(invoiced))
    assert (problem.code if problem else "") == code
