"""Stock that expires goes into a journal with one click, and a budget stops a bad night until somebody approves it."""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.jobs.models import Job
from core.jobs.services import run_job
from core.lib.imports import Row
from inventory.models import BatchDebt, JournalLine, OnHand
from inventory.rules.file_columns import ReceiptRow
from inventory.services.receipts import import_receipts
from parameters.services import set_retail_parameters
from statements.models import FallbackApproval, Statement
from statements.services.policy_lab import POLICY_LAB
from tests.browser.conftest import Opener
from tests.browser.world import FIRST_DAY, Showcase, calculate_and_post

PICTURES = os.environ.get("RETAILHQ_PICTURES", "")


def picture(page: Page, name: str) -> None:
    """Keeps a picture at both widths where somebody wants to look."""
    if PICTURES:
        for width in (1440, 375):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})


def arrives(showcase: Showcase, store: int, batch: str, quantity: int, days: int) -> None:
    """Spinach that expires in so many days, counted from today."""
    warehouse = showcase.stores[store].warehouse
    assert warehouse is not None
    now = timezone.now()
    expires = timezone.localdate() + timedelta(days=days)
    made = now - timedelta(days=30)
    row = ReceiptRow(f"R-{batch}", 1, warehouse.code, "995785", batch, Decimal(quantity), Decimal("1.75"), made, None, expires, "available")
    result = import_receipts([Row(1, f"R-{batch}/1", row)])
    assert result.new == 1, result


def test_expiring_stock_goes_into_a_journal(open_page: Opener, showcase: Showcase) -> None:
    arrives(showcase, 0, "OLD", 6, -2)
    arrives(showcase, 0, "SOON", 9, 3)
    arrives(showcase, 1, "LATER", 30, 12)
    page = open_page("/", user="maria")
    page.get_by_role("link", name="Expiring stock").click()
    expect(page.get_by_role("heading", name="Expiring stock")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="OLD")
    expect(row).to_contain_text("Write off 6 each")
    expect(page.get_by_role("row").filter(has_text="SOON")).to_contain_text("Mark down 9 each")
    picture(page, "expiring")
    row.get_by_role("link", name="Open a journal").click()
    expect(page.get_by_label("Reason")).to_have_value("Expired on " + page.get_by_label("Reason").input_value().removeprefix("Expired on "))
    picture(page, "expiring-journal")
    page.get_by_role("button", name="Post the journal").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("The journal is posted.")
    line = JournalLine.objects.get(batch__number="OLD")
    assert (line.kind, int(line.quantity)) == ("write_off", -6)
    assert OnHand.objects.get(batch__number="OLD").physical == 0
    page.get_by_role("link", name="Expiring stock").click()
    expect(page.get_by_role("row").filter(has_text="OLD")).to_have_count(0)


def test_a_budget_stops_a_bad_night_and_is_approved(open_page: Opener, showcase: Showcase) -> None:
    set_retail_parameters(
        ["inventory.fallback_limit_quantity=1", "inventory.fallback_limit_share=5", "inventory.fallback_over_limit=ask"],
        showcase.company.code,
        "maria",
    )
    calculate_and_post(showcase, default_batch="DEF", through=2)
    stopped = Statement.objects.filter(error_code="FALLBACK_OVER_LIMIT").order_by("business_date").first()
    assert stopped is not None
    page = open_page(f"/statements/{stopped.pk}/", user="maria")
    picture(page, "budget-stopped")
    page.get_by_role("link", name="Approve it with a note").first.click()
    expect(page.get_by_role("heading", name=f"Approve the fallback {stopped.number}")).to_be_visible()
    picture(page, "budget-approve")
    page.get_by_label("Note").fill("the truck stands in the snow")
    page.get_by_role("button", name="Approve and post").click()
    expect(page.get_by_role("region", name="Messages").first).to_contain_text("may pass the limit")
    assert FallbackApproval.objects.get().note == "the truck stands in the snow"
    calculate_and_post(showcase, through=2)
    stopped.refresh_from_db()
    assert stopped.post_state == "Posted"
    assert BatchDebt.objects.filter(warehouse=stopped.warehouse, business_date=stopped.business_date).exists()
    page.goto(page.url)
    page.goto(page.url.split("/statements/")[0] + f"/inventory/debt/budget/?week={FIRST_DAY}")
    expect(page.get_by_text("Over the limit").first).to_be_visible()
    picture(page, "budget")


@pytest.mark.parametrize("policy", ["Lowest batch number"])
def test_the_lab_decides_a_week_again(open_page: Opener, showcase: Showcase, policy: str) -> None:
    calculate_and_post(showcase, default_batch="DEF", through=2)
    page = open_page("/inventory/policy-lab/", user="maria")
    page.get_by_label("Sales from").fill(FIRST_DAY.isoformat())
    page.get_by_label("Sales through").fill((FIRST_DAY + timedelta(days=6)).isoformat())
    page.get_by_label("Allocation policy").select_option(label=policy)
    page.get_by_label("Use default batch id").select_option(label="Off")
    picture(page, "lab")
    page.get_by_role("button", name="Decide again").click()
    job = Job.objects.get(kind=POLICY_LAB)
    run_job(job.pk)
    page.goto(page.url.split("/jobs/")[0].split("/inventory/")[0] + f"/inventory/policy-lab/{job.pk}/")
    expect(page.get_by_text("What was, and what would have been")).to_be_visible()
    picture(page, "lab-result")
