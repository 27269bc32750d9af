"""Customer orders from till to invoice over HTTP: docs/domain.md#acceptance-scenarios, numbers 12 to 16, as a till sees them."""

from datetime import date
from decimal import Decimal

import pytest

from tests.oracle.building import line
from tests.oracle.rows import Warehouse
from tests.retailhq.api.calling import Answer, Till, order_of, work
from tests.scenarios.test_customer_orders import everything
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(db: None) -> Till:
    return Till()


def places(shop: Shop, till: Till, quantity: int = 5, **how: str) -> str:
    """An order at the till; its number."""
    shop.journal.not_followed("orders are placed at a till")
    placed = till.post("customer-orders", order_of(shop, milk(quantity), **how))
    assert placed.status == 201, placed
    return str(placed.body["order"])


def hands_out(till: Till, order: str, verb: str = "pick-up") -> Answer:
    """What the till that waited is told in the end."""
    key = f"{verb}-{order}"
    asked = till.post(f"customer-orders/{order}/{verb}", key=key)
    assert asked.status == 202, asked
    work()
    return till.post(f"customer-orders/{order}/{verb}?wait=5", key=key)


def batches(till: Till, order: str) -> list[tuple[str, str, str, str]]:
    """Batch, quantity, source and reason of what was handed out of the first line."""
    allocations = till.get(f"customer-orders/{order}").body["lines"][0]["allocations"]
    return [(row["batch"], row["quantity"], row["source"], row["reason"]) for row in allocations]


def test_12_what_is_set_aside_is_left_alone_by_statements(shop: Shop, till: Till) -> None:
    shop.sells_item()
    shop.has("A", 4, expires=date(2027, 1, 1))
    shop.has("B", 9)
    shop.comes_in()
    order = places(shop, till, 4)
    sale = shop.sells(3)
    shop.posts()
    shop.must_be_posted()
    assert shop.batches_of(sale) == {"B": "3"}
    assert hands_out(till, order).body["invoice"] == f"{order}-I1"
    assert batches(till, order) == [("A", "4", "allocated", "FEFO")]
    stock = {row["batch"]: row["physical"] for row in till.get("on-hand?item=MILK&warehouse=W1").body["rows"]}
    assert stock == {"A": "0", "B": "6"}
    shop.must_be_sound()


def test_13_without_batch_the_order_takes_the_default_batch_of_customer_orders(shop: Shop, till: Till) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.orders_fall_back()
    shop.comes_in()
    order = places(shop, till)
    answer = hands_out(till, order)
    assert (answer.status, answer.body["status"], answer.body["invoice"]) == (200, "invoiced", f"{order}-I1")
    assert batches(till, order) == [("CO-DEF", "5", "default", "NO_BATCH")]
    assert shop.shelf() == {"CO-DEF": "-5"}
    shop.must_be_sound()


def test_14_without_fallback_the_till_is_told_and_nothing_is_posted(shop: Shop, till: Till) -> None:
    shop.sells_item(negative=True)
    shop.has("A", 2)
    shop.comes_in()
    order = places(shop, till, paid="3.00")
    before, seen = everything(shop), till.get(f"customer-orders/{order}").body
    refused = hands_out(till, order)
    assert (refused.status, refused.type, refused.body["code"]) == (422, "application/problem+json", "NO_VALID_BATCH")
    (error,) = refused.body["errors"]
    assert (error["order"], error["line"], error["item"], error["missing_quantity"]) == (order, 1, "MILK", "3")
    assert "Item MILK in store S1: 3 pcs missing." in refused.body["detail"]
    assert "Use default batch id" in refused.body["detail"]
    assert error["remedy"]
    assert everything(shop) == before
    after = till.get(f"customer-orders/{order}").body
    assert (after["lines"], after["payments"], after["status"]) == (seen["lines"], seen["payments"], "created")
    assert till.get(f"jobs/{refused.body['job']}").body["problems"] == refused.body["errors"]
    shop.must_be_sound()
    # What the message names mends it; the next attempt is a call of its own.
    shop.orders_fall_back()
    shop.comes_in()
    assert hands_out(till, order, "invoice").status == 200
    assert shop.shelf() == {"CO-DEF": "-3"}
    # Who asks for the first attempt again is told that it gave way.
    assert till.post(f"customer-orders/{order}/pick-up", key=f"pick-up-{order}").codes == ["DELIVERY_REPLACED"]
    shop.must_be_sound()


def test_15_the_store_allows_negative_though_the_item_does_not(shop: Shop, till: Till) -> None:
    shop.warehouse(Warehouse("W1", "LE", store_negative_physical=True))
    shop.sells_item(negative=False)
    shop.orders_fall_back()
    shop.comes_in()
    order = places(shop, till)
    assert hands_out(till, order).status == 200
    assert batches(till, order) == [("CO-DEF", "5", "default", "NO_BATCH")]
    shop.must_be_sound()


def test_16_a_distribution_warehouse_does_not_ship_below_zero(shop: Shop, till: Till) -> None:
    shop.warehouse(Warehouse("W1", "LE", store_negative_physical=True))
    shop.warehouse(Warehouse("DC", "LE"))
    shop.sells_item(negative=False)
    shop.orders_fall_back()
    shop.comes_in()
    order = places(shop, till, delivery="ship", warehouse="DC")
    refused = hands_out(till, order, "ship")
    assert (refused.status, refused.codes) == (422, ["NEGATIVE_NOT_ALLOWED"])
    assert Decimal(refused.body["errors"][0]["missing_quantity"]) == 5
    assert shop.exports("invoices") == []
    shop.must_be_sound()


def test_the_cashier_reads_it_in_the_language_of_the_till(shop: Shop, till: Till) -> None:
    shop.sells_item()
    shop.comes_in()
    order = order_of(shop, line("CHEESE", 1))
    english, german = (till.post("customer-orders", order, headers={"Accept-Language": language}) for language in ("en", "de"))
    assert english.body["detail"] == "Line 1: item CHEESE is not known; import it first."
    assert german.codes == english.codes == ["UNKNOWN_ITEM"]
    assert german.body["detail"] != english.body["detail"]
    assert german.headers["Content-Language"] == "de"
