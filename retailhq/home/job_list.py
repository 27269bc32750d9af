"""The list of jobs; it stands here because the room of jobs lies below that of lists."""

from collections.abc import Sequence

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core.access.access import Access
from core.jobs.models import Job
from core.jobs.queries.pages import OPEN, job_view, jobs_seen_by
from core.tables.filters import ANYTHING, ListFilter, date_input
from core.tables.page import ListPage
from core.tables.tables import NUMBER, UNBROKEN_WIDE, WIDE, WIDE_NUMBER, Column
from core.tables.views import list_view

SHOWN = {
    "open": (gettext_lazy("Not finished"), OPEN),
    "running": (gettext_lazy("Running"), (Job.Status.RUNNING,)),
    "queued": (gettext_lazy("Waiting"), (Job.Status.QUEUED,)),
    "failed": (gettext_lazy("Done with failures"), (Job.Status.FAILED,)),
    "done": (gettext_lazy("Done"), (Job.Status.DONE,)),
    "cancelled": (gettext_lazy("Cancelled"), (Job.Status.CANCELLED,)),
}


class JobTable(tables.Table):  # type: ignore[misc]
    """Jobs with what they did; `view` of a row is the job as its page shows it."""

    id = Column('<a href="{% url "jobs:detail" record.pk %}">{{ record.pk }}</a>', verbose_name=gettext_lazy("Job"), attrs=NUMBER)
    title = Column("{{ record.view.title }}", plain=lambda record: str(record.title), verbose_name=gettext_lazy("What"))
    status = Column(
        '{% load show %}{% with "job:"|add:record.status as key %}{% state key %}{% endwith %}'
        '{% if record.view.is_open %} <span class="muted small">{{ record.view.phase_text }}</span>{% endif %}',
        verbose_name=gettext_lazy("State"),
    )
    done = Column("{% load show %}{{ record.done|count }} / {{ record.total|count }}", verbose_name=gettext_lazy("Lines"), attrs=NUMBER)
    rate = Column(
        "{% load show %}{% if record.view.rate %}{{ record.view.rate|count }}{% endif %}",
        plain="view__rate",
        verbose_name=gettext_lazy("Lines/s"),
        attrs=WIDE_NUMBER,
    )
    requested_at = Column(
        '{% load show %}{% moment record.requested_at "UTC" "short" zoned=False %}',
        verbose_name=gettext_lazy("Asked for (UTC)"),
        attrs=UNBROKEN_WIDE,
    )
    finished_at = Column(
        '{% load show %}{% moment record.finished_at "UTC" "short" zoned=False %}',
        verbose_name=gettext_lazy("Finished (UTC)"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )
    seconds = Column(
        "{% load show %}{{ record.view.seconds|duration }}",
        plain=lambda record: None if record.view.seconds is None else round(record.view.seconds),
        verbose_name=gettext_lazy("Took"),
        attrs=WIDE_NUMBER,
    )
    requested_by = Column(
        '{{ record.requested_by|default_if_none:"" }}', plain="requested_by__username", verbose_name=gettext_lazy("By"), attrs=WIDE
    )


class JobFilter(ListFilter):
    """State and day."""

    show = django_filters.ChoiceFilter(
        choices=[(key, label) for key, (label, _) in SHOWN.items()], method="by_state", label=gettext_lazy("State"), empty_label=ANYTHING
    )
    date_from = django_filters.DateFilter("requested_at", "date__gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("requested_at", "date__lte", label=gettext_lazy("To"), widget=date_input())

    class Meta:
        model = Job
        fields: list[str] = []

    def by_state(self, rows: "QuerySet[Job, Job]", name: str, value: str) -> "QuerySet[Job, Job]":
        """The states that people ask for."""
        return rows.filter(status__in=SHOWN[value][1])


def rows_for(access: Access) -> "QuerySet[Job, Job]":
    """The jobs that a person sees, with who asked for them."""
    return jobs_seen_by(access).select_related("requested_by")


def finish(jobs: Sequence[Job], access: Access) -> None:
    """Gives every row its `view`; no query."""
    now = timezone.now()
    for job in jobs:
        job.view = job_view(job, now)  # type: ignore[attr-defined]


JOBS = ListPage(
    key="jobs",
    view="jobs:list",
    title=gettext_lazy("Jobs"),
    rows=rows_for,
    annotate_page=finish,
    table=JobTable,
    filters=JobFilter,
    sorts={"id": ("id",)},
    default_sort="-id",
    quick=("title__icontains",),
    quick_label=gettext_lazy("What it does"),
    nothing=(gettext_lazy("There are no jobs yet"), gettext_lazy("Posting a statement makes one.")),
    no_match=gettext_lazy("No job matches"),
)
show_jobs = list_view(JOBS)
