"""Case 10: where the numbers of receipts begin anew each day, none is lost."""

from datetime import timedelta

import pytest

from orders.models import Store
from tests.cases.test_replacing import sends
from tests.cases.world import PricedShop
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE
from tests.oracle.rows import LineRef
from tests.scenarios.world import NOON

DAY = timedelta(days=1)


@pytest.fixture
def milk(shop: PricedShop) -> PricedShop:
    shop.sells_at_cost()
    shop.receives(100, "0.60", "A")
    shop.comes_in()
    Store.objects.update(number_series="day")
    shop.journal.not_followed("receipts are known by date and number")
    return shop


def test_10_the_same_number_on_two_days(milk: PricedShop) -> None:
    first, second = (pos_transaction("S1", "0001", NOON + day * DAY, line("MILK", 1 + day)) for day in (0, 1))
    for row in (first, second):
        answer, refused = sends(milk, row, how=())
        assert (answer.status, answer.data["new"], refused) == (DONE, 1, [])
    answer, _ = sends(milk, first, second, how=())
    assert answer.data["unchanged"] == 2
    back = pos_transaction("S1", "0002", NOON + DAY, line("MILK", -1, return_of=LineRef("S1", "T1", "20240501-0001", 1)))
    same_day = pos_transaction("S1", "0003", NOON + DAY + timedelta(hours=1), line("MILK", -1, return_of=LineRef("S1", "T1", "0001", 1)))
    sends(milk, back, same_day, how=())
    assert milk.exports("problems") == []
    milk.posts()
    milk.must_be_posted()
    assert milk.shelf() == {"A": "99"}
    found = {row["transaction"] for row in milk.exports("allocations")}
    assert found == {"20240501-0001", "20240502-0001", "20240502-0002", "20240502-0003"}


def test_10_the_other_way_is_told(milk: PricedShop) -> None:
    Store.objects.update(number_series="terminal")
    sends(milk, pos_transaction("S1", "0001", NOON, line("MILK", 1)), how=())
    _, refused = sends(milk, pos_transaction("S1", "0001", NOON + DAY, line("MILK", 2)), how=())
    assert [row["code"] for row in refused] == ["CONFLICT"]
    assert "number_series" in refused[0]["message"]
