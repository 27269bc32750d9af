"""What pages show of jobs: the open ones in the bell, those that a person sees, one job with its progress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from core.access.access import Access
from core.files.models import StoredFile
from core.i18n.messages import render, render_remedy
from core.i18n.texts import count_text
from core.jobs.kinds import KINDS, problems_of_result
from core.jobs.models import Job
from core.lib.messages import Message
from core.lib.ways import about_of

SEE_ALL = "jobs.view_job"
# Values of results that have a place of their own, here or on the page of the kind.
SHOWN_ELSEWHERE = frozenset({"problems", "comparison"})
KEEP = "jobs.manage_recurrence"
OPEN = (Job.Status.QUEUED, Job.Status.RUNNING)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as people see it; `rate` is lines per second, `seconds_left` an estimate from it while the job runs."""

    id: int
    title: str
    kind: str
    status: str
    phase: Message | None
    done: int
    total: int
    requested_by: str
    requested_at: datetime
    dispatched_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    arguments: Mapping[str, Any]
    result: Mapping[str, Any]
    as_of: datetime
    cancel_asked_at: datetime | None = None
    attempts: int = 0
    files: Sequence[StoredFile] = ()

    @property
    def unit(self) -> str:
        """The plural name of what `done` and `total` count."""
        known = KINDS.get(self.kind)
        return str(known.unit) if known and known.unit else gettext("lines")

    @property
    def page(self) -> str:
        """The name of the address that shows more of a job of this kind, or ''."""
        known = KINDS.get(self.kind)
        return known.page if known else ""

    @property
    def refusal_to_cancel(self) -> str:
        """Why it cannot be cancelled now, or ''."""
        known = KINDS.get(self.kind)
        if not self.is_open:
            return gettext("The job is finished.")
        if self.cancel_asked_at is not None:
            return gettext("It is being stopped.")
        if known is None or (self.status == Job.Status.RUNNING and not known.cancellable):
            return gettext("A posting that has begun is not stopped halfway; what it posts is whole.")
        return ""

    @property
    def refusal_to_repeat(self) -> str:
        """Why it cannot be asked for again from here, or ''."""
        known = KINDS.get(self.kind)
        if self.is_open:
            return gettext("The job is not finished.")
        if known is None or not known.may_repeat:
            return gettext("Ask for it again where it was asked for.")
        return ""

    @property
    def problems(self) -> list[dict[str, Any]]:
        """What made it fail, with what to do."""
        return [
            {
                "code": problem.code,
                "message": render(problem),
                "remedy": render_remedy(problem.code),
                "about": about_of(problem.params, problem.line, job_id=self.id),
            }
            for problem in problems_of_result(self.result)
        ]

    @property
    def is_open(self) -> bool:
        """Whether it is not finished."""
        return self.status in OPEN

    @property
    def percent(self) -> int:
        """Whole per cent of its lines that are done; a finished job without lines is complete."""
        if not self.total or self.went_through:
            return 0 if self.is_open else 100
        return min(100, self.done * 100 // self.total)

    @property
    def went_through(self) -> bool:
        """Whether it came to its end; what it counted on the way there is not told to the last piece."""
        return self.status in (Job.Status.DONE, Job.Status.FAILED) and not self.result.get("problems")

    @property
    def counted(self) -> int:
        """How much of `total` is done."""
        return max(self.done, self.total) if self.went_through else self.done

    @property
    def seconds(self) -> float | None:
        """How long it has worked, or worked in all."""
        return ((self.finished_at or self.as_of) - self.started_at).total_seconds() if self.started_at else None

    @property
    def rate(self) -> int | None:
        """Lines per second since the start; None before there is anything to tell."""
        return round(self.done / self.seconds) if self.seconds and self.done else None

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at the rate so far."""
        if self.status != Job.Status.RUNNING or not self.seconds or not self.done:
            return None
        return max(0.0, (self.total - self.done) * self.seconds / self.done)

    @property
    def result_rows(self) -> list[tuple[str, str]]:
        """What was made and what failed, as names and readable values."""
        return [
            (gettext(name.replace("_", " ").capitalize()), readable(value))
            for name, value in self.result.items()
            if name not in SHOWN_ELSEWHERE
        ]

    @property
    def waits_for_queue(self) -> bool:
        """Asked for, but the queue did not take it yet: it was away."""
        return self.status == Job.Status.QUEUED and self.dispatched_at is None

    @property
    def phase_text(self) -> str:
        """What it is doing, in words."""
        if self.waits_for_queue:
            return gettext("Stored; waits for the queue and starts by itself")
        if self.status == Job.Status.QUEUED:
            return gettext("Waiting for a worker")
        if self.cancel_asked_at is not None and self.is_open:
            return gettext("Stopping")
        if not self.is_open:
            return gettext("Finished")
        return render(self.phase) if self.phase else gettext("Starting")


def readable(value: Any) -> str:
    """A value of a result as text: numbers with separators, lists as a short enumeration."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return count_text(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {readable(part)}" for name, part in value.items())
    if isinstance(value, list):
        shown = ", ".join(readable(part) for part in value[:10])
        return f"{shown} … ({count_text(len(value))})" if len(value) > 10 else shown
    return str(value)


def job_view(job: Job, as_of: datetime) -> JobView:
    """The view of a row whose `requested_by` is loaded."""
    by = job.requested_by.get_username() if job.requested_by else ""
    times = (job.requested_at, job.dispatched_at, job.started_at, job.finished_at)
    return JobView(
        job.pk,
        render(job.title),
        job.kind,
        job.status,
        job.phase,
        job.done,
        job.total,
        by,
        *times,
        job.arguments,
        job.result,
        as_of,
        job.cancel_asked_at,
        job.attempts,
    )


def jobs_seen_by(access: Access) -> "QuerySet[Job, Job]":
    """The jobs that a person asked for, and everybody's for those with the right to see them."""
    return Job.objects.all() if access.has(SEE_ALL) else Job.objects.filter(requested_by=access.user.pk)


def open_job_count(access: Access) -> int:
    """How many of the jobs that a person sees are not finished; one query on the small index of open jobs."""
    return jobs_seen_by(access).filter(finished_at__isnull=True, status__in=OPEN).count()


def job_for_page(access: Access, job_id: int, as_of: datetime) -> JobView | None:
    """One job that the person sees, or None; two queries."""
    job = jobs_seen_by(access).select_related("requested_by").filter(pk=job_id).first()
    return replace(job_view(job, as_of), files=list(job.files.order_by("pk"))) if job else None


def file_for_download(access: Access, job_id: int, file_id: int) -> StoredFile | None:
    """A file that a job made, for who asked for the job and for who keeps the recurrences; others may see less than stands in it."""
    jobs = Job.objects.all() if access.has(KEEP) else Job.objects.filter(requested_by=access.user.pk)
    return StoredFile.objects.filter(jobs__in=jobs.filter(pk=job_id), pk=file_id, size__isnull=False).first()


def latest_jobs(access: Access, as_of: datetime, limit: int = 6) -> list[JobView]:
    """The jobs that were asked for last among those that a person sees; one query."""
    return [job_view(job, as_of) for job in jobs_seen_by(access).select_related("requested_by").order_by("-id")[:limit]]
