"""The fallback budget of a week, for the page, the command and the API (docs/domain.md#fallback-limits)."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from inventory.queries.fallback_weeks import BudgetLine, budget_lines
from inventory.queries.settlements import entities_of
from inventory.rules.fallback import statement_fallback
from parameters.queries import settings_of


def lines_of_week(warehouse_ids: Collection[int], week: date, today: date) -> list[BudgetLine]:
    """What went to default batches in the week that begins on a Monday, against the limits of now; three queries."""
    entities = set(entities_of(warehouse_ids).values())
    settings = {entity: statement_fallback(own) for entity, own in settings_of(entities).items()}
    return budget_lines(warehouse_ids, week, today, settings)


def line_values(line: BudgetLine, week: date) -> dict[str, Any]:
    """A line as commands and calls answer it; `share` is in percent, null where nothing was sold."""
    share = line.spent.share
    return {
        "week": week,
        "warehouse": line.warehouse,
        "item_group": line.item_group,
        "quantity": line.spent.quantity,
        "value": line.spent.value,
        "sold": line.spent.sold,
        "share": None if share is None else share.quantize(Decimal("0.01")),
        "forecast_quantity": line.forecast.quantity.quantize(Decimal("0.01")),
        "forecast_value": line.forecast.value.quantize(Decimal("0.01")),
        "limit_quantity": line.settings.limit_quantity,
        "limit_value": line.settings.limit_value,
        "limit_share": line.settings.limit_share,
        "state": "over" if line.is_over else "will_be_over" if line.will_be_over else "within",
    }
