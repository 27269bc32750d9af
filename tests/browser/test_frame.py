"""The frame: colours without a flash, the navigation pane at every width, fast tabs that stay as left, leaving with unsaved changes."""

import re

import pytest
from playwright.sync_api import Dialog, expect

from tests.browser.conftest import Opener, Watch
from tests.browser.world import PASSWORD, Showcase, make_company


def test_colours_are_remembered_and_never_flash(open_page: Opener, showcase: Showcase) -> None:
    page = open_page("/statements/", user="maria")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Colours").click()
    page.get_by_role("button", name="Dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    assert 'data-bs-theme="dark"' in page.request.get("/statements/").text(), "the server sends the chosen colours"
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")

    page.get_by_role("button", name="Colours").click()
    page.get_by_role("button", name="Like the system").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    # The script stands before the style sheets: there is no moment in which a page of the other colours could be painted.
    head = page.request.get("/statements/").text()
    assert head.index("theme.js") < head.index("bootstrap.min.css")


def test_navigation_collapses_at_a_desk_and_slides_in_on_a_telephone(open_page: Opener, showcase: Showcase) -> None:
    page = open_page("/", user="maria")
    statements = page.locator("#navpane").get_by_role("link", name="Statements")
    wide = statements.bounding_box()
    page.get_by_role("button", name="Navigation with names").click()
    narrow = statements.bounding_box()
    assert wide
    assert narrow
    assert narrow["width"] < wide["width"] / 2
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-nav", "narrow")

    page.set_viewport_size({"width": 375, "height": 800})
    expect(statements).to_be_hidden()
    page.get_by_role("button", name="Open navigation").click()
    expect(statements).to_be_visible()
    statements.click()
    expect(page.get_by_role("heading", name="Statements")).to_be_visible()


def test_skip_link_leads_to_the_content(open_page: Opener, showcase: Showcase) -> None:
    page = open_page("/", user="maria")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to the content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_fast_tabs_stay_as_left_and_sum_up_what_is_typed(open_page: Opener, showcase: Showcase) -> None:
    page = open_page("/parameters/retail/", user="maria", alone=True)
    order = page.get_by_role("button", name="Inventory update")
    page.get_by_label("Default batch id", exact=True).first.fill("TYPED")
    order.click()
    expect(order).to_have_attribute("aria-expanded", "false")
    expect(order).to_contain_text("Default batch id: TYPED")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(order).to_have_attribute("aria-expanded", "false")


def test_leaving_with_unsaved_changes_asks_first(open_page: Opener, showcase: Showcase) -> None:
    page = open_page("/parameters/retail/", user="maria", alone=True)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    field = page.get_by_label("Default batch id", exact=True).first
    field.fill("TYPED")
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(field).to_have_value("TYPED")
    assert asked == ["beforeunload"]


def test_signing_out_and_in_again_leads_back(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    page = open_page("/", user="maria")
    page.get_by_role("button", name=re.compile("maria")).click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/jobs/")
    expect(page.get_by_label("User name")).to_be_focused()
    page.get_by_label("User name").fill("maria")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("User name")).to_have_value("maria")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()


@pytest.mark.parametrize("path", ["/statements/", "/parameters/retail/"])
def test_who_may_only_look_is_told_so(path: str, open_page: Opener, showcase: Showcase) -> None:
    page = open_page(path, user="theo")
    expect(page.locator(".why-not").first).to_contain_text(re.compile("right"))
    expect(page.locator(".actions .btn-primary").first).to_be_disabled()


def test_company_is_switched_in_the_top_bar(open_page: Opener, showcase: Showcase) -> None:
    make_company("FRMF", "Marché Vert")
    page = open_page("/parameters/retail/", user="maria")
    expect(page.get_by_role("heading", name="Retail parameters")).to_contain_text("Marché Vert")
    page.get_by_role("button", name="Marché Vert").click()
    page.get_by_role("button", name="USMF Green Market Inc.").click()
    expect(page.get_by_role("heading", name="Retail parameters")).to_contain_text("Green Market Inc.")
    page.get_by_role("link", name="Statements").click()
    expect(page.get_by_role("banner")).to_contain_text("Green Market Inc.")
