"""What people do, from the keyboard, on the real engine: set a default batch id; find out why a statement stopped and post it again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from core.jobs.models import Job
from orders.models import BatchAllocation
from parameters.models import RetailParameters
from parameters.services import save_retail_parameters, set_retail_parameters
from retailhq.embedded.supervise import Crew
from statements.models import Statement, StatementEvent
from statements.services.calculation import calculate_statements
from statements.services.posting import run_inline
from tests.browser.conftest import Opener, Watch
from tests.browser.world import PASSWORD, Showcase, calculate_and_post, show_work

pytestmark = pytest.mark.slow

SECONDS = 1000
# How the focus is drawn; empty where the element has it not, nothing where the page has the element no longer.
OUTLINE = """(element) => element.isConnected ? element === document.activeElement ? getComputedStyle(element).outlineStyle : "" : null"""


def tab_to(page: Page, target: Locator, presses: int = 90, *, backwards: bool = False) -> None:
    """Walks with the Tab key until the target has the focus, and makes sure that the focus can be seen there."""
    # Found once: to go by the roles and names of all elements after each key is most of the work of a walk.
    element = target.element_handle()
    for _ in range(presses):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        outline = element.evaluate(OUTLINE)
        if outline is None:
            element = target.element_handle()
            outline = element.evaluate(OUTLINE)
        if outline:
            assert outline != "none", "the focus cannot be seen"
            return
    raise AssertionError(f"{target} cannot be reached with the Tab key")


def press_access_key(page: Page, letter: str) -> None:
    """Alt and a letter as a keyboard sends them; Playwright's own `press` leaves out the letter that access keys go by."""
    key = {"key": letter, "code": f"Key{letter.upper()}", "windowsVirtualKeyCode": ord(letter.upper()), "unmodifiedText": letter}
    page.context.new_cdp_session(page).send("Input.dispatchKeyEvent", {"type": "keyDown", "modifiers": 1, **key})


def test_default_batch_id_is_set_from_the_keyboard(open_page: Opener, showcase: Showcase) -> None:
    page = open_page("/parameters/retail/")
    expect(page).to_have_title(re.compile("Sign in"))
    page.keyboard.type("maria")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Retail parameters")).to_be_visible()
    tab_to(page, page.get_by_role("tab", name="Posting"))
    tab_to(page, page.get_by_label("Use default batch id when batch numbers are not found"))
    page.keyboard.press("Space")
    note = page.locator("#note-posting")
    expect(note).to_contain_text("The switch needs a default batch id")
    page.keyboard.press("Tab")
    page.keyboard.type("NOBATCH")
    expect(note).to_contain_text("0 of 5 batch-tracked items have this batch")
    expect(note).to_contain_text("5 would get it on first use")
    expect(page.get_by_text("There are changes that are not saved.")).to_be_visible()

    tab_to(page, page.get_by_role("tab", name="Posting"), backwards=True)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("tab", name="Customer orders")).to_be_focused()
    tab_to(page, page.get_by_label("Use default batch id", exact=True))
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("M-1228-W367")
    expect(page.locator("#note-customer_orders")).to_contain_text("Of 1 item this number is a real batch")
    page.keyboard.press("Control+a")
    page.keyboard.type("ORDERS")
    expect(page.locator("#note-customer_orders")).to_contain_text("It is nowhere a real batch")
    page.keyboard.press("Enter")

    expect(page.get_by_role("region", name="Messages")).to_contain_text("Retail parameters of Green Market Inc. are saved.")
    record = RetailParameters.objects.get()
    assert (record.posting_use_default_batch_id, record.posting_default_batch_id) == (True, "NOBATCH")
    assert (record.customer_orders_use_default_batch_id, record.customer_orders_default_batch_id) == (True, "ORDERS")

    page.get_by_role("link", name="History").press("Enter")
    row = page.get_by_role("row").filter(has_text="Default batch id").filter(has_text="NOBATCH")
    expect(row).to_contain_text("maria")


