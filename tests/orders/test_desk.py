"""The order desk: an order is taken as typed, every refusal stands at its field and nothing typed is lost."""

from decimal import Decimal

import pytest
from django.test import Client

from orders.models import CustomerOrder, CustomerOrderLine, OrderPayment
from parameters.services import set_retail_parameters
from tests.access.people import make_person
from tests.browser.world import Grocer, make_grocer
from tests.orders.desk import restock

pytestmark = pytest.mark.django_db
BANANAS, MILK = "1082185", "1029743"
ADDRESS = "/customer-orders/new/"
Fields = dict[str, str]
GOOD: Fields = {
    **{"opened": "2026-11-23T22:10:05+00:00", "rows": "5", "store": "S367", "delivery": "pickup", "customer": "", "number": ""},
    **{"item_1": MILK, "quantity_1": "3", "price_1": "2.99", "discount_1": "0.47", "tax_1": "0.51"},
    **{"item_3": BANANAS, "quantity_3": "1.5", "unit_3": "kg", "price_3": "1.29", "delivery_3": "ship"},
    **{"method_1": "cash", "amount_1": "5.00", "do": "save"},
}


@pytest.fixture
def grocer(client: Client) -> Grocer:
    found = make_grocer(receipts_a_day=1, days=1)
    restock(found)
    client.force_login(make_person("olga", "order_desk"))
    return found


def test_an_order_is_taken_as_typed(client: Client, grocer: Grocer) -> None:
    assert len(client.get(ADDRESS).context["form"].rows) == 5
    answer = client.post(ADDRESS, GOOD, follow=True)
    assert "The order is taken." in answer.content.decode()
    order = CustomerOrder.objects.get()
    assert order.order.number.startswith("S367-261123-221005-")
    assert (order.channel, order.net, order.tax, order.total) == ("web", Decimal("10.44"), Decimal("0.51"), Decimal("10.95"))
    lines = CustomerOrderLine.objects.order_by("order_line__line_number").values_list(
        "order_line__line_number", "order_line__unit", "ordered", "order_line__net", "order_line__discount", "delivery"
    )
    assert list(lines) == [
        (1, "each", Decimal(3), Decimal("8.50"), Decimal("0.47"), "pickup"),
        (2, "kg", Decimal("1.5"), Decimal("1.94"), Decimal(0), "ship"),
    ]
    assert OrderPayment.objects.get().amount == 5
    # The same form sent again makes no second order.
    client.post(ADDRESS, GOOD)
    assert CustomerOrder.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"store": ""}, "store", "required"),
        ({"store": "S999"}, "store", "valid choice"),
        ({"store": "\0"}, "store", "valid choice"),
        ({"customer": "NOBODY"}, "customer", "is not known"),
        ({"customer": "a\0b"}, "customer", "cannot be printed"),
        ({"delivery": "drone"}, "delivery", "valid choice"),
        ({"item_1": "4711"}, "item_1", "is not known"),
        ({"item_1": ""}, "item_1", "Fill this in"),
        ({"quantity_1": "0"}, "quantity_1", "zero"),
        ({"quantity_1": "three"}, "quantity_1", "Enter a number"),
        ({"quantity_1": "Infinity"}, "quantity_1", "Enter a number"),
        ({"unit_1": "pallet"}, "unit_1", "does not convert"),
        ({"price_1": ""}, "price_1", "Fill this in"),
        ({"price_1": "-2.99"}, "price_1", "cannot come to"),
        ({"discount_1": "99"}, "price_1", "cannot come to"),
        ({"tax_1": "1.234"}, "tax_1", "decimal places"),
        ({"method_1": ""}, "method_1", "Choose how"),
        ({"amount_1": ""}, "amount_1", "Give the amount"),
        ({"amount_1": "500"}, "amount_1", "are paid"),
        ({"amount_1": "-5"}, "amount_1", "not above zero"),
    ],
)
def test_every_refusal_stands_at_its_field_and_in_the_list(client: Client, grocer: Grocer, typed: Fields, field: str, message: str) -> None:
    answer = client.post(ADDRESS, {**GOOD, **typed})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert message in str(form.errors[field]), form.errors
    text = answer.content.decode()
    assert f'href="#id_{field}"' in text
    assert 'aria-invalid="true"' in text
    for name, value in {**GOOD, **typed}.items():
        if name in form.fields and value.isprintable():
            assert str(form[name].value()) == value
    assert not CustomerOrder.objects.exists()


def test_an_order_without_lines_is_refused(client: Client, grocer: Grocer) -> None:
    answer = client.post(ADDRESS, {"store": "S367", "delivery": "pickup", "rows": "x", "opened": "yesterday"})
    assert "The order has no line." in str(answer.context["form"].non_field_errors())
    assert not CustomerOrder.objects.exists()


def test_a_number_that_is_taken_is_refused(client: Client, grocer: Grocer) -> None:
    client.post(ADDRESS, {**GOOD, "number": "MINE"})
    answer = client.post(ADDRESS, {**GOOD, "number": "MINE", "quantity_1": "4"})
    assert "came in before with other content" in str(answer.context["form"].errors["number"])


def test_more_lines_keep_what_was_typed(client: Client, grocer: Grocer) -> None:
    typed = {**GOOD, "do": "add", "quantity_1": "thr"}
    part = client.post(ADDRESS, typed, headers={"HX-Request": "true"}).content.decode()
    assert 'name="rows" value="10"' in part
    assert 'value="thr"' in part
    assert "<html" not in part
    whole = client.post(ADDRESS, typed)
    assert whole.status_code == 200
    assert len(whole.context["form"].rows) == 10
    assert not CustomerOrder.objects.exists()


def test_only_somebody_with_the_right_takes_less_than_the_deposit(client: Client, grocer: Grocer) -> None:
    set_retail_parameters(["customer_orders.default_deposit_percent=80"], grocer.company.code, "maria")
    refused = client.post(ADDRESS, GOOD)
    assert "of the deposit of 8.76 USD are missing" in str(refused.context["form"].errors["amount_1"])
    client.post(ADDRESS, {**GOOD, "override": "on"})
    assert CustomerOrder.objects.get().deposit_overridden_by == "olga"
    assert "override" in client.get(ADDRESS).context["form"].fields
    clerk = make_person("nils", "clerk")
    client.force_login(clerk)
    assert client.get(ADDRESS).status_code == 403


def test_the_desk_offers_the_persons_stores_only(client: Client, grocer: Grocer) -> None:
    client.force_login(make_person("nora", "order_desk", stores=[grocer.stores[1]]))
    answer = client.post(ADDRESS, GOOD)
    assert "valid choice" in str(answer.context["form"].errors["store"])
    assert not CustomerOrder.objects.exists()
