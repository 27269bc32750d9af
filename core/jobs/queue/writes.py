"""Claims on documents. Every change is compare-and-set: the old state, and the run's token where there is one, stand in the WHERE."""

from collections.abc import Collection
from uuid import UUID

from core.db.bulk import fetch_all
from core.jobs.queue.spec import IDLE, QUEUED, RUNNING, QueueSpec


def queue_documents(spec: QueueSpec, document_ids: Collection[int], job_id: int, store_ids: Collection[int] | None) -> list[int]:
    """Idle documents of these stores (None: all) that may be queued become so, for the job; gives those that did."""
    stores = None if store_ids is None else sorted(store_ids)
    return _ids(
        f"""
        UPDATE {spec.name} SET work_state = %s, job_id = %s
        WHERE id IN (
            SELECT id FROM {spec.name}
            WHERE id = ANY(%s) AND work_state = %s AND {spec.queueable} AND (%s::int[] IS NULL OR store_id = ANY(%s))
            ORDER BY id FOR NO KEY UPDATE
        )
        RETURNING id
        """,
        [QUEUED, job_id, list(document_ids), IDLE, stores, stores],
    )


def claim_documents(spec: QueueSpec, document_ids: Collection[int], token: UUID) -> list[int]:
    """Queued documents become running under this run's token; gives those that did. The failure of the last attempt is forgotten."""
    return _ids(
        f"""
        UPDATE {spec.name}
        SET work_state = %s, run_token = %s, heartbeat_at = clock_timestamp(), attempts = attempts + 1, error_code = '', error_text = NULL
            {spec.reset_columns}
        WHERE id IN (SELECT id FROM {spec.name} WHERE id = ANY(%s) AND work_state = %s ORDER BY id FOR NO KEY UPDATE)
        RETURNING id
        """,
        [RUNNING, token, list(document_ids), QUEUED],
    )


def hold_documents(spec: QueueSpec, document_ids: Collection[int], token: UUID) -> set[int]:
    """Locks the rows of those documents that are still this run's: the fence against a run that was given up."""
    sql = f"SELECT id FROM {spec.name} WHERE id = ANY(%s) AND work_state = %s AND run_token = %s ORDER BY id FOR NO KEY UPDATE"
    return set(_ids(sql, [list(document_ids), RUNNING, token]))


def requeue_abandoned(spec: QueueSpec, warehouse_ids: Collection[int]) -> list[int]:
    """Running documents of partitions that the caller holds go back to queued; gives them.

    Documents are only worked under their partition's lock, so these belong to runs that have ended. Should one of them wake up,
    it can no longer write: its token is gone.
    """
    return _ids(
        f"""
        UPDATE {spec.name} SET work_state = %s, run_token = NULL, heartbeat_at = NULL
        WHERE id IN (
            SELECT id FROM {spec.name}
            WHERE warehouse_id = ANY(%s) AND work_state = %s AND {spec.unfinished} ORDER BY id FOR NO KEY UPDATE
        )
        RETURNING id
        """,
        [QUEUED, list(warehouse_ids), RUNNING],
    )


def release_documents(spec: QueueSpec, token: UUID) -> list[int]:
    """Running documents of a run that ends early go back to queued."""
    return _ids(
        f"""
        UPDATE {spec.name} SET work_state = %s, run_token = NULL, heartbeat_at = NULL
        WHERE work_state = %s AND {spec.unfinished} AND run_token = %s RETURNING id
        """,
        [QUEUED, RUNNING, token],
    )


def _ids(sql: str, values: list[object]) -> list[int]:
    return [row[0] for row in fetch_all(sql, values)]
