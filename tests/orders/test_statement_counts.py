"""What is done with one order costs the same number of queries whatever the number of its lines."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.queries.deliveries import is_delivery_in_work
from orders.rules.edits import LineEdit, OrderEdit
from orders.rules.fulfilment import Verb
from orders.services.cancellation import cancel_order
from orders.services.delivery_queue import finish_here
from orders.services.edits import edit_order
from orders.services.pick_and_pack import handle_quantities
from orders.services.request_delivery import request_delivery
from orders.services.returns import return_lines
from tests.orders.till import order_id
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db
D = Decimal
MANY = 12


def statements(action: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        action()
    return len(seen)


def costs(order: int, lines: int) -> list[int]:
    """Queries of each verb in turn, on the first half of what each of the lines has left."""

    def share(quantity: str) -> dict[int, Decimal]:
        return {number: D(quantity) for number in range(1, lines + 1)}

    delivered: list[int] = []
    edit = OrderEdit(tuple(LineEdit(number, D(7)) for number in range(1, lines + 1)))
    return [
        statements(lambda: handle_quantities(order, Verb.PICK, share("1"), actor="x")),
        statements(lambda: edit_order(order, edit, actor="x", version=None)),
        statements(lambda: delivered.append(request_delivery(order, Verb.PICK_UP, share("3"), None, user_id=None, actor="x")[1])),
        statements(lambda: finish_here(delivered, "x")),
        statements(lambda: cancel_order(order, share("2"), "cash", actor="x")),
        statements(lambda: return_lines(order, share("1"), "cash", user_id=None, actor="x")),
    ]


def test_the_number_of_lines_does_not_matter(tmp_path: Path, db: None) -> None:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 999)
    warm, one = (shop.is_ordered(milk(6), paid="6.00") for _ in range(2))
    many = shop.is_ordered(*[milk(6)] * MANY, paid="72.00")
    shop.comes_in()
    # The first order of all makes the month.
    costs(order_id(warm), 1)
    few = costs(order_id(one), 1)
    assert costs(order_id(many), MANY) == few
    assert max(few) <= 70


def test_whoever_posts_sees_a_delivery_that_is_asked_for(tmp_path: Path, db: None) -> None:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 9)
    order = shop.is_ordered(milk(6), paid="6.00")
    shop.comes_in()
    assert not is_delivery_in_work()
    delivery = request_delivery(order_id(order), Verb.PICK_UP, {1: D(3)}, None, user_id=None, actor="x")[1]
    assert is_delivery_in_work()
    finish_here([delivery], "x")
    assert not is_delivery_in_work()
