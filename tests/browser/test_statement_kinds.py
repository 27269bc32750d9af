"""A store that posts its sales through the day: its money is stated in the evening, counted, differs, is accepted with a note, posted and
proven.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from core.jobs.models import Job
from orders.models import Store
from parameters.services import set_retail_parameters
from statements.models import Statement
from statements.services.posting import run_inline
from tests.browser.conftest import Opener
from tests.browser.test_journeys import tab_to
from tests.browser.world import BASKETS, FIRST_DAY, Showcase, ring


def calculates(page: Page, kind: str) -> None:
    """Asks for the statements of S367 of the first day in the dialog of the list."""
    page.goto("/statements/")
    page.get_by_role("button", name="Calculate").click()
    dialog = page.get_by_role("dialog", name="Calculate statements")
    dialog.get_by_label("Store").select_option("S367")
    dialog.get_by_label("Kind").select_option(label=kind)
    dialog.get_by_label("Up to business date").fill(FIRST_DAY.isoformat())
    dialog.get_by_role("button", name="Calculate").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("1 statement calculated")


def posts(page: Page, statement: Statement, button: str = "Post") -> None:
    """Presses the button and does the worker's work."""
    page.goto(f"/statements/{statement.pk}/")
    tab_to(page, page.locator("#statement-actions").get_by_role("button", name=button, exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("is asked for")
    run_inline(Job.objects.get(finished_at=None).pk, "worker")
    page.goto(f"/statements/{statement.pk}/")


@pytest.mark.slow
def test_sales_through_the_day_and_money_in_the_evening(open_page: Opener, showcase: Showcase) -> None:
    Store.objects.update(statement_model="split")
    values = ["posting.use_default_batch_id=true", "posting.default_batch_id=DEF", "statements.max_difference=1"]
    set_retail_parameters(values, showcase.company.code, "maria")
    page = open_page("/statements/", user="maria")
    for number in (1, 2):
        calculates(page, "Transactional")
        sales = Statement.objects.get(store__code="S367", kind="transactional", post_state="")
        posts(page, sales)
        expect(page.locator("#statement-live .state")).to_have_text("Posted")
        expect(page.get_by_text("No payments")).to_be_visible()
        ring(showcase.stores[0], showcase.items, 0, 20 + number, BASKETS[number])

    calculates(page, "Transactional")
    posts(page, Statement.objects.get(store__code="S367", kind="transactional", post_state=""))
    calculates(page, "Financial")
    money = Statement.objects.get(store__code="S367", kind="financial")
    page.goto(f"/statements/{money.pk}/")
    page.get_by_role("link", name="Count", exact=True).click()
    page.get_by_label("Terminal").select_option("T1")
    page.get_by_text("Coins and notes").click()
    page.get_by_label("10", exact=True).fill("2")
    page.get_by_label("0.25", exact=True).fill("3")
    page.get_by_label("Reason").fill("Counted in the evening")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("The count is entered")

    posts(page, money)
    why = page.get_by_role("region", name="Why it stopped")
    expect(why).to_contain_text("DIFFERENCE_TOO_LARGE")
    tab_to(page, why.get_by_role("link", name="Accept the difference"))
    page.keyboard.press("Enter")
    note = page.get_by_label("Note")
    expect(note).to_be_focused()
    page.keyboard.type("Till T2 was not counted")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("is accepted")

    posts(page, money, "Post again")
    expect(page.locator("#statement-live .state")).to_have_text("Posted")
    expect(page.get_by_text("Till T2 was not counted")).to_be_visible()
    for statement in Statement.objects.filter(store__code="S367"):
        page.goto(f"/statements/{statement.pk}/?tab=proof")
        expect(page.get_by_text("Everything that is there agrees, to the cent.")).to_be_visible()
    page.goto("/statements/?kind=financial")
    expect(page.get_by_role("row").filter(has_text=re.compile(money.number))).to_contain_text("Financial")
