"""Customer orders cost a fixed number of queries, whatever their number, lines and reservations."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.queries.deliveries import open_orders
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import finish_here, request_deliveries
from tests.oracle.building import line
from tests.scenarios.world import OrderLineRef, Shop, milk

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    """Milk in batches, soap without, ham that is never there and goes to the default batch, eggs that fail, both stores."""
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.sells_item("EGGS")
    shop.sells_item("HAM", negative=True)
    shop.sells_item("SOAP", negative=True, tracked=False)
    shop.orders_fall_back()
    for warehouse in ("W1", "W2"):
        for batch in "ABC":
            shop.has(batch, 99, warehouse=warehouse)
    shop.comes_in()
    return shop


def statements(action: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        action()
    return len(captured)


def take_orders(shop: Shop, orders: int) -> None:
    """Orders of everything: reserved, on the default batch, with a deposit, failing; of both stores."""
    for number in range(orders):
        store = f"S{1 + number % 2}"
        shop.is_ordered(milk(1 + number % 3), line("SOAP", 2), line("HAM", 1), store=store, paid="1.00")
        shop.is_ordered(line("EGGS", 1), milk(1), store=store, delivery="ship")


def invoice(shop: Shop) -> tuple[int, int]:
    """Queries of asking and of invoicing."""
    asked: list[int] = []
    asking = statements(lambda: asked.extend(request_deliveries(open_orders(), Verb.INVOICE, None, "test", to_workers=False)[1]))
    return asking, statements(lambda: finish_here(asked, "test"))


def test_invoicing_many_orders_takes_as_many_statements_as_a_few(shop: Shop) -> None:
    """The first round leaves failed deliveries and a default batch behind, as the later ones find them."""
    counts = []
    for orders in (2, 4, 32):
        take_orders(shop, orders)
        shop.comes_in()
        counts.append(invoice(shop))
    assert counts[1] == counts[2]
    assert sum(counts[2]) < 120


def test_taking_many_orders_takes_as_many_statements_as_a_few(shop: Shop) -> None:
    take_orders(shop, 1)
    shop.comes_in()
    counts = []
    for orders in (2, 20):
        take_orders(shop, orders)
        counts.append(statements(shop.comes_in))
    assert counts[0] == counts[1]


def test_returns_of_many_orders_take_as_many_statements_as_a_few(shop: Shop) -> None:
    sold = [shop.is_ordered(milk(2)) for _ in range(8)]
    shop.invoices()
    counts = []
    for refs in (sold[:2], sold[2:]):
        for ref in refs:
            shop.is_ordered(milk(-1), back=OrderLineRef(ref.order, 1))
        shop.comes_in()
        counts.append(invoice(shop))
    assert counts[0] == counts[1]
