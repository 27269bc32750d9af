"""What a change of parameters would do to open customer orders: told before it is saved, and true afterwards."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Customer, Delivery, SalesOrder
from orders.queries.deliveries import open_orders
from orders.queries.effects import OpenCustomerOrder
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import request_deliveries
from orders.services.effects import effects_on_orders
from orders.views.effects import order_effects
from parameters.forms import as_typed, initial_values
from parameters.models import LegalEntity, RetailParameters
from parameters.queries import settings_of, validation_rules
from parameters.rules.effects import Differences, ProposedChange
from parameters.services import CHANGE_EFFECTS
from tests.core.access.people import make_person
from tests.oracle.building import line
from tests.scenarios.world import OrderLineRef, Shop, milk

pytestmark = pytest.mark.django_db

ON: dict[str, Any] = {"customer_orders_use_default_batch_id": True, "customer_orders_default_batch_id": "CO-DEF"}
OFF: dict[str, Any] = {"customer_orders_use_default_batch_id": False}


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    """Six pieces are there: the first order has them reserved, the second gets what is left, the third nothing."""
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.has("A", 6)
    shop.is_ordered(milk(4))
    shop.is_ordered(milk(3))
    shop.is_ordered(milk(1), delivery="ship")
    return shop


def change_to(**values: Any) -> ProposedChange:
    entity = LegalEntity.objects.get(code="LE").pk
    before = settings_of([entity])[entity]
    return ProposedChange(entity, before, replace(before, **values))


def named(found: Differences[OpenCustomerOrder], name: str) -> list[tuple[str, str]]:
    return [(changed.document.number, changed.code) for changed in getattr(found, name)]


def test_switching_the_default_batch_on_heals_what_it_names(shop: Shop) -> None:
    answer = shop.invoices()
    assert {row["order"] for row in answer.data["failures"]} == {"CO2", "CO3"}

    found = effects_on_orders(change_to(**ON))

    assert named(found, "would_pass") == [("CO2", "NO_VALID_BATCH"), ("CO3", "NO_VALID_BATCH")]
    assert (found.looked_at, found.open, found.would_stop, found.redirected) == (2, 2, (), ())
    shop.orders_fall_back()
    assert shop.invoices().data["invoiced"] == 2


def test_switching_the_default_batch_off_stops_what_it_names(shop: Shop) -> None:
    shop.orders_fall_back()
    shop.comes_in()

    found = effects_on_orders(change_to(**OFF))

    assert named(found, "would_stop") == [("CO2", "NO_VALID_BATCH"), ("CO3", "NO_VALID_BATCH")]
    assert found.would_pass == ()
    shop.parameters(customer_orders__use_default_batch_id="false")
    answer = shop.invoices()
    assert {(row["order"], row["code"]) for row in answer.data["failures"]} == {("CO2", "NO_VALID_BATCH"), ("CO3", "NO_VALID_BATCH")}


def test_another_number_and_other_quantities_are_told(shop: Shop) -> None:
    shop.orders_fall_back()
    shop.has("B", 9, disposition="hold")
    shop.disposition("hold", blocks=True)
    shop.comes_in()

    other = effects_on_orders(change_to(customer_orders_default_batch_id="OTHER"))
    advanced = effects_on_orders(change_to(inventory_default_batch_scope="advanced"))

    assert (other.redirected_lines, named(other, "redirected"), other.shifted) == (2, [("CO2", ""), ("CO3", "")], ())
    assert named(advanced, "would_stop") == [("CO2", "DEFAULT_BATCH_OUT_OF_SCOPE"), ("CO3", "DEFAULT_BATCH_OUT_OF_SCOPE")]
    texts = [effect.text for effect in order_effects(other)]
    assert texts == ["2 lines of open customer orders would go to the new default batch."]
    assert [(document.number, document.url) for document in order_effects(other)[0].documents] == [
        (number, f"/orders/{SalesOrder.objects.get(number=number).pk}/") for number in ("CO2", "CO3")
    ]


def test_a_batch_that_may_be_sold_on_its_last_day_is_told(shop: Shop) -> None:
    """Everything on the shelf expires today: sold on that day or not decides how much goes to the default batch."""
    shop.sells_item("EGGS", negative=True)
    shop.orders_fall_back()
    shop.comes_in()
    today = change_to()
    shop.has("E", 5, item="EGGS", expires=timezone.now().date())
    shop.is_ordered(line("EGGS", 2))
    shop.comes_in()

    found = effects_on_orders(change_to(inventory_sellable_on_expiration_date=not today.before.inventory_sellable_on_expiration_date))

    assert named(found, "shifted") == [("CO4", "")]
    assert abs(found.shifted_quantity) == Decimal(2)


def test_a_linked_return_is_decided_like_the_rest(shop: Shop) -> None:
    shop.orders_fall_back()
    shop.invoices()
    shop.is_ordered(milk(-2), back=OrderLineRef("CO2", 1))
    shop.comes_in()

    found = effects_on_orders(change_to(**OFF))

    assert (found.looked_at, found.would_stop) == (1, ()), "what was sold from a real batch goes back to it"


def test_what_invoicing_does_not_decide_by_costs_nothing(shop: Shop) -> None:
    shop.comes_in()
    changes = [change_to(posting_default_batch_id="X", posting_max_lines_per_order=7), change_to()]
    with CaptureQueriesContext(connection) as captured:
        assert all(effects_on_orders(change).is_empty for change in changes)
    assert len(captured) == 0


def test_reads_are_fixed_and_nothing_is_written(shop: Shop) -> None:
    shop.orders_fall_back()
    shop.comes_in()
    counts = []
    for _ in range(3):
        shop.is_ordered(milk(2), line("MILK", 1))
        shop.comes_in()
        change = change_to(**OFF)
        with CaptureQueriesContext(connection) as captured:
            effects_on_orders(change)
        counts.append(len(captured))
        assert not any(query["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")) for query in captured)
        assert not any("FOR NO KEY UPDATE" in query["sql"] for query in captured)
    assert counts[0] == counts[2]
    assert not Delivery.objects.exists()


def test_the_latest_orders_are_left_out_where_there_are_too_many(shop: Shop) -> None:
    shop.orders_fall_back()
    shop.comes_in()

    found = effects_on_orders(change_to(**OFF), lines=2)

    assert (found.looked_at, found.open) == (2, 3)
    assert [effect.tone for effect in order_effects(found)] == ["bad", "info"]


def test_orders_in_work_and_of_blocked_customers_are_left_alone(shop: Shop) -> None:
    shop.orders_fall_back()
    shop.comes_in()
    request_deliveries(open_orders(Q(number="CO2")), Verb.INVOICE, None, "test", to_workers=False)
    assert named(effects_on_orders(change_to(**OFF)), "would_stop") == [("CO3", "NO_VALID_BATCH")]
    Customer.objects.filter(code="C1").update(blocked=True)
    assert list(CHANGE_EFFECTS.ask(change_to(**OFF))) == []


def test_the_page_tells_it_before_it_saves(shop: Shop, client: Client) -> None:
    shop.orders_fall_back()
    shop.comes_in()
    client.force_login(make_person("ada", "administrator"))
    shown = as_typed(initial_values(RetailParameters.objects.get(legal_entity__code="LE"), validation_rules(), frozenset()))
    changed = shown | {"customer_orders_default_batch_id": "OTHER"}
    text = client.post("/parameters/retail/", {name: value for name, value in changed.items() if value != "off"}).content.decode()
    assert "2 lines of open customer orders would go to the new default batch." in text
    assert "CO2" in text
    assert settings_of([LegalEntity.objects.get(code="LE").pk]).popitem()[1].customer_orders_default_batch_id == "CO-DEF"
