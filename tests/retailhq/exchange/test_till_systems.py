"""Exports of till systems (docs/examples/imports): they go in by the profile that is shipped for them."""

import csv
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.models import Item
from retailhq.exchange.rules.shipped_profiles import TILL_SYSTEMS
from statements.models import PosTransaction, ValidationProblem
from statements.rules.till_table import spread
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, rejected, run

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "imports"
BASE = {
    "legal-entities": "legal_entity,name,currency\nLE,Foods,USD\n",
    "warehouses": "warehouse,name,site,legal_entity,wms_enabled,store_negative_physical\nW1,W,X,LE,false,true\n",
    "stores": "store,name,warehouse,currency,time_zone\nS1,Shop 1,W1,USD,America/Chicago\n",
    "items": "item,name,item_group,unit,batch_tracked,negative_physical,wms_enabled,standard_cost,kind\n"
    "MILK,,D,pcs,false,true,false,0.60,\nBREAD,,D,pcs,false,true,false,1.10,\nNO-SKU,,D,pcs,false,true,false,0,service\n"
    "SHIPPING,,D,pcs,false,true,false,0,service\n",
}


@pytest.fixture
def folder(tmp_path: Path, db: None) -> Path:
    for kind, content in BASE.items():
        (tmp_path / f"{kind}.csv").write_text(content)
        assert run("import_data", kind, str(tmp_path / f"{kind}.csv")).status == DONE
    for file in EXAMPLES.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


def taken(folder: Path, name: str, profile: str, kind: str = "transactions") -> dict[str, Any]:
    answer = run("import_data", kind, str(folder / name), "--profile", profile)
    assert (answer.status, rejected(folder / name)) == (DONE, []), answer
    return answer.data


def documents() -> dict[str, tuple[str, str, str, str, list[tuple[str, str, str, str]]]]:
    """Terminal, moment, total and payments, and the lines (item, quantity, net, tax) of each transaction by number."""
    found = {}
    for one in PosTransaction.objects.prefetch_related("lines", "payments"):
        lines = [(line.item_code, f"{line.quantity:.0f}", f"{line.net:.2f}", f"{line.tax:.2f}") for line in one.lines.order_by("number")]
        paid = " ".join(f"{payment.method_id} {payment.amount:.2f}" for payment in one.payments.order_by("number"))
        found[one.number] = (one.terminal.code, f"{one.sold_at:%Y-%m-%d %H:%M}", f"{one.total:.2f}", paid, lines)
    return found


def test_square(folder: Path) -> None:
    assert taken(folder, "square-items.csv", "square")["new"] == 3
    assert documents() == {
        "aBcD123": (
            *("Register 1", "2026-11-02 16:00", "5.85", "card 5.85"),
            [("MILK", "2", "2.50", "0.15"), ("BREAD", "1", "3.20", "0.00")],
        ),
        "xYz789": ("Register 1", "2026-11-02 22:30", "-1.33", "card -1.33", [("MILK", "-1", "-1.25", "-0.08")]),
        "qRs456": ("Register 1", "2026-11-02 23:05", "1200.00", "card 1200.00", [("NO-SKU", "1", "1200.00", "0.00")]),
    }
    assert list(ValidationProblem.objects.filter(severity="error")) == []
    assert taken(folder, "square-items.csv", "square")["unchanged"] == 3


def test_shopify(folder: Path) -> None:
    assert taken(folder, "shopify-orders.csv", "shopify")["new"] == 3
    found = documents()
    assert found["#1001"] == (
        *("1", "2026-11-02 16:00", "10.27", "card 10.27"),
        [("MILK", "2", "2.65", "0.26"), ("BREAD", "1", "3.05", "0.31"), ("SHIPPING", "1", "4.00", "0.00")],
    )
    assert found["#1002"][2:] == ("1.39", "cash 1.39", [("MILK", "1", "1.31", "0.08")]), "prices include the tax"
    assert found["#1003"][2:] == ("0.00", "", [("MILK", "1", "1.39", "0.00")])
    assert list(ValidationProblem.objects.filter(severity="error")) == []
    assert taken(folder, "shopify-products.csv", "shopify-products", "items")["updated"] == 2
    assert Item.objects.get(code="MILK").name == "Milk"


def test_lightspeed(folder: Path) -> None:
    assert taken(folder, "lightspeed-sales.csv", "lightspeed")["new"] == 3
    found = documents()
    assert found["1001"] == (
        *("Main Register", "2026-11-02 16:00", "6.05", "cash 6.05"),
        [("MILK", "2", "2.50", "0.15"), ("BREAD", "1", "3.20", "0.20")],
    )
    assert found["1002"][2:] == ("-1.33", "card -1.33", [("MILK", "-1", "-1.25", "-0.08")])
    assert found["1003"][2:4] == ("0.00", "")
    assert list(ValidationProblem.objects.filter(severity="error")) == []


