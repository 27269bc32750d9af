"""What a statement books of the differences of its day, by rules alone; days of tills are in tests/cases."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from statements.rules.counting import COUNT, Booked, CountedDay, DayCounts, DayRules, Declaration, Drawer, Movement, StoreDay

DAY = StoreDay(1, date(2024, 5, 1))
TILL = Drawer(1)
EVENING = datetime(2024, 5, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize(("booked_by", "left"), [(None, "-2"), (7, "-2"), (8, "0")])
def test_a_statement_books_what_no_other_one_of_the_day_booked(booked_by: int | None, left: str) -> None:
    """What it booked itself is decided anew."""
    booked = [Booked(booked_by, DAY, TILL, "cash", Decimal(-2))] if booked_by else []
    sold = Movement(DAY, TILL, "cash", 7, False, Decimal(10))
    counted = Declaration(DAY, TILL, EVENING, COUNT, "cash", Decimal(8))
    counts = DayCounts({1: DayRules("total", "last")}, [counted], [sold], booked, {})
    assert counts.decide(7, CountedDay(DAY)).differences.get("cash", Decimal(0)) == Decimal(left)
