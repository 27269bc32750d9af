"""Why a posted document is taken back, and on which date."""

from django import forms
from django.utils.translation import gettext_lazy

from core.lib.parsing import LONGEST_REASON
from core.lib.problems import Problem
from core.ui.form_fields import ProblemForm

PLACES = {"PERIOD_CLOSED": "date", "STOCK_PERIOD_CLOSED": "date", "REVERSAL_DATE_TOO_EARLY": "date", "REASON_NEEDED": "reason"}


class ReversalForm(ProblemForm):
    """The date stays blank where everything keeps the date that it was posted on."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", "autofocus": True}),
        error_messages={"required": gettext_lazy("Say why it is reversed.")},
    )
    date = forms.DateField(
        label=gettext_lazy("Date of the reversal"),
        required=False,
        help_text=gettext_lazy("Left blank, everything keeps the date that it was posted on."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )

    def place_of(self, problem: Problem) -> str | None:
        """Periods and dates stand at the date."""
        return PLACES.get(problem.code)
