"""Every address, asked by every role, by strangers and by people of another store, answers as docs/roles.md declares.

The declaration is the reviewed document, read as data; a page that it does not list, or that answers otherwise, fails here.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from core.access.pages import ANYBODY, BY_TOKEN, OF_ITS_KIND, SIGNED_IN
from core.access.pages import PAGES as need_table
from core.access.roles import ROLES
from core.lib.document_kinds import SourceKind
from ledger.models import Voucher
from orders.models import CustomerOrder, Delivery, DeliveryLine, Invoice, PendingOrder, SalesOrder, Store
from parameters.models import RetailParameters
from retailhq.exchange.models import FileImport
from retailhq.exchange.services.files import KINDS
from retailhq.home import errors
from retailhq.setup.masters import RECORDS
from retailhq.users.matrix import addresses, markdown
from statements.models import PosTransaction, PosTransactionLine, Statement
from tests.core.access.people import make_person
from tests.factories import (
    CustomerOrderFactory,
    InvoiceFactory,
    PendingOrderFactory,
    PosTransactionFactory,
    PosTransactionLineFactory,
    SalesOrderFactory,
    SalesOrderLineFactory,
    StatementFactory,
    StoreFactory,
    VoucherFactory,
    make_posted_day,
)
from tests.shared import make_once

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).parents[3] / "docs" / "roles.md"
TITLES = [str(role.title) for role in ROLES]
SIGN_IN = "/sign-in/"


def declared() -> dict[str, dict[str, str]]:
    """Url name -> title of the role -> yes, look, no or anybody; from the document."""
    table = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] not in {"Page", "Master data", "Import", "---"}:
            table[cells[0]] = dict(zip(TITLES, cells[-len(TITLES) :], strict=True))
    return table


IMPORT_OF = "import of "
ALL_ROWS = declared()
DECLARED = {name: cells for name, cells in ALL_ROWS.items() if name not in RECORDS and not name.startswith(IMPORT_OF)}
ALL_ROUTES = {name: path for name, path, _ in addresses(get_resolver().url_patterns)}
# The addresses of the API know no person; tests/retailhq/api/test_tokens.py asks them with every kind of token.
ROUTES = {name: path for name, path in ALL_ROUTES.items() if need_table.get(name) != BY_TOKEN}
PAGES = {name: re.sub(r"<[^>]*>", "1", path) for name, path in ROUTES.items()}


def test_the_document_is_printed_from_the_tables() -> None:
    """manage.py print_roles > docs/roles.md"""
    assert DOCUMENT.read_text(encoding="utf-8") == markdown()


def test_the_document_knows_every_address() -> None:
    assert set(DECLARED) == set(ALL_ROUTES)


def test_the_api_opens_to_no_session(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    for name in set(ALL_ROUTES) - set(ROUTES):
        path = re.sub(r"<[^>]*>", "1", ALL_ROUTES[name])
        assert {client.get(path).status_code, client.post(path).status_code} <= {401, 404, 405}, name


@pytest.fixture
def refusals_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of a refusal is drawn in full for the first address that is refused; of the others only the status is asked."""
    drawn: set[int] = set()
    draw = errors.page

    def page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
        if status in drawn:
            return HttpResponse(status=status)
        drawn.add(status)
        return draw(request, template, status, **context)

    monkeypatch.setattr(errors, "page", page)


def answers(client: Client, person: User | None, method: str) -> dict[str, int]:
    """Status of every page for a person; 401 stands for "sent to the sign-in". What a page does is taken back before the next is asked."""
    if person is not None:
        client.force_login(person)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    found = {}
    for name, path in PAGES.items():
        before = transaction.savepoint()
        answer = client.get(path) if method == "GET" else client.post(path)
        found[name] = 401 if answer.status_code == 302 and answer["Location"].startswith(f"{SIGN_IN}?next=") else answer.status_code
        transaction.savepoint_rollback(before)
        client.cookies.clear()
        client.cookies.load(cookies)
    return found


