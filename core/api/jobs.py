"""Jobs as calls see them: asked for, waited for, explained."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Annotated, Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from core.api.answers import ErrorItem, json_response, refusal, render_for_caller
from core.api.caller import Bearer, request_token
from core.api.models import Token, TokenJob
from core.jobs.kinds import problems_of_result
from core.jobs.models import Job
from core.lib.problems import Problem

# A waiting call holds a thread of the web server; the others keep half of them.
MOST_WAITING = max(1, settings.WEB_THREADS // 2)
FIRST_LOOK, LAST_LOOK = 0.01, 0.25
waiting = BoundedSemaphore(MOST_WAITING)

Wait = Annotated[int, Query(ge=0, le=3600, description="Seconds to hold the answer; the server holds it no longer than its own limit.")]
Explain = Callable[[int], Sequence[ErrorItem]]
EXPLAIN: dict[str, Explain] = {}


def register_explanation(kind: str, explain: Explain) -> None:
    """What says why jobs of that kind failed, by job."""
    EXPLAIN[kind] = explain


class JobOut(Schema):
    """Background work. `status` is queued, running, done, failed or cancelled; `problems` say why something of it failed."""

    job: int
    kind: str
    title: str
    status: Job.Status
    done: int
    total: int
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: dict[str, Any]
    problems: list[ErrorItem]


def job_out(job: Job) -> JobOut:
    """A job for an answer; what explains its failures is read only when there are any."""
    failed = job.status == Job.Status.FAILED
    return JobOut(
        job=job.pk,
        kind=job.kind,
        title=render_for_caller(job.title),
        status=Job.Status(job.status),
        done=job.done,
        total=job.total,
        requested_at=job.requested_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        result=result_payload(job.result),
        problems=list(EXPLAIN[job.kind](job.pk)) if failed and job.kind in EXPLAIN else [],
    )


def result_payload(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a job with what went wrong in the caller's language."""
    if "problems" not in result:
        return dict(result)
    return {**result, "problems": [{"code": one.code, "message": render_for_caller(one.message)} for one in problems_of_result(result)]}


def address_of(job_id: int) -> str:
    """Where the job can be looked at."""
    return f"/api/v1/jobs/{job_id}"


def ended_job(job_id: int, seconds: float) -> Job:
    """The job once it has ended, or as it is after so many seconds; at once when as many calls wait as may.

    Looks at one row by its key: at first every 10 ms, then whenever an eighth of the time so far has passed again, so that an answer is
    late by that much at most, and at least four times a second. To be told (LISTEN) would be quicker by some
    milliseconds, but would need a state of the connection that has to be cleaned up after every way in which a call can end.
    """
    job = Job.objects.get(pk=job_id)
    seconds = min(seconds, settings.API_WAIT_SECONDS)
    if job.finished_at is not None or seconds <= 0 or not waiting.acquire(blocking=False):
        return job
    try:
        left, began_at = seconds, monotonic()
        while left > 0:
            sleep(min(left, LAST_LOOK, max(FIRST_LOOK, (seconds - left) / 8)))
            job = Job.objects.get(pk=job_id)
            if job.finished_at is not None:
                break
            left = began_at + seconds - monotonic()
    finally:
        waiting.release()
    return job


def job_of(token: Token, job_id: int) -> Job:
    """A job that the token asked for. Raises ApiError UNKNOWN_JOB."""
    job = Job.objects.filter(pk=job_id, pk__in=jobs_requested_by(token)).first() if job_id < 2**63 else None
    if job is None:
        raise refusal(Problem("UNKNOWN_JOB", {"job": job_id}))
    return job


def jobs_requested_by(token: Token) -> "QuerySet[TokenJob, Any]":
    """Keys of the jobs that the token asked for."""
    return TokenJob.objects.filter(token=token).values("job")


router = Router(tags=["Jobs"])


@router.get("/jobs/{int:job_id}", auth=Bearer(), response=JobOut, operation_id="get_job", summary="A job that this token asked for")
def get_job(request: HttpRequest, job_id: int, wait: Wait = 0) -> HttpResponse:
    """How far background work is; with `wait` the answer is held until it has ended, or for so many seconds."""
    job = ended_job(job_of(request_token(request), job_id).pk, wait)
    return json_response(200, job_out(job).model_dump(mode="json"))
