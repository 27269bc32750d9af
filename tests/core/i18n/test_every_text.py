"""Every page in the pseudo language: words outside its marks that are not data were forgotten by whoever made texts translatable."""

import re
from collections.abc import Iterable, Iterator
from datetime import time
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import CharField, JSONField, QuerySet, TextField
from django.test import Client
from django.urls import get_resolver, resolve

from core.jobs.services.recurrences import Timing, save_recurrence
from inventory.models import Batch, Item
from ledger.models import Voucher
from orders.models import Customer, CustomerOrder, Invoice, PendingOrder, SalesOrder
from orders.views.verbs import ACTS
from retailhq.exchange.rules.import_templates import TEMPLATES
from retailhq.integrity.checks import CHECKS
from retailhq.setup.masters import RECORDS
from retailhq.users.matrix import addresses as route_addresses
from statements.models import PosTransaction
from tests.browser.test_every_page import addresses
from tests.browser.world import Showcase, make_grocer
from tests.core.i18n.pseudo import in_pseudo

pytestmark = pytest.mark.django_db

# Attributes that are read out, shown on hover, or shown by scripts.
READ = re.compile(r"title|aria-label|placeholder|alt|data-(announce|on|off|blank|none|text|confirm|empty|wait|label|busy|.*-text)")
MARKED = re.compile("⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[A-Za-z]{3,}")
# Not stored as rows: names of the product, of languages, of encodings, units of tools, and what files and addresses write.
KNOWN = {
    "RetailHQ",
    "English",
    "Deutsch",
    "Français",
    "Fran",
    "ais",
    "CSV",
    "XLSX",
    "UTC",
    "UTF",
    "ISO",
    "Ctrl",
    "Esc",
    "Enter",
    "Alt",
    "Tab",
    "Shift",
    "Berlin",
    "Europe",
}
# How the file whose columns are mapped names its columns; no row has that, and no other page may say it.
HEADERS = {"article"}
# Stored English that pages have to translate, so its words are no data.
RETOLD = {
    *("title", "phase", "message", "error_text", "text", "event", "post_state", "failed_state", "state", "calc_state", "status", "action"),
    *("kind", "result"),
}

# What answers a GET without a page of its own: files and data, addresses that lead elsewhere, and the pages of strangers.
NO_PAGES = {
    *("customer_orders:confirmation_pdf", "orders:invoice_pdf", "statements:recall_notice_pdf", "statements:z_report_pdf"),
    *("imports:evidence", "imports:evidence_of_batch", "imports:source", "imports:template", "jobs:file", "statements:recall_events"),
    *(
        "health",
        "imports:of_job",
        "set_language",
        "setup:open",
        "sign_in",
        "password_reset",
        "password_reset_confirm",
        "password_reset_sent",
    ),
}
ASK = "/ask/?code=DIFFERENCE_TOO_LARGE&way=parameters%3Aretail"


class Texts(HTMLParser):
    """The texts of a page that people see or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes attributes that are read."""
        values = dict(attrs)
        if tag not in {"input", "br", "img", "meta", "link", "hr", "use", "path"}:
            self._open.append("code" if "code" in (values.get("class") or "").split() else tag)
        self.found += [value for name, value in attrs if value and READ.fullmatch(name)]

    def handle_endtag(self, tag: str) -> None:
        """Closes what is open."""
        if tag not in {"input", "br", "img", "meta", "link", "hr", "use", "path"} and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """A text between tags; codes are data."""
        if data.strip() and not {"script", "style", "code", "kbd", "template"} & set(self._open[-3:]):
            self.found.append(" ".join(data.split()))


def words_of_data() -> set[str]:
    """All words that stand in rows."""
    words = {word for zone in available_timezones() for word in WORD.findall(zone)}
    words |= {
        word for user in User.objects.all() for word in WORD.findall(f"{user.username} {user.first_name} {user.last_name} {user.email}")
    }
    words.update(word for check in CHECKS for word in WORD.findall(check.name))
    words.update(word for kind, template in TEMPLATES.items() for text in (kind, template.content) for word in WORD.findall(text))
    for model in (model for model in apps.get_models() if model._meta.app_label not in {"auth", "contenttypes", "django_celery_beat"}):
        fields = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, CharField | TextField | JSONField) and field.name not in RETOLD
        ]
        for row in model._default_manager.values_list(*fields) if fields else ():
            words.update(word for value in row if value for word in WORD.findall(str(value)))
    return words


