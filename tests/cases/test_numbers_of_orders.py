"""Two companies whose customer orders have the same numbers: each keeps its own, at every door (ADR 0020)."""

import json
from collections.abc import Collection, Iterable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from core.db.bulk import fetch_all
from ledger.models import Voucher
from orders.models import Invoice, PendingOrder, SalesOrder
from orders.queries.whole_order import order_address
from orders.services.order_files import IncomingOrder
from orders.services.pending import SubmitResult, SubmittedOrder, read, submit_orders, synchronize_orders
from orders.services.place_orders import place_orders
from parameters.models import LegalEntity
from retailhq.integrity.checks import differences
from tests.cases.test_numbers import companies
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, export, rejected, run
from tests.retailhq.api.calling import Till, work
from tests.scenarios.world import NOON, OrderLineRef, milk

__all__ = ["companies"]
A, B = "LE", "L2"


def orders_alike(shop: PricedShop, paid: str = "0") -> None:
    """The same number in both companies, with other quantities."""
    shop.is_ordered(milk(4), number="CO1", paid=paid)
    shop.is_ordered(milk(7), number="CO1", store="S2", paid=paid)


@pytest.fixture
def two(companies: PricedShop) -> PricedShop:
    """Both companies have goods, and an order CO1, which is paid when it is taken."""
    companies.receives(50, "1.00", "A", receipt="GR1")
    companies.receives(50, "1.00", "B", warehouse="W2", receipt="GR1")
    orders_alike(companies, paid="2.00")
    companies.comes_in()
    return companies


def of(company: str, number: str = "CO1") -> SalesOrder:
    return SalesOrder.objects.get(number=number, legal_entity__code=company)


def codes(rows: Iterable[dict[str, str]]) -> list[str]:
    return [row["code"] for row in rows]


# -- the file ----------------------------------------------------------------------------------------------------------


def test_a_file_of_the_other_company_makes_its_own_order(two: PricedShop) -> None:
    assert [of(A).store.code, of(B).store.code] == ["S1", "S2"]
    assert [of(A).lines.get().quantity, of(B).lines.get().quantity] == [4, 7]
    vouchers = Voucher.objects.filter(number="CO1-DEP").order_by("legal_entity__code").values_list("legal_entity__code", "source_id")
    assert list(vouchers) == [(B, of(B).pk), (A, of(A).pk)]
    orders_alike(two, paid="2.00")
    assert two.comes_in()[-1].data["unchanged"] == 2
    two.is_ordered(milk(5), number="CO1", store="S2")
    path = two.folder / "other.ndjson"
    path.write_text(json.dumps(two.orders.pop()) + "\n", encoding="utf-8")
    assert run("import_data", "customer-orders", str(path)).status == PARTLY
    assert codes(rejected(path)) == ["CONFLICT"]
    assert SalesOrder.objects.count() == 2


def test_both_are_invoiced_and_the_books_are_right(two: PricedShop) -> None:
    assert two.invoices().data["invoiced"] == 2
    invoices = Invoice.objects.order_by("legal_entity__code").values_list("number", "legal_entity__code", "order_id")
    assert list(invoices) == [("CO1-I1", B, of(B).pk), ("CO1-I1", A, of(A).pk)]
    two.must_be_sound()


def test_an_order_of_one_company_does_not_stop_the_statement_of_another(companies: PricedShop) -> None:
    """The number that a statement of S1 gives its first order stands on an order of the other company already."""
    companies.receives(50, "1.00", "A", receipt="GR1")
    companies.receives(50, "1.00", "B", warehouse="W2", receipt="GR1")
    companies.is_ordered(milk(3), number="S1-000001-0001", store="S2")
    companies.keeps(pos_transaction("S1", "1", NOON + timedelta(minutes=1), line("MILK", 1)))
    companies.posts()
    companies.must_be_posted()
    assert companies.invoices().data["invoiced"] == 1
    assert SalesOrder.objects.filter(number="S1-000001-0001").count() == 2


