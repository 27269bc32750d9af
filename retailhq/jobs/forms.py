"""Forms of recurrences."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from retailhq.jobs.models import Recurrence
from retailhq.jobs.recurring import RECURRING
from retailhq.jobs.services.recurrences import Timing

EVERY, DAILY = "every", "daily"
# A day in minutes: what is rarer runs daily at a time.
MOST_MINUTES = 1440


class RecurrenceForm(forms.Form):
    """What runs, and when in plain words."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=gettext_lazy("How its jobs are called in the list of jobs."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What it does"), widget=forms.Select(attrs={"class": "form-select"}))
    how = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=((EVERY, gettext_lazy("Every so many minutes")), (DAILY, gettext_lazy("Every day at a time"))),
        initial=DAILY,
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text=gettext_lazy("A run that is due while the one before is still working is left out."),
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        required=False,
        min_value=1,
        max_value=MOST_MINUTES,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text=gettext_lazy("For every so many minutes."),
    )
    at = forms.TimeField(
        label=gettext_lazy("Time"),
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"class": "form-control", "type": "time"}),
        help_text=gettext_lazy("For every day at a time."),
    )
    zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        required=False,
        initial="UTC",
        widget=forms.TextInput(attrs={"class": "form-control", "list": "time-zones"}),
        help_text=gettext_lazy("Such as Europe/Paris; summer time is heeded."),
    )

    def __init__(self, *arguments: Any, recurrence: Recurrence | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.recurrence = recurrence
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [("", gettext("Choose")), *((known.key, known.name) for known in RECURRING.values())]
        for name, field in self.fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}-help"

    def clean_name(self) -> str:
        """Unique, so that jobs can be told apart."""
        name = str(self.cleaned_data["name"])
        others = Recurrence.objects.exclude(pk=self.recurrence.pk) if self.recurrence else Recurrence.objects.all()
        if others.filter(name=name).exists():
            raise ValidationError(gettext("There is a recurrence of that name."))
        return name

    def clean_zone(self) -> str:
        """A name of the time zone database."""
        zone = str(self.cleaned_data["zone"]) or "UTC"
        if zone not in available_timezones():
            raise ValidationError(gettext("There is no such time zone; write a name such as Europe/Paris or UTC."))
        return zone

    def clean(self) -> dict[str, Any]:
        """What the choice of when needs."""
        data = super().clean() or self.cleaned_data
        if data.get("how") == EVERY and data.get("minutes") is None and "minutes" not in self.errors:
            self.add_error("minutes", gettext("Say how many minutes."))
        if data.get("how") == DAILY and data.get("at") is None and "at" not in self.errors:
            self.add_error("at", gettext("Say at what time."))
        return data

    @property
    def timing(self) -> Timing:
        """When, of a form that is valid."""
        data = self.cleaned_data
        return Timing(minutes=data["minutes"]) if data["how"] == EVERY else Timing(at=data["at"], zone=data["zone"])
