"""Cases 03a, 03b, U01: units are ratios, parts of a sold line add up, and open documents keep the unit that they were counted in."""

from datetime import timedelta
from pathlib import Path

import pytest

from inventory.models import UnitConversion
from tests.cases.world import PricedShop
from tests.oracle.building import line
from tests.oracle.commands import done
from tests.oracle.rows import Item
from tests.scenarios.world import NOON

DAY = timedelta(days=1)
ITEMS = (
    "item,name,item_group,unit,batch_tracked,negative_physical,wms_enabled,allocation_policy,shelf_life_days,standard_cost\n"
    "{item},x,G,{unit},{tracked},true,false,fefo,,1.00\n"
)


def conversion(shop: PricedShop, rows: str, columns: str = "item,from_unit,to_unit,factor") -> None:
    path = Path(shop.folder) / "conversions.csv"
    path.write_text(f"{columns}\n{rows}\n", encoding="utf-8")
    done("import_data", "unit-conversions", str(path))


@pytest.fixture
def dozens(shop: PricedShop) -> PricedShop:
    """Eggs are kept by the dozen, ten of them; a pallet holds 1,440 pieces of SOAP."""
    shop.pending.items += [Item("EGG", unit="dozen", negative_physical=True), Item("SOAP", unit="pallet", batch_tracked=False)]
    shop.receives(10, "1.00", "A", item="EGG")
    shop.receives(1, "1.00", item="SOAP")
    shop.pending.receipts[-1] = type(shop.pending.receipts[-1])("RS", 1, "W1", "SOAP", "", shop.pending.receipts[-1].quantity, NOON - DAY)
    shop.comes_in()
    return shop


RATIOS = [
    ("EGG,dozen,pcs,12", "item,from_unit,to_unit,factor"),
    (",dozen,pcs,12", "item,from_unit,to_unit,factor"),
    ("EGG,pcs,dozen,0.083333", "item,from_unit,to_unit,factor"),
    ("EGG,pcs,dozen,1,12", "item,from_unit,to_unit,factor,denominator"),
]


@pytest.mark.parametrize(("row", "columns"), RATIOS)
def test_03_parts_of_a_sold_line_come_back_to_the_last_piece(dozens: PricedShop, row: str, columns: str) -> None:
    """4 of a dozen sold, 2 and 2 come back: stock is as before."""
    conversion(dozens, row, columns)
    sale = dozens.sells(4, item="EGG", unit="pcs")
    dozens.posts()
    for day in (1, 2):
        dozens.rings(line("EGG", -2, unit="pcs", return_of=sale), at=NOON + day * DAY)
    assert dozens.validates() == set()
    dozens.posts()
    assert dozens.shelf(item="EGG") == {"A": "10"}
    dozens.must_be_posted()


def test_03_seven_returns_of_one_piece_and_one_too_many(dozens: PricedShop) -> None:
    conversion(dozens, "EGG,dozen,pcs,12")
    sale = dozens.sells(7, item="EGG", unit="pcs")
    dozens.posts()
    lines = [line("EGG", -1, unit="pcs", return_of=sale) for _ in range(3)]
    dozens.rings(*lines, at=NOON + DAY)
    dozens.rings(*lines, at=NOON + 2 * DAY)
    dozens.posts()
    dozens.rings(lines[0], at=NOON + 3 * DAY)
    dozens.posts()
    assert dozens.shelf(item="EGG") == {"A": "10"}
    dozens.rings(lines[0], at=NOON + 4 * DAY)
    assert "L17" in dozens.validates()


def test_03_validating_again_changes_no_share(dozens: PricedShop) -> None:
    conversion(dozens, "EGG,dozen,pcs,12")
    sale = dozens.sells(4, item="EGG", unit="pcs")
    dozens.posts()
    for day in (1, 2):
        dozens.rings(line("EGG", -2, unit="pcs", return_of=sale), at=NOON + day * DAY)
    dozens.validates()
    dozens.validates()
    dozens.posts()
    assert dozens.shelf(item="EGG") == {"A": "10"}


def test_03_a_pallet_of_pieces_leaves_nothing(dozens: PricedShop) -> None:
    conversion(dozens, "SOAP,pallet,pcs,1440")
    dozens.sells(1440, item="SOAP", unit="pcs")
    dozens.posts()
    assert dozens.shelf(item="SOAP") == {}
    dozens.must_be_posted()


@pytest.mark.parametrize(("unit", "tracked"), [("box", "true"), ("pcs", "false")])
@pytest.mark.parametrize("document", ["sale", "customer order"])
def test_u01_an_item_that_open_documents_rely_on_keeps_its_unit(shop: PricedShop, document: str, unit: str, tracked: str) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    shop.orders_fall_back()
    if document == "sale":
        shop.sells(2)
    else:
        shop.is_ordered(line("MILK", 2))
    shop.comes_in()
    shop.must_refuse("items", ITEMS.format(item="MILK", unit=unit, tracked=tracked), "ITEM_HAS_OPEN_SALES")
    if document == "sale":
        shop.posts()
        assert shop.shelf() == {"DEF": "-2"}


def wait(shop: PricedShop, document: str) -> None:
    """Two boxes of twelve that are sold or ordered, and not posted."""
    conversion(shop, ",box,pcs,12")
    shop.sells_at_cost()
    shop.falls_back()
    shop.orders_fall_back()
    if document == "sale":
        shop.sells(2, unit="box")
        shop.comes_in()
        assert shop.validates() == set()
    else:
        shop.is_ordered(line("MILK", 2, unit="box"))
        shop.comes_in()


@pytest.mark.parametrize("row", [",box,pcs,10", "MILK,box,pcs,10", "MILK,pcs,box,2"])
@pytest.mark.parametrize("document", ["sale", "customer order"])
def test_u01_a_conversion_that_open_documents_rely_on_stays(shop: PricedShop, document: str, row: str) -> None:
    wait(shop, document)
    shop.must_refuse("unit-conversions", f"item,from_unit,to_unit,factor\n{row}\n", "ITEM_HAS_OPEN_SALES")
    assert [(one.item_id, int(one.factor)) for one in UnitConversion.objects.all()] == [(None, 12)]


SAME = [",box,pcs,12,1", ",box,pcs,24,2", "MILK,box,pcs,12,1", "MILK,pcs,box,1,12", ",crate,pcs,20,1", "EGG,box,pcs,10,1"]


@pytest.mark.parametrize("row", SAME)
def test_u01_a_conversion_that_changes_no_open_document_is_made(shop: PricedShop, row: str) -> None:
    shop.pending.items.append(Item("EGG"))
    wait(shop, "sale")
    conversion(shop, row, "item,from_unit,to_unit,factor,denominator")
    shop.posts()
    assert shop.shelf() == {"DEF": "-24"}


def test_u01_a_conversion_may_change_once_all_is_posted(shop: PricedShop) -> None:
    wait(shop, "sale")
    shop.posts()
    shop.journal.not_followed("the conversion changes after posting")
    conversion(shop, ",box,pcs,10")
    assert shop.shelf() == {"DEF": "-24"}
    assert UnitConversion.objects.get().factor == 10
