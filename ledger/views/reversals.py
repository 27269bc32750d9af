"""The page that takes a posted document back, whatever its kind."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.lib.problems import BusinessError
from ledger.forms import ReversalForm
from ledger.queries.reversals import AccountSum
from parameters.models import Currency

WRONG = 422


class ReversalPreview(NamedTuple):
    """What the page says of a document: what would be booked, the date of it that lies in a closed period, and the way back.

    `back` is the address and what its link says, `more` what the template of the kind shows besides.
    """

    document: str
    accounts: Sequence[AccountSum]
    currency: Currency
    closed_on: date | None
    back: tuple[str, str]
    more: dict[str, Any]


def respond_reversal(
    request: HttpRequest, template: str, preview: Callable[[], ReversalPreview], reverse: Callable[[str, date | None], HttpResponse]
) -> HttpResponse:
    """The form with what would be booked, or what `reverse` answers to reason and date; what it refuses is shown, with status 422.

    Where a date of the document is closed, today is proposed. `template` extends templates/ledger/reverse.html.
    """
    form = ReversalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return reverse(form.cleaned_data["reason"], form.cleaned_data["date"])
        except BusinessError as error:
            form.add_problems(error.problems)
    form.mark_wrong()
    shown = preview()
    if shown.closed_on and not form.is_bound:
        form.initial["date"] = timezone.now().date()
    return render(request, template, {"form": form, **shown._asdict(), **shown.more}, status=WRONG if form.is_bound else 200)
