"""Journals: what is adjusted, counted, transferred, written off, sent back and corrected is in stock and in the ledger."""

from pathlib import Path

import pytest

from core.lib.problems import BusinessError
from inventory.models import Journal, JournalLine, WarehouseItemCost
from inventory.services.journal_reversals import reverse_journal
from ledger.models import FiscalPeriod
from parameters.models import LegalEntity as Company
from tests.cases.world import PricedShop
from tests.oracle.building import line
from tests.oracle.commands import DONE, PARTLY, Answer, run
from tests.oracle.rows import LegalEntity, Warehouse
from tests.scenarios.world import NOON

HEADER = "journal,line,kind,warehouse,to_warehouse,item,batch,quantity,date,receipt,reason\n"
DAY = "2024-05-01"


@pytest.fixture(params=[False, True], ids=["standard", "average"])
def milk(shop: PricedShop, request: pytest.FixtureRequest) -> PricedShop:
    """100 of batch A in W1 at 0.60, 40 of batch B at 0.90."""
    shop.sells_at_cost(negative=False)
    if request.param:
        shop.averages()
    shop.receives(100, "0.60", "A", receipt="R1")
    shop.receives(40, "0.90", "B", receipt="R2")
    shop.comes_in()
    return shop


def journal(shop: PricedShop, *rows: str, name: str = "journal") -> Answer:
    """Imports rows of a file; whatever they did, the books are sound."""
    path = Path(shop.folder) / f"{name}.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    answer = run("import_data", "journals", str(path))
    shop.must_be_worth_what_it_costs()
    return answer


def codes(answer: Answer) -> dict[str, int]:
    codes: dict[str, int] = answer.data["problems_by_code"]
    return codes


ROWS = {
    "adjustment": (f"J1,1,adjustment,W1,,MILK,A,-3,{DAY},,found too many", {"A": "97", "B": "40"}),
    "adjustment up": (f"J1,1,adjustment,W1,,MILK,B,2.5,{DAY},,found", {"A": "100", "B": "42.5"}),
    "count": (f"J1,1,count,W1,,MILK,A,88,{DAY},,counted", {"A": "88", "B": "40"}),
    "count of nothing": (f"J1,1,count,W1,,MILK,B,0,{DAY},,counted", {"A": "100"}),
    "count that agrees": (f"J1,1,count,W1,,MILK,B,40,{DAY},,counted", {"A": "100", "B": "40"}),
    "transfer": (f"J1,1,transfer,W1,W2,MILK,A,30,{DAY},,moved", {"A": "70", "B": "40"}),
    "write-off": (f"J1,1,write_off,W1,,MILK,B,-1,{DAY},,broken", {"A": "100", "B": "39"}),
    "write-off without sign": (f"J1,1,write_off,W1,,MILK,B,1,{DAY},,broken", {"A": "100", "B": "39"}),
    "supplier return": (f"J1,1,supplier_return,W1,,MILK,B,-40,{DAY},,wrong goods", {"A": "100"}),
    "correction": (f"J1,1,receipt_correction,W1,,MILK,A,-10,{DAY},R1/1,ten too many", {"A": "90", "B": "40"}),
    "correction of all": (f"J1,1,receipt_correction,W1,,MILK,,-40,{DAY},R2/1,came twice", {"A": "100"}),
    "correction upwards": (f"J1,1,receipt_correction,W1,,MILK,A,5,{DAY},R1/1,five too few", {"A": "105", "B": "40"}),
}


@pytest.mark.parametrize("kind", ROWS)
def test_a_journal_changes_stock_and_books(milk: PricedShop, kind: str) -> None:
    row, shelf = ROWS[kind]
    answer = journal(milk, row)
    assert (answer.status, answer.data["new"]) == (DONE, 1), answer
    assert milk.shelf() == shelf
    again = journal(milk, row)
    assert (again.status, again.data["new"], again.data["unchanged"]) == (DONE, 0, 1)
    assert milk.shelf() == shelf
    line = JournalLine.objects.get()
    assert (line.journal.number, line.line_number, line.actor) == ("J1", 1, "command")


