"""What jobs and queued documents promise, as state machines on the real database: whatever happens in whatever order, nothing is done
twice and nothing is lost. The machines assert it at every step and count what they saw end; the tests assert that there was enough of it.

A worker that dies, or is given up and wakes up again, is a token that goes on to be used; what holds the lock of a live one is another
connection.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from core.db.bulk import execute, fetch_all
from core.db.locks import JOB
from core.jobs.models import Job
from core.jobs.queue.spec import IDLE, QUEUED, RUNNING, QueueSpec
from core.jobs.queue.writes import claim_documents, hold_documents, queue_documents, release_documents, requeue_abandoned
from core.jobs.services import MOST_ATTEMPTS, cancel_job, repeat_job, request_work, rescue_jobs
from core.jobs.writes import PROGRESS, claim_job, finish_run, progress_values, requeue_jobs
from tests.core.jobs.conftest import Queue
from tests.core.jobs.made_up_kinds import KIND, STEADY

EXAMPLES = settings(max_examples=25, stateful_step_count=25, deadline=None)
ENDS = (Job.Status.DONE, Job.Status.FAILED)
ANY = st.integers(0, 1_000_000)


@contextmanager
def undone() -> Iterator[None]:
    """An example leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Undone(RuleBasedStateMachine):
    """Each example in a transaction that is taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.example = undone()
        self.example.__enter__()

    def teardown(self) -> None:
        self.example.__exit__(None, None, None)


# -- jobs ----------------------------------------------------------------------------------------------------------------------


@dataclass
class KnownJob:
    """What a job must be by now: `tokens` are those of all its runs, `alive` says that the last run's worker has not died, `is_sent` that
    the broker has it.
    """

    kind: str
    status: str = "queued"
    token: UUID | None = None
    attempts: int = 0
    is_cancel_asked: bool = False
    alive: bool = False
    is_sent: bool = False
    times_ended: int = 0
    tokens: list[UUID] = field(default_factory=list)

    def end(self, status: str) -> None:
        self.status, self.token, self.alive = status, None, False
        self.times_ended += 1

    def back(self) -> None:
        self.status, self.token, self.alive, self.is_sent = "queued", None, False, False


class Jobs(Undone):
    """Jobs of registered kinds, their runs, their watchdog and people who cancel and repeat."""

    workers: psycopg.Connection[Any]
    # By status, over all examples of a test.
    ended: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[int, KnownJob] = {}

    def pick(self, number: int, jobs: Iterable[int]) -> int:
        chosen = sorted(jobs)
        return chosen[number % len(chosen)]

    def lock(self, job: int, what: str) -> None:
        assert self.workers.execute(f"SELECT {what}(%s, %s)", [JOB, job]).fetchone() == (True,)

    @initialize()
    def first(self) -> None:
        self.ask(KIND)

    @rule(kind=st.sampled_from((KIND, STEADY)))
    def ask(self, kind: str) -> None:
        self.jobs[request_work(kind, "Make units", {}, None).pk] = KnownJob(kind)

    @rule(number=ANY)
    def repeat(self, number: int) -> None:
        job = self.pick(number, self.jobs)
        self.jobs[repeat_job(Job.objects.get(pk=job), None).pk] = KnownJob(self.jobs[job].kind)

    @rule(number=ANY)
    def claim(self, number: int) -> None:
        """Tasks come twice: only a queued job is given out."""
        job = self.pick(number, self.jobs)
        known, token = self.jobs[job], uuid4()
        assert claim_job(job, token) == (known.status == "queued")
        if known.status == "queued":
            self.lock(job, "pg_try_advisory_lock")
            known.status, known.token, known.alive = "running", token, True
            known.attempts += 1
            known.tokens.append(token)

    def a_run(self, number: int) -> tuple[int, UUID]:
        runs = [(job, token) for job, known in sorted(self.jobs.items()) for token in known.tokens]
        return runs[number % len(runs)]

    def has_runs(self) -> bool:
        return any(known.tokens for known in self.jobs.values())

    def leave(self, job: int) -> None:
        """The worker that has the job gives its lock back."""
        if self.jobs[job].alive:
            self.lock(job, "pg_advisory_unlock")

    @precondition(has_runs)
    @rule(number=ANY)
    def beat(self, number: int) -> None:
        """The run that has the job hears whether it shall stop; any other hears that it is superseded."""
        job, token = self.a_run(number)
        known = self.jobs[job]
        heard = [(known.is_cancel_asked,)] if token == known.token else []
        assert fetch_all(PROGRESS, list(progress_values(job, token, 1, 2, None))) == heard

    @precondition(has_runs)
    @rule(number=ANY, status=st.sampled_from((*ENDS, Job.Status.CANCELLED)))
    def finish(self, number: int, status: str) -> None:
        job, token = self.a_run(number)
        known = self.jobs[job]
        assert finish_run(job, token, status, "{}", []) == (token == known.token)
        if token == known.token:
            self.leave(job)
            known.end(status)

    @precondition(has_runs)
    @rule(number=ANY)
    def give_back(self, number: int) -> None:
        """A run that the database interrupted."""
        job, token = self.a_run(number)
        known = self.jobs[job]
        assert requeue_jobs([job], token) == ([job] if token == known.token else [])
        if token == known.token:
            self.leave(job)
            known.back()

    @precondition(lambda self: any(known.alive for known in self.jobs.values()))
    @rule(number=ANY)
    def lose(self, number: int) -> None:
        """A worker dies; nobody is told."""
        job = self.pick(number, (job for job, known in self.jobs.items() if known.alive))
        self.leave(job)
        self.jobs[job].alive = False

    @rule()
    def rescue(self) -> None:
        """What dead workers left comes back, or is given up once it was begun too often; what a live one has is left alone.

        Whatever waits and was not sent yet is sent: here no transaction ends, so nobody else does it.
        """
        left = [known for known in self.jobs.values() if known.status == "running" and not known.alive]
        again = [known for known in left if known.attempts < MOST_ATTEMPTS]
        for known in left:
            if known.attempts < MOST_ATTEMPTS:
                known.back()
            else:
                known.end("failed")
        unsent = [known for known in self.jobs.values() if known.status == "queued" and not known.is_sent]
        assert rescue_jobs() == {"requeued": len(again), "dispatched": len(unsent)}
        for known in unsent:
            known.is_sent = True

    @rule(number=ANY)
    def cancel(self, number: int) -> None:
        """Nobody began it: it ends. Somebody did: it is asked, if its kind may stop."""
        job = self.pick(number, self.jobs)
        known = self.jobs[job]
        may = known.status == "queued" or (known.status == "running" and known.kind == KIND)
        assert cancel_job(job) == may
        if known.status == "queued":
            known.end("cancelled")
        elif may:
            known.is_cancel_asked = True

    @invariant()
    def all_are_there_as_they_must_be(self) -> None:
        rows = Job.objects.values_list("pk", "status", "run_token", "attempts", "cancel_asked_at", "finished_at")
        found = {pk: (status, token, attempts, asked is not None, ended is not None) for pk, status, token, attempts, asked, ended in rows}
        assert found == {
            pk: (known.status, known.token, known.attempts, known.is_cancel_asked, known.times_ended == 1)
            for pk, known in self.jobs.items()
        }

    def teardown(self) -> None:
        """In the end all workers die, and others do what is left: every job has ended once."""
        try:
            for job, known in self.jobs.items():
                self.leave(job)
                known.alive = False
            self.rescue()
            for job, known in self.jobs.items():
                if known.status == "queued":
                    token = uuid4()
                    assert claim_job(job, token)
                    assert finish_run(job, token, Job.Status.DONE, "{}", [])
                    known.end("done")
            assert {known.times_ended for known in self.jobs.values()} == {1}
            assert not Job.objects.filter(finished_at=None).exists()
            self.ended.update(known.status for known in self.jobs.values())
        finally:
            self.workers.execute("SELECT pg_advisory_unlock_all()")
            super().teardown()


@pytest.fixture
def workers(db: None) -> Iterator["psycopg.Connection[Any]"]:
    """The connection of all live workers: it holds their locks."""
    given = connection.get_connection_params()
    for name in ("cursor_factory", "context"):
        given.pop(name, None)
    with psycopg.connect(**given, autocommit=True) as other:
        yield other


def test_any_sequence_of_runs_ends_each_job_once(workers: "psycopg.Connection[Any]", queue: Queue) -> None:
    ended: Counter[str] = Counter()
    run_state_machine_as_test(type("JobsOfTheTest", (Jobs,), {"workers": workers, "ended": ended}), settings=EXAMPLES)
    assert ended.keys() == {"done", "failed", "cancelled"}
    assert ended.total() > EXAMPLES.max_examples, ended


# -- documents of the queue ----------------------------------------------------------------------------------------------------

SPEC = QueueSpec(
    name="queued_in_a_test", kind="work_on_documents", task="none", lock=0, unit="id", order="id", lines="1", queueable="NOT is_done",
    unfinished="NOT is_done", outcomes={}, failing=frozenset(),
)  # fmt: skip
TABLE = """
    CREATE TEMP TABLE queued_in_a_test (
        id int PRIMARY KEY, store_id int NOT NULL, warehouse_id int NOT NULL, job_id int, work_state text NOT NULL DEFAULT '',
        run_token uuid, heartbeat_at timestamptz, attempts int NOT NULL DEFAULT 0, error_code text NOT NULL DEFAULT '', error_text jsonb,
        is_done boolean NOT NULL DEFAULT false
    ) ON COMMIT DROP
