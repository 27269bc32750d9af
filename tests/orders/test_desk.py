"""The order desk: an order is taken as typed, every refusal stands at its field and nothing typed is lost."""

import re
from copy import deepcopy
from decimal import Decimal

import pytest
from django.test import Client

from core.lib.decimals import plain_text
from inventory.models import Item, OnHand
from orders.models import Customer, CustomerOrder, CustomerOrderLine, OrderPayment
from orders.rules.fulfilment import Verb
from orders.services.pick_and_pack import handle_quantities
from parameters.services import set_retail_parameters
from tests.browser.world import Showcase
from tests.core.access.people import make_person
from tests.orders.desk import make_desk, take_order
from tests.shared import make_once

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


made_grocer = make_once(make_desk)


@pytest.fixture
def showcase(client: Client, made_grocer: Showcase, db: None) -> Showcase:
    client.force_login(make_person("olga", "order_desk"))
    return deepcopy(made_grocer)


def test_an_order_is_taken_as_typed(client: Client, showcase: Showcase) -> None:
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


def test_a_scanned_barcode_is_the_item_and_brings_its_unit(client: Client, showcase: Showcase) -> None:
    Item.objects.filter(code=MILK).update(barcode="96385074")
    client.post(ADDRESS, {**GOOD, "item_1": "96385074"})
    assert CustomerOrderLine.objects.filter(order_line__item__code=MILK, order_line__unit="each").count() == 1


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
        ({"tax_1": "1.234"}, "tax_1", "more decimals than the 2 of USD"),
        ({"discount_1": "0.005"}, "discount_1", "more decimals than the 2 of USD"),
        ({"amount_1": "1.005"}, "amount_1", "more decimals than the 2 of USD"),
        ({"method_1": ""}, "method_1", "Choose how"),
        ({"amount_1": ""}, "amount_1", "Give the amount"),
        ({"amount_1": "500"}, "amount_1", "are paid"),
        ({"amount_1": "-5"}, "amount_1", "not above zero"),
    ],
)
def test_every_refusal_stands_at_its_field_and_in_the_list(
    client: Client, showcase: Showcase, typed: Fields, field: str, message: str
) -> None:
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


def test_an_order_without_lines_is_refused(client: Client, showcase: Showcase) -> None:
    answer = client.post(ADDRESS, {"store": "S367", "delivery": "pickup", "rows": "x", "opened": "yesterday"})
    assert "The order has no line." in str(answer.context["form"].non_field_errors())
    assert not CustomerOrder.objects.exists()


def test_a_number_that_is_taken_is_refused(client: Client, showcase: Showcase) -> None:
    client.post(ADDRESS, {**GOOD, "number": "MINE"})
    answer = client.post(ADDRESS, {**GOOD, "number": "MINE", "quantity_1": "4"})
    assert "came in before with other content" in str(answer.context["form"].errors["number"])


def test_more_lines_keep_what_was_typed(client: Client, showcase: Showcase) -> None:
    typed = {**GOOD, "do": "add", "quantity_1": "thr"}
    part = client.post(ADDRESS, typed, headers={"HX-Request": "true"}).content.decode()
    assert 'name="rows" value="10"' in part
    assert 'value="thr"' in part
    assert "<html" not in part
    whole = client.post(ADDRESS, typed)
    assert whole.status_code == 200
    assert len(whole.context["form"].rows) == 10
    assert not CustomerOrder.objects.exists()


def test_only_somebody_with_the_right_takes_less_than_the_deposit(client: Client, showcase: Showcase) -> None:
    set_retail_parameters(["customer_orders.default_deposit_percent=80"], showcase.company.code, "maria")
    refused = client.post(ADDRESS, GOOD)
    assert "of the deposit of 8.76 USD are missing" in str(refused.context["form"].errors["amount_1"])
    client.post(ADDRESS, {**GOOD, "override": "on"})
    assert CustomerOrder.objects.get().deposit_overridden_by == "olga"
    assert "override" in client.get(ADDRESS).context["form"].fields
    clerk = make_person("nils", "clerk")
    client.force_login(clerk)
    assert client.get(ADDRESS).status_code == 403


def test_the_desk_offers_the_persons_stores_only(client: Client, showcase: Showcase) -> None:
    client.force_login(make_person("nora", "order_desk", stores=[showcase.stores[1]]))
    answer = client.post(ADDRESS, GOOD)
    assert "valid choice" in str(answer.context["form"].errors["store"])
    assert not CustomerOrder.objects.exists()


@pytest.fixture
def order(showcase: Showcase) -> CustomerOrder:
    """Three milk at 2.99, two towels at 6.99."""
    return take_order(showcase.stores[0], (MILK, "3"), ("1133018", "2"), paid="5.00")


