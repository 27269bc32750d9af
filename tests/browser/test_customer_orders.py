"""Customer orders at the desk, from the keyboard: taken, picked, handed out on the default batch; refused without it; cancelled."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from inventory.models import Item
from orders.models import Customer, CustomerOrder, Delivery, OrderPayment
from orders.services.delivery_queue import finish_here
from parameters.services import set_retail_parameters
from tests.browser.conftest import Opener
from tests.browser.test_journeys import press_access_key, tab_to
from tests.browser.world import Showcase
from tests.orders.desk import invoice, restock, take_order, use_default_batch

MILK, TOWELS = "1029743", "1133018"


def type_into(page: Page, label: str, text: str) -> None:
    """Walks to the field with the Tab key and types."""
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(text)


def work_of_the_engine() -> None:
    """What a worker would do with what was asked for."""
    finish_here(list(Delivery.objects.exclude(work_state="").values_list("pk", flat=True)), "worker")


@pytest.mark.slow
def test_an_order_is_taken_picked_and_handed_out_on_the_default_batch(open_page: Opener, showcase: Showcase) -> None:
    restock(showcase)
    use_default_batch(showcase)
    page = open_page("/customer-orders/", user="maria")
    press_access_key(page, "w")
    expect(page.get_by_role("heading", name="New customer order")).to_be_visible()
    type_into(page, "Store", "S367")
    type_into(page, "Line 1: Item", MILK)
    type_into(page, "Line 1: Quantity", "70")
    type_into(page, "Line 1: Price", "2.99")
    type_into(page, "Payment 1", "Cash")
    type_into(page, "Amount 1", "20")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("The order is taken.")
    order = CustomerOrder.objects.get()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.order.number)

    press_access_key(page, "k")
    expect(page.get_by_role("heading", name="Pick")).to_be_visible()
    quantity = page.get_by_label(f"Line 1, {MILK}")
    tab_to(page, quantity)
    page.keyboard.press("Control+a")
    page.keyboard.type("62")
    page.keyboard.press("Enter")
    stages = page.locator(".stages")
    expect(stages).to_contain_text("Picked 62")
    expect(stages).to_contain_text("Open 8")

    press_access_key(page, "p")
    settle = page.locator("#settle")
    expect(settle).to_contain_text("189.30 USD")
    type_into(page, "Payment 1", "Cash")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Delivery 1: Pick up")).to_be_visible()
    work_of_the_engine()
    # The page moves on by itself.
    expect(page.locator("#order-state")).to_contain_text("Invoiced")
    expect(page.locator("#order-facts")).to_contain_text("209.30")
    tab_to(page, page.get_by_role("link", name="Batch allocations"))
    page.keyboard.press("Enter")
    rows = page.locator("#order-rest tbody")
    expect(rows).to_contain_text("CO-DEF")
    expect(rows).to_contain_text("Default batch")
    expect(rows).to_contain_text("The batches left were expired on the business date (CO-DEF)")
    expect(rows).to_contain_text("First to expire")
    assert sorted(OrderPayment.objects.values_list("amount", flat=True)) == [20, OrderPayment.objects.get(kind="payment").amount]


def test_an_order_that_is_refused_leads_to_the_setting(open_page: Opener, showcase: Showcase) -> None:
    restock(showcase)
    order = take_order(showcase.stores[0], (MILK, "70"), number="CO-1")
    invoice(order)
    page = open_page("/customer-orders/?view=none&state=failed", user="maria")
    tab_to(page, page.get_by_role("link", name="CO-1"))
    page.keyboard.press("Enter")
    why = page.get_by_role("region", name="Why it is not invoiced")
    expect(why).to_contain_text("NO_VALID_BATCH")
    expect(why).to_contain_text("8 each")
    tab_to(page, why.get_by_role("link", name="Open Use default batch id"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/parameters/retail/**")
    switch = page.get_by_label("Use default batch id", exact=True)
    expect(switch).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("CO-DEF")
    # The note answers first: a request that is under way while the page goes would be reported as an error.
    expect(page.locator("#note-customer_orders")).to_contain_text("would get it on first use")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Enter")
    saved = page.get_by_role("region", name="Messages")
    expect(saved.or_(page.get_by_role("alertdialog")).first).to_be_visible()
    if page.get_by_role("alertdialog").is_visible():
        page.get_by_role("button", name="Save all the same").press("Enter")
    expect(saved).to_contain_text("are saved.")
    invoice(order)
    page.goto(f"/customer-orders/{order.pk}/")
    expect(page.locator("#order-state")).to_contain_text("Invoiced")
    expect(page.get_by_role("heading", name="Why it is not invoiced")).to_have_count(0)


def test_an_order_is_cancelled_with_its_refund(open_page: Opener, showcase: Showcase) -> None:
    restock(showcase)
    order = take_order(showcase.stores[0], (TOWELS, "3"), (MILK, "2"), paid="10.00", number="CO-2")
    page = open_page(f"/customer-orders/{order.pk}/", user="maria")
    press_access_key(page, "c")
    settle = page.locator("#settle")
    expect(settle).to_contain_text("Paid back")
    expect(settle).to_contain_text("10.00 USD")
    # Less is cancelled: what is paid back follows while the focus stays where it is.
    quantity = page.get_by_label(f"Line 1, {TOWELS}")
    tab_to(page, quantity)
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    page.keyboard.press("Tab")
    charge_and_refund = settle.locator("dd")
    expect(charge_and_refund).to_have_text(["0.00 USD", "0.00 USD"])
    expect(page.get_by_label(f"Line 2, {MILK}")).to_be_focused()
    quantity.fill("3")
    page.keyboard.press("Tab")
    expect(charge_and_refund).to_have_text(["0.00 USD", "10.00 USD"])
    tab_to(page, page.get_by_label("Paid back by"))
    page.keyboard.type("Cash")
    tab_to(page, page.get_by_role("button", name="Cancel", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text(re.compile(r"Charge 0\.00, paid back 10\.00 USD"))
    expect(page.locator("#order-state")).to_contain_text("Cancelled")
    order.refresh_from_db()
    assert order.cancelled == order.total


def test_an_order_is_scanned_and_looked_up(open_page: Opener, showcase: Showcase) -> None:
    """By keyboard and scanner alone: a customer by name, an item by barcode; what is free, the total and the deposit are said."""
    restock(showcase)
    Item.objects.filter(code=MILK).update(barcode="96385074")
    Customer.objects.create(code="C-77", name="Ann Lee", phone="+1 555 0100")
    set_retail_parameters(["customer_orders.default_deposit_percent=50"], showcase.company.code, "maria")
    page = open_page("/customer-orders/new/", user="maria")
    type_into(page, "Store", "S367")
    customer = page.get_by_label("Customer", exact=True)
    tab_to(page, customer)
    page.keyboard.type("Ann")
    expect(page.locator("#suggested-customer option[value='C-77']")).to_have_count(1)
    page.keyboard.press("Control+a")
    page.keyboard.type("C-77")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Delivery mode")).to_be_focused()
    tab_to(page, page.get_by_label("Line 1: Item"))
    page.keyboard.type("96385074")
    expect(page.locator(f"#suggested-item option[value='{MILK}']")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Line 1: Quantity")).to_be_focused()
    expect(page.locator("#about-1")).to_contain_text("each free")
    page.keyboard.type("2")
    type_into(page, "Line 1: Price", "3.00")
    batch = page.get_by_label("Line 1: Batch")
    tab_to(page, batch)
    expect(page.locator("#suggested-batch option").first).to_have_attribute("value", re.compile(".+"))
    sums = page.locator("#order-sum dd")
    expect(sums).to_have_text(["6.00 USD", "0.00 USD", "6.00 USD", "3.00 USD"])
    type_into(page, "Payment 1", "Cash")
    type_into(page, "Amount 1", "3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("The order is taken.")
    order = CustomerOrder.objects.get()
    assert (order.order.customer.code, order.total, order.deposit_wanted) == ("C-77", Decimal(6), Decimal(3))
