"""Forms of recurrences."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from core.jobs.models import Recurrence
from core.jobs.recurrence_kinds import RECURRING
from core.jobs.services.recurrences import Timing

EVERY, HOURLY, DAILY, WEEKLY = "every", "hourly", "daily", "weekly"
# A day in minutes: what is rarer runs daily at a time.
MOST_MINUTES = 1440
SAY_WHEN = gettext_noop("Say at what time.")
# What each choice of when cannot do without, and what is said where it is missing.
NEEDED = {
    EVERY: {"minutes": gettext_noop("Say how many minutes.")},
    HOURLY: {"minute": gettext_noop("Say at which minute.")},
    DAILY: {"at": SAY_WHEN},
    WEEKLY: {"at": SAY_WHEN, "days": gettext_noop("Tick at least one weekday.")},
}


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
        choices=(
            (EVERY, gettext_lazy("Every so many minutes")),
            (HOURLY, gettext_lazy("Every hour at a minute")),
            (DAILY, gettext_lazy("Every day at a time")),
            (WEEKLY, gettext_lazy("On some weekdays at a time")),
        ),
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
    minute = forms.IntegerField(
        label=gettext_lazy("Minute of the hour"),
        required=False,
        min_value=0,
        max_value=59,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text=gettext_lazy("For every hour at a minute: 0 is on the hour."),
    )
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"),
        required=False,
        coerce=int,
        choices=[(number, WEEKDAYS[number - 1]) for number in range(1, 8)],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        help_text=gettext_lazy("For some weekdays at a time."),
    )
    at = forms.TimeField(
        label=gettext_lazy("Time"),
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"class": "form-control", "type": "time"}),
        help_text=gettext_lazy("For every day, or some weekdays, at a time."),
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
        for name, text in NEEDED.get(str(data.get("how")), {}).items():
            if data.get(name) in (None, [], "") and name not in self.errors:
                self.add_error(name, gettext(text))
        return data

    @property
    def timing(self) -> Timing:
        """When, of a form that is valid."""
        data = self.cleaned_data
        if data["how"] == EVERY:
            return Timing(minutes=data["minutes"])
        if data["how"] == HOURLY:
            return Timing(minute=data["minute"], zone=data["zone"])
        days = tuple(data["days"]) if data["how"] == WEEKLY else ()
        # All seven days are every day.
        return Timing(at=data["at"], days=days if len(days) < len(WEEKDAYS) else (), zone=data["zone"])
