"""Order confirmation and invoice: page and PDF say the same, in the reader's digits; the PDF can be read back and printed again alike."""

from copy import deepcopy
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.html import escape

from core.printing.paper import Paper
from inventory.models import Item
from orders.models import Customer, CustomerOrder, Delivery, Invoice
from orders.rules.fulfilment import Verb
from orders.rules.till_lines import OrderPaymentData
from orders.services.delivery_queue import finish_here
from orders.services.request_delivery import request_delivery
from statements.models import Statement
from tests.browser.world import Showcase, calculate_and_post
from tests.core.access.people import make_person
from tests.orders.desk import make_desk, take_order
from tests.orders.pdf_text import pages_of
from tests.shared import make_once

pytestmark = pytest.mark.django_db
BANANAS, MILK, TOWELS, COLA = "1082185", "1029743", "1133018", "866211"


made_grocer = make_once(make_desk)


@pytest.fixture
def showcase(client: Client, made_grocer: Showcase, db: None) -> Showcase:
    client.force_login(make_person("olga", "order_desk"))
    return deepcopy(made_grocer)


def texts_of(paper: Paper) -> list[str]:
    """Every text that the paper says."""
    said = [paper.title, paper.number, *paper.issuer, *paper.recipient, *paper.notes, *(column.name for column in paper.columns)]
    said += [text for fact in paper.facts for text in fact]
    said += [text for row in paper.rows for text in row]
    return [text for text in (*said, *(text for one in paper.sums for text in (one.name, one.amount))) if text]


def squeezed(text: str) -> str:
    """Without blanks: lines are broken elsewhere on a page than on a sheet."""
    return "".join(text.split())


def both(client: Client, page: str, pdf: str) -> tuple[Paper, bytes]:
    """The paper and its PDF, after making sure that neither leaves anything out."""
    shown = client.get(page)
    paper: Paper = shown.context["paper"]
    printed = client.get(pdf)
    assert printed["Content-Type"] == "application/pdf"
    html, sheets = shown.content.decode(), squeezed("".join(pages_of(printed.content)))
    for text in texts_of(paper):
        assert escape(text) in html
        assert squeezed(text) in sheets, text
    return paper, printed.content


def confirmation(client: Client, order: CustomerOrder) -> tuple[Paper, bytes]:
    address = f"/customer-orders/{order.pk}/confirmation/"
    return both(client, address, f"{address}pdf/")


def invoice_of(client: Client, invoice: Invoice) -> tuple[Paper, bytes]:
    address = f"/orders/invoices/{invoice.pk}/"
    return both(client, f"{address}print/", f"{address}pdf/")


def sums(paper: Paper) -> dict[str, str]:
    return {one.name: one.amount for one in paper.sums}


def test_a_confirmation_says_what_is_paid_and_due(client: Client, showcase: Showcase) -> None:
    order = take_order(showcase.stores[0], (MILK, "3"), (BANANAS, "1.5"), paid="5.00", number="CO-1")
    paper, pdf = confirmation(client, order)
    assert (paper.title, paper.number, paper.issuer[0]) == ("Order confirmation", "CO-1", "Green Market Inc.")
    assert paper.rows[1] == ("2", "1082185 Bananas, loose", "1.5 kg", "1.29", "", "1.94", "0.12")
    assert confirmation(client, take_order(showcase.stores[0], (COLA, "2")))[0].rows[0][3] == "4.50"
    assert sums(paper) == {"Net": "10.91 USD", "Tax": "0.66 USD", "Total": "11.57 USD", "Paid": "5.00 USD", "Due": "6.57 USD"}
    assert paper.sums[-1].strong
    assert paper.notes == ("Please bring this confirmation when you pick the goods up.",)
    # The same order is the same bytes whenever it is printed, and says its own date.
    assert client.get(f"/customer-orders/{order.pk}/confirmation/pdf/").content == pdf
    assert b"/CreationDate (D:20170102" in pdf


