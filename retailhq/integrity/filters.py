"""What the list of differences may be narrowed by."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from core.access.access import Access
from core.i18n.messages import render
from core.tables.filters import ANYTHING, ListFilter
from retailhq.integrity.checks import CHECKS
from retailhq.integrity.models import KeptDifference

STATES = (("open", gettext_lazy("Open")), ("gone", gettext_lazy("Gone")), ("all", gettext_lazy("All")))
OWNERS = (("mine", gettext_lazy("By me")), ("nobody", gettext_lazy("By nobody")))


def checks_in_words() -> list[tuple[str, str]]:
    """All checks, by what they say."""
    return [(check.name, render(check.holds)) for check in CHECKS]


class DifferenceFilter(ListFilter):
    """Open or gone, the check, who looks after it; what is open where nothing is said."""

    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label=gettext_lazy("State"), empty_label=None)
    check_name = django_filters.ChoiceFilter(choices=checks_in_words, label=gettext_lazy("Check"), empty_label=ANYTHING)
    owner = django_filters.ChoiceFilter(choices=OWNERS, method="by_owner", label=gettext_lazy("Looked after"), empty_label=ANYTHING)

    class Meta:
        model = KeptDifference
        fields: list[str] = []

    @classmethod
    def start(cls, access: Access) -> dict[str, str]:
        """What is open."""
        return {"state": "open", **super().start(access)}

    def by_state(self, rows: "QuerySet[Any, Any]", name: str, value: str) -> "QuerySet[Any, Any]":
        """What the last recount found, or what is gone, or both."""
        return rows if value == "all" else rows.filter(gone_at__isnull=value == "open")

    def by_owner(self, rows: "QuerySet[Any, Any]", name: str, value: str) -> "QuerySet[Any, Any]":
        """What the person looks after, or nobody."""
        return rows.filter(owner=self.access.user.pk if value == "mine" else None)
