"""Every list: filters, columns, views, paging over blanks, selection; whatever the address says, no page breaks."""

from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module
from typing import Any

import django_filters
import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from core.jobs.models import Job
from core.tables.filters import ScopedFilter
from core.tables.models import ColumnChoice, SavedView
from core.tables.page import LISTS
from inventory.models import Batch, Disposition, Journal, ReceiptLine, Warehouse
from orders.models import Store, StoreScope
from statements.models import Statement
from tests.core.access.people import make_person
from tests.factories import (
    BatchFactory,
    ItemFactory,
    PostedDay,
    PosTransactionFactory,
    StatementFactory,
    StoreFactory,
    ValidationProblemFactory,
    WarehouseFactory,
    make_posted_day,
)

pytestmark = pytest.mark.django_db
KEYS = {
    "statements", "pos-transactions", "validation-problems", "items", "batches", "on-hand", "inventory-transactions", "sales-orders",
    "invoices", "vouchers", "jobs", "users", "audit-trail", "pending-orders", "customer-accounts", "gift-cards",
    "journals", "receipts", "late-documents",
}  # fmt: skip
# What lists are narrowed to under their bare address besides the place.
STARTS = {
    "batch-debt": {"state": "Open"},
    "differences": {"state": "Open"},
    "expiring-stock": {"within": "Expired or within 14 days"},
}


def numbers(client: Client, address: str) -> list[str]:
    """The numbers of the statements on a page."""
    return [row.record.number for row in client.get(address).context["table"].rows]


def test_all_lists_are_known_by_their_keys(signed_in: Client) -> None:
    signed_in.get("/")
    assert set(LISTS) >= KEYS


def test_columns_are_chosen_ordered_and_forgotten(signed_in: Client) -> None:
    StatementFactory.create()
    order = ["total", "number", "store"]
    signed_in.post("/statements/", {"do": "columns", "order": order, "column": ["total", "number"]})
    assert signed_in.get("/statements/").context["asked"].columns == ("total", "number")
    signed_in.post("/statements/", {"do": "columns", "order": order, "column": ["total", "number"], "move": "number:up"})
    assert signed_in.get("/statements/").context["asked"].columns == ("number", "total")
    assert signed_in.get("/statements/?columns=store,nonsense").context["asked"].columns == ("store",)
    signed_in.post("/statements/", {"do": "columns", "order": order})
    assert signed_in.get("/statements/").context["asked"].columns == ("number", "total")
    signed_in.post("/statements/", {"do": "forget-columns"})
    assert not ColumnChoice.objects.exists()
    assert "store" in signed_in.get("/statements/").context["asked"].columns


def test_a_view_keeps_filters_sort_and_columns(signed_in: Client) -> None:
    store = StoreFactory.create()
    StatementFactory.create(store=store, number="A-1", failed_state="Checked", error_code="PERIOD_CLOSED")
    StatementFactory.create(store=store, number="A-2")
    query = "?state=failed&sort=-total&columns=number,total"
    answer = signed_in.post(f"/statements/{query}", {"do": "save-view", "name": "Failed ones", "is_default": "1"})
    view = SavedView.objects.get()
    assert (view.name, view.is_default, f"view={view.pk}" in answer["Location"]) == ("Failed ones", True, True)

    # A bare address opens it; an explicit one does not.
    page = signed_in.get("/statements/")
    assert (page.context["asked"].view, page.context["asked"].sort, page.context["asked"].columns) == (view, "-total", ("number", "total"))
    assert [row.record.number for row in page.context["table"].rows] == ["A-1"]
    assert not page.context["view_changed"]
    assert signed_in.get(f"/statements/?{view.query}&view={view.pk}&q=A").context["view_changed"]
    assert set(numbers(signed_in, "/statements/?view=none")) == {"A-1", "A-2"}

    opened = f"/statements/?{view.query}&view={view.pk}"
    signed_in.post(opened, {"do": "rename-view", "name": "Stopped"})
    signed_in.post(opened, {"do": "default-view"})
    view.refresh_from_db()
    assert (view.name, view.is_default) == ("Stopped", False)
    signed_in.post(opened, {"do": "delete-view"})
    assert not SavedView.objects.exists()


def test_a_view_belongs_to_one_person(signed_in: Client, client: Client) -> None:
    signed_in.post("/statements/?state=failed", {"do": "save-view", "name": "Mine"})
    view = SavedView.objects.get()
    client.force_login(make_person("bo", "clerk"))
    address = f"/statements/?{view.query}&view={view.pk}"
    assert client.get(address).context["asked"].view is None
    client.post(address, {"do": "delete-view"})
    assert SavedView.objects.filter(pk=view.pk).exists()


def pages(client: Client, address: str) -> Iterator[list[int]]:
    """Keys of all pages, one after the other."""
    after = ""
    while True:
        page = client.get(f"{address}{after}").context["page"]
        yield [row.pk for row in page.rows]
        if not page.later:
            return
        after = f"&after={page.later}"


