"""Counts that people enter: the last word on a drawer's day, before and after posting, with their reason."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statements.rules.counting import COUNT, START, Declaration, Drawer, StoreDay, count_to_enter
from tests.cases.test_counting import by_method, counted, posts, says, sells
from tests.oracle.commands import DONE, WRONG_USE, Answer, run
from tests.scenarios.world import NOON, Shop

__all__ = ["counted"]


def counts(shop: Shop, amount: str, *more: str, method: str = "cash", terminal: str = "T1", date: str = "2024-05-01") -> Answer:
    shop.comes_in()
    given_ = ("--store", "S1", "--terminal", terminal, "--date", date, "--method", method, "--amount", amount, "--reason", "counted again")
    return run("count_tender", *given_, *more)


def drawer(shop: Shop) -> tuple[str, str, str]:
    (row,) = shop.exports("counts")
    return row["expected"], row["counted"], row["difference"]


def test_a_count_before_posting_replaces_what_was_declared(counted: Shop) -> None:
    sells(counted, "100")
    says(counted, "tender_declaration", "50")
    counted.calculates()
    assert drawer(counted) == ("100", "50", "-50")
    answer = counts(counted, "100")
    assert (answer.status, answer.data["before"], answer.data["counted"]) == (DONE, "50", "100")
    assert (drawer(counted), counted.statement()["calc_state"]) == (("100", "100", "0"), "Calculated")
    assert posts(counted)["cash"] == "100.00"
    (entry,) = counted.exports("corrections")
    assert (entry["field"], entry["before"], entry["after"], entry["reason"], entry["actor"]) == (
        *("counted:cash", "50", "100"),
        *("counted again", "command"),
    )


def test_the_same_count_again_changes_nothing(counted: Shop) -> None:
    sells(counted, "100")
    counts(counted, "100")
    answer = counts(counted, "100")
    assert (answer.status, answer.data["transaction"]) == (DONE, None)
    assert len(counted.exports("corrections")) == 1


def test_a_count_after_posting_is_booked_as_a_correction(counted: Shop) -> None:
    counted.parameters(statements__max_difference="100")
    sells(counted, "100")
    says(counted, "tender_declaration", "90")
    assert posts(counted) == {"cash": "90.00", "over/short": "10.00"}
    counts(counted, "98")
    assert posts(counted) == {"cash": "98.00", "over/short": "2.00"}
    counts(counted, "100")
    assert posts(counted) == {"cash": "100.00"}
    assert [row["after"] for row in counted.exports("corrections")] == ["98", "100"]


def test_counts_that_are_added_up_come_to_what_is_entered(counted: Shop) -> None:
    by_method(counted, count="sum")
    sells(counted, "100")
    says(counted, "tender_declaration", "60")
    says(counted, "tender_declaration", "60")
    counted.comes_in()
    by_method(counted, count="sum")
    answer = counts(counted, "100")
    assert answer.data["before"] == "120"
    assert posts(counted)["cash"] == "100.00"


def test_a_shift_is_counted_by_itself(counted: Shop) -> None:
    counted.comes_in()
    by_method(counted, statement_method="shift")
    sells(counted, "100", shift=1)
    sells(counted, "50", shift=2)
    assert counts(counted, "100").codes == {"DRAWER_NOT_NAMED"} or "DRAWER_NOT_NAMED" in counts(counted, "100").errors
    counts(counted, "100", "--shift", "1")
    counts(counted, "50", "--shift", "2")
    assert posts(counted)["cash"] == "150.00"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--store", "S9"), "UNKNOWN_STORE"),
        (("--terminal", "T9"), "UNKNOWN_TERMINAL"),
        (("--method", "shells"), "BAD_VALUE"),
        (("--amount", "1,5"), "BAD_NUMBER"),
        (("--amount", "1.001"), "H02"),
        (("--date", "1.5.2024"), "BAD_DATE"),
        (("--date", "2062-01-01"), "H18"),
        (("--reason", " "), "MISSING_FIELD"),
    ],
)
def test_bad_counts_change_nothing(counted: Shop, more: tuple[str, ...], code: str) -> None:
    sells(counted, "100")
    answer = counts(counted, "100", *more)
    assert answer.status == WRONG_USE
    assert code in answer.errors
    assert counted.exports("corrections") == []


amounts = st.decimals(-1000, 1000, places=2)
said = st.lists(st.tuples(st.sampled_from([COUNT, COUNT, START]), amounts), max_size=6)


@given(said, st.sampled_from(["last", "sum"]), amounts)
def test_whatever_was_declared_the_day_comes_to_what_is_entered(declared: list[tuple[str, Decimal]], rule: str, amount: Decimal) -> None:
    day, till = StoreDay(1, NOON.date()), Drawer(1)
    before = [Declaration(day, till, NOON, kind, "cash", value) for kind, value in declared]
    new = count_to_enter(before, rule, "cash", amount)
    after = [*before, Declaration(day, till, NOON, COUNT, "cash", new.amount)]
    assert count_to_enter(after, rule, "cash", amount).before == amount
