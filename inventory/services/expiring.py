"""What expires when and where, and what to do with it, for the page, the command and the API."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.utils import timezone

from core.lib.decimals import ZERO
from inventory.queries import expiring as queries
from inventory.rules.costing import worth
from inventory.rules.expiring import DatedStock, Suggestion, suggest
from inventory.rules.expiry import selling_days
from inventory.services.available import days_of_warehouses, sells_on_last_day
from parameters.queries import settings_of


class Plan(NamedTuple):
    """Suggestions by on-hand row, the codes of warehouses that goods go to, and which day it is by warehouse."""

    suggestions: dict[int, Suggestion]
    codes: dict[int, str]
    today: dict[int, date]


def plan_expiring(item_ids: Collection[int], warehouse_ids: Collection[int]) -> Plan:
    """Suggestions for all dated stock of the items, decided over these warehouses together; six queries."""
    companies = queries.companies_of(warehouse_ids)
    settings = settings_of(set(companies.values()))
    today = days_of_warehouses(companies.keys())
    stock: dict[int, list[DatedStock]] = defaultdict(list)
    for row in queries.dated_rows(item_ids, companies.keys()):
        left = selling_days(row.expires_on, today[row.warehouse_id], sells_on_last_day(settings, companies[row.warehouse_id]))
        stock[row.item_id].append(DatedStock(row.on_hand_id, row.warehouse_id, row.number, row.quantity, left, row.blocked))
    paces: dict[int, dict[int, Any]] = defaultdict(dict)
    for (warehouse, item), pace in queries.daily_sales(item_ids, companies.keys(), timezone.localdate()).items():
        paces[item][warehouse] = pace
    suggestions = {row: found for item, of in stock.items() for row, found in suggest(of, paces[item], companies).items()}
    targets = {one.to_warehouse_id for one in suggestions.values() if one.to_warehouse_id is not None}
    return Plan(suggestions, queries.codes_of(targets), today)


def advise_within(rows: Sequence[Any], warehouse_ids: Collection[int]) -> None:
    """Gives every row of dated stock its suggestion within the warehouses, its days and its value; a fixed number of queries."""
    items = {row.item_id for row in rows}
    plan = plan_expiring(items, warehouse_ids) if items else Plan({}, {}, {})
    costs = queries.unit_costs_of(items, {row.warehouse_id for row in rows}) if items else {}
    for row in rows:
        cost = costs.get((row.warehouse_id, row.item_id))
        decimals = row.warehouse.legal_entity.currency.decimals
        row.value = None if cost is None else worth(row.physical, cost, decimals)
        row.days_left = (row.batch.expires_on - plan.today.get(row.warehouse_id, timezone.localdate())).days
        row.suggestion = plan.suggestions.get(row.pk)
        row.to_code = plan.codes.get(row.suggestion.to_warehouse_id or 0, "") if row.suggestion else ""


def row_values(row: Any) -> dict[str, Any]:
    """A row of dated stock as commands and calls answer it; `advise_within` was there before."""
    one = row.suggestion
    return {
        "expires_on": row.batch.expires_on,
        "days_left": row.days_left,
        "warehouse": row.warehouse.code,
        "item": row.item.code,
        "unit": row.item.unit_id,
        "batch": row.batch.number,
        "physical": row.physical,
        "reserved": row.reserved,
        "value": row.value,
        "sells_in_time": one.in_time if one else ZERO,
        "advice": one.advice.value if one else None,
        "quantity": one.quantity if one else ZERO,
        "to_warehouse": row.to_code or None,
    }
