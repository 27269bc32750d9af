"""What pages show of recurrences: when they run in plain words, how the last run ended, when the next one comes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, ngettext

from core.i18n.texts import count_text
from core.jobs.models import Job, Recurrence
from core.jobs.queries.pages import JobView, job_view
from core.jobs.recurrence_kinds import RECURRING


@dataclass(frozen=True, slots=True)
class RecurrenceView:
    """A recurrence as people see it."""

    row: Recurrence
    last: JobView | None
    as_of: datetime

    @property
    def kind_name(self) -> str:
        """What it does, in two words."""
        known = RECURRING.get(self.row.kind)
        return str(known.name) if known else self.row.kind

    @property
    def is_paused(self) -> bool:
        """Whether the clock passes it over."""
        return not self.row.task.enabled

    @property
    def is_running(self) -> bool:
        """Whether a run is going on."""
        return self.last is not None and self.last.is_open

    @property
    def has_failed(self) -> bool:
        """Whether the last run did not go through as a whole."""
        return self.last is not None and self.last.status == Job.Status.FAILED

    @property
    def minutes(self) -> int | None:
        """Every so many minutes, or None."""
        return self.row.task.interval.every if self.row.task.interval else None

    @property
    def minute(self) -> int | None:
        """Every hour at this minute, or None."""
        crontab = self.row.task.crontab
        return int(crontab.minute) if crontab and crontab.hour == "*" else None

    @property
    def at(self) -> clock_time | None:
        """At this time of its zone, every day or on `days`, or None."""
        crontab = self.row.task.crontab
        return clock_time(int(crontab.hour), int(crontab.minute)) if crontab and crontab.hour != "*" else None

    @property
    def days(self) -> tuple[int, ...]:
        """The weekdays of `at`, 1 Monday to 7 Sunday; none for every day."""
        crontab = self.row.task.crontab
        found = crontab.day_of_week if crontab else "*"
        return () if found == "*" else tuple(sorted(int(day) or 7 for day in found.split(",")))

    @property
    def zone(self) -> str:
        """The name of the time zone of `at` and `minute`."""
        return str(self.row.task.crontab.timezone) if self.row.task.crontab else "UTC"

    @property
    def when(self) -> str:
        """The schedule in the language of the reader."""
        if self.minutes is not None:
            text = ngettext("Every minute", "Every %(minutes)s minutes", self.minutes)
            return text % {"minutes": count_text(self.minutes)} if self.minutes > 1 else text
        if self.minute is not None:
            return gettext("Every hour at minute %(minute)s in %(zone)s") % {"minute": self.minute, "zone": self.zone}
        figures = {"time": f"{self.at:%H:%M}", "zone": self.zone}
        if self.days:
            days = ", ".join(str(WEEKDAYS[day - 1]) for day in self.days)
            return gettext("On %(days)s at %(time)s in %(zone)s") % {"days": days, **figures}
        return gettext("Every day at %(time)s in %(zone)s") % figures

    @property
    def next_at(self) -> datetime | None:
        """When the next run is due; None while it is paused."""
        if self.is_paused:
            return None
        if self.minutes is not None:
            last = self.last.requested_at if self.last else self.row.task.date_changed
            return max(last + timedelta(minutes=self.minutes), self.as_of)
        here = self.as_of.astimezone(ZoneInfo(self.zone))
        if self.minute is not None:
            ago = timedelta(minutes=(here.minute - self.minute) % 60, seconds=here.second, microseconds=here.microsecond)
            return self.as_of - ago + timedelta(hours=1)
        assert self.at is not None
        days = (here.date() + timedelta(days=ahead) for ahead in range(8))
        dues = (datetime.combine(day, self.at, ZoneInfo(self.zone)) for day in days if not self.days or day.isoweekday() in self.days)
        return next(due for due in dues if due > here).astimezone(UTC)


def recurrence_views(as_of: datetime) -> list[RecurrenceView]:
    """All recurrences by name; one query."""
    rows = Recurrence.objects.select_related("task__interval", "task__crontab", "last_job__requested_by").order_by("name")
    return [RecurrenceView(row, job_view(row.last_job, as_of) if row.last_job else None, as_of) for row in rows]


def recurrence_for_page(recurrence_id: int, as_of: datetime) -> RecurrenceView | None:
    """The recurrence of that id, None where there is none."""
    return next((found for found in recurrence_views(as_of) if found.row.pk == recurrence_id), None)


def failed_recurrences(as_of: datetime) -> list[RecurrenceView]:
    """Those whose last run failed, for Home; paused ones as well. One query."""
    return [found for found in recurrence_views(as_of) if found.has_failed]