@pytest.mark.parametrize("number", ["S1-000001-0001", "S1-000002-0007", "S1-1234567-12345"])
def test_an_order_numbered_as_those_of_statements_is_refused_at_every_door(companies: PricedShop, number: str) -> None:
    """In the company of the store whose statements number so, whether the statement is there already or comes later."""
    companies.receives(50, "1.00", "A", receipt="GR1")
    companies.comes_in()
    till = tills(companies)
    for posted in (False, True):
        before = SalesOrder.objects.count()
        companies.is_ordered(milk(3), number=number)
        document = companies.orders.pop()
        path = companies.folder / "numbered.ndjson"
        path.write_text(json.dumps(document) + "\n", encoding="utf-8")
        assert run("import_data", "customer-orders", str(path)).status == PARTLY
        assert codes(rejected(path)) == ["CONFLICT"]
        for headers in ({}, {"Prefer": "respond-async"}):
            answer = till.post("customer-orders", document, headers=headers)
            assert (answer.status, answer.codes) == (409, ["CONFLICT"])
            assert "numbered as sales orders of statements of store S1 are" in answer.body["errors"][0]["detail"]
        assert (SalesOrder.objects.count(), PendingOrder.objects.count()) == (before, 0)
        if not posted:
            companies.keeps(pos_transaction("S1", "1", NOON + timedelta(minutes=1), line("MILK", 1)))
            companies.posts()
            companies.must_be_posted()


@pytest.mark.parametrize("number", ["S9-000001-0001", "S1-00001-0001", "S1-000001-001", "S1-000001", "S1-240501-101500-1234"])
def test_what_no_statement_gives_may_number_an_order(companies: PricedShop, number: str) -> None:
    companies.is_ordered(milk(3), number=number)
    companies.comes_in()
    assert of(A, number).store.code == "S1"


def test_returns_name_the_order_of_their_own_company(two: PricedShop) -> None:
    two.invoices()
    for store in ("S1", "S2"):
        two.is_ordered(milk(-1), number="BACK", store=store, back=OrderLineRef("CO1", 1))
    two.comes_in()
    sold = SalesOrder.objects.filter(number="BACK").values_list("store__code", "lines__stages__return_of__order_id")
    assert sorted(sold) == [("S1", of(A).pk), ("S2", of(B).pk)]


def test_two_returns_of_one_file_do_not_bring_back_what_was_sold_once(two: PricedShop) -> None:
    two.invoices()
    content = []
    for number in ("BACK1", "BACK2"):
        two.is_ordered(milk(-4), number=number, back=OrderLineRef("CO1", 1))
        content.append(json.dumps(two.orders.pop()))
    incoming = [one for one in map(read, content) if isinstance(one, IncomingOrder)]
    taken = place_orders(incoming, "api", "till")
    assert (list(taken.new), [one.code for one in taken.refused[1]]) == ([0], ["RETURN_EXCEEDS_SALE"])


# -- commands ----------------------------------------------------------------------------------------------------------


def test_a_command_says_which_company_is_meant(two: PricedShop) -> None:
    refused = run("invoice_orders", "--inline", "--order", "CO1")
    assert refused.status == WRONG_USE
    assert "AMBIGUOUS_NUMBER" in refused.errors
    assert "L2, LE" in refused.errors
    assert "UNKNOWN_ORDER" in run("invoice_orders", "--inline", "--order", "CO9", "--legal-entity", B).errors
    assert "UNKNOWN_LEGAL_ENTITY" in run("invoice_orders", "--inline", "--order", "CO1", "--legal-entity", "XX").errors
    assert "UNKNOWN_LEGAL_ENTITY" in run("invoice_orders", "--inline", "--legal-entity", "XX").errors
    assert not Invoice.objects.exists()
    answer = run("invoice_orders", "--inline", "--order", "CO1", "--legal-entity", B)
    assert (answer.status, answer.data["invoiced"]) == (DONE, 1)
    assert Invoice.objects.get().order_id == of(B).pk
    two.is_ordered(milk(1), number="ONLY", store="S2")
    two.comes_in()
    assert run("invoice_orders", "--inline", "--legal-entity", A).data["invoiced"] == 1
    assert run("invoice_orders", "--inline", "--order", "ONLY").data["invoiced"] == 1


