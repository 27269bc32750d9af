"""Orders submitted over HTTP without waiting for them."""

import pytest

from orders.models import PendingOrder, SalesOrder
from orders.services.pending import synchronize_orders
from tests.oracle.building import line
from tests.retailhq.api.calling import Till, order_of
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db
LATER = {"Prefer": "respond-async, wait=0"}


def test_a_till_gets_a_confirmation_at_once_and_finds_the_order_later(shop: Shop, till: Till) -> None:
    order = order_of(shop, milk(4), paid="2.36")
    answer = till.post("customer-orders", order, headers=LATER)
    assert (answer.status, answer.body["state"], answer.body["order"], answer.body["link"]) == (202, "waiting", "CO1", None), answer
    address = f"customer-orders/pending/{answer.body['confirmation']}"
    assert answer.headers["Location"] == f"/api/v1/{address}"
    assert till.get("customer-orders/CO1").status == 404

    assert synchronize_orders("clock").created == 1

    assert (till.get(address).body["state"], till.get(address).body["link"]) == ("created", "/api/v1/customer-orders/CO1")
    assert till.get("customer-orders/CO1").body["channel"] == "api"
    # The same once more, either way.
    assert till.post("customer-orders", order, headers=LATER).body["confirmation"] == answer.body["confirmation"]
    assert till.post("customer-orders", order).status == 200
    assert SalesOrder.objects.count() == 1


def test_what_could_not_be_taken_says_why(shop: Shop, till: Till) -> None:
    answer = till.post("customer-orders", order_of(shop, line("CREAM", 1)), headers=LATER)
    synchronize_orders("clock")
    found = till.get(f"customer-orders/pending/{answer.body['confirmation']}").body
    assert (found["state"], [(item["code"], item["line"]) for item in found["errors"]]) == ("failed", [("UNKNOWN_ITEM", 1)])
    assert found["errors"][0]["remedy"]


def test_several_are_kept_row_by_row(shop: Shop) -> None:
    till = Till(stores=["S1"])
    mine, other = order_of(shop), order_of(shop, store="S2")
    answer = till.post("customer-orders", [mine, other, {**mine, "total": "x"}, mine], headers=LATER)
    assert (answer.status, answer.body["new"], answer.body["unchanged"], answer.body["refused"]) == (202, 1, 1, 2), answer
    assert [row["errors"][0]["code"] for row in answer.body["rows"] if row["errors"]] == ["STORE_NOT_ALLOWED", "BAD_NUMBER"]
    assert answer.body["rows"][0]["confirmation"] == answer.body["rows"][3]["confirmation"] == PendingOrder.objects.get().confirmation


def test_nothing_is_kept_of_what_cannot_be_read_or_is_of_another_store(shop: Shop) -> None:
    till = Till(stores=["S2"])
    for body, code in ((order_of(shop), "STORE_NOT_ALLOWED"), ({"order": "X"}, "MISSING_FIELD"), (b"{", "BAD_JSON")):
        assert till.post("customer-orders", body, headers=LATER).codes == [code]
    conflict = order_of(shop, store="S2", number="Y")
    till.post("customer-orders", conflict, headers=LATER)
    assert till.post("customer-orders", {**conflict, "customer": None}, headers=LATER).status == 409
    assert PendingOrder.objects.count() == 1
    assert Till(stores=["S1"]).get(f"customer-orders/pending/{PendingOrder.objects.get().confirmation}").status == 404
