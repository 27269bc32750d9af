"""Cases 01, 10, 36: what a till sends again takes the place of what is not posted, and its history says so."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from statements.models import PosTransaction, TransactionVersion
from tests.cases.books import balances
from tests.cases.world import PricedShop
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, PARTLY, Answer, rejected, run
from tests.oracle.files import write_world
from tests.oracle.rows import LineRef, Payment, Transaction, World
from tests.scenarios.world import NOON

DAY = timedelta(days=1)


@pytest.fixture
def milk(shop: PricedShop) -> PricedShop:
    """Ten MILK in batch A; the default batch is on."""
    shop.sells_at_cost()
    shop.falls_back()
    shop.receives(10, "0.60", "A")
    shop.comes_in()
    return shop


def ticket(quantity: int | str = 2, number: str = "1001", **how: object) -> Transaction:
    return pos_transaction("S1", number, NOON, line("MILK", quantity), **how)  # type: ignore[arg-type]


def sends(shop: PricedShop, *rows: Transaction, how: tuple[str, ...] = ("--replace",)) -> tuple[Answer, list[dict[str, str]]]:
    """A file of transactions; its report and what it refused."""
    shop.steps += 1
    ((_, path),) = write_world(shop.folder / f"sent{shop.steps}", World(transactions=list(rows)))
    return run("import_data", "transactions", str(path), *how), rejected(path)


def voided(row: Transaction) -> Transaction:
    zero = Decimal(0)
    lines = tuple(replace(sold, voided=True) for sold in row.lines)
    return replace(row, lines=lines, payments=(), net=zero, tax=zero, total=zero)


def wrong(row: Transaction) -> Transaction:
    """As the row, but paid more than it costs."""
    total = row.total + 1
    return replace(row, payments=(Payment(1, "cash", total),), total=total)


def test_01_a_corrected_ticket_takes_the_place_of_the_wrong_one(milk: PricedShop) -> None:
    sends(milk, wrong(ticket()), how=())
    assert {row["severity"] for row in milk.exports("problems")} == {"error"}
    answer, refused = sends(milk, ticket(), how=())
    assert (answer.status, [row["code"] for row in refused]) == (PARTLY, ["CONFLICT"])
    assert "--replace" in refused[0]["message"]
    answer, refused = sends(milk, ticket())
    assert (answer.status, answer.data["updated"], answer.data["errors"], refused) == (DONE, 1, 0, [])
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "8"}
    changes = {(row["field"], row["before"], row["after"]) for row in milk.exports("corrections")}
    assert changes == {("total", "4.18", "3.18"), ("payment:1:amount", "4.18", "3.18")}
    assert {(row["store"], row["terminal"], row["transaction"], row["line"], row["actor"]) for row in milk.exports("corrections")} == {
        ("S1", "T1", "1001", "", "command")
    }


def test_01_the_same_content_changes_nothing(milk: PricedShop) -> None:
    sends(milk, ticket())
    before = milk.exports("problems")
    for _ in range(2):
        answer, _ = sends(milk, ticket())
        assert (answer.data["unchanged"], answer.data["updated"]) == (1, 0)
    assert (milk.exports("problems"), milk.exports("corrections")) == (before, [])


def test_a_calculated_statement_that_held_it_is_calculated_anew(milk: PricedShop) -> None:
    sends(milk, ticket(), ticket(3, "1002"))
    milk.calculates()
    assert milk.statement()["total"] == "7.95"
    sends(milk, ticket(4))
    assert (milk.statement()["total"], milk.statement()["transactions"], milk.statement()["calc_state"]) == ("11.13", "2", "Calculated")
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "3"}


def test_one_that_is_wrong_now_leaves_its_statement(milk: PricedShop) -> None:
    sends(milk, ticket(), ticket(3, "1002"))
    milk.calculates()
    sends(milk, wrong(ticket()))
    assert (milk.statement()["total"], milk.statement()["transactions"]) == ("4.77", "1")
    sends(milk, ticket(1))
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "6"}


def test_36_a_void_replaces_its_sale_before_posting(milk: PricedShop) -> None:
    sends(milk, ticket(1, "1"))
    answer, refused = sends(milk, voided(ticket(1, "1")), voided(ticket(1, "2")))
    assert (answer.status, answer.data["new"], answer.data["updated"], refused) == (DONE, 1, 1, [])
    milk.posts()
    milk.must_be_posted()
    assert {row["severity"] for row in milk.exports("problems")} <= {"warning"}
    assert (milk.statement()["transactions"], milk.shelf()) == ("2", {"A": "10"})
    assert balances(milk).keys() == {"2400"}, "goods received, and nothing else"
    assert {(row["field"], row["line"]) for row in milk.exports("corrections")} >= {("voided", "1"), ("total", "")}


def test_36_a_void_after_posting_names_the_reversal(milk: PricedShop) -> None:
    sends(milk, ticket(1, "1"))
    milk.posts()
    answer, refused = sends(milk, voided(ticket(1, "1")))
    assert (answer.status, refused[0]["code"]) == (PARTLY, "POSTED_ALREADY")
    assert "reverse --transaction S1/T1/1" in refused[0]["message"]
    assert milk.shelf() == {"A": "9"}


def test_sale_and_void_in_one_file(milk: PricedShop) -> None:
    answer, refused = sends(milk, ticket(1, "1"), voided(ticket(1, "1")))
    assert (answer.data["new"], answer.data["updated"], refused) == (1, 1, [])
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "10"}


def test_a_failed_statement_lets_its_failing_sale_be_replaced(shop: PricedShop) -> None:
    """The one that names too much fails its order; the corrected one posts beside the others."""
    shop.sells_at_cost(negative=False)
    shop.receives(10, "0.60", "A")
    shop.comes_in()
    sends(shop, ticket(2), ticket(20, "1002"), pos_transaction("S1", "1003", NOON, line("MILK", 1), customer="C1"))
    shop.posts()
    assert {row["failed_state"] for row in shop.exports("statements")} == {"Customer order invoiced"}
    answer, refused = sends(shop, ticket(3, "1002"))
    assert (answer.data["updated"], refused) == (1, [])
    shop.must_be_sound()
    shop.posts()
    shop.posts()
    shop.must_be_posted()
    assert shop.shelf() == {"A": "4"}


def test_what_a_failed_statement_has_invoiced_is_posted(shop: PricedShop) -> None:
    shop.sells_at_cost(negative=False)
    shop.receives(10, "0.60", "A")
    shop.comes_in()
    sends(shop, ticket(20), pos_transaction("S1", "1003", NOON, line("MILK", 1), customer="C1"))
    shop.posts()
    _, refused = sends(shop, pos_transaction("S1", "1003", NOON, line("MILK", 2), customer="C1"))
    assert [row["code"] for row in refused] == ["POSTED_ALREADY"]


def test_a_return_of_the_replaced_sale_is_judged_again(milk: PricedShop) -> None:
    sale = LineRef("S1", "T1", "1001", 1)
    back = pos_transaction("S1", "1002", NOON + timedelta(hours=1), line("MILK", -2, return_of=sale))
    sends(milk, ticket(), back)
    milk.calculates()
    assert milk.statement()["transactions"] == "2"
    sends(milk, ticket(1))
    assert {row["code"] for row in milk.exports("problems")} == {"L17"}
    assert milk.statement()["transactions"] == "1"
    sends(milk, ticket(3))
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "9"}


def test_a_line_that_is_gone_is_no_line_to_return(milk: PricedShop) -> None:
    second = LineRef("S1", "T1", "1001", 2)
    both = pos_transaction("S1", "1001", NOON, line("MILK", 1), line("MILK", 2))
    back = pos_transaction("S1", "1002", NOON + timedelta(hours=1), line("MILK", -1, return_of=second))
    sends(milk, both, back)
    milk.calculates()
    sends(milk, ticket(1))
    assert {row["code"] for row in milk.exports("problems")} == {"L16"}
    sends(milk, both)
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "8"}


def test_a_count_is_replaced_as_well(milk: PricedShop) -> None:
    count = Transaction(
        "S1",
        "T1",
        "9",
        NOON,
        kind="tender_declaration",
        payments=(Payment(1, "cash", Decimal("500")),),
        net=Decimal("500"),
        total=Decimal("500"),
    )
    sends(milk, ticket(), count)
    milk.calculates()
    right = replace(count, payments=(Payment(1, "cash", Decimal("3.18")),), net=Decimal("3.18"), total=Decimal("3.18"))
    sends(milk, right)
    milk.posts()
    milk.must_be_posted()
    (drawer,) = milk.exports("counts")
    assert (drawer["counted"], drawer["posted_difference"]) == ("3.18", "0")


def test_the_history_keeps_each_version(milk: PricedShop) -> None:
    for quantity in (1, 2, 3):
        sends(milk, ticket(quantity))
    versions = TransactionVersion.objects.order_by("number")
    assert [(row.number, row.content["lines"][0]["quantity"], row.way, row.actor) for row in versions] == [
        (1, "1", "replaced", "command"),
        (2, "2", "replaced", "command"),
    ]
    # A message of ours is kept as one, and told in the language of the reader.
    assert {row.reason.text for row in versions} == {"Replaced by the file {file}."}
    assert all(str(row.reason) == f"Replaced by the file {row.reason.params['file']}." for row in versions)
    assert PosTransaction.objects.count() == 1


def test_replacing_is_for_transactions(milk: PricedShop) -> None:
    answer = run("import_data", "items", "nothing.csv", "--replace")
    assert answer.status == 2
    assert "REPLACE_NOT_POSSIBLE" in answer.errors or "REPLACE_NOT_POSSIBLE" in answer.codes
