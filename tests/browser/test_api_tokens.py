"""A token is made on its page, opens the API, and opens it no longer once it is revoked; the API describes itself without outside help."""

import os
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Opener, Watch
from tests.browser.world import Showcase
from tests.retailhq.api.calling import Till

SCREENS = os.environ.get("RETAILHQ_SCREENS", "")


def test_a_token_is_made_used_and_revoked(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ("422 (Unprocessable",)
    page = open_page("/setup/api-tokens/", user="maria")
    expect(page.get_by_text("There are no tokens yet")).to_be_visible()
    page.get_by_role("link", name="New token").click()
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_text("Choose the stores, or all stores.").first).to_be_visible()
    page.get_by_label("Name").fill("Front till")
    page.get_by_label("Look at on-hand stock").check()
    page.get_by_label("Stores", exact=True).select_option(label=f"{showcase.stores[0].code} {showcase.stores[0].name}".strip())
    page.get_by_role("button", name="Make token").click()
    secret = page.locator(".user-select-all").inner_text()
    till = Till(secret=secret)
    assert till.get("on-hand").status == 200
    assert till.get("statements").body["code"] == "VERB_NOT_ALLOWED"

    page.get_by_role("link", name="Done").click()
    row = page.get_by_role("row", name="Front till")
    expect(row).to_contain_text(secret[:12])
    assert secret not in page.content()
    row.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name="Front till")).to_contain_text("Revoked")
    assert till.get("on-hand").body["code"] == "TOKEN_REVOKED"


def test_the_description_is_a_page_without_outside_help(open_page: Opener, watch: Watch) -> None:
    """The watch fails the test for whatever the content security policy blocks, and for every request elsewhere."""
    page = open_page("/api/v1/docs")
    expect(page.get_by_text("Place customer orders", exact=True)).to_be_visible()
    page.get_by_text("Place customer orders", exact=True).click()
    expect(page.get_by_text("Idempotency-Key").first).to_be_visible()
    if SCREENS:
        page.screenshot(path=Path(SCREENS) / "api-docs.png", full_page=True)
