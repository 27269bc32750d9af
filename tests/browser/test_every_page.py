"""Every page in both themes and at two widths: axe finds nothing, nothing sticks out, no script complains, nothing is fetched elsewhere.

`make screens` runs this file with RETAILHQ_SCREENS set to a folder and keeps a picture of each page.
"""

import os
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from core.lib.document_kinds import SourceKind
from inventory.models import Batch, Journal
from ledger.models import Voucher
from orders.models import BatchAllocation, CustomerTransaction, Delivery, SalesOrder
from statements.models import PosTransaction
from statements.queries.causes import open_causes
from statements.services.recall import RecallRequest, recall_batch
from statements.views.inbox import address as cause_address
from tests.browser.conftest import Opener, Watch
from tests.browser.later_days import show_later_days
from tests.browser.world import Showcase, bring_back, calculate_and_post, show_batch_debt, show_imports, show_tokens, show_work
from tests.orders.desk import show_customer_orders, show_pending_orders

DESK, TELEPHONE = 1440, 375
SCREENS = os.environ.get("RETAILHQ_SCREENS", "")
INSPECT = Path(__file__).parent / "inspect.js"


def addresses(showcase: Showcase) -> dict[str, str]:
    """Every page by the name of its picture."""
    bring_back(showcase)
    calculate_and_post(showcase, default_batch="DEF")
    debt = show_batch_debt(showcase)
    posted, failed, working = showcase.statement("S367", 0), showcase.statement("S406", 1), showcase.statement("S367", 2)
    customer_orders = {**show_customer_orders(showcase), **show_pending_orders(showcase)}
    later = show_later_days(showcase)
    job = show_work(showcase)
    imports = show_imports(showcase)
    sale = PosTransaction.objects.filter(statement=posted).order_by("sold_at")[10]
    wrong = PosTransaction.objects.get(validation_status="error")
    item = showcase.items["1082185"]
    batch = Batch.objects.filter(item=item).earliest("pk")
    order = SalesOrder.objects.filter(status=SalesOrder.Status.INVOICED, origin=SalesOrder.Origin.STATEMENT).earliest("pk")
    voucher = Voucher.objects.earliest("pk")
    chosen = BatchAllocation.objects.filter(source="allocated", source_kind=SourceKind.POS_LINE).latest("quantity")
    assert chosen.batch is not None
    parameters, statement = "/parameters/retail/", f"/statements/{posted.pk}/"
    return {
        "store-financials": "/",
        "statements": "/statements/",
        "statement-failed": f"/statements/{failed.pk}/",
        "statement-failed-orders": f"/statements/{failed.pk}/?tab=orders&failed=1",
        "statement-preview": f"/statements/{failed.pk}/preview/",
        "statement-preview-batches": f"/statements/{working.pk}/preview/?batches=1",
        "statement-in-work": f"/statements/{working.pk}/",
        "statement-posted": statement,
        "statement-orders": f"{statement}?tab=orders",
        "statement-allocations": f"{statement}?tab=allocations",
        "statement-transactions": f"{statement}?tab=receipts",
        "statement-vouchers": f"{statement}?tab=vouchers",
        "statement-proof": f"{statement}?tab=proof",
        "statement-events": f"{statement}?tab=events",
        "statement-count": f"{statement}count/",
        "statement-reverse": f"{statement}reverse/",
        "pos-transaction-reverse": f"/pos-transactions/{sale.pk}/reverse/",
        "pos-transaction-reverse-and-correct": f"/pos-transactions/{sale.pk}/correct/",
        "pos-transactions": "/pos-transactions/",
        "pos-transaction": f"/pos-transactions/{sale.pk}/",
        "why-this-batch": f"/pos-transactions/lines/{chosen.source_id}/why/",
        "pos-transaction-with-problem": f"/pos-transactions/{wrong.pk}/",
        "pos-transaction-corrected": f"/pos-transactions/{wrong.pk}/correct/",
        "validation-problems": "/validation-problems/",
        "inbox": "/inbox/",
        "inbox-cause": cause_address(open_causes([store.pk for store in showcase.stores], ["validation"])[0].key),
        "items": "/inventory/items/",
        "item": f"/inventory/items/{item.pk}/",
        "batches": "/inventory/batches/",
        "batch": f"/inventory/batches/{batch.pk}/",
        "on-hand": "/inventory/on-hand/",
        "inventory-transactions": "/inventory/transactions/",
        "receipts": "/inventory/receipts/",
        "receipt-new": f"/inventory/receipts/new/?warehouse=W367&item={item.code}&quantity=2",
        "journals": "/inventory/journals/",
        "journal": f"/inventory/journals/{Journal.objects.earliest('pk').pk}/",
        "journal-reverse": f"/inventory/journals/{Journal.objects.earliest('pk').pk}/reverse/",
        "journal-new": "/inventory/journals/new/?kind=count",
        "expiring-stock": "/inventory/expiring/",
        "evidence-of-a-period": "/setup/import/evidence/period/",
        **debt,
        **later,
        **customer_orders,
        "customer-order-reverse": f"/customer-orders/deliveries/{Delivery.objects.filter(invoice__isnull=False).latest('pk').pk}/reverse/",
        "why-this-batch-of-an-order": f"/customer-orders/delivered-lines/{delivered_line()}/why/",
        **show_recall(showcase, chosen.batch.number),
        "sales-orders": "/orders/",
        "sales-order": f"/orders/{order.pk}/",
        "invoices": "/orders/invoices/",
        "invoice": f"/orders/invoices/{order.invoices.get().pk}/",
        "customer-accounts": "/orders/accounts/",
        "customer-account": f"/orders/accounts/{CustomerTransaction.objects.latest('pk').customer_id}/",
        "vouchers": "/ledger/vouchers/",
        "voucher": f"/ledger/vouchers/{voucher.pk}/",
        "jobs": "/jobs/",
        "job": f"/jobs/{job.pk}/",
        **imports,
        "parameters-general": f"{parameters}?tab=general",
        "parameters-posting": f"{parameters}?tab=posting",
        "parameters-customer-orders": f"{parameters}?tab=customer-orders",
        "parameters-inventory": f"{parameters}?tab=inventory",
        "parameters-transaction-validation": f"{parameters}?tab=transaction-validation",
        "parameters-number-sequences": f"{parameters}?tab=number-sequences",
        "parameters-history": f"{parameters}history/",
        **show_tokens(showcase),
        "setup-import-profile-new": "/setup/import-profiles/new/",
        "users": "/setup/users/",
        "user": f"/setup/users/{showcase.clerk.pk}/",
        "audit": "/setup/audit/",
        "password": "/password/",
        "setup": "/setup/",
        "setup-items": "/setup/items/",
        "setup-item": f"/setup/items/{item.pk}/edit/",
        "setup-item-new": "/setup/items/new/",
        "setup-item-history": f"/setup/items/{item.pk}/history/",
        "setup-store": f"/setup/stores/{showcase.stores[0].pk}/edit/",
        "setup-posting-profiles": "/setup/posting-profiles/",
        "setup-customer-new": "/setup/customers/new/",
        "search": "/search/?q=s406",
        "store-choice": "/store/",
        "not-found": "/statements/999999/",
    }


