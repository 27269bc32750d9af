"""Differences that recounts found, for the list, the mail and their page."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from core.access.access import Access
from core.i18n.messages import render
from retailhq.integrity.checks import HOLDS
from retailhq.integrity.models import KeptDifference

DIFFERENCE_SORTS: dict[str, tuple[str, ...]] = {"first_seen": ("first_seen", "pk")}
KEEPER = "change_keptdifference"


def differences_seen_by(access: Access) -> "QuerySet[KeptDifference, KeptDifference]":
    """All differences: a recount is about everything at once."""
    return KeptDifference.objects.select_related("owner")


def add_sentences(rows: Iterable[Any]) -> None:
    """Gives every row what its check says, in the language of the reader; the name of a check that is no more."""
    for row in rows:
        row.holds = render(HOLDS[row.check_name]) if row.check_name in HOLDS else row.check_name


def possible_owners() -> "QuerySet[User, User]":
    """People who may look after differences, by name."""
    of_role = Q(groups__permissions__codename=KEEPER, groups__permissions__content_type__app_label="integrity")
    own = Q(user_permissions__codename=KEEPER, user_permissions__content_type__app_label="integrity")
    return User.objects.filter(of_role | own | Q(is_superuser=True), is_active=True).distinct().order_by("username")