@pytest.mark.parametrize("sort", ["expires_on", "-expires_on", "item", "-number"])
def test_pages_over_blank_dates_lose_nothing(signed_in: Client, sort: str) -> None:
    item = ItemFactory.create()
    for number in range(130):
        BatchFactory.create(item=item, number=f"B{number:03}", expires_on=None if number % 3 == 0 else date(2024, 1, 1 + number % 20))
    seen = list(pages(signed_in, f"/inventory/batches/?sort={sort}"))
    assert sorted(pk for page in seen for pk in page) == sorted(Batch.objects.values_list("pk", flat=True))
    # And back again from the last page.
    last = signed_in.get(f"/inventory/batches/?sort={sort}").context["page"]
    back = []
    while last.later:
        last = signed_in.get(f"/inventory/batches/?sort={sort}&after={last.later}").context["page"]
    while last.earlier:
        last = signed_in.get(f"/inventory/batches/?sort={sort}&before={last.earlier}").context["page"]
        back.append([row.pk for row in last.rows])
    assert back == seen[-2::-1]


def test_chips_say_what_is_active(signed_in: Client) -> None:
    store = StoreFactory.create(code="S1")
    StatementFactory.create(store=store)
    chips = signed_in.get("/statements/?store=S1&state=failed&date_from=2024-05-01&date_to=never").context["chips"]
    assert [(chip.name, str(chip.text)) for chip in chips] == [("store", "S1"), ("date_from", "2024-05-01"), ("state", "Failed")]


def test_all_that_match_are_posted_after_their_number_was_confirmed(signed_in: Client) -> None:
    day = make_posted_day()
    Statement.objects.bulk_create(StatementFactory.build(store=day.statement.store) for _ in range(3))
    form = {"all": "1", "query": "state=ready", "next": "/statements/"}
    asked = signed_in.post("/statements/post/", form)
    assert asked.status_code == 200
    assert asked.context["number"] == 3
    assert not Job.objects.exists()
    # Another number than was shown asks again.
    assert signed_in.post("/statements/post/", {**form, "confirmed": "2"}).status_code == 200
    assert signed_in.post("/statements/post/", {**form, "confirmed": "3"}).status_code == 302
    assert Job.objects.count() == 1


def test_somebody_with_one_store_sees_only_that(client: Client) -> None:
    days = [make_posted_day(StoreFactory.create(code=code, warehouse=WarehouseFactory.create(code=f"W{code}"))) for code in ("A", "B")]
    client.force_login(make_person("cleo", "clerk", stores=[Store.objects.get(code="A")]))
    of_list: dict[str, Callable[[Any], str]] = {
        "statements": lambda row: row.store.code,
        "pos-transactions": lambda row: row.store.code,
        "sales-orders": lambda row: row.store.code,
        "invoices": lambda row: row.order.store.code,
        "on-hand": lambda row: row.warehouse.code[1:],
        "inventory-transactions": lambda row: row.warehouse.code[1:],
        "receipts": lambda row: row.warehouse.code[1:],
        "journals": lambda row: row.warehouse_codes[1:],
    }
    for key, of in of_list.items():
        rows = client.get(reverse(LISTS[key].view)).context["page"].rows
        assert rows, key
        assert {of(row) for row in rows} == {"A"}, key
    vouchers = client.get("/ledger/vouchers/").context["page"].rows
    own = {
        days[0].statement.pk,
        days[0].order.invoices.get().pk,
        *ReceiptLine.objects.filter(warehouse__code="WA").values_list("pk", flat=True),
    }
    assert {voucher.source_id for voucher in vouchers} <= own
    other = days[1]
    for address in (f"/orders/{other.order.pk}/", f"/orders/invoices/{other.order.invoices.get().pk}/"):
        assert client.get(address).status_code == 404


def make_two_days() -> tuple[PostedDay, PostedDay]:
    """A posted day of store S1 (warehouse W1) and one of S2 (W2), in one company as far as stores go."""
    first, second = (
        make_posted_day(StoreFactory.create(code=f"S{number}", warehouse=WarehouseFactory.create(code=f"W{number}"))) for number in "12"
    )
    Warehouse.objects.update(legal_entity=first.statement.legal_entity)
    Journal.objects.update(legal_entity=first.statement.legal_entity)
    return first, second


def test_every_list_starts_with_the_chosen_store(signed_in: Client) -> None:
    """By enumeration: a list that can be narrowed to a store or a warehouse is, under its bare address; "Show all" shows all."""
    for day in make_two_days():
        ValidationProblemFactory.create(transaction=PosTransactionFactory.create(store=day.statement.store))
    signed_in.post("/store/", {"store": "S1"})
    narrowed = set()
    for page in LISTS.values():
        scoped = {name: of.scoped for name, of in page.filters.base_filters.items() if isinstance(of, ScopedFilter)}
        answer = signed_in.get(reverse(page.view))
        chips = {chip.name: str(chip.text) for chip in answer.context["chips"]}
        places = {name: {"stores": "S1", "warehouses": "W1"}[of] for name, of in scoped.items()}
        assert chips == places | STARTS.get(page.key, {}), page.key
        everything = signed_in.get(answer.context["clear"])
        assert not list(everything.context["chips"]), page.key
        if scoped and everything.context["page"].rows:
            narrowed.add(page.key)
            assert 0 < len(answer.context["page"].rows) < len(everything.context["page"].rows), page.key
    assert narrowed >= {
        "statements", "pos-transactions", "validation-problems", "sales-orders", "invoices", "on-hand", "inventory-transactions",
    }  # fmt: skip


