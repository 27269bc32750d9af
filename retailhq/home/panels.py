"""What Home (Store financials) shows: each part is read only when the person may open the list behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from core.i18n.texts import count_text, day_text, decimal_text
from core.jobs.queries.recurrences import RecurrenceView, failed_recurrences
from core.jobs.queries.signs import BEAT, WATCHDOG, WORKER, silent_parts
from core.lib.decimals import ZERO
from core.lib.parsing import USUAL_PLACES
from inventory.queries.fallback_weeks import BudgetLine, FallbackWeek, budget_lines, fallback_weeks
from inventory.rules.fallback import statement_fallback
from inventory.rules.fallback_budget import week_of
from orders.queries.pending import failed_count
from parameters.models import Currency
from parameters.queries import settings_of
from retailhq.home import charts, queries
from retailhq.home.frame import Frame, address_of
from statements.models import Statement
from statements.queries.causes import areas_of, open_causes, waiting_count


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A row of the table that says what the chart shows; `url` is the list behind it."""

    name: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, the same as a table, and the list behind it."""

    key: str
    title: str
    hint: str
    picture: SafeString
    columns: tuple[str, str]
    rows: list[ChartRow]
    url: str


@dataclass(frozen=True, slots=True)
class Fallback:
    """What goes to default batches week by week, the running week last with its budgets by warehouse and item group."""

    weeks: Sequence[FallbackWeek]
    lines: Sequence[BudgetLine]

    @property
    def value(self) -> Decimal:
        """Of the running week so far."""
        return self.weeks[-1].spent.value

    @property
    def forecast(self) -> Decimal:
        """What the running week comes to at its pace so far."""
        return sum((line.forecast.value for line in self.lines), ZERO)

    @property
    def over(self) -> int:
        """Budgets that are passed, by quantity or value."""
        return sum(line.is_over for line in self.lines)

    @property
    def will_be_over(self) -> int:
        """Budgets that would be passed by the end of the week."""
        return sum(line.will_be_over for line in self.lines)

    @property
    def url(self) -> str:
        """The budget of the week."""
        return budget_of(self.weeks[-1].first)


class Home:
    """The parts of the page. At most thirteen queries, however much there is; fewer where the person may see less."""

    def __init__(self, frame: Frame, as_of: datetime) -> None:
        self.frame = frame
        self.access = frame.access
        self.scope = frame.scope
        self.as_of = as_of

    @cached_property
    def sees_statements(self) -> bool:
        """Whether statements are the person's business."""
        return self.access.may("statements:list")

    @cached_property
    def sees_debt(self) -> bool:
        """Whether batch debt is: it is a figure of stock."""
        return self.access.has("inventory.view_batchdebt") or self.access.has("inventory.view_onhand")

    @cached_property
    def silent(self) -> list[str]:
        """What no longer works in the background, and what that means; one query."""
        said = {
            WORKER: gettext("No worker has reported for a minute: nothing is posted, imported or sent until one runs."),
            BEAT: gettext("The clock has not reported for a minute: recurrences do not start by themselves."),
            WATCHDOG: gettext("The watchdog has made no round for a minute: what was interrupted is not taken up again."),
        }
        return [said[part] for part in silent_parts()]

    @cached_property
    def figures(self) -> queries.Figures:
        """The counts of the tiles."""
        return queries.figures_of(self.access, self.scope, self.as_of)

    @cached_property
    def debt(self) -> queries.Debt:
        return queries.debt_of(self.scope)

    @cached_property
    def causes_elsewhere(self) -> int:
        """How many causes keep documents of other companies back; two queries, none for a person of one company."""
        own = {place.store for place in self.access.grants.places if place.store and place.company not in (None, self.access.company_id)}
        return waiting_count(open_causes(own, areas_of(self.access)), self.as_of.date()) if own else 0

    @cached_property
    def stopped(self) -> list[Statement]:
        """The oldest failed statements."""
        return queries.stopped_statements(self.scope)

    @cached_property
    def actions(self) -> list[queries.RecentAction]:
        """What the person did last."""
        return queries.recent_actions(self.access)

    @cached_property
    def days(self) -> list[queries.Day]:
        """What was posted day by day; two queries."""
        return queries.days_of(self.scope) if self.sees_statements else []

    @cached_property
    def fallback(self) -> Fallback | None:
        """The running week is that of the last day posted; None where nothing fell back in these weeks. Three queries at most."""
        if self.frame.company is None or not self.access.may("inventory:fallback_budget"):
            return None
        last = self.days[-1].day if self.days else self.as_of.date()
        weeks = fallback_weeks(self.scope.warehouse_ids, last)
        if not any(week.spent.quantity for week in weeks):
            return None
        settings = {company: statement_fallback(own) for company, own in settings_of([self.frame.company.pk]).items()}
        return Fallback(weeks, budget_lines(self.scope.warehouse_ids, week_of(last), last, settings, with_sales=False))

    @cached_property
    def charts(self) -> list[Chart]:
        """The charts that the person may see and that have something to show."""
        found: list[Chart] = []
        days = self.days
        if days:
            weeks = queries.weeks_of(days)
            found += [lines_per_day(days), share_per_week(weeks)]
            if any(week.captured for week in weeks):
                found.append(captured_per_week(weeks))
        if self.fallback:
            found.append(fallback_per_week(self.fallback, self.frame.company.currency if self.frame.company else None))
        if self.sees_debt and self.debt.items:
            found.append(items_in_debt(self.debt.items, self.frame.company.currency if self.frame.company else None))
        return found

    @property
    def of_store(self) -> str:
        """What narrows a list behind a figure to the store that the figure is about, behind its other filters."""
        return f"&{urlencode({'store': self.frame.store['code']})}" if self.frame.store else ""

    @property
    def problems_url(self) -> str:
        """What validation found on the transactions that it keeps off statements; the list shows these at first."""
        return f"{reverse('statements:problems')}?severity=error{self.of_store}"

    @cached_property
    def failed_pending(self) -> int | None:
        """Orders of tills that could not be taken; None for who does not see pending orders."""
        return failed_count(self.scope) if self.access.may("customer_orders:pending") else None

    @property
    def failed_pending_url(self) -> str:
        """The orders that the tile counts."""
        return f"{reverse('customer_orders:pending')}?state=failed{self.of_store}"

    @property
    def failed_jobs_url(self) -> str:
        """The jobs that the tile counts."""
        since = self.as_of - timedelta(days=queries.RECENT_DAYS)
        return f"{reverse('jobs:list')}?{urlencode({'show': 'failed', 'date_from': since.date().isoformat()})}"

    @cached_property
    def failed_recurrences(self) -> list[RecurrenceView] | None:
        """What runs by itself and did not go through the last time; None for who does not keep recurrences."""
        return failed_recurrences(self.as_of) if self.access.may("jobs:recurrences") else None

    @property
    def debt_url(self) -> str:
        """The list of what is owed, for who may open it; else stock that is negative."""
        return address_of("inventory:debt") if self.access.may("inventory:debt") else on_hand()


