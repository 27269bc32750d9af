"""Why a delivery is taken back, and on which date."""

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from core.i18n.messages import render
from core.lib.problems import Problem

LONGEST_REASON = 500


class ReversalForm(forms.Form):
    """The date stays blank where everything keeps the date that it was posted on."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say why it is reversed.")},
    )
    date = forms.DateField(
        label=gettext_lazy("Date of the reversal"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Shows what the service refused above the form."""
        for problem in problems:
            self.add_error(None, ValidationError(render(problem), code=problem.code))
