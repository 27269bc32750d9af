"""Returns: blind and linked, of posted and unposted sales, of the same day, of more than was sold; and captured batches."""

from datetime import timedelta

import pytest

from tests.oracle.building import line
from tests.oracle.commands import DONE, PARTLY
from tests.oracle.rows import Item, LineRef, Store, Warehouse
from tests.scenarios.world import NOON, TODAY, Shop, milk


def test_a_blind_return_goes_to_the_default_batch_and_needs_no_negative(shop: Shop) -> None:
    shop.warehouse(Warehouse("W1", "LE", wms_enabled=True, location_plate_controlled=True))
    shop.sells_item(wms=True)
    shop.falls_back()
    back = shop.takes_back(None, 2)
    assert shop.posts().status == DONE
    assert shop.allocated(back) == [("DEF", "-2", "returned", "BLIND_RETURN")]
    assert shop.debts() == []
    shop.must_be_posted()


def test_a_blind_return_without_a_default_batch_stops(shop: Shop) -> None:
    shop.sells_item()
    shop.takes_back(None, 2)
    assert shop.posts().status == PARTLY
    shop.must_stand_at_invoicing("DEFAULT_BATCH_NOT_SET")
    shop.falls_back()
    assert shop.posts().status == DONE
    shop.must_be_posted()


def test_a_linked_return_goes_back_last_allocated_first(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 2, expires=TODAY)
    shop.has("B", 2, expires=TODAY + timedelta(days=1))
    sale = shop.sells(4)
    shop.posts()
    back = shop.takes_back(sale, 3)
    assert shop.posts().status == DONE
    assert shop.batches_of(back) == {"B": "-2", "A": "-1"}
    assert shop.shelf() == {"A": "1", "B": "2"}
    shop.must_be_posted()


def test_a_return_by_the_piece_of_a_sale_by_the_box(shop: Shop) -> None:
    shop.sells_item()
    shop.converts("box", 12)
    shop.has("A", 24)
    sale = shop.sells(2, unit="box")
    shop.posts()
    assert shop.shelf() == {}
    shop.takes_back(sale, 5)
    assert shop.posts().status == DONE
    assert shop.shelf() == {"A": "5"}


@pytest.mark.parametrize(("quantity", "codes"), [(3, set()), (4, {"L17"})])
def test_a_return_of_more_than_was_sold(shop: Shop, quantity: int, codes: set[str]) -> None:
    shop.sells_item()
    shop.has("A", 3)
    sale = shop.sells(3)
    shop.posts()
    shop.takes_back(sale, quantity)
    assert shop.validates() == codes
    assert shop.posts().status in (DONE, PARTLY)
    assert shop.shelf() == ({} if codes else {"A": "3"})


def test_returns_are_counted_together(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 3)
    sale = shop.sells(3)
    shop.posts()
    shop.takes_back(sale, 2)
    shop.posts()
    shop.takes_back(sale, 1)
    assert shop.validates() == set()
    shop.takes_back(sale, 1)
    assert shop.validates() == {"L17"}


@pytest.mark.parametrize(("item", "number", "codes"), [("MILK", "1", set()), ("MILK", "99", {"L16"}), ("CHEESE", "1", {"L16"})])
def test_the_reference_of_a_return_must_fit(shop: Shop, item: str, number: str, codes: set[str]) -> None:
    shop.sells_item("MILK")
    shop.sells_item("CHEESE")
    shop.has("A", 3)
    shop.sells(3)
    shop.rings(line(item, -1, return_of=LineRef("S1", "T1", number, 1)))
    assert shop.validates() == codes


def test_a_return_heals_when_its_sale_arrives(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 3)
    shop.takes_back(LineRef("S1", "T1", "77", 1), 1)
    assert shop.validates() == {"L16"}
    shop.rings(milk(1), number="77", at=NOON - timedelta(hours=1))
    assert shop.validates() == set()
    assert shop.posts().status == DONE
    assert shop.shelf() == {"A": "3"}
    shop.must_be_posted()


def test_a_same_day_return_is_posted_behind_its_sale(shop: Shop) -> None:
    """Stock 1 is sold, brought back and sold again on one day, and nothing may go negative."""
    shop.sells_item()
    shop.has("A", 1)
    sale = shop.sells(1)
    back = shop.takes_back(sale, 1)
    again = shop.sells(1)
    assert shop.posts().status == DONE
    assert (shop.batches_of(sale), shop.batches_of(back), shop.batches_of(again)) == ({"A": "1"}, {"A": "-1"}, {"A": "1"})
    shop.must_be_posted()


def test_a_same_day_return_whose_clock_runs_behind(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 1)
    sale = shop.sells(1)
    shop.takes_back(sale, 1, at=NOON - timedelta(hours=3))
    shop.sells(1)
    assert shop.posts().status == DONE
    assert shop.shelf() == {}
    shop.must_be_posted()


