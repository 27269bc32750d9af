"""Plausible or asked for (7.7): quantities and values beyond a company's limits are named at every door, and nothing else happens."""

import json
from pathlib import Path

import pytest

from tests.cases.test_untidy_days import sends, sold, ticket
from tests.cases.world import PricedShop
from tests.oracle.commands import Answer, done, run
from tests.scenarios.world import NOON


@pytest.fixture
def till(shop: PricedShop) -> PricedShop:
    shop.sells_at_cost("1.00", "BAG", tracked=False)
    shop.comes_in()
    done("set_parameters", "validation.largest_quantity=100", "validation.largest_amount=500")
    return shop


def imported(shop: PricedShop, kind: str, content: str) -> Answer:
    shop.steps += 1
    path = Path(shop.folder) / f"{kind}{shop.steps}.txt"
    path.write_text(content, encoding="utf-8")
    return run("import_data", kind, str(path))


def receipt_of(quantity: str, cost: str) -> str:
    header = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at\n"
    return f"{header}R{quantity}-{cost},1,W1,BAG,,{quantity},{cost},{NOON.isoformat()}\n"


def order_of(number: str, quantity: str, price: str) -> str:
    line = sold("BAG", quantity, price)
    head = {"store": "S1", "order": number, "customer": "C1", "ordered_at": NOON.isoformat(), "delivery": "pickup", "currency": "USD"}
    return json.dumps({**head, "lines": [line], "payments": [], "net": line["net"], "tax": "0", "total": line["net"]}) + "\n"


def test_goods_that_come_in(till: PricedShop) -> None:
    for quantity, cost, warned in (("100", "5.00", False), ("100.5", "1.00", True), ("10", "50.01", True)):
        answer = imported(till, "receipts", receipt_of(quantity, cost))
        assert (answer.data["new"], [row["code"] for row in answer.data["warnings"]]) == (1, ["IMPLAUSIBLE"] if warned else [])


def test_journals_and_orders(till: PricedShop) -> None:
    header = "journal,line,kind,warehouse,item,batch,quantity,date,reason\n"
    for quantity, warned in (("100", False), ("101", True)):
        answer = imported(till, "journals", f"{header}J{quantity},1,adjustment,W1,BAG,,{quantity},{NOON:%Y-%m-%d},found\n")
        assert (answer.data["new"], len(answer.data["warnings"])) == (1, warned)
    for number, quantity, price, warned in (("A", "100", "5.00", False), ("B", "101", "1.00", True), ("C", "10", "50.01", True)):
        answer = imported(till, "customer-orders", order_of(number, quantity, price))
        assert (answer.data["new"], len(answer.data["warnings"])) == (1, warned)


def test_tickets(till: PricedShop) -> None:
    rows = [ticket(1, [sold("BAG", "100", "5.00")]), ticket(2, [sold("BAG", "-101", "1.00")]), ticket(3, [sold("BAG", "10", "50.01")])]
    assert sends(till, *rows) == set(), "warnings keep nothing off"
    assert {(row["transaction"], row["code"]) for row in till.exports("problems")} == {("2", "L20"), ("3", "H23")}
    till.posts()
    till.must_be_posted()


def test_without_limits_everything_is_plausible(till: PricedShop) -> None:
    done("set_parameters", "validation.largest_quantity=", "validation.largest_amount=")
    assert sends(till, ticket(1, [sold("BAG", "999999", "5.00")])) == set()
    assert till.exports("problems") == []
