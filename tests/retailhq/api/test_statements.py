"""Till transactions and statements over HTTP."""

import json
from typing import Any

import pytest

from parameters.models import Unit
from statements.models import PosTransaction, Statement, TransactionVersion
from statements.services.posting import finish_here
from tests.retailhq.api.calling import Till
from tests.retailhq.api.counting import counts
from tests.scenarios.world import Shop

pytestmark = pytest.mark.django_db


def pos_transaction(number: str, **changed: Any) -> dict[str, Any]:
    """Two pieces of milk, paid in cash."""
    line = {"number": 1, "item": "MILK", "quantity": "2", "unit": "pcs", "price": "1.59", "net": "3.18", "tax": "0"}
    return {
        **{"store": "S1", "terminal": "T1", "number": number, "kind": "sale", "sold_at": "2024-05-01T12:00:00+00:00"},
        **{"currency": "USD", "customer": "C1", "staff": "1", "lines": [line]},
        **{"payments": [{"number": 1, "method": "cash", "amount": "3.18"}], "net": "3.18", "tax": "0", "total": "3.18"},
        **changed,
    }


def test_transactions_are_answered_row_by_row(shop: Shop, till: Till) -> None:
    rows = [
        pos_transaction("1"),
        pos_transaction("1"),
        pos_transaction("2", store="S9"),
        pos_transaction("3", total="x"),
        pos_transaction("4", total="9.99"),
        pos_transaction("1", tax="1"),
    ]
    answer = till.post("transactions", rows)
    assert (answer.status, answer.body["new"], answer.body["unchanged"], answer.body["refused"]) == (200, 2, 1, 3), answer
    found = answer.body["rows"]
    assert [row["status"] for row in found] == ["new", "unchanged", "refused", "refused", "new", "refused"]
    assert [row["row"] for row in found] == [1, 2, 3, 4, 5, 6]
    assert [[error["code"] for error in row["errors"]] for row in found] == [[], [], ["UNKNOWN_STORE"], ["BAD_NUMBER"], [], ["CONFLICT"]]
    assert found[3]["errors"][0]["detail"].startswith("total 'x' is not a number")
    # What validation finds on a kept transaction is said at once; it keeps it off statements.
    assert (found[0]["problems"], {problem["severity"] for problem in found[4]["problems"]}) == ([], {"error"})
    assert sorted(PosTransaction.objects.values_list("number", "validation_status")) == [("1", "valid"), ("4", "error")]


def test_replace_takes_the_place_of_what_is_not_posted(shop: Shop, till: Till) -> None:
    assert till.post("transactions", [pos_transaction("1"), pos_transaction("2")]).body["new"] == 2
    changed = [pos_transaction("1", staff="2"), pos_transaction("2")]
    assert till.post("transactions", changed).body["refused"] == 1
    key = "one-key"
    assert till.post("transactions", changed, key=key).body["refused"] == 1
    assert till.post("transactions?replace=true", changed, key=key).codes == ["IDEMPOTENCY_KEY_REUSED"]
    answer = till.post("transactions?replace=true", changed)
    assert (answer.body["replaced"], answer.body["unchanged"], [row["status"] for row in answer.body["rows"]]) == (
        *(1, 1),
        ["replaced", "unchanged"],
    )
    assert till.post("transactions?replace=true", changed).body["unchanged"] == 2
    (version,) = TransactionVersion.objects.all()
    assert (version.actor, version.changes) == (
        till.token.actor if till.token else "",
        [[None, "staff", "1", "2", "Sent again by a till."]],
    )
    shop.posts()
    assert till.post("transactions?replace=true", pos_transaction("1", staff="3")).codes == ["POSTED_ALREADY"]


def test_a_unit_in_another_case_is_the_one_that_exists(shop: Shop, till: Till) -> None:
    """The same rule as in files: a till that writes PCS makes no second unit beside pcs."""
    sent = pos_transaction("1")
    sent["lines"][0]["unit"] = "PCS"
    answer = till.post("transactions", [sent])
    assert (answer.body["new"], answer.body["rows"][0]["problems"]) == (1, []), answer
    assert list(Unit.objects.values_list("code", flat=True)) == ["pcs"]
    assert PosTransaction.objects.get().lines.get().unit_id == "pcs"
    assert till.post("transactions", [sent]).body["unchanged"] == 1


def test_ndjson_is_the_file_that_import_takes(shop: Shop, till: Till) -> None:
    lines = "".join(json.dumps(pos_transaction(str(number))) + "\n" for number in range(3)).encode()
    answer = till.post("transactions", lines, content_type="application/x-ndjson")
    assert (answer.status, answer.body["new"]) == (200, 3)
    assert till.post("transactions", lines, content_type="application/x-ndjson").body["unchanged"] == 3


def test_numbers_never_pass_a_float(shop: Shop, till: Till) -> None:
    body = json.dumps(pos_transaction("1", total=0)).replace('"total": 0', '"total": 3.180000000000000000001').encode()
    assert till.post("transactions", body).codes == ["BAD_NUMBER"]
    assert till.post("transactions", body.replace(b"3.180000000000000000001", b"3.18")).body["new"] == 1


