"""Customer orders from file to invoice (docs/domain.md#acceptance-scenarios, numbers 12 to 16), with both default batches."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from tests.oracle.building import line
from tests.oracle.commands import run
from tests.oracle.rows import Warehouse
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db


def balances(shop: Shop) -> dict[str, Decimal]:
    """Debit less credit by account."""
    found: dict[str, Decimal] = {}
    for row in shop.exports("vouchers"):
        found[row["account"]] = found.get(row["account"], Decimal(0)) + Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
    return {account: amount for account, amount in found.items() if amount}


def everything(shop: Shop) -> dict[str, list[dict[str, str]]]:
    """What a refused invoicing must leave as it is."""
    kinds = ("on-hand", "inventory-transactions", "order-allocations", "invoices", "vouchers", "batch-debt")
    return {kind: shop.exports(kind) for kind in kinds}


def test_an_order_takes_the_batch_that_was_set_aside_and_is_invoiced(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 10)
    order = shop.is_ordered(milk(4), paid="2.36")
    answer = shop.invoices()
    assert (answer.status, answer.data["invoiced"], answer.data["failed"]) == (0, 1, 0), answer
    assert shop.order_allocated(order) == [("A", "4", "allocated", "FEFO")]
    assert shop.shelf() == {"A": "6"}
    (invoice,) = shop.exports("invoices")
    assert (invoice["invoice"], invoice["order"], invoice["total"]) == ("CO1-I1", "CO1", "6.36")
    assert {row["voucher"] for row in shop.exports("vouchers") if row["source_kind"] != "receipt"} == {
        "CO1-DEP",
        "CO1-I1-INV",
        "CO1-I1-PAY",
    }
    moved = [row for row in shop.exports("inventory-transactions") if row["source_kind"] == "delivery_line"]
    assert [(row["source_id"], row["quantity"]) for row in moved] == [("CO1-I1/1", "-4")]
    shop.must_be_sound()


def test_asking_again_changes_nothing(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 10)
    shop.is_ordered(milk(4))
    shop.invoices()
    before = everything(shop)
    answer = shop.invoices()
    assert (answer.status, answer.data["orders"]) == (0, 0)
    assert everything(shop) == before


def test_12_a_statement_takes_another_batch_than_the_one_set_aside(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 4, expires=date(2027, 1, 1))
    shop.has("B", 9)
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    sale = shop.sells(3)
    shop.posts()
    shop.must_be_posted()
    assert shop.batches_of(sale) == {"B": "3"}
    shop.invoices()
    assert shop.order_allocated(order) == [("A", "4", "allocated", "FEFO")]
    shop.must_be_sound()


def test_12_a_statement_goes_to_the_default_batch_when_all_is_set_aside(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 4)
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    sale = shop.sells(3)
    shop.posts()
    shop.must_be_posted()
    assert shop.allocated(sale) == [("DEF", "3", "default", "RESERVED")]
    shop.invoices()
    assert shop.order_allocated(order) == [("A", "4", "allocated", "FEFO")]
    assert shop.shelf() == {"DEF": "-3"}
    shop.must_be_sound()


def test_13_without_batch_the_order_takes_the_default_batch_of_customer_orders(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.orders_fall_back()
    order = shop.is_ordered(milk(5))
    sale = shop.sells(2)
    shop.invoices()
    shop.posts()
    shop.must_be_posted()
    assert shop.order_allocated(order) == [("CO-DEF", "5", "default", "NO_BATCH")]
    assert shop.batches_of(sale) == {"DEF": "2"}
    assert sorted(shop.debts()) == [("1", "2"), ("CO1", "5")]


def test_14_without_fallback_the_order_is_refused_and_nothing_changes(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.has("A", 2)
    shop.is_ordered(milk(5), paid="3.00")
    shop.comes_in()
    before = everything(shop)
    answer = shop.invoices()
    assert answer.status == 1
    (failure,) = answer.data["failures"]
    assert (failure["order"], failure["store"], failure["line"], failure["item"]) == ("CO1", "S1", 1, "MILK")
    assert failure["code"] == "NO_VALID_BATCH"
    assert Decimal(failure["missing_quantity"]) == 3
    assert "Item MILK in store S1: 3 pcs missing." in failure["message"]
    assert "Switch on Use default batch id" in failure["message"]
    assert everything(shop) == before
    shop.must_be_sound()
    # What the message names mends it.
    shop.orders_fall_back()
    assert shop.invoices().status == 0
    assert shop.shelf() == {"CO-DEF": "-3"}
    shop.must_be_sound()


@pytest.mark.parametrize(("statements", "orders"), [(True, False), (False, True)])
def test_the_two_switches_do_not_know_each_other(shop: Shop, statements: bool, orders: bool) -> None:
    shop.sells_item(negative=True)
    if statements:
        shop.falls_back()
    if orders:
        shop.orders_fall_back()
    shop.is_ordered(milk(5))
    shop.sells(2)
    assert (shop.invoices().status == 0) == orders
    shop.posts()
    assert (shop.statement()["post_state"] == "Posted") == statements
    assert shop.shelf() == ({"DEF": "-2"} if statements else {"CO-DEF": "-5"})
    shop.must_be_sound()


def test_15_the_store_allows_negative_though_the_item_does_not(shop: Shop) -> None:
    shop.warehouse(Warehouse("W1", "LE", store_negative_physical=True))
    shop.sells_item(negative=False)
    shop.orders_fall_back()
    order = shop.is_ordered(milk(5))
    assert shop.invoices().status == 0
    assert shop.order_allocated(order) == [("CO-DEF", "5", "default", "NO_BATCH")]
    shop.must_be_sound()


def test_16_a_distribution_warehouse_has_no_store_flag_that_allows_negative(shop: Shop) -> None:
    shop.warehouse(Warehouse("W1", "LE", store_negative_physical=True))
    shop.warehouse(Warehouse("DC", "LE"))
    shop.sells_item(negative=False)
    shop.orders_fall_back()
    shop.is_ordered(milk(5), delivery="ship", warehouse="DC")
    answer = shop.invoices()
    assert answer.status == 1
    assert answer.codes == {"NEGATIVE_NOT_ALLOWED"}
    assert shop.exports("invoices") == []
    shop.must_be_sound()


def test_partial_stock_real_batches_first(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.orders_fall_back()
    shop.has("A", 2)
    order = shop.is_ordered(milk(5))
    shop.invoices()
    assert shop.order_allocated(order) == [("A", "2", "allocated", "FEFO"), ("CO-DEF", "3", "default", "STOCK_USED_UP")]
    assert shop.debts() == [("CO1", "3")]
    shop.must_be_sound()


def test_scope_advanced_needs_warehouse_and_item(shop: Shop) -> None:
    shop.sells_item("MILK", negative=True)
    shop.sells_item("CHEESE", negative=True, wms=True)
    shop.warehouse(Warehouse("W1", "LE", wms_enabled=True))
    shop.orders_fall_back(scope="advanced")
    shop.is_ordered(milk(1))
    shop.is_ordered(line("CHEESE", 1))
    answer = shop.invoices()
    assert (answer.data["invoiced"], answer.data["failed"]) == (1, 1)
    assert answer.codes == {"DEFAULT_BATCH_OUT_OF_SCOPE"}
    assert shop.shelf(item="CHEESE") == {"CO-DEF": "-1"}
    shop.must_be_sound()


def test_deposits_clear_to_zero_and_the_rest_goes_on_account(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 10)
    shop.is_ordered(milk(4), paid="2.36")
    shop.invoices()
    kept = balances(shop)
    assert kept.get("2300") is None
    assert sum(kept.values()) == 0
    assert Decimal("4.00") in kept.values()
    shop.must_be_sound()


def test_a_linked_return_goes_back_to_the_batches_last_first(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.orders_fall_back()
    shop.has("A", 2)
    order = shop.is_ordered(milk(5))
    shop.invoices()
    back = shop.is_ordered(milk(-4), back=order)
    assert shop.invoices().status == 0
    assert shop.order_allocated(back) == [("A", "-1", "returned", "LINKED_RETURN"), ("CO-DEF", "-3", "returned", "LINKED_RETURN")]
    assert shop.debts() == []
    assert shop.shelf() == {"A": "1"}
    shop.must_be_sound()


def test_what_is_carried_out_is_asked_for_with_the_order(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 5)
    order = shop.is_ordered(milk(4), delivery="carry_out", paid="6.36")
    answer = shop.invoices()
    assert answer.data["invoiced"] == 1
    assert shop.order_allocated(order) == [("A", "4", "allocated", "FEFO")]
    assert [row["invoice"] for row in shop.exports("invoices")] == ["CO1-I1"]
    shop.must_be_sound()


def test_a_delivery_mode_that_is_not_offered_is_refused(shop: Shop, tmp_path: Path) -> None:
    shop.sells_item()
    shop.has("A", 10)
    shop.parameters(**{"customer_orders.offer_ship": "false"})
    shop.comes_in()
    shop.is_ordered(milk(1), delivery="ship")
    shipped = tmp_path / "shipped.ndjson"
    shipped.write_text(json.dumps(shop.orders.pop()), encoding="utf-8")
    refused = run("import_data", "customer-orders", str(shipped))
    assert (refused.status, refused.data["problems_by_code"]) == (1, {"DELIVERY_MODE_OFF": 1})
    shop.is_ordered(milk(2), delivery="pickup")
    assert shop.invoices().data["invoiced"] == 1


def test_two_lines_of_an_order_whose_batch_was_emptied_share_what_is_left(shop: Shop) -> None:
    """A has 4 of the 6 that were reserved; one line gets its 3 of them, the other one finds what it needs elsewhere too."""
    shop.sells_item()
    shop.has("A", 6)
    shop.has("B", 10)
    order = shop.is_ordered(milk(3), milk(3))
    shop.comes_in()
    shop.sells(2, batch="A")
    shop.posts()
    assert shop.invoices().data["invoiced"] == 1
    assert shop.order_allocated(order) == [("A", "3", "allocated", "FEFO")]
    assert sum(Decimal(quantity) for quantity in shop.shelf().values()) == 8
    shop.must_be_sound()


def test_an_exchange_is_paid_in_full_and_no_more(shop: Shop) -> None:
    """4 are carried out, 2 of another mode come back: the deposit is what the customer owes, not the full price of the 4."""
    shop.sells_item()
    shop.orders_fall_back()
    shop.has("A", 9)
    shop.is_ordered(milk(4), milk(-2), paid="3.18")
    lines = cast("list[dict[str, object]]", shop.orders[-1]["lines"])
    lines[0]["delivery"] = "carry_out"
    assert shop.invoices().data["failed"] == 0
    shop.invoices()
    assert balances(shop).get("2300") is None
    shop.must_be_sound()