@pytest.mark.usefixtures("refusals_drawn_once")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.key)
def test_every_page_answers_each_role_as_declared(client: Client, role: Any, method: str) -> None:
    found = answers(client, make_person("theo", role.key), method)
    for name, status in found.items():
        allowed = DECLARED[name][str(role.title)]
        refused = allowed == "no" or (allowed == "look" and method == "POST")
        assert (status == 403) == refused, f"{method} {PAGES[name]} for {role.key}: {status}, declared {allowed}"
        assert status < 500, f"{method} {PAGES[name]}: {status}"


@pytest.mark.usefixtures("refusals_drawn_once")
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.key)
def test_every_kind_of_master_data_answers_each_role_as_declared(client: Client, role: Any) -> None:
    client.force_login(make_person("theo", role.key))
    for slug in RECORDS:
        allowed = ALL_ROWS[slug][str(role.title)]
        key = f"/setup/{slug}/no-such-row"
        found = [client.get(f"{key}/edit/"), client.get(f"{key}/history/"), client.post(f"{key}/edit/"), client.post(f"{key}/active/")]
        refused = [answer.status_code == 403 for answer in found]
        assert refused == [allowed == "no", allowed == "no", allowed != "yes", allowed != "yes"], f"{slug} for {role.key}: {allowed}"
        assert (client.post(f"/setup/{slug}/new/").status_code == 403) == (allowed != "yes"), slug


# What the pages change where a file of the kind does: the master, or the page that takes the document.
PAGES_OF_IMPORTS = {
    **{kind: kind for kind in ("legal-entities", "warehouses", "stores", "customers", "items", "dispositions", "unit-conversions")},
    "batches": "inventory:batch_edit",
    "transactions": "statements:correct",
    "customer-orders": "customer_orders:new",
    "receipts": "inventory:receipt_new",
    "journals": "inventory:journal_new",
    "z-reports": "statements:z_report",
}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.key)
def test_every_kind_of_import_answers_each_role_as_declared(client: Client, role: Any) -> None:
    """The right of a file is that of the pages, and an upload without it is refused before anything is stored."""
    client.force_login(make_person("theo", role.key))
    title = str(role.title)
    for kind in KINDS:
        allowed = ALL_ROWS[f"{IMPORT_OF}{kind}"][title]
        assert kind in PAGES_OF_IMPORTS, f"{kind}: say in PAGES_OF_IMPORTS which page changes the same"
        by_page = ALL_ROWS[PAGES_OF_IMPORTS[kind]][title]
        may_upload = DECLARED["imports:start"][title] == "yes"
        assert allowed == ("yes" if by_page == "yes" and may_upload else "no"), f"{kind} for {role.key}: by page {by_page}"
        answer = client.post("/setup/import/", {"kind": kind, "file": SimpleUploadedFile("a.csv", b"x\n")})
        taken = FileImport.objects.filter(kind=kind).exists()
        assert (answer.status_code == 302, taken) == ((allowed == "yes"), (allowed == "yes")), f"{kind} for {role.key}"
        if allowed != "yes" and answer.status_code != 403:
            assert "KIND_NOT_ALLOWED" in answer.content.decode(), kind


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_strangers_are_sent_to_the_sign_in(client: Client, method: str) -> None:
    found = answers(client, None, method)

    assert {name for name, status in found.items() if status != 401} == {
        name for name, cells in DECLARED.items() if "anybody" in cells.values()
    }


@pytest.mark.usefixtures("refusals_drawn_once")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_somebody_without_role_gets_no_further_than_the_start(client: Client, method: str) -> None:
    found = answers(client, make_person("nobody"), method)
    everybody = {name for name, need in need_table.items() if need in {ANYBODY, SIGNED_IN, OF_ITS_KIND}}

    assert {name for name, status in found.items() if status != 403} == everybody


