"""What goes to default batches, week by week with a forecast, on Home."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.scenarios.world import NOON

pytestmark = pytest.mark.django_db
MONDAY = NOON - timedelta(days=NOON.weekday())


@pytest.fixture
def shop(db: None, tmp_path: Path, client: Client) -> PricedShop:
    """7 went to the default batch the week before, 3 on Monday and 1 on Tuesday, 0.60 each; 5 a week are allowed."""
    shop = PricedShop(tmp_path)
    shop.sells_at_cost("0.60")
    shop.falls_back()
    shop.parameters(inventory__fallback_limit_quantity="5")
    shop.sells(7, at=MONDAY - timedelta(days=7))
    shop.sells(3, at=MONDAY)
    shop.sells(1, at=MONDAY + timedelta(days=1))
    shop.posts()
    client.force_login(make_person("ada", "auditor"))
    return shop


def test_home_shows_trend_and_forecast_of_the_running_week(shop: PricedShop, client: Client) -> None:
    page = client.get("/")
    home = page.context["home"]
    assert [week.spent.value for week in home.fallback.weeks][-2:] == [Decimal("4.20"), Decimal("2.40")]
    assert (home.fallback.value, home.fallback.forecast) == (Decimal("2.40"), Decimal("8.40"))
    assert (home.fallback.over, home.fallback.will_be_over) == (0, 1)
    (chart,) = [chart for chart in home.charts if chart.key == "fallback"]
    assert [row.value for row in chart.rows] == ["8.40 USD", "2.40 USD", "4.20 USD"]
    assert chart.url == f"/inventory/debt/budget/?week={MONDAY.date()}"
    text = page.content.decode()
    assert "1 budget will be over its limit" in text
    assert 'class="series serie-1' in text


def test_what_is_over_is_said_and_a_store_has_its_own(shop: PricedShop, client: Client) -> None:
    shop.sells(2, at=MONDAY + timedelta(days=1))
    shop.posts()
    assert "1 budget is over its limit" in client.get("/").content.decode()
    client.post("/store/", {"store": "S2"})
    assert client.get("/").context["home"].fallback is None