def pages(showcase: Showcase) -> Iterator[str]:
    """Every address that is opened by itself."""
    yield from addresses(showcase).values()
    yield from (
        "/validation-problems/",
        "/pos-transactions/late/",
        "/inbox/",
        "/inbox/cause/?area=validation&code=L04",
        "/inventory/items/",
        "/inventory/batches/",
        "/inventory/on-hand/",
    )
    waiting = PosTransaction.objects.filter(statement=None).first()
    yield from [f"/pos-transactions/{waiting.pk}/correct/"] if waiting else []
    yield "/setup/import/evidence/period/"
    yield from ("/inventory/expiring/", "/jobs/differences/", "/inventory/debt/budget/", "/inventory/policy-lab/")
    yield from ("/inventory/debt/", "/inventory/debt/settle/", "/inventory/debt/credit/", "/inventory/debt/settlements/")
    yield from ("/inventory/transactions/", "/orders/", "/orders/invoices/", "/ledger/vouchers/", "/ledger/posting-accounts/", "/setup/")
    yield from ("/search/?q=S367", "/jobs/latest/", "/setup/users/new/", "/jobs/recurrences/new/", "/inventory/policies/")
    yield from ("/inventory/receipts/", "/inventory/receipts/new/", "/inventory/journals/", "/inventory/journals/new/")
    yield f"/inventory/items/{first(Item.objects.all())}/"
    batch = first(Batch.objects.all())
    yield from (f"/inventory/batches/{batch}/", f"/inventory/batches/{batch}/edit/", f"/inventory/batches/{batch}/history/")
    yield f"/orders/{first(SalesOrder.objects.all())}/"
    yield f"/orders/{first(SalesOrder.objects.exclude(error_code=''))}/"
    yield from ("/orders/accounts/", "/gift-cards/")
    yield f"/orders/accounts/{first(Customer.objects.all())}/"
    yield f"/orders/invoices/{first(Invoice.objects.all())}/"
    yield f"/orders/invoices/{first(Invoice.objects.all())}/print/"
    open_order, returned = (CustomerOrder.objects.get(order__number=number).pk for number in ("CO-1003", "CO-1002"))
    for act in ACTS:
        yield f"/customer-orders/{open_order}/{act.replace('_', '-')}/"
    yield f"/customer-orders/{returned}/return-goods/"
    for number, timing in enumerate((Timing(minute=7, zone="UTC"), Timing(at=time(6, 30), days=(1, 5), zone="UTC"))):
        recurrence = save_recurrence(None, "check_integrity", f"R{number}", timing, showcase.poster)
    # Parts of pages.
    yield from ("/jobs/bell/", "/inbox/badge/", "/statements/problem-counts/", "/statements/stopped-note/?company=USMF")
    yield from ("/inventory/default-batch-note/?path=posting", "/inventory/suggestions/?q=8", "/customer-orders/suggestions/?q=8")
    yield from (f"/statements/{showcase.statement('S406', 1).pk}/live/", f"/customer-orders/{open_order}/live/")
    yield from ("/jobs/recurrences/", f"/jobs/recurrences/{recurrence.pk}/", f"/jobs/recurrences/{recurrence.pk}/delete/")
    yield f"/ledger/vouchers/{first(Voucher.objects.all())}/"
    for slug, record in RECORDS.items():
        yield f"/setup/{slug}/"
        if record.may_add:
            yield f"/setup/{slug}/new/"
        if row := record.model._default_manager.first():
            yield f"/setup/{slug}/{row.pk}/edit/"
            yield f"/setup/{slug}/{row.pk}/history/"


def unread_pages(client: Client, read: Iterable[str]) -> set[str]:
    """Pages of which no address is read; what only takes a POST has none."""
    known = {resolve(urlsplit(address).path).view_name for address in read} | NO_PAGES
    routes = {name: path for name, path, _ in route_addresses(get_resolver().url_patterns) if not name.startswith("api:")}
    asked = {name: client.get(re.sub(r"<[^>]*>", "1", routes[name])).status_code for name in routes.keys() - known}
    return {name for name, status in asked.items() if status != 405}


def first(rows: "QuerySet[Any, Any]") -> int:
    """The key of the first row."""
    return int(rows.order_by("pk").values_list("pk", flat=True)[0])


def left_in_english(html: str, data: set[str]) -> list[str]:
    """The texts of a page with words outside marks that are not data."""
    parser = Texts()
    parser.feed(html)
    found = []
    for text in dict.fromkeys(parser.found):
        rest = text
        while MARKED.search(rest):
            rest = MARKED.sub(" ", rest)
        if not {"⟦", "⟧"} & set(rest) and set(WORD.findall(rest)) - data - KNOWN:
            found.append(text)
    return found


