"""Actions of a customer order: what they ask, what they do, and that a refusal keeps what was typed and changes nothing."""

import re
from copy import deepcopy
from decimal import Decimal

import pytest
from django.test import Client

from orders.models import CustomerOrder, CustomerOrderLine, CustomerTransaction, Delivery, OrderPayment
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import finish_here
from orders.services.pick_and_pack import handle_quantities
from parameters.services import set_retail_parameters
from tests.browser.world import Showcase
from tests.core.access.people import make_person
from tests.orders.desk import invoice, make_desk, take_order
from tests.shared import make_once

pytestmark = pytest.mark.django_db
BANANAS, MILK, COLA = "1082185", "1029743", "866211"
Fields = dict[str, str]


made_grocer = make_once(make_desk)


@pytest.fixture
def showcase(client: Client, made_grocer: Showcase, db: None) -> Showcase:
    client.force_login(make_person("olga", "order_desk"))
    return deepcopy(made_grocer)


@pytest.fixture
def order(showcase: Showcase) -> CustomerOrder:
    """Three milk at 2.99 and 1.5 kg bananas at 1.29, to be picked up; 11.57 with tax, 5.00 deposited."""
    return take_order(showcase.stores[0], (MILK, "3"), (BANANAS, "1.5"), paid="5.00")


def stages(order: CustomerOrder) -> list[tuple[str, str, str]]:
    """Picked, packed and invoiced by line."""
    rows = CustomerOrderLine.objects.filter(order_line__order=order.pk).order_by("order_line__line_number")
    return [tuple(f"{value.normalize():f}" for value in (row.picked, row.packed, row.invoiced)) for row in rows]  # type: ignore[misc]


def page(order: CustomerOrder, act: str) -> str:
    return f"/customer-orders/{order.pk}/{act}/"


def test_pick_and_pack_move_stages_only(client: Client, order: CustomerOrder) -> None:
    asked = client.get(page(order, "pick"))
    assert [str(field.value()) for _, field, _ in asked.context["form"].rows] == ["3", "1.5"]
    done = client.post(page(order, "pick"), {"version": "1", "line_1": "2", "line_2": ""}, follow=True)
    assert "is up to date" in done.content.decode()
    assert stages(order) == [("2", "0", "0"), ("0", "0", "0")]
    client.post(page(order, "pack"), {"version": "2", "line_1": "1"})
    client.post(page(order, "unpick"), {"version": "3", "line_1": "1"})
    assert stages(order) == [("0", "1", "0"), ("0", "0", "0")]
    client.post(page(order, "unpack"), {"version": "4", "line_1": "1"})
    assert stages(order) == [("1", "0", "0"), ("0", "0", "0")]
    history = client.get(f"/customer-orders/{order.pk}/?tab=history").content.decode()
    assert "Picking taken back" in history
    assert "olga" in history


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"line_1": "4"}, "line_1", "only 3 of 4 are left to pick"),
        ({"line_1": "-1"}, "line_1", "greater than or equal to 0"),
        ({"line_1": "two"}, "line_1", "Enter a number"),
        ({"line_1": "NaN"}, "line_1", "Enter a number"),
        ({"line_1": "1e400"}, "line_1", "too large for a quantity"),
        ({"line_1": "1.23456"}, "line_1", "more than 4 decimals"),
        ({"line_1": "0", "line_2": " "}, None, "All quantities are zero"),
        ({"line_1": "1", "version": "0"}, None, "is not at version 0 any more"),
        ({"line_1": "1", "version": "x\0"}, None, "is not at version"),
    ],
)
def test_a_refused_pick_says_why_and_keeps_what_was_typed(
    client: Client, order: CustomerOrder, typed: Fields, field: str | None, message: str
) -> None:
    answer = client.post(page(order, "pick"), {"version": "1", **typed})
    assert answer.status_code == 422
    form = answer.context["form"]
    errors = form.non_field_errors() if field is None else form.errors[field]
    assert message in str(errors), form.errors
    assert f'value="{typed["line_1"]}"' in answer.content.decode()
    assert "data-error-list" in answer.content.decode()
    assert stages(order) == [("0", "0", "0"), ("0", "0", "0")]
    assert CustomerOrder.objects.get(pk=order.pk).version == 1


