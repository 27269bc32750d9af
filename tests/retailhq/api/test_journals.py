"""`POST journals`: an answer for each line, within the stores of the token, once per key."""

from pathlib import Path
from typing import Any

import pytest

from core.api.models import Token
from inventory.models import JournalLine
from tests.cases.world import PricedShop
from tests.retailhq.api.calling import Till

pytestmark = pytest.mark.django_db
V = Token.Verb


@pytest.fixture
def shop(tmp_path: Path) -> PricedShop:
    shop = PricedShop(tmp_path)
    shop.sells_at_cost(negative=False)
    shop.receives(100, "0.60", "A", receipt="R1")
    shop.comes_in()
    return shop


@pytest.fixture
def till(shop: PricedShop) -> Till:
    return Till(V.POST_JOURNALS, stores=["S1"])


def line(number: int = 1, **values: Any) -> dict[str, Any]:
    row = {"journal": "J1", "line": number, "kind": "adjustment", "warehouse": "W1", "item": "MILK", "batch": "A", "quantity": "-3"}
    return {**row, "date": "2024-05-01", "reason": "found too many", **values}


def test_lines_are_answered_each_for_itself(till: Till, shop: PricedShop) -> None:
    rows = [line(), line(2, quantity=-2.5), line(3, item="GONE"), line(4, warehouse="W2"), line(5, kind="lost"), line(6, quantity="x")]
    answer = till.post("journals", rows)
    assert answer.status == 200
    body = answer.body
    assert (body["new"], body["unchanged"], body["refused"]) == (2, 0, 4)
    codes = [[error["code"] for error in row["errors"]] for row in body["rows"]]
    kinds = "adjustment, count, transfer, write_off, supplier_return, receipt_correction"
    said = f"The line is not a line of a journal. kind 'lost' is not known here; write {kinds}."
    assert body["rows"][4]["errors"][0]["detail"] == said
    assert codes == [[], [], ["UNKNOWN_ITEM"], ["STORE_NOT_ALLOWED"], ["BAD_JSON"], ["BAD_NUMBER"]]
    assert shop.shelf() == {"A": "94.5"}
    assert {row.actor[:6] for row in JournalLine.objects.all()} == {"token:"}
    again = till.post("journals", rows[:2]).body
    assert [row["status"] for row in again["rows"]] == ["unchanged", "unchanged"]
    assert shop.shelf() == {"A": "94.5"}


def test_nothing_that_can_be_posted_is_a_problem(till: Till, shop: PricedShop) -> None:
    answer = till.post("journals", line(quantity="-101"))
    assert (answer.status, answer.body["code"]) == (422, "NEGATIVE_NOT_ALLOWED")
    assert shop.shelf() == {"A": "100"}


def test_a_call_under_a_key_is_done_once(till: Till, shop: PricedShop) -> None:
    for _ in range(2):
        assert till.post("journals", line(), key="one").body["new"] == 1
    assert shop.shelf() == {"A": "97"}