def posted(first: date, last: date) -> str:
    """The posted statements of these business days."""
    return f"{reverse('statements:list')}?{urlencode({'state': 'posted', 'date_from': first.isoformat(), 'date_to': last.isoformat()})}"


def on_hand(item: str = "") -> str:
    """On-hand that is negative, of an item or of all; '' while there is no such list."""
    url = address_of("inventory:on_hand")
    return f"{url}?{urlencode({'q': item})}" if url and item else url


def lines_per_day(days: Sequence[queries.Day]) -> Chart:
    """Bars of the last four weeks."""
    shown = days[-queries.DAYS :]
    picture = charts.bars([f"{day.day:%d}" for day in shown], [day.lines for day in shown], every=3)
    rows = [ChartRow(day_text(day.day), count_text(day.lines), posted(day.day, day.day)) for day in reversed(shown) if day.lines]
    hint = gettext("%(first)s to %(last)s") % {"first": day_text(shown[0].day), "last": day_text(shown[-1].day)}
    columns = (gettext("Business date"), gettext("Lines"))
    return Chart("lines", gettext("Lines posted per day"), hint, picture, columns, rows, posted(shown[0].day, shown[-1].day))


def share_per_week(weeks: Sequence[queries.Week]) -> Chart:
    """How much fell back, in bars of twelve weeks."""
    shares = [(week, week.share) for week in weeks]
    return weekly_share("share", gettext("On a default batch per week"), gettext("Lines on a default batch"), shares)


