"""Where a request comes from, and how long somebody who guessed too often has to wait."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from math import ceil

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone


def client_address(request: HttpRequest) -> str | None:
    """The address of the browser. Behind a proxy of ours it is the last one that the proxy added; a header from anybody else is ignored."""
    given = request.META.get("REMOTE_ADDR", "")
    if settings.TRUST_PROXY:
        given = request.META.get("HTTP_X_FORWARDED_FOR", given).rpartition(",")[2].strip()
    try:
        return str(ip_address(given))
    except ValueError:
        return None


def minutes_to_wait(username: str, address: str | None, now: datetime) -> int:
    """How many minutes until this user name (blank: any) may be tried from this address again, at least one. One query."""
    attempts = AccessAttempt.objects.filter(ip_address=address)
    latest = (attempts.filter(username=username) if username else attempts).order_by("-attempt_time").first()
    if latest is None:
        return 1
    left: timedelta = latest.attempt_time + settings.AXES_COOLOFF_TIME - now
    return max(1, ceil(left.total_seconds() / 60))


def failures_from(address: str | None) -> int:
    """How many sign-ins failed from an address of late, whatever names were tried; one query, none without an address."""
    if address is None:
        return 0
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    found = AccessAttempt.objects.filter(ip_address=address, attempt_time__gt=since).aggregate(failures=Sum("failures_since_start"))
    return found["failures"] or 0


def locked_names(users: "QuerySet[User, User]") -> frozenset[str]:
    """User names, of these users, that are locked out from some address now. One query."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    rows = (
        AccessAttempt.objects.filter(username__in=users.values("username"), attempt_time__gt=since)
        .order_by()
        .values_list("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    )
    return frozenset(username for username, _, _ in rows)
