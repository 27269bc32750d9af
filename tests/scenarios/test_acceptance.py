"""The acceptance scenarios (docs/domain.md#acceptance-scenarios) by their numbers: given, when, then.

Left out: 12 (a batch reserved for another order needs a customer order), 13, 14 and 16 (customer orders), 24 (clearing) and
25 (recall). Each refusal has a twin that differs in one fact and posts.
"""

from datetime import UTC, date, datetime, time, timedelta

from tests.oracle.building import line
from tests.oracle.commands import DONE, PARTLY
from tests.oracle.rows import Item, Store, Warehouse
from tests.scenarios.world import NOON, TODAY, Shop, milk

MAY, JUNE = date(2024, 5, 31), date(2024, 6, 30)


def test_01_one_batch_covers(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 10)
    sale = shop.sells(4)
    assert shop.posts().status == DONE
    assert shop.shelf() == {"A": "6"}
    assert shop.allocated(sale) == [("A", "4", "allocated", "FEFO")]
    shop.must_be_posted()


def test_02_first_expired_first_out(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 3, expires=JUNE)
    shop.has("B", 5, expires=MAY)
    sale = shop.sells(6)
    shop.posts()
    assert shop.batches_of(sale) == {"B": "5", "A": "1"}
    assert shop.shelf() == {"A": "2"}
    shop.must_be_posted()


def test_03_lowest_number_first(shop: Shop) -> None:
    shop.sells_item(policy="batch_number")
    shop.has("A", 3, expires=JUNE)
    shop.has("B", 5, expires=MAY)
    sale = shop.sells(4)
    shop.posts()
    assert shop.batches_of(sale) == {"A": "3", "B": "1"}
    shop.must_be_posted()


