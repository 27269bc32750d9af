"""What goes wrong in a store's day is put right without a mouse: Tab, Enter, access keys and the palette, and nothing else.

Every walk begins on Home and in the same morning: yesterday is posted but for one store that lacks a batch, today is calculated. `budget`
is how many keys it may take, typed text not counted; it holds with some room, so that a page that gets longer ways is noticed.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from core.files.source import Line
from core.jobs.models import Job
from core.lib.imports import Row
from inventory.models import OnHand
from inventory.rules.file_columns import ReceiptRow
from inventory.services.receipts import import_receipts
from parameters.services import set_retail_parameters
from statements.models import PosPayment, PosTransaction, Statement
from statements.services.decode import TRANSACTIONS
from statements.services.imports import import_transactions
from statements.services.posting import run_inline
from tests.browser.conftest import Opener
from tests.browser.test_journeys import press_access_key, tab_to
from tests.browser.world import FIRST_DAY, Showcase, calculate_and_post
from tests.conftest import Snapshot, take_snapshot

pytestmark = pytest.mark.slow
YESTERDAY, TODAY = FIRST_DAY + timedelta(days=1), FIRST_DAY + timedelta(days=2)


@dataclass
class Typist:
    """Somebody with a keyboard; `keys` counts what is pressed, typed text not."""

    page: Page
    keys: int = 0

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def tab_to(self, target: Locator) -> None:
        """With the Tab key alone; what people hear and see is that the focus is there."""
        before = self.page.evaluate("() => document.activeElement === document.body")
        if before and not target.evaluate("(element) => Boolean(element.closest('dialog'))"):
            # The first stop of every page leads past the navigation.
            self.press("Tab")
            self.press("Enter")
        counted = self.page.evaluate("() => { window.tabs = 0; document.addEventListener('focusin', () => { window.tabs += 1; }); }")
        assert counted is None
        tab_to(self.page, target)
        self.keys += int(self.page.evaluate("() => window.tabs"))

    def open(self, words: str) -> None:
        """By the palette."""
        self.page.wait_for_load_state()
        self.press("Control+k")
        option = self.page.get_by_role("listbox", name="Results").get_by_role("option").first
        self.type(words)
        expect(option).to_contain_text(words)
        expect(option).to_have_attribute("aria-selected", "true")
        self.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(words)

    def alt(self, letter: str) -> None:
        """An access key that leads to another page."""
        self.page.wait_for_load_state()
        with self.page.expect_navigation():
            press_access_key(self.page, letter)
        self.keys += 1

    def enter(self, target: Locator) -> None:
        """A link, or a button that leads to another page."""
        self.tab_to(target)
        with self.page.expect_navigation():
            self.press("Enter")

    def sends(self) -> None:
        """What stands in the form with the focus."""
        with self.page.expect_navigation():
            self.press("Enter")

    def hears(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("region", name="Messages")).to_contain_text(text)

    def posts(self, state: str = "Posted") -> None:
        """By the access key of the statement's page; the worker's work is done here."""
        self.alt("p")
        self.hears("is asked for")
        run_inline(Job.objects.get(finished_at=None).pk, "worker")
        self.page.reload()
        expect(self.page.locator("#statement-live .state")).to_contain_text(state)

    def proves(self) -> None:
        """Looks at the proof sheet of the statement."""
        self.enter(self.page.get_by_role("link", name="Proof sheet"))
        expect(self.page.get_by_text("Everything that is there agrees, to the cent.")).to_be_visible()


@pytest.fixture(scope="session")
def made_mornings() -> list[tuple[Showcase, Snapshot]]:
    """The morning and its rows, once it was made."""
    return []


def ticket(number: str, day: str, item: str, quantity: int, net: str, tax: str, total: str, kind: str = "sale") -> dict[str, object]:
    """A document of S406 as its till sends it."""
    unit = "each"
    lines = [
        {"number": 1, "item": item, "quantity": str(quantity), "unit": unit, "price": "2.19", "net": net, "tax": tax, "discount": "0"},
    ]
    return {
        **{"store": "S406", "terminal": "T1", "number": number, "kind": kind, "sold_at": f"{day}T15:00:00-05:00", "currency": "USD"},
        **{"lines": lines if kind == "sale" else [], "payments": [{"number": 1, "method": "cash", "amount": total}]},
        **{"net": net if kind == "sale" else total, "tax": tax if kind == "sale" else "0", "total": total},
    }


def sends(*documents: dict[str, object]) -> None:
    rows = [TRANSACTIONS.read_line(Line(number, json.dumps(one).encode(), too_long=False)) for number, one in enumerate(documents, 1)]
    assert all(isinstance(row, Row) for row in rows), rows
    result = import_transactions([row for row in rows if isinstance(row, Row)])
    assert (result.new, result.rejects) == (len(rows), [])


def make_morning(showcase: Showcase) -> Showcase:
    """Two days are posted but for the chicken that S406 did not have; the third is calculated. S406 counted 5.00 too little."""
    set_retail_parameters(["statements.max_difference=1"], showcase.company.code, "maria")
    wrong = PosTransaction.objects.get(validation_status="error")
    PosPayment.objects.filter(transaction=wrong).update(amount="3.00")
    cash = sum(
        PosPayment.objects.filter(transaction__store__code="S406", transaction__business_date=TODAY, method="cash").values_list(
            "amount", flat=True
        )
    )
    sends(
        ticket("4711", TODAY.isoformat(), "981760", 1, "2.19", "0.13", "2.32"),
        ticket("4712", TODAY.isoformat(), "981760", 1, "2.19", "0.13", "2.32"),
        ticket("4713", TODAY.isoformat(), "", 0, "0", "0", str(cash + 2 * Decimal("2.32") - 5), kind="tender_declaration"),
    )
    # Chicken comes in for the third day; what was sold the day before cannot have come of it.
    chicken = ReceiptRow(
        "GR-TODAY", 1, "W406", "1106523", "CH-9050", Decimal(10), Decimal(4), datetime.combine(TODAY, time(6), UTC), None, None, "available"
    )
    assert import_receipts([Row(1, "GR-TODAY/1", chicken)]).new == 1
    calculate_and_post(showcase, default_batch="DEF")
    return showcase


@pytest.fixture
def typist(transactional_db: None, open_page: Opener, showcase: Showcase, made_mornings: list[tuple[Showcase, Snapshot]]) -> Typist:
    """Maria on Home, in the morning."""
    if not made_mornings:
        made_mornings.append((make_morning(showcase), take_snapshot()))
    else:
        made_mornings[0][1].restore()
    return Typist(open_page("/", user="maria"))


def test_all_green(typist: Typist) -> None:
    page = typist.page
    typist.open("Statements")
    typist.tab_to(page.get_by_label("Pick S367-000003"))
    typist.press("Space")
    typist.alt("p")
    typist.hears("is asked for")
    run_inline(Job.objects.get(finished_at=None).pk, "worker")
    typist.open("S367-000003")
    expect(page.locator("#statement-live .state")).to_have_text("Posted")
    typist.proves()
    assert typist.keys <= 65, typist.keys


def test_one_store_failed_on_a_batch(typist: Typist) -> None:
    page = typist.page
    typist.open("Inbox")
    typist.enter(page.get_by_role("link", name=re.compile("valid batch|negative", re.IGNORECASE)).first)
    typist.enter(page.get_by_role("link", name=re.compile("^S406-")).first)
    why = page.get_by_role("region", name="Why it stopped")
    typist.enter(why.get_by_role("link", name=re.compile("^Register 0.8 kg of 1106523")))
    expect(page.get_by_label(re.compile("Batch")).first).to_be_focused()
    typist.type("CH-LATE")
    typist.alt("s")
    typist.hears("The goods are in stock.")
    typist.posts()
    typist.proves()
    assert typist.keys <= 70, typist.keys


def test_counted_cash_differs(typist: Typist) -> None:
    page = typist.page
    typist.open("S406-000003")
    typist.posts("Failed: Checked")
    why = page.get_by_role("region", name="Why it stopped")
    expect(why).to_contain_text("DIFFERENCE_TOO_LARGE")
    typist.enter(why.get_by_role("link", name="Enter the counted amount"))
    amount = page.get_by_label("Counted")
    expect(amount).to_be_focused()
    expected = Statement.objects.get(number="S406-000003").lines.get(payment_method="cash").transaction_amount
    typist.type(f"{expected:.2f}")
    typist.tab_to(page.get_by_label("Reason"))
    typist.type("Counted again, a roll of coins lay behind the drawer")
    typist.sends()
    typist.hears("The count is entered")
    typist.posts()
    typist.proves()
    assert typist.keys <= 90, typist.keys


def test_a_transaction_must_be_corrected(typist: Typist) -> None:
    page = typist.page
    wrong = PosTransaction.objects.get(validation_status="error")
    typist.open("Validation problems")
    typist.enter(page.get_by_role("link", name=wrong.number, exact=True))
    typist.alt("e")
    typist.tab_to(page.get_by_label("Payment 1: Amount"))
    typist.press("Control+a")
    typist.type(str(wrong.total))
    typist.tab_to(page.get_by_label("Reason"))
    typist.type("Typed wrong at the till")
    typist.sends()
    typist.hears("is corrected")
    wrong.refresh_from_db()
    assert wrong.validation_status == "valid"
    assert typist.keys <= 90, typist.keys


def test_a_transaction_was_sent_twice(typist: Typist) -> None:
    page = typist.page
    typist.open("4712")
    typist.alt("e")
    typist.tab_to(page.get_by_label("Discarded"))
    typist.press("Space")
    typist.tab_to(page.get_by_label("Reason"))
    typist.type("Rung up twice")
    typist.sends()
    typist.hears("is corrected")
    assert PosTransaction.objects.get(number="4712").validation_status == "discarded"
    assert Statement.objects.get(number="S406-000003").transaction_count == 14
    assert typist.keys <= 55, typist.keys


def test_a_late_transaction_arrives(typist: Typist) -> None:
    page = typist.page
    sends(ticket("4800", FIRST_DAY.isoformat(), "981760", 1, "2.19", "0.13", "2.32"))
    typist.open("Late documents")
    expect(page.get_by_role("row").filter(has_text="4800")).to_be_visible()
    typist.open("Statements")
    press_access_key(page, "c")
    expect(page.get_by_role("dialog", name="Calculate statements")).to_be_visible()
    typist.tab_to(page.get_by_label("Store", exact=True).last)
    typist.type("S406")
    typist.enter(page.get_by_role("dialog").get_by_role("button", name="Calculate"))
    typist.hears("1 statement calculated")
    typist.open("S406-000004")
    typist.posts()
    typist.proves()
    assert typist.keys <= 50, typist.keys


def test_goods_were_received_twice(typist: Typist) -> None:
    page = typist.page
    before = OnHand.objects.get(warehouse__code="W406", batch__number="EGG-0417-W406").physical
    again = ReceiptRow(
        "GR-AGAIN", 1, "W406", "981760", "EGG-0417-W406", Decimal(60), Decimal(1), PosTransaction.objects.latest("sold_at").sold_at,
        None, None, "available",
    )  # fmt: skip
    assert import_receipts([Row(1, "GR-AGAIN/1", again)]).new == 1
    typist.open("Receipts of goods")
    typist.enter(page.get_by_role("row").filter(has_text="GR-AGAIN").get_by_role("link", name="Correct"))
    quantity = page.get_by_label(re.compile("Quantity")).first
    expect(quantity).to_be_focused()
    typist.type("-60")
    typist.tab_to(page.get_by_label("Reason"))
    typist.type("The delivery note was entered twice")
    typist.sends()
    typist.hears("The journal is posted.")
    assert OnHand.objects.get(warehouse__code="W406", batch__number="EGG-0417-W406").physical == before
    assert typist.keys <= 120, typist.keys


def test_yesterday_was_posted_with_the_wrong_date_and_is_undone(typist: Typist) -> None:
    page = typist.page
    typist.open("S367-000002")
    typist.alt("u")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reverse")
    typist.tab_to(page.get_by_label("Reason"))
    typist.type("The clock of the store was a day behind")
    typist.sends()
    typist.hears("is reversed; its transactions are free again: 12.")
    typist.open("POS transactions")
    typist.tab_to(page.get_by_label("From"))
    typist.type(f"{YESTERDAY:%m%d%Y}")
    typist.tab_to(page.get_by_label("To", exact=True))
    typist.type(f"{YESTERDAY:%m%d%Y}")
    typist.tab_to(page.get_by_role("combobox", name="Statement", exact=True))
    typist.type("On no")
    typist.tab_to(page.get_by_role("button", name="Apply"))
    typist.press("Enter")
    expect(page.get_by_text("12 rows", exact=True)).to_be_visible()
    typist.tab_to(page.get_by_label("Pick all on this page"))
    typist.press("Space")
    typist.alt("e")
    expect(page.get_by_label("Field")).to_be_focused()
    typist.tab_to(page.get_by_label("New value"))
    typist.type(TODAY.isoformat())
    typist.tab_to(page.get_by_label("Reason"))
    typist.type("The clock of the store was a day behind")
    typist.sends()
    typist.hears("12 transactions are corrected; 0 still have an error.")
    typist.open("Statements")
    press_access_key(page, "c")
    typist.tab_to(page.get_by_label("Store", exact=True).last)
    typist.type("S367")
    typist.enter(page.get_by_role("dialog").get_by_role("button", name="Calculate"))
    typist.hears("calculated")
    typist.open("S367-000003")
    typist.posts()
    typist.proves()
    assert not Statement.objects.filter(business_date=YESTERDAY, store__code="S367", reversal=None).exists()
    assert typist.keys <= 260, typist.keys
