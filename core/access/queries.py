"""Questions of people who may not put a problem right themselves."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from core.access.access import Access
from core.access.models import HelpRequest

Requests = QuerySet[HelpRequest, HelpRequest]
DAYS_SHOWN = 14


def questions_for(access: Access) -> Requests:
    """Open questions that the person may answer, in all companies in which they have stores, oldest first."""
    rows = HelpRequest.objects.filter(answered_at=None, company__in=["", *access.scope.company_codes]).select_related("asked_by")
    if not getattr(access.user, "is_superuser", False):
        rows = rows.filter(right__in=access.rights)
    return rows.exclude(asked_by=access.user.pk).order_by("pk")


def own_questions(access: Access, as_of: datetime) -> Requests:
    """What the person asked: what is open, and what was answered lately; newest first."""
    lately = Q(answered_at=None) | Q(answered_at__gte=as_of - timedelta(days=DAYS_SHOWN))
    return HelpRequest.objects.filter(lately, asked_by=access.user.pk).select_related("answered_by").order_by("-pk")
