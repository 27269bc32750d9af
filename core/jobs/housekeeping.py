"""Recurring upkeep: files whose time is over are removed."""

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core.files.writes import remove_expired
from core.jobs.kinds import JobResult, register_kind
from core.jobs.models import Job
from core.jobs.recurrence_kinds import register_recurring
from core.jobs.run import Run
from core.jobs.services import request_work

KIND = "remove_expired_files"


def remove_files(run: Run) -> JobResult:
    """The work: results stay, only the files go."""
    return JobResult({"files_removed": remove_expired(timezone.now())})


def start(title: str, actor: User) -> Job:
    """Requests a run of the job."""
    return request_work(KIND, title, {}, actor)


register_kind(KIND, remove_files, unit=gettext_lazy("files"))
register_recurring(
    KIND,
    gettext_lazy("Remove expired files"),
    gettext_lazy("Removes uploaded files, exports and rejects that nobody needs to keep; results and counts stay."),
    start,
)