def show_recall(showcase: Showcase, batch: str) -> dict[str, str]:
    """A mock recall of a batch that was sold."""
    item = Batch.objects.get(number=batch).item.code
    recall = recall_batch(RecallRequest(item, batch, is_mock=True), "maria")
    page = f"/inventory/recalls/{recall.pk}/"
    return {
        "recalls": "/inventory/recalls/",
        "recall-new": f"/inventory/recalls/new/?item={item}&batch={batch}",
        "recall": page,
        "recall-lines": f"/inventory/recalls/lines/?recall={recall.pk}",
        "recall-notice": f"{page}notice/",
    }


def delivered_line() -> int:
    """A delivered line of a customer order with a batch; they are there once the orders are shown."""
    return BatchAllocation.objects.filter(source_kind=SourceKind.DELIVERY_LINE, batch__isnull=False).earliest("source_id").source_id


class Inspector:
    """Looks at the pages that are open: at the width of a desk and of a telephone, in light and in dark colours.

    A page is laid out once at each size, so the next one is first seen at the size of the last.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_init_script(AXE_SCRIPT)
        page.add_init_script(path=INSPECT)
        self.widths = [DESK, TELEPHONE]
        self.themes = ["light", "dark"]
        self.widths_of_frame: set[int] = set()
        # How texts look that can be read, by theme.
        self.sound: dict[str, set[str]] = {"light": set(), "dark": set()}

    def check(self, name: str, address: str) -> list[str]:
        """What is wrong with a page."""
        self.page.goto(address)
        # Pages poll while something is in work, so the network never falls silent; what the page loads at once must be there.
        self.page.wait_for_load_state("load")
        expect(self.page.locator(".htmx-request")).to_have_count(0)
        wrong = []
        for width in self.widths:
            self.page.set_viewport_size({"width": width, "height": 900})
            for theme in self.themes:
                is_first = theme == self.themes[0]
                wrong += [f"{name} {theme} at {width} px: {text}" for text in self._look(name, width, theme, is_whole=is_first)]
            self.themes.reverse()
        self.widths.reverse()
        return wrong

    def _look(self, name: str, width: int, theme: str, *, is_whole: bool) -> list[str]:
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
        knows_frame = is_whole and width in self.widths_of_frame
        asked = {"theme": theme, "isWhole": is_whole, "knowsFrame": knows_frame, "known": list(self.sound[theme])}
        found = self.page.evaluate("asked => inspectPage(asked)", asked)
        if is_whole:
            self.widths_of_frame.add(width)
        self.sound[theme].update(found["sound"])
        if SCREENS:
            size = "" if width == DESK else f"@{width}"
            self.page.screenshot(path=Path(SCREENS) / f"{name}-{theme}{size}.png", full_page=True)
        wrong = [f"{rule}: {element[:160]}" for rule, element in found["violations"]]
        wrong += [f"the access key {key} is given twice" for key in found["doubleKeys"]]
        return wrong + ([f"sticks out by {found['sticksOut']} px"] if found["sticksOut"] > 0 else [])


@pytest.mark.slow
def test_pages_of_strangers_and_refusals_are_sound(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ("403 (Forbidden)",)
    inspector = Inspector(open_page(alone=True))
    wrong = inspector.check("sign-in", "/sign-in/") + inspector.check("password-forgotten", "/password/forgotten/")
    wrong += Inspector(open_page(user="theo", alone=True)).check("refused", "/setup/users/")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_pages_are_sound(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ("404 (Not Found)",)
    inspector = Inspector(open_page(user="maria", alone=True))
    wrong = [text for name, address in addresses(showcase).items() for text in inspector.check(name, address)]
    assert not wrong, "\n".join(wrong)
