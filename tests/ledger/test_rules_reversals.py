"""Whether a document can be taken back with this reason on that date; values alone."""

from datetime import date

import pytest

from ledger.rules.reversals import not_posted, reversal_refusal, reversed_already

MAY, JUNE, JULY = (date(2024, month, 1) for month in (5, 6, 7))
OPEN, CLOSED, STOCK = "", "PERIOD_CLOSED", "STOCK_PERIOD_CLOSED"


@pytest.mark.parametrize(
    ("reason", "on", "posted", "code", "variant"),
    [
        ("wrong day", None, {MAY: OPEN}, "", ""),
        ("  ", None, {MAY: OPEN}, "REASON_NEEDED", ""),
        ("wrong day", None, {MAY: OPEN, JUNE: CLOSED}, "PERIOD_CLOSED", "reversal"),
        ("wrong day", None, {MAY: OPEN, JUNE: STOCK}, "STOCK_PERIOD_CLOSED", "reversal"),
        ("wrong day", JULY, {MAY: STOCK, JULY: STOCK}, "STOCK_PERIOD_CLOSED", ""),
        ("wrong day", JULY, {MAY: CLOSED, JULY: OPEN}, "", ""),
        ("wrong day", JULY, {MAY: CLOSED, JULY: CLOSED}, "PERIOD_CLOSED", ""),
        ("wrong day", MAY, {MAY: OPEN, JUNE: OPEN}, "REVERSAL_DATE_TOO_EARLY", ""),
        ("wrong day", MAY, {MAY: OPEN}, "", ""),
    ],
)
def test_reason_and_date(reason: str, on: date | None, posted: dict[date, str], code: str, variant: str) -> None:
    problem = reversal_refusal("S1-000001", reason, on, posted)
    assert (problem.code if problem else "", problem.variant if problem else "") == (code, variant)


def test_what_was_taken_back_or_never_posted_is_named() -> None:
    assert str(reversed_already("S1-000001", "ada").message).startswith("S1-000001")
    assert not_posted("S1-000001").params["document"] == "S1-000001"
