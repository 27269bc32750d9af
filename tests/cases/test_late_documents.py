"""Case 37: a document whose month is closed waits, or is posted today by parameter. Cases 30, 31: dates that are none, or not possible."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from ledger.models import FiscalPeriod
from tests.cases.world import PricedShop
from tests.oracle.commands import DONE, run
from tests.scenarios.world import TODAY


@pytest.fixture
def milk(shop: PricedShop) -> PricedShop:
    shop.sells_at_cost()
    shop.receives(10, "0.60", "A")
    shop.sells(1)
    shop.posts()
    shop.must_be_posted()
    FiscalPeriod.objects.filter(starts_on__lte=TODAY).update(status="closed")
    return shop


def test_37_a_late_ticket_waits_for_its_period(milk: PricedShop) -> None:
    milk.sells(1)
    assert milk.validates() == {"H01"}
    milk.posts()
    assert milk.shelf() == {"A": "9"}
    FiscalPeriod.objects.update(status="open")
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "8"}


def test_37_a_late_ticket_is_posted_today_by_parameter(milk: PricedShop) -> None:
    milk.journal.not_followed("what comes late is posted today")
    milk.parameters(statements__late_documents="current")
    milk.sells(1)
    assert milk.validates() == set()
    milk.posts()
    milk.must_be_posted()
    today = timezone.now().date().isoformat()
    first, late = sorted(milk.exports("statements"), key=lambda row: row["statement"])
    assert (first["business_date"], late["business_date"], late["post_state"]) == (TODAY.isoformat(), TODAY.isoformat(), "Posted")
    of = {late["statement"]: today, first["statement"]: TODAY.isoformat()}
    for row in milk.exports("vouchers"):
        if row["voucher"].startswith("S1-"):
            assert row["date"] == of[row["voucher"][: len(late["statement"])]], row
    assert {row["date"] for row in milk.exports("invoices")} == {TODAY.isoformat(), today}
    assert {row["date"] for row in milk.exports("inventory-transactions")} >= {today}


def test_37_a_statement_that_was_calculated_before_the_month_was_closed(milk: PricedShop) -> None:
    FiscalPeriod.objects.update(status="open")
    milk.sells(1)
    milk.calculates()
    FiscalPeriod.objects.filter(starts_on__lte=TODAY).update(status="closed")
    milk.posts()
    assert {row["error_code"] for row in milk.exports("statements")} == {"", "PERIOD_CLOSED"}
    milk.journal.not_followed("what comes late is posted today")
    milk.parameters(statements__late_documents="current")
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "8"}


@pytest.mark.parametrize("none", [date(1900, 1, 1), date(2154, 12, 31), date(9999, 12, 31)])
def test_30_dates_that_stand_for_none_are_none(shop: PricedShop, none: date) -> None:
    shop.sells_at_cost(negative=False)
    shop.has("A", 10, expires=none)
    sale = shop.sells(2)
    shop.posts()
    shop.must_be_posted()
    assert shop.batches_of(sale) == {"A": "2"}


@pytest.mark.parametrize("days", [-20 * 365, 30, 36 * 365])
def test_31_a_ticket_from_another_time_is_an_error_and_opens_no_period(shop: PricedShop, days: int) -> None:
    shop.sells_at_cost()
    shop.has("A", 10)
    shop.comes_in()
    before = FiscalPeriod.objects.count()
    shop.sells(1, at=timezone.now() + timedelta(days=days))
    assert "H18" in shop.validates()
    assert run("calculate_statements").status == DONE
    assert (shop.exports("statements"), FiscalPeriod.objects.count()) == ([], before)