def test_dynamics(folder: Path) -> None:
    assert taken(folder, "dynamics-sales.csv", "dynamics")["new"] == 3
    found = documents()
    assert found["HOUSTON-1-1001"][2:] == ("5.85", "card 5.85", [("MILK", "2", "2.50", "0.15"), ("BREAD", "1", "3.20", "0.00")])
    assert found["HOUSTON-1-1002"][2:] == ("-1.47", "card -1.47", [("MILK", "-1", "-1.39", "-0.08")])
    assert list(ValidationProblem.objects.filter(severity="error")) == []


def test_products_of_dynamics(folder: Path) -> None:
    assert taken(folder, "dynamics-products.csv", "dynamics-products", "items")["updated"] == 2
    assert list(Item.objects.filter(tracking_group__batch_active=True).values_list("code", flat=True)) == ["MILK"]
    assert (Item.objects.get(code="BREAD").shelf_life_days, Item.objects.get(code="BREAD").name) == (None, "Bread")


def test_every_profile_of_a_till_has_an_example() -> None:
    files = {
        file.name.removesuffix(".csv").replace("-items", "").replace("-orders", "").replace("-sales", "") for file in EXAMPLES.iterdir()
    }
    assert {profile.code for profile in TILL_SYSTEMS} == files


def refusal(folder: Path, name: str, profile: str, *changes: tuple[str, str]) -> str:
    """What is said of a changed example that is refused as a whole."""
    text = (folder / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "changed.csv").write_text(text)
    answer = run("import_data", "transactions", str(folder / "changed.csv"), "--profile", profile)
    assert answer.status == WRONG_USE, answer
    return answer.errors


def test_what_is_wrong_with_the_whole_file_is_said_once(folder: Path) -> None:
    said = refusal(folder, "square-items.csv", "square", ("Shop 1", "Mall"))
    assert said.strip() == "STORE_NOT_NAMED: The file names the store Mall, which is neither code nor name of a store here."
    said = refusal(folder, "square-items.csv", "square", ("Transaction ID", "Ticket"))
    assert "Column 'Transaction ID', which the profile square reads as number, is not in the file" in said
    assert "is for items, not for transactions" in refusal(folder, "shopify-products.csv", "shopify-products")
    assert PosTransaction.objects.count() == 0


def test_a_transaction_with_a_refused_row_is_left_out_as_a_whole(folder: Path) -> None:
    text = (folder / "square-items.csv").read_text().replace("BREAD,,$3.20", "BREAD,,#REF!")
    (folder / "bad.csv").write_text(text)
    answer = run("import_data", "transactions", str(folder / "bad.csv"), "--profile", "square")
    assert (answer.status, answer.data["new"], answer.data["rejected"]) == (PARTLY, 2, 2)
    assert [(row["row"], row["code"]) for row in rejected(folder / "bad.csv")] == [
        ("2", "TRANSACTION_INCOMPLETE"),
        ("3", "SPREADSHEET_ERROR"),
    ]


def square_rows(folder: Path, *rows: tuple[str, str, str, bytes]) -> tuple[dict[str, int], list[tuple[str, str, str]]]:
    """Rows of (number, SKU, gross, name) as Square writes them: lines of what was taken, and row, code and message of what was not."""
    header, example = (folder / "square-items.csv").read_bytes().splitlines()[:2]
    cells, names = example.split(b","), header.split(b",")
    lines = [header]
    for number, sku, gross, name in rows:
        values = {b"Transaction ID": number.encode(), b"SKU": sku.encode(), b"Gross Sales": gross.encode(), b"Item": name}
        values |= {b"Net Sales": values[b"Gross Sales"], b"Tax": b"0", b"Qty": b"1"}
        lines.append(b",".join(values.get(column, cell) for column, cell in zip(names, cells, strict=True)))
    (folder / "rows.csv").write_bytes(b"\n".join(lines) + b"\n")
    run("import_data", "transactions", str(folder / "rows.csv"), "--profile", "square")
    taken = {one.number: one.lines.count() for one in PosTransaction.objects.all()}
    return taken, [(row["row"], row["code"], row["message"]) for row in rejected(folder / "rows.csv")]


def test_numbers_that_end_alike_are_no_transaction(folder: Path) -> None:
    taken, refused = square_rows(
        folder, ("1001", "MILK", "1.00", b"M"), ("11001", "MILK", "#REF!", b"M"), ("1001-B", "BREAD", "2.00", b"B")
    )
    assert taken == {"1001": 1, "1001-B": 1}
    assert [row[:2] for row in refused] == [("3", "SPREADSHEET_ERROR")]