def test_exports_can_be_of_one_company(two: PricedShop) -> None:
    two.invoices()

    def rows(kind: str, *arguments: str) -> list[dict[str, str]]:
        return export(two.folder / "of", kind, *arguments)

    for kind in ("vouchers", "invoices", "order-allocations", "on-hand", "inventory-transactions", "batch-debt", "statements", "problems"):
        parts = [row for company in (A, B) for row in rows(kind, "--legal-entity", company)]
        assert sorted(map(str, parts)) == sorted(map(str, rows(kind))), kind
    (invoice,) = rows("invoices", "--legal-entity", B)
    assert (invoice["invoice"], invoice["store"]) == ("CO1-I1", "S2")
    assert {row["warehouse"] for row in rows("order-allocations", "--legal-entity", A)} == {"W1"}
    assert rows("on-hand", "--legal-entity", A, "--store", "S2") == []
    refused = run("export_data", "vouchers", str(two.folder / "no.csv"), "--legal-entity", "XX")
    assert (refused.status, "UNKNOWN_LEGAL_ENTITY" in refused.errors) == (WRONG_USE, True)


def tills(shop: PricedShop, stores: Collection[str] | None = None) -> Till:
    """A till that calls the API, which the recount does not follow."""
    shop.journal.not_followed("calls of the API")
    return Till(stores=stores)


# -- the API -----------------------------------------------------------------------------------------------------------


def test_a_call_says_which_company_is_meant(two: PricedShop) -> None:
    till = tills(two)
    for call in (till.get("customer-orders/CO1"), till.post("customer-orders/CO1/invoice"), till.post("customer-orders/CO1/cancel")):
        assert (call.status, call.codes) == (409, ["AMBIGUOUS_NUMBER"])
        assert "legal_entity=CODE" in call.body["errors"][0]["remedy"]
    for company, quantity in ((A, "4"), (B, "7")):
        order = till.get(f"customer-orders/CO1?legal_entity={company}").body
        assert (order["legal_entity"], order["lines"][0]["quantity"]) == (company, quantity)
    picked = till.post(f"customer-orders/CO1/pick?legal_entity={B}", {"lines": [{"line": 1, "quantity": "2"}]})
    assert picked.status == 200, picked
    assert [of(B).lines.get().stages.picked, of(A).lines.get().stages.picked] == [2, 0]
    assert till.post(f"customer-orders/CO1/invoice?legal_entity={B}").status == 202
    work()
    assert Invoice.objects.get().order_id == of(B).pk
    assert till.get("customer-orders/CO1?legal_entity=XX").codes == ["UNKNOWN_LEGAL_ENTITY"]
    assert till.get(f"customer-orders/CO9?legal_entity={A}").codes == ["UNKNOWN_ORDER"]


def test_a_token_of_one_company_needs_no_company(two: PricedShop) -> None:
    till = tills(two, ["S2"])
    assert till.get("customer-orders/CO1").body["store"] == "S2"
    assert till.get(f"customer-orders/CO1?legal_entity={A}").codes == ["UNKNOWN_ORDER"]


def test_a_return_is_of_the_company_whose_store_takes_the_goods_back(two: PricedShop) -> None:
    two.invoices()
    till = tills(two)
    back = {"lines": [{"line": 1, "quantity": "1"}]}
    assert till.post("customer-orders/CO1/return", back).codes == ["AMBIGUOUS_NUMBER"]
    assert till.post("customer-orders/CO1/return", {**back, "store": "S9"}).codes == ["UNKNOWN_STORE"]
    taken = till.post("customer-orders/CO1/return", {**back, "store": "S2"})
    assert (taken.status, taken.body["order"]) == (202, "CO1-R1")
    assert SalesOrder.objects.get(number="CO1-R1").store.code == "S2"
    taken = till.post(f"customer-orders/CO1/return?legal_entity={A}", back)
    assert (taken.status, taken.body["order"]) == (202, "CO1-R1")
    work()
    two.must_be_sound()


