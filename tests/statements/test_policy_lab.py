"""Policy lab: under the settings of then the past comes out as it was; under others, as a fresh shop with these settings has it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.jobs.models import Job
from core.jobs.services import run_job
from inventory.models import Batch, InventoryTransaction, Warehouse
from inventory.rules.policy_lab import Scenario
from inventory.rules.stock import Policy
from orders.models import BatchAllocation
from statements.services.policy_lab import Comparison, Period, compare
from tests.core.access.people import make_person
from tests.oracle.commands import run
from tests.oracle.driving import Drive
from tests.oracle.worlds import SEEDS, SIZE, make_world
from tests.scenarios.world import NOON, TODAY, Shop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def lab(scenario: Scenario = Scenario(), **days: object) -> Comparison:  # noqa: B008  frozen
    dates = InventoryTransaction.objects.order_by("date").values_list("date", flat=True)
    first, last = dates.first(), dates.last()
    assert first is not None
    assert last is not None
    period = replace(Period(first, last, list(Warehouse.objects.values_list("pk", flat=True))), **days)  # type: ignore[arg-type]
    return compare(period, scenario)


@pytest.mark.parametrize("seed", SEEDS)
def test_under_the_settings_of_then_every_line_gets_what_was_posted(seed: int, tmp_path: Path) -> None:
    """Blocks, late goods, returns, settlements, other settings and policies in between."""
    story = Drive(make_world(seed, SIZE, f"w{seed}-"), tmp_path, Random(seed))
    story.import_world()
    story.first_run()
    story.import_later()
    story.settle()
    found = lab()
    assert found.changed_lines == 0
    assert found.rows == []
    assert found.actual.values() == found.supposed.values()
    if BatchAllocation.objects.filter(quantity__gt=0, batch__isnull=False).exists():
        assert found.lines


def make_week(shop: Shop, policy: str = "fefo") -> None:
    """OLD came first and lasts long, SOON expires tomorrow; five are sold on three days, one more than there are."""
    shop.sells_item(negative=True, policy=policy)
    shop.falls_back()
    shop.has("OLD", 3, expires=TODAY + 30 * DAY, received=NOON - 9 * DAY)
    shop.has("SOON", 2, expires=TODAY + DAY, received=NOON - 2 * DAY)
    shop.sells(2)
    shop.posts()
    shop.sells(2, at=NOON + DAY)
    shop.posts()
    shop.sells(2, at=NOON + 2 * DAY)
    shop.posts()


def taken(shop: Shop) -> dict[str, str]:
    return {row["batch"]: row["quantity"] for row in shop.exports("on-hand")}


def test_another_policy_would_have_left_what_expired(shop: Shop) -> None:
    make_week(shop)
    for policy in (Policy.FIFO, Policy.BATCH_NUMBER):
        found = lab(Scenario(policy=policy), last=TODAY + 2 * DAY)
        # OLD comes before SOON: two of OLD, one of OLD and one of SOON, and on the third day SOON is expired.
        assert found.changed_lines == 3
        assert (int(found.actual.fallback_quantity), int(found.supposed.fallback_quantity)) == (1, 2)
        assert (int(found.actual.expired_quantity), int(found.supposed.expired_quantity)) == (0, 1)


def test_a_fresh_shop_with_that_policy_says_the_same(shop: Shop) -> None:
    make_week(shop, policy="batch_number")
    found = lab(Scenario(policy=Policy.FEFO), last=TODAY + 2 * DAY)
    assert (int(found.actual.fallback_quantity), int(found.actual.expired_quantity)) == (2, 1)
    assert (int(found.supposed.fallback_quantity), int(found.supposed.expired_quantity)) == (1, 0)


def test_without_the_default_batch_lines_would_have_failed(shop: Shop) -> None:
    make_week(shop)
    found = lab(Scenario(use_default_batch=False))
    assert (found.actual.failed_lines, found.actual.fallback_lines) == (0, 1)
    assert (found.supposed.failed_lines, found.supposed.fallback_lines) == (1, 0)
    assert lab(Scenario(scope_advanced_only=True)).supposed.failed_lines == 1


def test_batches_received_after_the_sale_would_have_paid(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("LATE", 5, received=NOON + 3 * DAY)
    shop.sells(2)
    shop.posts()
    found = lab(Scenario(use_batches_received_after_sale=True))
    assert (int(found.actual.fallback_quantity), int(found.supposed.fallback_quantity)) == (2, 0)


def test_a_return_goes_back_to_what_its_sale_would_have_taken(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 1, expires=TODAY + 5 * DAY)
    shop.has("B", 1, expires=TODAY + 9 * DAY)
    sale = shop.sells(1)
    shop.posts()
    shop.takes_back(sale, 1, at=NOON + DAY)
    shop.posts()
    shop.sells(1, at=NOON + 2 * DAY)
    shop.posts()
    found = lab(Scenario(policy=Policy.LIFO))
    assert found.supposed.fallback_quantity == found.actual.fallback_quantity == 0


def test_what_was_written_off_counts_as_expired(shop: Shop, tmp_path: Path) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 5, expires=TODAY)
    shop.sells(1)
    shop.posts()
    journal = tmp_path / "journal.csv"
    journal.write_text(
        "journal,line,kind,warehouse,to_warehouse,item,batch,quantity,date,receipt,reason\n"
        "J1,1,write_off,W1,,MILK,A,-4,2024-05-02,,expired\n",
        encoding="utf-8",
    )
    assert run("import_data", "journals", str(journal)).status == 0
    assert lab().actual.expired_quantity == 4


def test_nothing_is_written_and_items_and_warehouses_narrow_it(shop: Shop) -> None:
    make_week(shop)
    with CaptureQueriesContext(connection) as queries:
        found = lab(Scenario(policy=Policy.FIFO))
    assert found.runs == 3
    assert not [query for query in queries if query["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    with CaptureQueriesContext(connection) as of_one:
        lab(Scenario(policy=Policy.FIFO), last=TODAY)
    assert len(queries) - len(of_one) <= 2 * 9, "master data of an item is read once, not for each decision"
    assert lab(warehouse_ids=[Warehouse.objects.get(code="W2").pk]).runs == 0
    assert lab(item_ids=[0]).runs == 0
    assert lab(first=TODAY + DAY, last=TODAY + DAY).runs == 1


def test_command_and_page_say_the_same(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_week(shop)
    days = ("--from", TODAY.isoformat(), "--through", (TODAY + 2 * DAY).isoformat())
    answer = run("policy_lab", *days, "--policy", "batch_number", "--warehouse", "W1", "--item", "MILK")
    assert (answer.data["actual"]["fallback_quantity"], answer.data["supposed"]["fallback_quantity"]) == ("1", "2")
    assert [(row["warehouse"], row["item"]) for row in answer.data["rows"]] == [("W1", "MILK")]
    for wrong in (("--item", "NONE"), ("--warehouse", "NONE")):
        assert run("policy_lab", *days, *wrong).status == 2
    assert run("policy_lab", "--from", "2024-05-02", "--through", "2024-05-01").status == 2
    client.force_login(make_person("ivy", "inventory_controller"))
    asked = {"first": TODAY.isoformat(), "last": (TODAY + 2 * DAY).isoformat(), "policy": "batch_number"}
    assert client.get("/inventory/policy-lab/").status_code == 200
    assert client.post("/inventory/policy-lab/", {**asked, "item": "NONE"}).status_code == 422
    assert client.post("/inventory/policy-lab/", {**asked, "last": "2024-04-01"}).status_code == 422
    assert client.post("/inventory/policy-lab/", {**asked, "use_default_batch": "on", "warehouse": "W1"}).status_code == 302
    job = Job.objects.get(kind="policy_lab")
    address = f"/inventory/policy-lab/{job.pk}/"
    run_job(job.pk)
    page = client.get(address)
    assert page.context["found"]["supposed"] == answer.data["supposed"]
    text = page.content.decode()
    assert "Where it differs most" in text
    assert [(str(field), str(choice)) for field, choice in page.context["supposed"]] == [
        ("Allocation policy", "Lowest batch number"),
        ("Use default batch id", "On"),
    ]
    assert "Allocation policy" in text
    client.force_login(make_person("one", "inventory_controller", stores=[]))
    assert client.get(address).status_code == 404
    monkeypatch.setattr("statements.services.policy_lab.MOST_RUNS", 1)
    refused = run("policy_lab", *days)
    assert (refused.status, refused.data["problems"][0]["code"]) == (2, "PERIOD_TOO_LARGE")
    assert Batch.objects.count() == Batch.objects.filter(item__code="MILK").count()
    assert Decimal(answer.data["actual"]["expired_quantity"]) == 0
