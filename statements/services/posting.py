"""Asks for the posting of statements, shares it out to workers, and closes the job."""

import json
from collections.abc import Sequence
from functools import partial

from django.db import transaction

from retailhq.access.models import AuditEntry
from retailhq.access.scope import Scope
from retailhq.access.writes import record_deed
from retailhq.db.after_commit import send
from retailhq.db.bulk import fetch_all, fetch_dicts
from retailhq.db.locks import end_frozen_lane_holders, lane_locks
from retailhq.jobs.models import Job
from retailhq.jobs.writes import beat, finish_job, mark_dispatched, request_job
from retailhq.lib.problems import BusinessError, Code, Problem, register
from statements.queries import posting as reads
from statements.rules.lanes import group_lanes
from statements.rules.states import PostState
from statements.services.runner import run_lanes
from statements.writes.posting import add_events, queue_statements, requeue_abandoned

KIND = "post_statements"
SLICE_SECONDS = 60
HEARTBEAT_SECONDS = 30
STATEMENTS_IN_TRAIL = 1000

register(
    Code(
        "NOTHING_TO_POST",
        "posting",
        "None of the statements can be posted now.",
        "Calculate statements first; statements that are posted or being posted are left alone.",
    ),
)


def postable_statements(store_codes: Sequence[str] = (), numbers: Sequence[str] = ()) -> list[int]:
    """Idle statements that are calculated or failed, by store and number where given."""
    return reads.calculated_statements(in_work=False, store_codes=store_codes, numbers=numbers)


def statements_in_work(store_codes: Sequence[str] = (), numbers: Sequence[str] = ()) -> list[int]:
    """Statements that somebody asked for and that are not done, by store and number where given."""
    return reads.calculated_statements(in_work=True, store_codes=store_codes, numbers=numbers)


def request_posting(
    statement_ids: Sequence[int], user_id: int | None, actor: str = "", *, to_workers: bool = True, scope: Scope | None = None
) -> Job:
    """Queues idle statements under a new job and sends it to the workers once committed.

    Statements that are posted or in work already are left alone: asking twice posts once. A broker that is away loses nothing: the job
    waits and the watchdog sends it. Without `to_workers` the caller runs the job itself. Statements of stores outside `scope` are left
    alone; commands have none and see all stores. Raises BusinessError NOTHING_TO_POST when no statement could be queued.
    """
    with transaction.atomic():
        job = request_job(KIND, "Post statements", 0, {}, user_id)
        queued = queue_statements(statement_ids, job.pk, scope.store_ids if scope else None)
        if not queued:
            raise BusinessError(
                Problem("NOTHING_TO_POST", "None of these statements can be posted now: they are posted, being posted or not calculated.")
            )
        job.total = sum(lane.lines for lane in reads.queued_lanes(job.pk))
        job.title = f"Post {len(queued)} statement" + ("s" if len(queued) > 1 else "")
        job.save(update_fields=("total", "title"))
        add_events([(statement_id, "post", "", "") for statement_id in queued], actor)
        record_deed(AuditEntry.Deed.POST, actor, job.title, {"job": job.pk, "statements": queued[:STATEMENTS_IN_TRAIL]})
        if to_workers:
            transaction.on_commit(partial(dispatch, job.pk))
        else:
            mark_dispatched(job.pk)
    return job


def lane_groups(job_id: int) -> list[list[int]]:
    """Warehouses that wait for the job, shared out to as many groups as lanes may run side by side."""
    lanes = reads.queued_lanes(job_id)
    most = fetch_all("SELECT COALESCE(max(posting_max_parallel_lanes), 1) FROM parameters_retailparameters")[0][0]
    return group_lanes(lanes, most)


def dispatch(job_id: int) -> bool:
    """Sends a task per lane group; says whether the broker took them. Sending twice is harmless: lanes are locked, statements claimed."""
    taken = all(send("statements.post_lanes", job_id, group) for group in lane_groups(job_id))
    if taken:
        mark_dispatched(job_id)
    return taken


def work_lanes(job_id: int, warehouse_ids: Sequence[int], actor: str = "worker") -> bool:
    """What one task does: posts for a while, closes the job when all is done. Says whether the task must be sent again."""
    more = run_lanes(warehouse_ids, actor, SLICE_SECONDS)
    if more:
        # Somebody works in these lanes, perhaps for another job: the watchdog need not send this one again.
        beat(job_id)
    close_finished_jobs()
    return more


def run_inline(job_id: int, actor: str) -> None:
    """Posts a job's lanes in this process, without a worker."""
    run_lanes([lane.warehouse_id for lane in reads.queued_lanes(job_id)], actor)
    close_finished_jobs()


def finish_here(statement_ids: Sequence[int], actor: str) -> None:
    """Posts in this process what was asked for, whoever asked and whatever became of it; lanes that a worker holds are left to it."""
    run_lanes(reads.lanes_of(statement_ids), actor)
    close_finished_jobs()


def close_finished_jobs() -> None:
    """Closes open posting jobs that have no statement in work, with what became of their statements.

    A job whose statements were all asked for again by later jobs has none left, and is closed as well.
    """
    rows = fetch_dicts(
        """
        SELECT j.id, count(*) FILTER (WHERE t.post_state = %(posted)s) AS posted, count(*) FILTER (WHERE t.failed_state <> '') AS failed,
               count(*) FILTER (WHERE t.failed_state = '' AND t.error_code <> '') AS held
        FROM jobs_job j LEFT JOIN statements_statement t ON t.job_id = j.id
        WHERE j.kind = %(kind)s AND j.finished_at IS NULL
        GROUP BY j.id HAVING COALESCE(bool_and(t.work_state = ''), true)
        """,
        {"posted": PostState.POSTED, "kind": KIND},
    )
    for row in rows:
        status = Job.Status.FAILED if row["failed"] or row["held"] else Job.Status.DONE
        finish_job(row["id"], status, json.dumps({"posted": row["posted"], "failed": row["failed"], "held": row["held"]}))


def rescue_interrupted(quiet_seconds: int = HEARTBEAT_SECONDS) -> dict[str, int]:
    """The watchdog: requeues what dead or frozen workers left, sends jobs again that nobody works on, closes finished ones.

    Statements are worked under their lane's lock, so a running statement whose lane is free belongs to a dead worker. A frozen one still
    holds its lane and perhaps rows: when a statement of the lane has had no heartbeat and its connection has said nothing for a while,
    the connection is ended, so that the lane is free and the worker cannot write. Waits for no row and no lane.
    """
    if quiet := reads.lanes_of_running(quiet_seconds):
        end_frozen_lane_holders(quiet, quiet_seconds)
    abandoned: list[int] = []
    if running := reads.lanes_of_running():
        with lane_locks(running) as free:
            abandoned = requeue_abandoned(free, "watchdog")
    close_finished_jobs()
    waiting = reads.unattended_jobs(KIND, quiet_seconds)
    jobs = sorted({*waiting, *reads.jobs_of(abandoned)})
    return {"requeued": len(abandoned), "dispatched": sum(dispatch(job_id) for job_id in jobs)}
