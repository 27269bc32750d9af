"""Jobs that people see: asked for once, closed in time with what became of them, and carried by a broker that may be away."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import pytest
from celery import Celery
from django.db import connection, transaction

from core.db import after_commit
from core.db.bulk import execute
from core.jobs.models import Job
from core.jobs.queue.services.enqueue import close_finished_jobs, dispatch, work_slice
from core.jobs.tasks import watchdog
from retailhq import celery as project
from retailhq.embedded.supervise import Crew
from statements.models import Statement
from statements.services.posting import (
    postable_statements,
    request_posting,
    rescue_interrupted,
    run_inline,
)
from statements.services.runner import WORK
from statements.tasks import post_partitions
from tests.concurrency.parallel import wait_until_partitions_are_free
from tests.core.jobs.conftest import Queue
from tests.statements.retail_chain import SOAP, RetailChain, exported, must_be_sound


def ask(chain: RetailChain, *, to_workers: bool = False) -> Job:
    chain.calculates()
    return request_posting(postable_statements(), None, "test", to_workers=to_workers)


def partitions() -> list[int]:
    return sorted(set(Statement.objects.values_list("warehouse_id", flat=True)))


# -- closing ---------------------------------------------------------------------------------------------------------------


def test_a_job_says_what_became_of_its_statements(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.sells(1)
    chain.sells(1, SOAP, store="S2")
    job = ask(chain)
    assert (str(job.title), job.total, job.status) == ("Post 2 statements", 4, "queued")
    run_inline(job.pk, "test")
    job.refresh_from_db()
    assert (job.status, job.result) == ("failed", {"posted": 1, "failed": 1, "held": 0})
    assert job.finished_at is not None


def test_a_job_stays_open_while_a_statement_is_in_work(chain: RetailChain) -> None:
    chain.sells(1)
    chain.sells(1, store="S2")
    job = ask(chain)
    execute("UPDATE statements_statement SET work_state = '' WHERE number LIKE 'S1%%'")
    close_finished_jobs(WORK)
    job.refresh_from_db()
    assert job.finished_at is None


def test_a_job_whose_statements_were_all_asked_for_again_is_closed(chain: RetailChain) -> None:
    """It failed; before the first job was closed (its worker died), somebody clicked again: nothing is left that could end it."""
    chain.fallback(False)
    chain.sells(1)
    first = ask(chain)
    execute("UPDATE statements_statement SET work_state = '', failed_state = 'Customer order invoiced', error_code = 'NO_VALID_BATCH'")
    second = request_posting(postable_statements(), None, to_workers=False)
    close_finished_jobs(WORK)
    first.refresh_from_db()
    assert first.finished_at is not None
    second.refresh_from_db()
    assert second.finished_at is None
    run_inline(second.pk, "test")
    second.refresh_from_db()
    assert second.status == "failed"


def test_a_closed_job_stays_as_it_was(chain: RetailChain) -> None:
    chain.sells(1)
    job = ask(chain)
    run_inline(job.pk, "test")
    job.refresh_from_db()
    ended = job.finished_at
    close_finished_jobs(WORK)
    rescue_interrupted(0)
    job.refresh_from_db()
    assert (job.finished_at, job.status) == (ended, "done")


# -- the broker ------------------------------------------------------------------------------------------------------------


@contextmanager
def broker_at(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sends to another broker inside the block."""
    away = Celery("away", set_as_current=False)
    away.conf.update(project.SETTINGS, broker_url=address)
    with monkeypatch.context() as patched:
        patched.setattr(after_commit, "current_app", away)
        yield
    away.close()


@contextmanager
def server_that_says(answer: bytes) -> Iterator[int]:
    """A broker that answers everything with one line."""

    def serve() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                while peer.recv(65536):
                    peer.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def dead_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_a_click_is_one_task_per_partition_group(chain: RetailChain, queue: Queue) -> None:
    chain.sells(1)
    job = ask(chain, to_workers=True)
    assert len(queue) == 1
    job.refresh_from_db()
    assert job.dispatched_at is not None


def test_nothing_is_sent_for_a_request_that_is_rolled_back(chain: RetailChain, queue: Queue) -> None:
    chain.sells(1)
    chain.calculates()
    with transaction.atomic():
        request_posting(postable_statements(), None)
        transaction.set_rollback(True)
    assert len(queue) == 0
    assert not Job.objects.exists()
    assert Statement.objects.get().work_state == ""


