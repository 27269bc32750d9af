"""The watchdog: what dead and frozen workers leave is taken up again, what is alive is left alone, and it never waits itself."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from core.db.bulk import execute, fetch_value
from core.jobs.models import Job
from core.jobs.queue.writes import claim_documents
from statements.models import Statement, StatementEvent
from statements.services.posting import postable_statements, request_posting, rescue_interrupted, run_inline
from statements.services.runner import STATEMENTS, post_partitions
from tests.concurrency.parallel import wait_until_partitions_are_free
from tests.core.jobs.conftest import Queue
from tests.statements.retail_chain import RetailChain, must_be_sound

OLD = "UPDATE statements_statement SET heartbeat_at = now() - interval '1 hour' WHERE work_state = 'running'"


@pytest.fixture
def worker() -> Iterator[BaseDatabaseWrapper]:
    """A second connection, as a worker has it; whoever waits for its locks fails instead of hanging."""
    other = connection.copy()
    execute("SET lock_timeout = '3s'")
    try:
        yield other
    finally:
        other.close()
        execute("RESET lock_timeout")


def asked(chain: RetailChain) -> Statement:
    chain.stock(5)
    chain.sells(2)
    chain.calculates()
    request_posting(postable_statements(), None, "test", to_workers=False)
    return Statement.objects.get()


def hold_partition(worker: BaseDatabaseWrapper, statement: Statement) -> None:
    with worker.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(71001, %s)", [statement.warehouse_id])


def test_what_a_dead_worker_left_is_queued_again_and_sent(chain: RetailChain, queue: Queue) -> None:
    statement = asked(chain)
    claim_documents(STATEMENTS, [statement.pk], uuid4())
    execute(OLD)
    assert rescue_interrupted() == {"requeued": 1, "dispatched": 1}
    assert len(queue) == 1
    statement.refresh_from_db()
    assert (statement.work_state, statement.run_token, statement.heartbeat_at) == ("queued", None, None)
    assert StatementEvent.objects.filter(event="interrupted", actor="watchdog").count() == 1
    post_partitions([statement.warehouse_id], "test")
    statement.refresh_from_db()
    assert (statement.post_state, statement.attempts) == ("Posted", 2)
    must_be_sound()


def test_nobody_has_to_wait_for_a_heartbeat_to_grow_old_where_the_partition_is_free(chain: RetailChain, queue: Queue) -> None:
    """A connection that ended gave its partition back: that the run is dead is certain at once."""
    claim_documents(STATEMENTS, [asked(chain).pk], uuid4())
    assert rescue_interrupted()["requeued"] == 1


def test_a_worker_that_is_alive_is_left_alone(chain: RetailChain, worker: BaseDatabaseWrapper) -> None:
    """A step may take longer than the heartbeat allows; the partition is held and its connection spoke a moment ago."""
    statement = asked(chain)
    hold_partition(worker, statement)
    claim_documents(STATEMENTS, [statement.pk], uuid4())
    execute(OLD)
    assert rescue_interrupted()["requeued"] == 0
    statement.refresh_from_db()
    assert statement.work_state == "running"
    with worker.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_worker_that_waits_for_the_server_is_alive(chain: RetailChain, worker: BaseDatabaseWrapper) -> None:
    """A query of an hour is slow, not frozen: its connection is active."""
    statement = asked(chain)
    hold_partition(worker, statement)
    claim_documents(STATEMENTS, [statement.pk], uuid4())
    execute(OLD)
    assert worker.connection is not None
    worker.connection.pgconn.send_query(b"SELECT pg_sleep(30)")
    worker.connection.pgconn.flush()
    asleep = "FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active' AND datname = current_database()"
    while fetch_value(f"SELECT count(*) {asleep}") != 1:
        pass
    assert rescue_interrupted(quiet_seconds=0)["requeued"] == 0
    assert fetch_value(f"SELECT pg_cancel_backend(pid) {asleep}") is True


def test_a_frozen_worker_loses_its_connection_and_its_partition(chain: RetailChain, worker: BaseDatabaseWrapper, queue: Queue) -> None:
    """Stopped in the middle of a step: it holds the partition and the rows of its statements. The watchdog must not wait for them."""
    statement = asked(chain)
    claim_documents(STATEMENTS, [statement.pk], uuid4())
    execute(OLD)
    hold_partition(worker, statement)
    with worker.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE statements_statement SET post_state = 'Checked' WHERE id = %s", [statement.pk])
    assert rescue_interrupted(quiet_seconds=0) == {"requeued": 1, "dispatched": 1}
    statement.refresh_from_db()
    assert (statement.work_state, statement.post_state) == ("queued", "")
    with pytest.raises(Exception, match=r"terminat|closed"), worker.cursor() as cursor:
        cursor.execute("COMMIT")
    post_partitions([statement.warehouse_id], "test")
    statement.refresh_from_db()
    assert statement.post_state == "Posted"
    must_be_sound()


def test_a_healthy_worker_does_not_pay_for_a_dead_one(chain: RetailChain, worker: BaseDatabaseWrapper) -> None:
    """The dead one's statement stands in a partition that another worker has taken: that worker requeues it itself, nobody ends it."""
    statement = asked(chain)
    claim_documents(STATEMENTS, [statement.pk], uuid4())
    execute(OLD)
    hold_partition(worker, statement)
    assert rescue_interrupted()["requeued"] == 0
    with worker.cursor() as cursor:
        cursor.execute("SELECT 1")
    worker.close()
    wait_until_partitions_are_free()
    post_partitions([statement.warehouse_id], "test")
    assert Statement.objects.get().post_state == "Posted"


def test_the_watchdog_closes_what_a_dead_worker_left_open(chain: RetailChain) -> None:
    asked(chain)
    job = Job.objects.get()
    post_partitions([Statement.objects.get().warehouse_id], "test")
    assert Job.objects.get().finished_at is None, "the worker died before it closed the job"
    rescue_interrupted()
    job.refresh_from_db()
    assert (job.status, job.result["posted"]) == ("done", 1)


def test_nothing_to_rescue(chain: RetailChain) -> None:
    statement = asked(chain)
    run_inline(Job.objects.get().pk, "test")
    assert rescue_interrupted(0) == {"requeued": 0, "dispatched": 0}
    statement.refresh_from_db()
    assert statement.post_state == "Posted"