def test_a_value_is_restored_from_the_history(open_page: Opener, showcase: Showcase) -> None:
    """The restored number is one that open statements would feel, so its effect is shown first; what was typed is kept."""
    calculate_statements((), None, "maria")
    set_retail_parameters(["posting.use_default_batch_id=true", "posting.default_batch_id=OLD"], None, "maria")
    set_retail_parameters(["posting.default_batch_id=NEW", "posting.max_lines_per_order=50"], None, "theo")
    page = open_page("/parameters/retail/history/", user="maria")
    page.get_by_label("Field").select_option("Posting > Inventory update > Default batch id")
    page.get_by_role("button", name="Apply").press("Enter")
    expect(page.get_by_role("row").filter(has_text="Inventory update")).to_have_count(2)
    tab_to(page, page.get_by_role("button", name="Restore Posting > Inventory update > Default batch id to OLD"))
    page.keyboard.press("Enter")

    effects = page.get_by_role("alertdialog")
    expect(effects).to_contain_text("of open statements would go to the new default batch.")
    expect(page.get_by_label("Default batch id", exact=True).first).to_have_value("OLD")
    assert RetailParameters.objects.get().posting_default_batch_id == "NEW"
    tab_to(page, effects.get_by_role("button", name="Save all the same"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("are saved.")
    record = RetailParameters.objects.get()
    assert (record.posting_default_batch_id, record.posting_max_lines_per_order) == ("OLD", 50)


def test_other_values_after_the_confirmation_are_asked_about_again(open_page: Opener, showcase: Showcase) -> None:
    calculate_statements((), None, "maria")
    page = open_page("/parameters/retail/", user="maria")
    page.get_by_label("Use default batch id when batch numbers are not found").check()
    number = page.get_by_label("Default batch id", exact=True).first
    number.fill("DEF")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_role("alertdialog")).to_contain_text("would go through instead of stopping")
    expect(number).to_have_value("DEF")
    page.get_by_label("Use default batch id when batch numbers are not found").uncheck()
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("are saved.")
    record = RetailParameters.objects.get()
    assert (record.posting_use_default_batch_id, record.posting_default_batch_id) == (False, "DEF")


def test_stopped_statement_is_understood_mended_and_posted(
    open_page: Opener, showcase: Showcase, start_worker: Callable[..., Crew]
) -> None:
    """The fallback is off, so spinach stops the second day of a store; the remedy leads to the setting, a real worker posts the rest."""
    calculate_and_post(showcase)
    stopped = showcase.statement("S367", 0)
    assert (stopped.failed_state, stopped.error_code) == ("Customer order invoiced", "NO_VALID_BATCH")
    start_worker(concurrency=1)

    page = open_page("/statements/?state=failed", user="maria")
    tab_to(page, page.get_by_role("link", name=stopped.number))
    page.keyboard.press("Enter")
    why = page.get_by_role("region", name="Why it stopped")
    expect(why).to_contain_text("NO_VALID_BATCH")
    expect(why).to_contain_text("995785")
    expect(why).to_contain_text("missing on")
    tab_to(page, why.get_by_role("link", name="Open Use default batch id"))
    page.keyboard.press("Enter")

    switch = page.get_by_label("Use default batch id when batch numbers are not found")
    expect(switch).to_be_focused()
    expect(page.get_by_text("statements stand still for want of a batch")).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("DEF")
    page.keyboard.press("Enter")
    effects = page.get_by_role("alertdialog")
    expect(effects).to_be_focused()
    expect(effects).to_contain_text("statements in their error state would go through when they are posted again.")
    expect(effects.get_by_role("link", name=stopped.number)).to_be_visible()
    tab_to(page, effects.get_by_role("button", name="Save all the same"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("are saved.")

    page.goto(f"/statements/{stopped.pk}/")
    # The remedy offers the same beside the reason.
    expect(why.get_by_role("button", name="Post again")).to_be_enabled()
    tab_to(page, page.locator("#statement-actions").get_by_role("button", name="Post again"))
    page.keyboard.press("Enter")
    # Nobody reloads: the page polls while the statement is in work, then brings its other parts up to date and falls silent.
    live = page.locator("#statement-live")
    expect(live.locator(".state")).to_have_text("Posted", timeout=60 * SECONDS)
    expect(page.get_by_role("button", name="Post")).to_be_disabled()
    expect(why).to_have_count(0)
    assert live.get_attribute("hx-get") is None

    page.get_by_role("link", name="Batch allocations").click()
    page.get_by_label("Where the units came from").select_option("default")
    page.get_by_role("button", name="Apply").click()
    line = page.get_by_role("row").filter(has_text="995785").first
    expect(line).to_contain_text("DEF")
    expect(line).to_contain_text("The batches of the item are used up")
    assert Statement.objects.get(pk=stopped.pk).post_state == "Posted"
    assert StatementEvent.objects.filter(statement=stopped, event="completed", state="Customer order created").count() == 1


def test_progress_survives_reload_and_ends_by_itself(open_page: Opener, showcase: Showcase) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    show_work(showcase)
    statement = showcase.statement("S367", 2)
    page = open_page(f"/statements/{statement.pk}/", user="maria")
    live = page.locator("#statement-live")
    for _ in range(2):
        expect(live).to_contain_text("12,480 / 31,000 lines")
        expect(live).to_contain_text("lines/s")
        expect(live).to_contain_text("left")
        expect(page.get_by_role("button", name="Post")).to_be_disabled()
        page.reload()
    expect(page.locator("#jobs-bell")).to_contain_text("1")

    Job.objects.update(done=24_000)
    expect(live).to_contain_text("24,000 / 31,000 lines")
    Statement.objects.filter(pk=statement.pk).update(work_state="", run_token=None, failed_state="Customer order created", error_code="X")
    Job.objects.update(status="failed", finished_at=statement.created_at)
    expect(live).to_contain_text("Failed: Customer order created")
    expect(page.get_by_role("button", name="Post again")).to_be_enabled()
    expect(page.locator("#announcer")).to_have_text(f"Statement {statement.number} stopped at Customer order created")
    expect(page.locator("#jobs-bell")).to_contain_text("0")
    with page.expect_response(re.compile("tab=events")):
        page.get_by_role("link", name="Event log").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/static/" not in request.url else None)
    page.wait_for_timeout(6 * SECONDS)
    assert not asked, "an idle page polls"


def test_several_statements_are_posted_from_the_list(open_page: Opener, showcase: Showcase) -> None:
    calculate_and_post(showcase, default_batch="DEF", through=0)
    page = open_page("/statements/", user="maria")
    post = page.get_by_role("button", name="Post")
    expect(post).to_be_disabled()
    expect(page.get_by_text("Pick rows first.")).to_be_visible()
    page.get_by_label("Pick all on this page").check()
    expect(page.get_by_text("6 picked")).to_be_visible()
    press_access_key(page, "p")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("2 statements are posted already.")
    expect(page.get_by_role("region", name="Messages").get_by_role("link", name=re.compile("Job .*: Post 4 statements"))).to_be_visible()

    page.get_by_label("Pick S367-000003").check()
    post.click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("1 statement is being posted already.")
    assert Job.objects.filter(finished_at=None).count() == 1
    run_inline(Job.objects.get(finished_at=None).pk, "worker")
    page.get_by_role("combobox", name="State", exact=True).select_option("posted")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("4 rows", exact=True)).to_be_visible()
    assert BatchAllocation.objects.filter(source="default").exists()


def test_calculate_from_the_list(open_page: Opener, showcase: Showcase) -> None:
    page = open_page("/statements/", user="maria")
    expect(page.get_by_text("There are no statements yet")).to_be_visible()
    page.get_by_role("button", name="Calculate").click()
    dialog = page.get_by_role("dialog", name="Calculate statements")
    dialog.get_by_label("Store").select_option("S367")
    dialog.get_by_label("Up to business date").fill("2017-01-03")
    dialog.get_by_role("button", name="Calculate").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("2 statements calculated")
    assert set(Statement.objects.values_list("number", flat=True)) == {"S367-000001", "S367-000002"}


def test_wrong_values_are_named_on_top_and_nothing_typed_is_lost(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ("422 (Unprocessable Entity)",)
    page = open_page("/parameters/retail/?tab=customer-orders", user="maria")
    page.get_by_label("Default deposit percentage").fill("250")
    page.get_by_label("Use default batch id", exact=True).check()
    page.get_by_role("tab", name="Posting").click()
    page.get_by_role("button", name="Aggregation").click()
    page.get_by_label("Maximum lines per order").fill("lots")
    page.get_by_role("button", name="Save").first.click()

    errors = page.get_by_role("alert")
    expect(errors).to_be_focused()
    expect(errors.get_by_role("link")).to_have_count(3)
    expect(page.get_by_role("tab", name=re.compile("Customer orders.*has errors"))).to_be_visible()
    errors.get_by_role("link", name="Default deposit percentage").click()
    deposit = page.get_by_label("Default deposit percentage")
    expect(deposit).to_be_focused()
    expect(deposit).to_have_value("250")
    errors.get_by_role("link", name="Maximum lines per order").press("Enter")
    expect(page.get_by_label("Maximum lines per order")).to_be_focused()
    expect(page.get_by_label("Maximum lines per order")).to_have_value("lots")


def test_concurrent_edit_shows_both_versions(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ("409 (Conflict)",)
    page = open_page("/parameters/retail/", user="maria")
    page.get_by_label("Default batch id", exact=True).first.fill("MINE")
    save_retail_parameters(showcase.company.pk, {"posting_default_batch_id": "THEIRS"}, RetailParameters.objects.get().version, "theo")
    page.get_by_role("button", name="Save").first.click()

    conflict = page.get_by_role("alert")
    expect(conflict).to_contain_text("Somebody else changed this")
    expect(conflict).to_contain_text("theo")
    row = conflict.get_by_role("row").filter(has_text="Default batch id")
    expect(row).to_contain_text("MINE")
    expect(row).to_contain_text("THEIRS")
    expect(page.get_by_label("Default batch id", exact=True).first).to_have_value("MINE")
    assert RetailParameters.objects.get().posting_default_batch_id == "THEIRS"
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("are saved.")
    assert RetailParameters.objects.get().posting_default_batch_id == "MINE"
