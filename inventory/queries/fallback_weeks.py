"""What goes to default batches week by week, against the limits: for the page, the command and the API."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.db.bulk import array, fetch_all
from core.lib.document_kinds import SALES
from inventory.queries.fallback_budget import CURRENCY_OF_DEBT
from inventory.rules.fallback_budget import Forecast, Spent, forecast, is_over, week_of
from inventory.rules.stock import FallbackSettings

TREND_WEEKS = 12


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """An item group in a warehouse in one week: what was spent of its limits, and what it comes to if the week goes on as it began."""

    warehouse: str
    warehouse_name: str
    item_group: str
    group_name: str
    spent: Spent
    forecast: Forecast
    settings: FallbackSettings

    @property
    def is_over(self) -> bool:
        """Whether a limit is passed."""
        return is_over(self.spent, self.settings)

    @property
    def will_be_over(self) -> bool:
        """Whether a limit would be passed by the end of the week."""
        return not self.is_over and is_over(Spent(self.forecast.quantity, self.forecast.value), self.settings)


def budget_lines(
    warehouse_ids: Collection[int], week: date, today: date, settings: Mapping[int, FallbackSettings], *, with_sales: bool = True
) -> list[BudgetLine]:
    """What went to default batches in the week that begins on a Monday, the most value first; one query.

    `settings` are by legal entity. Without sales no share is known: what was sold in a week is much to add up.
    """
    rows = fetch_all(
        f"""
        WITH spent AS (
            SELECT d.warehouse_id, i.item_group_id, sum(d.quantity) AS quantity, sum(round(d.quantity * d.unit_cost, u.decimals)) AS value
            FROM inventory_batchdebt d
            JOIN inventory_item i ON i.id = d.item_id
            {CURRENCY_OF_DEBT}
            WHERE d.warehouse_id = ANY(%(warehouses)s::bigint[]) AND d.business_date BETWEEN %(week)s AND %(week)s::date + 6
            GROUP BY 1, 2
        ), sold AS (
            SELECT t.warehouse_id, i.item_group_id, -sum(t.quantity) AS quantity
            FROM inventory_inventorytransaction t JOIN inventory_item i ON i.id = t.item_id
            WHERE %(sold)s AND t.warehouse_id = ANY(%(warehouses)s::bigint[]) AND t.date BETWEEN %(week)s AND %(week)s::date + 6
              AND t.quantity < 0 AND t.source_kind = ANY(%(sales)s::smallint[])
            GROUP BY 1, 2
        )
        SELECT w.code, w.name, w.legal_entity_id, g.code, g.name, s.quantity, s.value, COALESCE(o.quantity, 0)
        FROM spent s
        JOIN inventory_warehouse w ON w.id = s.warehouse_id
        JOIN inventory_itemgroup g ON g.id = s.item_group_id
        LEFT JOIN sold o ON o.warehouse_id = s.warehouse_id AND o.item_group_id = s.item_group_id
        ORDER BY s.value DESC, w.code COLLATE "C", g.code COLLATE "C"
        """,
        {"warehouses": array(warehouse_ids), "week": week, "sales": array(int(kind) for kind in SALES), "sold": with_sales},
    )
    days = min(max((today - week).days + 1, 0), 7)
    found = []
    for warehouse, name, company, group, group_name, quantity, value, sold in rows:
        spent = Spent(quantity, value, sold)
        own = settings.get(company, FallbackSettings(False, "", False))
        found.append(BudgetLine(warehouse, name, group, group_name, spent, forecast(spent, days), own))
    return found


@dataclass(frozen=True, slots=True)
class FallbackWeek:
    """What went to default batches in a week."""

    first: date
    spent: Spent


def fallback_weeks(warehouse_ids: Collection[int], today: date, weeks: int = TREND_WEEKS) -> list[FallbackWeek]:
    """The last weeks, the current one last; one query."""
    start = week_of(today) - timedelta(days=7 * (weeks - 1))
    rows = fetch_all(
        f"""
        SELECT date_trunc('week', d.business_date)::date, sum(d.quantity), sum(round(d.quantity * d.unit_cost, u.decimals))
        FROM inventory_batchdebt d
        {CURRENCY_OF_DEBT}
        WHERE d.warehouse_id = ANY(%(warehouses)s::bigint[]) AND d.business_date >= %(start)s
        GROUP BY 1
        """,
        {"warehouses": array(warehouse_ids), "start": start},
    )
    found = {first: Spent(quantity, value) for first, quantity, value in rows}
    mondays = [start + timedelta(days=7 * number) for number in range(weeks)]
    return [FallbackWeek(monday, found.get(monday, Spent())) for monday in mondays]
