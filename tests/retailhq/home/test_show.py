"""How values look on pages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils.translation import override

from core.ui.badges import all_badges
from core.ui.templatetags.show import duration
from inventory.rules.stock import Reason, Source
from inventory.words import REASONS
from orders.badges import BADGES as badges_of_orders
from orders.models import BatchAllocation
from parameters.models import Currency
from statements.rules.recall import Reason as RecallReason


def shown(source: str, **values: object) -> str:
    return Template("{% load show %}" + source).render(Context(values)).strip()


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1234567.5", "1,234,567.50"), ("-0.01", "\N{MINUS SIGN}0.01"), ("0", "0.00")],
)
def test_money(amount: str, text: str) -> None:
    assert text in shown("{% money amount currency %}", amount=Decimal(amount), currency=Currency(code="USD"))


def test_money_has_the_decimals_of_its_currency() -> None:
    assert "1,235 " in shown("{% money amount currency %}", amount=Decimal("1235.00"), currency=Currency(code="JPY", decimals=0))
    assert shown("{% money amount %}", amount=None) == ""


@pytest.mark.parametrize(("amount", "text"), [("2.5000", "2.5"), ("1000", "1,000"), ("0.0000", "0"), ("-3", "\N{MINUS SIGN}3")])
def test_quantity(amount: str, text: str) -> None:
    page = shown("{% quantity amount 'kg' %}", amount=Decimal(amount))
    assert f">{text} <" in page
    assert "kg" in page


def test_moment_stands_in_the_zone_of_its_store() -> None:
    at = datetime(2017, 1, 2, 2, 30, 5, tzinfo=UTC)
    page = shown("{% moment at 'America/New_York' %}", at=at)

    assert '>2017-01-01 21:30:05 <span class="zone">EST</span><' in page
    assert 'title="2017-01-01 21:30:05 -05:00 America/New_York"' in page
    assert '>21:30:05 <span class="zone">EST</span><' in shown("{% moment at 'America/New_York' 'time' %}", at=at)
    assert shown("{% moment at %}", at=None) == ""


@pytest.mark.parametrize(
    ("language", "amount", "day", "moment"),
    [
        ("en", "1,234,567.50", "2017-01-02", "2017-01-01 21:30:05"),
        ("de", "1.234.567,50", "02.01.2017", "01.01.2017 21:30:05"),
        ("fr", "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,50", "02/01/2017", "01/01/2017 21:30:05"),
    ],
)
def test_numbers_and_dates_follow_the_language(language: str, amount: str, day: str, moment: str) -> None:
    with override(language):
        assert amount in shown("{% money amount %}", amount=Decimal("1234567.5"))
        assert shown("{{ value|day }}", value=date(2017, 1, 2)) == day
        assert f'>{moment} <span class="zone">EST</span><' in shown(
            "{% moment at 'America/New_York' %}", at=datetime(2017, 1, 2, 2, 30, 5, tzinfo=UTC)
        )
        assert amount.removesuffix("7.50").removesuffix("7,50") in shown("{{ number|count }}", number=1234567)


@pytest.mark.parametrize(("seconds", "text"), [(0.25, "0.2 s"), (42, "42 s"), (62, "1 min 2 s"), (7300, "2 h 1 min"), (None, "")])
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_every_reason_and_source_has_words() -> None:
    assert set(REASONS) == {reason.value for reason in Reason} | {reason.value for reason in RecallReason}
    assert {source.value for source in Source} == set(BatchAllocation.Source.values) <= set(all_badges())


def test_a_badge_is_declared_by_one_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(badges_of_orders, "Posted", all_badges()["created"])
    with pytest.raises(ValueError, match=r"declares badges again: \['Posted'\]"):
        all_badges.__wrapped__()


def test_state_is_never_colour_alone() -> None:
    page = shown("{% state 'failed' %}")
    assert "<svg" in page
    assert "Done with failures" in page
    assert "<script>" not in shown("{% state key %}", key="<script>")
