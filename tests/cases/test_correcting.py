"""Corrections of transactions that are not posted: in bulk from a file, all or nothing for each document, with their history."""

import csv
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import xlsxwriter
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from core.lib.parsing import LONGEST_REASON, FieldError, reason
from orders.rules.till_lines import PosLineData, PosPaymentData
from parameters.models import Unit
from statements.models import PosTransaction
from statements.rules.changes import find_changes
from statements.rules.corrections import Correction, RefusedCorrectionError, correct_document
from statements.rules.till import PosTransactionData, PosTransactionKey
from tests.cases.test_replacing import sends, ticket, wrong
from tests.cases.world import PricedShop
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, Answer, rejected, run
from tests.oracle.rows import LineRef
from tests.scenarios.world import NOON

COLUMNS = ("store", "terminal", "transaction", "line", "field", "value", "reason")


@pytest.fixture
def milk(shop: PricedShop) -> PricedShop:
    """Ten MILK in batch A; the default batch is on."""
    shop.sells_at_cost()
    shop.falls_back()
    shop.receives(10, "0.60", "A")
    shop.comes_in()
    return shop


def corrects(shop: PricedShop, *rows: tuple[object, ...]) -> tuple[Answer, dict[str, str]]:
    """Rows of (transaction, line, field, value) of S1/T1; the report, and the codes of refused rows by row number."""
    shop.steps += 1
    path = shop.folder / f"corrections{shop.steps}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(
            ("S1", "T1", number, "" if at is None else at, field, value, f"asked for {field}") for number, at, field, value in rows
        )
    return run("correct_transactions", str(path)), {row["row"]: row["code"] for row in rejected(path)}


def test_corrections_come_in_files_as_people_have_them(milk: PricedShop) -> None:
    """A workbook, and a file with decimal commas by its profile; a unit in another case is the one that exists."""
    sends(milk, wrong(ticket()), how=())
    row = ["S1", "T1", "1001", "", "payment:1:amount", 3.18, "misread"]
    with xlsxwriter.Workbook(milk.folder / "corrections.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write_row(1, 0, row)
    assert run("correct_transactions", str(milk.folder / "corrections.xlsx")).data["corrected"] == 1
    text = ";".join(COLUMNS) + "\nS1;T1;1001;;payment:1:amount;4,18;paid\nS1;T1;1001;1;unit;PCS;said so\n"
    (milk.folder / "commas.csv").write_text(text)
    assert run("correct_transactions", str(milk.folder / "commas.csv")).status == WRONG_USE
    answer = run("correct_transactions", str(milk.folder / "commas.csv"), "--profile", "european")
    assert (answer.status, answer.data["corrected"], answer.data["profile"]) == (DONE, 1, "european"), answer
    found = [(row["field"], row["before"], row["after"]) for row in milk.exports("corrections")]
    assert ("payment:1:amount", "3.18", "4.18") in found
    assert not [field for field, *_ in found if field == "unit"], "nothing changes"
    assert list(Unit.objects.values_list("code", flat=True)) == ["pcs"]


def test_a_wrong_payment_is_corrected_and_the_total_with_it(milk: PricedShop) -> None:
    sends(milk, wrong(ticket()), how=())
    answer, refused = corrects(milk, ("1001", None, "payment:1:amount", "3.18"))
    assert (answer.status, answer.data["corrected"], answer.data["errors"], refused) == (DONE, 1, 0, {})
    found = {(row["line"], row["field"], row["before"], row["after"], row["reason"]) for row in milk.exports("corrections")}
    assert found == {
        ("", "payment:1:amount", "4.18", "3.18", "asked for payment:1:amount"),
        ("", "total", "4.18", "3.18", "asked for payment:1:amount"),
    }
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "8"}


def test_every_field_and_the_file_again(milk: PricedShop) -> None:
    milk.sells_at_cost(item="SOAP", tracked=False)
    milk.has("", 9, item="SOAP")
    milk.comes_in()
    sends(milk, pos_transaction("S1", "1", NOON, line("MILK", 1), line("NAILS", 2)))
    rows = (
        *(("1", 2, "item", "SOAP"), ("1", 2, "quantity", "3"), ("1", 2, "price", "2"), ("1", 2, "discount", "1"), ("1", 2, "net", "5.00")),
        *(("1", 2, "tax", "0"), ("1", 1, "batch", "A"), ("1", 1, "unit", "pcs"), ("1", None, "customer", "C1"), ("1", None, "staff", "7")),
        *(("1", None, "business_date", "2024-05-02"), ("1", None, "payment:1:amount", "6.59"), ("1", None, "payment:1:method", "card")),
    )
    answer, refused = corrects(milk, *rows)
    assert (answer.status, answer.data["corrected"], answer.data["errors"], refused) == (DONE, 1, 0, {})
    answer, _ = corrects(milk, *rows)
    assert (answer.data["corrected"], answer.data["unchanged"]) == (0, 1)
    milk.posts()
    milk.must_be_posted()
    assert (milk.statement()["business_date"], milk.statement()["total"]) == ("2024-05-02", "6.59")
    assert (milk.shelf(), list(milk.shelf(item="SOAP").values())) == ({"A": "9"}, ["6"])