def form_of(client: Client, order: CustomerOrder) -> Fields:
    """What the edit form holds, as a browser would send it."""
    answer = client.get(f"/customer-orders/{order.pk}/edit/")
    form = answer.context["form"]
    values = {field.name: "" if field.value() is None else str(field.value()) for field in form if field.name != "override"}
    return {**values, "rows": str(form.rows_shown), "version": str(order.version), "do": "save"}


def test_an_order_is_edited_on_the_same_form(client: Client, order: CustomerOrder) -> None:
    typed = form_of(client, order)
    assert (typed["quantity_1"], typed["price_1"], typed["customer"]) == ("3", "2.99", "REGULAR")
    news = {"quantity_1": "5", "quantity_2": "", "item_3": BANANAS, "quantity_3": "2", "price_3": "1.00", "delivery": "ship"}
    answer = client.post(f"/customer-orders/{order.pk}/edit/", {**typed, **news, "method_1": "cash", "amount_1": "1.00"}, follow=True)
    assert "The order is changed." in answer.content.decode()
    lines = CustomerOrderLine.objects.order_by("order_line__line_number").values_list("order_line__item__code", "ordered", "delivery")
    assert list(lines) == [(MILK, Decimal(5), "ship"), (BANANAS, Decimal(2), "ship")]
    order.refresh_from_db()
    assert (order.net, order.delivery, order.version) == (Decimal("16.95"), "ship", 2)
    assert [str(row.amount) for row in OrderPayment.objects.order_by("ordinal")] == ["5.00", "1.00"]
    history = client.get(f"/customer-orders/{order.pk}/?tab=history").content.decode()
    assert "Edited" in history


def test_a_line_is_added_to_an_order_that_has_a_return(client: Client, showcase: Showcase) -> None:
    """The form shows no returns, and numbers new lines after them all the same."""
    order = take_order(showcase.stores[0], (MILK, "3"), (MILK, "-1"))
    news = {"item_2": BANANAS, "quantity_2": "2", "price_2": "1.00"}
    answer = client.post(f"/customer-orders/{order.pk}/edit/", {**form_of(client, order), **news}, follow=True)
    assert "The order is changed." in answer.content.decode()
    lines = CustomerOrderLine.objects.order_by("order_line__line_number").values_list("order_line__line_number", "order_line__quantity")
    assert list(lines) == [(1, Decimal(3)), (2, Decimal(-1)), (3, Decimal(2))]


def test_an_edit_that_changes_nothing_is_no_change(client: Client, order: CustomerOrder) -> None:
    client.post(f"/customer-orders/{order.pk}/edit/", form_of(client, order))
    assert CustomerOrder.objects.get().version == 1


def test_an_edit_that_somebody_overtook_is_refused_and_kept(client: Client, order: CustomerOrder) -> None:
    typed = form_of(client, order)
    handle_quantities(order.pk, Verb.PICK, {1: Decimal(2)}, actor="theo")
    for _ in range(2):
        answer = client.post(f"/customer-orders/{order.pk}/edit/", {**typed, "quantity_1": "7"})
        assert "ORDER_CHANGED" in answer.content.decode()
        assert 'value="7"' in answer.content.decode()
    assert CustomerOrderLine.objects.earliest("order_line__line_number").ordered == 3


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"quantity_1": "1"}, "quantity_1", "Line 1"),
        ({"quantity_1": "", "quantity_2": ""}, "quantity_1", "cannot be removed"),
        ({"price_2": ""}, "price_2", "Give the price"),
        ({"price_2": "dear"}, "price_2", "Enter a number"),
        ({"customer": "NOBODY"}, "customer", "is not known"),
        ({"item_3": "4711", "quantity_3": "1", "price_3": "1"}, "item_3", "is not known"),
    ],
)
def test_a_refused_edit_stands_at_its_field(client: Client, order: CustomerOrder, typed: Fields, field: str, message: str) -> None:
    handle_quantities(order.pk, Verb.PICK, {1: Decimal(2)}, actor="theo")
    order.refresh_from_db()
    answer = client.post(f"/customer-orders/{order.pk}/edit/", {**form_of(client, order), **typed})
    assert answer.status_code == 422
    assert message in str(answer.context["form"].errors[field]), answer.context["form"].errors
    order.refresh_from_db()
    assert order.version == 2


LOOKUP = "/customer-orders/suggestions/"


def options(client: Client, **asked: str) -> dict[str, str]:
    """What is suggested: codes with what they stand for."""
    answer = client.get(LOOKUP, asked)
    assert answer.status_code == 200
    return dict(re.findall(r'<option value="([^"]*)">([^<]*)<', answer.content.decode()))


