"""What people do with a list: narrow it, choose columns, keep it as a view, take it with them."""

import csv
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.world import Showcase, calculate_and_post


def test_a_list_is_narrowed_kept_as_a_view_and_exported(open_page: Opener, showcase: Showcase) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    page = open_page("/statements/", user="maria")
    page.locator("#id_state").select_option("posted")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".chip")).to_contain_text("Posted")
    page.wait_for_url("**state=posted**")

    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Store", exact=True).uncheck()
    page.locator("[data-columns]").get_by_role("button", name="Apply").click()
    expect(page.get_by_role("columnheader", name="Store")).to_have_count(0)

    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save filters, sort and columns as").fill("Posted ones")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("View “Posted ones” is saved.")
    expect(page.locator(".list-bar summary").first).to_contain_text("Posted ones")

    page.locator(".list-bar").get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.reader(Path(download.value.path()).read_text().splitlines()))
    assert "Store" not in rows[0]
    assert len(rows) - 1 == page.locator("#list tbody tr").count() > 0