def test_a_forgotten_page_is_refused_even_to_the_administrator(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.access import pages

    client.force_login(User.objects.create_superuser("root"))
    assert client.get("/statements/").status_code == 200
    monkeypatch.delitem(pages.PAGES, "statements:list")
    assert client.get("/statements/").status_code == 403


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_post_needs_the_token_of_its_form(name: str) -> None:
    """A page that takes no POST may say so instead (405)."""
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("root"))

    assert strict.post(PAGES[name]).status_code == 403


# -- Stores ----------------------------------------------------------------------------------------------------------------------------

# Pages whose address names something of a store: the id of it for that store's day. Every other page with a placeholder stands in NO_STORE.
Finder = Callable[[Store], int]


def statement_of(store: Store) -> int:
    return Statement.objects.filter(store=store).values_list("pk", flat=True)[0]


def transaction_of(store: Store) -> int:
    return PosTransaction.objects.filter(store=store).values_list("pk", flat=True)[0]


def sold_line_of(store: Store) -> int:
    return PosTransactionLine.objects.filter(transaction__store=store).values_list("pk", flat=True)[0]


def delivered_line_of(store: Store) -> int:
    return DeliveryLine.objects.filter(delivery__store=store).values_list("pk", flat=True)[0]


def delivery_of(store: Store) -> int:
    return Delivery.objects.filter(store=store).values_list("pk", flat=True)[0]


def order_of(store: Store) -> int:
    return SalesOrder.objects.filter(store=store, origin=SalesOrder.Origin.STATEMENT).values_list("pk", flat=True)[0]


def invoice_of(store: Store) -> int:
    return Invoice.objects.filter(order__store=store).values_list("pk", flat=True)[0]


def voucher_of(store: Store) -> int:
    found = Voucher.objects.filter(source_kind=SourceKind.STATEMENT, source_id=statement_of(store))
    return found.values_list("pk", flat=True)[0]


def customer_order_of(store: Store) -> int:
    return CustomerOrder.objects.filter(order__store=store).values_list("pk", flat=True)[0]


def pending_of(store: Store) -> int:
    return PendingOrder.objects.filter(store=store).values_list("pk", flat=True)[0]