def test_with_the_broker_away_the_request_is_kept_and_sent_later(chain: RetailChain, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.sells(1)
    with broker_at(dead_address(), monkeypatch):
        started = monotonic()
        job = ask(chain, to_workers=True)
        assert monotonic() - started < 5
        assert rescue_interrupted() == {"requeued": 0, "dispatched": 0}
    job.refresh_from_db()
    assert (job.status, job.dispatched_at, Statement.objects.get().work_state) == ("queued", None, "queued")
    assert rescue_interrupted() == {"requeued": 0, "dispatched": 1}
    assert len(queue) == 1
    job.refresh_from_db()
    assert job.dispatched_at is not None


@pytest.mark.parametrize(
    "answer",
    [
        b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
        b"-READONLY You can't write against a read only replica.\r\n",
        b"-NOAUTH Authentication required.\r\n",
        b"-LOADING Redis is loading the dataset in memory\r\n",
    ],
    ids=["full", "read only", "password", "loading"],
)
def test_a_broker_that_refuses_is_a_broker_that_is_away(chain: RetailChain, answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request is committed by then: whatever the broker says, the click must not end in an error page."""
    chain.sells(1)
    with server_that_says(answer) as port, broker_at(f"redis://127.0.0.1:{port}/0", monkeypatch):
        job = ask(chain, to_workers=True)
    job.refresh_from_db()
    assert (job.status, job.dispatched_at) == ("queued", None)


def test_an_emptied_broker_is_filled_again(chain: RetailChain, queue: Queue) -> None:
    chain.sells(1)
    job = ask(chain, to_workers=True)
    queue.empty()
    assert rescue_interrupted()["dispatched"] == 0, "it was sent a moment ago"
    execute("UPDATE jobs_job SET dispatched_at = now() - interval '1 minute'")
    assert rescue_interrupted()["dispatched"] == 1
    assert rescue_interrupted()["dispatched"] == 0
    assert len(queue) == 1
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_job_that_was_worked_on_once_is_not_sent_again_at_each_tick(chain: RetailChain, queue: Queue) -> None:
    chain.sells(1)
    ask(chain, to_workers=True)
    execute("UPDATE jobs_job SET heartbeat_at = now() - interval '1 hour', dispatched_at = now() - interval '1 minute'")
    assert [rescue_interrupted()["dispatched"] for _ in range(3)] == [1, 0, 0]
    assert len(queue) == 2


def test_a_job_whose_partition_is_busy_is_not_sent_again_and_again(chain: RetailChain, queue: Queue) -> None:
    """Another job's worker is in the partition for minutes. Each copy would send itself every two seconds, for ever more of them."""
    chain.sells(1)
    job = ask(chain, to_workers=True)
    queue.empty()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(71001, %s)", partitions())
            execute("UPDATE jobs_job SET dispatched_at = now() - interval '1 hour'")
            post_partitions(job.pk, partitions())
            assert len(queue) == 1, "the task comes back for what is left"
            assert rescue_interrupted()["dispatched"] == 0
    finally:
        other.close()
    wait_until_partitions_are_free()
    assert work_slice(WORK, job.pk, partitions()) is False
    assert Statement.objects.get().post_state == "Posted"


# -- delivered more than once ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [2, 3])
def test_a_task_that_is_delivered_again_changes_nothing(chain: RetailChain, times: int) -> None:
    chain.stock(5)
    chain.sells(2)
    job = ask(chain)
    post_partitions(job.pk, partitions())
    before = exported()
    for _ in range(times - 1):
        post_partitions(job.pk, partitions())
        watchdog()
    assert exported() == before
    must_be_sound()


def test_a_task_of_a_job_that_is_gone_does_nothing(chain: RetailChain, queue: Queue) -> None:
    chain.store()
    post_partitions(987654, [chain.stores["S1"].pk, 123456])
    assert len(queue) == 0
    assert dispatch(WORK, 987654) is True


# -- a real worker ---------------------------------------------------------------------------------------------------------


def test_a_real_worker_posts_what_was_asked_for_while_the_broker_was_away(
    chain: RetailChain, queue: Queue, start_worker: Callable[..., Crew], monkeypatch: pytest.MonkeyPatch
) -> None:
    for store in ("S1", "S2"):
        chain.stock(5, store=store)
        for day in range(3):
            chain.sells(2, store=store, day=day)
    with broker_at(dead_address(), monkeypatch):
        job = ask(chain, to_workers=True)
    crew = start_worker(concurrency=2)
    assert rescue_interrupted()["dispatched"] == 1
    ends_at = monotonic() + 60
    while job.finished_at is None and monotonic() < ends_at:
        assert crew.look_after()
        threading.Event().wait(0.1)
        job.refresh_from_db()
    assert (job.status, job.done, job.total) == ("done", job.total, 12)
    assert set(chain.states().values()) == {("Posted", "", "")}
    assert chain.shelf(store="S2") == {"DEF": -1}
    must_be_sound()
