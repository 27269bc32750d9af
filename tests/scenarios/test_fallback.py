"""The default batch id in both its lives: on, it posts and opens a debt; off, the statement waits with a reason and is resumed."""

from datetime import timedelta

import pytest

from parameters.models import RetailParameters
from tests.oracle.building import line
from tests.oracle.commands import DONE, PARTLY, done, run
from tests.oracle.rows import Item, Store, Warehouse
from tests.scenarios.world import NOON, Shop, milk


def test_on_it_posts_opens_a_debt_and_books_the_money(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    sale = shop.sells(3)
    assert shop.posts().status == DONE
    shop.must_be_posted()
    assert shop.debts() == [(sale.number, "3")]
    debt = shop.exports("batch-debt")[0]
    assert (debt["warehouse"], debt["item"], debt["store"], debt["line"]) == ("W1", "MILK", "S1", "1")
    assert (debt["quantity"], debt["business_date"]) == ("3", "2024-05-01")
    (invoice,) = shop.exports("invoices")
    assert (invoice["net"], invoice["tax"], invoice["total"]) == ("4.5", "0.27", "4.77")


@pytest.mark.parametrize("fix", ["switch", "stock", "stock and switch"])
def test_off_it_stops_and_is_resumed_after_the_fix(shop: Shop, fix: str) -> None:
    shop.sells_item(negative=True)
    shop.sells_item("NAILS", tracked=False, negative=True)
    sale = shop.sells(3)
    shop.sells(1, item="NAILS", customer="C1")
    answer = shop.posts()
    assert answer.status == PARTLY
    shop.must_stand_at_invoicing("NO_VALID_BATCH")
    for fact in ("NO_VALID_BATCH", "MILK", "S1", "3"):
        assert fact in str(answer.data), f"the failure names {fact}"
    assert "Use default batch id" in str(answer.data), "the failure names the setting that would fix it"
    posted_before = shop.exports("invoices")
    assert len(posted_before) == 1

    if "switch" in fix:
        shop.falls_back()
    if "stock" in fix:
        shop.has("A", 2 if "switch" in fix else 5)
    assert shop.posts().status == DONE
    shop.must_be_posted()
    expected = {"switch": {"DEF": "3"}, "stock": {"A": "3"}, "stock and switch": {"A": "2", "DEF": "1"}}
    assert shop.batches_of(sale) == expected[fix]
    assert [row for row in shop.exports("invoices") if row in posted_before] == posted_before
    assert len(shop.exports("invoices")) == 2
    assert shop.shelf(item="NAILS") == {"": "-1"}


def test_off_a_second_attempt_without_a_fix_fails_the_same_way(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.sells(3)
    first, second = shop.posts(), shop.posts()
    assert (first.status, second.status) == (PARTLY, PARTLY)
    shop.must_stand_at_invoicing("NO_VALID_BATCH")
    assert shop.exports("inventory-transactions") == []


def test_the_switch_of_customer_orders_does_not_open_this_door(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.parameters(customer_orders__use_default_batch_id="true", customer_orders__default_batch_id="CO")
    shop.sells(3)
    assert shop.posts().status == PARTLY
    shop.must_stand_at_invoicing("NO_VALID_BATCH")


@pytest.mark.parametrize(
    ("warehouse", "item", "code"),
    [
        (True, True, ""),
        (True, False, "DEFAULT_BATCH_OUT_OF_SCOPE"),
        (False, True, "DEFAULT_BATCH_OUT_OF_SCOPE"),
        (False, False, "DEFAULT_BATCH_OUT_OF_SCOPE"),
    ],
)
def test_scope_advanced_needs_both_sides(shop: Shop, *, warehouse: bool, item: bool, code: str) -> None:
    shop.warehouse(Warehouse("W1", "LE", wms_enabled=warehouse))
    shop.sells_item(negative=True, wms=item)
    shop.falls_back(scope="advanced")
    sale = shop.sells(1)
    shop.posts()
    if code:
        shop.must_stand_at_invoicing(code)
        shop.parameters(inventory__default_batch_scope="all")
        assert shop.posts().status == DONE
    shop.must_be_posted()
    assert shop.batches_of(sale) == {"DEF": "1"}


@pytest.mark.parametrize(("wms", "code"), [(True, ""), (False, "DEFAULT_BATCH_OUT_OF_SCOPE")])
def test_scope_advanced_counts_for_blind_returns(shop: Shop, *, wms: bool, code: str) -> None:
    shop.warehouse(Warehouse("W1", "LE", wms_enabled=True))
    shop.sells_item(wms=wms)
    shop.falls_back(scope="advanced")
    shop.takes_back(None, 1)
    shop.posts()
    if code:
        shop.must_stand_at_invoicing(code)
    else:
        shop.must_be_posted()
        assert shop.shelf() == {"DEF": "1"}


def test_scope_does_not_keep_real_batches_from_being_sold(shop: Shop) -> None:
    shop.sells_item()
    shop.falls_back(scope="advanced")
    shop.has("A", 1)
    shop.sells(1)
    assert shop.posts().status == DONE
    shop.must_be_posted()


def test_goods_received_after_the_sale(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 9, received=NOON + timedelta(hours=6))
    early = shop.sells(1)
    shop.posts()
    assert shop.allocated(early) == [("DEF", "1", "default", "RECEIVED_LATER")]
    shop.parameters(inventory__use_batches_received_after_sale="true")
    late = shop.sells(1)
    shop.posts()
    assert shop.batches_of(late) == {"A": "1"}
    shop.must_be_posted()


def test_a_new_default_batch_id_leaves_the_old_debt_where_it_is(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back("OLD")
    sale = shop.sells(2)
    shop.posts()
    shop.falls_back("NEW")
    shop.sells(1)
    shop.posts()
    assert shop.shelf() == {"OLD": "-2", "NEW": "-1"}
    shop.takes_back(sale, 2)
    shop.posts()
    assert shop.shelf() == {"NEW": "-1"}
    assert [row["open_quantity"] for row in shop.exports("batch-debt") if row["open_quantity"] != "0"] == ["1"]
    shop.must_be_posted()


def test_untracked_items_never_see_the_default_batch(shop: Shop) -> None:
    shop.sells_item("NAILS", tracked=False, negative=True)
    shop.falls_back()
    sale = shop.sells(3, item="NAILS")
    shop.posts()
    assert shop.allocated(sale) == [("", "3", "untracked", "NOT_TRACKED")]
    assert shop.shelf(item="NAILS") == {"": "-3"}
    assert shop.debts() == []
    shop.must_be_posted()


def test_a_failed_order_gives_its_goods_back_to_the_others(shop: Shop) -> None:
    """C1's order wants milk and a missing cheese; it fails, and its milk is there for C2."""
    shop.sells_item()
    shop.sells_item("CHEESE")
    shop.has("A", 1)
    shop.rings(milk(1), line("CHEESE", 1), customer="C1")
    second = shop.sells(1, customer="C2")
    assert shop.posts().status == PARTLY
    shop.must_stand_at_invoicing("NO_VALID_BATCH")
    assert shop.batches_of(second) == {"A": "1"}
    assert shop.shelf() == {}


def test_two_stores_of_one_warehouse_are_served_in_order_of_time(shop: Shop) -> None:
    shop.store(Store("S9", "W1"))
    shop.pending.items.append(Item("MILK"))
    shop.has("A", 1)
    late = shop.sells(1, at=NOON + timedelta(hours=3))
    early = shop.sells(1, store="S9", at=NOON + timedelta(hours=2))
    assert shop.posts().status == PARTLY
    assert shop.batches_of(early) == {"A": "1"}
    assert shop.batches_of(late) == {}
    assert shop.statement("S9")["post_state"] == "Posted"
    shop.must_stand_at_invoicing("NO_VALID_BATCH")


def test_the_preview_says_what_posting_does_and_writes_nothing(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.has("A", 2)
    shop.sells(3)
    shop.calculates()
    before = {kind: shop.exports(kind) for kind in ("allocations", "on-hand", "statements", "invoices", "vouchers")}
    failing = run("preview_posting")
    assert failing.status == PARTLY
    assert "NO_VALID_BATCH" in str(failing.data)
    done("set_parameters", "posting.default_batch_id=DEF", "posting.use_default_batch_id=true")
    passing = run("preview_posting")
    assert passing.status == DONE
    assert "NO_VALID_BATCH" not in str(passing.data)
    assert {kind: shop.exports(kind) for kind in before} == before
    assert shop.posts().status == DONE
    shop.must_be_posted()


@pytest.mark.parametrize("hold", ["true", "false"])
def test_failing_receipts_may_be_held_so_that_the_rest_posts(shop: Shop, hold: str) -> None:
    """Both receipts would be one order; held, the failing one moves to a supplement, which then stands in the error state."""
    shop.sells_item()
    shop.sells_item("NAILS", tracked=False, negative=True)
    shop.parameters(posting__hold_failing_transactions=hold)
    nails = shop.sells(1, item="NAILS")
    milk_sale = shop.sells(1)
    shop.posts()
    shop.posts()
    assert shop.allocated(milk_sale) == []
    assert bool(shop.allocated(nails)) == (hold == "true")
    states = [(row["transactions"], row["post_state"], row["error_code"]) for row in shop.exports("statements")]
    if hold == "true":
        assert states == [("1", "Posted", ""), ("1", "Customer order created", "NO_VALID_BATCH")]
    else:
        assert states == [("2", "Customer order created", "NO_VALID_BATCH")]
    shop.must_be_sound()
    shop.has("A", 1)
    assert shop.posts().status == DONE
    shop.must_be_posted()
    assert shop.batches_of(milk_sale) == {"A": "1"}


def test_a_default_batch_that_is_a_real_batch_is_warned_of(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 5)
    shop.sells(1, batch="A")
    shop.comes_in()
    RetailParameters.objects.update(posting_use_default_batch_id=True, posting_default_batch_id="A")
    assert shop.validates() == {"B06"}
    assert {row["severity"] for row in shop.exports("problems")} == {"warning"}
