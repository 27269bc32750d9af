"""When a batch is expired: one rule for sales, reservations, settlements, stock that is shown as available, and stock that will expire."""

from datetime import date, timedelta


def is_expired(expires_on: date, day: date, sellable_on_the_day: bool) -> bool:
    """Whether a batch is expired on a day; its last day is sold or not by the parameter *Sellable on expiration date*."""
    return expires_on < day or (expires_on == day and not sellable_on_the_day)


def selling_days(expires_on: date, today: date, sellable_on_the_day: bool) -> int:
    """On how many days, today included, a batch may still be sold; 0 when it is expired."""
    last = expires_on if sellable_on_the_day else expires_on - timedelta(days=1)
    return max((last - today).days + 1, 0)
