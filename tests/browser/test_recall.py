"""A recall drill: from the name of a batch to who got it, blocked everywhere; and why a line got its batch, in two clicks."""

import re

from playwright.sync_api import expect

from inventory.models import Batch
from orders.models import BatchAllocation
from tests.browser.conftest import Opener, Watch
from tests.browser.world import Showcase, calculate_and_post


def test_a_recall_drill(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ("422 (Unprocessable Entity)",)
    calculate_and_post(showcase, default_batch="DEF")
    batch = Batch.objects.get(number="M-1228-W367")
    page = open_page("/", user="maria")
    page.get_by_role("link", name="Recalls").click()
    page.get_by_role("link", name="New recall").click()
    page.get_by_label("Item", exact=True).fill(batch.item.code)
    page.get_by_label("Batch", exact=True).fill("no such batch")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("alert")).to_contain_text("has no batch no such batch")
    page.get_by_label("Batch", exact=True).fill(batch.number)
    page.get_by_label(re.compile("Mock recall")).check()
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Recall {batch.number}")
    expect(page.get_by_text("Sold to people without a name")).to_be_visible()
    page.get_by_role("button", name="Block everywhere").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Blocked for sale")
    batch.refresh_from_db()
    assert batch.disposition.blocks_sale
    page.get_by_role("link", name=re.compile("^Probable")).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text(batch.number)


def test_why_this_batch_is_two_clicks_away(open_page: Opener, showcase: Showcase) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    sold = BatchAllocation.objects.filter(source="default").latest("source_id")
    page = open_page(f"/orders/{sold.order_line.order_id}/", user="maria")
    page.get_by_role("link", name="Why this batch").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Equal to what was posted")
    expect(page.get_by_role("heading", name="Batches at that moment")).to_be_visible()
