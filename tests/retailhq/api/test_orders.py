"""Customer orders over HTTP, one call after the other."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Item
from tests.retailhq.api.calling import Till, order_of, work
from tests.retailhq.api.counting import counts
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


def test_a_unit_in_another_case_is_the_one_that_exists(shop: Shop, till: Till) -> None:
    sent = order_of(shop)
    for line in sent["lines"]:
        line["unit"] = line["unit"].upper()
    answer = till.post("customer-orders", sent)
    assert answer.status == 201, answer
    assert {line["unit"] for line in answer.body["lines"]} == {"pcs"}


def test_a_repeat_of_a_refused_order_is_refused_too(shop: Shop, till: Till) -> None:
    """A till that sends an order twice in one call must not believe that it is there."""
    good, bad = order_of(shop), order_of(shop) | {"total": "9.99"}
    answer = till.post("customer-orders", [bad, good, bad, good])
    assert [row["status"] for row in answer.body["rows"]] == ["refused", "new", "refused", "unchanged"], answer
    assert [row["errors"][0]["code"] for row in answer.body["rows"] if row["errors"]] == ["TOTALS_DIFFER", "TOTALS_DIFFER"]
    alone = till.post("customer-orders", [bad, bad])
    assert (alone.status, alone.codes) == (422, ["TOTALS_DIFFER", "TOTALS_DIFFER"])


def stages(till: Till, order: str = "CO1") -> dict[str, str]:
    """Where the first line's quantity stands."""
    line = till.get(f"customer-orders/{order}").body["lines"][0]
    return {stage: line[stage] for stage in ("open", "picked", "packed", "invoiced", "cancelled") if line[stage] != "0"}


def part(quantity: int | str, **more: Any) -> dict[str, Any]:
    """A body about the first line."""
    return {"lines": [{"line": 1, "quantity": str(quantity)}], **more}


def test_picked_packed_shipped_and_cancelled_in_parts(shop: Shop, till: Till) -> None:
    till.post("customer-orders", order_of(shop, milk(8), delivery="ship"))
    assert till.post("customer-orders/CO1/pick", part(5)).body == {"order": "CO1", "version": 2}
    assert till.post("customer-orders/CO1/pack", part(4)).status == 200
    assert till.post("customer-orders/CO1/unpack", part(1)).status == 200
    assert till.post("customer-orders/CO1/unpick", part(1, version=4)).status == 200
    assert stages(till) == {"open": "4", "picked": "1", "packed": "3"}
    assert till.post("customer-orders/CO1/pick", part(1, version=4)).codes == ["ORDER_CHANGED"]
    shipped = till.post("customer-orders/CO1/ship", part(4), key="k-1")
    assert (shipped.status, till.post("customer-orders/CO1/pick", part(1)).codes) == (202, ["DELIVERY_IN_PROGRESS"])
    work()
    assert till.post("customer-orders/CO1/ship?wait=1", part(4), key="k-1").body["invoice"] == "CO1-I1"
    assert stages(till) == {"open": "4", "invoiced": "4"}
    assert till.post("customer-orders/CO1/cancel", part(4)).body == {
        "order": "CO1",
        "charge": "0.00",
        "refund": "0.00",
        "credited": "0.00",
        "voucher": None,
    }
    assert till.get("customer-orders/CO1").body["status"] == "invoiced"
    assert till.post("customer-orders/CO1/ship").codes == ["ORDER_CLOSED"]
    shop.must_be_sound()


def test_the_till_takes_what_is_due_but_for_rounding(shop: Shop, till: Till) -> None:
    till.post("customer-orders", order_of(shop, milk(4), paid="2.36"))
    for amount, code in (("3.94", "PAYMENT_INCOMPLETE"), ("4.06", "PAYMENT_TOO_HIGH")):
        before = counts()
        refused = till.post("customer-orders/CO1/pick-up", {"payments": [{"method": "cash", "amount": amount}]}, key="k-1")
        assert (refused.status, refused.codes) == (422, [code])
        assert counts() == before
    paid = {"payments": [{"method": "cash", "amount": "1.50"}, {"method": "card", "amount": "2.50"}]}
    assert till.post("customer-orders/CO1/pick-up", paid, key="k-1").status == 202
    work()
    payments = till.get("customer-orders/CO1").body["payments"]
    assert [(row["kind"], row["method"], row["amount"], row["voucher"], row["delivery"]) for row in payments] == [
        ("deposit", "cash", "2.36", "CO1-DEP", None),
        ("payment", "cash", "1.50", "CO1-I1-PAY", 1),
        ("payment", "card", "2.50", "CO1-I1-PAY", 1),
    ]
    shop.must_be_sound()


