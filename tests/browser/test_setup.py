"""Setup from the keyboard side of the desk: a policy group and an item are made, changed, looked back on and deactivated."""

import re

from playwright.sync_api import expect

from inventory.models import Item, ItemModelGroup
from orders.models import Store
from tests.browser.conftest import Opener, Watch
from tests.browser.world import Showcase

# Answers that ask back or refuse come with their status, which the browser notes on the console.
ASKED_BACK = ("409 (Conflict)", "422 (Unprocessable")


def test_a_group_and_an_item_are_made_changed_and_deactivated(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ASKED_BACK
    page = open_page("/setup/", user="maria")
    page.get_by_role("link", name="Item model groups").click()
    page.get_by_role("link", name="New").click()
    page.get_by_label("Name").fill("Fresh goods, may go negative")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is saved yet")
    expect(page.get_by_label("Name")).to_have_value("Fresh goods, may go negative")
    page.get_by_label("Item model group").fill("FRESH")
    page.get_by_label("Physical negative inventory").check()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("Item model group FRESH is saved.")
    assert ItemModelGroup.objects.get(code="FRESH").negative_physical

    page.goto("/setup/items/new/")
    page.get_by_role("textbox", name="Item", exact=True).fill("5000")
    page.get_by_label("Name").fill("Raspberries")
    for label, option in (
        ("Item group", "GROUP · Group"),
        ("Unit", "kg"),
        ("Item model group", "FRESH · Fresh goods, may go negative"),
        ("Tracking group", "batch · Batch"),
        ("Storage group", "plain-of-tests · Plain"),
    ):
        page.get_by_role("combobox", name=label, exact=True).select_option(option)
    page.get_by_label("Standard cost").fill("1e3")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("alert")).to_contain_text("is not a number")
    page.get_by_label("Standard cost").fill("3.20")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("5000 Raspberries")

    page.get_by_label("Standard cost").fill("3.45")
    expect(page.get_by_text("There are changes that are not saved.")).to_be_visible()
    page.get_by_role("button", name="Save").first.click()
    page.get_by_role("link", name="History").click()
    row = page.get_by_role("row").filter(has_text="Standard cost")
    expect(row).to_contain_text("maria")
    expect(row).to_contain_text(re.compile("3.2.*3.45"))

    page.go_back()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("is inactive and no longer offered")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Inactive")
    assert not Item.objects.get(code="5000").is_active


def test_what_a_change_does_is_asked_first(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ASKED_BACK
    store = showcase.stores[0]
    page = open_page("/setup/stores/", user="maria")
    page.get_by_role("link", name=store.code).click()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("alert")).to_contain_text("transactions are on no statement yet")
    page.get_by_role("button", name="Deactivate all the same").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Inactive")
    assert not Store.objects.get(pk=store.pk).is_active


def test_two_people_change_one_record(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ASKED_BACK
    address = f"/setup/items/{showcase.items['1082185'].pk}/edit/"
    mine, theirs = open_page(address, user="maria"), open_page(address, user="maria")
    theirs.get_by_label("Name").fill("Bananas of theirs")
    theirs.get_by_role("button", name="Save").first.click()
    expect(theirs.get_by_role("region", name="Messages")).to_contain_text("is saved")
    mine.get_by_label("Name").fill("Bananas of mine")
    mine.get_by_role("button", name="Save").first.click()
    alert = mine.get_by_role("alert")
    expect(alert).to_contain_text("Somebody else changed this")
    expect(alert).to_contain_text("Bananas of mine")
    expect(alert).to_contain_text("Bananas of theirs")
    expect(mine.get_by_label("Name")).to_have_value("Bananas of mine")
    mine.get_by_role("button", name="Save").first.click()
    expect(mine.get_by_role("heading", level=1)).to_contain_text("Bananas of mine")