def test_each_kind_is_booked_against_its_account(shop: PricedShop) -> None:
    shop.sells_at_cost("0.50")
    shop.receives(100, "0.50", "A", receipt="R1")
    shop.comes_in()
    journal(
        shop,
        f"J1,1,adjustment,W1,,MILK,A,-10,{DAY},,a",
        f"J1,2,count,W1,,MILK,A,80,{DAY},,b",
        f"J1,3,write_off,W1,,MILK,A,-6,{DAY},,c",
        f"J1,4,supplier_return,W1,,MILK,A,-4,{DAY},,d",
        f"J1,5,transfer,W1,W2,MILK,A,20,{DAY},,e",
        f"J1,6,receipt_correction,W1,,MILK,A,-2,{DAY},R1/1,f",
    )
    balances = {name: str(shop.account(name)) for name in ("inventory", "stock_adjustment", "write_off", "goods_received")}
    assert balances == {"inventory": "34.00", "stock_adjustment": "10.00", "write_off": "3.00", "goods_received": "-47.00"}
    assert shop.shelf("W2") == {"A": "20"}
    (voucher,) = {row["voucher"] for row in shop.exports("vouchers") if row["source_kind"] == "journal_line"}
    assert voucher == "IJ-J1-1"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("J1,1,adjustment,W1,,MILK,A,-100.0001,2024-05-01,,x", "NEGATIVE_NOT_ALLOWED"),
        ("J1,1,receipt_correction,W1,,MILK,A,-100.0001,2024-05-01,R1/1,x", "CORRECTION_TOO_LARGE"),
        ("J1,1,receipt_correction,W1,,MILK,B,-1,2024-05-01,R1/1,x", "RECEIPT_DIFFERS"),
        ("J1,1,receipt_correction,W2,,MILK,A,-1,2024-05-01,R1/1,x", "RECEIPT_DIFFERS"),
        ("J1,1,receipt_correction,W1,,MILK,A,-1,2024-05-01,R9/1,x", "UNKNOWN_RECEIPT"),
        ("J1,1,receipt_correction,W1,,MILK,A,-1,2024-05-01,R9,x", "BAD_VALUE"),
        ("J1,1,receipt_correction,W1,,MILK,A,-1,2024-05-01,,x", "MISSING_FIELD"),
        ("J1,1,adjustment,W1,,MILK,A,-1,2024-05-01,R1/1,x", "BAD_VALUE"),
        ("J1,1,adjustment,W1,,MILK,A,0,2024-05-01,,x", "BAD_NUMBER"),
        ("J1,1,count,W1,,MILK,A,-1,2024-05-01,,x", "BAD_NUMBER"),
        ("J1,1,transfer,W1,,MILK,A,1,2024-05-01,,x", "MISSING_FIELD"),
        ("J1,1,transfer,W1,W1,MILK,A,1,2024-05-01,,x", "BAD_VALUE"),
        ("J1,1,transfer,W1,W9,MILK,A,1,2024-05-01,,x", "UNKNOWN_WAREHOUSE"),
        ("J1,1,transfer,W1,X1,MILK,A,1,2024-05-01,,x", "OTHER_COMPANY"),
        ("J1,1,adjustment,W9,,MILK,A,1,2024-05-01,,x", "UNKNOWN_WAREHOUSE"),
        ("J1,1,adjustment,W1,,GONE,A,1,2024-05-01,,x", "UNKNOWN_ITEM"),
        ("J1,1,adjustment,W1,,MILK,Z,1,2024-05-01,,x", "UNKNOWN_BATCH"),
        ("J1,1,adjustment,W1,,MILK,,1,2024-05-01,,x", "BATCH_REQUIRED"),
        ("J1,1,adjustment,W1,,MILK,A,1,2024-05-01,,", "MISSING_FIELD"),
        ("J1,1,lost,W1,,MILK,A,1,2024-05-01,,x", "BAD_VALUE"),
        ("J1,1,adjustment,W1,,MILK,A,1,2024-04-30,,x", "PERIOD_CLOSED"),
        ("J1,1,adjustment,W1,,MILK,A,1,2124-05-01,,x", "PERIOD_CLOSED"),
        ("J1,1,adjustment,W1,,MILK,A,99999999999999,2024-05-01,,x", "TOO_LARGE"),
    ],
)
def test_what_cannot_be_is_refused_and_the_rest_is_kept(milk: PricedShop, row: str, code: str) -> None:
    milk.pending.legal_entities = [LegalEntity("LE2", "Others")]
    milk.pending.warehouses = [Warehouse("X1", "LE2")]
    milk.comes_in()
    FiscalPeriod.objects.filter(starts_on="2024-04-01").update(status="closed")
    answer = journal(milk, row, f"J2,1,adjustment,W1,,MILK,A,-1,{DAY},,kept")
    assert (answer.status, codes(answer), answer.data["new"]) == (PARTLY, {code: 1}, 1)
    assert milk.shelf() == {"A": "99", "B": "40"}


def test_the_same_key_with_other_content_is_a_conflict(milk: PricedShop) -> None:
    rows = [f"J1,1,adjustment,W1,,MILK,A,-1,{DAY},,x", f"J1,1,adjustment,W1,,MILK,A,-1,{DAY},,x", f"J1,1,adjustment,W1,,MILK,A,-2,{DAY},,x"]
    answer = journal(milk, *rows)
    assert (answer.data["new"], answer.data["unchanged"], codes(answer)) == (1, 1, {"CONFLICT": 1})
    assert codes(journal(milk, rows[2])) == {"CONFLICT": 1}
    assert milk.shelf() == {"A": "99", "B": "40"}


