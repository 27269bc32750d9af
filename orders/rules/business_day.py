"""Which business day a sale belongs to."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def business_date(sold_at: datetime, zone: ZoneInfo, end_of_business_day: time) -> date:
    """The local date of the sale, or the day before when the store's day had not ended yet; 00:00 means calendar days."""
    local = sold_at.astimezone(zone)
    if local.time() < end_of_business_day:
        return local.date() - timedelta(days=1)
    return local.date()