def test_items_are_found_by_code_name_or_barcode_with_what_is_free(client: Client, showcase: Showcase) -> None:
    Item.objects.filter(code=MILK).update(barcode="96385074")
    free = free_of(MILK)
    for typed in (MILK, MILK[:5], "milk", "96385074"):
        found = options(client, part="item", row="3", item_3=typed, store="S367")
        assert f"{free} each" in found[MILK], typed
    assert "each" not in options(client, part="item", row="1", item_1=MILK, store="S999")[MILK], "no stock of no store"
    assert options(client, part="item", row="1", item_1="nothing like it") == {}


def test_customers_are_found_by_code_name_or_telephone(client: Client, showcase: Showcase) -> None:
    Customer.objects.create(code="C-77", name="Ann Lee", phone="+1 555 0100")
    Customer.objects.create(code="C-78", name="Ann Lock", blocked=True)
    for typed in ("C-7", "ann l", "+1 555"):
        assert options(client, part="customer", customer=typed) == {"C-77": "Ann Lee \N{MIDDLE DOT} +1 555 0100"}, typed


def test_batches_are_those_of_the_rows_item_first_what_lies_in_the_store(client: Client, showcase: Showcase) -> None:
    Item.objects.filter(code=MILK).update(barcode="96385074")
    by_code = options(client, part="batch", row="1", item_1=MILK, batch_1="", store="S367")
    assert by_code == options(client, part="batch", row="1", item_1="96385074", batch_1="", store="S367")
    assert next(iter(by_code.values())).endswith(" each")
    assert options(client, part="batch", row="1", item_1=BANANAS, batch_1=next(iter(by_code)), store="S367") == {}


@pytest.mark.parametrize("hostile", ["\0", "a\nb", "%", "x" * 5000, "';--"])
def test_nothing_that_is_typed_breaks_the_lookup(client: Client, showcase: Showcase, hostile: str) -> None:
    for part in ("item", "batch", "other"):
        assert options(client, part=part, row="1", item_1=hostile, batch_1=hostile, store=hostile) == {}
    assert options(client, part="customer", customer=hostile, store=hostile) == {}
    assert options(client, part="customer", customer=hostile, row="\0") == options(client, part="customer")


def test_the_lookup_is_for_those_who_take_orders_and_shows_own_stock(client: Client, showcase: Showcase) -> None:
    client.force_login(make_person("nora", "order_desk", stores=[showcase.stores[1]]))
    assert "each" not in options(client, part="item", row="1", item_1=MILK, store="S367")[MILK]
    client.force_login(make_person("nils", "clerk"))
    assert client.get(LOOKUP, {"part": "customer", "customer": ""}).status_code == 403


def test_what_it_comes_to_is_said_while_it_is_typed(client: Client, showcase: Showcase) -> None:
    set_retail_parameters(["customer_orders.default_deposit_percent=80"], showcase.company.code, "maria")
    answer = client.post(ADDRESS, {**GOOD, "do": "sum", "item_4": "4711"}, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="about-1" hx-swap-oob="true"' in text
    assert f"{free_of(MILK)} each free" in text
    assert "Not known" in text
    assert answer.context["sum"] is None, "line 4 is not whole yet"
    answer = client.post(ADDRESS, {**GOOD, "do": "sum"}, headers={"HX-Request": "true"})
    assert [answer.context["sum"].order.total, answer.context["sum"].deposit] == [Decimal("10.95"), Decimal("8.76")]
    whole = client.post(ADDRESS, {**GOOD, "do": "sum"})
    assert "Deposit wanted" in whole.content.decode()
    assert whole.context["form"]["quantity_1"].value() == "3"
    assert not CustomerOrder.objects.exists()


def test_a_batch_may_be_named(client: Client, showcase: Showcase) -> None:
    batch = (
        OnHand.objects.filter(item__code=MILK, warehouse__code="W367", physical__gt=3, batch__is_default_batch=False).earliest("pk").batch
    )
    assert batch is not None
    answer = client.post(ADDRESS, {**GOOD, "batch_1": "NONE-SUCH"})
    assert "has no batch NONE-SUCH" in str(answer.context["form"].errors["batch_1"])
    client.post(ADDRESS, {**GOOD, "batch_1": batch.number})
    order = CustomerOrder.objects.get()
    assert CustomerOrderLine.objects.get(order_line__item__code=MILK).batch == batch
    assert batch.number in client.get(f"/customer-orders/{order.pk}/edit/").content.decode()


def free_of(item: str) -> str:
    """What of an item is free in W367, as a page says it."""
    rows = OnHand.objects.filter(item__code=item, warehouse__code="W367")
    return plain_text(sum((row.physical - row.reserved for row in rows), Decimal(0)))