def test_what_the_verbs_refuse_changes_nothing(shop: Shop, till: Till) -> None:
    till.post("customer-orders", order_of(shop, milk(4)))
    before = counts()
    for path, body, code in (
        ("ship", None, "NOTHING_TO_DELIVER"),
        ("ship", part(1), "WRONG_DELIVERY_MODE"),
        ("pick-up", part(5), "QUANTITY_NOT_OPEN"),
        ("pick-up", part(0), "BAD_QUANTITY"),
        ("pick", part(-1), "BAD_QUANTITY"),
        ("pick", {}, "MISSING_FIELD"),
        ("pick", {"lines": []}, "NO_ROWS"),
        ("pick", part("x"), "BAD_NUMBER"),
        ("pick", {"lines": [{"line": 1, "quantity": "1"}] * 2}, "DUPLICATE_LINE"),
        ("pick", part(1, colour="red"), "UNKNOWN_FIELD"),
        ("pick-up", {"payments": [{"method": "shells", "amount": "6.36"}]}, "UNKNOWN_PAYMENT_METHOD"),
        ("cancel", part(5), "QUANTITY_NOT_OPEN"),
        ("return", None, "NOTHING_TO_DELIVER"),
    ):
        answer = till.post(f"customer-orders/CO1/{path}", body)
        assert (answer.codes, answer.body["errors"][0]["remedy"] != "") == ([code], True), (path, answer)
    assert counts() == before


def test_goods_come_back_in_another_store(shop: Shop, till: Till) -> None:
    till.post("customer-orders", order_of(shop, milk(4)))
    till.post("customer-orders/CO1/pick-up", {"payments": [{"method": "cash", "amount": "6.36"}]})
    work()
    other = Till(stores=["S2"])
    assert other.post("customer-orders/CO1/return").codes == ["UNKNOWN_ORDER"]
    assert other.post("customer-orders/CO1/return", {"store": "S1"}).codes == ["STORE_NOT_ALLOWED"]
    taken = other.post("customer-orders/CO1/return", {**part(1), "store": "S2"}, key="k-1")
    assert (taken.status, taken.body["order"]) == (202, "CO1-R1")
    work()
    done = other.post("customer-orders/CO1/return?wait=1", {**part(1), "store": "S2"}, key="k-1")
    assert (done.status, done.body["invoice"]) == (200, "CO1-R1-I1")
    back = other.get("customer-orders/CO1-R1").body
    assert (back["lines"][0]["return_of"], back["lines"][0]["allocations"][0]["batch"]) == ({"order": "CO1", "line": 1}, "A")
    assert [(row["kind"], row["amount"]) for row in back["payments"]] == [("refund", "-1.59")]
    shop.must_be_sound()


def test_several_orders_are_answered_row_by_row(shop: Shop, till: Till) -> None:
    good, bad, more = (order_of(shop, milk(1), customer=customer) for customer in ("C1", "NOBODY", "C2"))
    answer = till.post("customer-orders", [good, bad, good, more, {**more, "total": "x"}])
    assert (answer.status, answer.body["new"], answer.body["unchanged"], answer.body["refused"]) == (200, 2, 1, 2)
    assert [row["status"] for row in answer.body["rows"]] == ["new", "refused", "unchanged", "new", "refused"]
    assert [error["code"] for error in answer.body["rows"][1]["errors"]] == ["UNKNOWN_CUSTOMER"]
    before = counts()
    refused = till.post("customer-orders", [bad, {**good, "customer": "C2"}])
    assert (refused.status, refused.codes) == (422, ["UNKNOWN_CUSTOMER", "CONFLICT"])
    assert till.post("customer-orders", {**good, "customer": "C2"}).status == 409
    assert counts() == before


def test_what_is_carried_out_is_a_job_of_the_token(shop: Shop, till: Till) -> None:
    placed = till.post("customer-orders", order_of(shop, milk(2), delivery="carry_out", paid="3.18"))
    (delivery,) = placed.body["deliveries"]
    assert (delivery["verb"], delivery["status"]) == ("carry_out", "queued")
    work()
    assert till.get(f"jobs/{delivery['job']}").body["status"] == "done"
    assert [row["invoice"] for row in till.get("customer-orders/CO1").body["invoices"]] == ["CO1-I1"]


def test_less_than_the_deposit_needs_a_verb_of_its_own(shop: Shop, till: Till) -> None:
    shop.parameters(**{"customer_orders.default_deposit_percent": "50"})
    shop.comes_in()
    order = order_of(shop, milk(4), paid="1.00")
    before = counts()
    assert till.post("customer-orders", order).codes == ["DEPOSIT_TOO_LOW"]
    assert counts() == before
    assert Till("place_orders", "override_deposit").post("customer-orders", order).status == 201


def test_an_order_costs_the_same_whatever_its_size(shop: Shop, till: Till) -> None:
    """Token, the order's key and the order itself."""
    for number, size in enumerate((1, 20), 1):
        till.post("customer-orders", order_of(shop, *[milk(1)] * size))
        with CaptureQueriesContext(connection) as seen:
            till.get(f"customer-orders/CO{number}")
        assert len(seen) == 9, [query["sql"] for query in seen]


@pytest.mark.parametrize(("read", "found"), [("012345678905", 1), ("0012345678905", 1), ("00012345678905", 1), ("012345678912", 0)])
def test_stock_is_found_by_what_a_scanner_reads(till: Till, read: str, found: int) -> None:
    Item.objects.filter(code="MILK").update(barcode="0012345678905")
    assert len(till.get(f"on-hand?barcode={read}").body["rows"]) == found