def test_a_row_that_cannot_be_read_leaves_out_what_it_may_be_of(folder: Path) -> None:
    taken, refused = square_rows(
        folder,
        *(("1", "MILK", "1.00", b"M"), ("2", "MILK", "1.00", b"M"), ("2", "BREAD", "2.00", b"Cr\xe8me"), ("2", "MILK", "3.00", b"M")),
        *(("3", "MILK", "1.00", b"M"), ("4", "MILK", "1.00", b"\xff"), ("5", "MILK", "1.00", b"M"), ("6", "MILK", "1.00", b"M")),
    )
    assert taken == {"1": 1, "6": 1}, "no transaction goes in without one of its rows"
    assert [row[:2] for row in refused] == [
        *(("3", "TRANSACTION_INCOMPLETE"), ("4", "BAD_ENCODING"), ("6", "TRANSACTION_INCOMPLETE"), ("7", "BAD_ENCODING")),
        ("8", "TRANSACTION_INCOMPLETE"),
    ]
    assert refused[-1][2] == "The transaction is left out, as row 7 beside it cannot be read and may be of it."


def test_a_workbook_of_a_till_is_read_as_well(folder: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(folder / "sales.xlsx") as book, (folder / "lightspeed-sales.csv").open() as rows:
        sheet = book.add_worksheet()
        for number, row in enumerate(csv.reader(rows)):
            sheet.write_row(number, 0, row)
    assert taken(folder, "sales.xlsx", "lightspeed")["new"] == 3
    answer = run("import_data", "transactions", str(folder / "sales.xlsx"))
    assert (answer.status, "PROFILE_NEEDED" in answer.errors) == (WRONG_USE, True)
    assert answer.codes == {"PROFILE_NEEDED"}


ORDERS_IN = {
    "JPY": (("570", "400", "57", "1027", "28"), [("MILK", "2", "265", "26"), ("BREAD", "1", "305", "31"), ("SHIPPING", "1", "400", "0")]),
    "KWD": (
        ("5.701", "4.005", "0.572", "10.278", "0.279"),
        [("MILK", "2", "2.650", "0.266"), ("BREAD", "1", "3.051", "0.306"), ("SHIPPING", "1", "4.005", "0.000")],
    ),
}


@pytest.mark.parametrize("currency", ORDERS_IN)
def test_what_a_document_leaves_to_its_lines_is_rounded_to_its_currency(folder: Path, currency: str) -> None:
    """Net and tax of an order that its lines do not have: in yen without decimals, in dinars with three."""
    goods = {"JPY": ("139", "320"), "KWD": ("1.390", "3.200")}[currency]
    (subtotal, shipping, tax, total, discount), expected = ORDERS_IN[currency]
    for kind, old, new in (("legal-entities", "USD", currency), ("stores", "USD", currency)):
        (folder / f"{kind}.csv").write_text(BASE[kind].replace(old, new))
        assert run("import_data", kind, str(folder / f"{kind}.csv")).status == DONE
    with (folder / "shopify-orders.csv").open(newline="") as file:
        header, first, second, *_ = csv.reader(file)
    document = dict(zip(header, first, strict=True)) | {
        **{"Currency": currency, "Subtotal": subtotal, "Shipping": shipping, "Taxes": tax, "Total": total, "Discount Amount": discount},
        **{"Lineitem price": goods[0], "Lineitem discount": "0"},
    }
    other = dict(zip(header, second, strict=True)) | {"Lineitem price": goods[1], "Lineitem discount": "0"}
    with (folder / "foreign.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows([document, other])
    assert taken(folder, "foreign.csv", "shopify")["new"] == 1
    one = PosTransaction.objects.get()
    places = len(expected[0][2].partition(".")[2])
    lines = [(line.item_code, f"{line.quantity:.0f}", line.net, line.tax) for line in one.lines.order_by("number")]
    assert lines == [(item, quantity, Decimal(net), Decimal(tax)) for item, quantity, net, tax in expected]
    assert all(round(line.discount, places) == line.discount for line in one.lines.all())
    assert one.total == Decimal(total)
    assert list(ValidationProblem.objects.filter(severity="error")) == []


AMOUNTS = st.decimals(min_value=-1000, max_value=1000, places=3, allow_nan=False)


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=8), st.sampled_from([0, 2, 3]))
def test_what_is_spread_is_whole(amount: Decimal, weights: list[Decimal], places: int) -> None:
    smallest, amount = Decimal(1).scaleb(-places), round(amount, places)
    parts = spread(amount, weights, smallest)
    assert sum(parts) == amount
    assert all(part == round(part, places) for part in parts)
    if sum(map(abs, weights)):
        assert all(abs(part) <= abs(amount) + smallest for part in parts)