def test_all_or_nothing_for_each_document(milk: PricedShop) -> None:
    sends(milk, ticket(1, "1"), ticket(1, "2"))
    answer, refused = corrects(
        milk,
        *(("1", None, "staff", "7"), ("1", 9, "item", "MILK"), ("2", None, "staff", "8"), ("3", None, "staff", "9")),
    )
    assert (answer.status, answer.data["corrected"]) == (PARTLY, 1)
    assert refused == {"2": "CORRECTION_INCOMPLETE", "3": "UNKNOWN_LINE", "5": "UNKNOWN_TRANSACTION"}
    assert dict(PosTransaction.objects.values_list("number", "staff__code")) == {"1": "0001", "2": "8"}


@pytest.mark.parametrize(
    ("at", "field", "value", "code"),
    [
        (None, "colour", "red", "BAD_VALUE"),
        (None, "quantity", "1", "BAD_VALUE"),
        (1, "customer", "C1", "BAD_VALUE"),
        (1, "quantity", "1.23456", "BAD_NUMBER"),
        (1, "net", "NaN", "BAD_NUMBER"),
        (None, "business_date", "2.5.2024", "BAD_DATE"),
        (None, "kind", "gift", "BAD_VALUE"),
        (None, "discarded", "perhaps", "BAD_VALUE"),
        (None, "payment:1:amount", "10000000000000000", "TOO_LARGE"),
        (None, "payment:1:method", "shells", "BAD_VALUE"),
        (None, "payment:2:amount", "1", "UNKNOWN_LINE"),
        (None, "payment:1", "1", "BAD_VALUE"),
        ("x", "item", "MILK", "BAD_NUMBER"),
    ],
)
def test_bad_corrections_change_nothing(milk: PricedShop, at: object, field: str, value: str, code: str) -> None:
    sends(milk, ticket())
    answer, refused = corrects(milk, ("1001", at, field, value))
    assert (answer.status, refused) == (PARTLY, {"2": code})
    assert milk.exports("corrections") == []


def test_a_correction_needs_a_reason(milk: PricedShop) -> None:
    sends(milk, ticket())
    path = milk.folder / "c.csv"
    path.write_text(",".join(COLUMNS) + "\nS1,T1,1001,,staff,7,\n", encoding="utf-8")
    assert run("correct_transactions", str(path)).status == PARTLY
    assert [row["code"] for row in rejected(path)] == ["MISSING_FIELD"]


def test_what_is_posted_is_refused(milk: PricedShop) -> None:
    sends(milk, ticket())
    milk.posts()
    _, refused = corrects(milk, ("1001", None, "staff", "7"))
    assert refused == {"2": "POSTED_ALREADY"}


def test_a_discarded_document_is_out_of_everything(milk: PricedShop) -> None:
    sale = LineRef("S1", "T1", "1001", 1)
    back = pos_transaction("S1", "1002", NOON, line("MILK", -1, return_of=sale))
    sends(milk, wrong(ticket()), back)
    assert milk.exports("problems")
    corrects(milk, ("1001", None, "discarded", "true"))
    assert {(row["transaction"], row["code"]) for row in milk.exports("problems")} == {("1002", "L16")}
    assert {row["transaction"] for row in milk.exports("problems")} == {"1002"}
    run("validate_transactions")
    corrects(milk, ("1002", None, "discarded", "true"))
    milk.posts()
    assert (milk.exports("problems"), milk.exports("statements")) == ([], [])
    answer, _ = corrects(milk, ("1001", None, "discarded", "false"), ("1001", None, "payment:1:amount", "3.18"))
    assert answer.data["corrected"] == 1
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "8"}


def test_what_was_corrected_and_comes_in_again_is_unchanged(milk: PricedShop) -> None:
    """The till repeats what it sent first: it says nothing new. It sends what was corrected: that is there already."""
    sends(milk, wrong(ticket()))
    corrects(milk, ("1001", None, "payment:1:amount", "3.18"))
    for row in (wrong(ticket()), ticket(), ticket()):
        answer, _ = sends(milk, row)
        assert (answer.data["unchanged"], answer.data["updated"]) == (1, 0)
    answer, _ = sends(milk, ticket(), how=())
    assert answer.data["unchanged"] == 1


def test_voiding_a_line_moves_the_sums(milk: PricedShop) -> None:
    sends(milk, pos_transaction("S1", "1", NOON, line("MILK", 1), line("MILK", 2)))
    corrects(milk, ("1", 2, "voided", "true"), ("1", None, "payment:1:amount", "1.59"))
    milk.posts()
    milk.must_be_posted()
    assert (milk.statement()["total"], milk.shelf()) == ("1.59", {"A": "9"})


