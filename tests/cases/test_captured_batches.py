"""W11 on customer orders: a captured batch that is blocked or expired by now is told of before and when it is invoiced."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inventory.models import Batch, Disposition
from orders.models import OrderEvent
from parameters.models import DisabledRule, LegalEntity
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.orders.till import hands_over, order_id
from tests.scenarios.world import OrderLineRef, milk


@pytest.fixture
def ordered(shop: PricedShop) -> OrderLineRef:
    """Two pieces of lot A."""
    shop.sells_at_cost(negative=False)
    shop.receives(5, "1.00", "A")
    order = shop.is_ordered(milk(2, batch="A"), milk(1))
    shop.comes_in()
    shop.journal.not_followed("a till delivers the order")
    return order


def turns_bad(code: str) -> None:
    if code == "B03":
        Batch.objects.filter(number="A").update(disposition=Disposition.objects.get(code="blocked"))
    else:
        Batch.objects.filter(number="A").update(expires_on=timezone.now().date() - timedelta(days=9))


def alerts(order: OrderLineRef) -> list[tuple[str, int]]:
    events = OrderEvent.objects.filter(order=order_id(order), what=OrderEvent.What.ALERT)
    return [(event.data["code"], event.data["line"]) for event in events]


def pages(client: Client, order: OrderLineRef) -> list[str]:
    client.force_login(User.objects.filter(username="ada").first() or make_person("ada", "administrator"))
    names = ("customer_orders:detail", "customer_orders:pick_up")
    return [client.get(reverse(name, args=[order_id(order)])).content.decode() for name in names]


@pytest.mark.parametrize(("code", "words"), [("B03", "although it is blocked"), ("B04", "expired on")])
def test_w11_a_captured_batch_is_judged_again(ordered: OrderLineRef, client: Client, code: str, words: str) -> None:
    assert all(words not in page for page in pages(client, ordered))
    turns_bad(code)
    assert all(code in page and words in page for page in pages(client, ordered))
    assert hands_over(ordered, quantities={1: 2}) == ()
    assert alerts(ordered) == [(code, 1)]
    assert words in client.get(reverse("customer_orders:detail", args=[order_id(ordered)]), {"tab": "history"}).content.decode()


@pytest.mark.parametrize("code", ["B03", "B04"])
def test_w11_a_rule_that_is_off_says_nothing(ordered: OrderLineRef, client: Client, code: str) -> None:
    DisabledRule.objects.create(legal_entity=LegalEntity.objects.get(), code=code)
    turns_bad(code)
    assert all(f'<span class="code">{code}</span>' not in page for page in pages(client, ordered))
    assert hands_over(ordered, quantities={1: 2}) == ()
    assert alerts(ordered) == []


def test_w11_a_line_without_a_captured_batch_says_nothing(ordered: OrderLineRef) -> None:
    turns_bad("B03")
    hands_over(ordered, quantities={2: 1})
    assert alerts(ordered) == []
