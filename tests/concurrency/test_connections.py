"""Connections that are kept: what a server's restart or somebody else's hand does to them."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.db.utils import OperationalError

from core.db.bulk import execute, fetch_value
from core.db.locks import STATEMENT_PARTITION, session_locks
from core.jobs.chunks import run_chunk
from tests.concurrency.parallel import wait_until_partitions_are_free
from tests.statements.retail_chain import RetailChain

HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"


@pytest.fixture(autouse=True)
def no_dead_connection_is_left(chain: RetailChain) -> Iterator[None]:
    yield
    connection.close()


def end_this_connection() -> None:
    """What a restart of the server does to it."""
    assert connection.connection is not None
    ours = connection.connection.info.backend_pid
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
    finally:
        other.close()


def test_a_restarted_server_costs_no_task(chain: RetailChain) -> None:
    """A worker keeps its connection between tasks; the first thing that a task does goes through our own cursor."""
    connection.close_if_unusable_or_obsolete()  # what Celery does before each task
    fetch_value("SELECT 1")
    connection.close_if_unusable_or_obsolete()
    end_this_connection()
    assert fetch_value("SELECT 1") == 1


def test_within_a_run_a_lost_connection_is_an_error(chain: RetailChain) -> None:
    """Not quietly replaced: the partition locks and the open transaction went with it."""

    def run() -> None:
        with session_locks(STATEMENT_PARTITION, [1]), transaction.atomic():
            fetch_value("SELECT 1")
            end_this_connection()
            execute("SELECT 1")

    with pytest.raises(OperationalError):
        run()


def test_a_chunk_is_not_halved_when_the_server_is_gone(chain: RetailChain) -> None:
    tried: list[list[int]] = []
    unworkable: list[int] = []

    def action(part: list[int]) -> None:
        tried.append(part)
        with transaction.atomic():
            end_this_connection()
            execute("SELECT 1")

    with pytest.raises(OperationalError):
        run_chunk([1, 2, 3, 4], action, lambda document, error: unworkable.append(document))
    assert (tried, unworkable) == ([[1, 2, 3, 4]], [])


def test_partitions_are_given_back_whatever_happens(chain: RetailChain) -> None:
    """The connection is reused by the next task of the process: a lock that stayed would keep everybody else out."""

    def run() -> None:
        with session_locks(STATEMENT_PARTITION, [3, 1, 2]) as got:
            assert sorted(got) == [1, 2, 3]
            assert fetch_value(HELD) == 3
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert fetch_value(HELD) == 0


def test_a_partition_that_is_taken_is_not_waited_for(chain: RetailChain) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(71001, 2)")
        with session_locks(STATEMENT_PARTITION, [1, 2, 3, 2]) as got:
            assert sorted(got) == [1, 3]
        with session_locks(STATEMENT_PARTITION, []) as got:
            assert got == []
    finally:
        other.close()
    wait_until_partitions_are_free()
    with session_locks(STATEMENT_PARTITION, [2]) as got:
        assert got == [2]


def test_a_killed_process_leaves_no_partition_behind(chain: RetailChain) -> None:
    """PostgreSQL itself gives session locks back when the connection ends, however it ends."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(71001, 2), pg_backend_pid()")
        _, pid = cursor.fetchone()
    assert fetch_value("SELECT pg_terminate_backend(%s, 5000)", [pid]) is True
    with session_locks(STATEMENT_PARTITION, [2]) as got:
        assert got == [2]
    with pytest.raises(OperationalError):
        other.cursor().execute("SELECT 1")
    other.close()