def test_somebody_else_was_faster(client: Client, order: CustomerOrder) -> None:
    client.get(page(order, "pick"))
    handle_quantities(order.pk, Verb.PICK, {1: Decimal(2)}, actor="theo")
    answer = client.post(page(order, "pick"), {"version": "1", "line_1": "1", "line_2": "1.5"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "ORDER_CHANGED" in text
    assert 'name="version" value="2"' in text
    assert [int(line.most) for line, _, _ in answer.context["form"].rows] == [1, 1]
    # Having seen it, one press more does what was typed.
    client.post(page(order, "pick"), {"version": "2", "line_1": "1", "line_2": "1.5"})
    assert stages(order) == [("3", "0", "0"), ("1.5", "0", "0")]


def test_pick_up_asks_for_exactly_what_is_due(client: Client, order: CustomerOrder) -> None:
    asked = client.get(page(order, "pick-up"))
    assert (asked.context["due"].invoice, asked.context["due"].due) == (Decimal("11.57"), Decimal("6.57"))
    assert 'value="6.57"' in asked.content.decode()
    given = {"version": "1", "line_1": "3", "line_2": "1.5", "how": "now"}
    for amount, code in (("6.00", "PAYMENT_INCOMPLETE"), ("7.00", "PAYMENT_TOO_HIGH")):
        refused = client.post(page(order, "pick-up"), {**given, "method_1": "cash", "amount_1": amount})
        assert refused.status_code == 422
        assert code in refused.content.decode()
        assert f'value="{amount}"' in refused.content.decode()
    assert not Delivery.objects.exists()
    paid = {"method_1": "cash", "amount_1": "4.00", "method_2": "card", "amount_2": "2.57"}
    answer = client.post(page(order, "pick-up"), {**given, **paid}, follow=True)
    assert "is asked for" in answer.content.decode() or "is stored" in answer.content.decode()
    delivery = Delivery.objects.get()
    finish_here([delivery.pk], "test")
    assert stages(order) == [("0", "0", "3"), ("0", "0", "1.5")]
    payments = OrderPayment.objects.filter(delivery=delivery).order_by("ordinal").values_list("method_id", "amount")
    assert list(payments) == [("cash", Decimal("4.00")), ("card", Decimal("2.57"))]


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"how": "now", "amount_1": "6.57"}, "method_1", "Choose how this amount is paid."),
        ({"how": "now", "method_1": "cash"}, "amount_1", "Give the amount that is paid this way."),
        ({"how": "now", "method_1": "shells", "amount_1": "6.57"}, "method_1", "valid choice"),
        ({"how": "now", "method_1": "\0", "amount_1": "6.57"}, "method_1", "valid choice"),
        ({"how": "now", "method_1": "cash", "amount_1": "6.577"}, "amount_1", "more than 2 decimals"),
        ({"how": "later"}, "how", "valid choice"),
        ({}, "how", "required"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_at_its_field(
    client: Client, order: CustomerOrder, typed: Fields, field: str, message: str
) -> None:
    answer = client.post(page(order, "pick-up"), {"version": "1", "line_1": "3", "line_2": "1.5", **typed})
    assert answer.status_code == 422
    assert message in str(answer.context["form"].errors[field])
    assert not Delivery.objects.exists()


def test_what_is_due_follows_the_quantities(client: Client, order: CustomerOrder) -> None:
    typed = {"version": "1", "line_1": "1", "line_2": "", "how": "now", "amount_1": "6.57", "shown_due": "6.57", "do": "due"}
    part = client.post(page(order, "pick-up"), typed, headers={"HX-Request": "true"})
    assert part.context["due"].invoice == Decimal("3.17")
    assert f'name="shown_due" value="{part.context["due"].due}"' in part.content.decode()
    # Without script the whole page comes back, and an amount that nobody touched follows what is due.
    assert client.post(page(order, "pick-up"), typed).context["form"]["amount_1"].value() == str(part.context["due"].due)
    assert "invalid-feedback" not in part.content.decode()
    # An amount that somebody typed is left alone.
    whole = client.post(page(order, "pick-up"), {**typed, "amount_1": "5.00"})
    assert whole.status_code == 200
    assert 'value="5.00"' in whole.content.decode()
    wrong = client.post(page(order, "pick-up"), {**typed, "line_1": "9"}, headers={"HX-Request": "true"})
    assert "only 3 of 9 are left to pick up" in wrong.content.decode()
    assert not Delivery.objects.exists()


def test_invoice_goes_on_account_unless_it_is_paid(client: Client, showcase: Showcase) -> None:
    order = take_order(showcase.stores[1], (COLA, "2"), delivery="ship")
    assert client.get(page(order, "ship")).context["form"]["how"].value() == "account"
    client.post(page(order, "ship"), {"version": "1", "line_1": "1", "how": "account"})
    (delivery,) = Delivery.objects.all()
    assert (delivery.verb, delivery.on_account, delivery.work_state) == ("ship", True, "queued")
    # While it is in work every action says so.
    again = client.post(page(order, "ship"), {"version": "1", "line_1": "1", "how": "account"})
    assert "DELIVERY_IN_PROGRESS" in again.content.decode()
    assert "A delivery of the order is in work." in client.get(page(order, "pick"), follow=True).content.decode()
    reasons = {str(action.name): action.refusal for action in client.get(f"/customer-orders/{order.pk}/").context["actions"]}
    assert reasons.pop("Print") == ""
    assert set(reasons.values()) == {"A delivery of the order is in work.", "Nothing of the order is invoiced that could come back."}


def test_buttons_say_why_they_are_not_possible(client: Client, order: CustomerOrder) -> None:
    def reasons() -> dict[str, object]:
        return {str(action.name): action.refusal for action in client.get(f"/customer-orders/{order.pk}/").context["actions"]}

    found = reasons()
    assert (found["Pick"], found["Pick up"], found["Invoice"]) == ("", "", "")
    assert found["Ship"] == "No open line is to be shipped."
    assert found["Unpack"] == "Nothing is packed."
    assert found["Return"] == "Nothing of the order is invoiced that could come back."
    assert "Take back" not in found
    client.force_login(make_person("paul", "poster"))
    found = reasons()
    assert (found["Pick"], found["Pick up"]) == ("You have no right to do this.", "")
    invoice(order)
    assert reasons()["Invoice"] == "The order is invoiced."
    assert "Nothing is left to be picked" not in client.post(page(order, "invoice"), {"version": "3"}, follow=True).content.decode()


def test_cancel_shows_charge_and_refund_before_it_is_done(client: Client, showcase: Showcase, order: CustomerOrder) -> None:
    set_retail_parameters(["customer_orders.cancellation_charge_percent=10"], showcase.company.code, "maria")
    asked = client.get(page(order, "cancel"))
    assert tuple(asked.context["comes"])[:2] == (Decimal("1.16"), Decimal("3.84"))
    seen = asked.context["comes"].seen
    everything = {"version": "1", "line_1": "3", "line_2": "1.5"}
    # Nobody cancels what he has not seen, nor without saying how the refund is paid.
    unseen = client.post(page(order, "cancel"), {**everything, "line_1": "1", "seen": seen, "refund_method": "cash"})
    assert "press again to confirm" in unseen.content.decode()
    no_method = client.post(page(order, "cancel"), {**everything, "seen": seen})
    assert "Choose how the refund is paid." in str(no_method.context["form"].errors["refund_method"])
    part = client.post(page(order, "cancel"), {**everything, "line_1": "1", "do": "due"}, headers={"HX-Request": "true"})
    assert part.context["comes"].refund < Decimal("3.84")
    assert CustomerOrder.objects.get(pk=order.pk).cancelled == 0
    done = client.post(page(order, "cancel"), {**everything, "seen": seen, "refund_method": "cash"}, follow=True)
    assert "Charge 1.16, paid back 3.84 USD." in done.content.decode()
    order.refresh_from_db()
    assert (order.order.status, order.charged, order.cancelled) == ("cancelled", Decimal("1.16"), order.total)
    assert "The order is cancelled." in client.get(page(order, "pick"), follow=True).content.decode()
    history = client.get(f"/customer-orders/{order.pk}/?tab=history").content.decode()
    assert "Paid back 3.84" in " ".join(history.split())


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"line_1": "9"}, "line_1", "only 3 of 9 are left to cancel"),
        ({"line_1": "x"}, "line_1", "Enter a number"),
        ({"line_1": "1", "refund_method": "shells"}, "refund_method", "valid choice"),
        ({"line_1": "1", "version": "7", "seen": "0.000/0.000"}, None, "is not at version 7"),
    ],
)
def test_a_refused_cancellation_changes_nothing(client: Client, showcase: Showcase, typed: Fields, field: str | None, message: str) -> None:
    order = take_order(showcase.stores[0], (MILK, "3"))
    answer = client.post(page(order, "cancel"), {"version": "1", **typed})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert message in str(form.non_field_errors() if field is None else form.errors[field])
    assert CustomerOrder.objects.get(pk=order.pk).cancelled == 0


