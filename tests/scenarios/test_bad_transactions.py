"""Tickets that can be read and are wrong: they are kept, carry their codes, stay off statements and heal.

Each bad one differs from a good one, posted beside it, in a single fact.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, PARTLY
from tests.oracle.rows import Customer, Payment, Transaction
from tests.scenarios.world import NOON, Shop, milk

CENT = Decimal("0.01")
Change = Callable[[Transaction], Transaction]


def good(number: str) -> Transaction:
    return pos_transaction("S1", number, NOON + timedelta(minutes=int(number)), milk(2), line("NAILS", 1))


def first_line(**changes: object) -> Change:
    def change(row: Transaction) -> Transaction:
        return replace(row, lines=(replace(row.lines[0], **changes), *row.lines[1:]))  # type: ignore[arg-type]  # passed on as given

    return change


CHANGES: list[tuple[str, set[str], Change]] = [
    ("nothing", set(), lambda row: row),
    ("unknown customer", {"H03"}, lambda row: replace(row, customer="NOBODY")),
    ("total", {"H06", "H08", "H14"}, lambda row: replace(row, total=row.total + 1)),
    ("net and tax", {"H07"}, lambda row: replace(row, net=row.net + 1, tax=row.tax - 1)),
    ("tax", {"H08"}, lambda row: replace(row, tax=row.tax + CENT)),
    ("underpaid", {"H14"}, lambda row: replace(row, payments=(Payment(1, "cash", row.total - 6 * CENT),))),
    ("overpaid", {"H14"}, lambda row: replace(row, payments=(Payment(1, "cash", row.total + 6 * CENT),))),
    ("not paid", {"H14"}, lambda row: replace(row, payments=())),
    ("unknown item", {"L04"}, first_line(item="CHEESE")),
    ("negative price", {"L07"}, first_line(price=Decimal("-1.50"))),
    ("sign", {"L10", "B05"}, first_line(quantity=Decimal(-2))),
    ("unit", {"L13"}, first_line(unit="pallet")),
    ("unknown batch", {"B01"}, first_line(batch="X")),
]


@pytest.mark.parametrize(("codes", "change"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_wrong_ticket_stays_off_the_statement(shop: Shop, codes: set[str], change: Change) -> None:
    shop.sells_item()
    shop.sells_item("NAILS", tracked=False)
    shop.has("A", 9)
    shop.has("", 9, item="NAILS")
    shop.keeps(good("1"))
    shop.keeps(change(good("2")))
    found = shop.validates()
    # A wrong sum can break more than one rule; the one that names the fact must be among them, and no rule beside them.
    assert found <= codes
    assert bool(found) == bool(codes)
    assert shop.posts().status == DONE
    assert shop.statement()["transactions"] == ("1" if codes else "2")
    assert shop.shelf() == {"A": "7" if codes else "5"}
    shop.must_be_posted()


def test_a_ticket_of_voided_lines_only(shop: Shop) -> None:
    shop.sells_item()
    shop.rings(milk(1, voided=True))
    assert shop.validates() == set()
    shop.posts()
    assert (shop.statement()["transactions"], shop.exports("invoices")) == ("1", [])
    shop.must_be_posted()


def test_a_ticket_without_lines(shop: Shop) -> None:
    shop.sells_item()
    shop.rings()
    assert shop.validates() == {"H13"}


@pytest.mark.parametrize("fact", ["customer", "item", "batch"])
def test_what_was_unknown_heals_when_it_becomes_known(shop: Shop, fact: str) -> None:
    shop.sells_item("NAILS", tracked=False)
    if fact != "item":
        shop.sells_item()
        shop.has("A", 9)
    shop.rings(milk(1, batch="B" if fact == "batch" else None), customer="C9" if fact == "customer" else None)
    codes = shop.validates()
    assert codes == {{"customer": "H03", "item": "L04", "batch": "B01"}[fact]}
    shop.posts()
    assert shop.exports("statements") == []

    if fact == "customer":
        shop.pending.customers.append(Customer("C9"))
    elif fact == "item":
        shop.sells_item()
        shop.has("A", 9)
    else:
        shop.has("B", 1)
    assert shop.validates() == set()
    assert shop.posts().status == DONE
    shop.must_be_posted()
    assert sum(int(quantity) for quantity in shop.shelf().values()) == {"customer": 8, "item": 8, "batch": 9}[fact]


def test_voided_lines_move_nothing_and_cost_nothing(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 9)
    shop.rings(milk(1), milk(5, voided=True))
    assert shop.validates() == set()
    shop.posts()
    assert shop.shelf() == {"A": "8"}
    (invoice,) = shop.exports("invoices")
    assert invoice["net"] == "1.5"
    shop.must_be_posted()


def test_zero_quantities_carry_money_and_no_goods(shop: Shop) -> None:
    shop.sells_item()
    shop.keeps(_money_only())
    assert shop.validates() == set()
    assert shop.posts().status == DONE
    assert shop.exports("allocations") == []
    (invoice,) = shop.exports("invoices")
    assert (invoice["net"], invoice["total"]) == ("0.5", "0.5")
    shop.must_be_posted()


def _money_only() -> Transaction:
    row = pos_transaction("S1", "1", NOON, milk(0))
    half = Decimal("0.50")
    lines = (replace(row.lines[0], net=half),)
    return replace(row, lines=lines, net=half, total=half, payments=(Payment(1, "cash", half),))


def test_feasibility_is_told_before_posting(shop: Shop) -> None:
    """B05 is an alert: the ticket goes on its statement, and posting says the same."""
    shop.sells_item(negative=True)
    shop.has("A", 1)
    shop.sells(2)
    assert shop.validates() == {"B05"}
    assert {row["severity"] for row in shop.exports("problems")} == {"warning"}
    assert shop.posts().status == PARTLY
    shop.must_stand_at_invoicing("NO_VALID_BATCH")


def test_feasibility_twin_with_a_fallback(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 1)
    shop.sells(2)
    assert shop.validates() == set()


def test_cash_events_go_on_the_statement_and_into_the_books(shop: Shop) -> None:
    shop.sells_item("NAILS", tracked=False, negative=True)
    shop.sells(2, item="NAILS")
    shop.till_event("float", "100.00")
    shop.till_event("income", "5.00")
    shop.till_event("expense", "2.00")
    shop.till_event("bank_drop", "50.00")
    shop.till_event("safe_drop", "10.00")
    shop.till_event("removal", "1.00")
    shop.till_event("tender_declaration", "45.18")
    assert shop.validates() == set()
    assert shop.posts().status == DONE
    assert shop.statement()["transactions"] == "8"
    shop.must_be_posted()


@pytest.mark.parametrize(("counted", "state"), [("13.18", ""), ("13.19", "Checked")])
def test_a_count_beyond_the_limit_stops_the_statement_before_anything_is_posted(shop: Shop, counted: str, state: str) -> None:
    """Sold for 3.18; the limit is a difference of 10.00."""
    shop.sells_item("NAILS", tracked=False, negative=True)
    shop.sells(2, item="NAILS")
    shop.till_event("tender_declaration", counted)
    shop.posts()
    assert (shop.statement()["failed_state"], shop.statement()["post_state"]) == (state, "" if state else "Posted")
    assert bool(shop.exports("allocations")) == (not state)
    if state:
        assert shop.statement()["error_code"]
        shop.parameters(statements__disable_counting="true")
        assert shop.posts().status == DONE
    shop.must_be_posted()


def test_a_later_ticket_of_the_same_day_gets_a_supplement(shop: Shop) -> None:
    shop.sells_item("NAILS", tracked=False, negative=True)
    shop.sells(2, item="NAILS")
    shop.posts()
    shop.sells(1, item="NAILS", at=NOON - timedelta(hours=2))
    shop.posts()
    rows = shop.exports("statements")
    assert [(row["statement"], row["business_date"], row["transactions"]) for row in rows] == [
        ("S1-000001", "2024-05-01", "1"),
        ("S1-000002", "2024-05-01", "1"),
    ]
    shop.must_be_posted()