def test_04_no_stock_goes_to_the_default_batch(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    sale = shop.sells(3)
    assert shop.posts().status == DONE
    assert shop.allocated(sale) == [("DEF", "3", "default", "NO_BATCH")]
    assert shop.shelf() == {"DEF": "-3"}
    assert shop.debts() == [(sale.number, "3")]
    shop.must_be_posted()


def test_05_negative_not_allowed_stops_the_statement(shop: Shop) -> None:
    """Twin of 4: the item may not go negative."""
    shop.sells_item(negative=False)
    shop.falls_back()
    shop.sells(3)
    answer = shop.posts()
    assert answer.status == PARTLY
    assert "MILK" in str(answer.data), "the error names the item"
    shop.must_stand_at_invoicing("NEGATIVE_NOT_ALLOWED")
    assert shop.shelf() == {}
    assert shop.exports("allocations") == []
    assert shop.exports("invoices") == []
    assert shop.exports("vouchers") == []


def test_06_switch_off_stops_the_statement(shop: Shop) -> None:
    """Twin of 4: negative is allowed, but the switch is off."""
    shop.sells_item(negative=True)
    shop.sells(3)
    assert shop.posts().status == PARTLY
    shop.must_stand_at_invoicing("NO_VALID_BATCH")
    assert shop.shelf() == {}


def test_07_real_batches_first_then_the_default_batch(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 2)
    sale = shop.sells(5)
    shop.posts()
    assert shop.allocated(sale) == [("A", "2", "allocated", "FEFO"), ("DEF", "3", "default", "STOCK_USED_UP")]
    assert shop.shelf() == {"DEF": "-3"}
    shop.must_be_posted()


def test_08_an_expired_batch_is_not_sold(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 9, expires=TODAY - timedelta(days=1))
    sale = shop.sells(1)
    shop.posts()
    assert shop.allocated(sale) == [("DEF", "1", "default", "EXPIRED")]
    assert shop.shelf() == {"A": "9", "DEF": "-1"}
    shop.must_be_posted()


def test_08_twin_on_its_last_day_it_is_sold(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 9, expires=TODAY)
    shop.sells(1)
    shop.posts()
    assert shop.shelf() == {"A": "8"}


def test_08_twin_unless_the_parameter_forbids_its_last_day(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.parameters(inventory__sellable_on_expiration_date="false")
    shop.has("A", 9, expires=TODAY)
    shop.sells(1)
    shop.posts()
    assert shop.shelf() == {"A": "9", "DEF": "-1"}


def test_08_twin_shelf_life_counts_from_manufacture(shop: Shop) -> None:
    """No expiration date was given: five days of shelf life make one."""
    shop.pending.items.append(Item("MILK", shelf_life_days=5))
    shop.has("A", 9, made=TODAY - timedelta(days=6))
    shop.has("B", 9, made=TODAY - timedelta(days=5))
    shop.sells(1)
    assert shop.posts().status == DONE
    assert shop.shelf() == {"A": "9", "B": "8"}
    shop.must_be_posted()


def test_09_a_blocked_batch_is_not_sold(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.disposition("recalled", blocks=True)
    shop.has("A", 9, disposition="recalled")
    sale = shop.sells(1)
    shop.posts()
    assert shop.allocated(sale) == [("DEF", "1", "default", "BLOCKED")]
    assert shop.shelf() == {"A": "9", "DEF": "-1"}
    shop.must_be_posted()


def test_09_twin_another_disposition_does_not_block(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.disposition("reduced", blocks=False)
    shop.has("A", 9, disposition="reduced")
    shop.sells(1)
    shop.posts()
    assert shop.shelf() == {"A": "8"}


def test_10_the_business_date_decides_on_expiry(shop: Shop) -> None:
    """Sold an hour past midnight, which still belongs to the day before, on which the batch could be sold."""
    shop.store(Store("S1", "W1", end_of_business_day=time(4)))
    shop.sells_item()
    shop.has("A", 5, expires=TODAY)
    shop.sells(1, at=datetime(2024, 5, 2, 1, tzinfo=UTC))
    assert shop.posts().status == DONE
    assert shop.shelf() == {"A": "4"}
    assert shop.statement()["business_date"] == "2024-05-01"


def test_10_twin_the_day_ends_at_midnight(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 5, expires=TODAY)
    shop.sells(1, at=datetime(2024, 5, 2, 1, tzinfo=UTC))
    assert shop.posts().status == PARTLY
    assert shop.statement()["business_date"] == "2024-05-02"
    shop.must_stand_at_invoicing("NO_VALID_BATCH")


def test_11_a_batch_in_another_warehouse_does_not_help(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 9, warehouse="W2")
    sale = shop.sells(1)
    shop.posts()
    assert shop.allocated(sale) == [("DEF", "1", "default", "NO_BATCH")]
    assert shop.shelf("W2") == {"A": "9"}
    shop.must_be_posted()


def test_15_the_flag_of_the_store_warehouse_is_enough(shop: Shop) -> None:
    """Twin of 5: the item may not go negative, but the store's warehouse may."""
    shop.warehouse(Warehouse("W1", "LE", store_negative_physical=True))
    shop.sells_item(negative=False)
    shop.falls_back()
    shop.sells(3)
    assert shop.posts().status == DONE
    assert shop.shelf() == {"DEF": "-3"}
    shop.must_be_posted()


def test_17_a_linked_return_gives_back_the_default_batch_first(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 2)
    sale = shop.sells(5)
    shop.posts()
    back = shop.takes_back(sale, 2)
    shop.posts()
    assert shop.allocated(back) == [("DEF", "-2", "returned", "LINKED_RETURN")]
    assert shop.shelf() == {"DEF": "-1"}
    assert shop.debts() == [(sale.number, "1")]
    rest = shop.takes_back(sale, 3)
    shop.posts()
    assert shop.batches_of(rest) == {"DEF": "-1", "A": "-2"}
    assert shop.shelf() == {"A": "2"}
    assert shop.debts() == []
    shop.must_be_posted()


def test_18_returns_are_posted_before_sales(shop: Shop) -> None:
    """One receipt sells one and takes one back, nothing is in stock and nothing may go negative."""
    shop.sells_item()
    shop.has("A", 1)
    first = shop.sells(1)
    shop.posts()
    assert shop.shelf() == {}
    shop.rings(milk(1), milk(-1, return_of=first))
    assert shop.posts().status == DONE
    assert shop.shelf() == {}
    shop.must_be_posted()


def test_18_the_same_without_batches(shop: Shop) -> None:
    shop.sells_item("NAILS", tracked=False)
    shop.rings(line("NAILS", 1), line("NAILS", -1))
    assert shop.posts().status == DONE
    shop.must_be_posted()


def test_18_twin_without_the_return(shop: Shop) -> None:
    shop.sells_item("NAILS", tracked=False)
    shop.rings(line("NAILS", 1))
    assert shop.posts().status == PARTLY
    shop.must_stand_at_invoicing("NEGATIVE_NOT_ALLOWED")


def test_19_the_failed_order_resumes_and_nothing_is_issued_twice(shop: Shop) -> None:
    shop.sells_item("MILK")
    shop.sells_item("NAILS", tracked=False)
    shop.has("", 9, item="NAILS")
    shop.sells(2, customer="C1", item="NAILS")
    shop.sells(1, customer="C2")
    assert shop.posts().status == PARTLY
    shop.must_stand_at_invoicing("NO_VALID_BATCH")
    invoices = shop.exports("invoices")
    movements = shop.exports("inventory-transactions")
    assert len(invoices) == 1
    assert shop.shelf(item="NAILS") == {"": "7"}

    assert shop.posts().status == PARTLY
    assert shop.exports("invoices") == invoices
    assert shop.exports("inventory-transactions") == movements

    shop.has("A", 3)
    assert shop.posts().status == DONE
    shop.must_be_posted()
    assert shop.shelf() == {"A": "2"}
    assert shop.shelf(item="NAILS") == {"": "7"}
    assert [row for row in shop.exports("invoices") if row in invoices] == invoices
    assert len(shop.exports("invoices")) == 2

    everything = {kind: shop.exports(kind) for kind in ("invoices", "vouchers", "inventory-transactions")}
    assert shop.posts().status == DONE
    assert {kind: shop.exports(kind) for kind in everything} == everything


def plates(shop: Shop, *, controlled: bool) -> None:
    shop.warehouse(Warehouse("W1", "LE", wms_enabled=True, location_plate_controlled=controlled))
    shop.sells_item(negative=True, wms=True)
    shop.falls_back()
    shop.sells(1)
    shop.posts()


def test_20_a_plate_controlled_location_cannot_go_negative(shop: Shop) -> None:
    plates(shop, controlled=True)
    shop.must_stand_at_invoicing("LOCATION_CANNOT_GO_NEGATIVE")
    assert shop.shelf() == {}


def test_20_twin_without_plates(shop: Shop) -> None:
    plates(shop, controlled=False)
    shop.must_be_posted()
    assert shop.shelf() == {"DEF": "-1"}


def test_21_boxes_are_taken_from_the_shelf_as_pieces(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.converts("box", 12)
    shop.has("A", 20)
    sale = shop.sells(2, unit="box")
    assert shop.posts().status == DONE
    assert shop.batches_of(sale) == {"A": "20", "DEF": "4"}
    assert shop.shelf() == {"DEF": "-4"}
    shop.must_be_posted()


def test_22_a_captured_batch_that_does_not_exist(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 5)
    shop.sells(1, batch="X")
    assert "B01" in shop.validates()
    shop.posts()
    assert shop.exports("statements") == []
    assert shop.shelf() == {"A": "5"}


def test_22_twin_a_captured_batch_that_exists(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 5)
    shop.has("B", 5, expires=MAY)
    sale = shop.sells(1, batch="A")
    assert shop.validates() == set()
    shop.posts()
    assert shop.allocated(sale) == [("A", "1", "captured", "CAPTURED")]
    assert shop.shelf() == {"A": "4", "B": "5"}
    shop.must_be_posted()


def test_23_the_default_batch_is_made_for_each_item_that_needs_it(shop: Shop) -> None:
    shop.sells_item("MILK", negative=True)
    shop.sells_item("CHEESE", negative=True)
    shop.falls_back()
    shop.sells(1)
    shop.sells(2, item="CHEESE", at=NOON)
    assert shop.posts().status == DONE
    assert shop.shelf() == {"DEF": "-1"}
    assert shop.shelf(item="CHEESE") == {"DEF": "-2"}
    shop.must_be_posted()


def test_23_twin_what_lies_on_the_default_batch_is_sold_from_there_and_no_more(shop: Shop) -> None:
    """A blind return leaves goods on the default batch: a later sale takes them from there, and needs negative inventory beyond them."""
    shop.pending.items.append(Item("MILK"))
    shop.falls_back()
    shop.takes_back(None, 2)
    shop.posts()
    assert shop.shelf() == {"DEF": "2"}
    shop.sells(1)
    assert shop.posts().status == DONE
    assert shop.shelf() == {"DEF": "1"}
    shop.sells(2)
    assert shop.posts().status == PARTLY
    assert [row["error_code"] for row in shop.exports("statements")] == ["", "", "NEGATIVE_NOT_ALLOWED"]
