"""A late delivery pays last week's debt, and that is undone."""

import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Page, expect

from core.lib.imports import Row
from inventory.models import BatchDebt, DebtSettlement, OnHand
from inventory.rules.file_columns import ReceiptRow
from inventory.services.receipts import import_receipts
from tests.browser.conftest import Opener
from tests.browser.world import Showcase, calculate_and_post

PICTURES = os.environ.get("RETAILHQ_DEBT_PICTURES", "")


def picture(page: Page, name: str) -> None:
    """Keeps a picture at both widths where somebody wants to look."""
    if PICTURES:
        for width in (1440, 375):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})


def arrives_late(showcase: Showcase, item: str, batch: str) -> None:
    """Goods that were in the store before the sales, registered only now."""
    warehouse = showcase.stores[0].warehouse
    assert warehouse is not None
    received = datetime(2017, 1, 1, 6, tzinfo=UTC)
    row = ReceiptRow("LATE-1", 1, warehouse.code, item, batch, Decimal(500), Decimal("1.00"), received, None, None, "available")
    result = import_receipts([Row(1, "LATE-1/1", row)])
    assert result.new == 1, result


def test_a_late_delivery_pays_last_weeks_debt_and_is_undone(open_page: Opener, showcase: Showcase) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    owed = dict(BatchDebt.objects.filter(item__code="995785", warehouse=showcase.stores[0].warehouse).values_list("pk", "open_quantity"))
    assert owed
    arrives_late(showcase, "995785", "SP-LATE")

    page = open_page("/", user="maria")
    page.get_by_role("link", name="Batch debt").filter(has_text="units on").click()
    expect(page.get_by_role("heading", name="Batch debt")).to_be_visible()
    expect(page.get_by_text("995785").first).to_be_visible()
    picture(page, "debt")
    page.get_by_role("link", name="Propose settlement").click()
    expect(page.get_by_role("heading", name="Settle batch debt")).to_be_visible()
    expect(page.get_by_text("SP-LATE").first).to_be_visible()
    picture(page, "settle")
    page.get_by_label("Reason").fill("the truck of Monday was registered late")
    page.get_by_role("button", name="Approve and settle").click()

    settlement = DebtSettlement.objects.get()
    expect(page.get_by_role("heading", name=settlement.number)).to_be_visible()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("settled")
    expect(page.get_by_text("the truck of Monday was registered late")).to_be_visible()
    picture(page, "settlement")
    assert not BatchDebt.objects.filter(pk__in=owed, open_quantity__gt=0).exists()
    stock = OnHand.objects.get(batch__number="SP-LATE").physical
    assert stock == 500 - sum(owed.values())

    page.get_by_label("Why it is undone").fill("another truck")
    page.get_by_role("button", name="Undo settlement").click()
    expect(page.get_by_role("link", name=f"{settlement.number}-U")).to_be_visible()
    expect(page.get_by_role("button", name="Undo settlement")).to_have_count(0)
    assert dict(BatchDebt.objects.filter(pk__in=owed).values_list("pk", "open_quantity")) == owed
    assert OnHand.objects.get(batch__number="SP-LATE").physical == 500
    assert DebtSettlement.objects.count() == 2
