"""Batch debt on pages: the list, a proposal side by side, approval item by item, undo."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.access.models import AuditEntry
from inventory.models import Batch, BatchDebt, DebtSettlement, OnHand
from orders.models import Store
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import run
from tests.scenarios.world import DEFAULT, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(client: Client, tmp_path: Path) -> PricedShop:
    """3 milk and 2 tea are owed in W1; batches that could have been them came in late."""
    shop = PricedShop(tmp_path)
    shop.sells_at_cost()
    shop.sells_at_cost(item="TEA")
    shop.falls_back()
    shop.sells(3)
    shop.sells(2, item="TEA")
    shop.posts()
    shop.receives(10, "1.00", "A")
    shop.receives(10, "1.00", "T", item="TEA")
    shop.comes_in()
    client.force_login(make_person("ivy", "inventory_controller"))
    return shop


def picks(client: Client, address: str = "/inventory/debt/settle/") -> list[str]:
    page = client.get(address)
    assert page.status_code == 200
    return [pool.pick for pool in page.context["pools"]]


def test_the_list_says_what_is_owed_since_when_and_why(client: Client, shop: PricedShop) -> None:
    page = client.get("/inventory/debt/").content.decode()
    for words in ("MILK", "TEA", "S1/", "This warehouse never had a batch of the item"):
        assert words in page
    assert client.get("/inventory/debt/?state=paid").context["number"] == 0
    assert client.get("/inventory/debt/?state=open&item=TEA").context["number"] == 1
    oldest = client.get("/inventory/debt/").context["ages"]
    assert [(age.lines, age.value) for age in oldest if age.lines] == [(2, Decimal("3.00"))]


def test_goods_that_lie_on_the_default_batch_are_moved_by_the_command(client: Client, shop: PricedShop) -> None:
    """The page does the same; the batch is made to be inspected, and undone once."""
    shop.takes_back(None, 1, item="COCOA")
    shop.sells_at_cost(item="COCOA")
    shop.posts()
    arguments = ("--warehouse", "W1", "--item", "COCOA", "--reason", "looked at")
    moved = run("move_credit", *arguments, "--batch", "BACK")
    assert (moved.status, moved.data["quantity"]) == (0, "1")
    batch = Batch.objects.select_related("disposition").get(number="BACK")
    assert (batch.disposition.code, OnHand.objects.get(batch=batch).physical) == ("inspect", Decimal(1))
    for changed, code in (
        (("--batch", "BACK"), "NO_CREDIT"),
        (("--batch", DEFAULT), "NOT_A_REAL_BATCH"),
        (("--batch", "B", "--item", "NONE"), "UNKNOWN_ITEM"),
        (("--batch", "B", "--warehouse", "NONE"), "UNKNOWN_WAREHOUSE"),
        (("--batch", "B", "--reason", " "), "MISSING_FIELD"),
    ):
        answer = run("move_credit", *arguments, *changed)
        assert (answer.status, answer.codes) == (2, {code}), changed
    assert run("undo_settlement", moved.data["settlement"], "--reason", "no").status == 0
    shop.must_be_worth_what_it_costs()


def test_home_links_to_the_list(client: Client, shop: PricedShop) -> None:
    assert 'href="/inventory/debt/"' in client.get("/").content.decode()


def test_approved_items_are_settled_as_they_were_shown_and_the_others_left(client: Client, shop: PricedShop) -> None:
    milk, tea = picks(client)
    answer = client.post("/inventory/debt/settle/", {"pool": [milk], "reason": "late truck"}, follow=True)
    settlement = DebtSettlement.objects.get()
    assert answer.redirect_chain[-1][0] == f"/inventory/debt/settlements/{settlement.pk}/"
    assert (settlement.reason, settlement.actor) == ("late truck", "ivy")
    assert sorted(BatchDebt.objects.values_list("item__code", "open_quantity")) == [("MILK", Decimal(0)), ("TEA", Decimal(2))]
    assert AuditEntry.objects.filter(action="settle", actor="ivy").count() == 1
    assert picks(client) == [tea]
    shop.must_be_sound()


def test_what_changed_since_is_shown_again_and_nothing_is_settled(client: Client, shop: PricedShop) -> None:
    seen = picks(client)
    OnHand.objects.filter(batch__number="A").update(reserved=9)
    answer = client.post("/inventory/debt/settle/", {"pool": seen, "reason": "late truck"}, follow=True)
    assert "Stock or debt changed since the proposal was shown" in answer.content.decode()
    assert not DebtSettlement.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"reason": "late truck"}, {"reason": "late truck", "pool": ["x", "1/", "9999/1/a", "a/b/c"]}, {"reason": " "}]
)
def test_nothing_picked_or_no_reason_settles_nothing(client: Client, shop: PricedShop, fields: dict[str, object]) -> None:
    data = {"pool": picks(client), **fields} if fields["reason"] == " " else fields
    assert client.post("/inventory/debt/settle/", data).status_code == 302
    assert not DebtSettlement.objects.exists()


def test_a_proposal_keeps_what_the_list_was_narrowed_to(client: Client, shop: PricedShop) -> None:
    assert len(picks(client, "/inventory/debt/settle/?item=TEA")) == 1
    assert picks(client, "/inventory/debt/settle/?item=NONE") == []
    assert picks(client, "/inventory/debt/settle/?warehouse=W2") == []
    assert picks(client, "/inventory/debt/settle/?date_to=2000-01-01") == []


def test_a_settlement_is_undone_once_with_a_reason(client: Client, shop: PricedShop) -> None:
    client.post("/inventory/debt/settle/", {"pool": picks(client), "reason": "late truck"})
    settlement = DebtSettlement.objects.get()
    address = f"/inventory/debt/settlements/{settlement.pk}/"
    assert "Undo settlement" in client.get(address).content.decode()
    assert client.post(f"{address}undo/", {"reason": ""}).status_code == 302
    assert DebtSettlement.objects.count() == 1
    client.post(f"{address}undo/", {"reason": "wrong truck"})
    page = client.get(address).content.decode()
    assert f"{settlement.number}-U" in page
    assert "Undo settlement" not in page
    answer = client.post(f"{address}undo/", {"reason": "again"}, follow=True)
    assert "was undone by" in answer.content.decode()
    assert client.get("/inventory/debt/settlements/").context["number"] == 2
    assert sorted(BatchDebt.objects.values_list("open_quantity", flat=True)) == [2, 3]


def test_who_may_only_look_settles_nothing(client: Client, shop: PricedShop) -> None:
    seen = picks(client)
    client.post("/inventory/debt/settle/", {"pool": seen[:1], "reason": "late truck"})
    settlement = DebtSettlement.objects.get()
    client.force_login(make_person("ann", "auditor"))
    assert client.get("/inventory/debt/").status_code == 200
    assert client.get(f"/inventory/debt/settlements/{settlement.pk}/").status_code == 200
    assert client.get("/inventory/debt/settle/").status_code == 403
    assert client.post(f"/inventory/debt/settlements/{settlement.pk}/undo/", {"reason": "x"}).status_code == 403


def test_debt_and_settlements_of_other_warehouses_are_not_seen(client: Client, shop: PricedShop) -> None:
    seen = picks(client)
    client.post("/inventory/debt/settle/", {"pool": seen[:1], "reason": "late truck"})
    settlement = DebtSettlement.objects.get()
    client.force_login(make_person("otto", "inventory_controller", stores=[Store.objects.get(code="S2")]))
    assert client.get("/inventory/debt/?state=all").context["number"] == 0
    assert client.get("/inventory/debt/settlements/").context["number"] == 0
    assert client.get(f"/inventory/debt/settlements/{settlement.pk}/").status_code == 404
    assert client.post(f"/inventory/debt/settlements/{settlement.pk}/undo/", {"reason": "mine"}).status_code == 404
    assert picks(client) == []
    client.post("/inventory/debt/settle/", {"pool": seen, "reason": "mine"})
    assert DebtSettlement.objects.count() == 1


def test_a_proposal_costs_the_same_whatever_it_shows(client: Client, shop: PricedShop) -> None:
    counts = []
    for address in ("/inventory/debt/settle/?item=TEA", "/inventory/debt/settle/"):
        with CaptureQueriesContext(connection) as captured:
            picks(client, address)
        counts.append(len(captured))
    assert counts[0] - 1 == counts[1] < 30  # the item is looked up


def test_goods_on_a_default_batch_are_moved_to_their_batch_or_to_one_that_is_inspected(client: Client, shop: PricedShop) -> None:
    shop.takes_back(None, 4, item="TEA", store="S2", at=NOON)
    shop.takes_back(None, 1, store="S2", at=NOON)
    shop.posts()
    page = client.get("/inventory/debt/credit/")
    tea, milk = sorted(page.context["rows"], key=lambda row: row["item__code"], reverse=True)
    assert (tea["warehouse__code"], tea["quantity"]) == ("W2", 4)
    place = f"{tea['warehouse']}/{tea['item']}"
    for fields in ({"place": place, "batch": DEFAULT}, {"place": place, "batch": "  "}, {"place": "1/x", "batch": "R1"}):
        assert client.post("/inventory/debt/credit/", {"reason": "seen", **fields}).status_code == 302
    assert client.post("/inventory/debt/credit/", {"place": place, "batch": "T", "reason": ""}).status_code == 302
    assert not DebtSettlement.objects.exists()
    client.post("/inventory/debt/credit/", {"place": place, "batch": "T", "reason": "the label says so"})
    client.post("/inventory/debt/credit/", {"place": f"{milk['warehouse']}/{milk['item']}", "batch": "R1", "reason": "opened"})
    stock = dict(OnHand.objects.filter(warehouse__code="W2").exclude(physical=0).values_list("batch__number", "physical"))
    assert stock == {"T": 4, "R1": 1}
    assert Batch.objects.get(number="R1").disposition.code == "inspect"
    assert {row["quantity"] for row in shop.exports("debt-settlements")} == {"-4", "-1"}
    shop.must_be_sound()
    first = DebtSettlement.objects.earliest("pk")
    client.post(f"/inventory/debt/settlements/{first.pk}/undo/", {"reason": "no"})
    assert OnHand.objects.get(warehouse__code="W2", item__code="TEA", batch__number=DEFAULT).physical == 4
    shop.must_be_sound()


def test_expired_stock_is_not_shown_as_available(client: Client, shop: PricedShop) -> None:
    shop.has("OLD", 7, expires=NOON.date(), received=NOON)
    shop.comes_in()
    (row,) = client.get("/inventory/on-hand/?batch=OLD").context["page"].rows
    assert (row.physical, row.available) == (7, 0)
    (row,) = client.get("/inventory/on-hand/?batch=A").context["page"].rows
    assert int(row.available) == 10


def test_ages_and_weeks_are_in_the_currency_of_the_company(client: Client, tmp_path: Path) -> None:
    shop = PricedShop(tmp_path)
    shop.trades_in("KWD", 3)
    shop.sells_at_cost("0.605")
    shop.falls_back()
    shop.sells(3)
    shop.posts()
    client.force_login(make_person("maria", "inventory_controller"))
    page = client.get("/inventory/debt/")
    assert sum(age.value for age in page.context["ages"]) == Decimal("1.815")
    assert "1.815" in page.content.decode()
    assert "KWD" in page.content.decode()
