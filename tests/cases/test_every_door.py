"""Rules 6.11 and 6.12: what open or posted documents rely on changes by no door."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from inventory.models import Item as ItemRow
from inventory.models import Warehouse as WarehouseRow
from orders.models import Store as StoreRow
from tests.cases.world import PricedShop
from tests.oracle.building import line
from tests.oracle.commands import DONE, PARTLY
from tests.oracle.files import write_world
from tests.oracle.rows import Item, LegalEntity, Store, Warehouse, World
from tests.scenarios.world import NOON


@pytest.fixture
def two(shop: PricedShop) -> PricedShop:
    """A second company with warehouse W9."""
    shop.sells_at_cost()
    shop.falls_back()
    shop.orders_fall_back()
    shop.comes_in()
    shop.pending.legal_entities.append(LegalEntity("LE2", "Other"))
    shop.warehouse(Warehouse("W9", "LE2"))
    shop.warehouse(Warehouse("W3", "LE"))
    shop.store(Store("S3", "W3"))
    shop.comes_in()
    return shop


def offers(shop: PricedShop, row: Warehouse | Store | Item) -> tuple[str, str]:
    """Kind and content of the file with this row alone."""
    world = World()
    if isinstance(row, Warehouse):
        world.warehouses.append(row)
    elif isinstance(row, Store):
        world.stores.append(row)
    else:
        world.items.append(row)
    shop.steps += 1
    ((kind, path),) = write_world(Path(shop.folder) / f"in{shop.steps}", world)
    return kind, Path(path).read_text(encoding="utf-8")


def relied_on(shop: PricedShop, what: str) -> None:
    if what == "stock":
        shop.receives(1, "1.00", "A")
        shop.comes_in()
    elif what == "order":
        shop.is_ordered(line("MILK", 2))
        shop.comes_in()
    else:
        shop.sells(2)
        {"sale": shop.comes_in, "statement": shop.calculates, "posted": shop.posts}[what]()


def test_an_order_is_not_invoiced_in_another_currency_than_the_books(two: PricedShop) -> None:
    two.is_ordered(line("MILK", 2))
    two.comes_in()
    two.pending.legal_entities.append(LegalEntity("LE", "Foods", "EUR"))
    answer = two.invoices()
    assert answer.status == PARTLY
    assert [row["code"] for row in answer.data["failures"]] == ["CURRENCY_MISMATCH"]
    assert two.exports("vouchers") == []
    two.pending.legal_entities.append(LegalEntity("LE", "Foods", "USD"))
    assert two.invoices().status == DONE
    two.must_be_sound()


@pytest.mark.parametrize("what", ["stock", "sale", "statement", "posted", "order"])
def test_a_warehouse_that_is_relied_on_keeps_its_company(two: PricedShop, what: str) -> None:
    relied_on(two, what)
    sentence = two.must_refuse(*offers(two, Warehouse("W1", "LE2")), "WAREHOUSE_IN_USE")
    assert "W1" in sentence
    assert "LE" in sentence
    assert WarehouseRow.objects.get(code="W1").legal_entity.code == "LE"


def test_a_warehouse_whose_store_has_documents_elsewhere_keeps_its_company(two: PricedShop) -> None:
    """The store's documents lie on the warehouse that it had before."""
    relied_on(two, "posted")
    two.store(Store("S1", "W3"))
    two.comes_in()
    assert "W3" in two.must_refuse(*offers(two, Warehouse("W3", "LE2")), "WAREHOUSE_IN_USE")
    assert WarehouseRow.objects.get(code="W3").legal_entity.code == "LE"


def test_a_warehouse_that_nothing_relies_on_may_change_its_company(two: PricedShop) -> None:
    relied_on(two, "posted")
    two.warehouse(Warehouse("W3", "LE2"))
    two.comes_in()
    assert WarehouseRow.objects.get(code="W3").legal_entity.code == "LE2"


@pytest.mark.parametrize("what", ["sale", "statement", "posted", "order"])
def test_a_store_with_documents_stays_in_its_company(two: PricedShop, what: str) -> None:
    relied_on(two, what)
    sentence = two.must_refuse(*offers(two, Store("S1", "W9")), "STORE_IN_USE")
    assert "LE2" in sentence
    assert StoreRow.objects.get(code="S1").warehouse == WarehouseRow.objects.get(code="W1")


def test_a_store_that_lost_its_warehouse_stays_in_the_company_of_its_documents(two: PricedShop) -> None:
    relied_on(two, "posted")
    StoreRow.objects.filter(code="S1").update(warehouse=None)
    two.must_refuse(*offers(two, Store("S1", "W9")), "STORE_IN_USE")
    two.store(Store("S1", "W3"))
    two.comes_in()
    assert StoreRow.objects.get(code="S1").warehouse == WarehouseRow.objects.get(code="W3")


def test_a_store_without_documents_may_go_to_another_company(two: PricedShop) -> None:
    relied_on(two, "stock")
    two.store(Store("S1", "W9"))
    two.comes_in()
    assert StoreRow.objects.get(code="S1").warehouse == WarehouseRow.objects.get(code="W9")


def test_a_store_moves_within_its_company_and_its_statement_is_posted_from_where_it_was_calculated(two: PricedShop) -> None:
    two.sells(2)
    two.calculates()
    two.store(Store("S1", "W3"))
    assert two.posts().status == DONE
    assert (two.shelf("W1"), two.shelf("W3")) == ({"DEF": "-2"}, {})
    two.must_be_posted()


def test_another_time_zone_moves_no_sale_to_another_day(two: PricedShop) -> None:
    """The business date is the till's and stays with the sale, on a statement or not."""
    two.rings(line("MILK", 1), at=NOON)
    two.calculates()
    two.rings(line("MILK", 1), at=NOON + timedelta(hours=1))
    two.comes_in()
    before = [row["business_date"] for row in two.exports("statements")]
    two.store(replace(Store("S1", "W1"), time_zone="Pacific/Kiritimati"))
    assert two.posts().status == DONE
    assert {row["business_date"] for row in two.exports("statements")} == set(before)
    two.must_be_posted()


@pytest.mark.parametrize("kind", ["service", "gift_card", "stocked"])
@pytest.mark.parametrize("what", ["sale", "statement", "posted"])
def test_an_item_on_documents_stays_of_its_kind(two: PricedShop, kind: str, what: str) -> None:
    before = "service" if kind != "service" else "gift_card"
    two.pending.items.append(Item("CARD", batch_tracked=False, kind=before))
    two.rings(line("CARD", 1))
    {"sale": two.comes_in, "statement": two.calculates, "posted": two.posts}[what]()
    two.must_refuse(*offers(two, Item("CARD", batch_tracked=False, kind=kind)), "ITEM_IN_USE")
    assert ItemRow.objects.get(code="CARD").kind == before


@pytest.mark.parametrize("what", ["sale", "order"])
def test_goods_that_were_never_in_stock_and_are_sold_stay_goods(two: PricedShop, what: str) -> None:
    relied_on(two, what)
    assert "MILK" in two.must_refuse(*offers(two, Item("MILK", negative_physical=True, kind="service")), "ITEM_IN_USE")
    assert ItemRow.objects.get(code="MILK").kind == "stocked"


def test_an_item_that_nothing_relies_on_changes_its_kind(two: PricedShop) -> None:
    two.pending.items.append(Item("CARD", batch_tracked=False, kind="service"))
    two.comes_in()
    two.pending.items.append(Item("CARD", batch_tracked=False, kind="gift_card"))
    two.comes_in()
    assert ItemRow.objects.get(code="CARD").kind == "gift_card"
