"""The registry of advisory locks, and the only place that takes them; the lock of a single row.

A partition lock is a session-level lock on one warehouse: postings of one warehouse run one at a time and in order, across the several
transactions of a run. It is freed by PostgreSQL itself when the connection ends, so a killed worker leaves no lock behind.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from django.db.models import Model

from core.db.bulk import fetch_all

ModelT = TypeVar("ModelT", bound=Model)

STATEMENT_PARTITION = 71001  # statements, one per warehouse id; session level
CALCULATION = 71002  # one per store id; transaction level
IMPORT = 71003  # one per kind of file (ImportKind); transaction level
TRANSACTION_IMPORT = 71004  # one per store id; transaction level
JOB = 71005  # one per job id; session level
RECURRENCE = 71006  # one per recurrence id; transaction level
DELIVERY_PARTITION = 71007  # deliveries of customer orders, one per warehouse id; session level
USERS = 71008  # one, for changes of who may do what; transaction level
SETTLEMENT = 71009  # settlement of batch debt, one per warehouse id; transaction level


@contextmanager
def session_locks(namespace: int, keys: Collection[int]) -> Iterator[list[int]]:
    """Tries to take the session-level lock of each key and yields those that it got; never waits. One query, one to give back.

    What this returns nothing for is in the hands of another worker. Locks are given back on leaving.
    """
    wanted = sorted(set(keys))
    got = [row[0] for row in fetch_all("SELECT k FROM unnest(%s::int[]) AS k WHERE pg_try_advisory_lock(%s, k)", (wanted, namespace))]
    try:
        yield got
    finally:
        if got:
            fetch_all("SELECT pg_advisory_unlock(%s, k) FROM unnest(%s::int[]) AS k", (namespace, got))


def lock_for_transaction(namespace: int, keys: Sequence[int]) -> None:
    """Waits for the transaction-level locks of all keys, in sorted order; freed at commit or rollback."""
    if keys:
        fetch_all("SELECT pg_advisory_xact_lock(%s, k) FROM unnest(%s::int[]) AS k ORDER BY k", (namespace, sorted(set(keys))))


def end_frozen_holders(namespace: int, keys: Iterable[int], quiet_seconds: int) -> list[int]:
    """Ends the other connections that hold these session-level locks and said nothing for a while; gives their process numbers.

    The way to get a lock back from a frozen worker, or from one whose machine is gone without a word. A connection that waits for the
    server, however long, belongs to a worker that is alive and is left alone. Waits up to five seconds for each connection to end.
    """
    rows = fetch_all(
        """
        SELECT pid, pg_terminate_backend(pid, 5000)
        FROM (
            SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objid = ANY(%s::oid[]) AND l.granted AND l.pid <> pg_backend_pid()
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND a.state <> 'active' AND a.state_change < clock_timestamp() - make_interval(secs => %s)
        ) frozen
        """,
        (namespace, sorted(set(keys)), quiet_seconds),
    )
    return [row[0] for row in rows]


def locked_row(model: type[ModelT], key: object) -> ModelT:
    """The row of that key, locked against every other change until the transaction ends; one query. Raises the model's DoesNotExist."""
    return model._default_manager.select_for_update().get(pk=key)
