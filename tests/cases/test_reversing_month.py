"""A month that is reversed is as if it had never been posted: on-hand, debts and credits, balances of all accounts."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from inventory.models import BatchCredit, DefaultStockUse
from tests.cases.test_reversing import numbers, reverses, standing
from tests.cases.world import PricedShop
from tests.oracle.building import cash_event
from tests.oracle.commands import DONE
from tests.oracle.rows import LineRef
from tests.scenarios.world import NOON

ITEMS = ("MILK", "CREAM", "BAG")
DAYS = 6


@pytest.mark.parametrize("averages", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_reversed_month_is_as_if_it_had_never_been_posted(shop: PricedShop, averages: bool, seed: int) -> None:
    chance = random.Random(seed)
    shop.sells_at_cost("0.60", "MILK")
    shop.sells_at_cost("1.337", "CREAM")
    shop.sells_at_cost("0.10", "BAG", tracked=False)
    shop.falls_back()
    shop.parameters(statements__max_difference="1000")
    if averages:
        shop.averages()
    for warehouse in ("W1", "W2"):
        for place, (quantity, cost) in enumerate((("7", "0.61"), ("5", "0.335"), ("9", "1.005"))):
            shop.receives(quantity, cost, f"B{place}", item=ITEMS[place % 2], warehouse=warehouse, at=NOON - timedelta(days=30 - place))
    # One day before the month: what it owes and what lies there must be as it was.
    shop.sells(20, at=NOON, store="S1")
    shop.takes_back(None, 3, item="CREAM", at=NOON, store="S2")
    shop.posts()
    before, known = standing(shop), set(numbers(shop))
    lying = list(BatchCredit.objects.order_by("id").values_list("source_id", "quantity", "open_quantity"))
    sold: list[tuple[LineRef, str, Decimal]] = []
    for day in range(1, DAYS + 1):
        rings_a_day(shop, chance, NOON + timedelta(days=day), sold)
        assert shop.posts().status == DONE
    shop.must_be_posted()
    assert standing(shop) != before
    for number in reversed([number for number in ordered(shop) if number not in known]):
        reverses(shop, "--statement", number)
        shop.must_be_worth_what_it_costs()
    assert standing(shop) == before
    assert list(BatchCredit.objects.order_by("id").values_list("source_id", "quantity", "open_quantity")) == lying
    assert not DefaultStockUse.objects.exists()


def ordered(shop: PricedShop) -> list[str]:
    """Statements as they were posted: by day."""
    rows = [row for row in shop.exports("statements") if row["post_state"] == "Posted"]
    return [row["statement"] for row in sorted(rows, key=lambda row: (row["business_date"], row["statement"]))]


def rings_a_day(shop: PricedShop, chance: random.Random, noon: datetime, sold: list[tuple[LineRef, str, Decimal]]) -> None:
    """Sales, returns of this and earlier days, blind ones, cash moved, and a count that is over or short."""
    for number in range(6):
        at = noon + timedelta(minutes=number)
        store, item, quantity = chance.choice(("S1", "S2")), chance.choice(ITEMS), Decimal(chance.choice(("1", "2.5", "4", "0.3333")))
        if number == 3 and sold:
            sale, item, left = sold.pop(chance.randrange(len(sold)))
            shop.takes_back(sale, str(left), item=item, at=at, store=chance.choice(("S1", "S2")))
        elif number == 4:
            shop.takes_back(None, str(quantity), item=item, at=at, store=store)
        else:
            sold.append((shop.sells(str(quantity), item=item, at=at, store=store), item, quantity))
    for store in ("S1", "S2"):
        shop.transactions_made += 3
        for place, (kind, amount) in enumerate((("float", "20"), ("bank_drop", "5"), ("tender_declaration", str(chance.randint(5, 40))))):
            event = cash_event(store, str(shop.transactions_made - place), noon + timedelta(hours=2, minutes=place), kind, amount)
            shop.keeps(event)
