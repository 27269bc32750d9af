"""One correction of many transactions: those that were picked in their list, or those of a cause."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.access.addresses import own_address
from core.i18n.messages import render as render_message
from core.i18n.texts import count_text
from core.lib.parsing import LONGEST_REASON
from core.lib.problems import BusinessError
from core.tables.selection import selection_of
from statements.rules.changes import DISCARDED
from statements.services.background import CORRECTED_AT_ONCE, request_correction
from statements.services.corrections import CorrectionResult, correct_picked
from statements.views.actions import back_to_list
from statements.views.lists import TRANSACTIONS

WRONG = 422
MOST = 10_000
OF_LINES = {
    "item": gettext_lazy("Item"),
    "batch": gettext_lazy("Batch"),
    "unit": gettext_lazy("Unit"),
    "quantity": gettext_lazy("Quantity"),
    "price": gettext_lazy("Price"),
}
OF_DOCUMENTS = {
    "business_date": gettext_lazy("Business date"),
    "customer": gettext_lazy("Customer"),
    DISCARDED: gettext_lazy("Discarded"),
    "staff": gettext_lazy("Staff"),
}
FIELDS = OF_LINES | OF_DOCUMENTS


class BulkForm(forms.Form):
    """One correction of all transactions of a cause."""

    field = forms.ChoiceField(
        label=gettext_lazy("Field"), choices=list(FIELDS.items()), widget=forms.Select(attrs={"class": "form-select"})
    )
    value = forms.CharField(
        label=gettext_lazy("New value"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text=gettext_lazy("Dates as 2017-01-31; true for Discarded; blank takes a batch or customer out."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class PickedForm(BulkForm):
    """One correction of transactions that have no more in common than that somebody picked them: of a field of the document."""

    field = forms.ChoiceField(
        label=gettext_lazy("Field"),
        choices=list(OF_DOCUMENTS.items()),
        widget=forms.Select(attrs={"class": "form-select", "autofocus": True}),
    )
    field_order = ("field", "value", "reason")


def first_refusal(result: CorrectionResult) -> forms.ValidationError:
    """Why the first correction was refused, as an error of a form."""
    return forms.ValidationError(render_message(result.rejects[0].message), code=result.rejects[0].code)


def tell_corrected(request: HttpRequest, result: CorrectionResult) -> None:
    """Says how many were corrected, how many of them have an error still, and what was refused."""
    text = ngettext("%(count)s transaction is corrected;", "%(count)s transactions are corrected;", result.corrected)
    rest = ngettext("%(stay)s still has an error.", "%(stay)s still have an error.", result.errors)
    messages.success(request, f"{text % {'count': count_text(result.corrected)}} {rest % {'stay': count_text(result.errors)}}")
    if result.rejects:
        refused = ngettext("%(count)s was refused: %(why)s", "%(count)s were refused: %(why)s", len(result.rejects))
        messages.warning(request, refused % {"count": count_text(len(result.rejects)), "why": render_message(result.rejects[0].message)})


@require_POST
@never_cache
def correct_selected(request: HttpRequest) -> HttpResponse:
    """Asks what to correct of the transactions picked in the list, or of all that match, and corrects them; many are the work of a job."""
    selection = selection_of(request, TRANSACTIONS, MOST)
    if not selection.ids:
        messages.warning(request, gettext("Pick at least one transaction first."))
        return back_to_list(request, "statements:transactions")
    asked = request.POST.get("do") == "correct"
    form = PickedForm(request.POST if asked else None)
    if asked and not selection.unconfirmed and form.is_valid():
        given = form.cleaned_data
        wanted = (selection.ids, given["field"], given["value"], given["reason"])
        if len(selection.ids) > CORRECTED_AT_ONCE:
            return redirect("jobs:detail", request_correction(*wanted, request.user).pk)
        try:
            result = correct_picked(*wanted, request.user.get_username())
        except BusinessError as error:
            for problem in error.problems:
                form.add_error(None, render_message(problem))
        else:
            if result.corrected or not result.rejects:
                tell_corrected(request, result)
                return back_to_list(request, "statements:transactions")
            form.add_error(None, first_refusal(result))
    everything = bool(request.POST.get("all"))
    context = {
        "form": form,
        "number": len(selection.ids),
        "picked": () if everything else selection.ids,
        "everything": everything,
        "query": request.POST.get("query", "").replace("\0", ""),
        "next": own_address(request, request.POST.get("next", "")),
        "too_many": selection.too_many,
        "moved_on": asked and selection.unconfirmed,
    }
    return render(request, "statements/correct_selected.html", context, status=WRONG if form.errors else 200)