"""
WAREHOUSES = 3
DOCUMENTS = range(1, 10)
SOME = st.sets(st.sampled_from(list(DOCUMENTS)), min_size=1)


def warehouse_of(document: int) -> int:
    return document % WAREHOUSES


@dataclass
class KnownDocument:
    """What a document must be by now."""

    state: str = IDLE
    job: int | None = None
    token: UUID | None = None
    attempts: int = 0
    times_done: int = 0


class Documents(Undone):
    """A table of documents of no kind in particular, worked by runs under the lock of their warehouse."""

    # How often a document was begun before it was done, over all examples of a test; 0: nobody asked for it.
    begun: Counter[int]

    def __init__(self) -> None:
        super().__init__()
        execute(TABLE)
        execute(
            "INSERT INTO queued_in_a_test (id, store_id, warehouse_id) SELECT n, n %% 2, n %% %s FROM generate_series(1, %s) n",
            [WAREHOUSES, len(DOCUMENTS)],
        )
        self.documents = {number: KnownDocument() for number in DOCUMENTS}
        self.jobs = 0
        # Run of each warehouse whose worker is alive, and all runs that ever were.
        self.holders: dict[int, UUID] = {}
        self.tokens: list[UUID] = []

    def of(self, state: str, token: UUID | None = None) -> set[int]:
        return {pk for pk, known in self.documents.items() if known.state == state and (token is None or known.token == token)}

    @rule(documents=SOME, store=st.none() | st.integers(0, 1))
    def ask(self, documents: set[int], store: int | None) -> None:
        """Idle documents that are not done, of stores that the person sees; whatever else is asked for is left alone."""
        self.jobs += 1
        free = {pk for pk in documents if pk in self.of(IDLE) and not self.documents[pk].times_done and (store is None or pk % 2 == store)}
        assert set(queue_documents(SPEC, sorted(documents), self.jobs, None if store is None else [store])) == free
        for pk in free:
            self.documents[pk].state, self.documents[pk].job = QUEUED, self.jobs

    @rule(warehouse=st.integers(0, WAREHOUSES - 1))
    def claim(self, warehouse: int) -> None:
        """A worker that gets the lock of a warehouse brings back what a dead one left, then takes all that waits."""
        if warehouse in self.holders:
            return
        self.bring_back({warehouse})
        token = uuid4()
        asked = [pk for pk in DOCUMENTS if warehouse_of(pk) == warehouse]
        waiting = self.of(QUEUED) & set(asked)
        assert set(claim_documents(SPEC, asked, token)) == waiting
        self.tokens.append(token)
        self.holders[warehouse] = token
        for pk in waiting:
            known = self.documents[pk]
            known.state, known.token = RUNNING, token
            known.attempts += 1

    def bring_back(self, warehouses: set[int]) -> None:
        left = {pk for pk in self.of(RUNNING) if warehouse_of(pk) in warehouses}
        assert set(requeue_abandoned(SPEC, warehouses)) == left
        for pk in left:
            self.documents[pk].state, self.documents[pk].token = QUEUED, None

    @precondition(lambda self: self.holders)
    @rule(number=ANY)
    def lose(self, number: int) -> None:
        """A worker dies, and with its connection the lock."""
        del self.holders[sorted(self.holders)[number % len(self.holders)]]

    @rule()
    def rescue(self) -> None:
        self.bring_back(set(range(WAREHOUSES)) - self.holders.keys())

    @precondition(lambda self: self.tokens)
    @rule(number=ANY, documents=SOME)
    def work(self, number: int, documents: set[int]) -> None:
        """A run may write to what it still has, be it one that was given up and woke up again."""
        token = self.tokens[number % len(self.tokens)]
        held = hold_documents(SPEC, sorted(documents), token)
        assert held == documents & self.of(RUNNING, token)
        execute(
            "UPDATE queued_in_a_test SET work_state = '', run_token = NULL, heartbeat_at = NULL, is_done = true WHERE id = ANY(%s)",
            [sorted(held)],
        )
        for pk in held:
            known = self.documents[pk]
            known.state, known.token = IDLE, None
            known.times_done += 1

    @precondition(lambda self: self.tokens)
    @rule(number=ANY)
    def release(self, number: int) -> None:
        """A run ends early."""
        token = self.tokens[number % len(self.tokens)]
        given = self.of(RUNNING, token)
        assert set(release_documents(SPEC, token)) == given
        for pk in given:
            self.documents[pk].state, self.documents[pk].token = QUEUED, None

    @invariant()
    def all_are_there_as_they_must_be(self) -> None:
        rows = fetch_all("SELECT id, work_state, job_id, run_token, attempts, is_done FROM queued_in_a_test")
        assert {row[0]: row[1:] for row in rows} == {
            pk: (known.state, known.job, known.token, known.attempts, known.times_done == 1) for pk, known in self.documents.items()
        }
        assert fetch_all("SELECT id FROM queued_in_a_test WHERE (work_state = 'running') <> (heartbeat_at IS NOT NULL)") == []

    def teardown(self) -> None:
        """In the end all workers die and another does what is left: what was asked for is done once, and nothing else."""
        try:
            self.holders.clear()
            for warehouse in range(WAREHOUSES):
                self.claim(warehouse)
                self.work(len(self.tokens) - 1, set(DOCUMENTS))
            assert all(known.times_done == (known.job is not None) for known in self.documents.values())
            self.all_are_there_as_they_must_be()
            self.begun.update(known.attempts for known in self.documents.values())
        finally:
            super().teardown()


@pytest.mark.django_db
def test_any_sequence_of_claims_does_each_document_once() -> None:
    begun: Counter[int] = Counter()
    run_state_machine_as_test(type("DocumentsOfTheTest", (Documents,), {"begun": begun}), settings=EXAMPLES)
    assert begun[0], "some were never asked for"
    assert begun[1] > EXAMPLES.max_examples, "most were done at the first time"
    assert any(times > 1 for times in begun), "some were begun again, as a run died or gave them back"
