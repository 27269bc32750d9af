"""Stock that expires, through every door: the page with its journal, the command, the API; and what is available of it."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from core.api.models import Token
from inventory.models import Batch, Disposition, OnHand
from orders.models import Store
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import run, set_parameters
from tests.retailhq.api.calling import Till

pytestmark = pytest.mark.django_db
PAGE = "/inventory/expiring/"
TODAY = timezone.localdate()
NOW = timezone.now()


def days(number: int) -> timedelta:
    return timedelta(days=number)


@pytest.fixture
def shop(client: Client, tmp_path: Path) -> PricedShop:
    """W2 sold 28 milk in four weeks, W1 none; W1 has a batch of yesterday and one that lasts five days."""
    shop = PricedShop(tmp_path)
    shop.sells_at_cost()
    shop.falls_back()
    shop.has("OLD", 4, expires=TODAY - days(1), received=NOW - days(40))
    shop.has("SOON", 9, expires=TODAY + days(5), received=NOW - days(40))
    shop.has("W2", 40, warehouse="W2", expires=TODAY + days(90), received=NOW - days(40))
    shop.sells(28, store="S2", at=NOW - days(28))
    shop.posts()
    client.force_login(make_person("ivy", "inventory_controller"))
    return shop


def suggestions(client: Client, address: str = PAGE) -> list[tuple[str, str, int, str]]:
    rows = client.get(address).context["page"].rows
    return [(row.batch.number, row.suggestion.advice.value, int(row.suggestion.quantity), row.to_code) for row in rows]


def test_the_page_says_what_to_do(client: Client, shop: PricedShop) -> None:
    assert suggestions(client) == [("OLD", "write_off", 4, ""), ("SOON", "transfer", 5, "W2")]
    assert suggestions(client, f"{PAGE}?within=expired") == [("OLD", "write_off", 4, "")]
    assert [row[0] for row in suggestions(client, f"{PAGE}?within=90")] == ["OLD", "SOON", "W2"]
    assert suggestions(client, f"{PAGE}?within=90&warehouse=W2") == [("W2", "sells", 12, "")]
    page = client.get(PAGE).content.decode()
    assert "Transfer 5 pcs to W2, mark down 4 pcs" in page
    assert "Write off 4 pcs" in page
    assert [(stake.within, stake.lines, str(stake.value)) for stake, _ in client.get(PAGE).context["stakes"]] == [
        (None, 1, "2.40"),
        (3, 0, "0"),
        (7, 1, "5.40"),
        (14, 1, "5.40"),
    ]


def test_the_last_day_is_expired_where_it_is_not_sold(client: Client, shop: PricedShop) -> None:
    """On the list and its tiles, as the suggestion says."""
    Batch.objects.filter(number="SOON").update(expires_on=TODAY)

    def expired() -> tuple[list[str], int]:
        page = client.get(f"{PAGE}?within=expired").context
        return [row.batch.number for row in page["page"].rows], page["stakes"][0][0].lines

    assert expired() == (["OLD"], 1)
    set_parameters({"inventory.sellable_on_expiration_date": "false"})
    assert expired() == (["OLD", "SOON"], 2)
    assert {advice for _, advice, _, _ in suggestions(client)} == {"write_off"}


def follow(client: Client, url: str) -> dict[str, str]:
    """The form behind the link of a suggestion, as it is filled in."""
    form = client.get(url).context["form"]
    names = ("kind", "warehouse", "to_warehouse", "date", "reason", "item_1", "batch_1", "quantity_1")
    return {name: str(form[name].value() or "") for name in names}


def test_one_click_fills_the_journal_that_does_it(client: Client, shop: PricedShop) -> None:
    old, soon = client.get(PAGE).context["page"].rows
    for row in (old, soon):
        filled = follow(client, row.journal_url)
        assert parse_qs(urlsplit(row.journal_url).query)["kind"] == [filled["kind"]]
        answer = client.post("/inventory/journals/new/", {**filled, "rows": "5", "number": f"J-{row.batch.number}"})
        assert answer.status_code == 302, answer.context["form"].errors
    stock = dict(OnHand.objects.filter(batch__number="SOON").values_list("warehouse__code", "physical"))
    assert stock == {"W1": 4, "W2": 5}
    assert OnHand.objects.get(batch__number="OLD").physical == 0
    # What was moved sells where it went; a day has come to be there that the way took before.
    assert suggestions(client) == [("SOON", "transfer", 1, "W2"), ("SOON", "sells", 5, "")]
    shop.must_be_sound()


def test_who_may_not_post_journals_sees_no_link(client: Client, shop: PricedShop) -> None:
    client.force_login(make_person("ada", "auditor"))
    assert {row.journal_url for row in client.get(PAGE).context["page"].rows} == {""}


def test_goods_go_only_where_the_person_sees(client: Client, shop: PricedShop) -> None:
    client.force_login(make_person("one", "inventory_controller", stores=[Store.objects.get(code="S1")]))
    assert suggestions(client) == [("OLD", "write_off", 4, ""), ("SOON", "mark_down", 9, "")]


def test_the_command_says_the_same(shop: PricedShop) -> None:
    answer = run("expiring_stock", "--days", "14")
    assert [(row["batch"], row["advice"], float(row["quantity"]), row["to_warehouse"]) for row in answer.data["rows"]] == [
        ("OLD", "write_off", 4, None),
        ("SOON", "transfer", 5, "W2"),
    ]
    assert run("expiring_stock", "--warehouse", "W2", "--days", "90").data["count"] == 1
    assert run("expiring_stock", "--item", "NONE").status == 2
    assert run("expiring_stock", "--warehouse", "NONE").status == 2


def test_the_api_says_the_same_of_its_stores(shop: PricedShop) -> None:
    everywhere = Till(Token.Verb.VIEW_STOCK).get("expiring-stock?days=14").body["rows"]
    assert [(row["batch"], row["advice"], row["to_warehouse"]) for row in everywhere] == [
        ("OLD", "write_off", None),
        ("SOON", "transfer", "W2"),
    ]
    own = Till(Token.Verb.VIEW_STOCK, stores=["S1"]).get("expiring-stock").body["rows"]
    assert [(row["batch"], row["advice"]) for row in own] == [("OLD", "write_off"), ("SOON", "mark_down")]


def test_expired_and_blocked_stock_is_nowhere_available(client: Client, shop: PricedShop) -> None:
    """The last day counts by the parameter, on the list as in the API and in batch choice."""
    Batch.objects.filter(number="SOON").update(expires_on=TODAY)
    till = Till(Token.Verb.VIEW_STOCK)

    def available() -> dict[str, tuple[int, int, int]]:
        listed = {row.batch.number: int(row.available) for row in client.get("/inventory/on-hand/").context["page"].rows}
        item = {row.batch.number: int(row.available) for row in client.get(f"/inventory/items/{item_id}/").context["stock"]}
        called = {row["batch"]: int(float(row["available"])) for row in till.get("on-hand").body["rows"]}
        return {number: (listed[number], item[number], called[number]) for number in ("OLD", "SOON", "W2")}

    item_id = Batch.objects.get(number="OLD").item_id
    assert available() == {"OLD": (0, 0, 0), "SOON": (9, 9, 9), "W2": (12, 12, 12)}
    set_parameters({"inventory.sellable_on_expiration_date": "false"})
    assert available() == {"OLD": (0, 0, 0), "SOON": (0, 0, 0), "W2": (12, 12, 12)}
    Batch.objects.filter(number="W2").update(disposition=Disposition.objects.get(code="blocked"))
    assert available()["W2"] == (0, 0, 0)