def test_goods_come_back_on_an_order_of_their_own(client: Client, order: CustomerOrder) -> None:
    assert "Nothing of the order is invoiced" in client.get(page(order, "return-goods"), follow=True).content.decode()
    invoice(order)
    asked = client.get(page(order, "return-goods"))
    # Of 11.57 a deposit of 5.00 was paid, 6.57 are owed: what is owed goes first.
    assert asked.context["comes"].refund == Decimal("5.00")
    typed = {"line_1": "2", "line_2": "0", "refund_method": "cash"}
    part = client.post(page(order, "return-goods"), {**typed, "do": "due"}, headers={"HX-Request": "true"})
    assert part.context["comes"].refund == Decimal("0")
    confirmed = {**typed, "seen": part.context["comes"].seen, "version": str(asked.context["row"].version)}
    done = client.post(page(order, "return-goods"), confirmed, follow=True)
    back = CustomerOrder.objects.get(order__number=f"{order.order.number}-R1")
    assert done.redirect_chain[-1][0] == f"/customer-orders/{back.pk}/"
    finish_here([Delivery.objects.get(order=back.pk).pk], "test")
    assert not OrderPayment.objects.filter(order=back.pk).exists()
    assert CustomerTransaction.objects.latest("pk").amount == Decimal("-6.34")
    shown = client.get(f"/customer-orders/{order.pk}/").content.decode()
    assert f"{order.order.number}-R1/1" in shown
    too_much = client.post(page(order, "return-goods"), {"line_1": "2", "refund_method": "cash", "seen": "0/0"})
    assert re.search(r"only 1 \w+ can still be returned, not 2", too_much.content.decode())


