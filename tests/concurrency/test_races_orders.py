"""Customer orders under real parallel connections and on a real worker: asked for twice, beside statements, left by a dead run."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from orders.models import Delivery
from orders.queries.deliveries import hold_open_orders, open_orders
from orders.rules.deliveries import Part
from orders.rules.fulfilment import Verb
from orders.services.deliveries import WORK, finish_here, request_deliveries, rescue_interrupted
from orders.writes.deliveries import insert_deliveries
from retailhq.db.bulk import execute
from retailhq.embedded.supervise import Crew
from retailhq.lanes.services import running
from tests.concurrency.parallel import Crowd, somebody_waits_for_a_lock, wait_for
from tests.oracle.commands import run
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(tmp_path: Path, transactional_db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.orders_fall_back()
    shop.falls_back()
    shop.has("A", 5)
    return shop


def ask() -> list[int]:
    return request_deliveries(open_orders(), Verb.INVOICE, None, "test", to_workers=False)[1]


def test_a_worker_invoices_what_waits(shop: Shop, start_worker: Callable[..., Crew]) -> None:
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    start_worker(concurrency=1)
    answer = run("invoice_orders", "--wait")
    assert (answer.status, answer.data["invoiced"]) == (0, 1), answer
    assert shop.order_allocated(order) == [("A", "4", "allocated", "FEFO")]
    shop.must_be_sound()


def test_two_tills_ask_for_the_same_order_and_one_delivers_it(shop: Shop) -> None:
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    with Crowd() as crowd:
        with transaction.atomic():
            first = ask()
            second = crowd.start(ask)
            wait_for(somebody_waits_for_a_lock, "the second till waits for the order")
        assert second.result() == []
    assert len(first) == 1
    finish_here(first, "test")
    assert shop.order_allocated(order) == [("A", "4", "allocated", "FEFO")]
    shop.must_be_sound()


def test_without_the_row_lock_the_index_refuses_a_second_delivery(shop: Shop) -> None:
    """The control: what the order's lock prevents, the last guard refuses."""
    shop.is_ordered(milk(4))
    shop.comes_in()
    with transaction.atomic():
        (order,) = hold_open_orders(open_orders())
    ask()
    delivery = Delivery.objects.get()
    (line,) = delivery.lines.all()
    part = (order.order_id, line.order_line_id, line.quantity, line.stock_quantity, line.net, line.tax, None)
    with pytest.raises(IntegrityError, match="one_open_delivery_per_order"):
        insert_deliveries([order], {order.order_id: [Part(*part)]}, {order.order_id: delivery.day}, "invoice", delivery.requested_at, "x")


def test_an_order_and_a_statement_compete_for_the_last_units(shop: Shop) -> None:
    # Carried out: nothing is set aside, so both want the same five pieces.
    order = shop.is_ordered(milk(4), delivery="carry_out", paid="6.36")
    sale = shop.sells(4)
    shop.calculates()
    with Crowd() as crowd:
        answers = [crowd.start(lambda: run("invoice_orders", "--inline")), crowd.start(lambda: run("post_statements", "--inline"))]
        assert [answer.result().status for answer in answers] == [0, 0]
    taken = [Decimal(row[1]) for row in (*shop.order_allocated(order), *shop.allocated(sale)) if row[0] == "A"]
    assert sum(taken) == 5
    assert shop.shelf().get("A") is None
    shop.must_be_posted()


def test_what_a_dead_run_left_is_brought_back(shop: Shop) -> None:
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    asked = ask()
    execute("UPDATE orders_delivery SET work_state = 'running', run_token = %s, heartbeat_at = now() - interval '1 hour'", [str(uuid4())])
    assert rescue_interrupted(0)["requeued"] == 1
    finish_here(asked, "test")
    assert shop.order_allocated(order) == [("A", "4", "allocated", "FEFO")]
    shop.must_be_sound()


def test_a_run_that_was_given_up_writes_nothing(shop: Shop) -> None:
    """The fence: the token is gone, so a worker that wakes up finds nothing to do."""
    shop.is_ordered(milk(4))
    shop.comes_in()
    asked = ask()
    token = uuid4()
    execute("UPDATE orders_delivery SET work_state = 'running', run_token = %s, heartbeat_at = now()", [str(token)])
    late = WORK.look()(asked, token, "late")
    rescue_interrupted(0)
    late.run()
    assert shop.exports("invoices") == []
    running.run_lanes(WORK, [Delivery.objects.get().warehouse_id], "test")
    assert [row["invoice"] for row in shop.exports("invoices")] == ["CO1-I1"]
    shop.must_be_sound()
