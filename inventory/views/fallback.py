"""The fallback budget: what goes to default batches in a week, by warehouse and item group, with limits, forecast and trend."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from inventory.queries.fallback_weeks import fallback_weeks
from inventory.rules.fallback_budget import week_of
from inventory.services.fallback_weeks import lines_of_week

LINES_SHOWN = 200


def asked_week(request: HttpRequest, today: date) -> date:
    """The Monday of the week that the address names, else of this one."""
    try:
        named = parse_date(request.GET.get("week", ""))
    except ValueError:
        named = None
    return week_of(named) if named and date(2000, 1, 3) <= named <= today + timedelta(days=366) else week_of(today)


@require_safe
@never_cache
def show_fallback_budget(request: HttpRequest) -> HttpResponse:
    """One week against the limits, and the weeks before it; a fixed number of queries."""
    access = access_of(request)
    today = timezone.localdate()
    week = asked_week(request, today)
    lines = lines_of_week(access.scope.warehouse_ids, week, today)
    weeks = fallback_weeks(access.scope.warehouse_ids, week)
    most = max((one.spent.value for one in weeks), default=None) or 1
    context = {
        "week": week,
        "last": week + timedelta(days=6),
        "before": week - timedelta(days=7),
        "after": week + timedelta(days=7) if week < week_of(today) else None,
        "is_current": week == week_of(today),
        "lines": lines[:LINES_SHOWN],
        "hidden": max(len(lines) - LINES_SHOWN, 0),
        "weeks": [(one, int(one.spent.value * 100 / most)) for one in reversed(weeks)],
    }
    return render(request, "inventory/fallback_budget.html", context)
