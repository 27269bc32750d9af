"""What tills scan from 2D codes: item, batch and expiry, as GS1 element string or Digital Link."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from core.lib.parsing import FieldError
from inventory.models import Batch, Item
from inventory.services.scans import Scan, ScannedLine, is_gtin, read_scan, scanned_line
from orders.models import CustomerOrderLine, OrderEvent
from statements.models import PosTransactionLine
from tests.core.access.people import make_person
from tests.oracle.building import line
from tests.oracle.commands import done, run
from tests.retailhq.api.calling import Till
from tests.scenarios.world import Shop
from tests.statements.test_decode import GOOD, incoming, read

SPINACH = "04006381333931"
EXPIRES = date(2025, 5, 31)


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"01{SPINACH}1725053110LOT1", Scan(SPINACH, "LOT1", EXPIRES)),
        (f"]d201{SPINACH}10L 1\x1d17250531", None),
        (f"\x1d01{SPINACH}10L1\x1d17250531", Scan(SPINACH, "L1", EXPIRES)),
        (f"]d201{SPINACH}10L1\x1d17250500", Scan(SPINACH, "L1", EXPIRES)),
        (f"01{SPINACH}15250531", Scan(SPINACH, "", None)),
        (f"https://id.gs1.org/01/{SPINACH}/10/LOT%2F1?17=250531", Scan(SPINACH, "LOT/1", EXPIRES)),
        (f"https://example.com/01/{SPINACH}", Scan(SPINACH, "", None)),
        ("10L1", Scan("", "L1", None)),
        ("https://example.com/x", None),
        ("4006381333931", None),
        (f"01{SPINACH[:-1]}210L1", None),
        ("nonsense", None),
        ("\x00", None),
    ],
)
def test_what_a_scan_names(text: str, found: Scan | None) -> None:
    if found is not None:
        assert read_scan(text) == found
        return
    with pytest.raises(FieldError) as refused:
        read_scan(text)
    assert refused.value.code == "BAD_SCAN"


@pytest.mark.parametrize(
    ("code", "is_one"),
    [("4006381333931", True), ("4006381333932", False), ("00012345600012", True), ("96385074", True), ("MILK", False), ("123", False)],
)
def test_gtins_check_themselves(code: str, *, is_one: bool) -> None:
    assert is_gtin(code) == is_one


def test_the_scan_gives_the_batch_unless_the_line_says_another() -> None:
    scan = f"01{SPINACH}10L1"
    for item, batch in (("SPINACH", ""), ("4006381333931", "L1"), ("", "L1")):
        assert scanned_line(scan, item, batch) == ScannedLine(item or SPINACH, "L1", None, SPINACH)
    assert scanned_line(f"01{SPINACH}17250531", "SPINACH", "L2") == ScannedLine("SPINACH", "L2", EXPIRES, SPINACH)
    for item, batch in (("SPINACH", "L2"), ("96385074", "L1")):
        with pytest.raises(FieldError) as refused:
            scanned_line(scan, item, batch)
        assert refused.value.code == "SCAN_CONTRADICTS"
    with pytest.raises(FieldError) as missing:
        scanned_line("10L1", "", "")
    assert missing.value.code == "MISSING_FIELD"


def sold(**fields: Any) -> dict[str, Any]:
    (row,) = GOOD["lines"]
    return {**GOOD, "lines": [{**row, **fields}]}


def test_a_document_with_a_scan_is_the_one_that_names_the_batch() -> None:
    """Sent again with the batch in place of the scan it is unchanged."""
    scanned = incoming(sold(scan=f"01{SPINACH}10L1"))
    assert scanned.transaction.lines[0].batch == "L1"
    assert scanned.digest == incoming(sold(batch="L1")).digest
    assert incoming(sold(scan=" ")).digest == incoming(GOOD).digest


@pytest.mark.parametrize(("fields", "code"), [({"scan": "?"}, "BAD_SCAN"), ({"scan": "10L1", "batch": "L2"}, "SCAN_CONTRADICTS")])
def test_a_bad_scan_is_refused_with_its_place(fields: dict[str, str], code: str) -> None:
    reject: Any = read(sold(**fields))
    assert reject.code == code
    assert "lines[0]" in str(reject.message)


def test_what_is_scanned_is_taken_from_its_batch(shop: Shop) -> None:
    """At tills and on customer orders, whatever policy says."""
    shop.sells_item()
    shop.has("OLD", 5)
    shop.has("NEW", 5)
    shop.comes_in()
    (shop.folder / "scan.ndjson").write_text(
        '{"store":"S1","terminal":"T1","number":"9","kind":"sale","sold_at":"2024-05-01T13:00:00Z","currency":"USD","lines":[{"number":1,'
        '"item":"MILK","quantity":"2","unit":"pcs","price":"1.50","net":"3.00","tax":"0","scan":"10NEW"}],"payments":[{"number":1,'
        '"method":"cash","amount":"3.00"}],"net":"3.00","tax":"0","total":"3.00"}\n',
        encoding="utf-8",
    )
    assert run("import_data", "transactions", str(shop.folder / "scan.ndjson")).status == 0
    shop.posts()
    assert shop.shelf() == {"OLD": "5", "NEW": "3"}
    assert [row["source"] for row in shop.exports("allocations")] == ["captured"]


def test_a_line_may_name_its_item_by_barcode(shop: Shop) -> None:
    """Whatever form of the GTIN the scanner gave, at the till and for customer orders; a code of an item is that item."""
    shop.sells_item(negative=True)
    shop.sells_item("4006381333931", negative=True)
    shop.sells_item("TEA", negative=True)
    shop.falls_back()
    shop.orders_fall_back()
    shop.comes_in()
    Item.objects.filter(code="MILK").update(barcode="96385074")
    Item.objects.filter(code="TEA").update(barcode="4006381333931")
    by_barcode = shop.sells(1, item="96385074")
    by_case = shop.sells(1, item="00000096385074")
    own_code = shop.sells(1, item="4006381333931")
    shop.sells(1, item="96385075")
    order = shop.is_ordered(line("96385074", 2))
    shop.comes_in()
    found = {
        row.transaction.number: row.item.code if row.item else None
        for row in PosTransactionLine.objects.select_related("item", "transaction")
    }
    assert [found[ref.number] for ref in (by_barcode, by_case, own_code)] == ["MILK", "MILK", "4006381333931"]
    assert list(found.values()).count(None) == 1
    assert CustomerOrderLine.objects.get(order_line__order__number=order.order).order_line.item.code == "MILK"
    assert PosTransactionLine.objects.filter(item_code="MILK").count() == 2


# -- item and expiry ---------------------------------------------------------------------------------------------------

SCAN = f"01{SPINACH}1725053110NEW"


def rung(shop: Shop, number: str = "9", **fields: Any) -> Any:
    """The import of a sale of two, at noon of the first of May 2024; a line without `item` leaves it out."""
    row = {"number": 1, "item": "MILK", "quantity": "2", "unit": "pcs", "price": "1.50", "net": "3.00", "tax": "0", **fields}
    document = {
        **{"store": "S1", "terminal": "T1", "number": number, "kind": "sale", "sold_at": "2024-05-01T13:00:00Z", "currency": "USD"},
        **{"lines": [{name: value for name, value in row.items() if value is not None}], "net": "3.00", "tax": "0", "total": "3.00"},
        "payments": [{"number": 1, "method": "cash", "amount": "3.00"}],
    }
    path = shop.folder / f"sale{number}.ndjson"
    path.write_text(json.dumps(document) + "\n", encoding="utf-8")
    return run("import_data", "transactions", str(path))


@pytest.fixture
def scanning(shop: Shop) -> Shop:
    """MILK has the GTIN, batch NEW of it expires at the end of May 2025, and OLD is first by policy."""
    shop.sells_item()
    shop.sells_item("TEA")
    shop.has("OLD", 5, expires=date(2024, 12, 31))
    shop.has("NEW", 5, expires=EXPIRES)
    shop.comes_in()
    Item.objects.filter(code="MILK").update(barcode="4006381333931")
    return shop


def test_the_scan_alone_names_the_item_at_tills(scanning: Shop) -> None:
    assert rung(scanning, item=None, scan=SCAN).status == 0
    line = PosTransactionLine.objects.get()
    assert (line.item_code, line.batch_number, line.scanned_expiry) == ("MILK", "NEW", EXPIRES)
    scanning.posts()
    assert scanning.shelf() == {"OLD": "5", "NEW": "3"}
    assert rung(scanning, item=None, scan=SCAN).data["unchanged"] == 1
    assert rung(scanning, number="10", item=None).data["rejected"] == 1


def test_a_scan_of_another_item_is_refused_at_tills_and_on_orders(scanning: Shop) -> None:
    answer = rung(scanning, item="TEA", scan=SCAN)
    assert (answer.data["rejected"], "SCAN_CONTRADICTS" in str(answer.data)) == (1, True)
    order = {**ORDER, "lines": [{**ORDER["lines"][0], "item": "TEA", "scan": SCAN}]}
    refused = Till().post("customer-orders", order)
    assert refused.codes == ["SCAN_CONTRADICTS"]
    taken = Till().post("customer-orders", {**ORDER, "lines": [{**ORDER["lines"][0], "item": None, "scan": SCAN}]})
    assert taken.status == 201, taken
    line = CustomerOrderLine.objects.get()
    assert (line.order_line.item.code, line.scanned_expiry) == ("MILK", EXPIRES)


ORDER: dict[str, Any] = {
    **{"store": "S1", "order": "CO9", "customer": "C1", "ordered_at": "2024-05-01T13:00:00Z", "delivery": "pickup", "currency": "USD"},
    "lines": [{"number": 1, "item": "MILK", "quantity": "2", "unit": "pcs", "price": "1.50", "net": "3.00", "tax": "0"}],
    **{"payments": [], "net": "3.00", "tax": "0", "total": "3.00"},
}


def captured(shop: Shop) -> list[dict[str, str]]:
    """What is wrong with batches that were captured."""
    return [row for row in shop.exports("problems") if row["code"].startswith("B")]


def test_a_scanned_expiry_is_compared_with_that_of_the_batch(scanning: Shop) -> None:
    """A warning with its sentence that can be switched off; a batch without a date has that of the scan."""
    rung(scanning, scan=SCAN)
    rung(scanning, number="10", scan=SCAN.replace("250531", "250601"))
    (found,) = captured(scanning)
    assert (found["transaction"], found["code"], found["severity"]) == ("10", "B07", "warning")
    assert found["message"].startswith("Batch NEW of item MILK was scanned with the expiry 2025-06-01 and has 2025-05-31;")
    done("set_parameters", "validation.disabled_rules=B07")
    done("validate_transactions")
    assert captured(scanning) == []
    Batch.objects.filter(number="NEW").update(expires_on=None)
    rung(scanning, number="11", scan=SCAN.replace("250531", "240430"))
    assert [row["code"] for row in captured(scanning)] == ["B04"]


def test_the_expiry_of_an_order_is_compared_when_it_is_used(scanning: Shop) -> None:
    other = SCAN.replace("250531", "250601")
    assert Till().post("customer-orders", {**ORDER, "lines": [{**ORDER["lines"][0], "scan": other}]}).status == 201
    assert run("invoice_orders", "--inline").status == 0
    alerts = [event.data["code"] for event in OrderEvent.objects.filter(what=OrderEvent.What.ALERT)]
    assert "B07" in alerts


def test_goods_are_named_by_a_scan_in_files(scanning: Shop) -> None:
    """Item, batch and expiry of receipts and journals come from what was scanned; what contradicts it is refused."""
    path = scanning.folder / "receipts.csv"
    header = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at,manufactured_on,expires_on,disposition\n"
    fresh = SCAN.replace("NEW", "L7")
    path.write_text(
        header
        + f"R8,1,W1,{fresh},,3,1.00,2024-04-01T12:00:00Z,,,\n"
        + f"R8,2,W1,{fresh},L8,3,1.00,2024-04-01T12:00:00Z,,,\n"
        + f"R8,3,W1,{fresh},,3,1.00,2024-04-01T12:00:00Z,,2025-01-01,\n"
        + f"R8,4,W1,01{SPINACH[:-1]}210L1,,3,1.00,2024-04-01T12:00:00Z,,,\n",
        encoding="utf-8",
    )
    answer = run("import_data", "receipts", str(path))
    assert (answer.data["new"], answer.data["rejected"]) == (1, 3)
    batch = Batch.objects.get(number="L7")
    assert (batch.item.code, batch.expires_on) == ("MILK", EXPIRES)
    path.write_text(header + "R8,1,W1,MILK,L7,3,1.00,2024-04-01T12:00:00Z,,2025-05-31,\n", encoding="utf-8")
    assert run("import_data", "receipts", str(path)).data["unchanged"] == 1
    journal = scanning.folder / "journals.csv"
    journal.write_text(
        "journal,line,kind,warehouse,to_warehouse,item,batch,quantity,date,receipt,reason\n"
        f"J1,1,write_off,W1,,{SCAN},,-1,2024-05-02,,broken\n"
        f"J1,2,write_off,W1,,{SCAN.replace('250531', '250601')},,-1,2024-05-02,,broken\n",
        encoding="utf-8",
    )
    answer = run("import_data", "journals", str(journal))
    assert (answer.data["new"], "B07" in str(answer.data)) == (2, True)
    assert scanning.shelf() == {"OLD": "5", "NEW": "3", "L7": "3"}


def test_an_item_whose_code_looks_like_a_scan_is_that_item(shop: Shop) -> None:
    code = f"01{SPINACH}17"
    shop.sells_item(code)
    shop.has("A", 3, item=code)
    shop.comes_in()
    assert Batch.objects.get().item.code == code


def test_goods_are_named_by_a_scan_on_pages(scanning: Shop, client: Client) -> None:
    client.force_login(make_person("ivy", "inventory_controller", "order_desk"))
    values = {"warehouse": "W1", "received_at": "2024-04-01T12:00", "number": "R9", "item_1": SCAN.replace("NEW", "L9"), "quantity_1": "4"}
    page = client.post("/inventory/receipts/new/", values, follow=True)
    assert Batch.objects.get(number="L9").expires_on == EXPIRES, page.content.decode()[:2000]
    values = {"kind": "write_off", "warehouse": "W1", "date": "2024-05-02", "reason": "broken", "item_1": SCAN, "quantity_1": "1"}
    client.post("/inventory/journals/new/", values, follow=True)
    assert scanning.shelf()["NEW"] == "4"
    wrong = client.post("/inventory/receipts/new/", {**values, "received_at": "2024-04-01T12:00", "item_1": SCAN, "batch_1": "Z"})
    assert "the scan names batch NEW" in wrong.content.decode()
    desk = {"store": "S1", "customer": "C1", "delivery": "pickup", "item_1": SCAN, "quantity_1": "2", "price_1": "1.50"}
    answer = client.post("/customer-orders/new/", desk, follow=True)
    line = CustomerOrderLine.objects.select_related("batch").first()
    assert line is not None, answer.content.decode()[:3000]
    assert (line.batch and line.batch.number, line.scanned_expiry) == ("NEW", EXPIRES)
