"""`POST receipts`: an answer for each line with its warnings, within the stores of the token, once per key."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.access.models import AuditEntry
from core.api.models import Token
from tests.cases.world import PricedShop
from tests.retailhq.api.calling import Till

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(tmp_path: Path) -> PricedShop:
    shop = PricedShop(tmp_path)
    shop.sells_at_cost("0.60")
    shop.falls_back()
    shop.comes_in()
    return shop


@pytest.fixture
def till(shop: PricedShop) -> Till:
    return Till(Token.Verb.POST_JOURNALS, stores=["S1"])


def line(number: int = 1, **values: Any) -> dict[str, Any]:
    row = {"receipt": "R1", "line": number, "warehouse": "W1", "item": "MILK", "batch": "A", "quantity": "10", "unit_cost": 0.6}
    return {**row, "received_at": "2024-04-01T08:00:00Z", **values}


def test_lines_are_answered_each_for_itself(till: Till, shop: PricedShop) -> None:
    good, foreign = [line(), line(2, batch="B", quantity=2.5)], line(4, warehouse="W2")
    rows = [*good, line(3, item="GONE"), foreign, line(5, colour="red"), line(6, batch="")]
    answer = till.post("receipts", rows)
    assert answer.status == 200
    body = answer.body
    assert (body["new"], body["unchanged"], body["refused"]) == (2, 0, 4)
    codes = [[error["code"] for error in row["errors"]] for row in body["rows"]]
    assert codes == [[], [], ["UNKNOWN_ITEM"], ["STORE_NOT_ALLOWED"], ["BAD_JSON"], ["BATCH_REQUIRED"]]
    assert body["rows"][4]["errors"][0]["detail"].startswith("The line is not a line of a receipt. colour is no field of the format")
    assert (shop.shelf(), shop.account("inventory")) == ({"A": "10", "B": "2.5"}, Decimal("7.5"))
    entry = AuditEntry.objects.get(action=AuditEntry.Action.RECEIVE)
    assert (entry.actor[:6], entry.details["lines"]) == ("token:", 2)
    again = till.post("receipts", [*good, line(quantity="11")]).body
    assert [row["status"] for row in again["rows"]] == ["unchanged", "unchanged", "refused"]
    assert again["rows"][2]["errors"][0]["code"] == "CONFLICT"
    assert shop.shelf() == {"A": "10", "B": "2.5"}
    shop.must_be_sound()


def test_what_is_odd_is_taken_and_said(till: Till, shop: PricedShop) -> None:
    assert till.post("receipts", line()).body["rows"][0]["warnings"] == []
    body = till.post("receipts", [line(receipt="R2"), line(2, quantity="10001")]).body
    assert [[warning["code"] for warning in row["warnings"]] for row in body["rows"]] == [["DUPLICATE_RECEIPT"], ["IMPLAUSIBLE"]]
    assert all(warning["remedy"] for row in body["rows"] for warning in row["warnings"])
    assert shop.shelf() == {"A": "10021"}


def test_goods_pay_what_was_sold_before_they_came(till: Till, shop: PricedShop) -> None:
    shop.parameters(inventory__pay_debt_on_receipt="true")
    shop.sells(4)
    shop.posts()
    assert till.post("receipts", line()).body["new"] == 1
    assert shop.shelf() == {"A": "6"}
    shop.must_be_sound()


def test_nothing_that_can_be_taken_in_is_a_problem(till: Till, shop: PricedShop) -> None:
    answer = till.post("receipts", line(quantity="-1"))
    assert (answer.status, shop.shelf()) == (422, {})


def test_a_call_under_a_key_is_done_once(till: Till, shop: PricedShop) -> None:
    for _ in range(2):
        assert till.post("receipts", line(), key="one").body["new"] == 1
    assert shop.shelf() == {"A": "10"}