def refused_forms(showcase: Showcase) -> Iterator[tuple[str, dict[str, str]]]:
    """Forms that say why they are refused, and actions that say what became of them."""
    bad = {"code": "x" * 61, "name": "\x01", "number": "?", "currency": "us", "time_zone": "Moon", "factor": "1e9", "first": "no"}
    for slug in (slug for slug, record in RECORDS.items() if record.may_add):
        yield f"/setup/{slug}/new/", bad
    yield "/setup/users/new/", {"username": "?"}
    yield f"/setup/users/{showcase.clerk.pk}/", {"username": "theo", "email": "nobody"}
    yield "/password/", {"old_password": "wrong", "new_password1": "a", "new_password2": "b"}
    for when in ("hourly", "daily", "weekly", "every"):
        yield "/jobs/recurrences/new/", {"kind": "validate", "name": "", "at": "x", "how": when}
    yield "/setup/api-tokens/new/", {"name": "", "expires_on": "2001-01-01"}
    yield "/setup/import/", {"kind": "nothing"}
    yield (
        "/parameters/retail/",
        {
            "company": "USMF",
            "version": "1",
            "posting_use_default_batch_id": "on",
            "posting_max_lines_per_order": "many",
            "statements_max_difference": "1e5",
            "posting_max_parallel_lanes": "0",
        },
    )
    yield from refused_orders()
    failed, posted = showcase.statement("S406", 1), showcase.statement("S367", 0)
    for verb in ("clear", "recalculate", "revalidate", "hold", "post"):
        yield f"/statements/{posted.pk}/{verb}/", {}
        yield f"/statements/{failed.pk}/{verb}/", {}
    yield "/statements/calculate/", {"store": "S367"}
    yield "/statements/post/", {}


def refused_orders() -> Iterator[tuple[str, dict[str, str]]]:
    """What the order desk, the actions of an order and the form of a pending one refuse."""
    order = CustomerOrder.objects.get(order__number="CO-1003")
    page, version = f"/customer-orders/{order.pk}/", str(order.version)
    wrong = {"item_1": "9999", "quantity_1": "x", "unit_1": "\x01", "price_1": "", "method_1": "", "amount_1": "5", "do": "save"}
    yield "/customer-orders/new/", {"store": "?", "customer": "x" * 61, "delivery": "?", **wrong}
    known = {"item_1": "866211", "quantity_1": "2", "price_1": "1", "method_1": "", "amount_1": "", "delivery_1": "", "do": "save"}
    yield "/customer-orders/new/", {"store": "S367", "customer": "NOBODY", "delivery": "ship", "opened": "2017-01-02T03:04:05Z", **known}
    yield f"{page}edit/", {"version": "0", "customer": "", "delivery": "pickup", **wrong}
    for act in (*ACTS, "cancel"):
        for quantity in ("0", "x", "9999", ""):
            yield f"{page}{act.replace('_', '-')}/", {"version": version, "do": "act", "how": "now", "line_1": quantity}
    pending = PendingOrder.objects.get(number="CO-2001").pk
    yield f"/customer-orders/pending/{pending}/", {"version": "0", "total": "x"}
    yield f"/customer-orders/pending/{pending}/discard/", {"reason": ""}
    for verb in ("retry", "hold", "release", "synchronize"):
        yield f"/customer-orders/pending/{verb}/", {}


@pytest.mark.slow
def test_every_text_is_translated() -> None:
    showcase = make_grocer()
    client = Client()
    found: dict[str, list[str]] = {}
    all_pages = list(pages(showcase))
    data = words_of_data()
    with in_pseudo():
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
        for address in ("/sign-in/", "/password/forgotten/", *all_pages):
            if address == all_pages[0]:
                client.force_login(showcase.poster)
            response = client.get(address, follow=True)
            if response.status_code != (404 if "999999" in address else 200):
                found[f"{address} answers {response.status_code}"] = [address]
            headers = HEADERS if address.endswith("/columns/") else set()
            for text in left_in_english(response.content.decode(), data | headers):
                found.setdefault(text[:200], []).append(f"{address} ({response.status_code})")
        assert unread_pages(client, [*all_pages, ASK]) == set()
        for address, values in refused_forms(showcase):
            response = client.post(address, values, follow=True)
            typed = {word for value in values.values() for word in WORD.findall(value)}
            for text in left_in_english(response.content.decode(), data | typed):
                found.setdefault(text[:200], []).append(f"posted to {address} ({response.status_code})")
        # Who may go there is led straight on.
        client.force_login(showcase.clerk)
        response = client.get(ASK)
        assert response.status_code == 200
        found |= {text: [ASK] for text in left_in_english(response.content.decode(), data)}
    assert not found, "\n".join(f"{text}   {places[0]} and {len(places) - 1} more" for text, places in found.items())