def test_an_invoice_says_how_it_was_settled(client: Client, showcase: Showcase) -> None:
    order = take_order(showcase.stores[0], (MILK, "3"), (BANANAS, "1.5"), paid="5.00")
    payment = OrderPaymentData(1, "cash", Decimal("6.57"))
    _, delivery = request_delivery(order.pk, Verb.PICK_UP, None, [payment], user_id=None, actor="olga")
    finish_here([delivery], "test")
    invoice = Delivery.objects.get(pk=delivery).invoice
    assert invoice is not None
    paper, _ = invoice_of(client, invoice)
    minus = "\N{MINUS SIGN}"
    assert sums(paper)["Total"] == "11.57 USD"
    assert (sums(paper)["Deposit used"], sums(paper)["Paid"]) == (f"{minus}5.00 USD", f"{minus}6.57 USD")
    assert sums(paper)["Due"] == "0.00 USD"
    assert confirmation(client, order)[0].notes == (), "there is nothing to be picked up any more"


def test_an_invoice_of_a_statement_is_printed_too(client: Client, showcase: Showcase) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    assert Statement.objects.filter(post_state="Posted").exists()
    paper, _ = invoice_of(client, Invoice.objects.earliest("pk"))
    assert sums(paper)["Due"] == "0.00 USD"
    assert "Deposit used" not in sums(paper)


@pytest.mark.parametrize(
    ("language", "amount", "day"), [("de", "5.047,88 USD", "02.01.2017 10:04 EST"), ("fr", "5\xa0047,88 USD", "02/01/2017 10:04 EST")]
)
def test_papers_speak_the_readers_digits(client: Client, showcase: Showcase, language: str, amount: str, day: str) -> None:
    client.cookies["django_language"] = language
    paper, pdf = confirmation(client, take_order(showcase.stores[0], (COLA, "1000"), (MILK, "83"), (TOWELS, "2")))
    assert paper.language == language
    assert amount in [one.amount for one in paper.sums]
    assert day in [value for _, value in paper.facts]
    assert f"/Lang ({language})".encode() in pdf


def test_a_long_order_goes_over_pages_with_head_and_number(client: Client, showcase: Showcase) -> None:
    order = take_order(showcase.stores[0], *[(COLA, str(1 + number % 7)) for number in range(130)], number="LONG-1")
    paper, pdf = confirmation(client, order)
    sheets = pages_of(pdf)
    assert len(sheets) > 3
    for number, sheet in enumerate(sheets, 1):
        assert f"Page{number}of{len(sheets)}" in squeezed(sheet)
        assert "Order confirmation LONG-1" in sheet
    for sheet in sheets[:-1]:
        assert "Quantity" in sheet
    printed = [line for sheet in sheets for line in sheet.split("\n") if line.isdigit()]
    assert [number for number in printed if number == "97"] == ["97"]
    assert len(paper.rows) == 130


@pytest.mark.parametrize("name", ["Ελένη Παπαδάκη", "Пётр Щёголев", "Şükrü Ağaoğlu", "Łucja Żółć", "ქეთევან", "<b>&amp;\\(x)"])
def test_names_of_many_scripts_are_printed(client: Client, showcase: Showcase, name: str) -> None:
    Customer.objects.create(code="C9", name=name)
    paper, _ = confirmation(client, take_order(showcase.stores[0], (MILK, "1"), customer="C9"))
    assert paper.recipient == (name, "C9")


def test_a_letter_that_the_font_lacks_stops_nothing(client: Client, showcase: Showcase) -> None:
    Customer.objects.create(code="C9", name="山田 太郎")
    Item.objects.filter(code=MILK).update(name="Milk " * 30)
    order = take_order(showcase.stores[0], (MILK, "1"), customer="C9")
    assert client.get(f"/customer-orders/{order.pk}/confirmation/pdf/").status_code == 200


def test_papers_of_other_stores_are_not_found(client: Client, showcase: Showcase) -> None:
    order = take_order(showcase.stores[0], (MILK, "1"))
    client.force_login(make_person("nora", "order_desk", stores=[showcase.stores[1]]))
    for address in (f"/customer-orders/{order.pk}/confirmation/", f"/customer-orders/{order.pk}/confirmation/pdf/"):
        assert client.get(address).status_code == 404
    assert client.get("/orders/invoices/999999/pdf/").status_code == 404
