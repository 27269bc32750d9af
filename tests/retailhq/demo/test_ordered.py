"""Customer orders of the demo: like baskets, money that the import accepts, goods that come in or do not, every fate seen."""

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retailhq.demo.customer_orders import DEPOSIT_PERCENT, ORDERS, PLANS, Fate, fate_of
from retailhq.demo.fulfilment import STEPS, planned_orders
from tests.retailhq.demo.made_up import WEEK, derived, market, table, transactions


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Derive a market with more baskets of named customers than there are orders."""
    folder = tmp_path_factory.mktemp("ordered")
    derived(folder, market(stores=(367, 356, 292, 300), baskets=60), replace(WEEK, stores=3))
    return folder


def orders(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "customer-orders.ndjson").read_text(encoding="utf-8").splitlines()]


def test_orders_are_like_baskets(folder: Path) -> None:
    baskets = {(ticket["store"], ticket["number"]): ticket for ticket in transactions(folder)}
    found = orders(folder)
    assert len(found) == ORDERS + 1
    assert len({order["order"] for order in found}) == len(found)
    for order in found:
        basket = baskets[order["store"], order["order"].removeprefix("CO")]
        bought = Counter((line["item"], line["quantity"], line["net"]) for line in basket["lines"])
        assert Counter((line["item"], line["quantity"], line["net"]) for line in order["lines"]) <= bought
        assert [line["number"] for line in order["lines"]] == list(range(1, len(order["lines"]) + 1))
        assert order["customer"] == basket["customer"]


def test_the_money_is_what_the_import_asks_for(folder: Path) -> None:
    for order in orders(folder)[:-1]:
        amounts = {False: Decimal(0), True: Decimal(0)}
        for line in order["lines"]:
            amounts[line.get("delivery") == "carry_out"] += Decimal(line["net"]) + Decimal(line["tax"])
        (payment,) = order["payments"]
        assert sum(amounts.values()) == Decimal(order["total"]) == Decimal(order["net"]) + Decimal(order["tax"])
        assert amounts[True] + amounts[False] * DEPOSIT_PERCENT / 100 <= Decimal(payment["amount"]) <= Decimal(order["total"])


def test_goods_come_in_but_for_those_that_are_to_be_missing(folder: Path) -> None:
    tracked = {row["item"]: row["batch_tracked"] == "true" for row in table(folder / "items.csv")}
    came = {(row["receipt"].removeprefix("C"), row["line"]): row for row in table(folder / "receipts-orders.csv")}
    missing: Counter[str] = Counter()
    for place, order in enumerate(orders(folder)):
        for line in order["lines"]:
            receipt = came.pop((order["order"].removeprefix("CO"), str(line["number"])), None)
            if receipt is None:
                assert tracked[line["item"]]
                missing[order["order"]] += 1
                assert fate_of(place) is Fate.UNCOVERED or place == ORDERS
            else:
                assert (receipt["item"], receipt["quantity"]) == (line["item"], line["quantity"])
                assert (receipt["batch"] != "") == tracked[line["item"]]
                assert receipt["expires_on"] == "", "the demo shows the same whenever it is run"
    assert not came
    assert len(missing) == ORDERS // len(PLANS) + 1


def test_the_refused_order_wants_the_item_that_was_never_delivered(folder: Path) -> None:
    (missing,) = table(folder / "receipts-fallback-off.csv")
    last = orders(folder)[-1]
    assert {line["item"] for line in last["lines"]} == {missing["item"]}
    assert last["payments"] == []


def test_every_fate_is_planned_and_has_its_steps(folder: Path) -> None:
    planned = planned_orders(folder / "customer-orders.ndjson", orders(folder)[-1]["store"])
    assert {order.fate for order in planned} == set(Fate) == set(STEPS)
    assert [order.fate for order in planned].count(Fate.REFUSED) == 1
    modes = {order["order"]: order["delivery"] for order in orders(folder)}
    assert {modes[order.number] for order in planned if order.fate is Fate.SHIPPED} == {"ship"}
    along = {order["order"] for order in orders(folder) if any(line.get("delivery") for line in order["lines"])}
    assert along == {order.number for order in planned if order.fate is Fate.HYBRID}


def test_a_small_slice_has_as_many_orders_as_there_are_baskets(tmp_path: Path) -> None:
    result = derived(tmp_path, market(baskets=6))
    assert 0 < result.customer_orders < ORDERS
    assert len(orders(tmp_path)) == result.customer_orders