def test_one_key_is_one_call_of_one_company(two: PricedShop) -> None:
    till = tills(two)
    assert till.post(f"customer-orders/CO1/invoice?legal_entity={A}", key="k-1").status == 202
    assert till.post(f"customer-orders/CO1/invoice?legal_entity={B}", key="k-1").codes == ["IDEMPOTENCY_KEY_REUSED"]


def test_orders_of_one_call_may_have_one_number(companies: PricedShop) -> None:
    companies.receives(50, "1.00", "A", receipt="GR1")
    companies.comes_in()
    orders_alike(companies)
    rows, companies.orders = companies.orders, []
    till = tills(companies)
    answer = till.post("customer-orders", rows)
    assert [row["status"] for row in answer.body["rows"]] == ["new", "new"]
    again = till.post("customer-orders", [*rows, rows[0]])
    assert [row["status"] for row in again.body["rows"]] == ["unchanged"] * 3
    assert [order_address(of(A).pk), order_address(of(B).pk)] == [f"CO1?legal_entity={A}", f"CO1?legal_entity={B}"]
    alone = till.post("customer-orders", rows[1])
    assert (alone.status, alone.headers["Location"]) == (200, f"/api/v1/customer-orders/CO1?legal_entity={B}")
    assert till.get(alone.headers["Location"].removeprefix("/api/v1/")).body["store"] == "S2"


# -- orders that are taken later ---------------------------------------------------------------------------------------


def submits(shop: PricedShop) -> SubmitResult:
    shop.journal.not_followed("orders are submitted")
    rows, shop.orders = [json.dumps(row) for row in shop.orders], []
    sent = [SubmittedOrder(row, order) for row in rows if isinstance(order := read(row), IncomingOrder)]
    return submit_orders(sent, "api", "till")


def test_pending_orders_are_known_by_company_and_number(companies: PricedShop) -> None:
    companies.receives(50, "1.00", "A", receipt="GR1")
    companies.comes_in()
    orders_alike(companies)
    first = submits(companies)
    assert (sorted(first.new), first.refused) == ([0, 1], {})
    orders_alike(companies)
    assert submits(companies).unchanged == first.new
    assert synchronize_orders("clock").created == 2
    assert dict(PendingOrder.objects.values_list("store__code", "order_id")) == {"S1": of(A).pk, "S2": of(B).pk}
    with pytest.raises(IntegrityError), transaction.atomic():
        PendingOrder.objects.update(legal_entity=LegalEntity.objects.get(code=A))


# -- the database and the pages ----------------------------------------------------------------------------------------


def test_the_database_refuses_a_number_twice_within_a_company(two: PricedShop) -> None:
    two.invoices()
    with pytest.raises(IntegrityError), transaction.atomic():
        SalesOrder.objects.update(legal_entity=LegalEntity.objects.get(code=A))
    with pytest.raises(IntegrityError), transaction.atomic():
        fetch_all("INSERT INTO orders_invoice (number, legal_entity_id, order_id, ordinal, date, net, tax, total) "
                  "SELECT number, legal_entity_id, order_id, 2, date, 0, 0, 0 FROM orders_invoice RETURNING id", [])  # fmt: skip
    assert list(differences()) == []


def test_pages_show_those_of_the_company_that_one_works_in(two: PricedShop) -> None:
    two.invoices()
    client = Client()
    client.force_login(make_person("olga", "order_desk"))
    for company, store in ((A, "S1"), (B, "S2")):
        client.post("/company/", {"company": company, "next": "/"})
        page = client.get(f"/customer-orders/{of(company).pk}/")
        assert (page.status_code, store in page.content.decode()) == (200, True)
        assert client.get("/customer-orders/?q=CO1").content.decode().count(">CO1<") == 1
