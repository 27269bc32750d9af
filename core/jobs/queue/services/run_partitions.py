"""The runner: takes queued documents of its partitions chunk by chunk, whatever kind they are.

Locks: the partition lock of each warehouse for as long as it is worked (session level), then what the work of a chunk takes: the documents'
rows (FOR NO KEY UPDATE, by id), then on-hand rows (FOR NO KEY UPDATE, by warehouse, item, batch). Always in this order.
"""

import time
from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

import structlog
from django.db import InternalError, OperationalError

from core.db.availability import fault_of_server, is_fault_of_server
from core.db.durability import commits_without_waiting
from core.db.locks import session_locks
from core.jobs.queue import queries as reads
from core.jobs.queue import writes
from core.jobs.queue.rules import QueueEntry, cut_chunks, progress_of
from core.jobs.queue.work import OpenRun, Worker
from core.jobs.writes import add_progress, mark_started
from core.lib.garbage import collected_by_batch
from core.lib.messages import Message
from core.lib.problems import BusinessError

logger = structlog.get_logger(__name__)


def work_partitions(worker: Worker, warehouse_ids: Collection[int], actor: str, seconds: float | None = None) -> bool:
    """Works what is queued in the warehouses, in partition order, until nothing is left or `seconds` have passed.

    Warehouses that another worker holds are left to it. What an earlier run left unfinished comes first: a later day that overtook it
    would get its batches. Says whether queued documents remain.
    """
    ends_at = None if seconds is None else time.monotonic() + seconds
    with session_locks(worker.spec.lock, warehouse_ids) as partitions, commits_without_waiting(), collected_by_batch() as collect:
        bring_back_abandoned(worker, partitions, actor)
        while queued := reads.queued_documents(worker.spec, partitions):
            open_run = worker.open()
            by_id = {document.document_id: document for document in queued}
            size = worker.chunk_lines()
            for place, chunk in enumerate(cut_chunks(queued, size)):
                if place and worker.chunk_lines() != size:
                    # Somebody waits by now, or nobody any more: what is left is cut anew.
                    break
                run_one_chunk(worker, [by_id[document_id] for document_id in chunk], open_run, actor)
                collect()
                if ends_at is not None and time.monotonic() > ends_at:
                    return True
    return bool(reads.queued_documents(worker.spec, warehouse_ids))


def bring_back_abandoned(worker: Worker, partitions: Collection[int], actor: str) -> list[int]:
    """Queues again what a dead run left in partitions that the caller holds; gives the documents."""
    abandoned = writes.requeue_abandoned(worker.spec, partitions)
    worker.record_interruption(abandoned, Message("Its run ended before it was done; queued again."), actor)
    return abandoned


def run_one_chunk(worker: Worker, documents: Sequence[QueueEntry], open_run: OpenRun, actor: str) -> None:
    """Claims the documents and works them.

    Progress goes to the jobs that asked for the documents, whosever partition this is, once for each document that this run ends.
    Raises BusinessError DATABASE_WITHOUT_ROOM, DATABASE_READ_ONLY; the documents are queued again then and none is marked.
    """
    token = uuid4()
    for job_id in sorted(progress_of(documents)):
        mark_started(job_id)
    claimed = writes.claim_documents(worker.spec, [document.document_id for document in documents], token)
    if not claimed:
        return
    try:
        run = open_run(claimed, token, actor)
        run.run()
    except (OperationalError, InternalError) as error:
        release(worker, token)
        if is_fault_of_server(error):
            raise BusinessError(fault_of_server(error)) from None
        raise
    except BaseException:
        release(worker, token)
        raise
    ended = progress_of(document for document in documents if document.document_id in run.ended)
    for job_id, lines in sorted(ended.items()):
        add_progress(job_id, lines, worker.done_phase)


def release(worker: Worker, token: UUID) -> None:
    """Gives claimed documents back to the queue when a run ends early; without a database the watchdog does it."""
    try:
        worker.record_interruption(writes.release_documents(worker.spec, token), None, "")
    except Exception:
        logger.warning("release_left_to_watchdog", token=str(token))
