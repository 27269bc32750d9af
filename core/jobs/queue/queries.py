"""What waits in the partitions, what is in work there, and for which jobs."""

from collections.abc import Collection
from typing import Any

from core.db.bulk import array, fetch_all, fetch_as, fetch_dicts
from core.jobs.queue.rules import Partition, QueueEntry
from core.jobs.queue.spec import QUEUED, RUNNING, QueueSpec


def queued_documents(spec: QueueSpec, warehouse_ids: Collection[int]) -> list[QueueEntry]:
    """Queued documents of the warehouses in partition order: warehouse, then what the table orders by."""
    return fetch_as(
        QueueEntry,
        f"""
        SELECT id AS document_id, warehouse_id, {spec.unit} AS unit, {spec.lines} AS line_count, job_id FROM {spec.name}
        WHERE work_state = %s AND {spec.unfinished} AND warehouse_id = ANY(%s) ORDER BY warehouse_id, {spec.order}
        """,
        [QUEUED, list(warehouse_ids)],
    )


def queued_partitions(spec: QueueSpec, job_id: int) -> list[Partition]:
    """Lines that wait for the job, by warehouse; each document counts as one line more."""
    return fetch_as(
        Partition,
        f"""
        SELECT warehouse_id, sum({spec.lines} + 1)::bigint AS lines FROM {spec.name}
        WHERE job_id = %s AND work_state = %s AND {spec.unfinished} GROUP BY 1 ORDER BY 1
        """,
        [job_id, QUEUED],
    )


def find_partitions(spec: QueueSpec, document_ids: Collection[int]) -> list[int]:
    """Warehouses of the documents."""
    return [
        row[0] for row in fetch_all(f"SELECT DISTINCT warehouse_id FROM {spec.name} WHERE id = ANY(%s::bigint[])", [array(document_ids)])
    ]


def find_running_partitions(spec: QueueSpec, quiet_seconds: int | None = None) -> list[int]:
    """Warehouses with running documents; with `quiet_seconds`, with one whose heartbeat is older."""
    rows = fetch_all(
        f"""
        SELECT DISTINCT warehouse_id FROM {spec.name}
        WHERE work_state = %s AND {spec.unfinished} AND (%s::int IS NULL OR heartbeat_at < clock_timestamp() - make_interval(secs => %s))
        """,
        [RUNNING, quiet_seconds, quiet_seconds or 0],
    )
    return [row[0] for row in rows]


def unattended_jobs(spec: QueueSpec, quiet_seconds: int) -> list[int]:
    """Open jobs that the broker never took, or that were neither sent nor worked on for a while."""
    rows = fetch_all(
        """
        SELECT id FROM jobs_job
        WHERE kind = %s AND finished_at IS NULL
          AND (dispatched_at IS NULL OR greatest(heartbeat_at, dispatched_at) < clock_timestamp() - make_interval(secs => %s))
        """,
        [spec.kind, quiet_seconds],
    )
    return [row[0] for row in rows]


def jobs_of(spec: QueueSpec, document_ids: Collection[int]) -> list[int]:
    """Jobs that asked for the documents."""
    sql = f"SELECT DISTINCT job_id FROM {spec.name} WHERE id = ANY(%s) AND job_id IS NOT NULL"
    return [row[0] for row in fetch_all(sql, [list(document_ids)])]


def finished_jobs(spec: QueueSpec) -> list[dict[str, Any]]:
    """Open jobs that have no document in work, with what became of their documents by outcome.

    A job whose documents were all asked for again by later jobs has none left, and is among them. Two queries, one where no job has
    ended; neither reads the history of documents.
    """
    # First from the few documents in work, then by the jobs' own numbers: joined in one query, the second part is a scan of the
    # whole table wherever statistics have seen few jobs of many documents, and a till's order would pay for it.
    sql = f"""
        SELECT j.id FROM jobs_job j WHERE j.kind = %s AND j.finished_at IS NULL
          AND NOT EXISTS (SELECT FROM {spec.name} d WHERE d.job_id = j.id AND d.work_state <> '' AND {spec.unfinished})
        ORDER BY j.id
    """
    ended = [row[0] for row in fetch_all(sql, [spec.kind])]
    if not ended:
        return []
    counted = [f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in spec.outcomes.items()]
    rows = fetch_dicts(
        f"SELECT d.job_id AS id, {', '.join(counted)} FROM {spec.name} d WHERE d.job_id = ANY(%s::bigint[]) GROUP BY d.job_id",
        [array(ended)],
    )
    found = {row["id"]: row for row in rows}
    return [found.get(job_id) or {"id": job_id, **dict.fromkeys(spec.outcomes, 0)} for job_id in ended]
