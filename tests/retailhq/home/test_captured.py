"""The share of lines whose batch was captured at the till, on Home: the road out of the default batch."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from statements.models import Statement
from tests.core.access.people import make_person
from tests.oracle.commands import run
from tests.scenarios.world import NOON, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 9)
    return shop


def test_home_shows_it_by_week_and_store(shop: Shop, client: Client) -> None:
    shop.sells(1)
    shop.posts()
    client.force_login(make_person("ada", "auditor"))
    assert "captured" not in {chart.key for chart in client.get("/").context["home"].charts}
    shop.sells(1, batch="A", at=NOON + timedelta(days=7))
    shop.sells(2, at=NOON + timedelta(days=7))
    shop.sells(1, store="S2", at=NOON + timedelta(days=7))
    shop.posts()
    (chart,) = [chart for chart in client.get("/").context["home"].charts if chart.key == "captured"]
    assert [row.value for row in chart.rows] == ["33.33 %", "0 %"]
    client.post("/store/", {"store": "S1"})
    (chart,) = [chart for chart in client.get("/").context["home"].charts if chart.key == "captured"]
    assert [row.value for row in chart.rows] == ["50 %", "0 %"]
    shop.must_be_sound()


def test_it_is_counted_anew_with_the_lines(shop: Shop) -> None:
    shop.sells(1, batch="A")
    shop.sells(1)
    shop.calculates()
    statement = Statement.objects.get()
    assert (statement.line_count, statement.captured_count) == (2, 1)
    shop.must_be_sound()
    Statement.objects.update(captured_count=2)
    assert run("check_integrity").status == 1