OF_A_STORE: dict[str, Finder] = {
    "customer_orders:pending_one": pending_of,
    "customer_orders:discard_pending": pending_of,
    "customer_orders:detail": customer_order_of,
    "customer_orders:live": customer_order_of,
    "customer_orders:why": delivered_line_of,
    "customer_orders:pick": customer_order_of,
    "customer_orders:unpick": customer_order_of,
    "customer_orders:pack": customer_order_of,
    "customer_orders:unpack": customer_order_of,
    "customer_orders:ship": customer_order_of,
    "customer_orders:pick_up": customer_order_of,
    "customer_orders:invoice": customer_order_of,
    "customer_orders:take_back": customer_order_of,
    "customer_orders:cancel": customer_order_of,
    "customer_orders:reverse": delivery_of,
    "customer_orders:confirmation": customer_order_of,
    "customer_orders:confirmation_pdf": customer_order_of,
    "customer_orders:edit": customer_order_of,
    "customer_orders:return_goods": customer_order_of,
    "ledger:voucher": voucher_of,
    "orders:detail": order_of,
    "orders:invoice": invoice_of,
    "orders:invoice_print": invoice_of,
    "orders:invoice_pdf": invoice_of,
    "statements:detail": statement_of,
    "statements:live": statement_of,
    "statements:count": statement_of,
    "statements:accept_difference": statement_of,
    "statements:z_report": statement_of,
    "statements:z_report_print": statement_of,
    "statements:z_report_pdf": statement_of,
    "statements:post": statement_of,
    "statements:preview": statement_of,
    "statements:clear": statement_of,
    "statements:recalculate": statement_of,
    "statements:revalidate": statement_of,
    "statements:hold": statement_of,
    "statements:discard_orders": statement_of,
    "statements:transaction": transaction_of,
    "statements:correct": transaction_of,
    "statements:why": sold_line_of,
    "statements:reverse": statement_of,
    "statements:approve_fallback": statement_of,
    "imports:evidence": statement_of,
    "customer_orders:approve_fallback": customer_order_of,
    "statements:reverse_transaction": transaction_of,
}
# Items and batches belong to all stores; their stock is narrowed on the page. Journals belong to warehouses
# (tests/inventory/test_document_pages.py). Accounts of customers and gift cards belong to the company.
NO_STORE = {
    # A settlement belongs to a warehouse (tests/inventory/test_debt_pages.py).
    "inventory:settlement",
    "inventory:settlement_undo",
    # As does a proposal (tests/cases/test_payback_limits.py).
    "inventory:put_aside",
    # A batch is of all stores, and so is its evidence (tests/retailhq/exchange/test_evidence.py).
    "imports:evidence_of_batch",
    "orders:account",
    "statements:gift_card",
    "statements:gift_card_switch",
    # A recall is of a batch; its lines and stock are narrowed on the page.
    "statements:recall",
    "statements:recall_block",
    "statements:recall_notice",
    "statements:recall_notice_pdf",
    "statements:recall_events",
    "tokens:revoke",
    "inventory:item",
    "inventory:journal",
    "inventory:journal_reverse",
    "inventory:batch",
    "setup:new",
    "setup:open",
    # A question belongs to those who have the right that it is about.
    "answer",
    "setup:edit",
    "setup:switch",
    "setup:history",
    "inventory:batch_edit",
    "inventory:batch_history",
    "password_reset_confirm",
    "access:user",
    "access:user_password",
    "access:user_unlock",
    # A job and its files belong to who asked for it; recurrences to nobody's store.
    "jobs:detail",
    "jobs:cancel",
    "jobs:repeat",
    "jobs:file",
    "jobs:delete_recurrence",
    "jobs:pause",
    "jobs:recurrence",
    "jobs:run_now",
    "imports:apply",
    "imports:columns",
    "imports:detail",
    "imports:of_job",
    "integrity:difference",
    "statements:policy_lab_result",
    "imports:source",
    "imports:template",
}


def test_every_page_with_an_id_says_whether_it_is_of_a_store() -> None:
    """A new page with a placeholder: add it to OF_A_STORE with the id of something, or to NO_STORE."""
    assert {name for name, path in ROUTES.items() if "<" in path} == set(OF_A_STORE) | NO_STORE


def make_delivered_line(store: Store) -> None:
    """A line of the store's customer order that was delivered and invoiced."""
    order = CustomerOrder.objects.get(order__store=store).order
    where = {"store": store, "warehouse": order.warehouse, "day": order.business_date, "requested_at": timezone.now()}
    money = {"net": Decimal(1), "tax": Decimal(0)}
    invoice = InvoiceFactory.create(order=order)
    delivery = Delivery.objects.create(order=order, ordinal=1, verb="ship", line_count=1, invoice=invoice, **money, **where)
    line = SalesOrderLineFactory.create(order=order)
    DeliveryLine.objects.create(delivery=delivery, order_line=line, quantity=Decimal(1), stock_quantity=Decimal(1), **money)


def make_two_stores() -> tuple[Store, Store]:
    """A store with a posted day, and another of the same company with a day of its own."""
    own: Store = make_posted_day().statement.store
    CustomerOrderFactory.create(order__store=own)
    PendingOrderFactory.create(store=own)
    assert own.warehouse is not None
    store: Store = StoreFactory.create(warehouse=own.warehouse)
    statement = StatementFactory.create(store=store)
    PosTransactionLineFactory.create(transaction=PosTransactionFactory.create(store=store, statement=statement))
    RetailParameters.objects.create(legal_entity=own.warehouse.legal_entity)
    VoucherFactory.create(legal_entity=own.warehouse.legal_entity, source_id=statement.pk)
    InvoiceFactory.create(order=SalesOrderFactory.create(store=store, warehouse=own.warehouse))
    CustomerOrderFactory.create(order__store=store)
    PendingOrderFactory.create(store=store)
    for one in (own, store):
        make_delivered_line(one)
    return own, store


