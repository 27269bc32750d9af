"""Stock that a chunk has locked is free again when the chunk is done: the parameters say how many lines a till may have to wait for.

Two days of a store are posted; while the second stands in its transaction, a till reserves what was sold on the first day. With a chunk
that has room for both days, it waits.
"""

from datetime import date
from typing import Any

import pytest

from core.db.bulk import fetch_all
from inventory.models import Item
from inventory.writes import takes
from orders.services import invoices
from statements.models import Statement
from statements.services.posting import postable_statements, request_posting
from statements.services.runner import post_partitions
from tests.concurrency.parallel import Gate, ThreadGroup, somebody_waits_for_a_lock, wait_for
from tests.concurrency.tills import ask, comes_in, incoming, take
from tests.oracle.building import line
from tests.oracle.commands import set_parameters
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db(transaction=True)

EVER, WITH_ORDERS = "posting.max_lines_per_chunk", "posting.max_lines_per_chunk_with_orders"


def till_waits(shop: Shop, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, str], *, order_waits: bool) -> bool:
    """Whether a till has to wait for milk of the first day while the second day, which sold none, is being posted."""
    shop.sells_item("EGGS")
    shop.sells_item("BREAD")
    shop.has("E", 5, item="EGGS")
    shop.has("B", 5, item="BREAD")
    shop.rings(milk(1), milk(1), business_date=date(2024, 5, 1))
    shop.rings(line("EGGS", 1), line("EGGS", 1), business_date=date(2024, 5, 2))
    if order_waits:
        shop.is_ordered(line("BREAD", 1), delivery="carry_out", paid="1.59")
    order = incoming(shop, milk(1))
    comes_in(shop)
    shop.calculates()
    set_parameters(parameters)
    if order_waits:
        ask()
    request_posting(postable_statements(), None, "test", to_workers=False)
    warehouses = list(set(Statement.objects.values_list("warehouse_id", flat=True)))
    eggs = Item.objects.get(code="EGGS").pk
    gate = Gate()
    genuine = takes.take_off_hand

    def stop_on_the_second_day(*arguments: Any) -> None:
        genuine(*arguments)
        if (eggs,) in fetch_all("SELECT DISTINCT item_id FROM work_take"):
            gate.stop_first()

    monkeypatch.setattr(invoices, "take_off_hand", stop_on_the_second_day)
    with ThreadGroup() as threads:
        posting = threads.start(lambda: post_partitions(warehouses, "test"))
        gate.wait()
        till = threads.start(lambda: take(order))
        try:
            wait_for(lambda: till.done() or somebody_waits_for_a_lock(), "the till is done, or waits")
            waited = not till.done()
        finally:
            gate.open()
        assert till.result() == "new"
        posting.result()
    shop.must_be_posted()
    return waited


@pytest.mark.parametrize(
    ("ever", "with_orders", "order_waits", "waits"),
    [
        pytest.param(2, 2, False, False, id="a day a chunk"),
        pytest.param(4, 4, False, True, id="control: both days in a chunk"),
        pytest.param(4, 2, True, False, id="a day a chunk while an order waits"),
        pytest.param(4, 2, False, True, id="control: no order waits"),
        pytest.param(4, 4, True, True, id="control: both days in a chunk while an order waits"),
        pytest.param(2, 4, True, False, id="never more than without orders"),
    ],
)
def test_stock_is_locked_no_longer_than_a_chunk_of_that_size(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, ever: int, with_orders: int, order_waits: bool, waits: bool
) -> None:
    parameters = {EVER: str(ever), WITH_ORDERS: str(with_orders)}
    assert till_waits(shop, monkeypatch, parameters, order_waits=order_waits) is waits