def test_a_default_view_keeps_its_own_store_and_gets_the_chosen_one_where_it_has_none(signed_in: Client) -> None:
    first, second = (day.statement.number for day in make_two_days())
    signed_in.post("/store/", {"store": "S1"})
    signed_in.post("/statements/?date_from=2001-01-01", {"do": "save-view", "name": "All", "is_default": "1"})
    assert numbers(signed_in, "/statements/") == [first]
    signed_in.post("/statements/?store=S2", {"do": "save-view", "name": "Second", "is_default": "1"})
    assert numbers(signed_in, "/statements/") == [second]
    assert set(numbers(signed_in, "/statements/?view=none")) == {first, second}


def test_a_store_that_was_taken_away_narrows_nothing(client: Client) -> None:
    first, second = (day.statement for day in make_two_days())
    person = make_person("cleo", "clerk", stores=[first.store, second.store])
    client.force_login(person)
    client.post("/store/", {"store": "S1"})
    assert numbers(client, "/statements/") == [first.number]
    StoreScope.objects.filter(user=person, store=first.store).delete()
    assert numbers(client, "/statements/") == [second.number]


def test_every_filter_offers_active_rows_and_the_one_that_is_chosen(signed_in: Client) -> None:
    """By enumeration: whatever a list can be narrowed to by a row of master data, an inactive row is not offered."""
    day = make_posted_day()
    item = day.sold.item
    assert item is not None
    masters = [day.statement.store, day.statement.warehouse, item.item_group, item.model_group, Disposition.objects.earliest("pk")]
    seen = set()
    for page in LISTS.values():
        for name, of in page.filters.base_filters.items():
            if not isinstance(of, django_filters.ModelChoiceFilter):
                continue
            row = next(row for row in masters if isinstance(row, of.offered))
            for is_active in (True, False):
                type(row).objects.filter(pk=row.pk).update(is_active=is_active)
                field = signed_in.get(reverse(page.view), {"view": "none"}).context["filter"].form.fields[name]
                assert (row.code in {str(key) for key, _ in field.choices}) == is_active, (page.key, name)
            chosen = signed_in.get(reverse(page.view), {name: row.code})
            assert [chip.name for chip in chosen.context["chips"]] == [name], (page.key, name)
            seen.add(of.offered)
            type(row).objects.filter(pk=row.pk).update(is_active=True)
    assert seen == {type(row) for row in masters}


def test_detail_pages_link_both_ways(signed_in: Client) -> None:
    day = make_posted_day()
    invoice = day.order.invoices.get()
    order = signed_in.get(f"/orders/{day.order.pk}/").content.decode()
    assert f"/statements/{day.statement.pk}/" in order
    assert f"/orders/invoices/{invoice.pk}/" in order
    assert "DEF" in order
    assert f"/orders/{day.order.pk}/" in signed_in.get(f"/orders/invoices/{invoice.pk}/").content.decode()
    batch = Batch.objects.get(number="DEF")
    assert f"/orders/{day.order.pk}/" in signed_in.get(f"/inventory/batches/{batch.pk}/").content.decode()
    assert f"/inventory/batches/{batch.pk}/" in signed_in.get(f"/inventory/items/{batch.item_id}/").content.decode()
    for place in ("orders", "orders/invoices", "inventory/items", "inventory/batches", "ledger/vouchers"):
        assert signed_in.get(f"/{place}/9999999/").status_code == 404


def test_stored_views_of_the_audit_trail_keep_their_filter_and_columns(signed_in: Client) -> None:
    """The column had another name."""
    migration = import_module("core.tables.migrations.replaced.0002_audit_action")
    ada = User.objects.get(username="ada")
    SavedView.objects.create(user=ada, list_key="audit-trail", name="Exports", query="deed=export&columns=at%2Cdeed&sort=-id")
    SavedView.objects.create(user=ada, list_key="statements", name="Deeds", query="q=deed")
    ColumnChoice.objects.create(user=ada, list_key="audit-trail", columns=["at", "deed", "actor"])

    migration.rename_column(apps, None)

    views = dict(SavedView.objects.values_list("name", "query"))
    assert QueryDict(views["Exports"]).dict() == {"action": "export", "columns": "at,action", "sort": "-id"}
    assert views["Deeds"] == "q=deed"
    assert ColumnChoice.objects.get().columns == ["at", "action", "actor"]