two_stores = make_once(make_two_stores)


@pytest.fixture
def own(two_stores: tuple[Store, Store], db: None) -> Store:
    return deepcopy(two_stores[0])


@pytest.fixture
def other(two_stores: tuple[Store, Store], db: None) -> Store:
    return deepcopy(two_stores[1])


@pytest.mark.parametrize("name", sorted(OF_A_STORE))
@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_what_belongs_to_another_store_is_not_found(client: Client, own: Store, other: Store, name: str, role: str) -> None:
    client.force_login(make_person("theo", role, stores=[own]))
    route, find = ROUTES[name], OF_A_STORE[name]
    mine, theirs = (re.sub(r"<[^>]*>", str(find(store)), route) for store in (own, other))
    before = list(Statement.objects.order_by("pk").values_list("pk", "work_state", "job"))

    answer = client.get(mine).status_code
    # An action that is not possible now leads back to its document.
    assert client.get(theirs).status_code == (404 if answer in {200, 302} else answer)
    assert client.post(theirs).status_code in {403, 404, 405}
    assert list(Statement.objects.order_by("pk").values_list("pk", "work_state", "job")) == before


@pytest.mark.parametrize("path", ["/statements/", "/pos-transactions/", "/"])
def test_lists_and_figures_show_own_stores_only(client: Client, own: Store, other: Store, path: str) -> None:
    client.force_login(make_person("theo", "administrator", stores=[own]))
    page = client.get(path).content.decode()

    assert Statement.objects.get(store=other).number not in page
    # As a word: the token of a form may hold these letters by chance.
    assert not re.search(rf"\b{other.code}\b", page)
    assert PosTransactionLine.objects.exists()


def test_posting_and_calculating_leave_other_stores_alone(client: Client, own: Store, other: Store) -> None:
    theirs = Statement.objects.get(store=other)
    PosTransactionFactory.create(store=other, validation_status="valid")
    client.force_login(make_person("theo", "administrator", stores=[own]))

    client.post("/statements/post/", {"statement": [theirs.pk], "pick": [theirs.pk]})
    client.post("/statements/calculate/", {"store": other.code})
    client.post("/statements/calculate/", {"store": ""})

    theirs.refresh_from_db()
    assert (theirs.work_state, theirs.job) == ("", None)
    assert Statement.objects.filter(store=other).count() == 1
    assert PosTransaction.objects.filter(store=other, statement=None).count() == 1


def test_nobody_works_in_a_company_of_other_stores(client: Client, own: Store) -> None:
    theirs = make_posted_day().statement
    client.force_login(make_person("theo", "administrator", stores=[own]))
    assert own.warehouse is not None
    client.post("/company/", {"company": theirs.legal_entity.code})

    assert client.get(f"/statements/{theirs.pk}/").status_code == 404
    assert theirs.number not in client.get("/statements/").content.decode()
    assert client.get("/").context["company"] == own.warehouse.legal_entity


def test_a_user_without_a_row_sees_no_store(client: Client, own: Store) -> None:
    client.force_login(make_person("theo", "administrator", stores=[]))
    page = client.get("/statements/").content.decode()

    assert not re.search(rf"\b{own.code}\b", page)
    assert client.get(f"/statements/{statement_of(own)}/").status_code == 404


def test_jobs_of_others_are_for_those_with_the_right(client: Client) -> None:
    from core.jobs.models import Job

    theo, job = make_person("theo", "clerk"), Job.objects.create(kind="post_statements", title="Somebody's work")
    own_job = Job.objects.create(kind="post_statements", title="My work", requested_by=theo)
    client.force_login(theo)
    assert client.get(f"/jobs/{job.pk}/").status_code == 404
    assert client.get(f"/jobs/{own_job.pk}/").status_code == 200
    assert "Somebody" not in client.get("/jobs/").content.decode()
    client.force_login(make_person("ada", "auditor"))
    assert client.get(f"/jobs/{job.pk}/").status_code == 200
