"""The registry of advisory locks, and the only place that takes them.

A lane lock is a session-level lock on one warehouse: postings of one warehouse run one at a time and in order, across the several
transactions of a run. It is freed by PostgreSQL itself when the connection ends, so a killed worker leaves no lock behind.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from retailhq.db.bulk import fetch_all, fetch_value

LANE = 71001  # one per warehouse id; session level
CALCULATION = 71002  # one per store id; transaction level
IMPORT = 71003  # one per kind of file (ImportKind); transaction level
TRANSACTION_IMPORT = 71004  # one per store id; transaction level


@contextmanager
def lane_locks(warehouse_ids: Collection[int]) -> Iterator[list[int]]:
    """Tries to take the lane lock of each warehouse, in sorted order, and yields those that it got; never waits.

    Postings that this returns nothing for are in the hands of another worker. Locks are given back on leaving.
    """
    got: list[int] = []
    try:
        for warehouse_id in sorted(set(warehouse_ids)):
            if fetch_value("SELECT pg_try_advisory_lock(%s, %s)", (LANE, warehouse_id)):
                got.append(warehouse_id)
        yield got
    finally:
        if got:
            fetch_all("SELECT pg_advisory_unlock(%s, w) FROM unnest(%s::int[]) AS w", (LANE, got))


def lock_for_transaction(namespace: int, keys: Sequence[int]) -> None:
    """Waits for the transaction-level locks of all keys, in sorted order; freed at commit or rollback."""
    if keys:
        fetch_all("SELECT pg_advisory_xact_lock(%s, k) FROM unnest(%s::int[]) AS k ORDER BY k", (namespace, sorted(set(keys))))


def end_lane_holders(warehouse_ids: Iterable[int]) -> None:
    """Ends the other connections that hold these lane locks: the way to get a lane back from a frozen worker."""
    fetch_all(
        """
        SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND classid = %s AND objid = ANY(%s::oid[]) AND granted AND pid <> pg_backend_pid()
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        (LANE, sorted(set(warehouse_ids))),
    )
