"""Customer orders over HTTP, one call after the other."""

import pytest

from tests.api.calling import Till, order_of, work
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db


def test_an_order_is_placed_looked_at_and_invoiced(shop: Shop, till: Till) -> None:
    placed = till.post("customer-orders", order_of(shop, milk(4), paid="2.36"))
    assert placed.status == 201, placed
    assert placed.headers["Location"] == "/api/v1/customer-orders/CO1"
    (line,) = placed.body["lines"]
    assert (line["open"], line["reserved"], line["allocations"]) == ("4", [{"batch": "A", "quantity": "4"}], [])
    assert [(row["kind"], row["amount"], row["voucher"]) for row in placed.body["payments"]] == [("deposit", "2.36", "CO1-DEP")]

    asked = till.post("customer-orders/CO1/invoice")
    assert (asked.status, asked.body["status"], asked.body["job"]["status"]) == (202, "queued", "queued"), asked
    assert till.get(f"jobs/{asked.body['job']['job']}").body == asked.body["job"]
    work()

    order = till.get("customer-orders/CO1")
    assert order.status == 200, order
    (line,) = order.body["lines"]
    assert (line["open"], line["invoiced"], line["reserved"]) == ("0", "4", [])
    assert line["allocations"] == [{"warehouse": "W1", "batch": "A", "quantity": "4", "source": "allocated", "reason": "FEFO"}]
    assert [(row["status"], row["invoice"]) for row in order.body["deliveries"]] == [("invoiced", "CO1-I1")]
    assert (order.body["status"], order.body["invoiced"], order.body["deposit_used"]) == ("invoiced", "6.36", "2.36")
    assert till.get(f"jobs/{asked.body['job']['job']}").body["status"] == "done"
    shop.must_be_sound()


def test_a_repeat_of_a_refused_order_is_refused_too(shop: Shop, till: Till) -> None:
    """A till that sends an order twice in one call must not believe that it is there."""
    good, bad = order_of(shop), order_of(shop) | {"total": "9.99"}
    answer = till.post("customer-orders", [bad, good, bad, good])
    assert [row["status"] for row in answer.body["rows"]] == ["refused", "new", "refused", "unchanged"], answer
    assert [row["errors"][0]["code"] for row in answer.body["rows"] if row["errors"]] == ["TOTALS_DIFFER", "TOTALS_DIFFER"]
    alone = till.post("customer-orders", [bad, bad])
    assert (alone.status, alone.codes) == (422, ["TOTALS_DIFFER", "TOTALS_DIFFER"])
