"""Pages of journals and of goods that come in: what is typed is posted whole or not at all, and what is refused stands at its field."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from core.access.models import AuditEntry
from inventory.models import Item, Journal, JournalLine, ReceiptLine
from ledger.models import FiscalPeriod
from orders.models import Store
from statements.models import Statement
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.scenarios.world import NOON, milk


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Iterator[PricedShop]:
    """100 of batch A and 40 of batch B in W1, at 0.60; nothing may go below zero."""
    shop = PricedShop(tmp_path)
    shop.sells_at_cost(negative=False)
    shop.receives(100, "0.60", "A", receipt="R1")
    shop.receives(40, "0.60", "B", receipt="R2")
    shop.comes_in()
    yield shop
    shop.must_be_worth_what_it_costs()


@pytest.fixture
def clerk(client: Client, shop: PricedShop) -> Client:
    client.force_login(make_person("clara", "clerk"))
    return client


def journal(**values: str) -> dict[str, str]:
    """What the form of a journal sends."""
    head = {"kind": "count", "warehouse": "W1", "to_warehouse": "", "date": "2024-05-01", "number": "", "reason": "Counted", "rows": "5"}
    return {**head, "opened": "2024-05-01T10:00:00+00:00", "do": "save", **values}


def receipt(**values: str) -> dict[str, str]:
    """What the form of goods that come in sends."""
    head = {"warehouse": "W1", "received_at": "2024-05-01T09:15", "number": "", "rows": "5", "opened": "2024-05-01T10:00:00+00:00"}
    return {**head, "do": "save", **values}


def rows(*typed: dict[str, str]) -> dict[str, str]:
    """Rows as the form sends them."""
    return {f"{part}_{number}": value for number, row in enumerate(typed, 1) for part, value in row.items()}


def said(answer: Any) -> dict[str, list[str]]:
    """Codes, or sentences where there is none, by field."""
    form = answer.context["form"]
    return {name: [error.code or error.message for error in errors.as_data()] for name, errors in form.errors.items()}


def test_a_journal_of_several_lines_is_posted(clerk: Client, shop: PricedShop) -> None:
    typed = journal(item_1="MILK", batch_1="A", quantity_1="88", item_3="MILK", batch_3="B", quantity_3="0")
    answer = clerk.post("/inventory/journals/new/", typed)
    posted = Journal.objects.get()
    assert answer["Location"] == f"/inventory/journals/{posted.pk}/"
    assert shop.shelf() == {"A": "88"}
    assert list(posted.lines.order_by("line_number").values_list("line_number", "actor", "reason")) == [
        (1, "clara", "Counted"),
        (3, "clara", "Counted"),
    ]
    assert AuditEntry.objects.filter(action="journal", actor="clara", subject=posted.number).count() == 1
    page = clerk.get(answer["Location"]).content.decode()
    assert "MILK" in page
    assert "Counted" in page
    assert f"IJ-{posted.number}-1" in page
    assert posted.number in clerk.get("/inventory/journals/").content.decode()
    assert f"{posted.number}/1" in clerk.get("/inventory/transactions/").content.decode()
    # The same form once more is the same journal.
    assert clerk.post("/inventory/journals/new/", typed)["Location"] == answer["Location"]
    assert (Journal.objects.count(), JournalLine.objects.count(), AuditEntry.objects.filter(action="journal").count()) == (1, 2, 1)


def test_one_wrong_line_keeps_all_back(clerk: Client, shop: PricedShop) -> None:
    first, second = {"item": "MILK", "batch": "A", "quantity": "1"}, {"item": "MILK", "batch": "B", "quantity": "41"}
    typed = journal(kind="write_off", **rows(first, second, {"item": "GONE", "quantity": "1"}))
    answer = clerk.post("/inventory/journals/new/", typed)
    assert answer.status_code == 422
    assert said(answer) == {"quantity_2": ["NEGATIVE_NOT_ALLOWED"], "item_3": ["UNKNOWN_ITEM"]}
    assert 'value="41"' in answer.content.decode(), "nothing that was typed is lost"
    assert shop.shelf() == {"A": "100", "B": "40"}
    assert not Journal.objects.exists()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"kind": "transfer", "item_1": "MILK", "batch_1": "A", "quantity_1": "1"}, {"to_warehouse": ["MISSING_FIELD"]}),
        ({"kind": "transfer", "to_warehouse": "W1", "item_1": "MILK", "batch_1": "A", "quantity_1": "1"}, {"to_warehouse": ["BAD_VALUE"]}),
        ({"kind": "receipt_correction", "item_1": "MILK", "batch_1": "A", "quantity_1": "-1"}, {"receipt_1": ["MISSING_FIELD"]}),
        (
            {"kind": "receipt_correction", "item_1": "MILK", "batch_1": "A", "quantity_1": "-1", "receipt_1": "R9/1"},
            {"receipt_1": ["UNKNOWN_RECEIPT"]},
        ),
        (
            {"kind": "receipt_correction", "item_1": "MILK", "batch_1": "A", "quantity_1": "-1", "receipt_1": "R1"},
            {"receipt_1": ["BAD_VALUE"]},
        ),
        ({"kind": "adjustment", "item_1": "MILK", "quantity_1": "1"}, {"batch_1": ["BATCH_REQUIRED"]}),
        ({"item_1": "MILK", "batch_1": "A", "quantity_1": "-1"}, {"quantity_1": ["BAD_NUMBER"]}),
        ({"item_1": "MILK", "batch_1": "A"}, {"quantity_1": ["Fill this in, or clear the whole line."]}),
        ({}, {"item_1": ["Give at least one line."]}),
        ({"date": "2124-05-01", "item_1": "MILK", "batch_1": "A", "quantity_1": "1"}, {"date": ["PERIOD_CLOSED"]}),
        ({"reason": "", "item_1": "MILK", "batch_1": "A", "quantity_1": "1"}, {"reason": ["required"]}),
        ({"warehouse": "\x00", "item_1": "MILK", "batch_1": "A", "quantity_1": "1"}, {"warehouse": ["invalid_choice"]}),
    ],
)
def test_what_is_wrong_stands_at_its_field(clerk: Client, values: dict[str, str], expected: dict[str, list[str]]) -> None:
    answer = clerk.post("/inventory/journals/new/", journal(**values))
    assert (answer.status_code, said(answer)) == (422, expected)
    assert not Journal.objects.exists()


def test_a_receipt_is_corrected_from_its_list(clerk: Client, shop: PricedShop) -> None:
    shop.receives(100, "0.60", "A", receipt="R1b")
    shop.comes_in()
    page = clerk.get("/inventory/receipts/?receipt=R1b").content.decode()
    link = page.split('href="/inventory/journals/new/?')[1].split('"')[0].replace("&amp;", "&")
    form = clerk.get(f"/inventory/journals/new/?{link}").context["form"]
    first = {name: form[name].value() for name in ("kind", "warehouse", "item_1", "batch_1", "receipt_1")}
    assert first == {"kind": "receipt_correction", "warehouse": "W1", "item_1": "MILK", "batch_1": "A", "receipt_1": "R1b/1"}
    clerk.post("/inventory/journals/new/", journal(**first, quantity_1="-100", reason="Registered twice"))
    assert shop.shelf() == {"A": "100", "B": "40"}
    page = clerk.get("/inventory/receipts/?receipt=R1b").content.decode()
    assert "/inventory/journals/new/?" not in page, "nothing is left of it"


def test_goods_come_in_by_the_clock_of_the_store(clerk: Client, shop: PricedShop) -> None:
    Store.objects.update(time_zone="America/New_York")
    new = {"item": "MILK", "batch": "C", "quantity": "12", "expires_on": "2024-06-01"}
    typed = receipt(**rows(new, {"item": "MILK", "batch": "A", "quantity": "5", "unit_cost": "0.70"}))
    answer = clerk.post("/inventory/receipts/new/", typed)
    assert answer["Location"] == "/inventory/receipts/"
    lines = list(ReceiptLine.objects.order_by("-pk")[:2])
    assert {line.received_at.isoformat() for line in lines} == {"2024-05-01T13:15:00+00:00"}
    assert sorted(f"{line.unit_cost:f}" for line in lines) == ["0.600000", "0.700000"], "a blank cost is what stock costs now"
    assert shop.shelf() == {"A": "105", "B": "40", "C": "12"}
    assert clerk.post("/inventory/receipts/new/", typed)["Location"] == "/inventory/receipts/"
    assert shop.shelf() == {"A": "105", "B": "40", "C": "12"}
    assert AuditEntry.objects.filter(action="receive", actor="clara").count() == 1


def test_goods_that_are_refused_stand_at_their_field(clerk: Client, shop: PricedShop) -> None:
    typed = receipt(item_1="MILK", quantity_1="12", item_2="MILK", batch_2="A", quantity_2="-5", item_3="MILK", batch_3="D", quantity_3="x")
    assert said(clerk.post("/inventory/receipts/new/", typed)) == {"quantity_3": ["invalid"]}
    typed["quantity_3"] = "1"
    assert said(clerk.post("/inventory/receipts/new/", typed)) == {"quantity_2": ["BAD_NUMBER"]}
    typed["quantity_2"] = "5"
    assert said(clerk.post("/inventory/receipts/new/", typed)) == {"batch_1": ["BATCH_REQUIRED"]}
    assert shop.shelf() == {"A": "100", "B": "40"}


def test_a_stopped_statement_leads_to_the_goods_and_then_is_posted(clerk: Client, shop: PricedShop) -> None:
    """Negative stock is not allowed: the failure names what is missing and until when it came; registered, the statement posts."""
    shop.sells(150, at=NOON)
    shop.posts()
    statement = Statement.objects.get()
    assert statement.error_code == "NO_VALID_BATCH"
    page = clerk.get(f"/statements/{statement.pk}/").content.decode()
    assert "Register 10 pcs of MILK in S1, received before 12:00" in page
    link = page.split('href="/inventory/receipts/new/?')[1].split('"')[0].replace("&amp;", "&").replace("#id_batch_1", "")
    asked = {name: value[0] for name, value in parse_qs(urlsplit(f"?{link}").query).items()}
    assert (asked["warehouse"], asked["item"], asked["quantity"], asked["next"]) == ("W1", "MILK", "10", f"/statements/{statement.pk}/")
    form = clerk.get(f"/inventory/receipts/new/?{link}").context["form"]
    typed = {name: form[name].value() for name in ("warehouse", "item_1", "quantity_1")}
    moment = form["received_at"].value()
    answer = clerk.post(
        "/inventory/receipts/new/", receipt(**typed, received_at=f"{moment:%Y-%m-%dT%H:%M}", batch_1="LATE", next=asked["next"])
    )
    assert answer["Location"] == f"/statements/{statement.pk}/"
    shop.posts()
    shop.must_be_posted()
    assert shop.shelf() == {}


def test_an_order_that_lacks_goods_leads_to_their_form(clerk: Client, shop: PricedShop) -> None:
    shop.is_ordered(milk(200), delivery="carry_out", paid="318.00")
    shop.invoices()
    order = Statement._meta.apps.get_model("orders", "SalesOrder").objects.get()
    clerk.force_login(make_person("olga", "order_desk"))
    page = clerk.get(f"/customer-orders/{order.pk}/").content.decode()
    assert "Register 60 pcs of MILK in S1" in page


def test_who_has_one_store_posts_for_its_warehouse_alone(client: Client, shop: PricedShop) -> None:
    client.force_login(make_person("cleo", "clerk", stores=[Store.objects.get(code="S2")]))
    answer = client.post("/inventory/journals/new/", journal(item_1="MILK", batch_1="A", quantity_1="1"))
    assert said(answer) == {"warehouse": ["invalid_choice"]}
    assert client.get("/inventory/receipts/").context["page"].rows == []
    assert client.get("/inventory/suggestions/?part=batch&row=1&item_1=MILK&warehouse=W1").content.decode().count("pcs") == 0


def test_a_journal_of_another_warehouse_is_not_found(clerk: Client, shop: PricedShop) -> None:
    clerk.post("/inventory/journals/new/", journal(item_1="MILK", batch_1="A", quantity_1="88"))
    posted = Journal.objects.get()
    clerk.force_login(make_person("cleo", "clerk", stores=[Store.objects.get(code="S2")]))
    assert clerk.get(f"/inventory/journals/{posted.pk}/").status_code == 404
    assert clerk.get("/inventory/journals/").context["page"].rows == []


def test_who_only_looks_posts_nothing(client: Client, shop: PricedShop) -> None:
    client.force_login(make_person("audrey", "auditor"))
    assert client.get("/inventory/journals/").status_code == 200
    for address in ("/inventory/journals/new/", "/inventory/receipts/new/"):
        assert client.get(address).status_code == 403


def test_items_and_batches_are_suggested(clerk: Client) -> None:
    assert '<option value="MILK">' in clerk.get("/inventory/suggestions/?part=item&row=2&item_2=MI").content.decode()
    batches = clerk.get("/inventory/suggestions/?part=batch&row=1&item_1=MILK&batch_1=&warehouse=W1").content.decode()
    assert batches.index(">100 pcs<")
    assert batches.count("<option") == 2
    for nasty in ("%00", "x" * 5000, "'"):
        assert clerk.get(f"/inventory/suggestions/?part=item&row=1&item_1={nasty}").status_code == 200


def test_a_scanned_barcode_is_the_item(clerk: Client, shop: PricedShop) -> None:
    """In both forms and among what is suggested; the same form sent again is known, although it names the barcode."""
    Item.objects.filter(code="MILK").update(barcode="96385074")
    assert '<option value="MILK">' in clerk.get("/inventory/suggestions/?part=item&row=1&item_1=00000096385074").content.decode()
    typed = receipt(item_1="96385074", batch_1="C", quantity_1="7")
    for _ in range(2):
        assert clerk.post("/inventory/receipts/new/", typed)["Location"] == "/inventory/receipts/"
    assert f"{ReceiptLine.objects.latest('pk').unit_cost:f}" == "0.600000"
    counted = journal(item_1="00000096385074", batch_1="C", quantity_1="5")
    for _ in range(2):
        assert clerk.post("/inventory/journals/new/", counted).status_code == 302
    assert shop.shelf() == {"A": "100", "B": "40", "C": "5"}
    assert JournalLine.objects.get().item.code == "MILK"


def test_more_lines_keep_what_was_typed(clerk: Client) -> None:
    typed = journal(item_1="MILK", quantity_1="x", do="add")
    answer = clerk.post("/inventory/journals/new/", typed, headers={"HX-Request": "true"})
    assert 'name="item_10"' in answer.content.decode()
    assert 'value="MILK"' in answer.content.decode()
    assert clerk.post("/inventory/receipts/new/", receipt(item_1="MILK", do="add")).status_code == 200


def test_a_journal_is_reversed_on_its_page(clerk: Client, shop: PricedShop) -> None:
    clerk.post("/inventory/journals/new/", journal(item_1="MILK", batch_1="A", quantity_1="88"))
    posted = Journal.objects.get()
    address = f"/inventory/journals/{posted.pk}/reverse/"
    booked = {row.number: (row.debit, row.credit) for row in clerk.get(address).context["accounts"]}
    assert sorted(booked.values()) == [(0, Decimal("7.20")), (Decimal("7.20"), 0)], "twelve at 0.60, the other way round"
    assert said(clerk.post(address, {"reason": ""})) == {"reason": ["required"]}
    assert said(clerk.post(address, {"reason": "wrong shelf", "date": "2024-04-30"})) == {"date": ["REVERSAL_DATE_TOO_EARLY"]}
    assert clerk.get(address).status_code == 200
    assert clerk.post(address, {"reason": "wrong shelf"})["Location"] == f"/inventory/journals/{posted.pk}/"
    assert shop.shelf() == {"A": "100", "B": "40"}
    assert "Reversed by clara: wrong shelf" in clerk.get(f"/inventory/journals/{posted.pk}/").content.decode()
    assert said(clerk.post(address, {"reason": "again"})) == {"__all__": ["REVERSED_ALREADY"]}


def test_a_journal_of_a_closed_period_is_reversed_today(clerk: Client, shop: PricedShop) -> None:
    clerk.post("/inventory/journals/new/", journal(item_1="MILK", batch_1="A", quantity_1="88"))
    FiscalPeriod.objects.filter(starts_on="2024-05-01").update(status="closed")
    address = f"/inventory/journals/{Journal.objects.get().pk}/reverse/"
    today = timezone.now().date()
    assert clerk.get(address).context["form"].initial["date"] == today
    assert said(clerk.post(address, {"reason": "wrong shelf", "date": ""})) == {"date": ["PERIOD_CLOSED"]}
    assert clerk.post(address, {"reason": "wrong shelf", "date": today.isoformat()}).status_code == 302
    assert shop.shelf() == {"A": "100", "B": "40"}