def test_a_return_that_is_confirmed_twice_is_made_once(client: Client, order: CustomerOrder) -> None:
    invoice(order)
    asked = client.get(page(order, "return-goods"))
    typed = {"line_1": "1", "line_2": "", "refund_method": "cash", "seen": "0.000/0.000", "version": str(asked.context["row"].version)}
    assert client.post(page(order, "return-goods"), typed).status_code == 302
    again = client.post(page(order, "return-goods"), typed)
    assert (again.status_code, CustomerOrder.objects.exclude(pk=order.pk).count()) == (422, 1)
    assert "load it again" in again.content.decode()


def test_orders_of_other_stores_are_not_found(client: Client, showcase: Showcase, order: CustomerOrder) -> None:
    client.force_login(make_person("nora", "order_desk", stores=[showcase.stores[1]]))
    for act in ("pick", "pick-up", "invoice"):
        assert client.post(page(order, act), {"version": "1", "line_1": "1", "how": "account"}).status_code == 404
    assert stages(order) == [("0", "0", "0"), ("0", "0", "0")]


def test_numbers_are_typed_as_the_language_writes_them(client: Client, order: CustomerOrder) -> None:
    client.cookies["django_language"] = "de"
    asked = client.get(page(order, "pick-up"))
    assert 'value="1,5"' in asked.content.decode()
    assert 'value="6,57"' in asked.content.decode()
    client.post(page(order, "pick"), {"version": "1", "line_2": "1,5"})
    assert stages(order) == [("0", "0", "0"), ("1.5", "0", "0")]


def test_a_return_that_is_refused_still_says_what_is_left(client: Client, order: CustomerOrder) -> None:
    """The page is drawn again with what may come back, not with nothing (C13)."""
    invoice(order)
    asked = client.get(page(order, "return-goods"))
    left = [(line.item, line.most) for line, _, _ in asked.context["form"].rows]
    assert left == [(MILK, Decimal(3)), (BANANAS, Decimal("1.5"))]
    sent = {"version": str(asked.context["row"].version), "line_1": "3", "line_2": "1.5", "seen": asked.context["comes"].seen, "do": "act"}
    refused = client.post(page(order, "return-goods"), sent)
    assert "Choose how the refund is paid." in refused.content.decode()
    assert [(line.item, line.most) for line, _, _ in refused.context["form"].rows] == left
    cells = re.findall(r'class="quantity">([^<]*)', refused.content.decode())
    assert [cell.strip() for cell in cells][:2] == [
        cell.strip() for cell in re.findall(r'class="quantity">([^<]*)', asked.content.decode())
    ][:2]
    assert all(cell.strip() != "0" for cell in cells)