def captured_per_week(weeks: Sequence[queries.Week]) -> Chart:
    """How much was captured at the till, in bars of twelve weeks: the road out of the default batch."""
    shares = [(week, week.captured_share) for week in weeks]
    return weekly_share("captured", gettext("Batch captured per week"), gettext("Lines with a captured batch"), shares)


def weekly_share(key: str, title: str, column: str, shares: Sequence[tuple[queries.Week, Decimal | None]]) -> Chart:
    """Bars of shares in per cent of posted lines, with the posted statements of each week."""
    labels = [f"{week.first.isocalendar().week}" for week, _ in shares]
    picture = charts.bars(labels, [share for _, share in shares], every=2, unit=" %")
    rows = [
        ChartRow(day_text(week.first), f"{decimal_text(share)} %", posted(week.first, week.last))
        for week, share in reversed(shares)
        if share is not None
    ]
    hint = gettext("share of posted lines, by calendar week")
    return Chart(key, title, hint, picture, (gettext("Week from"), column), rows, posted(shares[0][0].first, shares[-1][0].last))


def budget_of(week: date) -> str:
    """The fallback budget of the week that begins on a Monday."""
    return f"{reverse('inventory:fallback_budget')}?{urlencode({'week': week.isoformat()})}"


def fallback_per_week(fallback: Fallback, currency: Currency | None) -> Chart:
    """What went to default batches, in bars of twelve weeks; the running one with what is expected on top."""
    places, code = (currency.decimals, currency.code) if currency else (USUAL_PLACES, "")
    values = [week.spent.value for week in fallback.weeks]
    expected = max(fallback.forecast - fallback.value, ZERO)
    ahead = [*(ZERO for _ in values[1:]), expected]
    labels = [f"{week.first.isocalendar().week}" for week in fallback.weeks]
    rows = [
        ChartRow(day_text(week.first), f"{decimal_text(week.spent.value, places)} {code}".strip(), budget_of(week.first))
        for week in reversed(fallback.weeks)
        if week.spent.quantity
    ]
    if expected:
        rows.insert(0, ChartRow(gettext("Forecast of the week"), f"{decimal_text(fallback.forecast, places)} {code}".strip(), fallback.url))
    hint = gettext("value at cost in %(currency)s, by calendar week; light: forecast") % {"currency": code}
    columns = (gettext("Week from"), gettext("Value"))
    return Chart(
        "fallback", gettext("Fallback per week"), hint, charts.bars(labels, values, every=2, ahead=ahead), columns, rows, fallback.url
    )


def items_in_debt(items: Sequence[queries.DebtOfItem], currency: Currency | None) -> Chart:
    """Lying bars of the items with the most value."""
    shown = items[:6]
    places = currency.decimals if currency else USUAL_PLACES
    code = currency.code if currency else ""
    picture = charts.rows([item.code for item in shown], [item.value for item in shown])
    rows = [
        ChartRow(
            f"{item.code} {item.name}",
            f"{decimal_text(item.value, places)} {code} · {decimal_text(item.quantity)} {item.unit}",
            on_hand(item.code),
        )
        for item in items
    ]
    columns = (gettext("Item"), gettext("Open value and quantity"))
    hint = gettext("open value in %(currency)s") % {"currency": code}
    return Chart("items", gettext("Items in batch debt"), hint, picture, columns, rows, on_hand())