def test_lines_are_posted_in_their_order(milk: PricedShop) -> None:
    """What an earlier line brought, a later one may take; and a second count is a count of what the first one found."""
    answer = journal(
        milk,
        f"J1,1,write_off,W1,,MILK,B,-41,{DAY},,too much",
        f"J1,2,adjustment,W1,,MILK,B,1,{DAY},,found",
        f"J1,3,write_off,W1,,MILK,B,-41,{DAY},,now it goes",
        f"J1,4,count,W1,,MILK,A,90,{DAY},,first",
        f"J1,5,count,W1,,MILK,A,95,{DAY},,second",
    )
    assert (answer.data["new"], codes(answer)) == (4, {"NEGATIVE_NOT_ALLOWED": 1})
    assert milk.shelf() == {"A": "95"}


def test_35_a_delivery_that_was_registered_twice_is_taken_back(milk: PricedShop) -> None:
    """Part of it was sold meanwhile; the goods are back to what came, the supplier is owed what came."""
    before = {name: milk.account(name) for name in ("inventory", "goods_received", "price_variance")}
    milk.receives(100, "0.60", "A", receipt="R1b")
    milk.comes_in()
    assert milk.shelf() == {"A": "200", "B": "40"}
    answer = journal(milk, f"J1,1,receipt_correction,W1,,MILK,A,-100,{DAY},R1b/1,registered twice as R1 and R1b")
    assert answer.status == DONE
    assert milk.shelf() == {"A": "100", "B": "40"}
    assert {name: milk.account(name) for name in before} == before
    assert codes(journal(milk, f"J2,1,receipt_correction,W1,,MILK,A,-1,{DAY},R1b/1,once more")) == {"CORRECTION_TOO_LARGE": 1}


@pytest.mark.parametrize("averages", [False, True])
def test_35_also_where_part_of_it_was_sold(shop: PricedShop, averages: bool) -> None:
    shop.sells_at_cost(negative=True)
    if averages:
        shop.averages()
    shop.receives(10, "0.60", "A", receipt="R1")
    shop.receives(10, "1.00", "B", receipt="R2")
    shop.sells(15, batch="B")
    shop.posts()
    answer = journal(shop, f"J1,1,receipt_correction,W1,,MILK,B,-10,{DAY},R2/1,registered twice")
    assert answer.status == DONE, answer
    assert shop.shelf() == {"A": "10", "B": "-15"}


def test_reserved_goods_stay(milk: PricedShop) -> None:
    milk.is_ordered(line("MILK", 30))
    milk.comes_in()
    refused = journal(milk, f"J1,1,count,W1,,MILK,A,20,{DAY},,counted")
    assert codes(refused) == {"STOCK_RESERVED": 1}
    assert journal(milk, f"J1,2,count,W1,,MILK,A,30,{DAY},,counted").status == DONE


def test_debt_and_credit_of_the_default_batch_are_one_book(shop: PricedShop) -> None:
    """A count of a default batch pays what was owed; what is taken from it then is owed again, by the journal."""
    shop.sells_at_cost(negative=True)
    shop.falls_back()
    shop.sells(5)
    shop.posts()
    assert shop.debts() == [("1", "5")]
    journal(shop, f"J1,1,count,W1,,MILK,DEF,2,{DAY},,found under the counter")
    assert (shop.debts(), shop.shelf()) == ([], {"DEF": "2"})
    journal(shop, f"J1,2,adjustment,W1,,MILK,DEF,-3,{DAY},,no", f"J1,3,transfer,W1,W2,MILK,DEF,1,{DAY},,moved")
    assert shop.shelf() == {"DEF": "-2"}
    assert shop.shelf("W2") == {"DEF": "1"}
    assert [row["transaction"] for row in shop.exports("batch-debt") if row["open_quantity"] != "0"] == ["J1", "J1"]


def test_goods_of_a_journal_can_be_sold_on_its_day(shop: PricedShop) -> None:
    """Goods that were transferred count as there from the first moment of the day, by the clock of the store."""
    shop.sells_at_cost(negative=False)
    shop.receives(10, "0.60", "A")
    shop.comes_in()
    journal(shop, f"J1,1,transfer,W1,W2,MILK,A,4,{DAY},,moved")
    shop.sells(3, store="S2")
    shop.posts()
    shop.must_be_posted()
    assert shop.shelf("W2") == {"A": "1"}


def test_what_is_exported_can_be_imported(milk: PricedShop) -> None:
    journal(milk, *(row.replace("J1,1", f"J1,{number}") for number, (row, _) in enumerate(ROWS.values(), 1)))
    exported = Path(milk.folder) / "exported.csv"
    assert run("export_data", "journals", str(exported)).status == DONE
    answer = run("import_data", "journals", str(exported))
    assert (answer.status, answer.data["unchanged"]) == (DONE, JournalLine.objects.count()), answer