def test_the_number_of_queries_does_not_depend_on_the_number_of_corrections(milk: PricedShop) -> None:
    """Ten thousand are ten chunks of a thousand, each a fixed number of queries."""
    sends(milk, *(replace(ticket(1, str(number)), sold_at=NOON + timedelta(seconds=number)) for number in range(300)))
    counts = []
    for first, last in ((0, 3), (3, 300)):
        with CaptureQueriesContext(connection) as queries:
            answer, refused = corrects(milk, *((str(number), None, "staff", "7") for number in range(first, last)))
        assert (answer.data["corrected"], answer.data["errors"], refused) == (last - first, 0, {})
        counts.append(len(queries))
    assert counts[1] <= counts[0] < 100, counts


# -- the rule alone ------------------------------------------------------------------------------------------------------------------


def document(*nets: Decimal, rounding: Decimal = Decimal(0)) -> PosTransactionData:
    zero = Decimal(0)
    lines = tuple(PosLineData(n, "I", Decimal(1), "pcs", net, zero, net, zero, "", False, None) for n, net in enumerate(nets, start=1))
    total = sum(nets, zero) + rounding
    paid = (PosPaymentData(1, "cash", total),)
    key = PosTransactionKey("S", "T", "1")
    return PosTransactionData(key, "sale", NOON, NOON.date(), "EUR", "", "", total, zero, total, None, None, None, lines, lines, paid)


amounts = st.decimals(-10_000, 10_000, places=2)


@given(st.lists(amounts, min_size=1, max_size=5), amounts, st.sampled_from([Decimal("-0.04"), Decimal(0), Decimal("0.05")]))
def test_sums_move_with_their_lines(nets: list[Decimal], net: Decimal, rounding: Decimal) -> None:
    """Cents that rounding left between header and lines stay; net, tax and total stay one sum."""
    before = document(*nets, rounding=rounding)
    after = correct_document(before, [Correction(1, "net", str(net), "")], Decimal("0.05"), discarded=False).value
    assert after.net - sum(row.net for row in after.live) == rounding or nets[0] == net
    assert after.total == after.net + after.tax


@given(st.lists(amounts, min_size=1, max_size=5), amounts)
def test_a_correction_and_its_opposite_are_nothing(nets: list[Decimal], net: Decimal) -> None:
    before = document(*nets)
    there = correct_document(before, [Correction(1, "net", str(net), "")], Decimal(0), discarded=False).value
    back = correct_document(there, [Correction(1, "net", str(nets[0]), "")], Decimal(0), discarded=False).value
    assert find_changes(before, back) == ()


def test_the_refused_correction_is_named() -> None:
    good, bad = Correction(1, "net", "2", ""), Correction(1, "net", "x", "")
    with pytest.raises(RefusedCorrectionError) as refused:
        correct_document(document(Decimal(1)), [good, bad], Decimal(0), discarded=False)
    assert (refused.value.place, refused.value.problem.code, refused.value.problem.line) == (1, "BAD_NUMBER", 1)


@pytest.mark.parametrize(
    ("correction", "variant"),
    [
        (Correction(None, "kind", "gift", ""), "no_kind"),
        (Correction(None, "payment:1:colour", "red", ""), "field_of_payment"),
        (Correction(None, "payment:1", "5", ""), "field_of_payment"),
    ],
)
def test_what_cannot_be_corrected_is_said(correction: Correction, variant: str) -> None:
    with pytest.raises(RefusedCorrectionError) as refused:
        correct_document(document(Decimal(1)), [correction], Decimal(0), discarded=False)
    assert (refused.value.problem.code, refused.value.problem.variant) == ("BAD_VALUE", variant)


def test_a_reason_has_an_end() -> None:
    assert reason("x" * LONGEST_REASON) == "x" * LONGEST_REASON
    with pytest.raises(FieldError, match="at most 500"):
        reason("x" * (LONGEST_REASON + 1))


def test_the_total_of_cash_taken_out_follows_its_payment() -> None:
    event = document(Decimal(5))._replace(kind="expense", lines=(), live=(), net=Decimal(5), total=Decimal(5), paid=Decimal(5))
    corrected = correct_document(event, [Correction(None, "payment:1:amount", "7", "")], Decimal(0), discarded=False).value
    assert (corrected.net, corrected.total, corrected.paid) == (Decimal(7), Decimal(7), Decimal(7))
    moved = correct_document(event, [Correction(None, "staff", "0042", "")], Decimal(0), discarded=False).value
    assert moved.total == 5
    assert correct_document(event, [Correction(None, "kind", "income", "")], Decimal(0), discarded=False).value.kind == "income"
