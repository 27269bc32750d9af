"""The form that lets a document pass a fallback limit."""

from django import forms
from django.utils.translation import gettext_lazy

from core.lib.problems import Problem
from core.ui.form_fields import ProblemForm
from inventory.rules.approvals import LONGEST_NOTE


class ApprovalForm(ProblemForm):
    """Why it may pass."""

    note = forms.CharField(
        max_length=LONGEST_NOTE,
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("Why it may pass; it stays with the document."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def place_of(self, problem: Problem) -> str | None:
        """The note, unless the document itself is meant."""
        return "note" if problem.field == "note" else None