def test_a_return_of_a_failed_sale_fails_and_both_resume(shop: Shop) -> None:
    shop.sells_item()
    sale = shop.sells(1)
    back = shop.takes_back(sale, 1, customer="C1")
    answer = shop.posts()
    assert answer.status == PARTLY
    assert "RETURN_OF_UNPOSTED_SALE" in str(answer.data)
    assert shop.shelf() == {}
    shop.has("A", 1)
    assert shop.posts().status == DONE
    assert shop.batches_of(back) == {"A": "-1"}
    assert shop.shelf() == {"A": "1"}
    shop.must_be_posted()


def test_a_return_in_another_warehouse_waits_for_the_posting_of_its_sale(shop: Shop) -> None:
    shop.sells_item("NAILS", tracked=False)
    shop.has("", 5, item="NAILS")
    sale = shop.sells(2, item="NAILS")
    shop.takes_back(sale, 1, item="NAILS", store="S2")
    answer = shop.calculates()
    assert answer.data["waiting"] == 1
    assert [row["store"] for row in shop.exports("statements")] == ["S1"]
    assert shop.posts().status == DONE
    assert shop.posts().status == DONE
    assert shop.shelf("W2", "NAILS") == {"": "1"}
    shop.must_be_posted()


def test_goods_come_back_where_they_are_brought_to(shop: Shop) -> None:
    """The batch of the sale, in the warehouse of the return; the default batch of the other warehouse still lacks what it owes."""
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 1)
    sale = shop.sells(3)
    shop.posts()
    back = shop.takes_back(sale, 3, store="S2")
    assert shop.posts().status == DONE
    assert shop.batches_of(back) == {"DEF": "-2", "A": "-1"}
    assert shop.shelf("W2") == {"DEF": "2", "A": "1"}
    assert shop.shelf("W1") == {"DEF": "-2"}
    assert shop.debts() == [("1", "2")]
    shop.must_be_posted()


def test_two_warehouses_take_back_one_line_and_the_day_is_still_decided_as_one(shop: Shop) -> None:
    """S1 and S9 share W1 and compete for its last cheese: the earlier sale gets it, whatever W2 does on that day."""
    shop.store(Store("S9", "W1"))
    shop.sells_item("MILK", negative=True)
    shop.sells_item("CHEESE")
    shop.falls_back()
    shop.has("A", 1)
    shop.has("C", 1, item="CHEESE")
    sale = shop.sells(3)
    shop.posts()
    tomorrow = NOON + timedelta(days=1)
    late = shop.sells(1, item="CHEESE", at=tomorrow + timedelta(hours=3))
    early = shop.sells(1, item="CHEESE", at=tomorrow, store="S9")
    shop.takes_back(sale, 1, at=tomorrow, store="S9", customer="C1")
    shop.takes_back(sale, 1, at=tomorrow, store="S2")
    assert shop.posts().status == PARTLY
    assert shop.batches_of(early) == {"C": "1"}
    assert shop.batches_of(late) == {}
    assert shop.shelf("W1") == {"DEF": "-1"}
    assert shop.shelf("W2") == {"DEF": "1"}
    assert shop.debts() == [("1", "1")]


def test_a_captured_batch_is_used_as_it_is(shop: Shop) -> None:
    """It comes before inferred lines, and neither its date nor a block keeps it: those only warn."""
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 2, expires=TODAY - timedelta(days=9))
    shop.has("B", 2, disposition="blocked")
    inferred = shop.sells(1)
    expired = shop.sells(2, batch="A")
    blocked = shop.sells(1, batch="B")
    assert shop.validates() == {"B03", "B04"}
    assert shop.posts().status == DONE
    assert shop.allocated(expired) == [("A", "2", "captured", "CAPTURED")]
    assert shop.allocated(blocked) == [("B", "1", "captured", "CAPTURED")]
    assert shop.batches_of(inferred) == {"DEF": "1"}
    shop.must_be_posted()


@pytest.mark.parametrize("negative", [True, False])
def test_a_captured_batch_that_is_short(shop: Shop, *, negative: bool) -> None:
    """It is never replaced by the default batch."""
    shop.pending.items.append(Item("MILK", negative_physical=negative))
    shop.falls_back()
    shop.has("A", 2)
    shop.has("B", 9)
    sale = shop.sells(3, batch="A")
    shop.posts()
    if negative:
        assert shop.allocated(sale) == [("A", "3", "captured", "CAPTURED_NEGATIVE")]
        assert shop.shelf() == {"A": "-1", "B": "9"}
        shop.must_be_posted()
    else:
        shop.must_stand_at_invoicing("CAPTURED_BATCH_SHORT")
        assert shop.shelf() == {"A": "2", "B": "9"}


def test_a_captured_batch_on_an_untracked_item(shop: Shop) -> None:
    shop.sells_item("NAILS", tracked=False, negative=True)
    shop.sells(1, item="NAILS", batch="A")
    assert shop.validates() == {"B02"}
