"""Stock that expires: when, where, what it is worth, what to do with it, and the journal that does it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy, ngettext

from core.access.access import Access, access_of
from core.i18n.texts import count_text, day_text
from core.lib.decimals import plain_text
from core.tables.page import ListPage
from core.tables.views import list_view
from inventory.filters import ExpiringFilter
from inventory.models import JournalLine
from inventory.queries import expiring as queries
from inventory.rules.expiring import Advice
from inventory.services.expiring import advise_within
from inventory.tables import ExpiringTable

STEPS = (3, 7, 14)


def advise_page(rows: Sequence[Any], access: Access) -> None:
    """Suggestions, with the journal that carries one out for who may post it."""
    advise_within(rows, access.scope.warehouse_ids)
    may_post = access.may("inventory:journal_new", "POST")
    for row in rows:
        row.journal_url = journal_url(row) if may_post else ""


def journal_url(row: Any) -> str:
    """The form of the journal that carries the suggestion out, filled in; '' where no stock moves."""
    suggestion = row.suggestion
    if suggestion is None or suggestion.advice not in {Advice.TRANSFER, Advice.WRITE_OFF}:
        return ""
    is_transfer = suggestion.advice is Advice.TRANSFER
    kind = JournalLine.Kind.TRANSFER if is_transfer else JournalLine.Kind.WRITE_OFF
    said = gettext("Expires on %(day)s") if row.days_left >= 0 else gettext("Expired on %(day)s")
    values = {
        "kind": kind.value,
        "warehouse": row.warehouse.code,
        "to_warehouse": row.to_code,
        "item": row.item.code,
        "batch": row.batch.number,
        "quantity": plain_text(suggestion.quantity if is_transfer else -suggestion.quantity),
        "reason": said % {"day": day_text(row.batch.expires_on)},
    }
    return f"{reverse('inventory:journal_new')}?{urlencode({name: value for name, value in values.items() if value})}"


EXPIRING = ListPage(
    key="expiring-stock",
    view="inventory:expiring",
    title=gettext_lazy("Expiring stock"),
    rows=queries.expiring_seen_by,
    annotate_page=advise_page,
    table=ExpiringTable,
    filters=ExpiringFilter,
    sorts=queries.EXPIRING_SORTS,
    default_sort="expires_on",
    quick=("item__code__startswith", "batch__number__startswith"),
    quick_label=gettext_lazy("Item or batch starts with"),
    nothing=(gettext_lazy("Nothing expires"), gettext_lazy("No stock has an expiration date; receipts of goods bring them along.")),
    no_match=gettext_lazy("Nothing expires in that time"),
    template="inventory/expiring_list.html",
)


def stakes(request: HttpRequest) -> dict[str, object]:
    """What is expired and what soon will be; one query."""
    found = queries.at_stake(access_of(request).scope, timezone.localdate(), STEPS)
    return {"stakes": [(stake, words_of(stake.within)) for stake in found]}


def words_of(within: int | None) -> str:
    """The name of a tile."""
    if within is None:
        return gettext("Expired")
    return ngettext("Expires within %(days)s day", "Expires within %(days)s days", within) % {"days": count_text(within)}


show_expiring = list_view(EXPIRING, stakes)
