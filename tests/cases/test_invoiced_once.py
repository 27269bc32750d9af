"""invoice_orders asked for again and again, here, by workers or by several at once: each order is delivered once and counted once."""

import pytest

from orders.models import Delivery, Invoice
from orders.queries.deliveries import deliveries_in_work
from orders.services.delivery_queue import finish_here
from tests.cases.world import PricedShop
from tests.oracle.building import line
from tests.oracle.commands import DONE, PARTLY, run

ORDERS = 6


@pytest.fixture
def ordered(shop: PricedShop) -> PricedShop:
    """Orders to be picked up, and one that is carried out at once, which importing it has sent to be invoiced."""
    shop.sells_at_cost()
    shop.orders_fall_back()
    for number in range(ORDERS):
        shop.is_ordered(line("MILK", 2), delivery="carry_out" if not number else "pickup", paid="3.18" if not number else "0")
    shop.comes_in()
    assert len(deliveries_in_work()) == 1
    return shop


def must_be_delivered_once(answer_orders: int) -> None:
    assert answer_orders == ORDERS
    assert Delivery.objects.count() == Invoice.objects.count() == ORDERS
    assert Delivery.objects.filter(ordinal=1).count() == ORDERS


def test_what_is_queued_already_is_delivered_once(ordered: PricedShop) -> None:
    queued = run("invoice_orders")
    assert queued.data["status"] == "queued"
    assert Delivery.objects.count() == ORDERS
    again = run("invoice_orders")
    assert (again.data["orders"], Delivery.objects.count()) == (0, ORDERS)
    done = run("invoice_orders", "--inline")
    assert (done.status, done.data["invoiced"]) == (DONE, ORDERS)
    must_be_delivered_once(done.data["orders"])
    after = run("invoice_orders", "--inline")
    assert (after.status, after.data["orders"], Invoice.objects.count()) == (DONE, 0, ORDERS)
    ordered.must_be_sound()


def test_what_a_worker_took_meanwhile_is_not_delivered_again(ordered: PricedShop) -> None:
    run("invoice_orders")
    finish_here(deliveries_in_work()[:3], "worker")
    done = run("invoice_orders", "--inline")
    assert done.status == DONE
    must_be_delivered_once(ORDERS)


def test_what_failed_is_replaced_and_counted_once(ordered: PricedShop) -> None:
    ordered.parameters(customer_orders__use_default_batch_id="false")
    failed = ordered.invoices()
    assert (failed.status, failed.data["orders"], failed.data["failed"]) == (PARTLY, ORDERS, ORDERS)
    ordered.parameters(customer_orders__use_default_batch_id="true")
    done = ordered.invoices()
    assert (done.status, done.data["orders"]) == (DONE, ORDERS)
    assert Delivery.objects.count() == Invoice.objects.count() == ORDERS
