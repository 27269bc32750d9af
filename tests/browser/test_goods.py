"""Goods that are missing are registered from the statement that stopped, and stock is counted by keyboard and scanner."""

from playwright.sync_api import expect

from inventory.models import Journal, OnHand
from statements.models import Statement
from tests.browser.conftest import Opener, Watch
from tests.browser.world import Showcase, calculate_and_post


def test_what_a_stopped_statement_lacks_is_registered_and_posted(open_page: Opener, showcase: Showcase) -> None:
    calculate_and_post(showcase, default_batch="DEFAULT")
    stopped = Statement.objects.filter(error_code="NEGATIVE_NOT_ALLOWED").earliest("pk")
    page = open_page(f"/statements/{stopped.pk}/", user="maria")
    page.get_by_role("link", name="Register").first.click()
    expect(page.get_by_role("heading", name="Register goods")).to_be_visible()
    expect(page.get_by_label("Line 1: Batch")).to_be_focused()
    page.keyboard.type("CH-LATE")
    # A scanner ends with Enter: the next field, not the form.
    page.keyboard.press("Enter")
    expect(page.get_by_label("Line 1: Quantity")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("50")
    page.get_by_role("button", name="Register goods").last.click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("The goods are in stock.")
    assert f"/statements/{stopped.pk}/" in page.url
    assert OnHand.objects.get(batch__number="CH-LATE").physical == 50


def test_stock_is_counted_with_suggestions(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ("422 (Unprocessable",)
    page = open_page("/inventory/journals/new/?kind=count&warehouse=W367&reason=Night+count", user="maria")
    item = page.get_by_label("Line 1: Item")
    item.press_sequentially("1029")
    expect(page.locator("#suggested-item option[value='1029743']")).to_have_count(1)
    item.fill("1029743")
    item.press("Enter")
    batch = page.get_by_label("Line 1: Batch")
    expect(batch).to_be_focused()
    expect(page.locator("#suggested-batch option").first).to_have_attribute("value", "M-1228-W367")
    batch.fill("M-1228-W367")
    batch.press("Enter")
    page.keyboard.type("-1")
    page.get_by_role("button", name="Post the journal").last.click()
    expect(page.get_by_role("alert")).to_contain_text("must not be below 0")
    page.get_by_label("Line 1: Quantity").fill("19")
    page.get_by_role("button", name="Post the journal").last.click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("The journal is posted.")
    assert OnHand.objects.get(batch__number="M-1228-W367").physical == 19
    assert Journal.objects.latest("pk").actor == "maria"