@pytest.mark.parametrize("kind", ROWS)
def test_a_journal_that_is_reversed_was_never_there(milk: PricedShop, kind: str) -> None:
    """Stock, its worth and all accounts are as before; a second time is refused, and so are further lines of the journal."""
    milk.journal.not_followed("reverse")
    row, shelf = ROWS[kind]
    accounts = ("inventory", "stock_adjustment", "write_off", "goods_received", "price_variance", "cost_adjustment")
    before = {name: milk.account(name) for name in accounts}
    worth = {(row.warehouse.code, row.quantity, row.value) for row in costs() if row.quantity}
    journal(milk, row)
    assert milk.shelf() == shelf
    reverse_journal(Journal.objects.get().pk, "a mistake", "test")
    milk.must_be_worth_what_it_costs()
    assert milk.shelf() == {"A": "100", "B": "40"}
    assert {name: milk.account(name) for name in accounts} == before
    assert {(row.warehouse.code, row.quantity, row.value) for row in costs() if row.quantity} == worth
    with pytest.raises(BusinessError, match="REVERSED_ALREADY"):
        reverse_journal(Journal.objects.get().pk, "again", "test")
    assert codes(journal(milk, row.replace("J1,1", "J1,2"))) == {"REVERSED_ALREADY": 1}


def test_what_a_reversed_correction_took_can_be_taken_again(milk: PricedShop) -> None:
    milk.journal.not_followed("reverse")
    journal(milk, f"J1,1,receipt_correction,W1,,MILK,B,-40,{DAY},R2/1,wrong")
    reverse_journal(Journal.objects.get().pk, "it did come", "test")
    assert milk.shelf() == {"A": "100", "B": "40"}
    assert journal(milk, f"J2,1,receipt_correction,W1,,MILK,B,-40,{DAY},R2/1,it did not").status == DONE
    assert milk.shelf() == {"A": "100"}


def test_debts_that_a_reversed_journal_paid_are_open_again(shop: PricedShop) -> None:
    shop.journal.not_followed("reverse")
    shop.sells_at_cost(negative=True)
    shop.falls_back()
    shop.sells(5)
    shop.posts()
    journal(shop, f"J1,1,count,W1,,MILK,DEF,2,{DAY},,found", f"J1,2,transfer,W1,W2,MILK,DEF,1,{DAY},,moved")
    reverse_journal(Journal.objects.get().pk, "a mistake", "test")
    shop.must_be_worth_what_it_costs()
    assert (shop.debts(), shop.shelf(), shop.shelf("W2")) == ([("1", "5")], {"DEF": "-5"}, {})


def test_goods_that_have_left_keep_a_reversal_back(milk: PricedShop) -> None:
    milk.journal.not_followed("reverse")
    journal(milk, f"J1,1,transfer,W1,W2,MILK,B,40,{DAY},,moved")
    milk.sells(30, store="S2", at=NOON)
    milk.posts()
    with pytest.raises(BusinessError, match="STOCK_TAKEN_SINCE"):
        reverse_journal(Journal.objects.get().pk, "a mistake", "test")
    assert milk.shelf("W2") == {"B": "10"}


def costs() -> list[WarehouseItemCost]:
    return list(WarehouseItemCost.objects.select_related("warehouse"))


def test_the_command_takes_journals_back_once(milk: PricedShop) -> None:
    milk.journal.not_followed("reverse")
    journal(milk, f"J1,1,write_off,W1,,MILK,B,-1,{DAY},,broken")
    done = run("reverse", "--journal", "J1", "--reason", "it was whole")
    assert (done.status, [row["document"] for row in done.data["reversed"]]) == (DONE, ["J1"])
    assert milk.shelf() == {"A": "100", "B": "40"}
    for number, code in (("J1", "REVERSED_ALREADY"), ("J9", "NOT_POSTED")):
        assert code in str(run("reverse", "--journal", number, "--reason", "again"))


def test_of_journals_of_one_number_the_company_says_which(milk: PricedShop) -> None:
    journal(milk, ROWS["write-off"][0])
    milk.journal.not_followed("reverse")
    other = Company.objects.create(code="LE2", currency_id=Company.objects.get(code="LE").currency_id)
    Journal.objects.create(number="J1", legal_entity=other, actor="test")
    asked = ("--journal", "J1", "--reason", "it was whole")
    assert "Several companies have a journal J1" in str(run("reverse", *asked))
    assert "UNKNOWN_LEGAL_ENTITY" in str(run("reverse", *asked, "--legal-entity", "LE3"))
    assert run("reverse", *asked, "--legal-entity", "LE").status == DONE
    assert milk.shelf() == {"A": "100", "B": "40"}
