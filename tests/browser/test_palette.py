"""The frame by keyboard: palette, messages, help with keys, buttons that say why not, and the menu of what does not fit."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Opener, Watch
from tests.browser.world import Showcase, calculate_and_post


def test_palette_is_walked_by_keyboard_and_remembers(open_page: Opener, showcase: Showcase) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    page = open_page("/jobs/", user="maria")
    bell = page.locator("#jobs-bell")
    bell.focus()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Page or number")
    expect(field).to_be_focused()
    options = page.get_by_role("listbox", name="Results").get_by_role("option")
    expect(options.filter(has_text="Statements")).to_be_visible()

    page.keyboard.type("s406-0")
    expect(options.first).to_contain_text("S406-000001")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")

    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(bell).to_be_focused()

    page.keyboard.press("Control+k")
    page.keyboard.type("S406-000001")
    expect(page.locator(".hits-name")).to_have_text(["Statements", "Sales orders"])
    expect(options.first).to_contain_text("S406-000001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("S406-000001")

    page.get_by_role("button", name="Search").first.click()
    expect(page.get_by_text("Recent")).to_be_visible()
    expect(options.first).to_contain_text("S406-000001")
    page.keyboard.type("there is no such number")
    expect(page.locator("[data-palette-nothing]")).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "false")


def test_messages_can_be_read_and_closed(open_page: Opener, showcase: Showcase) -> None:
    calculate_and_post(showcase)
    page = open_page("/statements/", user="maria")
    page.get_by_role("button", name="Calculate").click()
    dialog = page.get_by_role("dialog", name="Calculate statements")
    dialog.get_by_label("Store").select_option("S367")  # one store is calculated at once and told in a message; all are a job
    dialog.get_by_role("button", name="Calculate").click()
    note = page.locator("#toasts .note").first
    expect(note).to_be_visible()
    expect(page.locator("#announcer")).to_have_text(re.compile(r"\w"))
    note.get_by_role("button", name="Close this message").click()
    expect(note).to_have_count(0)


def test_keys_of_the_page_are_shown_and_a_refused_button_is_reached(open_page: Opener, showcase: Showcase) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    posted = showcase.statement("S367", 0)
    page = open_page("/parameters/retail/", user="maria")
    page.locator("h1").click()
    page.keyboard.press("?")
    keyboard = page.get_by_role("dialog", name="Keyboard")
    expect(keyboard).to_contain_text("Search pages and numbers")
    expect(keyboard.locator("[data-page-keys]")).to_contain_text("Save")
    page.keyboard.press("Escape")
    expect(keyboard).to_be_hidden()

    page.goto(f"/statements/{posted.pk}/")
    post = page.get_by_role("button", name="Post", exact=True)
    post.focus()
    expect(post).to_be_focused()
    expect(post).to_have_accessible_description(re.compile("posted"))
    page.keyboard.press("Enter")
    expect(page.locator("#announcer")).to_have_text("Post: The statement is posted.")


def test_a_part_of_the_page_that_arrives_is_no_news_of_the_statement(open_page: Opener, showcase: Showcase) -> None:
    """It would be read out in place of the answer to a key that was pressed just before."""
    calculate_and_post(showcase, default_batch="DEF")
    page = open_page("/", user="maria", alone=True)
    page.add_init_script("""
        const answer = () => Array.from(document.querySelectorAll("button")).find(button => button.textContent.trim() === "Post").click();
        document.addEventListener("htmx:afterSettle", answer, { capture: true, once: true });
    """)
    page.goto(f"/statements/{showcase.statement('S367', 0).pk}/")
    expect(page.locator("#announcer")).to_have_text("Post: The statement is posted.")


def test_bell_lists_the_last_jobs(open_page: Opener, showcase: Showcase) -> None:
    calculate_and_post(showcase)
    page = open_page("/", user="maria")
    page.locator("#jobs-bell").click()
    expect(page.locator("#jobs-menu")).to_contain_text("Post")
    page.locator("#jobs-menu .job-line").first.click()
    expect(page).to_have_url(re.compile(r"/jobs/\d+/"))


def test_store_and_language_are_kept(open_page: Opener, showcase: Showcase) -> None:
    page = open_page("/jobs/", user="maria")
    page.get_by_role("button", name="All stores").click()
    page.get_by_role("button", name="S406 Old RetailChain").click()
    expect(page.get_by_role("banner")).to_contain_text("S406 Old RetailChain")
    page.get_by_role("button", name=re.compile("maria")).click()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page).to_have_url(re.compile("/jobs/"))


def test_an_error_page_stands_in_the_frame(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ("404 (Not Found)",)
    page = open_page("/statements/999999/", user="maria")
    expect(page.get_by_role("navigation", name="Main navigation")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Search").or_(page.get_by_role("main").get_by_role("link", name="Search")).click()
    expect(page.get_by_role("combobox", name="Page or number")).to_be_focused()
