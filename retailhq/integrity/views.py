"""Differences that recounts found: the list, and one of them with who looks after it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access.access import Access, access_of
from core.tables.page import ListPage
from core.tables.views import list_view
from retailhq.integrity.filters import DifferenceFilter
from retailhq.integrity.forms import CareForm
from retailhq.integrity.queries import DIFFERENCE_SORTS, add_sentences, differences_seen_by
from retailhq.integrity.services import look_after
from retailhq.integrity.tables import DifferenceTable

WRONG = 422


def annotate(rows: Sequence[Any], access: Access) -> None:
    """Gives every row its age in days, until it was gone, and what its check says."""
    add_sentences(rows)
    now = timezone.now()
    for row in rows:
        row.age = ((row.gone_at or now) - row.first_seen).days


DIFFERENCES = ListPage(
    key="differences",
    view="integrity:differences",
    title=gettext_lazy("Differences"),
    rows=differences_seen_by,
    annotate_page=annotate,
    table=DifferenceTable,
    filters=DifferenceFilter,
    sorts=DIFFERENCE_SORTS,
    default_sort="-first_seen",
    quick=("key__icontains",),
    quick_label=gettext_lazy("Row has"),
    nothing=(
        gettext_lazy("No recount found a difference"),
        gettext_lazy("The recurrence Check integrity recounts everything; what it finds is kept here until it is gone."),
    ),
    no_match=gettext_lazy("No difference matches"),
)

show_differences = list_view(DIFFERENCES)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show_difference(request: HttpRequest, difference_id: int) -> HttpResponse:
    """One difference, what its check says, and the form for who looks after it."""
    row = get_object_or_404(differences_seen_by(access_of(request)), pk=difference_id)
    annotate([row], access_of(request))
    form = CareForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_valid():
        look_after(row.pk, form.cleaned_data["owner"], form.cleaned_data["note"].strip(), request.user.get_username())
        messages.success(request, gettext("Saved."))
        return redirect("integrity:difference", row.pk)
    return render(request, "integrity/difference.html", {"row": row, "form": form}, status=WRONG if form.is_bound else 200)
