"""Which clock a warehouse goes by: that of its store, which a higher app knows."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from core.lib.contributions import Contributions

# Contributed by higher apps: (warehouse, name of its time zone) for those of the warehouses asked about that have one.
WAREHOUSE_ZONES: Contributions[Collection[int], tuple[int, str]] = Contributions()


def zones_of_warehouses(warehouse_ids: Collection[int]) -> dict[int, tzinfo]:
    """Time zones by warehouse, UTC where nothing else is known; one query for each app that contributes."""
    known = dict(WAREHOUSE_ZONES.ask(warehouse_ids)) if warehouse_ids else {}
    return {warehouse: ZoneInfo(known[warehouse]) if warehouse in known else UTC for warehouse in warehouse_ids}


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day in a time zone."""
    return datetime.combine(day, time.min, zone)
