"""The form that takes a difference under somebody's care."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy

from retailhq.integrity.models import KeptDifference
from retailhq.integrity.queries import possible_owners

LONGEST_NOTE = 2000


class CareForm(forms.Form):
    """Who looks after a difference, and what is known of it."""

    owner = forms.ModelChoiceField(
        queryset=User.objects.none(),
        to_field_name="username",
        required=False,
        label=gettext_lazy("Looked after by"),
        empty_label=gettext_lazy("Nobody"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    note = forms.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        label=gettext_lazy("Note"),
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 4}),
    )

    def __init__(self, *args: Any, row: KeptDifference, **options: Any) -> None:
        first = {"owner": row.owner.get_username() if row.owner else "", "note": row.note}
        super().__init__(*args, **{"initial": first, **options})
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = possible_owners()
