"""List and page of customer orders: what they show, to whom, and the bulk action Invoice."""

from copy import deepcopy
from decimal import Decimal

import pytest
from django.test import Client

from inventory.models import Item
from orders.models import Delivery
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import finish_here, request_deliveries
from orders.services.pick_and_pack import handle_quantities
from tests.browser.world import Showcase
from tests.core.access.people import make_person
from tests.orders.desk import invoice, make_desk, take_order, use_default_batch
from tests.shared import make_once

pytestmark = pytest.mark.django_db
BANANAS, MILK, CHICKEN, TOWELS = "1082185", "1029743", "1106523", "1133018"


made_grocer = make_once(make_desk)


@pytest.fixture
def showcase(made_grocer: Showcase, db: None) -> Showcase:
    return deepcopy(made_grocer)


def text_of(client: Client, address: str) -> str:
    """The page without its line breaks."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def test_the_list_says_what_is_open_and_paid(client: Client, showcase: Showcase) -> None:
    client.force_login(make_person("olga", "order_desk"))
    open_one = take_order(showcase.stores[0], (BANANAS, "1.5"), (MILK, "3"), paid="5.00")
    done = take_order(showcase.stores[1], (MILK, "2"))
    invoice(done)
    rows = {row.pk: row for row in client.get("/customer-orders/").context["page"].rows}
    assert [(str(quantity.normalize()), unit) for quantity, unit in rows[open_one.pk].left] == [("3", "each"), ("1.5", "kg")]
    assert (rows[open_one.pk].paid, rows[open_one.pk].open_amount) == (5, open_one.total)
    assert (rows[done.pk].left, rows[done.pk].open_amount) == ([], 0)
    exported = b"".join(client.post("/customer-orders/", {"do": "export", "format": "csv"}).streaming_content).decode()  # type: ignore[attr-defined]
    assert '"3 each, 1.5 kg"' in exported


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=open", {"A"}),
        ("state=invoiced", {"B"}),
        ("state=failed", set()),
        ("store=S406", {"B"}),
        ("customer=S367-WALKIN", {"A"}),
        ("delivery=ship", {"B"}),
        ("error_code=NO_VALID_BATCH", set()),
        ("date_from=2017-01-03", set()),
        ("q=B", {"B"}),
        ("state=nonsense&date_to=tomorrow&store=%00&delivery=9", {"A", "B"}),
    ],
)
def test_the_list_is_narrowed(client: Client, showcase: Showcase, query: str, found: set[str]) -> None:
    client.force_login(showcase.clerk)
    take_order(showcase.stores[0], (MILK, "1"), number="A", customer="")
    invoice(take_order(showcase.stores[1], (MILK, "1"), number="B", delivery="ship"))
    page = client.get(f"/customer-orders/?view=none&{query}")
    assert {row.order.number for row in page.context["page"].rows} == found


def test_a_refused_delivery_says_item_quantity_and_setting(client: Client, showcase: Showcase) -> None:
    client.force_login(showcase.clerk)
    order = take_order(showcase.stores[0], (MILK, "80"), paid="10.00")
    invoice(order)
    page = text_of(client, f"/customer-orders/{order.pk}/")
    assert "Why it is not invoiced" in page
    assert "NO_VALID_BATCH" in page
    assert '<span class="quantity">18 <span class="unit">each</span>' in page
    # Who may not change the setting is told who may, and asks for it; who may is led to the field.
    assert "Open Use default batch id: Administrator" in page
    assert "/ask/?code=NO_VALID_BATCH&amp;way=parameters%3Aretail&amp;" in page
    assert "tab=customer-orders#id_customer_orders_use_default_batch_id" not in page
    client.force_login(make_person("mara", "administrator"))
    page = text_of(client, f"/customer-orders/{order.pk}/")
    assert "company=USMF&amp;tab=customer-orders#id_customer_orders_use_default_batch_id" in page
    assert "Open Use default batch id</a>" in page
    client.force_login(showcase.clerk)
    # What the link leads to mends it.
    use_default_batch(showcase)
    invoice(order)
    page = text_of(client, f"/customer-orders/{order.pk}/")
    assert "Why it is not invoiced" not in page
    why = text_of(client, f"/customer-orders/{order.pk}/?tab=allocations")
    assert "CO-DEF" in why
    assert "The batches left were expired on the business date (CO-DEF)" in why
    assert "First to expire" in why
    money = text_of(client, f"/customer-orders/{order.pk}/?tab=money")
    assert f"{order.order.number}-DEP" in money
    invoices = text_of(client, f"/customer-orders/{order.pk}/?tab=invoices")
    assert f"{order.order.number}-I1-INV" in invoices
    assert f"{order.order.number}-I1" in text_of(client, f"/customer-orders/{order.pk}/?tab=deliveries")


def test_lines_show_their_stages_and_what_is_set_aside(client: Client, showcase: Showcase) -> None:
    client.force_login(showcase.clerk)
    order = take_order(showcase.stores[0], (MILK, "3"))
    handle_quantities(order.pk, Verb.PICK, {1: Decimal(2)}, actor="olga")
    (view,) = client.get(f"/customer-orders/{order.pk}/").context["lines"]
    assert [(stage, int(quantity)) for stage, quantity in view.track] == [("open", 1), ("picked", 2)]
    assert [(row.batch.number, int(row.quantity)) for row in view.reservations] == [("M-1-S367", 3)]


def test_the_live_part_polls_only_while_a_delivery_is_in_work(client: Client, showcase: Showcase) -> None:
    client.force_login(showcase.clerk)
    order = take_order(showcase.stores[0], (MILK, "1"))
    _, deliveries = request_deliveries([order.pk], Verb.INVOICE, None, "olga", to_workers=False)
    address = f"/customer-orders/{order.pk}/live/"
    moving = client.get(address)
    assert 'hx-trigger="every 2s"' in moving.content.decode()
    assert "HX-Trigger-After-Settle" not in moving
    finish_here(deliveries, "test")
    still = client.get(address)
    assert "every 2s" not in still.content.decode()
    assert still["HX-Trigger-After-Settle"] == "order-changed"


def test_picked_orders_are_invoiced_by_one_job(client: Client, showcase: Showcase) -> None:
    client.force_login(make_person("olga", "order_desk"))
    orders = [take_order(showcase.stores[0], (MILK, "1")), take_order(showcase.stores[1], (TOWELS, "2"))]
    done = take_order(showcase.stores[0], (MILK, "1"))
    invoice(done)
    answer = client.post("/customer-orders/invoice/", {"picked": [order.pk for order in (*orders, done)]}, follow=True)
    deliveries = Delivery.objects.filter(work_state="queued")
    assert {delivery.order_id for delivery in deliveries} == {order.pk for order in orders}
    assert len({delivery.job_id for delivery in deliveries}) == 1
    assert "1 order is done" in answer.content.decode()
    # A second click starts nothing twice.
    client.post("/customer-orders/invoice/", {"picked": [order.pk for order in orders]})
    assert Delivery.objects.filter(order__in=[order.pk for order in orders]).count() == 2


def test_orders_of_other_stores_are_left_alone(client: Client, showcase: Showcase) -> None:
    theirs = take_order(showcase.stores[1], (MILK, "1"))
    client.force_login(make_person("olga", "order_desk", stores=[showcase.stores[0]]))
    assert client.get(f"/customer-orders/{theirs.pk}/").status_code == 404
    assert client.get(f"/customer-orders/{theirs.pk}/live/").status_code == 404
    assert theirs.order.number not in client.get("/customer-orders/").content.decode()
    client.post("/customer-orders/invoice/", {"picked": [theirs.pk, "x", "9" * 30]})
    assert not Delivery.objects.exists()


def test_who_may_only_look_cannot_invoice(client: Client, showcase: Showcase) -> None:
    order = take_order(showcase.stores[0], (MILK, "1"))
    client.force_login(make_person("ada", "auditor"))
    assert client.post("/customer-orders/invoice/", {"picked": [order.pk]}).status_code == 403
    assert "You have no right to invoice customer orders." in client.get("/customer-orders/").content.decode()


def test_a_customer_order_among_the_sales_orders_leads_to_its_own_page(client: Client, showcase: Showcase) -> None:
    order = take_order(showcase.stores[0], (MILK, "1"))
    client.force_login(showcase.clerk)
    assert client.get(f"/orders/{order.pk}/")["Location"] == f"/customer-orders/{order.pk}/"
    assert client.get("/customer-orders/999999/").status_code == 404


def test_untracked_goods_have_no_batch_to_explain(client: Client, showcase: Showcase) -> None:
    client.force_login(showcase.clerk)
    order = take_order(showcase.stores[0], (TOWELS, "2"))
    invoice(order)
    page = text_of(client, f"/customer-orders/{order.pk}/?tab=allocations")
    assert "Not batch-tracked" in page
    assert Item.objects.get(code=TOWELS).name in page
