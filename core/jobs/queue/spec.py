"""What the engine has to know of a table of documents: all of it constants of our own, so SQL may be made from them."""

from collections.abc import Mapping
from dataclasses import dataclass

IDLE, QUEUED, RUNNING = "", "queued", "running"


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A table with id, store_id, warehouse_id, job_id, work_state, run_token, heartbeat_at, attempts, error_code and error_text.

    `kind` is that of the jobs that ask for its documents, `task` the Celery task that works them, `lock` the namespace of its
    partition locks.
    `unit` (of decision), `order` (within a warehouse) and `lines` are SQL expressions over one row; `queueable` says which idle rows may be
    queued, `unfinished` which rows may be in work at all: the predicate of the indexes that find them. No state of the work stands there,
    as a row's indexes are all written anew when a column of one of them, or of its predicate, changes. `reset_columns` adds assignments to
    those that a claim makes. `outcomes` counts, by condition, what became of a job's documents; the job failed if one of those in
    `failing` is above zero.
    """

    name: str
    kind: str
    task: str
    lock: int
    unit: str
    order: str
    lines: str
    queueable: str
    unfinished: str
    outcomes: Mapping[str, str]
    failing: frozenset[str]
    reset_columns: str = ""
