"""What tills scan from 2D codes: item, batch and expiry, as GS1 element string or Digital Link."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.lib.parsing import FieldError
from inventory.models import Item
from orders.models import CustomerOrderLine
from orders.services.scans import Scan, is_gtin, read_scan, scanned_batch
from statements.models import PosTransactionLine
from tests.oracle.building import line
from tests.oracle.commands import run
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
        (f"01{SPINACH}15250531", Scan(SPINACH, "", EXPIRES)),
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
    assert scanned_batch(scan, "SPINACH", "") == scanned_batch(scan, "4006381333931", "L1") == "L1"
    assert scanned_batch(f"01{SPINACH}", "SPINACH", "L2") == "L2"
    for item, batch in (("SPINACH", "L2"), ("96385074", "L1")):
        with pytest.raises(FieldError) as refused:
            scanned_batch(scan, item, batch)
        assert refused.value.code == "SCAN_CONTRADICTS"


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
