"""Shares of a line over partial invoices, deposits, refunds: every cent is somewhere."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.rules.order_money import Refund, cancellation, deposit_problem, deposit_used, deposit_wanted, payment_problem, share

D = Decimal
MONEY = st.decimals(D("-10000"), D(10000), places=2)
POSITIVE = st.decimals(D("0.01"), D(10000), places=2)
PARTS = st.lists(st.decimals(D("0.0001"), D(300), places=4), min_size=1, max_size=8)


def test_thirds() -> None:
    parts = [share(D("10.00"), before, D(1), D(3)) for before in (D(0), D(1), D(2))]
    assert parts == [D("3.33"), D("3.34"), D("3.33")]


@given(MONEY, PARTS)
def test_shares_add_up_to_the_amount(amount: Decimal, parts: list[Decimal]) -> None:
    whole = sum(parts, D(0))
    before, shared = D(0), D(0)
    for part in parts:
        shared += share(amount, before, part, whole)
        before += part
    assert shared == amount


@given(MONEY, PARTS)
def test_a_share_is_within_a_cent_of_its_part(amount: Decimal, parts: list[Decimal]) -> None:
    whole = sum(parts, D(0))
    before = D(0)
    for part in parts:
        assert abs(share(amount, before, part, whole) - amount * part / whole) <= D("0.01")
        before += part


@pytest.mark.parametrize(
    ("later", "carry_out", "percent", "wanted"),
    [
        ("100.00", "0", "0", "0.00"),
        ("100.00", "0", "20", "20.00"),
        ("33.33", "10.00", "10", "13.33"),
        ("-5.00", "0", "50", "0.00"),
        ("-4.00", "10.00", "20", "6.00"),
        ("10.00", "-4.00", "100", "6.00"),
    ],
)
def test_deposit(later: str, carry_out: str, percent: str, wanted: str) -> None:
    assert deposit_wanted(D(later), D(carry_out), D(percent)) == D(wanted)


def test_a_missing_deposit_is_refused_unless_overridden() -> None:
    refused = deposit_problem(D("19.99"), D("20.00"), "USD", may_override=False)
    assert refused is not None
    assert refused.code == "DEPOSIT_TOO_LOW"
    assert "0.01 USD" in str(refused.message)
    assert deposit_problem(D("19.99"), D("20.00"), "USD", may_override=True) is None
    assert deposit_problem(D("20.00"), D("20.00"), "USD", may_override=False) is None


@given(POSITIVE, st.lists(POSITIVE, min_size=1, max_size=6))
def test_the_last_invoice_clears_the_deposit(deposit: Decimal, invoices: list[Decimal]) -> None:
    """As long as the deposit is no more than the order; and no invoice uses more than it comes to."""
    remaining = sum(invoices, D(0))
    left = min(deposit, remaining)
    for invoice in invoices:
        used = deposit_used(left, invoice, remaining)
        assert 0 <= used <= min(left, invoice)
        left -= used
        remaining -= invoice
    assert left == 0


def test_what_is_carried_out_uses_its_full_price() -> None:
    assert deposit_used(D("50"), D("30"), D("130")) == D("11.54")
    assert deposit_used(D("50"), D("30"), D("130"), in_full=True) == D("30")
    assert deposit_used(D("20"), D("30"), D("130"), in_full=True) == D("20")


@pytest.mark.parametrize(("paid", "due", "code"), [("5", "5", ""), ("4.99", "5", "PAYMENT_INCOMPLETE"), ("5.01", "5", "PAYMENT_TOO_HIGH")])
def test_a_till_takes_exactly_what_is_due(paid: str, due: str, code: str) -> None:
    problem = payment_problem(D(paid), D(due), "USD")
    assert (problem.code if problem else "") == code


@pytest.mark.parametrize(("paid", "code"), [("0", "PAYMENT_TOO_HIGH"), ("-3", "PAYMENT_TOO_HIGH"), ("-7", "PAYMENT_INCOMPLETE")])
def test_a_till_is_told_what_to_pay_back(paid: str, code: str) -> None:
    problem = payment_problem(D(paid), D(-5), "USD")
    assert problem is not None
    assert (problem.code, str(problem.message)) == (code, f"5 USD are to be paid back, not {-D(paid)}.")


@pytest.mark.parametrize(
    ("left", "cancelled", "remaining", "percent", "expected"),
    [
        ("20.00", "100.00", "0.00", "10", Refund(D("10.00"), D("10.00"))),
        ("20.00", "100.00", "0.00", "50", Refund(D("20.00"), D("0.00"))),
        ("20.00", "100.00", "0.00", "0", Refund(D("0.00"), D("20.00"))),
        ("20.00", "50.00", "50.00", "10", Refund(D("5.00"), D("0.00"))),
        ("80.00", "50.00", "50.00", "10", Refund(D("5.00"), D("25.00"))),
        ("0.00", "100.00", "0.00", "10", Refund(D("0.00"), D("0.00"))),
    ],
)
def test_cancellation(left: str, cancelled: str, remaining: str, percent: str, expected: Refund) -> None:
    assert cancellation(D(left), D(cancelled), D(remaining), D(percent)) == expected


@given(st.decimals(0, D(1000), places=2), st.decimals(0, D(1000), places=2), st.decimals(0, D(1000), places=2), st.integers(0, 100))
def test_a_cancellation_gives_no_more_than_was_deposited(left: Decimal, cancelled: Decimal, remaining: Decimal, percent: int) -> None:
    result = cancellation(left, cancelled, remaining, D(percent))
    assert result.charge >= 0
    assert result.refund >= 0
    assert result.charge + result.refund <= left
