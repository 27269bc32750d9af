"""The recount finds each fault that made wrong books once, and nothing in the right ones.

Each test runs the story of a case, whose books are right, and changes the exports into what stood there before the fault was mended: in
itself consistent, so that only somebody who derives the figures from the files can see it.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cases.world import PricedShop
from tests.oracle.building import cash_event, line, pos_transaction
from tests.oracle.commands import PARTLY, run
from tests.oracle.recount import Books, File, History, Parameters, recount, unchecked_days
from tests.oracle.recount.money import NAMES
from tests.oracle.rows import Item, LegalEntity, LineRef, Payment, Store, Warehouse
from tests.scenarios.world import DEFAULT, NOON

DAY = timedelta(days=1)
NUMBERS = {name: number for number, name in NAMES.items()}
Row = dict[str, str]


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Iterator[PricedShop]:
    """A shop whose story is written down; it sells bags, of which no stock is counted."""
    shop = PricedShop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.parameters(statements__max_difference="1000")
    with shop.journal.listening():
        yield shop


# -- changing books ----------------------------------------------------------------------------------------------------


def right_books(shop: PricedShop) -> Books:
    """The books as they are, in which nothing is wrong and nothing waits."""
    books = shop.journal.books()
    assert recount(shop.journal.history, books) == []
    assert unchecked_days(shop.journal.history, books) == []
    return books


def with_rows(books: Books, kind: str, *more: Row) -> Books:
    return Books({**books.rows, kind: [*books.of(kind), *more]})


def with_changed(books: Books, kind: str, change: Callable[[Row], Row | None]) -> Books:
    """Rows of a kind as `change` makes them, without those that it drops."""
    return Books({**books.rows, kind: [row for row in (change(dict(row)) for row in books.of(kind)) if row is not None]})


def with_entry(books: Books, debit: str, credit: str, amount: str, source: str = "") -> Books:
    """Another voucher, by account names, of a source that has one already (blank: any statement)."""
    like = next(row for row in books.of("vouchers") if (row["source_id"] == source if source else row["source_kind"] == "statement"))
    sides = ((debit, amount, "0"), (credit, "0", amount))
    lines = ({**like, "voucher": "WRONG", "account": NUMBERS[name], "debit": left, "credit": right} for name, left, right in sides)
    return with_rows(books, "vouchers", *lines)


def with_cost(books: Books, at: Callable[[Row], bool], more: str) -> Books:
    """One movement costs `more`; the ledger follows."""
    first = next(row for row in books.of("inventory-transactions") if at(dict(row)))
    amount = str(Decimal(first["cost_amount"]) + Decimal(more))
    changed = with_changed(books, "inventory-transactions", lambda row: {**row, "cost_amount": amount} if row == first else row)
    invoice = next(row["invoice"] for row in books.of("invoices") if first["source_id"].startswith(row["order"]))
    up, down = ("inventory", "cost of goods") if Decimal(more) > 0 else ("cost of goods", "inventory")
    return with_entry(changed, up, down, str(abs(Decimal(more))), invoice)


def with_document(books: Books, store: str, day: date, amount: str, method: str) -> Books:
    """A statement that holds one sale more, paid by `method`."""
    number = f"{store}-000099"
    row = {"statement": number, "store": store, "business_date": day.isoformat(), "calc_state": "Calculated", "post_state": "Posted"}
    more = {"failed_state": "", "error_code": "", "transactions": "1", "lines": "1", "total": amount}
    entry = {"voucher": f"{number}-PAY", "date": day.isoformat(), "source_kind": "statement", "source_id": number}
    debit = {**entry, "account": NUMBERS[method], "debit": amount, "credit": "0"}
    credit = {**entry, "account": NUMBERS["revenue"], "debit": "0", "credit": amount}
    return with_rows(with_rows(books, "statements", {**row, **more}), "vouchers", debit, credit)


def unnamed(shop: PricedShop, books: Books, *words: str, history: History | None = None) -> list[tuple[str, list[str]]]:
    """Those of the words that stand in no difference which the recount names, each with what it names instead."""
    found = recount(history or shop.journal.history, books)
    return [(word, found) for word in words if not any(word in sentence for sentence in found)]


# -- the till ----------------------------------------------------------------------------------------------------------


def untaxed(shop: PricedShop, amount: str, item: str = "BAG", *, terminal: str = "T1", **payment: str) -> LineRef:
    """A sale of one for this amount, paid in cash."""
    shop.clock += timedelta(minutes=1)
    shop.transactions_made += 1
    row = pos_transaction("S1", str(shop.transactions_made), shop.clock, line(item, 1, price=amount), terminal=terminal)
    sold = replace(row.lines[0], tax=Decimal(0))
    paid = Payment(1, payment.get("method", "cash"), Decimal(payment.get("paid", amount)))
    return shop.keeps(
        replace(row, lines=(sold,), tax=Decimal(0), total=sold.net, payments=(paid,), currency=payment.get("currency", "USD"))
    )


def says(shop: PricedShop, kind: str, amount: str, terminal: str = "T1") -> None:
    shop.clock += timedelta(minutes=1)
    shop.transactions_made += 1
    shop.keeps(cash_event("S1", str(shop.transactions_made), shop.clock, kind, amount, terminal=terminal))


def test_02_a_sold_gift_card_as_revenue(shop: PricedShop) -> None:
    shop.pending.items.append(Item("CARD", batch_tracked=False, kind="gift_card"))
    untaxed(shop, "50.00", "CARD")
    untaxed(shop, "10.00", method="gift_card")
    shop.posts()
    books = with_entry(right_books(shop), "gift card liability", "revenue", "50.00")
    assert unnamed(shop, books, "gift card liability: 10.00 instead of -40.00", "revenue: -60.00 instead of -10.00") == []


def test_04_a_late_count_books_money_that_does_not_exist(shop: PricedShop) -> None:
    untaxed(shop, "500.00")
    shop.posts()
    says(shop, "tender_declaration", "500.00")
    shop.posts()
    books = with_entry(right_books(shop), "cash", "over/short", "500.00")
    assert unnamed(shop, books, "cash: 1000.00 instead of 500", "over/short: -500.00 instead of 0") == []


def test_05_counts_of_one_register_added_up(shop: PricedShop) -> None:
    says(shop, "float", "100.00")
    untaxed(shop, "245.30")
    says(shop, "bank_drop", "50.00")
    says(shop, "tender_declaration", "194.80")
    says(shop, "tender_declaration", "294.80")
    untaxed(shop, "20.00", terminal="T2")
    says(shop, "tender_declaration", "20.00", terminal="T2")
    shop.posts()
    books = with_entry(right_books(shop), "cash", "over/short", "194.80")
    assert unnamed(shop, books, "over/short: -194.30 instead of 0.50") == []


def test_k09_a_second_count_added_to_the_first(shop: PricedShop) -> None:
    untaxed(shop, "25.00")
    says(shop, "tender_declaration", "20.00")
    says(shop, "tender_declaration", "25.00")
    shop.posts()
    assert unnamed(shop, with_entry(right_books(shop), "cash", "over/short", "20.00"), "cash: 45.00 instead of 25.00") == []


def test_k15_the_sales_of_noon_booked_again_in_the_evening(shop: PricedShop) -> None:
    untaxed(shop, "25.00")
    shop.posts()
    untaxed(shop, "2.50")
    says(shop, "tender_declaration", "27.50")
    shop.posts()
    assert unnamed(shop, with_entry(right_books(shop), "cash", "over/short", "25.00"), "cash: 52.50 instead of 27.50") == []


def test_22_somebody_unknown_buys_on_account(shop: PricedShop) -> None:
    untaxed(shop, "6316.95", method="on_account")
    shop.posts()
    assert (
        unnamed(shop, with_document(right_books(shop), "S1", NOON.date(), "6316.95", "on_account"), "1 documents are on statements, 0")
        == []
    )


def test_e13_dollars_posted_as_euros(shop: PricedShop) -> None:
    untaxed(shop, "3.00", currency="EUR")
    shop.posts()
    assert unnamed(shop, with_document(right_books(shop), "S1", NOON.date(), "3.00", "cash"), "1 documents are on statements, 0") == []


def test_33b_half_a_ledger_of_a_sale_that_does_not_add_up(shop: PricedShop) -> None:
    untaxed(shop, "2.14", paid="2.41")
    shop.posts()
    posted = with_document(right_books(shop), "S1", NOON.date(), "2.14", "clearing")
    half = {"post_state": "Gift cards posted", "failed_state": "Posted", "error_code": "PROOF_MISMATCH"}
    assert unnamed(shop, with_changed(posted, "statements", lambda row: {**row, **half}), "1 documents are on statements, 0") == []


def test_33b_cents_that_are_not_on_the_rounding_account(shop: PricedShop) -> None:
    untaxed(shop, "12.91", paid="12.90")
    shop.posts()
    assert unnamed(shop, with_entry(right_books(shop), "revenue", "rounding", "0.01"), "rounding: 0 instead of 0.01") == []


def test_33b_money_of_a_day_that_stopped_at_invoicing(shop: PricedShop) -> None:
    """One order cannot be covered, the other is invoiced, and nothing of the day is paid."""
    shop.sells_item()
    shop.rings(line("BAG", 1, price="3.00"), customer="C1")
    shop.sells(1)
    shop.posts()
    books = right_books(shop)
    assert unnamed(shop, with_entry(books, "cash", "clearing", "3.18", books.of("invoices")[0]["invoice"]), "cash: 3.18 instead of 0") == []


# -- debt --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("returned", [3, 2])
def test_08_r02_a_return_in_another_store_closes_the_debt_of_this_one(shop: PricedShop, returned: int) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    sale = shop.sells(3)
    shop.posts()
    shop.takes_back(sale, returned, at=NOON + DAY, store="S2")
    shop.posts()
    closed = with_changed(right_books(shop), "batch-debt", lambda row: {**row, "open_quantity": str(3 - returned)})
    assert unnamed(shop, closed, f"open debt W1 MILK: {3 - returned if returned < 3 else 0} instead of 3") == []


def test_08b_a_return_into_another_company(shop: PricedShop) -> None:
    shop.comes_in()
    shop.pending.legal_entities.append(LegalEntity("LE2", "Other"))
    shop.warehouse(Warehouse("W9", "LE2"))
    shop.store(Store("S9", "W9"))
    sale = untaxed(shop, "3.00")
    shop.posts()
    shop.rings(line("BAG", -1, price="3.00", return_of=sale), at=NOON + DAY, store="S9", number="BACK")
    shop.posts()
    place = {"store": "S9", "terminal": "T1", "transaction": "BACK", "line": "1", "item": "BAG", "warehouse": "W9", "batch": ""}
    back = {**place, "quantity": "-1", "source": "untracked", "reason": "", "business_date": (NOON + DAY).date().isoformat()}
    assert (
        unnamed(shop, with_rows(right_books(shop), "allocations", back), "S9/T1/BACK is posted, but line 1: another company sold it") == []
    )


@pytest.mark.parametrize(("lot", "expires", "words"), [(5, None, "A: -3 of a real batch"), (9, date(2024, 4, 1), "batch A had expired")])
def test_d01_d03_a_default_batch_id_that_is_a_real_batch(shop: PricedShop, lot: int, expires: date | None, words: str) -> None:
    shop.sells_at_cost()
    shop.has("A", lot, expires=expires)
    shop.falls_back()
    shop.sells(8)
    shop.posts()
    books = right_books(shop)
    named = History([*shop.journal.history.steps, Parameters({"posting.default_batch_id": "A"})])
    moved = {row["batch"]: row for row in books.of("on-hand") if row["item"] == "MILK"}
    stock = {**moved[DEFAULT], "batch": "A", "quantity": str(lot - 8)}
    for kind in ("allocations", "inventory-transactions"):
        of_sale = next(dict(row) for row in books.of(kind) if row["item"] == "MILK" and row["batch"] == DEFAULT)
        whole = {**of_sale, "batch": "A", "quantity": "8" if kind == "allocations" else "-8"}
        rest = with_changed(books, kind, lambda row: row if row["item"] != "MILK" or row.get("source_kind") == "receipt" else None)
        books = with_rows(rest, kind, whole)
    books = with_changed(books, "on-hand", lambda row: None if row["item"] == "MILK" else row)
    books = with_changed(with_rows(books, "on-hand", stock), "batch-debt", lambda row: None)
    assert unnamed(shop, books, words, history=named) == []


def test_vb01_a_captured_batch_is_replaced(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.receives(9, "0.60", "A")
    shop.receives(9, "0.60", "B")
    shop.sells(2, batch="B")
    shop.posts()
    books = with_changed(right_books(shop), "allocations", lambda row: {**row, "batch": "A"})
    assert unnamed(shop, books, "batch A instead of the captured B") == []


# -- cost --------------------------------------------------------------------------------------------------------------


def sold(quantity: str) -> Callable[[Row], bool]:
    return lambda row: row["source_kind"] == "sales_order_line" and row["quantity"] == quantity


def test_13c_an_average_that_depends_on_the_order_of_rows(shop: PricedShop) -> None:
    shop.sells_at_cost("0")
    shop.falls_back()
    shop.averages()
    shop.sells(5)
    shop.posts()
    shop.receives(10, "2.00", at=NOON + 2 * DAY)
    shop.receives(5, "1.00", at=NOON + DAY)
    shop.comes_in()
    shop.sells(4, at=NOON + 3 * DAY)
    shop.posts()
    assert (
        unnamed(shop, with_cost(right_books(shop), sold("-4"), "2.00"), "cost of sales W1 MILK", "inventory: 14.00 instead of 12.00") == []
    )


def test_13d_value_that_is_left_where_no_stock_is(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.averages()
    shop.receives(3, "0.335")
    for day in range(3):
        shop.sells(1, at=NOON + day * DAY)
    shop.posts()
    assert unnamed(shop, with_cost(right_books(shop), sold("-1"), "-0.01"), "value of stock W1 MILK: -0.01 instead of 0") == []


def test_14_a_return_at_the_cost_of_today(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.averages()
    shop.receives(10, "1.00")
    sale = shop.sells(10)
    shop.posts()
    shop.receives(1, "100.00")
    shop.takes_back(sale, 10, at=NOON + DAY)
    shop.posts()
    books = with_cost(right_books(shop), sold("10"), "990.00")
    assert unnamed(shop, books, "cost of sales W1 MILK: 990.00 instead of 0", "value of stock W1 MILK: 1100.00 instead of 110.00") == []


def test_15_a_return_at_the_standard_cost_of_today(shop: PricedShop) -> None:
    shop.sells_at_cost("0.60")
    shop.receives(10, "0.60")
    sale = shop.sells(10)
    shop.posts()
    shop.costs_from_now_on("6.00")
    shop.takes_back(sale, 10, at=NOON + DAY)
    shop.posts()
    assert (
        unnamed(
            shop, with_cost(right_books(shop), sold("10"), "54.00"), "cost of sales W1 MILK: 54.00 instead of 0", "all companies inventory"
        )
        == []
    )


def test_15_a_new_standard_cost_that_nothing_books(shop: PricedShop) -> None:
    shop.sells_at_cost("0.60")
    shop.receives(10, "0.60")
    shop.comes_in()
    shop.costs_from_now_on("6.00")
    books = right_books(shop)
    for kind in ("vouchers", "inventory-transactions"):
        books = with_changed(books, kind, lambda row: None if row["source_kind"] == "cost_adjustment" else row)
    assert unnamed(shop, books, "value of stock W1 MILK: 6 instead of 60.00") == []


# -- customer orders ---------------------------------------------------------------------------------------------------


def test_o22_an_order_that_was_never_paid_pays_cash_out(shop: PricedShop) -> None:
    order = shop.is_ordered(line("BAG", 3, price="10.00"))
    shop.invoices()
    shop.is_ordered(line("BAG", -3, price="10.00"), number="BACK", back=order)
    shop.invoices()
    books = right_books(shop)
    (invoice,) = (row["invoice"] for row in books.of("invoices") if row["order"] == "BACK")
    assert unnamed(shop, with_entry(books, "on_account", "cash", "31.80", invoice), "order BACK cash: -31.80 instead of 0") == []


# -- by name and number ------------------------------------------------------------------------------------------------


def amount_of(books: Books, kind: str, column: str, amount: str) -> Books:
    """The one row of a kind with another amount."""
    assert len(books.of(kind)) == 1, books.of(kind)
    return with_changed(books, kind, lambda row: {**row, column: amount})


def test_a_gift_card_that_holds_more_than_was_put_on_it(shop: PricedShop) -> None:
    shop.pending.items.append(Item("CARD", batch_tracked=False, kind="gift_card"))
    untaxed(shop, "50.00", "CARD")
    sale = shop.pending.transactions[-1]
    shop.pending.transactions[-1] = replace(sale, lines=(replace(sale.lines[0], gift_card="G1"),))
    untaxed(shop, "20.00", method="gift_card")
    paid = shop.pending.transactions[-1]
    shop.pending.transactions[-1] = replace(paid, payments=(replace(paid.payments[0], gift_card="G1"),))
    shop.posts()
    books = right_books(shop)
    assert unnamed(shop, amount_of(books, "gift-cards", "balance", "50"), "gift card LE G1: 50 instead of 30.00") == []
    assert unnamed(shop, amount_of(books, "gift-cards", "balance", "-1"), "gift card LE G1 holds -1") == []


def test_a_customer_who_owes_less_than_was_bought(shop: PricedShop) -> None:
    untaxed(shop, "50.00", method="on_account")
    shop.pending.transactions[-1] = replace(shop.pending.transactions[-1], customer="C1")
    shop.posts()
    books = right_books(shop)
    assert unnamed(shop, amount_of(books, "customer-accounts", "amount", "40"), "account of LE C1: 40 instead of 50.00") == []


def test_a_drawer_that_is_counted_otherwise(shop: PricedShop) -> None:
    untaxed(shop, "50.00")
    shop.keeps(cash_event("S1", "77", shop.clock + timedelta(minutes=1), "tender_declaration", "49.00"))
    shop.posts()
    books = right_books(shop)
    for column, amount, words in (
        ("expected", "49", "expected in S1"),
        ("counted", "50", "counted in S1"),
        ("posted_difference", "0", "difference booked in S1"),
    ):
        assert unnamed(shop, amount_of(books, "counts", column, amount), words) == []


# -- units -------------------------------------------------------------------------------------------------------------


def test_03b_the_rest_of_a_dozen_is_refused(shop: PricedShop) -> None:
    shop.pending.items.append(Item("EGG", unit="dozen", negative_physical=True))
    shop.receives(10, "1.00", "A", item="EGG")
    shop.comes_in()
    path = shop.folder / "conversions.csv"
    path.write_text("item,from_unit,to_unit,factor\nEGG,pcs,dozen,0.083333\n", encoding="utf-8")
    run("import_data", "unit-conversions", str(path))
    sale = shop.sells(4, item="EGG", unit="pcs")
    backs = [shop.rings(line("EGG", -2, unit="pcs", return_of=sale), at=NOON + day * DAY) for day in (1, 2)]
    shop.posts()
    books = right_books(shop)
    refused = {"store": "S1", "terminal": "T1", "transaction": backs[1].number, "line": "1", "code": "L17", "severity": "error"}
    words = f"S1/T1/{backs[1].number} is refused by L17, and nothing is wrong with it"
    assert unnamed(shop, with_rows(books, "problems", {**refused, "message": ""}), words) == []
    kept = with_changed(books, "allocations", lambda row: None if row["transaction"] == backs[1].number else row)
    assert unnamed(shop, kept, "on hand W1 EGG A: 10 instead of", "issued W1 EGG A") == []


def test_u01_two_pieces_become_two_boxes(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    shop.sells(2)
    shop.comes_in()
    shop.pending.items.append(Item("MILK", unit="box", negative_physical=True, standard_cost=Decimal("0.60")))
    with pytest.raises(AssertionError, match="ITEM_HAS_OPEN_SALES"):
        shop.comes_in()
    shop.posts()
    books = right_books(shop)
    taken: list[Any] = [replace(step, refused=frozenset()) if isinstance(step, File) else step for step in shop.journal.history.steps]
    words = ("item MILK: documents rely on pcs", "no conversion from pcs to box")
    assert unnamed(shop, books, *words, history=History(taken)) == []


def test_the_rejects_of_the_journal_are_those_of_the_import(shop: PricedShop) -> None:
    path = shop.folder / "items.csv"
    header = "item,name,item_group,unit,batch_tracked,negative_physical,wms_enabled,allocation_policy,shelf_life_days,standard_cost\n"
    path.write_text(f"{header}A,,G,pcs,true,true,false,fefo,,1\nB,,G,pcs,perhaps,true,false,fefo,,1\n", encoding="utf-8")
    assert run("import_data", "items", str(path)).status == PARTLY
    (step,) = shop.journal.history.steps
    assert isinstance(step, File)
    assert step.refused == {3}


# -- independence ------------------------------------------------------------------------------------------------------


def test_the_recount_imports_nothing_of_the_product() -> None:
    """The standard library, and of the tests only the plain rows and itself."""
    folder = Path(__file__).parent / "recount"
    for path in [*folder.glob("*.py"), folder.parent / "rows.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                is_ours = name.startswith(("tests.oracle.recount", "tests.oracle.rows"))
                assert is_ours or name.split(".")[0] in sys.stdlib_module_names, f"{path.name} imports {name}"
