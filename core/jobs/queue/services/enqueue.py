"""Asks for work on documents, shares it out to workers, brings interrupted work back, and closes the jobs."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import structlog
from django.db import DatabaseError, transaction

from core.access.scope import Scope
from core.db.after_commit import send
from core.db.locks import end_frozen_holders, session_locks
from core.jobs.models import Job
from core.jobs.queue import queries as reads
from core.jobs.queue import writes
from core.jobs.queue.rules import group_partitions
from core.jobs.queue.services.run_partitions import bring_back_abandoned, work_partitions
from core.jobs.queue.work import Worker
from core.jobs.writes import add_progress, beat, finish_job, mark_dispatched, request_job
from core.lib.messages import Message
from core.lib.problems import BusinessError

logger = structlog.get_logger(__name__)

SLICE_SECONDS = 60
BUSY_PARTITION_SECONDS = 2
HEARTBEAT_SECONDS = 30


def request_work(
    worker: Worker,
    document_ids: Sequence[int],
    title: Callable[[int], Message],
    user_id: int | None,
    actor: str,
    *,
    to_workers: bool,
    scope: Scope | None,
) -> Job | None:
    """Queues idle documents under a new job and sends it to the workers once committed; None, and nothing done, when none could be queued.

    Documents that are done or in work already are left alone: asking twice does it once. A broker that is away loses nothing: the job
    waits and the watchdog sends it. Without `to_workers` the caller runs the job itself. Documents of stores outside `scope` are left
    alone; None sees all stores.
    """
    with transaction.atomic():
        job = request_job(worker.spec.kind, title(len(document_ids)), 0, {}, user_id)
        queued = writes.queue_documents(worker.spec, document_ids, job.pk, scope.store_ids if scope else None)
        if not queued:
            transaction.set_rollback(True)
            return None
        job.total = sum(partition.lines for partition in reads.queued_partitions(worker.spec, job.pk))
        job.title = title(len(queued))
        job.save(update_fields=("total", "title"))
        worker.record_request(job, queued, actor)
        if to_workers:
            transaction.on_commit(partial(dispatch, worker, job.pk))
        else:
            mark_dispatched(job.pk)
    return job


def partition_groups(worker: Worker, job_id: int) -> list[list[int]]:
    """Warehouses that wait for the job, shared out to as many groups as partitions may run side by side."""
    return group_partitions(reads.queued_partitions(worker.spec, job_id), worker.max_partitions())


def dispatch(worker: Worker, job_id: int) -> bool:
    """Sends a task per partition group; says whether the broker took them. Sending twice does no harm: documents are claimed."""
    taken = all(send(worker.spec.task, job_id, group) for group in partition_groups(worker, job_id))
    if taken:
        mark_dispatched(job_id)
    return taken


def work_slice(worker: Worker, job_id: int, warehouse_ids: Sequence[int], actor: str = "worker") -> bool:
    """What one task does: works for a while, closes the job when all is done. Says whether the task must be sent again."""
    more = work_partitions(worker, warehouse_ids, actor, SLICE_SECONDS)
    if more:
        # Somebody works in these partitions, perhaps for another job: the watchdog need not send this one again.
        beat(job_id)
    close_finished_jobs(worker)
    return more


def run_task(worker: Worker, job_id: int, warehouse_ids: Sequence[int]) -> None:
    """The whole of a task: works the partitions for a while, and sends itself again while documents wait.

    A database without room ends it with one line in the log; the job says why it waits, and the watchdog sends it again.
    """
    try:
        more = work_slice(worker, job_id, warehouse_ids)
    except BusinessError as error:
        logger.error("posting_waits", job=job_id, reason=str(error))
        with suppress(DatabaseError):
            add_progress(job_id, 0, error.problems[0].message)
        return
    if more:
        send(worker.spec.task, job_id, list(warehouse_ids), countdown=BUSY_PARTITION_SECONDS)


def run_inline(worker: Worker, job_id: int, actor: str) -> None:
    """Works a job's partitions in this process, without a worker."""
    work_partitions(worker, [partition.warehouse_id for partition in reads.queued_partitions(worker.spec, job_id)], actor)
    close_finished_jobs(worker)


def finish_here(worker: Worker, document_ids: Sequence[int], actor: str) -> None:
    """Works in this process what was asked for, whoever asked and whatever became of it; partitions that a worker holds are left to it."""
    work_partitions(worker, reads.find_partitions(worker.spec, document_ids), actor)
    close_finished_jobs(worker)


def close_finished_jobs(worker: Worker) -> None:
    """Closes open jobs that have no document in work, with what became of their documents."""
    for row in reads.finished_jobs(worker.spec):
        job_id = row.pop("id")
        status = Job.Status.FAILED if any(row[name] for name in worker.spec.failing) else Job.Status.DONE
        finish_job(job_id, status, json.dumps(row))


def rescue_interrupted(worker: Worker, quiet_seconds: int = HEARTBEAT_SECONDS) -> dict[str, int]:
    """The watchdog: requeues what dead or frozen workers left, sends jobs again that nobody works on, closes finished ones.

    Documents are worked under their partition's lock, so a running document whose partition is free belongs to a dead worker. A frozen
    worker still holds its partition and perhaps rows: when a document of the partition has had no heartbeat and its connection has said
    nothing for a while, the connection is ended: the partition is free then, and the worker cannot write. Waits for no row or partition.
    """
    spec = worker.spec
    if quiet := reads.find_running_partitions(spec, quiet_seconds):
        end_frozen_holders(spec.lock, quiet, quiet_seconds)
    abandoned: list[int] = []
    if running := reads.find_running_partitions(spec):
        with session_locks(spec.lock, running) as free:
            abandoned = bring_back_abandoned(worker, free, "watchdog")
    close_finished_jobs(worker)
    waiting = reads.unattended_jobs(spec, quiet_seconds)
    jobs = sorted({*waiting, *reads.jobs_of(spec, abandoned)})
    return {"requeued": len(abandoned), "dispatched": sum(dispatch(worker, job_id) for job_id in jobs)}
