"""From every voucher to the document that made it, and back: walked by what links the pages print, for every kind of source."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from core.lib.document_kinds import SourceKind
from ledger.models import Voucher
from orders.models import Invoice
from statements.models import PosTransaction, Statement
from tests.cases.test_reversing import numbers, reverses
from tests.cases.world import PricedShop
from tests.oracle.building import line
from tests.oracle.commands import DONE, run

# Every kind that a voucher names as its source; a new one is made here, or the test fails.
KINDS = {
    *(SourceKind.RECEIPT_LINE, SourceKind.JOURNAL_LINE, SourceKind.COST_ADJUSTMENT, SourceKind.STATEMENT, SourceKind.INVOICE),
    *(SourceKind.CUSTOMER_ORDER, SourceKind.POS_TRANSACTION, SourceKind.REVERSAL),
}


@pytest.fixture
def books(shop: PricedShop) -> PricedShop:
    """A company that did everything that makes vouchers."""
    shop.sells_at_cost()
    shop.falls_back()
    shop.orders_fall_back()
    shop.receives(10, "0.70", "A")
    shop.comes_in()
    assert shop.keeps_journal("adjustment", "2", "A").status == DONE
    shop.costs_from_now_on("0.65")
    first = shop.sells(2)
    shop.till_event("income", "3.00")
    shop.till_event("expense", "1.00")
    shop.till_event("bank_drop", "2.00")
    shop.posts()
    shop.must_be_posted()
    shop.costs_from_now_on("0.80")
    shop.takes_back(first, 1)
    shop.sells(1)
    shop.posts()
    order = shop.is_ordered(line("MILK", 4), paid="2.00")
    shop.comes_in()
    assert shop.invoices().status == DONE
    reverses(shop, "--order", order.order, "--delivery", "1")
    shop.keeps_journal("write_off", "-1", "A")
    single = PosTransaction.objects.filter(statement__ordinal=2, lines__quantity__gt=0).select_related("store", "terminal").get()
    reverses(shop, "--transaction", f"{single.store.code}/{single.terminal.code}/{single.number}")
    reverses(shop, "--statement", sorted(numbers(shop))[1])
    journal = run("reverse", "--journal", "J2", "--reason", "wrong", "--date", timezone.now().date().isoformat())
    assert journal.status in {DONE, 1, 2}
    return shop


def links(page: str) -> set[str]:
    return {address.replace("&amp;", "&") for address in re.findall(r'href="([^"#]+)"', page)}


def test_every_voucher_leads_to_its_document_and_back(books: PricedShop, client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    vouchers = list(Voucher.objects.order_by("pk"))
    assert {SourceKind(voucher.source_kind) for voucher in vouchers} == KINDS
    listed = client.get("/ledger/vouchers/").content.decode()
    lost = []
    for voucher in vouchers:
        answer = client.get(f"/ledger/vouchers/{voucher.pk}/")
        assert answer.status_code == 200
        origin = answer.context["voucher"].origin
        if not origin.url:
            lost.append((voucher.number, SourceKind(voucher.source_kind).name, "no way to the document"))
            continue
        assert origin.url.replace("&", "&amp;") in answer.content.decode() or origin.url in answer.content.decode()
        own = f"/ledger/vouchers/{voucher.pk}/"
        pages = [origin.url, *(f"{origin.url}?tab={tab}" for tab in ("vouchers", "invoices", "money"))]
        seen = [client.get(address) for address in pages]
        assert seen[0].status_code == 200, origin
        back = [
            address for address, page in zip(pages, seen, strict=True) if page.status_code == 200 and own in links(page.content.decode())
        ]
        if not back:
            lost.append((voucher.number, SourceKind(voucher.source_kind).name, origin.url))
    assert not lost
    assert listed


def test_what_a_document_is_made_of_leads_on(books: PricedShop, client: Client) -> None:
    """Voucher, invoice, order, statement, transaction: each names the next."""
    client.force_login(User.objects.create_superuser("root"))
    statement = Statement.objects.earliest("pk")
    sale = PosTransaction.objects.filter(statement=statement, kind="sale").earliest("pk")
    invoice = Invoice.objects.filter(order__source_kind=SourceKind.STATEMENT, order__source_id=statement.pk).earliest("pk")
    invoice_page = links(client.get(f"/orders/invoices/{invoice.pk}/").content.decode())
    assert f"/orders/{invoice.order_id}/" in invoice_page
    assert any(
        address.startswith(f"/statements/{statement.pk}/") for address in links(client.get(f"/orders/{invoice.order_id}/").content.decode())
    )
    tab = links(client.get(f"/statements/{statement.pk}/?tab=receipts").content.decode())
    assert f"/pos-transactions/{sale.pk}/" in tab
    assert f"/statements/{statement.pk}/" in links(client.get(f"/pos-transactions/{sale.pk}/").content.decode())
