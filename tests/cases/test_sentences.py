"""Cases N01, O08, R05/09: what is missing, for whom goods are reserved, and what came back."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import OrderProblem
from orders.services.cancellation import cancel_order
from statements.models import Statement
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.building import line
from tests.oracle.commands import run
from tests.orders.till import order_id
from tests.retailhq.api.calling import Till
from tests.scenarios.world import DEFAULT, OrderLineRef, milk


def test_n01_the_missing_quantity_is_what_lacks_after_all_others_took_theirs(shop: PricedShop) -> None:
    """3 there; one order wants 4 and something else that is not there, another one takes 1: 2 are missing, not 1."""
    shop.sells_at_cost(negative=False)
    shop.sells_at_cost(item="BREAD", negative=False)
    shop.falls_back()
    shop.receives(3, "1.00", "A")
    shop.rings(milk(2))
    shop.rings(milk(2), line("BREAD", 1))
    shop.rings(milk(1), customer="C1")
    shop.posts()
    missing = {problem.item.code: problem.missing_quantity for problem in OrderProblem.objects.select_related("item")}
    assert missing == {"MILK": 2, "BREAD": 1}
    shop.receives(2, "1.00", "A9")
    shop.receives(1, "1.00", "B9", item="BREAD")
    shop.posts()
    shop.must_be_posted()


def test_o08_goods_that_are_set_aside_are_named_with_their_order(shop: PricedShop, client: Client) -> None:
    shop.sells_at_cost(negative=False)
    shop.falls_back()
    shop.orders_fall_back()
    shop.receives(5, "1.00", "A")
    shop.is_ordered(milk(4), number="O08-1")
    shop.sells(4)
    shop.posts()
    (problem,) = OrderProblem.objects.all()
    assert str(problem.message) == (
        "Item MILK in store S1: 3 pcs missing. 4 pcs that lie there are set aside for order O08-1. "
        "Hand out or cancel these orders, or register the missing receipt, then post again."
    )
    assert told_by_statement(shop, client) == [True, True, True, True]
    assert run_remedy(shop) == 1


def told_by_statement(shop: PricedShop, client: Client) -> list[bool]:
    """Whether the command, the API, the statement's own page and the preview name the order."""
    client.force_login(make_person("ada", "administrator"))
    pk = Statement.objects.get().pk
    pages = [client.get(reverse(name, args=[pk])).content.decode() for name in ("statements:detail", "statements:preview")]
    texts = [
        str(run("post_statements", "--inline").data["failures"]),
        str(Till().call("GET", "statements").body),
        *pages,
    ]
    return ["are set aside for order O08-1." in text for text in texts]


def run_remedy(shop: PricedShop) -> int:
    """Cancelling the order makes the sale post; how many statements are posted."""
    cancel_order(order_id(OrderLineRef("O08-1", 1)), None, "cash", actor="x")
    shop.posts()
    return sum(row["post_state"] == "Posted" for row in shop.exports("statements"))


@pytest.mark.parametrize("way_out", ["batch", "default"])
def test_r05_a_return_is_not_missing(shop: PricedShop, way_out: str) -> None:
    """Warned of on arrival, and told with both ways out when posting stops."""
    shop.sells_at_cost()
    shop.receives(1, "1.00", "A")
    if way_out == "batch":
        shop.rings(milk(-2, batch="A"))
        shop.posts()
        assert shop.shelf() == {"A": "3"}
        return
    shop.takes_back(None, 2)
    assert shop.validates() == {"B05"}
    shop.posts()
    (problem,) = OrderProblem.objects.all()
    assert str(problem.message) == (
        "Item MILK in store S1: 2 pcs came back without their sale and without a batch, and the default batch is not in use. "
        "Name the batch on the return, or switch on Use default batch id, then post again."
    )
    shop.falls_back()
    shop.posts()
    assert shop.shelf() == {"A": "1", DEFAULT: "2"}
    shop.must_be_posted()