def test_when_nothing_can_be_kept_nothing_changes(shop: Shop, till: Till) -> None:
    before = counts()
    answer = till.post("transactions", [pos_transaction("1", store="S9", terminal="NEW"), pos_transaction("2", currency="")])
    assert (answer.status, answer.codes) == (422, ["UNKNOWN_STORE", "BAD_VALUE"])
    assert counts() == before


def test_a_return_that_came_before_its_sale_is_healed(shop: Shop, till: Till) -> None:
    back = {"store": "S1", "terminal": "T1", "number": "1", "line": 1}
    line = {**pos_transaction("2")["lines"][0], "quantity": "-2", "net": "-3.18", "return_of": back}
    returned = pos_transaction("2", lines=[line], net="-3.18", total="-3.18", payments=[{"number": 1, "method": "cash", "amount": "-3.18"}])
    assert [problem["code"] for problem in till.post("transactions", returned).body["rows"][0]["problems"]] == ["L16"]
    assert till.post("transactions", pos_transaction("1")).body["new"] == 1
    assert PosTransaction.objects.get(number="2").validation_status == "valid"


@pytest.fixture
def statement(shop: Shop, till: Till) -> str:
    """A calculated statement of S1."""
    assert till.post("transactions", [pos_transaction("1"), pos_transaction("2")]).body["new"] == 2
    shop.calculates()
    return shop.statement()["statement"]


def work() -> None:
    finish_here(list(Statement.objects.exclude(work_state="").values_list("pk", flat=True)), "test")


def test_a_statement_is_posted(shop: Shop, till: Till, statement: str) -> None:
    (row,) = till.get("statements?store=S1&business_date=2024-05-01").body["rows"]
    assert (row["statement"], row["calc_state"], row["post_state"], row["total"]) == (statement, "Calculated", "", "6.36")
    asked = till.post(f"statements/{statement}/post", key="k-1")
    assert (asked.status, asked.body["status"], asked.headers["Location"]) == (202, "queued", f"/api/v1/jobs/{asked.body['job']}")
    assert till.post(f"statements/{statement}/post").codes == ["NOTHING_TO_POST"]
    work()
    done = till.post(f"statements/{statement}/post?wait=1", key="k-1")
    assert (done.status, done.body["status"], done.body["result"]["posted"]) == (200, "done", 1)
    (row,) = till.get("statements").body["rows"]
    assert (row["post_state"], row["failed_state"]) == ("Posted", "")
    shop.must_be_posted()


def test_why_a_statement_is_not_posted(shop: Shop, till: Till) -> None:
    till.post("transactions", pos_transaction("1", lines=[{**pos_transaction("1")["lines"][0], "quantity": "12", "price": "0.265"}]))
    shop.calculates()
    number = shop.statement()["statement"]
    till.post(f"statements/{number}/post", key="k-1")
    work()
    refused = till.post(f"statements/{number}/post?wait=1", key="k-1")
    assert (refused.status, refused.codes) == (422, ["NO_VALID_BATCH"])
    (error,) = refused.body["errors"]
    assert (error["key"], error["item"], error["missing_quantity"]) == (number, "MILK", "2")
    assert till.get(f"jobs/{refused.body['job']}").body["problems"] == refused.body["errors"]


def test_lists_are_paged_by_cursor(shop: Shop, till: Till) -> None:
    for number in range(5):
        shop.has(f"B{number}", 1)
    shop.comes_in()
    seen: list[str] = []
    path = "on-hand?limit=2"
    for _ in range(4):
        page = till.get(path).body
        seen += [row["batch"] for row in page["rows"]]
        if page["next"] is None:
            break
        path = f"on-hand?limit=2&after={page['next']}"
    assert len(seen) == len(set(seen)) == 6
    assert set(seen) == {"A", *(f"B{number}" for number in range(5))}
    assert till.get("statements?after=" + path.rpartition("=")[2]).codes == ["BAD_CURSOR"]


def test_orders_that_failed_are_discarded_once(shop: Shop, till: Till) -> None:
    line = {**pos_transaction("1")["lines"][0], "quantity": "20", "net": "31.80"}
    payment = {"number": 1, "method": "cash", "amount": "31.80"}
    till.post("transactions", pos_transaction("1", lines=[line], payments=[payment], net="31.80", total="31.80"))
    shop.posts()
    statement = Statement.objects.get()
    assert statement.failed_state
    key = "one-key"
    answer = till.post(f"statements/{statement.number}/discard-orders", {}, key=key)
    assert (answer.status, answer.body) == (200, {"transactions": 1, "stays": False}), answer
    assert till.post("statements/S9-000001/discard-orders", {}).codes == ["UNKNOWN_STATEMENT"]
    shop.calculates()
    number = Statement.objects.get().number
    refused = till.post(f"statements/{number}/discard-orders", {})
    assert (refused.status, refused.codes) == (422, ["NO_ORDER_TO_DISCARD"])
