"""Background work: asked for, run once however often it is delivered, brought back when a worker dies, cancelled where a person asks.

The row is committed before the broker hears of it and carries all that the work needs; the broker carries its id. A run holds the job's
session lock and its token: the lock says that it is alive, the token that it is the one that may write.
"""

import json
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.contrib.auth.models import AnonymousUser, User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from core.db.after_commit import send
from core.db.availability import fault_of_server, is_fault_of_server
from core.db.current_actor import acting_as
from core.db.locks import JOB, end_frozen_holders, session_locks
from core.jobs import writes
from core.jobs.chunks import connection_is_gone, is_retryable
from core.jobs.kinds import KINDS, JobResult, written_problems
from core.jobs.models import Job
from core.jobs.queries import work as reads
from core.jobs.run import CancelledError, Run, SupersededError
from core.lib.messages import Message
from core.lib.problems import AS_WRITTEN, BusinessError, Code, Problem, register

logger = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5
# A worker whose connection says nothing for this long, and that is not waiting for the database, is frozen or cut off.
FROZEN_SECONDS = 120
# A job that the broker took and nobody began: it waits behind others, or the broker lost it. Sending it again is harmless.
LOST_SECONDS = 300

register(
    Code(
        "GAVE_UP",
        "jobs",
        "The job was begun several times and its worker died each time.",
        "Look into the worker's log; then repeat it.",
        "Its worker ended before the job did, each time that it was begun.",
    ),
    Code("UNEXPECTED_ERROR_IN_JOB", "jobs", "The job ended with a mistake in the program.", "Repeat it; report it if it happens again."),
    Code(
        "UNKNOWN_JOB_KIND",
        "jobs",
        "This version knows no such kind of job.",
        "Update all workers to one version; then repeat it.",
        "No worker here knows jobs of kind {kind}.",
    ),
)


def request_work(kind: str, title: Message | str, arguments: Mapping[str, Any], user: User | AnonymousUser | None) -> Job:
    """Stores a job of a registered kind and sends it to the workers once the transaction commits.

    A title that is a text is a name that somebody gave. `arguments` must be JSON. A broker that is away loses nothing: the watchdog sends
    what it did not take.
    """
    if kind not in KINDS:
        raise ValueError(f"no job kind {kind!r} is registered")
    with transaction.atomic():
        job = writes.request_job(kind, title, 0, arguments, user.pk if user else None)
        transaction.on_commit(partial(dispatch, job.pk))
    return job


def dispatch(job_id: int) -> bool:
    """Sends a job to the workers and says whether the broker took it. Sending twice is harmless."""
    taken = send("jobs.run", job_id)
    if taken:
        writes.mark_dispatched(job_id)
    return taken


def run_job(job_id: int) -> bool:
    """Runs a job unless somebody else does or did; says whether this call did. One task, one call.

    A job whose work raises BusinessError, or anything else, is failed with its problem. Work that was interrupted by the database is
    queued again, at most MOST_ATTEMPTS times. Raises what the work raised when the connection is lost; the watchdog sees to the job then.
    """
    with session_locks(JOB, [job_id]) as got:
        token = uuid4()
        if not got or not writes.claim_job(job_id, token):
            return False
        job = Job.objects.select_related("requested_by").get(pk=job_id)
        session = connection.connection
        run = Run(job_id, token, job.kind, job.arguments, job.requested_by)
        with closing(run), acting_as(job.requested_by):
            try:
                outcome = _work(run)
                run.report(None)
            except CancelledError:
                close_job(job_id, token, Job.Status.CANCELLED, JobResult())
            except SupersededError:
                logger.warning("job_superseded", job=job_id)
            except Exception as error:
                if connection_is_gone(session):
                    raise
                _record_failure(job, token, error)
            else:
                close_job(job_id, token, Job.Status.FAILED if outcome.failed else Job.Status.DONE, outcome)
    return True


def _work(run: Run) -> JobResult:
    if run.kind not in KINDS:
        raise BusinessError(Problem("UNKNOWN_JOB_KIND", {"kind": run.kind}))
    return KINDS[run.kind].work(run)


def _record_failure(job: Job, token: UUID, error: Exception) -> None:
    """Closes the job with what went wrong, or queues it again when that passes by itself."""
    if is_retryable(error) and job.attempts < MOST_ATTEMPTS:
        if writes.requeue_jobs([job.pk], token):
            dispatch(job.pk)
        return
    if isinstance(error, BusinessError):
        problems = error.problems
    elif is_fault_of_server(error):
        problems = (fault_of_server(error),)
        logger.error("job_without_room", job=job.pk, kind=job.kind, reason=str(problems[0].message))
    else:
        logger.exception("job_failed", job=job.pk, kind=job.kind)
        text = " ".join(str(error).split())[:500]
        problems = (Problem("UNEXPECTED_ERROR_IN_JOB", {"text": f"{type(error).__name__}: {text}"}, variant=AS_WRITTEN),)
    close_job(job.pk, token, Job.Status.FAILED, JobResult({"problems": written_problems(problems)}))


def close_job(job_id: int, token: UUID, status: str, outcome: JobResult) -> None:
    """Writes the end of a run; one that was superseded changes nothing."""
    result = json.dumps(outcome.result, cls=DjangoJSONEncoder)
    if not writes.finish_run(job_id, token, status, result, [file.pk for file in outcome.files]):
        logger.warning("job_superseded", job=job_id)


def cancel_job(job_id: int) -> bool:
    """Cancels a job that nobody began, or asks a running one of a kind that may stop to do so; says whether it could."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or job.kind not in KINDS:
        return False
    return writes.cancel_queued(job_id) or (KINDS[job.kind].cancellable and writes.ask_to_cancel(job_id))


def repeat_job(job: Job, user: User | AnonymousUser | None) -> Job:
    """Asks for the same work again, as a job of its own."""
    return request_work(job.kind, job.title, job.arguments, user)


def rescue_jobs(frozen_seconds: int = FROZEN_SECONDS, lost_seconds: int = LOST_SECONDS) -> dict[str, int]:
    """The watchdog of registered kinds: requeues what dead or frozen workers left, sends what the broker did not take or lost.

    A running job whose session lock is free belongs to a dead worker. Waits for no row and no lock.
    """
    if frozen := reads.running_jobs(list(KINDS), frozen_seconds):
        end_frozen_holders(JOB, frozen, frozen_seconds)
    requeued: list[int] = []
    if running := reads.running_jobs(list(KINDS)):
        with session_locks(JOB, running) as free:
            result = json.dumps({"problems": written_problems([Problem("GAVE_UP")])})
            writes.give_up_jobs(free, MOST_ATTEMPTS, result)
            requeued = writes.requeue_jobs(free)
    waiting = reads.unattended_jobs(list(KINDS), lost_seconds)
    return {"requeued": len(requeued), "dispatched": sum(dispatch(job_id) for job_id in sorted({*waiting, *requeued}))}
